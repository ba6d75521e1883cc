"""Parts of one QuickTime or MP4 movie as one file, nothing re-encoded.

The first part gives everything that is the same in all: brand, descriptions, metadata. Rows
are put one behind another, in the order in which the parts were interleaved, and the tables
are written by FFmpeg's rules: parts that FFmpeg wrote from the same encoder become the file
that it would have written in one piece.
"""

from __future__ import annotations

import math
import struct
from dataclasses import replace
from fractions import Fraction

import numpy as np

from functions.contract import uris
from functions.contract.errors import InvalidRequest, UnsupportedMedia
from functions.contract.timecode import Timecode
from functions.media.containers.atoms import scan_boxes
from functions.media.containers.boxes import Box, Layout, boxes_in, copied
from functions.media.containers.sample_tables import Array, Samples, joined
from functions.media.containers.tracks import Edit, Track
from functions.media.decoder.packet_checks import look_of
from functions.media.remux.movies import BoxMovie
from functions.media.remux.write import Placed

_HEAD = 64


def misfit(part: BoxMovie, what: str) -> InvalidRequest:
    """The error that names the part that does not fit."""
    name = uris.basename(part.stat.uri)
    return InvalidRequest(f"part {name} does not fit: {what}", field="parts", uri=part.stat.uri)


def join_parts(parts: list[BoxMovie], sound: BoxMovie | None) -> tuple[Layout, list[Placed]]:
    """The tracks of the joined movie; sources are numbered as the parts, the sound last.

    Raises InvalidRequest that names the part that does not fit, and why.
    """
    first = parts[0]
    for part in parts:
        _check_alike(first, part)
    _check_timecodes(parts)
    placed = [_joined_track(parts, index) for index in range(len(first.movie.tracks))]
    picture = first.movie.tracks.index(first.picture)
    _check_sound(parts)
    layout = replace(first.movie.layout, moov=copied(first.movie.layout.moov))
    layout.moov.drop(b"trak")
    if sound is not None:
        placed = _with_sound(placed, picture, sound, len(parts))
    placed = [_by_frames(one, placed[picture].track) for one in placed]
    _interleave(placed)
    _number_tracks(layout.moov, [one.track for one in placed])
    return layout, placed


def _check_alike(first: BoxMovie, part: BoxMovie) -> None:
    ours, theirs = first.movie.tracks, part.movie.tracks
    if [t.kind for t in ours] != [t.kind for t in theirs]:
        raise misfit(part, f"its tracks are {_kinds(theirs)}, the first part's {_kinds(ours)}")
    for mine, other in zip(ours, theirs, strict=True):
        what = {"vide": "pictures", "soun": "sound"}.get(mine.kind, mine.kind)
        if mine.codec != other.codec:
            raise misfit(part, f"{what} in {other.codec!r}, the first part's in {mine.codec!r}")
        if mine.scale != other.scale:
            raise misfit(part, f"{what} at {other.scale} ticks a second, not {mine.scale}")
        _check_descriptions(part, what, mine, other)
    mine, other = first.picture, part.picture
    steps = {int(d) for t in (mine, other) for d in np.unique(t.samples.duration)}
    if len(steps) > 1 and len(np.unique(mine.samples.duration)) == 1:
        raise misfit(
            part, f"its frames last {sorted(steps)} ticks, the first part's but one of them"
        )
    if len(part.view) != len(other.samples):
        hidden = len(other.samples) - len(part.view)
        raise misfit(part, f"{hidden} of its pictures are hidden by an edit list")
    if not other.samples.sync[0]:
        raise misfit(part, "its first picture does not decode alone")
    edit = other.edits[0]
    if len(other.edits) != 1 or edit.media is None:
        raise misfit(part, "its edit list has several edits")
    if _turned(part) != _turned(first):
        raise misfit(part, f"it is shown {_turned(part)}, the first part {_turned(first)}")
    said, wanted = _look(part), _look(first)
    for (name, mine_value), (_, other_value) in zip(wanted, said, strict=True):
        if mine_value != other_value:
            raise misfit(part, f"{name} {other_value}, the first part's {mine_value}")


def _turned(part: BoxMovie) -> str:
    """How its matrix shows the pictures: of a joined movie one holds for all."""
    scan = scan_boxes(part.movie.layout)
    mirrored = ", mirrored" if scan.mirrored else ""
    stretched = f", {scan.stretch:.3g} times as wide" if abs(scan.stretch - 1) > 1e-3 else ""
    return f"turned by {scan.rotation} degrees{mirrored}{stretched}"


def _kinds(tracks: list[Track]) -> str:
    return ", ".join(track.kind for track in tracks)


def _look(part: BoxMovie) -> tuple[tuple[str, int], ...]:
    samples = part.picture.samples
    head = part.store.read_range(part.stat.uri, int(samples.offset[0]), _HEAD)
    return look_of(part.picture.codec, head)


