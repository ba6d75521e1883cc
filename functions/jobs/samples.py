"""What units of earlier jobs took: a bounded sample of the receipts beside their plans.

A plan says what a clip is and what its frames were taken to cost, a receipt how long a unit took
and on what machine. Receipts of many machines and versions stand in a storage: what is absurd is
counted and left out, the rest is for statistics that a few wrong ones do not move.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from functions.contract import uris
from functions.contract.errors import DamagedSource, SourceNotFound
from functions.contract.receipt import Frames, receipt_uri
from functions.contract.store import Store
from functions.jobs.plan import JOBS_FOLDER, Plan, PlannedClip, PlannedUnit, Sizing
from functions.storage.documents import read_document

MOST_PLANS, MOST_PLAN_BYTES = 8, 8 << 20
"""Read at one output, the newest first. A larger plan is passed over."""

MOST_RECEIPTS = 256
"""Read of all plans together, evenly spread over each."""

_READERS = 16
_FARTHEST = 200.0
"""Times dearer or cheaper than the constants say: beyond it a figure is no measurement."""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One unit.

    constant : seconds that its frames take by the operation's constants
    seconds : that it took from its door to its receipt
    cold : seconds that its worker had taken to start, where it was the first there; else 0
    """

    operation: str
    sizing: Sizing
    platform: str
    constant: float
    seconds: float
    cold: float = 0.0


class Samples(msgspec.Struct, frozen=True):
    """What was found.

    left_out : receipts and plans that were not used, by the reason
    """

    found: tuple[Sample, ...] = ()
    left_out: dict[str, int] = {}


class _Measured(msgspec.Struct, frozen=True):
    """Of a receipt, what tells its cost."""

    operation: str
    unit: str
    frames: Frames | None
    seconds: dict[str, float]
    machine: dict[str, Any]


def read_samples(outputs: Iterable[str], store: Store) -> Samples:
    """Of the newest jobs at these outputs. The same storage gives the same samples.

    Raises Refused for an output outside the roots, StoreUnavailable.
    """
    left_out: Counter[str] = Counter()
    wanted: list[tuple[PlannedClip, PlannedUnit]] = []
    plans = [plan for output in outputs for plan in _plans(output, store, left_out)]
    for plan in plans:
        units = [(clip, unit) for clip in plan.clips for unit in clip.units if _tells(clip, unit)]
        wanted += _spread(units, MOST_RECEIPTS // len(plans))
    with ThreadPoolExecutor(_READERS) as pool:
        read = list(pool.map(lambda one: _read(one[0], one[1], store), wanted))
    left_out.update(why for why in read if isinstance(why, str))
    return Samples(tuple(one for one in read if isinstance(one, Sample)), dict(left_out))


def _plans(output: str, store: Store, left_out: Counter[str]) -> Iterable[Plan]:
    listed = store.list(uris.folder(uris.join(output, JOBS_FOLDER)))
    stats = [s for s in listed if s.uri.endswith(".json") and not s.uri.endswith(".report.json")]
    for stat in sorted(stats, key=lambda s: (-(s.modified or 0.0), s.uri))[:MOST_PLANS]:
        if stat.bytes > MOST_PLAN_BYTES:
            left_out["plans that are too large"] += 1
            continue
        try:
            yield read_document(store, stat.uri, Plan)
        except (SourceNotFound, DamagedSource):
            left_out["plans that do not read"] += 1


def _tells(clip: PlannedClip, unit: PlannedUnit) -> bool:
    """Whether a unit's time is that of its frames: of a movie in parts, sound, sidecars and joining
    are units beside."""
    alone = len(clip.units) == 1 and not unit.count
    return clip.sizing is not None and unit.operation is None and (alone or unit.count > 0)


def _spread(units: Sequence[Any], most: int) -> Sequence[Any]:
    step = max(1.0, len(units) / max(1, most))
    return [units[int(n * step)] for n in range(math.ceil(len(units) / step))][:most]


def _read(clip: PlannedClip, unit: PlannedUnit, store: Store) -> Sample | str | None:
    """A sample, why there is none, or None where the unit is not done."""
    output = clip.output_of(unit)
    if output is None or clip.sizing is None:
        return None
    try:
        found = read_document(store, receipt_uri(output, unit.unit), _Measured)
    except SourceNotFound:
        return None
    except DamagedSource:
        return "receipts that do not read"
    if found.unit != unit.unit or found.operation != clip.operation:
        return "receipts of other units"
    frames = unit.count or (found.frames.count if found.frames is not None else 1)
    constant, seconds = clip.sizing.constant * frames, found.seconds.get("total", 0.0)
    ratio = seconds / constant if constant > 0 else 0.0
    if not 1 / _FARTHEST <= ratio <= _FARTHEST:  # NaN is neither
        return "receipts with absurd times"
    return Sample(
        operation=clip.operation,
        sizing=clip.sizing,
        platform=_platform(found.machine),
        constant=constant,
        seconds=seconds,
        cold=_number(found.machine.get("start_seconds")),
    )


def _platform(machine: dict[str, Any]) -> str:
    compiled = machine.get("kernels")
    target = compiled.get("target") if isinstance(compiled, dict) else None
    threads = machine.get("threads")
    many = "" if threads == 1 else "s"
    return f"{target or machine.get('arch') or 'unknown'}, {threads or 'some'} thread{many}"


def _number(value: Any) -> float:
    right = isinstance(value, int | float) and 0 <= value < 3600
    return float(value) if right else 0.0
