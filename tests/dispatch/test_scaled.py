"""A dispatcher behind a Service that is scaled to zero whenever no request is open, through the
stand-in of the broker."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import requests

from functions.jobs.status import read_job
from functions.serve.events.cloudevents import make_request_event, write_event
from tests.dispatch.cluster import Cluster, running
from tests.dispatch.scaled import ScaledService
from tests.dispatch.test_cluster import Place, Pods

UNITS, EACH = 12, 5


class Gate(Protocol):
    """Called before each unit."""

    def began(self, cluster: Cluster, service: ScaledService) -> None: ...

    def __call__(self) -> None: ...


def through(
    place: Place, gate: Gate, sends: int, seconds: float, **how: Any
) -> tuple[Cluster, ScaledService, Pods, dict[str, Any], list[int]]:
    """One job's event, sent so many times at once; with the broker's answers.

    seconds : the dispatcher's own limit
    """
    pods = Pods(place.store, 1, 0)
    job = place.job("scaled", in_flight=2, patience=600.0)
    services: list[ScaledService] = []

    def function(headers: Mapping[str, str], body: bytes) -> Any:
        if headers["ce-type"] == "dev.rushes.dispatch.requested.v1":
            return services[0](headers, body)
        gate()
        return pods(headers, body)

    made = Cluster(function, place.letters().take, **how)
    answers: list[int] = []
    with running(made):
        environ = {"FUNCTION": "dispatch", "K_SINK": made.url}
        environ["RUSHES_LIMITS_SECONDS"] = str(seconds)
        services.append(ScaledService(place.folder, environ, time_out=120.0))
        gate.began(made, services[0])

        def send(number: int) -> None:
            event = make_request_event("dispatch", "j", job, sent=str(number))
            message = write_event("binary", event)
            with requests.Session() as session:
                session.trust_env = False
                answers.append(
                    session.post(made.url, data=message.body, headers=message.headers).status_code
                )

        threads = [threading.Thread(target=send, args=(number,)) for number in range(sends)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return made, services[0], pods, job, answers


class Allowance:
    """Lets `EACH` units of a delivery through; the next wait until that has ended."""

    def began(self, cluster: Cluster, service: ScaledService) -> None:
        self._service, self._lock = service, threading.Lock()
        self._left, self._started = EACH, 0

    def __call__(self) -> None:
        with self._lock:
            if self._service.started != self._started:
                self._started, self._left = self._service.started, EACH
            self._left -= 1
            waits = self._left < 0
        if waits:
            assert self._service.idle.wait(120), "the dispatcher did not hand its job back"
            raise ConnectionError


class UntilTurnedAway:
    """Lets units through once a second delivery was turned away twice."""

    def began(self, cluster: Cluster, service: ScaledService) -> None:
        self._cluster, self._turned = cluster, threading.Event()

    def __call__(self) -> None:
        while self._cluster.seen["answered 429"] < 2:
            self._turned.wait(0.02)


def finished(place: Place, job: dict[str, Any], pods: Pods) -> None:
    """The job is done, each unit once."""
    (status,) = read_job(job["output"], place.store)
    assert (status.complete, status.failures) == (True, ())
    assert len(place.files("scaled")) == UNITS
    assert set(pods.work.done.values()) == {1}


def test_a_dispatcher_hands_itself_back_until_its_job_is_done(tmp_path: Path) -> None:
    """Nothing goes on between two deliveries, for its pod is gone then; each ends by itself before
    the platform's time-out and is delivered again, and the last one finds all done."""
    place = Place(tmp_path, UNITS)
    made, service, pods, job, answers = through(place, Allowance(), 1, seconds=4)
    assert answers == [202]
    assert service.cut == 0
    assert service.started == -(-UNITS // EACH)
    assert made.seen["answered 504"] == service.started - 1
    assert [status for status, _ in made.waits] == [504] * (service.started - 1)
    assert made.letters == []
    finished(place, job, pods)


def test_a_dispatcher_at_work_turns_the_next_event_away_until_later(tmp_path: Path) -> None:
    """429 with Retry-After, which the broker keeps to; in the end both events are answered, and
    none is a dead letter."""
    place = Place(tmp_path, UNITS)
    made, service, pods, job, answers = through(
        place, UntilTurnedAway(), 2, seconds=100, first=0.1, retry_after_max=60.0, delay=0.2
    )
    assert answers == [202, 202]
    assert service.cut == 0
    turned_away = [seconds for status, seconds in made.waits if status == 429]
    assert len(turned_away) >= 2
    assert min(turned_away) == 1.0  # what the function asked for, and not the tenth before it
    assert made.letters == []
    finished(place, job, pods)
