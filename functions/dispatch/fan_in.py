"""Movies that are made in parts: the parts, and the unit that joins them when all stand.

A part's receipt is named by its unit, which the plan knows; the joining unit names its parts
by those receipts, so it has an identity before any part is made. Once it stands, its parts
have served: they may be deleted, and nobody makes them again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from functions.contract.clip import ClipFacts
from functions.contract.frames import FrameRange
from functions.contract.operation import Prepared
from functions.contract.receipt import receipt_uri
from functions.contract.segments import cadence, part_name, parts_folder, sound_apart
from functions.dispatch.job import JobClip
from functions.dispatch.plan import Plan, PlannedUnit, Standing, shared, standing_of

Prepare = Callable[[str, Mapping[str, Any]], Prepared]
JOIN = "stitch"
MASTER = "deliver"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a movie is to be. multiple : frames that a part must have a multiple of.

    apart : whether its sound is made in one piece; joins : whether it can be made in parts
    """

    multiple: int
    apart: bool
    joins: bool


def kind_of(operation: str, fields: Mapping[str, Any], facts: ClipFacts) -> Kind:
    """The kind of movie that a request's fields ask for; unknown names are told elsewhere.

    Parts begin where the whole movie has a key frame, and where samples and frames meet.
    """
    from functions.media.write.codec_profiles import profile_of

    if operation == MASTER:  # intra codecs with PCM: a master's profile says which
        return Kind(multiple=cadence(facts.rate), apart=False, joins=True)
    found = profile_of(str(fields.get("codec") or "prores-422"))
    gop = found[1].gop if found else 0
    container = str(fields.get("container") or (found[1].containers[0] if found else "mov"))
    heard = bool(facts.picture.audio) and fields.get("only") != "picture"
    return Kind(
        multiple=math.lcm(max(1, gop), cadence(facts.rate)),
        apart=heard and sound_apart({**fields, "container": container}),
        # OP-Atom has a file for each stream: there is nothing to put side by side.
        joins=container != "mxf-opatom" and fields.get("only") != "sound",
    )


def joined_units(
    clip: JobClip,
    kind: Kind,
    name: str,
    output: str,
    whole: FrameRange,
    parts: tuple[FrameRange, ...],
    per_frame: float,
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
            seconds=round(per_frame * len(whole), 3),
        )
        common = {k: v for k, v in piece.request.items() if k != "frames"}
        return (unit,), {**common, **kept}, {piece.unit: standing_of(piece.receipt)}
    folder = parts_folder(output, piece.unit)
    units: list[PlannedUnit] = []
    standing: dict[str, Standing] = {}

    def add(frames: FrameRange, extra: dict[str, Any], count: int, seconds: float) -> str:
        request = {**plain, "output": folder, "frames": str(frames), **extra}
        made = prepare(clip.operation, {**request, **loud})
        if made.receipt is not None:
            standing[made.unit] = standing_of(made.receipt)
        units.append(
            PlannedUnit(
                unit=made.unit,
                own={**made.request, **kept},
                frames=str(frames),
                count=count,
                seconds=round(seconds, 3),
                output=folder,
            )
        )
        return receipt_uri(folder, made.unit)

    only = {"only": "picture"} if kind.apart else {}
    beside: list[PlannedUnit] = []
    if clip.operation == MASTER:
        # Numbers, slate and leader follow from the whole; AMF and FDL stand beside the movie.
        only = {"only": "picture", "whole": str(whole)}
        if plain.get("slate") is not None:
            only["title"] = str(plain.get("title") or named)
        beside = [_sidecars(plain, named, output, whole, prepare, loud, kept, standing)]
    pictures = [
        add(part, {"name": part_name(named, part), **only}, len(part), per_frame * len(part))
        for part in parts
    ]
    join: dict[str, Any] = {"parts": pictures, "output": output, "name": named}
    if kind.apart:
        sound = {"name": f"{named}.sound", "only": "sound"}
        join["sound"] = add(whole, sound, 0, per_frame * len(whole) / 50)
    joined = prepare(JOIN, {**join, **loud})
    if joined.receipt is not None:
        standing[joined.unit] = standing_of(joined.receipt)
        for unit in units:
            standing.setdefault(unit.unit, served(unit))
    units.append(
        PlannedUnit(
            unit=joined.unit,
            own={**joined.request, **kept},
            frames=str(whole),
            operation=JOIN,
            after=tuple(unit.unit for unit in units),
        )
    )
    pieces = [*beside, *units[:-1]]
    common = shared([unit.own for unit in pieces])
    slim = [
        msgspec.structs.replace(unit, own=_own(unit.own, common, unit.frames)) for unit in pieces
    ]
    return (*slim, units[-1]), common, standing


def _own(
    request: Mapping[str, Any], common: Mapping[str, Any], frames: str | None
) -> dict[str, Any]:
    """What a request says beside what it shares; of its frames, what is not the unit's own."""
    said = {k: v for k, v in request.items() if k not in common}
    if said.get("frames") == frames:
        said.pop("frames", None)
    return said


def _sidecars(
    plain: Mapping[str, Any],
    named: str,
    output: str,
    whole: FrameRange,
    prepare: Prepare,
    loud: dict[str, Any],
    kept: dict[str, Any],
    standing: dict[str, Standing],
) -> PlannedUnit:
    """What a master has beside its movie, as a unit at the movie's own place."""
    request = {**plain, "output": output, "frames": str(whole), "name": named, "only": "sidecars"}
    made = prepare(MASTER, {**request, **loud})
    if made.receipt is not None:
        standing[made.unit] = standing_of(made.receipt)
    return PlannedUnit(unit=made.unit, own={**made.request, **kept}, frames=str(whole))


def served(unit: PlannedUnit) -> Standing:
    """What counts for a part that is gone, because the movie that it became stands."""
    return Standing(frames=unit.count)


def served_by(plan: Plan, standing: Iterable[str]) -> dict[str, str]:
    """Parts that count as done because what they were joined to stands: part to joining unit."""
    known = set(standing)
    return {
        part: unit.unit
        for clip in plan.clips
        for unit in clip.units
        if unit.after and unit.unit in known
        for part in unit.after
        if part not in known
    }
