"""What one unit may touch, and the notes that become its receipt."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import xxhash

from functions.contract import uris
from functions.contract.errors import Busy, DeadlineExceeded, InvalidRequest, OutputConflict
from functions.contract.operation import Limits, Operation, Prepared, Sink
from functions.contract.receipt import STAGES, Output
from functions.contract.store import Content, Store
from functions.serve.telemetry.log import Course

_BLOCK = 1 << 22


class UnitWork(msgspec.Struct, kw_only=True, eq=False):
    """Implements `contract.operation.Work` for one unit.

    store : the recording store that the operation reads through
    outputs_store : the plain store below it: outputs are no inputs
    output, overwrite : of the request
    course : is told of the stages too
    """

    store: Store
    outputs_store: Store
    limits: Limits
    threads: int
    output: str | None = None
    overwrite: bool = False
    course: Course = msgspec.field(default_factory=Course)
    assumed: dict[str, Any] = {}
    seconds: dict[str, float] = msgspec.field(default_factory=lambda: dict.fromkeys(STAGES, 0.0))
    _scratch: Path | None = None
    _lock: threading.Lock = msgspec.field(default_factory=threading.Lock)
    _outputs: dict[str, Output] = {}
    _began: float = msgspec.field(default_factory=time.monotonic)

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
                self.course.stage(name, began, ended)

    def assume(self, name: str, value: Any) -> None:
        with self._lock:
            self.assumed[name] = value

    def check(self) -> None:
        if self.course.stop.is_set():
            raise Busy("this worker is shutting down and gives the unit back", retry_after=1)
        if time.monotonic() - self._began > self.limits.seconds:
            raise DeadlineExceeded(
                f"the unit took longer than {self.limits.seconds:g} seconds; "
                "give it fewer frames or the function more time"
            )

    def commit(self, name: str, content: Content, frame: int | None = None) -> Output:
        if self.output is None:
            raise InvalidRequest("this operation writes files: name an output", field="output")
        uri = uris.canonical(uris.join(self.output, name))
        with self.stage("commit"):
            size, digest = _weigh(content)
            output = Output(uri=uri, bytes=size, xxh64=digest, frame=frame)
            if not self.outputs_store.put_if_absent(uri, content):
                self._settle(output, content)
        with self._lock:
            self._outputs[uri] = output
        return output

    def _settle(self, output: Output, content: Content) -> None:
        standing = self.outputs_store.stat(output.uri)
        same = standing.bytes == output.bytes and (
            xxhash.xxh64_hexdigest(self.outputs_store.read(output.uri)) == output.xxh64
        )
        if same:
            return
        if not self.overwrite:
            raise OutputConflict(
                f"{output.uri} stands already with other content; "
                "choose another output or say overwrite",
                uri=output.uri,
                frame=output.frame,
            )
        self.outputs_store.put(output.uri, content)

    def progress(self, done: int, total: int, note: str = "") -> None:
        if self.course.progress is not None:
            self.course.progress(done, total, note)


class DispatchUnitWork(UnitWork, kw_only=True, eq=False):
    """Implements `contract.operation.DispatchWork`.

    prepare, operation, open_sink : the runner's
    unit_seconds : of the settings, where `limits` are this job's own
    """

    fresh: Store
    prepare: Callable[[str, Mapping[str, Any]], Prepared]
    operation: Callable[[str], Operation | None]
    open_sink: Callable[[str | None, str | None], AbstractContextManager[Sink]]
    unit_seconds: float

    def sink(self, address: str | None, job: str | None = None) -> AbstractContextManager[Sink]:
        return self.open_sink(address, job)

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
        self.course.stop.wait(max(0.0, min(seconds, left)))
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
