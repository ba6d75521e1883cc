"""The functions on this machine: a server for the length of a job, watched and restarted."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from msgspec.structs import replace

from functions.contract.errors import InternalError, StoreUnavailable
from functions.contract.operation import Answer, Sink
from functions.media.plugins.module_path import isolated
from functions.serve.events.http_sink import HttpSink
from functions.serve.events.sink_address import SinkAddress
from functions.serve.local import process_reaper
from functions.serve.run.environment import all_names
from functions.serve.run.scratch import LOCAL, scratch_folder
from functions.serve.run.settings import ROWS, Settings
from functions.serve.telemetry.trace import current, start

READY_SECONDS = 900.0
"""The first start on a machine may compile kernels."""

RESTARTS = 20
LOADING = "loading"
LEAVING = "shutting down"
_GRACE = 5.0
_LAST_LINES = 8
_BUSY_TRIES, _BUSY_PAUSE = 50, 0.02
_BY_SIGNAL = 128  # exit codes above: the number of the signal is added


@contextmanager
def local_functions(settings: Settings, job: str | None = None) -> Iterator[Sink]:
    """Start `rushes serve` with a worker a core; stop it at the end.

    Raises InternalError, with the end of the server's log, when it does not become ready.
    """
    with scratch_folder(settings.scratch, LOCAL) as folder:
        sink = LocalSink(settings, folder, job)
        try:
            sink.ready()
            yield sink
        finally:
            sink.stop()


class LocalSink:
    """A sink that owns its server. A worker that dies is the server's own matter; a server
    that dies is started again, `RESTARTS` times at most.

    folder : for the token and the log; removed by the owner
    """

    def __init__(self, settings: Settings, folder: Path, job: str | None = None) -> None:
        self._settings = settings
        self._job = job
        # The server may be started again by a thread that knows of no trace.
        self._trace = current() or start()
        self.width = self.most = max(1, settings.threads)
        self.asynchronous = False
        self._log = folder / "serve.log"
        # Other users of this machine can reach the port; only this dispatcher has the token.
        self._token = secrets.token_urlsafe(24)
        self._token_file = folder / "token"
        self._token_file.touch(mode=0o600)
        self._token_file.write_text(self._token)
        self._lock = threading.Lock()
        self.server: subprocess.Popen[bytes] | None = None
        self._http: HttpSink | None = None
        self._starts = 0
        self._stopped = False

    def hang_up(self, unit: str) -> None:
        """See `contract.operation.Sink`."""
        if (http := self._http) is not None:
            http.hang_up(unit)

    def job_ended(self, report: Mapping[str, Any]) -> None:
        """Nobody listens here but who reads the report."""

    def send(self, operation: str, unit: str, request: Mapping[str, Any]) -> Answer | None:
        """One event to the server; it is started again first if it has died."""
        answer = self.ready().ask(operation, unit, request)
        # As many events are in flight as there are workers: one of them is free, or will be
        # in a moment, and Retry-After's whole second would be a second of an idle core.
        for _ in range(_BUSY_TRIES):
            if answer is None or not answer.busy:
                break
            time.sleep(_BUSY_PAUSE)
            answer = self.ready().ask(operation, unit, request)
        if answer is not None and (answer.problem or {}).get("code") == InternalError.code:
            # The server's log goes away with it, and holds what its answer must not tell.
            return replace(answer, problem={**(answer.problem or {}), "log": self._last_words()})
        return answer

    def stop(self) -> None:
        """Let the server finish or give back what it has, and end it."""
        with self._lock:
            self._stopped = True
            server, http = self.server, self._http
        if server is not None:
            assert server.stdin is not None
            server.stdin.close()  # the reaper's sign
            server.wait()
        if http is not None:
            http.__exit__()

    def ready(self) -> HttpSink:
        """The way to the server, which is started where it is not and answers by then."""
        with self._lock:
            if self._stopped:
                raise StoreUnavailable("the functions of this machine are being stopped")
            if self._http is not None and self.server is not None and self.server.poll() is None:
                return self._http
            self._http = self._start_again()
            return self._http

    def _start_again(self) -> HttpSink:
        while self._starts <= RESTARTS:
            self._starts += 1
            if (sink := self._launch()) is not None:
                return sink
        raise InternalError(
            f"the functions of this machine died {RESTARTS} times:\n{self._last_words()}"
        )

    def _launch(self) -> HttpSink | None:
        """None when somebody killed the server before it was ready."""
        if self.server is not None and self.server.stdin is not None:
            self.server.stdin.close()
        port = _free_port()
        with self._log.open("ab") as log:
            self.server = subprocess.Popen(  # noqa: S603 - our own command
                [*_reaper(_GRACE * 2, self._log.parent), *_serve()],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=self._environment(port),
                start_new_session=True,  # Ctrl-C is for the dispatcher alone
            )
        address = f"http://127.0.0.1:{port}"
        place = SinkAddress(False, "http", "127.0.0.1", port, "")
        if not self._gets_ready(self.server, address):
            return None
        return HttpSink(
            place,
            seconds=self._settings.limits.seconds,
            token=self._token,
            width=self.width,
            most=self.most,
            direct=True,
            job=self._job,
            trace=self._trace,
        )

    def _gets_ready(self, server: subprocess.Popen[bytes], address: str) -> bool:
        until = time.monotonic() + READY_SECONDS
        with requests.Session() as session:
            session.trust_env = False
            while server.poll() is None and time.monotonic() < until:
                try:
                    answer = session.get(f"{address}/readyz", timeout=5)
                    if answer.status_code == 200:
                        return True
                    _raise_if_broken(answer)
                except requests.RequestException:
                    pass  # not yet; the log tells if never
                time.sleep(0.02)
        code = server.poll()
        if code is not None and (code < 0 or code > _BY_SIGNAL):
            return False
        how = "did not get ready" if code is None else f"ended with {code}"
        raise InternalError(f"the functions of this machine {how}:\n{self._last_words()}")

    def _last_words(self) -> str:
        try:
            return "\n".join(self._log.read_text(errors="replace").splitlines()[-_LAST_LINES:])
        except OSError:
            return "(no log)"

    def _environment(self, port: int) -> dict[str, str]:
        """This process's environment with the settings as they are here, and one function
        server's own: all operations, a core a worker, this port."""
        ours = {name for row in ROWS for name in all_names(row)}
        environment = {k: v for k, v in os.environ.items() if k not in ours}
        environment |= storage_environment(self._settings)
        environment |= {
            "PORT": str(port),
            "RUSHES_HOST": "127.0.0.1",
            "RUSHES_WORKERS": str(self.width),
            "RUSHES_THREADS": "1",
            "RUSHES_LIMITS_MEMORY": str(self._settings.limits.memory // self.width),
            "RUSHES_TOKEN_FILE": str(self._token_file),
            "RUSHES_GRACE": str(min(self._settings.grace, _GRACE)),
            "RUSHES_LOG": self._settings.log,
            "RUSHES_BOX": "on" if self._settings.box else "off",
            "RUSHES_BODY": str(self._settings.body),
        }
        # A job's units belong to its trace, wherever that goes.
        environment |= {k: v for k, v in os.environ.items() if k.startswith("OTEL_")}
        return environment


def storage_environment(settings: Settings) -> dict[str, str]:
    """The variables that give another process these roots, limits and storage."""
    told = {"RUSHES_ROOTS": " ".join(settings.roots), "RUSHES_SCRATCH": str(settings.scratch)}
    parts = {"limits": settings.limits, "s3": settings.s3}
    for row in ROWS:
        part, _, name = row.field.partition("_")
        if part in parts and (value := getattr(parts[part], name)) is not None:
            told[row.names[0]] = str(value).lower() if isinstance(value, bool) else str(value)
    return told


def _raise_if_broken(answer: requests.Response) -> None:
    """Not ready is "loading" at first; any other reason does not go away by waiting.

    But for the worker of a server that was killed: it says that it is leaving, and then leaves.
    """
    try:
        detail = str(answer.json().get("detail", LOADING))
    except (ValueError, AttributeError):
        return
    if detail not in (LOADING, LEAVING):
        raise InternalError(f"the functions of this machine do not get ready: {detail}")


def _reaper(grace: float, folder: Path) -> list[str]:
    return [sys.executable, "-I", "-S", process_reaper.__file__, str(grace), str(folder)]


def _serve() -> list[str]:
    return isolated("functions.serve.cli.start", "serve")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
