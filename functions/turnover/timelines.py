"""OTIO, FCPXML, AAF and ALE turnovers, through OpenTimelineIO and its adapters."""

from __future__ import annotations

import contextlib
import io
import json
import re
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any
from urllib.parse import unquote, urlsplit

from functions.contract.amf import Cdl
from functions.contract.errors import InvalidRequest, LimitExceeded, UnsupportedMedia
from functions.turnover.edl import read_edl
from functions.turnover.model import Event, Turnover

_ADAPTERS = {
    ".otio": "otio_json",
    ".fcpxml": "fcpx_xml",
    ".aaf": "AAF",
    ".ale": "ale",
}
_MAX_BYTES = 256 << 20
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKER = re.compile(rb'"OTIO_SCHEMA"\s*:\s*"Marker\.(\d{1,9})"')
_BROADCAST = {nominal: Fraction(nominal * 1000, 1001) for nominal in (24, 30, 48, 60, 120)}


def read_turnover(data: bytes, name: str, rate: Fraction | None = None) -> Turnover:
    """The events of a timeline, by the extension of its name.

    Parameters
    ----------
    name : ends in .edl, .otio, .fcpxml, .aaf or .ale
    rate : of an EDL's or ALE's timecode where the document says none

    Raises UnsupportedMedia for another extension, InvalidRequest for a document that does
    not read, LimitExceeded over 256 MiB.
    """
    suffix = PurePosixPath(name).suffix.lower()
    if len(data) > _MAX_BYTES:
        raise LimitExceeded(f"{name} has {len(data)} bytes, at most {_MAX_BYTES} are read")
    if suffix == ".edl":
        return read_edl(data, name, rate)
    if suffix not in _ADAPTERS:
        known = ", ".join(sorted([".edl", *_ADAPTERS]))
        raise UnsupportedMedia(f"{name}: a turnover is one of {known}", field="timeline")
    if suffix == ".fcpxml":
        _no_entities(data, name)
    if suffix == ".aaf" and not data.startswith(_COMPOUND_FILE):
        raise InvalidRequest(f"{name} is no AAF: no compound file", field="timeline")
    document = _opened(data, name, suffix, rate)
    events = tuple(_events(document))
    if not events:
        raise InvalidRequest(f"{name} has no picture that could be pulled", field="timeline")
    title = str(getattr(document, "name", "") or "") or PurePosixPath(name).stem
    return Turnover(title=title, rate=events[0].rate, events=events)


def _no_entities(data: bytes, name: str) -> None:
    """The adapter's parser expands entities; no application writes any."""
    if b"<!ENTITY" in data.upper():
        raise InvalidRequest(f"{name} has entities, which no such file needs", field="timeline")


def _without_newer_markers(data: bytes, known: int) -> bytes:
    """The file without its markers, where the library reads only older ones: no cut needs any."""
    if all(int(version) <= known for version in _MARKER.findall(data)):
        return data
    with contextlib.suppress(ValueError, RecursionError):  # what is no JSON, the adapter tells
        tree = json.loads(data)
        todo = [tree]
        while todo:
            each = todo.pop()
            if isinstance(each, dict):
                if "markers" in each:
                    each["markers"] = []
                todo += each.values()
            elif isinstance(each, list):
                todo += each
        return json.dumps(tree).encode()
    return data


def _opened(data: bytes, name: str, suffix: str, rate: Fraction | None) -> Any:
    import opentimelineio as otio

    fields: dict[str, Any] = {"adapter_name": _ADAPTERS[suffix]}
    if suffix == ".otio":
        data = _without_newer_markers(data, otio.core.type_version_map()["Marker"])
    if suffix == ".ale" and rate is not None:
        fields["fps"] = float(rate)
    try:
        # Adapters print what they do not know, and AAF is read from a path alone.
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            path = Path(folder) / f"turnover{suffix}"
            path.write_bytes(data)
            return otio.adapters.read_from_file(str(path), **fields)
    except Exception as error:
        # Each adapter has its own errors, and hostile files raise any.
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InvalidRequest(f"{name} does not read: {reason[:300]}", field="timeline") from error


def _events(document: Any) -> Iterator[Event]:
    import opentimelineio as otio

    number = 0
    timelines = [document] if isinstance(document, otio.schema.Timeline) else []
    loose: list[Any] = []
    if not timelines:
        for item in document:
            (timelines if isinstance(item, otio.schema.Timeline) else loose).append(item)
    for timeline in timelines:
        for track_number, track in enumerate(timeline.video_tracks(), 1):
            for clip in track.find_clips():
                if not getattr(clip, "enabled", True):
                    continue
                number += 1
                yield _event(clip, f"{number:03d}", track_number, timeline)
    for item in loose:
        # A log (ALE) or a bin: every clip whole.
        for clip in [item] if isinstance(item, otio.schema.Clip) else item.find_clips():
            number += 1
            yield _event(clip, f"{number:03d}", 1, None)


