"""A container's life: ready, healthy, bounded by its cgroup, drained at SIGTERM, started again."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.container.conftest import Place
from tests.container.engine import LOCKED, Container, Engine

LARGE = ("--memory", "2g", "--memory-swap", "2g")


@pytest.fixture(scope="session")
def long_take(place: Place) -> str:
    """Many frames of one picture, for a unit that does not end by itself soon."""
    folder = place.path / "camera" / "B002"
    folder.mkdir()
    source = place.path / "camera" / "A001" / "A001_000001.dng"
    for number in range(6000):
        (folder / f"B002_{number:06d}.dng").hardlink_to(source)
    return f"file://{folder}/"


@pytest.fixture
def out(place: Place, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A folder for this test's outputs."""
    yield place.made(f"life-{request.node.name}")


def server(place: Place, *options: str, **environ: str) -> list[str]:
    """Options of a server of one function on the bridge."""
    given = {"RUSHES_ROOTS": f"file://{place.path}/", "FUNCTION": "debayer", **environ}
    env = [word for name, value in given.items() for word in ("--env", f"{name}={value}")]
    return [*LOCKED, *place.mount, *LARGE, *env, *options]


class Post(threading.Thread):
    """One POST in a thread of its own."""

    def __init__(self, container: Container, fields: dict[str, Any]) -> None:
        super().__init__()
        self.url = f"http://{container.address()}:8080/"
        self.fields = fields
        self.answer: requests.Response | None = None
        self.start()

    def run(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            self.answer = session.post(self.url, json=self.fields, timeout=120)

    def result(self) -> requests.Response:
        """The answer; fails when there was none."""
        self.join(120)
        assert self.answer is not None
        return self.answer


def wait_for_a_frame(out: Path, sender: Post) -> None:
    """Return when the unit has written something; the test's timeout is the bound."""
    while not list(out.glob("*.exr")):
        assert sender.is_alive(), sender.answer and sender.answer.text


def test_ready_means_warm(engine: Engine, image: str, place: Place) -> None:
    """Its log says that kernels are native, and the health check that it runs."""
    with engine.started(image, *server(place)) as running:
        running.until_ready()
        (ready,) = [line for line in running.events() if line["event"] == "ready"]
        kernels = ready["kernels"]
        assert (kernels["mode"], kernels["compiled"], kernels["cached"]) == ("native", 0, 0)
        config = engine.facts(image)["Config"]["Healthcheck"]["Test"]
        assert running.exec(*config[1:]).returncode == 0


def test_not_ready_is_not_healthy(engine: Engine, image: str, place: Place) -> None:
    """A server whose storage settings are wrong stays up, says why, and is unhealthy."""
    wrong = {"RUSHES_ROOTS": "s3://plates/", "AWS_ACCESS_KEY_ID": "half of a pair"}
    with engine.started(image, *server(place, **wrong)) as running:
        while running.ask("/healthz") != 200:
            assert running.state()["State"]["Running"], running.logs()
        while not any(line["event"] in ("ready", "not ready") for line in running.events()):
            assert running.state()["State"]["Running"], running.logs()
        told = {line["event"] for line in running.events()}
        config = engine.facts(image)["Config"]["Healthcheck"]["Test"]
        healthy = running.exec(*config[1:]).returncode == 0
        assert healthy == ("ready" in told)


def test_settings_that_cannot_be_are_one_sentence(engine: Engine, image: str) -> None:
    """A wrong variable ends the container at once with the contract's exit code."""
    wrong = ("--env", "FUNCTION=develop", "--env", "RUSHES_GRACE=5")
    with engine.started(image, *LOCKED, "--network", "none", *wrong) as running:
        assert running.wait() == 10
        (line,) = running.logs().splitlines()
        assert line.startswith("rushes: FUNCTION=develop: there are inspect, debayer")


def test_sigterm_lets_the_unit_in_flight_finish(
    engine: Engine, image: str, place: Place, long_take: str, out: Path
) -> None:
    """The unit that runs at SIGTERM is answered, its receipt stands, and the exit is 0."""
    fields = {"input": long_take, "output": f"file://{out}/", "frames": "0-149"}
    with engine.started(image, *server(place, RUSHES_GRACE="60")) as running:
        running.until_ready()
        sender = Post(running, fields)
        wait_for_a_frame(out, sender)
        running.kill("TERM")
        answer = sender.result()
        assert answer.status_code == 200
        assert answer.json()["status"] == "done"
        assert running.wait() == 0
        assert len(list(out.glob("*.exr"))) == 150
        assert len(list((out / ".rushes").glob("*.json"))) == 1


def test_sigterm_gives_a_long_unit_back(
    engine: Engine, image: str, place: Place, long_take: str, out: Path
) -> None:
    """A unit too long for the grace is answered as busy, leaves no receipt, and the exit is 0."""
    fields = {"input": long_take, "output": f"file://{out}/"}
    with engine.started(image, *server(place, RUSHES_GRACE="1")) as running:
        running.until_ready()
        sender = Post(running, fields)
        wait_for_a_frame(out, sender)
        running.kill("TERM")
        answer = sender.result()
        assert (answer.status_code, answer.json()["code"]) == (429, "busy")
        assert running.wait() == 0
    assert not list(out.glob(".rushes/*.json"))


def test_a_killed_container_starts_again(
    engine: Engine, image: str, place: Place, long_take: str, out: Path
) -> None:
    """After a kill in the middle of a unit the same container comes up and does it whole."""
    fields = {"input": long_take, "output": f"file://{out}/", "frames": "0-59"}
    with engine.started(image, *server(place)) as running:
        running.until_ready()
        url = f"http://{running.address()}:8080/"
        half = threading.Thread(target=_lost, args=(url, fields))
        half.start()
        while not list(out.glob("*.exr")):
            assert half.is_alive()
        running.kill("KILL")
        half.join(60)
        assert running.wait() == 137
        running.start()
        running.until_ready()
        receipt = Post(running, fields).result().json()
        assert receipt["status"] == "done"
        assert Post(running, fields).result().json() == {**receipt, "status": "reused"}
        assert len(list(out.glob("*.exr"))) == 60


def _lost(url: str, fields: dict[str, Any]) -> None:
    with requests.Session() as session:
        session.trust_env = False
        try:
            session.post(url, json=fields, timeout=120)
        except requests.ConnectionError:
            return


@pytest.mark.parametrize(
    ("options", "threads"),
    [("--cpus 0.5", "1"), ("--cpus 1", "1"), ("--memory 256m --memory-swap 256m", "1")],
)
def test_threads_follow_the_cgroup(engine: Engine, image: str, options: str, threads: str) -> None:
    """`--cpus` and `--memory` decide how many threads share a unit, not the host."""
    limits = ["--network", "none", *options.split()]
    words = [*limits, "--entrypoint", "rushes", image, "settings"]
    told = engine.run("run", "--rm", *LOCKED, *words, "--json")
    row = json.loads(told)["settings"]["RUSHES_THREADS"]
    assert (row["value"], row["from"]) == (threads, "cores and memory of this cgroup")


def test_a_4k_unit_fits_its_memory(engine: Engine, image: str, place: Place, out: Path) -> None:
    """Frames of 4096 x 2160 on two threads fit 512 MiB without swap, and nobody is killed."""
    from demo.make_clip import make_clip

    make_clip(place.path / "camera" / "C003", frames=6, width=4096, height=2160)
    fields = {"input": f"file://{place.path}/camera/C003/", "output": f"file://{out}/"}
    tight = ("--memory", "512m", "--memory-swap", "512m")
    with engine.started(image, *server(place, *tight)) as running:
        running.until_ready()
        assert Post(running, fields).result().json()["status"] == "done"
        assert running.state()["State"]["OOMKilled"] is False
