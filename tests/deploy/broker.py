"""A small stand-in of Knative's broker that follows the Triggers of knative/.

Takes events at `/rushes/rushes`, matches each Trigger's filters, and delivers to the Service
that it names: a real `rushes serve` with that Service's environment, started at its first
event, one event at a time. Replies that are events come back into the broker. Redelivery and
dead letters follow the rules of delivery: 5xx, 404, 408, 409, 429 and no connection are tried
again, as often as the Trigger says (without the waits), and a reply that is neither empty nor
an event counts as 502.

References
----------
Knative Eventing: Broker and Trigger specification; event delivery.
"""

from __future__ import annotations

import queue
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import requests

from tests.deploy.manifests import Document, Manifests
from tests.deploy.pods import Pod

Headers = dict[str, str]
Told = tuple[str, Headers, bytes]
_AGAIN = {404, 408, 409, 429}


class Broker:
    """Events in, deliveries out.

    told : ("reply" | "letter" | "job", headers, body) in the order in which they happen
    attempts : deliveries by Trigger
    """

    def __init__(self, found: Manifests, folder: Path, mounts: Mapping[str, str]) -> None:
        self.told: queue.Queue[Told] = queue.Queue()
        self.attempts: dict[str, int] = defaultdict(int)
        self.pods: dict[str, Pod] = {}
        self.url = ""
        self._found = found
        self._folder = folder
        self._mounts = dict(mounts)
        self._turns: dict[str, threading.Lock] = defaultdict(threading.Lock)
        self._threads: list[threading.Thread] = []
        self._session = requests.Session()
        self._session.trust_env = False

    def accept(self, headers: Headers, body: bytes) -> None:
        """Hand an event to every Trigger that wants it."""
        attributes = {k[3:].lower(): v for k, v in headers.items() if k[:3].lower() == "ce-"}
        for name, trigger in self._found.of("Trigger").items():
            if all(matches(one, attributes) for one in trigger["spec"]["filters"]):
                thread = threading.Thread(
                    target=self._deliver, args=(name, trigger["spec"], headers, body)
                )
                self._threads.append(thread)
                thread.start()

    def close(self) -> None:
        """Wait for deliveries, and end the pods."""
        for thread in self._threads:
            thread.join()
        for pod in self.pods.values():
            pod.kill()
        self._session.close()

    def _deliver(self, name: str, spec: Document, headers: Headers, body: bytes) -> None:
        ref = spec["subscriber"]["ref"]
        if ref["kind"] == "JobSink":
            self.told.put(("job", {**headers, "name": ref["name"]}, body))
            return
        for _ in range(1 + spec["delivery"]["retry"]):
            status, again = self.attempt(name, ref["name"], headers, body)
            if not again:
                break
        if status >= 300:
            self.told.put(("letter", {**headers, "ce-knativeerrorcode": str(status)}, body))

    def attempt(self, name: str, service: str, headers: Headers, body: bytes) -> tuple[int, bool]:
        """Deliver once for a Trigger; (status, whether the rules say to try again)."""
        self.attempts[name] += 1
        status, answer = self._once(service, headers, body)
        if status < 300 and answer is not None and answer.content:
            passed = ("ce-", "content-type")
            reply = {k: v for k, v in answer.headers.items() if k.lower().startswith(passed)}
            self.told.put(("reply", reply, answer.content))
            self.accept(reply, answer.content)
        return status, status >= 500 or status in _AGAIN

    def _once(
        self, service: str, headers: Headers, body: bytes
    ) -> tuple[int, requests.Response | None]:
        # containerConcurrency is 1: what comes meanwhile waits at the activator.
        with self._turns[service]:
            if service not in self.pods:
                self.pods[service] = self._pod(service)
            try:
                answer = self._session.post(
                    self.pods[service].url + "/", data=body, headers=headers, timeout=120
                )
            except requests.ConnectionError:
                # The pod has gone; the next attempt starts another.
                self.pods.pop(service).kill()
                return 503, None
        if answer.status_code < 300 and answer.content and "ce-type" not in answer.headers:
            return 502, None
        return answer.status_code, answer

    def _pod(self, service: str) -> Pod:
        spec = self._found.of("Service", "serving")[service]["spec"]["template"]["spec"]
        (container,) = spec["containers"]
        environ = dict(self._found.of("ConfigMap")["rushes-settings"]["data"])
        environ |= {item["name"]: item["value"] for item in container["env"]}
        if "K_SINK" in environ:
            environ["K_SINK"] = self.url
        ready = container["readinessProbe"]["httpGet"]["path"]
        return Pod(self._folder, environ, self._mounts, ready)


def matches(condition: Mapping[str, Any], attributes: Mapping[str, str]) -> bool:
    """One filter of a Trigger; only the dialects that our manifests use."""
    ((dialect, wanted),) = condition.items()
    if dialect == "not":
        return not matches(wanted, attributes)
    assert dialect == "exact", dialect
    return all(attributes.get(name) == value for name, value in wanted.items())


AnyBroker = TypeVar("AnyBroker", bound=Broker)


@contextmanager
def broker(found: Manifests, folder: Path, mounts: Mapping[str, str]) -> Iterator[Broker]:
    """A broker on loopback, with the address of its ingress."""
    with ingress(Broker(found, folder, mounts)) as made:
        yield made


@contextmanager
def ingress(made: AnyBroker) -> Iterator[AnyBroker]:
    """The HTTP door of a broker; the broker is closed at the end."""

    class Ingress(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            # The ingress knows a broker by exactly two words of path.
            there = self.path.rstrip("/") == "/rushes/rushes"
            if there:
                passed = {"content-type", "traceparent", "tracestate"}
                headers = {
                    k: v
                    for k, v in self.headers.items()
                    if k[:3].lower() == "ce-" or k.lower() in passed
                }
                made.accept(headers, body)
            self.send_response(202 if there else 400)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Ingress)
    made.url = f"http://127.0.0.1:{server.server_address[1]}/rushes/rushes"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield made
    finally:
        made.close()
        server.shutdown()
        thread.join()
        server.server_close()