def _event(clip: Any, number: str, track: int, timeline: Any) -> Event:
    import opentimelineio as otio

    source = clip.trimmed_range()
    rate, drop = _rate(source.start_time.rate), False
    speed, notes, trouble = Fraction(1), list[str](), None
    for effect in clip.effects:
        if isinstance(effect, otio.schema.FreezeFrame):
            speed = Fraction(0)
            notes.append("it is a freeze frame")
        elif isinstance(effect, otio.schema.LinearTimeWarp):
            speed *= Fraction(effect.time_scalar).limit_denominator(100_000)
        elif isinstance(effect, otio.schema.TimeEffect):
            trouble = "it has a speed change of its own curve: pull it by hand"
    if speed < 0:
        notes.append("it plays backwards")
    record = 0
    if timeline is not None:
        in_timeline = clip.transformed_time_range(source, timeline.tracks)
        start = timeline.global_start_time
        record = round(in_timeline.start_time.value + (start.value if start is not None else 0))
    head, tail = _transitions(clip)
    name = str(clip.name or "")
    file = _file(clip.media_reference)
    reel = _reel(clip)
    return Event(
        number=number,
        name=name or file or reel or f"clip {number}",
        reel=reel,
        file=file,
        start=round(source.start_time.value),
        length=round(source.duration.rescaled_to(source.start_time.rate).value),
        record=record,
        rate=rate,
        drop=drop,
        speed=speed,
        head=head,
        tail=tail,
        track=track,
        shot=_marked(clip),
        cdl=_cdl(clip.metadata.get("cdl")),
        notes=tuple(notes),
        trouble=trouble,
    )


def _transitions(clip: Any) -> tuple[int, int]:
    """Frames that the transitions beside a clip use before and after its cut."""
    import opentimelineio as otio

    parent = clip.parent()
    if not isinstance(parent, otio.schema.Track):
        return 0, 0
    place = parent.index(clip)
    before = parent[place - 1] if place > 0 else None
    after = parent[place + 1] if place + 1 < len(parent) else None
    head = before.in_offset.value if isinstance(before, otio.schema.Transition) else 0
    tail = after.out_offset.value if isinstance(after, otio.schema.Transition) else 0
    return round(head), round(tail)


def _rate(value: float) -> Fraction:
    """23.976 as 24000/1001: documents round it in many ways."""
    for nominal, exact in _BROADCAST.items():
        if abs(value - float(exact)) < 0.02 and abs(value - nominal) > 0.001:
            return exact
    return Fraction(value).limit_denominator(1001)


def _file(reference: Any) -> str | None:
    url = str(getattr(reference, "target_url", None) or "")
    if not url:
        return None
    path = unquote(urlsplit(url).path if "://" in url else url)
    # Avid and Resolve write paths of the machine that made the timeline.
    return PureWindowsPath(path).name if "\\" in path else PurePosixPath(path).name


def _reel(clip: Any) -> str | None:
    """The tape name, where each application keeps it."""
    places = [clip.metadata, getattr(clip.media_reference, "metadata", {}) or {}]
    for metadata in places:
        for section, key in (
            ("cmx_3600", "reel"),
            ("ALE", "Tape"),
            ("ALE", "Reel"),
            ("ALE", "Camroll"),
            ("AAF", "TapeName"),
            ("fcp_xml", "reel"),
        ):
            found = metadata.get(section)
            if isinstance(found, str) or found is None:
                continue
            value = found.get(key)
            if isinstance(value, str) and value.strip():
                return value.strip()
        for entry in (metadata.get("fcpx") or {}).get("metadata", []):
            value = entry.get("com.apple.proapps.studio.reel")
            if isinstance(value, str) and value.strip():
                return value.strip()
    return None


def _marked(clip: Any) -> str | None:
    from functions.turnover.edl import is_shot_name

    return next((str(m.name) for m in clip.markers if is_shot_name(str(m.name))), None)


def _cdl(found: Any) -> Cdl | None:
    if not found:
        return None
    sop = found.get("asc_sop") or {}

    def triple(name: str, default: float) -> tuple[float, float, float]:
        one, two, three = sop.get(name) or (default,) * 3
        return float(one), float(two), float(three)

    return Cdl(
        slope=triple("slope", 1.0),
        offset=triple("offset", 0.0),
        power=triple("power", 1.0),
        saturation=float(found.get("asc_sat", 1.0)),
    )
