"""Between the doors of HTTP and the runner: admission, counting, logging, readiness."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Protocol

import msgspec

from functions.contract.errors import Busy, InternalError, RushesError
from functions.contract.receipt import Receipt
from functions.serve.catalog import Catalog
from functions.serve.gate import Gate
from functions.serve.log import Log
from functions.serve.metrics import Metrics
from functions.serve.settings import Settings


class Runs(Protocol):
    """The part of the runner that a server needs."""

    def run(
        self, operation: str, fields: Mapping[str, Any], *, stop: threading.Event | None = None
    ) -> Receipt: ...

    def explain(self, operation: str, fields: Mapping[str, Any]) -> dict[str, Any]: ...

    @property
    def store(self) -> object: ...


class Service(msgspec.Struct):
    """One worker's work, whatever the door.

    Its methods are called from several threads at once; the gate lets one unit through.
    """

    settings: Settings
    catalog: Catalog
    runner: Runs
    gate: Gate = msgspec.field(default_factory=Gate)
    log: Log = msgspec.field(default_factory=Log)
    metrics: Metrics = msgspec.field(default_factory=Metrics)
    _warm: threading.Event = msgspec.field(default_factory=threading.Event)
    _cold_reason: str = "loading"
    _warming: threading.Event | None = None

    @property
    def operations(self) -> tuple[str, ...]:
        """What this server serves."""
        return (self.settings.function,) if self.settings.function else self.catalog.names()

    def answer(
        self,
        operation: str,
        fields: Mapping[str, Any],
        context: Mapping[str, Any],
        *,
        held: bool = False,
    ) -> Receipt | dict[str, Any]:
        """A receipt, or the plan when the request says explain.

        held : the caller is inside `gate.unit()` already (a batch)
        context : facts for the log line (event id, trace)

        Raises the contract's errors.
        """
        began = time.monotonic()
        try:
            receipt = self._answer(operation, fields, held)
        except RushesError as error:
            self.metrics.failed(operation, error.code)
            self._log_failure(operation, error, time.monotonic() - began, context)
            raise
        finally:
            self._count_kernels()
        spent = time.monotonic() - began
        if isinstance(receipt, Receipt):
            self.metrics.done(receipt)
            frames = receipt.frames.count if receipt.frames else None
            told: dict[str, Any] = {
                "status": receipt.status,
                "unit": receipt.unit,
                "frames": frames,
            }
        else:
            told = {"status": "explained", "unit": receipt.get("unit")}
        self.log.line("unit", operation=operation, **told, seconds=round(spent, 6), **context)
        return receipt

    def _answer(
        self, operation: str, fields: Mapping[str, Any], held: bool
    ) -> Receipt | dict[str, Any]:
        if self._warming is not None:
            # Two threads that import the same modules take turns five milliseconds long.
            self._warming.wait()
        # Reads headers only, so it is answered beside a unit at work.
        if fields.get("explain") is True:
            return self.runner.explain(operation, fields)
        if held:
            return self.runner.run(operation, fields, stop=self.gate.stop)
        with self.gate.unit() as stop:
            return self.runner.run(operation, fields, stop=stop)

    def _log_failure(
        self, operation: str, error: RushesError, seconds: float, context: Mapping[str, Any]
    ) -> None:
        ours = isinstance(error, InternalError)
        # A fault of ours is told with its traceback to the log, and never to the caller.
        trace = "".join(traceback.format_exception(error)) if ours else None
        self.log.line(
            "unit",
            "error" if ours else "info" if isinstance(error, Busy) else "warning",
            operation=operation,
            status="failed",
            code=error.code,
            detail=error.detail,
            uri=error.facts.get("uri"),
            frame=error.facts.get("frame"),
            seconds=round(seconds, 6),
            traceback=trace,
            **context,
        )

    def _count_kernels(self) -> None:
        # Nothing is loaded for the count's sake.
        if "kernels.entries" in sys.modules:
            self.metrics.kernels(sys.modules["kernels.entries"].runtime())

    def cold_reason(self) -> str | None:
        """Why this worker is not ready yet, or None when it is."""
        if self.gate.draining:
            return "shutting down"
        return None if self._warm.is_set() else self._cold_reason

    def alive(self) -> tuple[int, dict[str, Any]]:
        """Status and answer of the health routes."""
        return 200, {"status": "ok"}

    def readiness(self) -> tuple[int, dict[str, Any]]:
        """Status and answer of the ready routes."""
        reason = self.cold_reason()
        if reason is None:
            return 200, {"status": "ready"}
        return 503, {"status": "not ready", "detail": reason}

    def warm_up(self) -> None:
        """Load what the served operations need, so that the first unit does not pay for it.

        What fails is told by /readyz and the log; the server stays up to tell it.
        """
        began = time.monotonic()
        try:
            shapes = {shape for name in self.operations for shape in self.catalog.load(name).shapes}
            facts = _load_kernels() if "kernels" in shapes else {}
            _ = self.runner.store
        except Exception as error:  # noqa: BLE001 - whatever it is, the probe has to say it
            self._cold_reason = f"{type(error).__name__}: {error}"
            self.log.line("not ready", "error", detail=self._cold_reason)
            return
        self._count_kernels()
        self._warm.set()
        self.log.line("ready", seconds=round(time.monotonic() - began, 6), kernels=facts or None)

    def _load_modules(self) -> None:
        """Import what every unit of the one operation imports; a fault is the first unit's."""
        if self._warm.is_set() and self.settings.function:
            with contextlib.suppress(Exception):
                for name in self.catalog.load(self.settings.function).loads:
                    import_module(name)

    def warm_up_beside(self, then: Callable[[], object] | None = None) -> None:
        """The same in a thread of its own, and `then`: health routes answer meanwhile."""

        over = self._warming = threading.Event()

        def work() -> None:
            self.warm_up()
            self._load_modules()
            over.set()
            if then is not None:
                then()

        threading.Thread(target=work, name="warm-up", daemon=True).start()


def _load_kernels() -> dict[str, Any]:
    import kernels

    return kernels.warm()
