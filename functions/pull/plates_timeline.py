"""The cut with its plates in place of the camera's clips, as an OpenTimelineIO document.

Each shot points to the frames of its coming plate, in the plate's own numbers and without its
handles, so that editorial conforms with it; retimes stay as linear time warps.
Reference: OpenTimelineIO, file format specification (Timeline.1, Clip.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from functions.pull.job import Shot
from functions.turnover.model import Turnover

_TIMECODE_DIGITS = 7  # as plates are numbered without a start


def plates_timeline(turnover: Turnover, shots: Sequence[Shot], start: int | None) -> dict[str, Any]:
    """The document. Tracks are those of the turnover, gaps stand where nothing is pulled.

    start : number of each plate's first frame of the cut; None numbers by timecode
    """
    begin = min((shot.match.event.record for shot in shots), default=0)
    tracks: dict[int, list[Shot]] = {}
    for shot in shots:
        tracks.setdefault(shot.match.event.track, []).append(shot)
    children = []
    spilled = 0
    for number in sorted(tracks):
        rows: list[list[Shot]] = []
        for shot in sorted(tracks[number], key=lambda each: each.match.event.record):
            # What overlaps on one track goes on one of its own: nothing is left out.
            free = next((r for r in rows if _stop(r[-1]) <= shot.match.event.record), None)
            if free is None:
                rows.append([shot])
            else:
                free.append(shot)
        children += [
            _track(f"V{number}" if at == 0 else f"V{number} beside", row, begin, turnover, start)
            for at, row in enumerate(rows)
        ]
        spilled += len(rows) - 1
    return {
        "OTIO_SCHEMA": "Timeline.1",
        "name": f"{turnover.title} plates",
        "metadata": {"rushes": {"overlapping_tracks": spilled} if spilled else {}},
        "global_start_time": _time(begin, turnover.rate),
        "tracks": {**_item("Stack.1", "tracks"), "children": children},
    }


def _stop(shot: Shot) -> int:
    return shot.match.event.record + shot.match.event.length


def _track(
    name: str, row: Sequence[Shot], begin: int, turnover: Turnover, start: int | None
) -> dict[str, Any]:
    children, at = [], begin
    for shot in row:
        event = shot.match.event
        if event.record > at:
            gap = _item("Gap.1", "")
            children.append({**gap, "source_range": _range(0, event.record - at, turnover.rate)})
        children.append(_clip(shot, start, turnover.rate))
        at = event.record + event.length
    return {**_item("Track.1", name), "kind": "Video", "children": children}


def _clip(shot: Shot, start: int | None, rate: Fraction) -> dict[str, Any]:
    match, event = shot.match, shot.match.event
    media = match.media
    own = media.rate or event.rate
    offset = 0
    digits = max(4, media.padding)
    if start is not None:
        offset, digits = start - match.first, 4
    elif media.start is not None:
        offset, digits = media.start - media.first, _TIMECODE_DIGITS
    before, after = shot.there
    first, last = match.first - before + offset, match.last + after + offset
    low, _ = event.needed
    shown = match.first + offset
    if event.speed > 0:
        # Without the frames that only a transition shows.
        shown += max(0, event.start - low)
    return {
        **_item("Clip.2", shot.shot),
        "source_range": {**_range(shown, 0, own), "duration": _time(event.length, rate)},
        "effects": _warp(event.speed),
        "media_references": {
            "DEFAULT_MEDIA": {
                "OTIO_SCHEMA": "ImageSequenceReference.1",
                "name": shot.base,
                "metadata": {},
                "available_range": _range(first, last - first + 1, own),
                "available_image_bounds": None,
                "target_url_base": shot.output,
                "name_prefix": f"{shot.base}.",
                "name_suffix": ".exr",
                "start_frame": first,
                "frame_step": 1,
                "rate": float(own),
                "frame_zero_padding": max(digits, len(str(last))),
                "missing_frame_policy": "error",
            },
            "viewing movie": {
                "OTIO_SCHEMA": "ExternalReference.1",
                "name": f"{shot.base}.mov",
                "metadata": {},
                "available_range": _range(first, last - first + 1, own),
                "available_image_bounds": None,
                "target_url": f"{shot.output}{shot.base}.mov",
            },
        },
        "active_media_reference_key": "DEFAULT_MEDIA",
        "metadata": {"rushes": {"event": event.number, "clip": media.uri}},
    }


def _warp(speed: Fraction) -> list[dict[str, Any]]:
    if speed == 1:
        return []
    kind = "FreezeFrame.1" if speed == 0 else "LinearTimeWarp.1"
    return [
        {
            "OTIO_SCHEMA": kind,
            "name": "",
            "metadata": {},
            "effect_name": kind.partition(".")[0],
            "time_scalar": float(speed),
        }
    ]


def _item(schema: str, name: str) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": schema,
        "name": name,
        "metadata": {},
        "source_range": None,
        "effects": [],
        "markers": [],
        "enabled": True,
    }


def _time(value: int, rate: Fraction) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(rate), "value": float(value)}


def _range(start: int, length: int, rate: Fraction) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": _time(start, rate),
        "duration": _time(length, rate),
    }
