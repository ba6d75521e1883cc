"""One clip and one unit of a job, from the plan and the receipts that stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from functions.contract.errors import RushesError, SourceNotFound
from functions.contract.frames import parse_frames
from functions.contract.receipt import Receipt, receipt_uri
from functions.contract.request import NOT_JSON
from functions.contract.store import Store
from functions.jobs.failure_notes import read_note
from functions.jobs.plan import PlannedClip
from functions.jobs.watch import Watch

_READERS = 16
_MOST_RECEIPTS = 400
_MOST_NOTES = 200
_STILLS = re.compile(r"\.(exr|dpx|tiff?)$", re.IGNORECASE)
_MOVIES = re.compile(r"\.(mov|mp4|mxf)$", re.IGNORECASE)
_PARTS = "/.rushes/"


class Shown(msgspec.Struct, frozen=True):
    """One frame that was made.

    number : of the picture in its file or movie: the name says another where it is a plate's
    source : the clip's own number of it, None where that is not known
    """

    uri: str
    number: int | None
    label: int
    source: int | None


class Made(msgspec.Struct, frozen=True):
    """What a clip's receipts say.

    amf : beside the frames
    """

    receipts: tuple[Receipt, ...]
    frames: tuple[Shown, ...]
    amf: str | None


def made_of(clip: PlannedClip, store: Store) -> Made:
    """The receipts of a clip's units, and the frames that they made, in order."""
    places = [(clip.output_of(unit), unit.unit) for unit in clip.units[:_MOST_RECEIPTS]]

    def read(place: tuple[str | None, str]) -> Receipt | None:
        output, unit = place
        try:
            return msgspec.json.decode(store.read(receipt_uri(output or "", unit)), type=Receipt)
        except (RushesError, *NOT_JSON):
            return None

    with ThreadPoolExecutor(_READERS) as pool:
        receipts = tuple(found for found in pool.map(read, places) if found is not None)
    outputs = [output for receipt in receipts for output in receipt.outputs]
    frames = [shown for receipt in receipts for shown in _stills(receipt)]
    if not frames:
        frames = [shown for receipt in receipts for shown in _movie(receipt)]
    return Made(
        receipts,
        tuple(sorted(frames, key=lambda each: each.label)),
        next((o.uri for o in outputs if o.uri.endswith(".amf")), None),
    )


def _stills(receipt: Receipt) -> Iterable[Shown]:
    outputs = sorted(
        (o for o in receipt.outputs if o.frame is not None and _STILLS.search(o.uri)),
        key=lambda o: o.frame or 0,
    )
    sources = _sources(receipt, len(outputs))
    for output, source in zip(outputs, sources, strict=True):
        yield Shown(output.uri, None, output.frame or 0, source)


def _movie(receipt: Receipt) -> Iterable[Shown]:
    movies = [o.uri for o in receipt.outputs if _MOVIES.search(o.uri) and _PARTS not in o.uri]
    if movies and receipt.frames is not None:
        count = receipt.frames.count
        for at, source in enumerate(_sources(receipt, count)):
            yield Shown(movies[0], at, at if source is None else source, source)


def _sources(receipt: Receipt, count: int) -> list[int | None]:
    """The clip's own numbers of so many frames, where the receipt tells them."""
    said = (receipt.report or {}).get("source_frames")
    try:
        wanted = parse_frames(said) if isinstance(said, str) else None
    except RushesError:
        wanted = None
    if wanted is not None and len(wanted) == count:
        return list(wanted)
    own = receipt.frames
    if said is None and own is not None and own.last - own.first + 1 == count == own.count:
        return list(range(own.first, own.last + 1))
    return [None] * count


def clip_of(watch: Watch, index: int) -> PlannedClip:
    """A clip of the plan. Raises SourceNotFound for an index that it does not have."""
    clip = watch.clip(index)
    if clip is None:
        raise SourceNotFound(f"no clip {index} is in the plan of job {watch.plan.job}")
    return clip


def clip_details(watch: Watch, clip: PlannedClip, store: Store) -> dict[str, Any]:
    """A clip with its units, its frames, and what was assumed and noted."""
    made = made_of(clip, store)
    notes: list[str] = []
    for receipt in made.receipts:
        notes += [f"assumed {name}: {value}" for name, value in receipt.assumed.items()]
        notes += [str(each) for each in (receipt.report or {}).get("notes", ())]
    spent = {receipt.unit: receipt.seconds for receipt in made.receipts}
    return {
        **clip.described(),
        "request": clip.request_of(clip.units[0]) if clip.units else clip.request,
        "units": [
            {
                "unit": unit.unit,
                "operation": unit.operation or clip.operation,
                "frames": unit.frames,
                "state": (watch.unit(unit.unit) or (None, None, "."))[2],
                "seconds": spent.get(unit.unit, {}).get("total"),
            }
            for unit in clip.units
        ],
        "made": [frame.label for frame in made.frames],
        "source": [frame.source for frame in made.frames],
        "notes": list(dict.fromkeys(notes))[:_MOST_NOTES],
    }


def unit_details(watch: Watch, unit: str, store: Store) -> dict[str, Any]:
    """A unit: its request, its receipt or what it failed of.

    Raises SourceNotFound for one that the plan does not have.
    """
    found = watch.unit(unit)
    if found is None:
        raise SourceNotFound(f"no unit {unit} is in the plan of job {watch.plan.job}")
    clip, planned, state = found
    output = clip.output_of(planned)
    told: dict[str, Any] = {
        "unit": unit,
        "clip": clip.index,
        "name": clip.name,
        "operation": planned.operation or clip.operation,
        "frames": planned.frames,
        "state": state,
        "output": output,
        "request": clip.request_of(planned),
        "receipt": None,
        "problem": None,
    }
    if output is None:
        return told
    try:
        receipt: Mapping[str, Any] = msgspec.json.decode(store.read(receipt_uri(output, unit)))
        return {**told, "receipt": receipt, "state": "d"}
    except (SourceNotFound, *NOT_JSON):
        reported = [each for each in watch.failures() if each["unit"] == unit]
        problem = reported[0]["problem"] if reported else read_note(output, unit, store)
        return {**told, "problem": problem}
