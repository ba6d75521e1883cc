"""gunicorn around the app: `rushes serve`, and what the image starts.

One master, one or more workers of a few threads each. One thread is for the unit; the
others answer metrics, explain and "busy" meanwhile; health is answered by the worker's loop.
SIGTERM closes the socket, lets the unit in flight end, asks it to give up when four fifths of the
grace have gone, and exits 0.
"""

from __future__ import annotations

import gc
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.arbiter import Arbiter  # type: ignore[import-untyped]

from functions.contract.errors import InvalidRequest
from functions.contract.operation import imported
from functions.serve.console.options import ConsoleOptions
from functions.serve.http.early_door import Door
from functions.serve.http.gunicorn_log import log_class
from functions.serve.http.service import Service
from functions.serve.http.worker import Worker
from functions.serve.run.admission import Gate, Slots
from functions.serve.run.catalog import Catalog
from functions.serve.run.make_runner import make_runner
from functions.serve.run.scratch import METRICS, scratch_folder, sweep
from functions.serve.run.settings import Settings
from functions.serve.telemetry.log import Log
from functions.serve.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from functions.serve.telemetry.tracing import Tracing

_THREADS = 8
_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder in memory, not a predictable file in it
_QUICK_END_SECONDS = 0.3


def serve(
    settings: Settings, *, catalog: Catalog | None = None, console: ConsoleOptions | None = None
) -> None:
    """Serve until a signal; ends the process with 0 after a graceful stop.

    console : of a process whose first work is to be looked at
    Raises InvalidRequest when FUNCTION names no operation.
    """
    catalog = catalog or Catalog()
    if settings.function is not None and settings.function not in catalog:
        raise InvalidRequest(
            f"FUNCTION={settings.function}: there are {', '.join(catalog.names())}",
            field="FUNCTION",
        )
    sweep(settings.scratch)
    with _shared_folder(settings) as shared:
        Master(Server(settings, catalog, shared, console)).run()


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn's application; the service is made in each worker, after the fork."""

    def __init__(
        self,
        settings: Settings,
        catalog: Catalog,
        shared: Path | None,
        console: ConsoleOptions | None,
    ) -> None:
        self.settings, self.catalog, self.shared = settings, catalog, shared
        places = () if settings.open_to_all_storage else settings.roots
        self.console = console or ConsoleOptions(places=places)
        self.slots = Slots()
        self.log = Log(settings.log)
        self.door: Door | None = None
        super().__init__()

    def load_config(self) -> None:
        host = self.settings.host
        if ":" in host and not host.startswith("["):
            host = f"[{host}]"  # of IPv6
        options = {
            "bind": f"{host}:{self.settings.port}",
            "workers": self.settings.workers,
            "threads": _THREADS + self.console.more_threads,
            "worker_class": Worker,
            # The unit runs in a thread, so the worker's heartbeat goes on; a unit has its
            # own limit. This one is for a worker whose main loop hangs.
            "timeout": 120,
            "graceful_timeout": max(1, round(self.settings.grace)),
            # A client's idle connection would hold the worker two more seconds at the end
            # and tie a busy client to one worker. A connection costs nothing beside a unit.
            "keepalive": 0,
            "worker_tmp_dir": str(_MEMORY) if _memory_is_there() else None,
            "control_socket_disable": True,
            "logger_class": log_class(self.log),
            "accesslog": None,
            "proc_name": "rushes",
            "limit_request_line": 8190,
            "when_ready": self._listening,
            "child_exit": self._worker_gone,
        }
        for name, value in options.items():
            if value is not None:
                self.cfg.set(name, value)

    def load(self) -> Any:
        # Called in the worker. What is heavy is imported by every worker for itself: forking
        # after the native libraries have started threads is not safe.
        assert self.door is not None
        return self.door

    def make_service(self, worker: int) -> Service:
        """The service of the worker with this number."""
        service = Service(
            settings=self.settings,
            catalog=self.catalog,
            runner=make_runner(self.settings, self.catalog, served=True),
            gate=Gate(self.slots, worker),
            log=self.log,
            metrics=Metrics(self.shared),
            tracing=_tracing(self.settings, self.log) if self.settings.traces else None,
            console=self.console,
        )
        self.door = Door(service, imported("functions.serve.http.app", "create_app"))
        return service

    def _listening(self, arbiter: Any) -> None:
        address = ", ".join(str(listener) for listener in arbiter.LISTENERS)
        served = self.settings.function or "all operations"
        # The start was without the collector. To look through its modules once is 10 ms.
        gc.freeze()
        gc.enable()
        open_roots = self.settings.open_to_all_storage
        told = "RUSHES_ROOTS is not set: requests may name any file and bucket that this process "
        self.log.line(
            "open",
            "warning" if open_roots else "info",
            listens=address,
            roots=" ".join(self.settings.roots),
            sinks=" ".join(self.settings.sinks) or "none",
            token="wanted" if self.settings.token_wanted else "none: who reaches the port may ask",
            detail=told + "can reach" if open_roots else None,
        )
        what = "console" if self.console.link is not None else f"serving {served}"
        if os.environ.get("RUSHES_LOG") == "json":  # whoever says so reads every line as JSON
            log = Log(write=lambda line: print(line, end="", flush=True))
            log.line(what, listens=address + self.console.fragment)
            return
        print(f"rushes: {what} at {address}{self.console.fragment}", flush=True)

    def _worker_gone(self, arbiter: Any, worker: Any) -> None:
        self.slots.forget(worker.age)


class Master(Arbiter):  # type: ignore[misc]
    """gunicorn's arbiter, which sees idle workers go as they go."""

    def stop(self, graceful: bool = True) -> None:
        # gunicorn looks after its workers every tenth of a second; idle ones are gone in a
        # hundredth, and a pod that scales to zero waits for the difference.
        if graceful:
            self.kill_workers(signal.SIGTERM)
            until = time.monotonic() + _QUICK_END_SECONDS
            while self.WORKERS and time.monotonic() < until:
                self.reap_workers()
                time.sleep(0.002)
        super().stop(graceful)


def _memory_is_there() -> bool:
    return _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK)


@contextmanager
def _shared_folder(settings: Settings) -> Iterator[Path | None]:
    """Where several workers add up their metrics; None for one alone."""
    if settings.workers == 1:
        yield None
        return
    parent = _MEMORY if _memory_is_there() else settings.scratch
    if parent != settings.scratch:
        sweep(parent)
    with scratch_folder(parent, METRICS) as folder:
        yield folder


def _tracing(settings: Settings, log: Log) -> Tracing:
    from functions.serve.telemetry.tracing import Tracing

    def tell(said: str) -> None:
        log.line("tracing", "warning", detail=said)

    return Tracing(os.environ, settings.function, tell)
