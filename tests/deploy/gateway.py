"""A small stand-in of the OpenFaaS gateway: from its public description, held against the real one.

Keeps deployments (`/system/functions`), starts a real `rushes serve` with a deployment's own
environment at its first call (scale from zero), waits for the path that the deployment calls
ready, forwards `/function/NAME`, and takes `/async-function/NAME` with 202: a queue's worker
calls the function and posts the answer to X-Callback-Url.
"""

from __future__ import annotations

import json
import queue
import re
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests

from tests.deploy.faas_cli import FIELDS
from tests.deploy.pods import Pod

# A hop's own headers are not passed on.
_HOP = {"host", "content-length", "connection", "transfer-encoding", "accept-encoding"}
Call = tuple[str, dict[str, str], bytes]


class Gateway:
    """Deployments, and the processes that serve them.

    folder : storage and scratch of the functions
    mounts : variables that a cluster would fill by what it mounts
    """

    def __init__(self, folder: Path, mounts: dict[str, str]) -> None:
        self.functions: dict[str, dict[str, Any]] = {}
        self.lost: list[str] = []
        self.url = ""
        self._folder = folder
        self._mounts = mounts
        self._pods: dict[str, Pod] = {}
        self._lock = threading.Lock()
        self._queue: queue.Queue[Call | None] = queue.Queue()
        self._session = requests.Session()
        self._session.trust_env = False

    def put(self, body: dict[str, Any], *, create: bool) -> int:
        """Keep a deployment; the status that the gateway answers."""
        name = body.get("service", "")
        if not re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", name) or not body.get("image"):
            return 400
        if body.keys() - FIELDS:
            return 400
        if not create and name not in self.functions:
            return 404
        self.functions[name] = body
        return 202

    def enqueue(self, call: Call) -> None:
        """Take an asynchronous call."""
        self._queue.put(call)

    def call(self, name: str, headers: dict[str, str], body: bytes) -> requests.Response:
        """Forward to the function, started if it is not running; chunked, as the gateway does."""
        passed = {k: v for k, v in headers.items() if k.lower() not in _HOP}
        return self._session.post(self._pod(name), data=iter([body]), headers=passed, timeout=120)

    def work(self) -> None:
        """The queue's worker: one call after the other, until None comes."""
        while (call := self._queue.get()) is not None:
            name, headers, body = call
            if name not in self.functions:
                self.lost.append(name)
                continue
            answer = self.call(name, headers, body)
            if callback := headers.get("X-Callback-Url"):
                told = {
                    "Content-Type": answer.headers["Content-Type"],
                    # The function's own echo: what it did not name, its log does not either.
                    "X-Call-Id": answer.headers["X-Call-Id"],
                    "X-Function-Name": name,
                    "X-Function-Status": str(answer.status_code),
                    "X-Duration-Seconds": f"{answer.elapsed.total_seconds():f}",
                }
                self._session.post(callback, data=answer.content, headers=told, timeout=30)

    def close(self) -> None:
        """End the worker and every function."""
        self._queue.put(None)
        for pod in self._pods.values():
            pod.kill()
        self._session.close()

    def _pod(self, name: str) -> str:
        with self._lock:
            if name not in self._pods:
                body = self.functions[name]
                ready = body["annotations"]["com.openfaas.ready.http.path"]
                self._pods[name] = Pod(self._folder, body["envVars"], self._mounts, ready)
            return self._pods[name].url


@contextmanager
def gateway(folder: Path, mounts: dict[str, str]) -> Iterator[Gateway]:
    """A gateway on loopback."""
    made = Gateway(folder, mounts)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(made))
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    threads = [
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}),
        threading.Thread(target=made.work),
    ]
    for thread in threads:
        thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        made.close()
        for thread in threads:
            thread.join()
        server.server_close()


def _handler(made: Gateway) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            listed = [{**body, "name": name} for name, body in made.functions.items()]
            self._answer(200, json.dumps(listed).encode())

        def do_PUT(self) -> None:
            self._answer(made.put(json.loads(self._body()), create=False))

        def do_POST(self) -> None:
            _, route, name = self.path.split("/", 2)
            if self.path == "/system/functions":
                return self._answer(made.put(json.loads(self._body()), create=True))
            new = str(uuid.uuid4())
            headers = {"X-Call-Id": new, **dict(self.headers.items())}
            if route == "async-function":
                made.enqueue((name, headers, self._body()))
                # Only an id that the gateway made is in its answer (callid_middleware.go).
                return self._answer(202, call=new if headers["X-Call-Id"] == new else None)
            if name not in made.functions:
                return self._answer(404)
            answer = made.call(name, headers, self._body())
            return self._answer(answer.status_code, answer.content, headers["X-Call-Id"])

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def _body(self) -> bytes:
            return self.rfile.read(int(self.headers["Content-Length"] or 0))

        def _answer(self, status: int, body: bytes = b"", call: str | None = None) -> None:
            self.send_response(status)
            if call:
                self.send_header("X-Call-Id", call)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
