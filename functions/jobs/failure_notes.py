"""Failure notes: why a unit failed for good, told by the function to whoever asks the storage.

A function that is asked by an event answers the broker, and not the dispatcher. Beside the place
of the receipt it leaves the problem, `<output>/.rushes/<unit>.failed.json`. A receipt always wins
over a note, and a dispatcher that tries a unit again takes its note back first.
"""

from __future__ import annotations

import os.path
from collections import defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from functions.contract import uris
from functions.contract.errors import RushesError, SourceNotFound
from functions.contract.receipt import failure_uri, receipt_uri
from functions.contract.store import Stat, Store
from functions.jobs.plan import Plan, is_problem
from functions.storage.documents import read_document

TAKEN_BACK = b"{}\n"
"""What stands in a note that is no more: stores have no verb to delete, and many who may write
may not."""

_READERS = 16
_PAGE = 1000
"""Names that a listing of S3 gives in one answer."""
_ASKED_A_PAGE = 4
"""So many units are asked for by name at the price of a page: each may be two questions."""
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

    def found(shard: tuple[str, set[str]]) -> list[Stat]:
        output, units = shard
        # What the names of these have alike: of 100,000 in one folder a unit wants a few.
        begin = os.path.commonprefix(list(units))  # noqa: RUF071 - letters are meant
        listed = store.list(uris.folder(uris.join(output, ".rushes")), begin)
        return [stat for stat in listed if _unit_of(stat) in units]

    shards = [(output, some) for output in sorted(wanted) for some in shards_of(wanted[output])]
    with ThreadPoolExecutor(_READERS) as pool:
        return tuple(stat for stats in pool.map(found, shards) for stat in stats)


def shards_of(units: set[str]) -> list[set[str]]:
    """Units by the first letter of their names where they are more than a page of a listing."""
    if len(units) <= _PAGE:
        return [units]
    found: dict[str, set[str]] = defaultdict(set)
    for unit in units:
        found[unit[:1]].add(unit)
    return [found[letter] for letter in sorted(found)]


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


def look(places: Iterable[tuple[str, str]], store: Store, crowds: Mapping[str, int]) -> Marks:
    """As `marks`, of some of the units that stand in each output: where they are few among many,
    each is asked for by its name.

    crowds : how many units each output has
    """
    wanted: dict[str, list[str]] = defaultdict(list)
    for output, unit in places:
        wanted[output].append(unit)
    listed: list[tuple[str, str]] = []
    asked: list[tuple[str, str]] = []
    for output, units in wanted.items():
        pages = 1 + crowds.get(output, 0) // _PAGE
        into = listed if len(units) >= _ASKED_A_PAGE * pages else asked
        into += [(output, unit) for unit in units]

    def ask(place: tuple[str, str]) -> Marks:
        output, unit = place
        if _is_longer(receipt_uri(output, unit), 0, store):
            return Marks(frozenset((unit,)), frozenset())
        noted = _is_longer(failure_uri(output, unit), len(TAKEN_BACK), store)
        return Marks(frozenset(), frozenset((unit,) if noted else ()))

    with ThreadPoolExecutor(_READERS) as pool:
        each = list(pool.map(ask, asked))
    if listed:
        each.append(marks(listed, store))
    return Marks(
        frozenset().union(*(one.receipts for one in each)),
        frozenset().union(*(one.notes for one in each)),
    )


def _is_longer(uri: str, more_than: int, store: Store) -> bool:
    try:
        return store.stat(uri).bytes > more_than
    except SourceNotFound:
        return False


def read_note(output: str, unit: str, store: Store) -> dict[str, Any] | None:
    """The problem that a note tells; None where there is none, or it was taken back."""
    try:
        found = read_document(store, failure_uri(output, unit), dict[str, Any])
    except RushesError:
        return None  # not there, or not to be had just now: the next look will tell
    return found if is_problem(found) else None


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
