"""Units in this process, for the command line and for Python."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec

from functions.contract.errors import RushesError
from functions.contract.receipt import Receipt
from functions.contract.uris import escaped
from functions.serve.cli.bare_paths import with_uris
from functions.serve.run.catalog import Catalog
from functions.serve.run.make_runner import make_runner
from functions.serve.run.scratch import files_kept_in, sweep
from functions.serve.run.settings import Settings
from functions.serve.telemetry.log import Course, Progress

if TYPE_CHECKING:
    from cloudevents.core.base import BaseCloudEvent

    from functions.serve.box.runner import BoxedRunner
    from functions.serve.run.runner import Runner

_LINE_SECONDS = 10.0


def run_here(
    catalog: Catalog,
    operation: str,
    fields: Mapping[str, Any],
    progress: Progress | None = None,
    asked: Mapping[str, Any] | None = None,
    sink: str | None = None,
) -> Receipt:
    """One unit under this process's environment. Raises the contract's errors.

    asked : what an event says of the unit (event_id, job), for its span
    sink : where a person said that a job's units go, in place of the environment
    """
    course, runner = Course(progress=progress), _runner(catalog, sink)
    given = with_uris(catalog, operation, fields)
    with _giving_up(course.stop):
        if runner.settings.traces is None:
            return runner.run(operation, given, course)
        from functions.serve.telemetry.tracing import run_traced

        return run_traced(
            operation, course, lambda: runner.run(operation, given, course), asked or {}
        )


def run_shown(
    catalog: Catalog,
    operation: str,
    fields: Mapping[str, Any],
    asked: Mapping[str, Any] | None = None,
    sink: str | None = None,
) -> Receipt:
    """The same with a bar on standard error, where a person looks at it."""
    with _own_files(), _bar(operation) as progress:
        return run_here(catalog, operation, fields, progress, asked, sink)


def run_asked(
    catalog: Catalog,
    operation: str,
    fields: Mapping[str, Any],
    event: BaseCloudEvent | None,
    sink: str | None = None,
) -> Receipt:
    """The same where an event in a file may have asked for it (Knative's JobSink).

    The unit is then a step of the event's trace, and leaves a note when it fails for good.
    """
    if event is None:
        return run_shown(catalog, operation, fields, None, sink)
    from functions.serve.events.cloudevents import trace_of
    from functions.serve.run import failure_notes as notes
    from functions.serve.telemetry import trace

    def note(error: RushesError) -> None:
        # Whatever a note meets, the unit's own outcome is what is told.
        with suppress(Exception):
            runner = _runner(catalog)
            notes.leave_note(event, operation, error, runner.store, runner.prepare)

    asked = {"event_id": event.get_id(), "job": event.get_extension("rushesjob")}
    with trace.below(trace_of(event)):
        try:
            receipt = run_shown(catalog, operation, fields, asked, sink)
        except RushesError as error:
            if notes.is_final(error):
                note(error)
            raise
        if wrong := notes.another_unit(event, receipt):
            note(wrong)
        return receipt


def explain_here(catalog: Catalog, operation: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """What a unit would do."""
    with _own_files():
        return _runner(catalog).explain(operation, with_uris(catalog, operation, fields))


def _own_files() -> AbstractContextManager[None]:
    """Who imports rushes keeps `tempfile`'s folder; a command has its own."""
    return files_kept_in(Settings.read(os.environ).scratch)


def _runner(catalog: Catalog, sink: str | None = None) -> Runner | BoxedRunner:
    settings = Settings.read(os.environ)
    if sink is not None:
        settings = msgspec.structs.replace(settings, sink=sink, sink_typed=True)
    sweep(settings.scratch)
    return make_runner(settings, catalog)


@contextmanager
def _giving_up(stop: threading.Event) -> Iterator[None]:
    """Ctrl-C and SIGTERM end the unit: its threads by the event, this one by an exception.

    A program that handles a signal its own way keeps doing so.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(number: int, frame: FrameType | None) -> NoReturn:
        stop.set()
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(128 + number)

    usual = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    before = {
        number: signal.signal(number, leave)
        for number, handler in usual.items()
        if signal.getsignal(number) is handler
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _told_in_lines(operation: str) -> Progress:
    """A line of JSON now and then on standard error, for what takes longer than that."""
    last = time.monotonic()

    def told(done: int, total: int, note: str) -> None:
        nonlocal last
        if time.monotonic() - last >= _LINE_SECONDS:
            last = time.monotonic()
            line = {"operation": operation, "done": done, "total": total, "note": note}
            print(json.dumps(line), file=sys.stderr, flush=True)

    return told


@contextmanager
def _bar(operation: str) -> Iterator[Progress | None]:
    if not sys.stderr.isatty():
        yield _told_in_lines(operation)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(operation, total=None, note="")

        def told(done: int, total: int, note: str) -> None:
            bar.update(task, completed=done, total=total, note=escaped(note))

        yield told
