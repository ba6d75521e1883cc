"""A request in, a receipt out: what every door calls.

decode -> open -> sources, identity -> (receipt stands: reused) -> run -> receipt, written
last. Nothing is remembered between units; the receipts in the output storage are the only
shared state.
"""

from __future__ import annotations

import math
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from os.path import commonprefix
from pathlib import Path
from typing import Any

import msgspec
import xxhash

from functions.contract import uris
from functions.contract.errors import (
    DamagedSource,
    InternalError,
    LimitExceeded,
    RushesError,
    StoreUnavailable,
)
from functions.contract.operation import Opened, Operation, Prepared, Request, Sink, imported
from functions.contract.receipt import Output, Receipt, receipt_uri
from functions.contract.request import canonical_request, decode
from functions.contract.store import Store
from functions.contract.version import VERSION
from functions.serve.run.catalog import Catalog
from functions.serve.run.identity import unit_of
from functions.serve.run.scratch import is_full, scratch_folder
from functions.serve.run.settings import Settings
from functions.serve.run.work import DispatchUnitWork, UnitWork
from functions.serve.telemetry import trace
from functions.serve.telemetry.log import Course
from functions.storage import open_store
from functions.storage.documents import find_document
from functions.storage.recording import RecordingStore

Sizes = Callable[[str, str], Mapping[str, int]]
"""(folder, how names begin) to the bytes of the files there, by URI; others may be among them."""

# SVT-AV1 tells its settings on standard error, where our one sentence belongs, and listens to
# nothing else; 1 is errors alone.
os.environ.setdefault("SVT_LOG", "1")

_HAND_BACK = 0.9
"""Of a unit's time, after which a served dispatcher hands its job back: what stands in the storage
is all it needs when it is delivered again."""

OpenSink = Callable[[str | None, Settings, str | None], AbstractContextManager[Sink]]


