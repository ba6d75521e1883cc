"""Movies that are made in parts: the parts, and the unit that joins them when all stand.

A part's receipt is named by its unit, which the plan knows; the joining unit names its parts
by those receipts, so it has an identity before any part is made. Once it stands, its parts
have served: they may be deleted, and nobody makes them again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from functions.contract.frames import FrameRange
from functions.contract.operation import Pieces, Prepared
from functions.contract.receipt import receipt_uri
from functions.contract.segments import Parts, part_name, parts_folder
from functions.dispatch.job import JobClip
from functions.jobs.plan import PlannedUnit, Standing, served, shared, standing_of

Prepare = Callable[[str, Mapping[str, Any]], Prepared]


def joined_units(
    clip: JobClip,
    made: Parts,
    name: str,
    output: str,
    whole: FrameRange,
    parts: tuple[FrameRange, ...],
    prepare: Prepare,
    overwrite: bool,
) -> tuple[tuple[PlannedUnit, ...], dict[str, Any], dict[str, Standing]]:
    """Units of one movie, the joining one last, what their requests share, and what stands.

    name : of the movie, where the request says none
    overwrite : the whole job's

    Raises InvalidRequest for fields that the operation does not know.
    """
    named = str(clip.fields.get("name") or name)
    own = bool(clip.fields.get("overwrite"))
    plain = {key: value for key, value in clip.fields.items() if key != "overwrite"}
    loud = {"overwrite": True} if overwrite or own else {}
    kept = {"overwrite": True} if own else {}
    piece = prepare(
        clip.operation, {**plain, "output": output, "frames": str(whole), "name": named, **loud}
    )
    if piece.receipt is not None:  # it was made whole before
        unit = PlannedUnit(
            unit=piece.unit,
            frames=str(whole),
            count=len(whole),
            seconds=round(made.seconds * len(whole), 3),
        )
        common = {k: v for k, v in piece.request.items() if k != "frames"}
        return (unit,), {**common, **kept}, {piece.unit: standing_of(piece.receipt)}
    folder = parts_folder(output, piece.unit)
    units: list[PlannedUnit] = []
    standing: dict[str, Standing] = {}

    def add(frames: FrameRange, extra: dict[str, Any], count: int, seconds: float) -> str:
        request = {**plain, "output": folder, "frames": str(frames), **extra}
        part = prepare(clip.operation, {**request, **loud})
        if part.receipt is not None:
            standing[part.unit] = standing_of(part.receipt)
        units.append(
            PlannedUnit(
                unit=part.unit,
                own={**part.request, **kept},
                frames=str(frames),
                count=count,
                seconds=round(seconds, 3),
                output=folder,
            )
        )
        return receipt_uri(folder, part.unit)

    beside: list[PlannedUnit] = []
    if made.beside is not None:
        own_place = {**plain, "output": output, "frames": str(whole), "name": named}
        extra = prepare(clip.operation, {**own_place, **made.beside, **loud})
        if extra.receipt is not None:
            standing[extra.unit] = standing_of(extra.receipt)
        beside = [PlannedUnit(unit=extra.unit, own={**extra.request, **kept}, frames=str(whole))]
    each = made.each(whole, named)
    pictures = [
        add(part, {"name": part_name(named, part), **each}, len(part), made.seconds * len(part))
        for part in parts
    ]
    join: dict[str, Any] = {"parts": pictures, "output": output, "name": named}
    if made.sound_apart:
        sound = {"name": f"{named}.sound", "only": "sound"}
        join["sound"] = add(whole, sound, 0, made.seconds * len(whole) / 50)
    joined = prepare(made.joiner, {**join, **loud})
    if joined.receipt is not None:
        standing[joined.unit] = standing_of(joined.receipt)
        for unit in units:
            standing.setdefault(unit.unit, served(unit))
    units.append(
        PlannedUnit(
            unit=joined.unit,
            own={**joined.request, **kept},
            frames=str(whole),
            operation=made.joiner,
            after=tuple(unit.unit for unit in units),
        )
    )
    pieces = [*beside, *units[:-1]]
    common = shared([unit.own for unit in pieces])
    slim = [
        msgspec.structs.replace(unit, own=_own(unit.own, common, unit.frames)) for unit in pieces
    ]
    return (*slim, units[-1]), common, standing


def gathered_units(
    clip: JobClip, made: Pieces, output: str | None, prepare: Prepare, overwrite: bool
) -> tuple[tuple[PlannedUnit, ...], dict[str, Any], dict[str, Standing]]:
    """Units of a request that others of its operation make before it, itself last; what their
    requests share, and what stands.

    overwrite : the whole job's

    Raises InvalidRequest for fields that the operation does not know.
    """
    kept = {"overwrite": True} if clip.fields.get("overwrite") else {}
    loud = {"overwrite": True} if overwrite else kept
    standing: dict[str, Standing] = {}

    def prepared(extra: Mapping[str, Any]) -> Prepared:
        found = prepare(clip.operation, {**clip.fields, "output": output, **extra, **loud})
        if found.receipt is not None:
            standing[found.unit] = standing_of(found.receipt)
        return found

    whole = prepared(made.last)
    pieces = {piece.unit: {**piece.request, **kept} for piece in map(prepared, made.each)}
    common = shared(list(pieces.values()))
    units = [
        PlannedUnit(unit=unit, own=_own(request, common, None)) for unit, request in pieces.items()
    ]
    if whole.receipt is not None:
        standing = {**{unit.unit: served(unit) for unit in units}, **standing}
    last = PlannedUnit(
        unit=whole.unit,
        own={**whole.request, **kept},
        operation=clip.operation,
        after=tuple(pieces),
    )
    return (*units, last), common, standing


def _own(
    request: Mapping[str, Any], common: Mapping[str, Any], frames: str | None
) -> dict[str, Any]:
    """What a request says beside what it shares; of its frames, what is not the unit's own."""
    said = {k: v for k, v in request.items() if k not in common}
    if said.get("frames") == frames:
        said.pop("frames", None)
    return said
