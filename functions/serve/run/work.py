"""What one unit may touch, and the notes that become its receipt."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import xxhash

from functions.contract import uris
from functions.contract.errors import Busy, DeadlineExceeded, InvalidRequest, OutputConflict
from functions.contract.operation import Limits, Operation, Prepared, Sink
from functions.contract.receipt import STAGES, Output
from functions.contract.store import Content, Store
from functions.serve.run.settings import Settings
from functions.serve.telemetry.log import Course

Progress = Callable[[int, int, str], None]
_BLOCK = 1 << 22


class UnitWork:
    """Implements `contract.operation.Work` for one unit.

    store : the recording store that the operation reads through
    outputs_store : the plain store below it: outputs are no inputs
    stop : set when the worker is going away
    course : is told of the stages too
    """

    def __init__(
        self,
        *,
        store: Store,
        outputs_store: Store,
        output: str | None,
        overwrite: bool,
        limits: Limits,
        threads: int,
        stop: threading.Event,
        progress: Progress | None,
        course: Course,
    ) -> None:
        self.store = store
        self.limits = limits
        self.threads = threads
        self.assumed: dict[str, Any] = {}
        self.seconds = dict.fromkeys(STAGES, 0.0)
        self._outputs_store = outputs_store
        self._output = output
        self._overwrite = overwrite
        self._stop = stop
        self._progress = progress
        self._course = course
        self._scratch: Path | None = None
        self._lock = threading.Lock()
        self._outputs: dict[str, Output] = {}
        self._began = time.monotonic()

    def outputs(self) -> tuple[Output, ...]:
        """What was committed, in order of frame and name."""
        last = float("inf")
        order = sorted(
            self._outputs.values(), key=lambda o: (last if o.frame is None else o.frame, o.uri)
        )
        return tuple(order)

    @property
    def scratch(self) -> Path:
        """The folder that `begin` was given."""
        assert self._scratch is not None, "there is no scratch before the unit runs"
        return self._scratch

    def begin(self, scratch: Path) -> None:
        """The unit is about to run, with this empty folder."""
        self._scratch = scratch

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Seconds spent inside; stages of several threads add up, so they may pass `total`."""
        began = time.perf_counter()
        try:
            yield
        finally:
            ended = time.perf_counter()
            with self._lock:
                self.seconds[name] += ended - began
                self._course.stage(name, began, ended)

    def assume(self, name: str, value: Any) -> None:
        with self._lock:
            self.assumed[name] = value

    def check(self) -> None:
        if self._stop.is_set():
            raise Busy("this worker is shutting down and gives the unit back", retry_after=1)
        if time.monotonic() - self._began > self.limits.seconds:
            raise DeadlineExceeded(
                f"the unit took longer than {self.limits.seconds:g} seconds; "
                "give it fewer frames or the function more time"
            )

    def commit(self, name: str, content: Content, frame: int | None = None) -> Output:
        if self._output is None:
            raise InvalidRequest("this operation writes files: name an output", field="output")
        uri = uris.canonical(uris.join(self._output, name))
        with self.stage("commit"):
            size, digest = _weigh(content)
            output = Output(uri=uri, bytes=size, xxh64=digest, frame=frame)
            if not self._outputs_store.put_if_absent(uri, content):
                self._settle(output, content)
        with self._lock:
            self._outputs[uri] = output
        return output

    def _settle(self, output: Output, content: Content) -> None:
        standing = self._outputs_store.stat(output.uri)
        same = standing.bytes == output.bytes and (
            xxhash.xxh64_hexdigest(self._outputs_store.read(output.uri)) == output.xxh64
        )
        if same:
            return
        if not self._overwrite:
            raise OutputConflict(
                f"{output.uri} stands already with other content; "
                "choose another output or say overwrite",
                uri=output.uri,
                frame=output.frame,
            )
        self._outputs_store.put(output.uri, content)

    def progress(self, done: int, total: int, note: str = "") -> None:
        if self._progress is not None:
            self._progress(done, total, note)


def work_of_nobody(settings: Settings, store: Store, limits: Limits | None = None) -> UnitWork:
    """Work that leaves no receipt and writes nothing: for who only looks."""
    return UnitWork(
        store=store,
        outputs_store=store,
        output=None,
        overwrite=False,
        limits=limits or settings.limits,
        threads=settings.threads,
        stop=threading.Event(),
        progress=None,
        course=Course(),
    )


class DispatchUnitWork(UnitWork):
    """Implements `contract.operation.DispatchWork`.

    prepare, operation, sink : the runner's
    unit_seconds : of the settings, where `limits` are this job's own
    """

    def __init__(
        self,
        *,
        prepare: Callable[[str, Mapping[str, Any]], Prepared],
        operation: Callable[[str], Operation | None],
        sink: Callable[[str | None, str | None], AbstractContextManager[Sink]],
        unit_seconds: float,
        **fields: Any,
    ) -> None:
        super().__init__(**fields)
        self.prepare = prepare
        self.operation = operation
        self.fresh = self._outputs_store
        self._sink = sink
        self.unit_seconds = unit_seconds

    def sink(self, address: str | None, job: str | None = None) -> AbstractContextManager[Sink]:
        return self._sink(address, job)

    def check(self) -> None:
        try:
            super().check()
        except DeadlineExceeded as error:
            raise DeadlineExceeded(
                "the dispatcher hands the job back before its time is over: delivered again, it "
                "goes on where it is"
            ) from error

    def pause(self, seconds: float) -> None:
        left = self.limits.seconds - (time.monotonic() - self._began)
        self._stop.wait(max(0.0, min(seconds, left)))
        self.check()


def _weigh(content: Content) -> tuple[int, str]:
    """Size and xxh64; a file is read in blocks, never whole."""
    if not isinstance(content, Path):
        return memoryview(content).nbytes, xxhash.xxh64_hexdigest(content)
    digest = xxhash.xxh64()
    size = 0
    with content.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return size, digest.hexdigest()