def _check_descriptions(part: BoxMovie, what: str, mine: Track, other: Track) -> None:
    ours, theirs = _described(mine), _described(other)
    if ours == theirs:
        return
    if mine.kind == "vide":
        for (_, a), (_, b) in zip(ours, theirs, strict=False):
            sizes = [struct.unpack(">HH", body[24:28].ljust(4, b"\0")) for body in (a, b)]
            if sizes[0] != sizes[1]:
                raise misfit(part, "{}x{} pixels, not {}x{}".format(*sizes[1], *sizes[0]))
            for kind, name in ((b"colr", "colour tags"), (b"pasp", "pixel aspect")):
                if dict(boxes_in(a[78:])).get(kind) != dict(boxes_in(b[78:])).get(kind):
                    raise misfit(part, f"its {name} differ from the first part's")
    raise misfit(part, f"the description of its {what} differs from the first part's (settings)")


def _described(track: Track) -> list[tuple[bytes, bytes]]:
    """Sample descriptions without what only counts bits."""
    found = []
    for kind, body in boxes_in(track.description()):
        at = body.find(b"\0\0\0\x14btrt")
        found.append((kind, body if at < 0 else body[:at] + body[at + 20 :]))
    return found


def _check_timecodes(parts: list[BoxMovie]) -> None:
    start, count = parts[0].start(), 0
    for part in parts:
        label = part.start()
        if (label is None) != (start is None):
            raise misfit(part, "it and the first part do not both carry timecode")
        if label is not None and start is not None:
            wanted = Timecode((start + count).frame, start.rate, start.drop)
            if str(wanted) != str(label) or label.rate != start.rate:
                raise misfit(part, f"it starts at {label}; what stands before ends at {wanted}")
        count += len(part.view)


def _check_sound(parts: list[BoxMovie]) -> None:
    seconds = Fraction(0)
    held: dict[int, int] = {}
    for part in parts:
        seconds += Fraction(part.picture.length, part.picture.scale)
        for index, track in enumerate(part.movie.tracks):
            if track.kind != "soun":
                continue
            if not track.pcm:
                if len(parts) > 1:
                    raise UnsupportedMedia(
                        f"{track.codec.strip()} sound of parts does not join: each part starts "
                        "with priming of its own; make parts without sound and name one 'sound'",
                        uri=part.stat.uri,
                    )
                continue
            held[index] = held.get(index, 0) + int(track.samples.count.sum())
            there, wanted = Fraction(held[index], track.scale), seconds
            if abs(there - wanted) * track.scale > 1:
                raise misfit(
                    part,
                    f"its sound ends {float((there - wanted) * track.scale):+.1f} samples from "
                    "where its pictures end",
                )


def _joined_track(parts: list[BoxMovie], index: int) -> Placed:
    tracks = [part.movie.tracks[index] for part in parts]
    first = tracks[0]
    lengths = [Fraction(p.picture.length, p.picture.scale) for p in parts]
    total = sum(lengths, Fraction(0))
    if first.kind == "tmcd":
        rows = first.samples.rows(slice(0, 1))
        rows.duration = np.array([round(total * first.scale)], np.int64)
        source = np.zeros(1, np.int64)
        return Placed(_like(first, rows, total, 0), source)
    delay = max(t.edits[0].media or 0 for t in tracks) if first.kind == "vide" else 0
    pieces: list[Samples] = []
    sources: list[Array] = []
    at = 0
    for number, track in enumerate(tracks):
        samples = track.samples.rows(slice(None))
        samples.start = samples.start + at
        if first.kind == "vide":
            samples.shift = samples.shift + (delay - (track.edits[0].media or 0))
        at += track.length
        pieces.append(samples)
        sources.append(np.full(len(samples), number, np.int64))
    media = (first.edits[0].media or 0) if first.kind != "vide" else delay
    length = total if first.kind == "vide" else Fraction(at, first.scale)
    result = _like(first, joined(pieces), length, media)
    return Placed(result, np.concatenate(sources))


def _like(first: Track, rows: Samples, length: Fraction, media: int) -> Track:
    track = first.with_rows(rows, [Edit(Fraction(0), length, media)])
    track.box = copied(first.box)
    _count_bits(track)
    return track


def _count_bits(track: Track) -> None:
    """Bit rates in an MP4's description, as FFmpeg counts them over the whole track."""
    stsd = track.box.find(b"mdia", b"minf", b"stbl", b"stsd")
    if stsd is None or not track.length:
        return
    at = stsd.body.find(b"\0\0\0\x14btrt")
    if at < 0:
        return
    most, average = struct.unpack_from(">II", stsd.body, at + 12)
    mean = int(track.samples.size.sum()) * 8 * track.scale // track.length
    body = bytearray(stsd.body)
    struct.pack_into(">II", body, at + 12, mean if most == average else max(most, mean), mean)
    stsd.body = bytes(body)