class Runner:
    """Runs units, one call at a time or many.

    open_sink : the seam through which `dispatch` reaches other functions
    served : behind a platform that ends a request at its time-out: a job is handed back before
    store : in place of the settings' own
    """

    def __init__(
        self,
        settings: Settings,
        catalog: Catalog,
        open_sink: OpenSink | None = None,
        *,
        served: bool = False,
        store: Store | None = None,
    ) -> None:
        self._served = served
        self.settings = settings
        self.catalog = catalog
        self._open_sink = open_sink or imported("functions.serve.events.sinks", "open_sink")
        self._store = store

    @property
    def store(self) -> Store:
        """The storage of this process, opened at first use."""
        if self._store is None:
            self._store = open_store(self.settings.roots, self.settings.s3, self.settings.scratch)
        return self._store

    def warm_up(self, kernels: bool) -> dict[str, Any]:
        """Load what units need, `kernels` too; facts for the log."""
        _ = self.store
        if not kernels:
            return {}
        return {"kernels": import_module("kernels").warm()}

    def load(self, modules: Iterable[str]) -> None:
        """Import what every unit imports."""
        for name in modules:
            import_module(name)

    def kernels(self) -> dict[str, Any]:
        """`kernels.runtime()` where kernels are loaded: nothing is loaded to be asked."""
        compiled = sys.modules.get("kernels.compiled")
        return compiled.runtime() if compiled is not None else {}

    def run(
        self, operation: str, fields: Mapping[str, Any], course: Course | None = None
    ) -> Receipt:
        """Do one unit, or find that it is done.

        course : stops it, and is told what becomes known of it on the way

        Raises the contract's errors; a fault of ours comes as InternalError.
        """
        course = course or Course()
        with self._opened(operation, fields, course) as unit:
            return self._run(unit, course)

    def explain(self, operation: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """What `run` would do, from headers only; nothing is written."""
        with self._opened(operation, fields) as unit:
            prepared = self._identified(unit)
            plan = unit.opened.explain()
            return {
                "operation": operation,
                "unit": prepared.unit,
                "request": prepared.request,
                "done_already": prepared.receipt is not None,
                "assumed": unit.work.assumed,
                **plan,
            }

    def prepare(self, operation: str, fields: Mapping[str, Any]) -> Prepared:
        """Check a request; find its unit and its standing receipt."""
        with self._opened(operation, fields) as unit:
            return self._identified(unit)

    def _run(self, unit: _Unit, course: Course) -> Receipt:
        began, work = time.perf_counter(), unit.work
        prepared = self._identified(unit)
        course.unit = prepared.unit
        if prepared.receipt is not None:
            return msgspec.structs.replace(prepared.receipt, status="reused")
        with scratch_folder(self.settings.scratch) as scratch, _told_when_full(scratch):
            work.begin(scratch)
            result = unit.opened.run()
        work.seconds["total"] = time.perf_counter() - began
        receipt = Receipt(
            rushes=VERSION,
            operation=unit.operation.name,
            unit=prepared.unit,
            status="reused" if result.reused else "done",
            request=prepared.request,
            assumed=work.assumed,
            inputs=unit.recording.inputs(),
            outputs=work.outputs(),
            frames=result.frames,
            seconds={name: round(spent, 6) for name, spent in work.seconds.items()},
            machine=self._machine(course),
            report=result.report,
        )
        if prepared.output is not None and result.final:
            return self._commit_receipt(receipt, prepared.output)
        return receipt

    def _commit_receipt(self, receipt: Receipt, output: str) -> Receipt:
        uri = receipt_uri(output, receipt.unit)
        if self.store.put_if_absent(uri, receipt.json()):
            return receipt
        # Another worker was quicker, or the outputs of an older receipt had gone.
        standing = find_document(self.store, uri, Receipt)
        if standing is not None and standing.outputs == receipt.outputs:
            return msgspec.structs.replace(standing, status="reused")
        self.store.put(uri, receipt.json())
        return receipt

    def _identified(
        self,
        unit: _Unit,
        sizes: Sizes | None = None,
        may_stand: Callable[[str], bool] = lambda uri: True,
    ) -> Prepared:
        sources = unit.opened.sources()
        for stat in sources:
            if stat.bytes > self.settings.limits.bytes:
                raise LimitExceeded(
                    f"{stat.uri} has {stat.bytes} bytes; this function's limit is "
                    f"{self.settings.limits.bytes}",
                    uri=stat.uri,
                )
        operation, request = unit.operation, unit.request
        plain = canonical_request(request)
        name = unit_of(operation.name, plain, sources, operation.shapes)
        output = getattr(request, "output", None)
        receipt = None
        if output is not None:
            look, uri = sizes or self._sizes, receipt_uri(output, name)
            if may_stand(uri):
                receipt = find_document(self.store, uri, Receipt)
            if receipt is not None and not self._stands(receipt, request.overwrite, look):
                receipt = None
        return Prepared(
            operation=operation.name, unit=name, request=plain, output=output, receipt=receipt
        )

    def _stands(self, receipt: Receipt, thorough: bool, sizes: Sizes) -> bool:
        """Whether the outputs of a receipt are still there; `thorough` reads them."""
        folders: dict[str, list[Output]] = {}
        for output in receipt.outputs:
            folders.setdefault(uris.parent(output.uri), []).append(output)
        for folder, outputs in folders.items():
            names = [uris.basename(each.uri) for each in outputs]
            there = sizes(folder, commonprefix(names))  # noqa: RUF071 - of names, not of paths
            if any(there.get(each.uri) != each.bytes for each in outputs):
                return False
        return not thorough or all(
            xxhash.xxh64_hexdigest(self.store.read(output.uri)) == output.xxh64
            for output in receipt.outputs
        )

    def _sizes(self, folder: str, start: str) -> dict[str, int]:
        return {stat.uri: stat.bytes for stat in self.store.list(folder, start)}

    @contextmanager
    def _opened(
        self,
        operation: str,
        fields: Mapping[str, Any],
        course: Course | None = None,
        planning: _Planning | None = None,
    ) -> Iterator[_Unit]:
        """One unit, opened under this function's limits and closed at the end.

        planning : what it shares with units that are planned together with it
        """
        with _only_contract_errors(operation):
            chosen = self.catalog.load(operation)
            request = decode(chosen.request, fields)
            recording = RecordingStore(self.store) if planning is None else planning.recording
            shared: dict[str, Any] = {
                "store": recording if planning is None else planning.inputs,
                "outputs_store": self.store,
                "output": getattr(request, "output", None),
                "overwrite": request.overwrite,
                "limits": self.settings.limits,
                "threads": self.settings.threads,
                "course": course or Course(),
            }
            if chosen.dispatches:
                work: UnitWork = self._dispatching(shared, recording)
            else:
                work = UnitWork(**shared)
            if planning is None:
                recording.timed_by(lambda: work.stage("fetch"))
            opened = chosen.open(request, work)
            try:
                yield _Unit(chosen, request, opened, work, recording)
            finally:
                opened.close()

    def _dispatching(self, shared: dict[str, Any], recording: RecordingStore) -> UnitWork:
        seconds = self.settings.limits.seconds * _HAND_BACK if self._served else math.inf
        limits = msgspec.structs.replace(self.settings.limits, seconds=seconds)
        return DispatchUnitWork(
            **{**shared, "limits": limits},
            fresh=self.store,
            prepare=_Planning(self, recording).prepare,
            operation=lambda name: self.catalog.load(name) if name in self.catalog else None,
            open_sink=lambda address, job: self._open_sink(address, self.settings, job),
            unit_seconds=self.settings.limits.seconds,
        )

    def _machine(self, course: Course) -> dict[str, Any]:
        facts: dict[str, Any] = {
            "arch": platform.machine(),
            "python": platform.python_version(),
            "threads": self.settings.threads,
        }
        if (step := trace.current()) is not None:
            facts["trace"] = step.trace
        if course.cold:
            facts["start_seconds"] = round(course.start, 3)
        if "kernels" in sys.modules:
            import kernels

            facts["kernels"] = {k: kernels.runtime()[k] for k in ("mode", "target")}
        return facts


class _Unit(msgspec.Struct, frozen=True):
    """One unit from its request to its receipt."""

    operation: Operation
    request: Request
    opened: Opened
    work: UnitWork
    recording: RecordingStore


class _Planning:
    """What a dispatcher asks of the requests of others: each folder is listed once for all,
    and what units of one clip share is remembered by the store that they read."""

    def __init__(self, runner: Runner, recording: RecordingStore) -> None:
        # Only a dispatcher comes here: other units do not pay for the import.
        from functions.storage.listed_once import ListedOnce

        self._runner = runner
        self.recording = recording
        self.inputs, self._outputs = ListedOnce(recording), ListedOnce(runner.store)

    def prepare(self, operation: str, fields: Mapping[str, Any]) -> Prepared:
        """See `contract.operation.DispatchWork.prepare`."""
        with self._runner._opened(operation, fields, planning=self) as unit:
            outputs = self._outputs
            return self._runner._identified(
                unit, lambda folder, start: outputs.sizes(folder), outputs.may_hold
            )


@contextmanager
def _told_when_full(scratch: Path) -> Iterator[None]:
    """A unit that fails for want of space has not failed for good: another worker may have it."""
    try:
        yield
    except Exception as error:
        blamed = not isinstance(error, RushesError) or isinstance(
            error, InternalError | DamagedSource
        )
        if not blamed or not is_full(error, scratch):
            raise
        raise StoreUnavailable(f"the scratch folder {scratch.parent} is full") from error


@contextmanager
def _only_contract_errors(operation: str) -> Iterator[None]:
    try:
        yield
    except RushesError:
        raise
    except MemoryError as error:
        raise LimitExceeded(f"{operation}: the memory of this function is too small") from error
    except Exception as error:
        raise InternalError(
            f"{operation} failed inside rushes: {type(error).__name__}: {error}"
        ) from error
