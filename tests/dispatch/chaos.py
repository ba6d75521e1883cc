"""Faults by the seed: a functions server that answers what no function answers, and a store that
breaks. What is done is done by the twins of the functions, so that 300 units take seconds."""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
import xxhash

from functions.contract.errors import StoreUnavailable
from functions.contract.receipt import Output, receipt_uri
from functions.contract.store import Store
from tests.dispatch.fakes import receipt_for

FAULTS = (
    "cut",
    "empty",
    "html",
    "plain 500",
    "foreign receipt",
    "busy",
    "reset before",
    "reset after",
    "no problem of ours",
    "503",
)


class Faulty:
    """A functions server with faults.

    rate : how many of a hundred POSTs meet one
    injected : how often each did
    done : how often each unit was really done
    """

    def __init__(self, store: Store, seed: int, rate: float) -> None:
        self.store, self.rate = store, rate
        self.random = random.Random(seed)
        self.injected: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self._lock = threading.Lock()

    def pick(self) -> str | None:
        """The fault of the next POST."""
        with self._lock:
            fault = self.random.choice(FAULTS) if self.random.random() * 100 < self.rate else None
            if fault is not None:
                self.injected[fault] += 1
            return fault

    def do(self, operation: str, unit: str, request: dict[str, Any]) -> bytes:
        """One file and the receipt, as a function leaves them; the answer's body."""
        content = f"frame {request['frames']}".encode() * 20
        uri = f"{request['output']}A.{request['frames']}.txt"
        receipt = receipt_for(operation, unit, request)
        made = Output(uri=uri, bytes=len(content), xxh64=xxhash.xxh64_hexdigest(content))
        receipt = msgspec.structs.replace(receipt, outputs=(made,), seconds={"total": 0.1})
        with self._lock:
            for _ in range(20):  # a function tries its storage again too
                try:
                    self.store.put_if_absent(uri, content)
                    if self.store.put_if_absent(
                        receipt_uri(request["output"], unit), receipt.json()
                    ):
                        self.done[unit] += 1
                    break
                except StoreUnavailable:
                    continue
        return receipt.json()


@contextmanager
def served(faulty: Faulty) -> Iterator[str]:
    """The server, by its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            kind = self.headers.get("ce-type", "")
            if ".requested." not in kind:
                self.say(204, b"", "text/plain")
                return
            operation, unit = kind.split(".")[2], self.headers["ce-subject"]
            fault = faulty.pick()
            if fault == "reset before":
                self.close_connection = True
                self.connection.close()
                return
            early = {
                "busy": (429, _problem("busy"), "application/problem+json"),
                "503": (503, b"no upstream", "text/plain"),
                "html": (200, b"<html>welcome</html>", "text/html"),
                "plain 500": (500, b"Internal Server Error", "text/plain"),
                "no problem of ours": (500, b'{"code": 7}', "application/json"),
            }
            if fault in early and faulty.random.random() < 0.5:
                self.say(*early[fault])
                return
            answer = faulty.do(operation, unit, json.loads(body))
            if fault in early:
                self.say(*early[fault])
            elif fault == "reset after":
                self.close_connection = True
                self.connection.close()
            elif fault == "cut":
                self.say(200, answer[: len(answer) // 2], "application/json", len(answer))
                self.close_connection = True
            elif fault == "empty":
                self.say(200, b"", "application/json")
            elif fault == "foreign receipt":
                other = answer.replace(unit.encode(), unit[::-1].encode())
                self.say(200, other, "application/json")
            else:
                self.say(200, answer, "application/json")

        def say(self, status: int, body: bytes, media: str, length: int | None = None) -> None:
            self.send_response(status)
            self.send_header("content-type", media)
            if status != 204:
                self.send_header("content-length", str(len(body) if length is None else length))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 64
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Connections that this server broke off itself."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Stumbling:
    """A store of which some verbs break, by the seed, before or after they have done."""

    def __init__(self, inner: Store, seed: int, rate: float) -> None:
        self._inner, self._rate = inner, rate
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self.injected: Counter[str] = Counter()

    def __getattr__(self, verb: str) -> Any:
        if verb == "remember":
            raise AttributeError(verb)
        found = getattr(self._inner, verb)

        def call(*given: Any) -> Any:
            with self._lock:
                chance = self._random.random() * 100
            if chance < self._rate / 2:
                self.injected[f"{verb} reset before"] += 1
                raise StoreUnavailable("connection reset")
            answer = found(*given)
            if chance < self._rate:
                self.injected[f"{verb} reset after"] += 1
                raise StoreUnavailable("connection reset")
            return answer

        return call


def _problem(code: str) -> bytes:
    return json.dumps({"code": code, "detail": "at work", "retryable": True}).encode()
