"""gunicorn around the app: `rushes serve`, and what the image starts.

One master, one or more workers of a few threads each. One thread is for the unit; the
others answer health, metrics and "busy" meanwhile. SIGTERM closes the socket, lets the
unit in flight end, asks it to give up when four fifths of the grace have gone, and exits 0.
"""

from __future__ import annotations

import gc
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.arbiter import Arbiter  # type: ignore[import-untyped]
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

from functions.contract.errors import InvalidRequest
from functions.serve.http.early_door import Door
from functions.serve.http.gunicorn_log import log_class, speak_as_rushes
from functions.serve.http.service import Runs, Service
from functions.serve.run.admission import Gate, Slots
from functions.serve.run.catalog import Catalog
from functions.serve.run.settings import Settings
from functions.serve.telemetry.log import Log
from functions.serve.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from functions.serve.telemetry.tracing import Tracing

_THREADS = 8
_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder in memory, not a predictable file in it
_YIELD_SECONDS = 0.2
_QUIET_SECONDS = 0.25
_QUICK_END_SECONDS = 0.3
# A collector that is not there must not hold back a pod that scales to zero.
_FLUSH_SECONDS = 5.0

MakeRunner = Callable[[Settings, Catalog], Runs]


def serve(
    settings: Settings,
    *,
    bind: str | None = None,
    workers: int | None = None,
    catalog: Catalog | None = None,
    make_runner: MakeRunner | None = None,
) -> None:
    """Serve until a signal; ends the process with 0 after a graceful stop.

    bind : `host:port` or `unix:/path`, in place of the settings' own
    Raises InvalidRequest when FUNCTION names no operation.
    """
    catalog = catalog or Catalog()
    if settings.function is not None and settings.function not in catalog:
        raise InvalidRequest(
            f"FUNCTION={settings.function}: there are {', '.join(catalog.names())}",
            field="FUNCTION",
        )
    count = workers or settings.workers
    shared = _shared_folder(settings) if count > 1 else None
    server = Server(
        settings,
        bind=bind or f"{settings.host}:{settings.port}",
        workers=count,
        catalog=catalog,
        make_runner=make_runner or _default_runner,
        shared=shared,
    )
    try:
        Master(server).run()
    finally:
        if shared is not None:
            shutil.rmtree(shared, ignore_errors=True)


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn's application; the service is made in each worker, after the fork."""

    def __init__(
        self,
        settings: Settings,
        *,
        bind: str,
        workers: int,
        catalog: Catalog,
        make_runner: MakeRunner,
        shared: Path | None,
    ) -> None:
        self.settings = settings
        self.catalog = catalog
        self.make_runner = make_runner
        self.bind = bind
        self.workers = workers
        self.shared = shared
        self.slots = Slots()
        self.log = Log(settings.log)
        self.door: Door | None = None
        super().__init__()

    def load_config(self) -> None:
        options = {
            "bind": self.bind,
            "workers": self.workers,
            "threads": _THREADS,
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
            runner=self.make_runner(self.settings, self.catalog),
            gate=Gate(self.slots, worker),
            log=self.log,
            metrics=Metrics(self.shared),
            tracing=_tracing(self.settings, self.log) if self.settings.traces else None,
        )
        self.door = Door(service, _whole_app)
        return service

    def _listening(self, arbiter: Any) -> None:
        address = ", ".join(str(listener) for listener in arbiter.LISTENERS)
        served = self.settings.function or "all operations"
        gc.enable()  # the image starts without it
        print(f"rushes: serving {served} at {address}", flush=True)
        if self.settings.open_to_all_storage:
            self.log.line(
                "open",
                "warning",
                detail="RUSHES_ROOTS is not set: requests may name any file and bucket that "
                "this process can reach",
            )

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


class Worker(ThreadWorker):  # type: ignore[misc]
    """A threaded worker that leaves connections to an idle sibling while it is at work."""

    def init_process(self) -> None:
        server: Server = self.app
        service = server.make_service(self.age)
        self.gate = service.gate
        self.tracing = service.tracing

        def loaded() -> None:
            try:
                assert server.door is not None
                # A unit that came with the start has the processor to itself.
                while service.gate.stop.wait(_QUIET_SECONDS) or service.gate.at_work:
                    if service.gate.draining:
                        return
                server.door.open()
                if service.tracing is not None:
                    service.tracing.load()
            finally:
                gc.enable()

        # Modules are no garbage: looking for it while they load costs a start a twentieth.
        gc.disable()
        service.warm_up_beside(then=loaded)
        super().init_process()

    def run(self) -> None:
        speak_as_rushes()
        self.gate.on_change = lambda: self.method_queue.defer(_nothing)
        super().run()
        if self.tracing is not None:
            left = self.cfg.graceful_timeout * 0.9 - self.gate.drained
            self.tracing.close(min(max(left, 0.1), _FLUSH_SECONDS))
        # Nothing else is left to save: receipts are the only state, and a unit that is cut off is
        # one to be done again. Python would first wait for the unit's thread, then take the
        # libraries apart, which costs a pod a quarter of a second.
        sys.stderr.flush()
        os._exit(0)

    def is_parent_alive(self) -> bool:
        alive = bool(super().is_parent_alive())
        if not alive:
            self.gate.drain(0)
        return alive

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.gate.drain(self.cfg.graceful_timeout * 0.8)
        super().handle_exit(sig, frame)

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        self.gate.stop.set()
        super().handle_quit(sig, frame)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        if self.alive:
            yields = self.gate.leave_to_others()
            self.set_accept_enabled(not yields and self.nr_conns < self.worker_connections)
            if yields:
                timeout = min(timeout, _YIELD_SECONDS)
        super().wait_for_and_dispatch_events(timeout)


def _memory_is_there() -> bool:
    return _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK)


def _shared_folder(settings: Settings) -> Path:
    parent = _MEMORY if _memory_is_there() else settings.scratch
    return Path(tempfile.mkdtemp(prefix="rushes-metrics-", dir=parent))


def _default_runner(settings: Settings, catalog: Catalog) -> Runs:
    from functions.serve.run.runner import Runner

    return Runner(settings, catalog)


def _tracing(settings: Settings, log: Log) -> Tracing:
    from functions.serve.telemetry.tracing import open_tracing

    return open_tracing(settings.function, lambda said: log.line("tracing", "warning", detail=said))


def _whole_app(service: Service) -> Any:
    from functions.serve.http.app import create_app

    return create_app(service)


def _nothing() -> None:
    return None
