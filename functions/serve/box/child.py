"""The child's main: one unit, and its end told."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import sys
import tempfile
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from functions.contract.errors import InternalError, RushesError
from functions.media.plugins.installed import installed
from functions.serve.box.confine import confine, die_with_parent
from functions.serve.box.lines import Lines
from functions.serve.box.messages import Call, End, Fork, Held, Note
from functions.serve.box.sinks import asked_sinks
from functions.serve.box.storage import BoxedStore
from functions.serve.box.wire import Channel, Closed
from functions.serve.run.catalog import Catalog
from functions.serve.run.runner import Runner
from functions.serve.run.settings import Settings
from functions.serve.telemetry.log import Course

STOP = signal.SIGUSR1
"""Asks a unit to give up: SIGTERM and SIGINT may come to a whole group of processes."""
IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


def run_child(sock: socket.socket, fork: Fork, held: Held) -> int:
    """Confine this process and do the one call that it is for. The exit code."""
    die_with_parent()
    stop = threading.Event()
    signal.signal(STOP, lambda *_: stop.set())
    folder = Path(fork.scratch)
    os.chdir(folder)
    tempfile.tempdir = os.environ["TMPDIR"] = str(folder)
    confined(fork, held)
    channel = Channel(sock)
    call, _, _ = channel.receive(Call)
    lines = Lines(channel)
    end = _end(call, held, folder, lines, _Course(lines, call, stop))
    # The worker ends whoever has told its end, and may be gone itself.
    with contextlib.suppress(Closed):
        lines.note(Note(end=end))
    return 0


def confined(fork: Fork, held: Held) -> list[str]:
    """Confine this process; what holds."""
    for number in IGNORED:
        signal.signal(number, signal.SIG_IGN)
    read = [Path(root.removeprefix("file://")) for root in held.roots if root.startswith("file://")]
    return confine(
        programs=bool(installed()),
        memory=fork.memory,
        cpu=fork.cpu,
        read=read,
        scratch=Path(fork.scratch),
    )


def _end(call: Call, held: Held, folder: Path, lines: Lines, course: _Course) -> End:
    settings = Settings(roots=held.roots, scratch=folder, limits=held.limits, threads=held.threads)
    runner = Runner(
        settings,
        Catalog(held.catalog),
        asked_sinks(lines),
        served=held.served,
        store=BoxedStore(held.roots, lines),
    )
    before, counted = set(sys.modules), runner.kernels()
    result, problem, told = None, None, None
    try:
        result = _do(runner, call, course)
    except RushesError as error:
        problem = error.problem()
        if isinstance(error, InternalError):
            told = "".join(traceback.format_exception(error))
    return End(
        result=result,
        problem=problem,
        traceback=told,
        stages=course.stages,
        kernels=_used(counted, runner.kernels()),
        modules=tuple(sorted(set(sys.modules) - before)),
    )


def _do(runner: Runner, call: Call, course: Course) -> Any:
    if call.way == "explain":
        return runner.explain(call.operation, call.fields)
    if call.way == "prepare":
        return runner.prepare(call.operation, call.fields)
    return runner.run(call.operation, call.fields, course)


class _Course(Course):
    """Tells the unit's id as soon as it is known: who looks for a unit that crashed wants it."""

    def __init__(self, lines: Lines, call: Call, stop: threading.Event) -> None:
        self._lines = lines
        super().__init__(stop, self._progress if call.progress else None)

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name == "unit" and value is not None:
            self._lines.note(Note(unit=value))

    def _progress(self, done: int, total: int, note: str) -> None:
        self._lines.note(Note(progress=(done, total, note)))


_COUNTED = ("calls", "compiled", "cached")


def _used(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any] | None:
    if not now:
        return None
    return {"mode": now["mode"], **{name: now[name] - before.get(name, 0) for name in _COUNTED}}


_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


def is_module(name: str) -> bool:
    """Whether a text is a module's name, and not a path or a program."""
    return _MODULE.fullmatch(name) is not None and "__main__" not in name
