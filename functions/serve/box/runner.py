"""What a server's doors call where units are boxed: as `run.runner.Runner`, each in its own child.

The unit is the child's; this process answers its questions, watches its time, and says what became
of it when it does not say so itself.
"""

from __future__ import annotations

import contextlib
import math
import select
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from functions.contract import uris
from functions.contract.errors import (
    Busy,
    DamagedSource,
    DeadlineExceeded,
    InternalError,
    RushesError,
    from_problem,
)
from functions.contract.operation import Prepared, Sink
from functions.contract.receipt import Receipt
from functions.contract.request import decode
from functions.media.plugins.module_path import isolated
from functions.serve.box.desk import Desk
from functions.serve.box.messages import Call, End, Ended, Fork, Held, Learn, Note, Ready, Way
from functions.serve.box.wire import Channel, Closed, close_all
from functions.serve.run.catalog import Catalog
from functions.serve.run.environment import plain_environment
from functions.serve.run.machine import available_cores
from functions.serve.run.scratch import scratch_folder
from functions.serve.run.settings import Settings
from functions.serve.telemetry import trace
from functions.serve.telemetry.log import Course
from functions.storage import open_store
from functions.storage.rooted import RootedStore

_LOOK_SECONDS = 0.1
_MOST_LINES = 1024
_END_SECONDS = 10.0
_SLACK, _SLACK_SECONDS = 0.1, 2.0
"""A unit looks at its time once a frame: so much later it is ended."""


class BoxedRunner:
    """As `run.runner.Runner`; a fork server of its own starts with it."""

    def __init__(self, settings: Settings, catalog: Catalog, *, served: bool = False) -> None:
        self.settings, self.catalog = settings, catalog
        self._served = served
        self.store: RootedStore = open_store(settings.roots, settings.s3, settings.scratch)
        self._lock = threading.Lock()
        self._counted: dict[str, Any] = {}
        self._ready: Ready | None = None
        self._start()

    def run(
        self, operation: str, fields: Mapping[str, Any], course: Course | None = None
    ) -> Receipt:
        """See `Runner.run`. Raises DamagedSource too, for a unit whose process died."""
        return msgspec.convert(self._call("run", operation, fields, course), Receipt)

    def explain(self, operation: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """See `Runner.explain`."""
        return msgspec.convert(self._call("explain", operation, fields), dict[str, Any])

    def prepare(self, operation: str, fields: Mapping[str, Any]) -> Prepared:
        """See `Runner.prepare`."""
        return msgspec.convert(self._call("prepare", operation, fields), Prepared)

    def warm_up(self, kernels: bool = False) -> dict[str, Any]:
        """Return when children can be forked; facts for the log. The fork server knows of kernels.

        Raises InternalError when none can.
        """
        ready = self._wait()
        return {"kernels": ready.kernels, "box": ", ".join(ready.holds)}

    def load(self, modules: Iterable[str]) -> None:
        """Nothing: the fork server imports what its children need."""

    def kernels(self) -> dict[str, Any]:
        """Calls and units of kernels of all children so far; empty where there were none."""
        with self._lock:
            return dict(self._counted)

    def _wait(self) -> Ready:
        with self._lock:
            ready = self._ready
            if ready is None:
                with self._gone():
                    ready = self._ready = self._server.receive(Ready)[0]
        if ready.fault is not None:
            raise InternalError(f"the fork server does not start: {ready.fault}")
        return ready

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                isolated("functions.serve.box.fork_server"),
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env=plain_environment(),
            )
        self._server = Channel(ours)
        self._ready = None
        held = Held(
            roots=self.settings.roots,
            threads=self.settings.threads,
            served=self._served,
            limits=self.settings.limits,
            catalog={name: self.catalog.entry(name) for name in self.catalog.names()},
            loads=self.settings.function,
        )
        with contextlib.suppress(Closed):  # told when it is waited for
            self._server.send(held)

    def _call(
        self, way: Way, operation: str, fields: Mapping[str, Any], course: Course | None = None
    ) -> Any:
        self._wait()
        course = course or Course()
        with scratch_folder(self.settings.scratch) as folder:
            line, told = self._fork(operation, str(folder))
            with line.sock, told.sock:
                unit = _Unit(line, told, self._desk(way, operation, fields), operation, fields)
                with contextlib.suppress(Closed):  # it ended before it was asked: told below
                    watched = course.progress is not None
                    line.send(Call(way, operation, dict(fields), watched))
                end = unit.watch(self._patience(operation), course)
        self._learn(end)
        if end.problem is not None:
            raise _error_of(end)
        return end.result

    def _fork(self, operation: str, scratch: str) -> tuple[Channel, Channel]:
        """(the child's line, the line on which its end is told)."""
        ours, theirs = socket.socketpair()
        told_here, told_there = socket.socketpair()
        limits, seconds = self.settings.limits, self._patience(operation)
        fork = Fork(
            operation=operation,
            scratch=scratch,
            memory=limits.memory,
            # Of all cores: a unit at work has not used more when its time is over.
            cpu=None if math.isinf(seconds) else math.ceil(seconds * available_cores()) + 1,
        )
        with theirs, told_there, self._lock, self._gone():
            self._server.send(fork, files=[theirs.fileno(), told_there.fileno()])
        return Channel(ours), Channel(told_here)

    def _patience(self, operation: str) -> float:
        """Seconds after which a unit is ended that has not ended itself."""
        if self._dispatches(operation) and not self._served:
            return math.inf
        seconds = self.settings.limits.seconds
        return seconds + max(_SLACK_SECONDS, seconds * _SLACK)

    def _desk(self, way: Way, operation: str, fields: Mapping[str, Any]) -> Desk:
        below = self._writes_below(operation, fields) if way == "run" else None
        if not self._dispatches(operation):
            return Desk(self.store, below, None)
        from functions.serve.events.sinks import open_sink

        step = trace.current()

        @contextlib.contextmanager
        def opened(address: str | None, job: str | None) -> Iterator[Sink]:
            with contextlib.ExitStack() as opening:
                # What is sent goes on with this trace; another thread may close it.
                with trace.inside(step or trace.start()):
                    sink = opening.enter_context(open_sink(address, self.settings, job))
                yield sink

        return Desk(self.store, below, opened)

    def _dispatches(self, operation: str) -> bool:
        return operation in self.catalog and self.catalog.load(operation).dispatches

    def _writes_below(self, operation: str, fields: Mapping[str, Any]) -> str | None:
        """The folder of a request's outputs, which some name by another field."""
        output = fields.get("output")
        # A request or a name that is none: the unit itself says so.
        with contextlib.suppress(Exception):
            if output is None:
                output = getattr(
                    decode(self.catalog.load(operation).request, fields), "output", None
                )
            return uris.folder(uris.canonical(output)) if isinstance(output, str) else None
        return None

    def _learn(self, end: End) -> None:
        with self._lock:
            if end.kernels is not None:
                counts = ("calls", "compiled", "cached")
                more = {name: int(end.kernels.get(name, 0)) for name in counts}
                counted = {name: self._counted.get(name, 0) + n for name, n in more.items()}
                self._counted = {"mode": str(end.kernels.get("mode")), **counted}
            if end.modules:
                with contextlib.suppress(Closed):
                    self._server.send(Learn(modules=end.modules))

    @contextlib.contextmanager
    def _gone(self) -> Iterator[None]:
        """Where the fork server has gone there is another one for the next unit."""
        try:
            yield
        except Closed as error:
            self._server.sock.close()
            self._start()
            raise Busy("the fork server has gone and is started again", retry_after=1) from error