def _with_sound(placed: list[Placed], picture: int, sound: BoxMovie, source: int) -> list[Placed]:
    """Sound of another file, behind the pictures."""
    if any(one.track.kind == "soun" for one in placed):
        raise InvalidRequest("the parts hold sound of their own beside 'sound'", field="sound")
    taken = [track for track in sound.movie.tracks if track.kind == "soun" and len(track.samples)]
    if not taken:
        raise InvalidRequest("there is no sound in 'sound'", field="sound", uri=sound.stat.uri)
    added = []
    for track in taken:
        own = track.with_rows(track.samples, track.edits)
        own.box = copied(track.box)
        added.append(Placed(own, np.full(len(track.samples), source, np.int64)))
    return [*placed[: picture + 1], *added, *placed[picture + 1 :]]


def _by_frames(one: Placed, picture: Track) -> Placed:
    """PCM in rows of one picture's time each, as the rule of parts has its packets."""
    track = one.track
    durations = np.unique(picture.samples.duration)
    if not track.pcm or len(durations) != 1:
        return one
    samples = track.samples
    each = track.sample_ticks
    rate = Fraction(picture.scale, int(durations[0]))
    total = int(samples.count.sum())
    edges = np.arange(len(picture.samples) + 1, dtype=np.int64)
    edges = edges * (track.scale // each) * rate.denominator // rate.numerator
    first = np.cumsum(samples.count) - samples.count
    cuts = np.unique(np.concatenate([edges[edges < total], first]))
    row = np.searchsorted(first, cuts, side="right") - 1
    cut = samples.rows(row)
    cut.count = np.diff(np.append(cuts, total))
    cut.offset = samples.offset[row] + (cuts - first[row]) * track.pcm
    cut.size, cut.duration, cut.start = cut.count * track.pcm, cut.count * each, cuts * each
    track.samples = cut
    return Placed(track, one.source[row])


def _interleave(placed: list[Placed]) -> None:
    """Rank all rows by decode time, as FFmpeg's writer does: pictures first among equals."""
    scale = math.lcm(*(one.track.scale for one in placed))
    if scale > 1 << 31:
        return  # times past 64 bits: the parts' own order is as good
    for one in placed:
        track = one.track
        delay = (track.edits[0].media or 0) if track.kind in ("vide", "soun") else 0
        one.rank = (track.samples.start - delay) * (scale // track.scale)
        if track.kind == "tmcd":
            one.rank = one.rank - (1 << 60)


def _number_tracks(moov: Box, tracks: list[Track]) -> None:
    """Give tracks the numbers 1, 2, ... and let references between them follow."""
    olds = [_id_place(track) for track in tracks]
    known: dict[tuple[int, int], int] = {}
    for number, (track, (body, at)) in enumerate(zip(tracks, olds, strict=True), 1):
        (old,) = struct.unpack_from(">I", body, at)
        known.setdefault((_family(track), old), number)
    for number, (track, (body, at)) in enumerate(zip(tracks, olds, strict=True), 1):
        tkhd, fresh = track.box.find(b"tkhd"), bytearray(body)
        struct.pack_into(">I", fresh, at, number)
        assert tkhd is not None
        tkhd.body = bytes(fresh)
        tref = track.box.find(b"tref")
        if tref is not None:
            tref.body = _references(tref.body, known)
    moov.children = _in_place(moov.children or [], [track.box for track in tracks])
    header = moov.find(b"mvhd")
    if header is not None:
        header.body = header.body[:-4] + struct.pack(">I", len(tracks) + 1)


def _family(track: Track) -> int:
    # Sound of a file of its own may have the number of the parts' picture.
    return int(track.kind == "soun")


def _id_place(track: Track) -> tuple[bytes, int]:
    tkhd = track.box.find(b"tkhd")
    if tkhd is None or len(tkhd.body) < 32:
        raise UnsupportedMedia("a track without a header (tkhd)")
    return tkhd.body, 20 if tkhd.body[0] == 1 else 12


def _references(body: bytes, known: dict[tuple[int, int], int]) -> bytes:
    written = b""
    for kind, ids in boxes_in(body):
        old = struct.unpack(f">{len(ids) // 4}I", ids[: len(ids) // 4 * 4])
        fresh = [known.get((0, i), known.get((1, i), i)) for i in old]
        written += struct.pack(f">I4s{len(fresh)}I", 8 + 4 * len(fresh), kind, *fresh)
    return written


def _in_place(others: list[Box], tracks: list[Box]) -> list[Box]:
    """Tracks behind the movie's header, before what comes after tracks."""
    at = next((i + 1 for i, box in enumerate(others) if box.kind == b"mvhd"), len(others))
    return [*others[:at], *tracks, *others[at:]]
