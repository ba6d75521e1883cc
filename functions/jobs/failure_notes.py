"""Failure notes: why a unit failed for good, told by the function to whoever asks the storage.

A function that is asked by an event answers the broker, and not the dispatcher. Beside the place
of the receipt it leaves the problem, `<output>/.rushes/<unit>.failed.json`. A receipt always wins
over a note, and a dispatcher that tries a unit again takes its note back first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from functions.contract import uris
from functions.contract.errors import RushesError
from functions.contract.receipt import failure_uri
from functions.contract.store import Stat, Store
from functions.jobs.plan import Plan

TAKEN_BACK = b"{}\n"
"""What stands in a note that is no more: stores have no verb to delete, and many who may write
may not."""

_READERS = 16
_FAILED, _RECEIPT = ".failed", ".json"
_NOTE = _FAILED + _RECEIPT


class Marks(msgspec.Struct, frozen=True):
    """Units of which something stands: receipts, and notes that were not taken back."""

    receipts: frozenset[str]
    notes: frozenset[str]


def marked_files(places: Iterable[tuple[str, str]], store: Store) -> tuple[Stat, ...]:
    """Receipts and notes that stand of (output, unit) pairs: a listing for each output, nothing
    is read."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for output, unit in places:
        wanted[output].add(unit)

    def found(output: str) -> list[Stat]:
        listed = store.list(uris.folder(uris.join(output, ".rushes")))
        return [stat for stat in listed if _unit_of(stat) in wanted[output]]

    with ThreadPoolExecutor(_READERS) as pool:
        return tuple(stat for stats in pool.map(found, sorted(wanted)) for stat in stats)


def _unit_of(stat: Stat) -> str:
    return uris.basename(stat.uri).removesuffix(_RECEIPT).removesuffix(_FAILED)


def marks(places: Iterable[tuple[str, str]], store: Store) -> Marks:
    """What stands of (output, unit) pairs: a listing for each output, nothing is read."""
    files = marked_files(places, store)
    notes = [stat for stat in files if stat.uri.endswith(_NOTE)]
    return Marks(
        frozenset(_unit_of(stat) for stat in files if not stat.uri.endswith(_NOTE)),
        frozenset(_unit_of(stat) for stat in notes if stat.bytes > len(TAKEN_BACK)),
    )


def read_note(output: str, unit: str, store: Store) -> dict[str, Any] | None:
    """The problem that a note tells; None where there is none, or it was taken back."""
    try:
        found = msgspec.json.decode(store.read(failure_uri(output, unit)))
    except (RushesError, msgspec.DecodeError):
        return None  # not there, or not to be had just now: the next look will tell
    return found if isinstance(found, dict) and "code" in found and "detail" in found else None


def take_back(places: Iterable[tuple[str, str]], store: Store) -> dict[str, dict[str, Any]]:
    """Make notes of these units say nothing, for they are about to be tried again; what they
    said, by unit."""
    known = {unit: output for output, unit in places}
    noted = sorted(marks(((output, unit) for unit, output in known.items()), store).notes)

    def take(unit: str) -> dict[str, Any] | None:
        problem = read_note(known[unit], unit, store)
        store.put(failure_uri(known[unit], unit), TAKEN_BACK)
        return problem

    with ThreadPoolExecutor(_READERS) as pool:
        said = zip(noted, pool.map(take, noted), strict=True)
        return {unit: problem for unit, problem in said if problem is not None}


def give_back(output: str, unit: str, problem: Mapping[str, Any], store: Store) -> None:
    """Let a note say again what it said: nobody has tried the unit since."""
    store.put(failure_uri(output, unit), msgspec.json.encode(dict(problem)) + b"\n")


def failures(
    plan: Plan, found: Marks, reported: Iterable[Mapping[str, Any]], store: Store
) -> list[dict[str, Any]]:
    """What the last dispatcher reported, then what functions noted beside; none with a receipt.

    reported : the `failures` of the job's last report
    """
    told = [dict(failure) for failure in reported if failure.get("unit") not in found.receipts]
    news = found.notes - found.receipts - {failure.get("unit") for failure in told}
    units = [
        (clip, unit, output)
        for clip in plan.clips
        for unit in clip.units
        if unit.unit in news and (output := clip.output_of(unit)) is not None
    ]
    with ThreadPoolExecutor(_READERS) as pool:
        problems = list(pool.map(lambda one: read_note(one[2], one[1].unit, store), units))
    return told + [
        {
            "clip": clip.index,
            "operation": clip.operation,
            "input": clip.input,
            "unit": unit.unit,
            "frames": unit.frames,
            "attempts": 1,
            "problem": problem,
        }
        for (clip, unit, _), problem in zip(units, problems, strict=True)
        if problem is not None
    ]