class _Unit:
    """One child, from its call to its end."""

    def __init__(
        self, line: Channel, told: Channel, desk: Desk, operation: str, fields: Mapping[str, Any]
    ) -> None:
        self._line, self._told, self._desk = line, told, desk
        self._operation, self._fields = operation, fields
        self._lines: list[Channel] = []

    def watch(self, patience: float, course: Course) -> End:
        """Its end, as it tells it or as it was. Raises the contract's errors for the latter."""
        until, asked_to_stop = time.monotonic() + patience, False
        try:
            while True:
                ready, _, _ = select.select([self._line.sock], [], [], _LOOK_SECONDS)
                if course.stop.is_set() and not asked_to_stop:
                    asked_to_stop = True
                    with contextlib.suppress(OSError):
                        self._told.sock.send(b"s")
                if ready:
                    note, _, files = self._line.receive(Note)
                    if note.end is not None:
                        close_all(files)
                        course.stages |= note.end.stages
                        return note.end
                    self._note(note, files, course)
                elif time.monotonic() > until:
                    with contextlib.suppress(OSError):
                        self._told.sock.shutdown(socket.SHUT_WR)
                    self._ended()
                    raise DeadlineExceeded(
                        f"{self._operation}: the unit did not come back in {patience:.0f} seconds, "
                        "and its process was ended"
                    )
        except Closed as error:
            raise self._death() from error
        finally:
            # Whatever it does still it does not do on: it is ended, and its scratch is free.
            with contextlib.suppress(OSError):
                self._told.sock.shutdown(socket.SHUT_WR)
            self._desk.close()
            for each in self._lines:
                with contextlib.suppress(OSError):
                    each.sock.shutdown(socket.SHUT_RDWR)

    def _note(self, note: Note, files: list[int], course: Course) -> None:
        if note.unit is not None:
            course.unit = note.unit
        if note.progress is not None and course.progress is not None:
            course.progress(*note.progress)
        if note.opens and files and len(self._lines) < _MOST_LINES:
            line = Channel(socket.socket(fileno=files.pop(0)))
            self._lines.append(line)
            threading.Thread(
                target=self._desk.serve, args=(line,), name="desk", daemon=True
            ).start()
        close_all(files)

    def _death(self) -> RushesError:
        """How a child ended that did not say so."""
        ended = self._ended()
        if ended is None:
            # With the fork server: the kernel may have taken it for want of memory.
            return Busy(f"{self._operation}: the unit's process has gone", retry_after=1)
        uri = self._fields.get("input")
        return DamagedSource(
            f"{self._operation}: the source ended the process that read it ({_how(ended.code)}); "
            "the server goes on",
            uri=uri if isinstance(uri, str) else None,
        )

    def _ended(self) -> Ended | None:
        """The child's end, waited for; None where nobody knows of it."""
        self._told.sock.settimeout(_END_SECONDS)
        try:
            return self._told.receive(Ended)[0]
        except Closed:
            return None


def _how(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
    why = {
        "SIGXCPU": "over its limit of processor time",
        "SIGKILL": "by the system, as for want of memory",
        "SIGABRT": "given up by a library, as for memory that is corrupt or not to be had",
        "SIGSEGV": "a fault of memory",
        "SIGBUS": "a fault of memory",
    }.get(name)
    return name if why is None else f"{name}: {why}"


class _FaultInside(Exception):
    """The traceback of a child, for the log."""


def _error_of(end: End) -> RushesError:
    assert end.problem is not None
    error = from_problem(end.problem)
    if end.traceback is not None:
        error.__cause__ = _FaultInside("\n" + end.traceback)
    return error
