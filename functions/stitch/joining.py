"""From parts to one movie: which files they are, whether they fit, and the writing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from functions.contract.errors import (
    DamagedSource,
    InvalidRequest,
    SourceNotFound,
    UnsupportedMedia,
    truncated,
)
from functions.contract.operation import Work
from functions.contract.receipt import Receipt
from functions.contract.request import NOT_JSON
from functions.contract.segments import is_receipt
from functions.contract.store import Stat
from functions.media import open_clip
from functions.media.decoder.packet_checks import fault_of, nal_length_bytes
from functions.media.remux.join import join_parts
from functions.media.remux.movies import BoxMovie, open_boxes
from functions.media.remux.mxf import Span
from functions.media.remux.mxf_file import MxfMovie, Stored, check_parts, open_mxf, write_mxf
from functions.media.remux.write import write_movie
from functions.media.stills.sequence import located
from functions.stitch.request import StitchRequest

_MOVIES = (".mov", ".mp4", ".m4v", ".mxf", ".m4a")


def join(request: StitchRequest, work: Work, stats: list[Stat], target: Path) -> dict[str, Any]:
    """Write the movie to `target`; a report of it."""
    join_files = _join_mxf if _is_mxf(stats[0], work) else _join_boxes
    return join_files(request, work, stats, target)


def check_fit(request: StitchRequest, work: Work, stats: list[Stat]) -> dict[str, Any]:
    """The report of what `join` would write. Raises for parts that do not fit."""
    if _is_mxf(stats[0], work):
        return _mxf_report(_opened_mxf(request, work, stats))
    opened, sound = _opened(request, work, stats)
    join_parts(opened, sound)
    return _report(opened, sound)


def _is_mxf(stat: Stat, work: Work) -> bool:
    return work.store.read_range(stat.uri, 0, 4) == b"\x06\x0e\x2b\x34"


def _opened_mxf(request: StitchRequest, work: Work, stats: list[Stat]) -> list[MxfMovie]:
    if request.sound is not None:
        raise InvalidRequest("MXF parts hold their own sound: leave 'sound' out", field="sound")
    parts = []
    for stat in stats:
        clip = open_clip(stat.uri, work.store, work.limits)
        try:
            codec = clip.facts.codec
        finally:
            clip.close()
        parts.append(open_mxf(stat, work.store, codec))
    check_parts(parts)
    return parts


def _join_mxf(
    request: StitchRequest, work: Work, stats: list[Stat], target: Path
) -> dict[str, Any]:
    parts = _opened_mxf(request, work, stats)
    total = sum(part.count for part in parts)
    pieces = [Stored(part, 0, part.count) for part in parts]
    write_mxf(target, pieces, Span(0, 0, total, total), f"stitch {total}", work.check)
    return _mxf_report(parts)


def _mxf_report(parts: list[MxfMovie]) -> dict[str, Any]:
    start = parts[0].start()
    return {
        "container": "mxf",
        "codec": parts[0].codec,
        "parts": len(parts),
        "frames": sum(part.count for part in parts),
        "timecode": None if start is None else str(start),
    }


def _opened(
    request: StitchRequest, work: Work, stats: list[Stat]
) -> tuple[list[BoxMovie], BoxMovie | None]:
    for stat in stats:
        if work.store.read_range(stat.uri, 4, 4)[:4] not in (b"ftyp", b"wide", b"mdat", b"moov"):
            raise located(UnsupportedMedia("this is no QuickTime or MP4 movie"), stat, None)
    opened = [open_boxes(stat, work.store) for stat in stats]
    sound = None
    if request.sound is not None:
        stat, _ = _movie_of(request.sound, work)
        sound = open_boxes(stat, work.store, sound=True)
    return opened, sound


def _join_boxes(
    request: StitchRequest, work: Work, stats: list[Stat], target: Path
) -> dict[str, Any]:
    opened, sound = _opened(request, work, stats)
    layout, placed = join_parts(opened, sound)
    files = [*stats, *([sound.stat] if sound else [])]
    picture = next(i for i, one in enumerate(placed) if one.track.kind == "vide")
    track = placed[picture].track
    fault = fault_of(track.codec, nal_length_bytes(track))
    done = 0

    def look(number: int, row: int, content: memoryview, size: int) -> None:
        nonlocal done
        source = int(placed[number].source[row])
        if number == picture:
            work.check()
            done += 1
            wrong = fault(content, size)
            if wrong is not None:
                raise located(DamagedSource(wrong), files[source], row)
        elif len(content) < size:
            raise located(truncated("the part is cut short"), files[source], None)

    def read(source: int, offset: int, length: int) -> bytes:
        return work.store.read_range(files[source].uri, offset, length)

    write_movie(target, layout, opened[0].movie.scale, placed, read, look)
    return _report(opened, sound)


def _report(opened: list[BoxMovie], sound: BoxMovie | None) -> dict[str, Any]:
    start = opened[0].start()
    return {
        "container": "mov",
        "codec": opened[0].picture.codec.strip(),
        "parts": len(opened),
        "frames": sum(len(part.view) for part in opened),
        "timecode": None if start is None else str(start),
        "sound": [
            {
                "codec": track.codec.strip(),
                "rate": track.scale,
                "samples": sum(
                    p.movie.tracks[index].length for p in ([sound] if sound else opened)
                ),
            }
            for index, track in enumerate((sound or opened[0]).movie.tracks)
            if track.kind == "soun"
        ],
    }


def find_parts(request: StitchRequest, work: Work) -> tuple[list[Stat], int]:
    """The movies, and the number of the first frame where a receipt says it."""
    found = [_movie_of(uri, work) for uri in request.parts]
    return [stat for stat, _ in found], found[0][1]


def _movie_of(uri: str, work: Work) -> tuple[Stat, int]:
    if not is_receipt(uri):
        return work.store.stat(uri), 0
    try:
        receipt = msgspec.json.decode(work.store.read(uri), type=Receipt)
    except SourceNotFound as error:
        raise SourceNotFound(
            f"a part is not made yet: its receipt {uri} is not there", uri=uri
        ) from error
    except NOT_JSON as error:
        raise DamagedSource(f"{uri} is no receipt: {error}", uri=uri) from error
    movies = [out for out in receipt.outputs if out.uri.lower().endswith(_MOVIES)]
    if len(movies) != 1:
        raise DamagedSource(f"the receipt {uri} names {len(movies)} movies, not one", uri=uri)
    stat = work.store.stat(movies[0].uri)
    if stat.bytes != movies[0].bytes:
        raise DamagedSource(
            f"{stat.uri} has {stat.bytes} bytes; its receipt says {movies[0].bytes}", uri=stat.uri
        )
    return stat, receipt.frames.first if receipt.frames else 0
