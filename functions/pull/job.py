"""The job of a turnover: one clip an event, with its name, its place and its sidecars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from functions.contract import uris
from functions.contract.frames import rate_text
from functions.pull.naming import elements
from functions.pull.request import PullRequest
from functions.pull.sidecar_folder import SidecarFolder
from functions.turnover.matching import Match
from functions.turnover.model import Event


@dataclass(frozen=True, slots=True)
class Shot:
    """A match with its names.

    base : of the plate, `ABC_010_PL01_v001`; version : of it; output : its folder
    handles : asked for; there : the frames of them that the clip has before and after
    """

    match: Match
    shot: str
    base: str
    version: int
    output: str
    handles: int
    there: tuple[int, int]


def plan_shots(
    matches: Sequence[Match],
    names: Mapping[int, str],
    request: PullRequest,
    versions: Mapping[str, int],
) -> list[Shot]:
    """Names, versions and handles of what is pulled.

    names : of the shots, by the identity of the event; versions : by plate, where not 1
    """
    shots = [names[id(match.event)] for match in matches]
    found = []
    for match, shot, element in zip(matches, shots, elements(shots, request.element), strict=True):
        base = f"{shot}_{element}"
        version = versions.get(base, 1) if request.operation == "plate" else 1
        if request.operation == "plate":
            # A folder called like a plate is its package, and holds its receipt.
            base = f"{base}_v{version:03d}"
        asked = request.handles if match.event.handles is None else match.event.handles
        frames, media = match.frames, match.media
        there = min(asked, frames.start - media.first), min(asked, media.last - frames.last)
        output = uris.join(request.output, base) + "/"
        found.append(Shot(match, shot, base, version, output, asked, there))
    return found


def job_of(
    shots: Sequence[Shot], request: PullRequest, amfs: SidecarFolder, fdls: SidecarFolder
) -> dict[str, Any]:
    """The job's JSON object."""
    clips = []
    for shot in shots:
        match = shot.match
        clip: dict[str, Any] = {
            "input": match.media.uri,
            "frames": str(match.frames),
            "output": shot.output,
            "amf": amfs.of(match.media),
            "fdl": fdls.of(match.media),
            "template": request.template,
            "source": request.source if match.media.untagged else None,
        }
        if request.operation == "plate":
            clip |= {
                "handles": shot.handles,
                "start": request.start,
                "event": described(match.event),
            }
        clips.append({key: value for key, value in clip.items() if value is not None})
    return {
        "output": uris.folder(request.output),
        "defaults": {"operation": request.operation, **(request.defaults or {})},
        "clips": clips,
    }


def described(event: Event) -> dict[str, Any]:
    """The event as plain JSON, for the plate's package; `source` is where it says it starts."""
    source: str | int | None = event.label(max(0, event.start))
    if event.numbers or event.from_first:
        # A frame number is no timecode, and a row without a start says none.
        source = None if event.from_first else event.start
    plain: dict[str, Any] = {
        "number": event.number,
        "name": event.name,
        "reel": event.reel,
        "file": event.file,
        "source": source,
        "record": event.record,
        "length": event.length,
        "rate": rate_text(event.rate),
        "speed": None if event.speed == 1 else float(event.speed),
        "transition": [event.head, event.tail] if event.head or event.tail else None,
        "track": None if event.track == 1 else event.track,
        "comments": list(event.comments) or None,
        "notes": list(event.notes) or None,
    }
    if event.cdl is not None:
        plain["cdl"] = {
            name: msgspec.to_builtins(getattr(event.cdl, name))
            for name in ("slope", "offset", "power", "saturation")
        }
    return {key: value for key, value in plain.items() if value is not None}
