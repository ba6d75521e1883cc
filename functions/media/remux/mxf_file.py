"""MXF movies cut and joined: which edit units, and the writing of the new file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from functions.contract import uris
from functions.contract.errors import (
    DamagedSource,
    InvalidRequest,
    RushesError,
    UnsupportedMedia,
    truncated,
)
from functions.contract.frames import FrameRange, rate_text
from functions.contract.segments import cadence
from functions.contract.store import Stat, Store
from functions.contract.timecode import Timecode
from functions.media.containers.atoms import scan_mxf
from functions.media.containers.klv import Mxf, Unit, is_picture, read_mxf, triplets
from functions.media.containers.mxf_sets import picture_rate, read_time
from functions.media.decoder.packet_checks import fault_of
from functions.media.movie.ffmpeg_container import STILLS
from functions.media.remux.cut import needs_others
from functions.media.remux.mxf import (
    Span,
    ber,
    described,
    index_segments,
    partition_pack,
    patched,
    random_index,
)
from functions.media.stills.sequence import located

_RUN = 8 << 20
_WITH_GROUPS = frozenset(("h264", "hevc", "mpeg2video", "mpeg4", "av1", "vc1"))
Check = Callable[[], None]


@dataclass(slots=True)
class MxfMovie:
    """An MXF file whose index is read.

    codec : FFmpeg's name of its pictures
    shown : for each stored edit unit, at which place it is shown
    intra : whether every picture decodes alone
    skipped : edit units before the first that is shown
    """

    stat: Stat
    store: Store
    mxf: Mxf
    codec: str
    shown: list[int]
    intra: bool
    skipped: int = 0

    @property
    def count(self) -> int:
        """Pictures that are shown."""
        return len(self.shown) - self.skipped

    def start(self) -> Timecode | None:
        """Timecode of the first picture that is shown."""
        return read_time(self.mxf.metadata).timecode(self.mxf.rate)[0]

    @property
    def pattern(self) -> str:
        """`OP1a`, `OP-Atom`, or the label's two bytes."""
        label = self.mxf.partitions[0].pattern
        if label[12:13] == b"\x10":
            return "OP-Atom"
        return "OP1a" if label[12:14] == b"\1\1" else f"OP {label[12:14].hex()}"


@dataclass(slots=True)
class Stored:
    """Edit units `first` to `stop` (not in it) of a movie."""

    movie: MxfMovie
    first: int
    stop: int


def open_mxf(stat: Stat, store: Store, codec: str) -> MxfMovie:
    """Read an MXF file's metadata and index.

    Raises DamagedSource (encrypted, no index and no essence), UnsupportedMedia.
    """
    try:
        with store.open(stat.uri) as stream:
            scan_mxf(stream).check(frame=0)
            mxf = read_mxf(stream, stat.bytes)
    except RushesError as error:
        raise located(error, stat, error.facts.get("frame")) from error
    mxf.rate = mxf.rate or picture_rate(mxf.metadata) or mxf.rate
    if not mxf.units or not mxf.rate:
        raise located(UnsupportedMedia("an MXF file without an index is not cut"), stat, None)
    units = mxf.units
    if mxf.clip is not None and not mxf.unit_bytes and len(units) > 1:
        base, at, end = mxf.places[0]
        if units[-1].offset - base >= end - at:  # an entry that only tells the end
            units.pop()
    count = len(units)
    shown = list(range(count))
    for place, unit in enumerate(units):
        if unit.temporal and 0 <= place + unit.temporal < count:
            shown[place + unit.temporal] = place
    flagged = [bool(unit.flags & 0x80) for unit in units]
    silent = not any(flagged) and not any(unit.key_offset for unit in units)
    plain = silent and codec not in _WITH_GROUPS
    intra = codec in STILLS or all(flagged) or plain
    time = read_time(mxf.metadata)
    skipped = time.skipped
    if time.muted is not None and time.muted != skipped / mxf.rate:
        apart = "an MXF whose sound begins at another edit unit than its pictures is not cut"
        raise located(UnsupportedMedia(apart), stat, None)
    return MxfMovie(stat, store, mxf, codec, shown, intra, skipped if skipped < count else 0)


def choose(movie: MxfMovie, wanted: FrameRange, *, snap: bool) -> tuple[Span, Stored, FrameRange]:
    """Which edit units hold the frames, and the frames that the result shows.

    Raises InvalidRequest for a first frame that needs others and no `snap`.
    """
    hidden = movie.skipped
    if movie.intra:
        span = Span(wanted.start, 0, len(wanted), len(wanted))
        return span, Stored(movie, wanted.start + hidden, wanted.stop + hidden), wanted
    units = movie.mxf.units
    # Frames by the clip's own numbers: of what is stored before the first one, below zero.
    coded = {shown - hidden: place for place, shown in enumerate(movie.shown)}
    keys = sorted(movie.shown[k] - hidden for k, unit in enumerate(units) if unit.flags & 0x80)
    start = wanted.start
    if start not in keys:
        before = [key for key in keys if key < start]
        after = [key for key in keys if key > start]
        if not before:
            first_key = f"; the first is frame {after[0]}" if after else ""
            raise UnsupportedMedia(
                f"frame {start} needs pictures that are not in the clip: no key frame stands "
                f"before it{first_key}",
                frame=start,
                uri=movie.stat.uri,
            )
        if not snap:
            raise needs_others(start, (*before[-1:], *after[:1]))
        start = before[-1]
    first = coded[start]
    stored = len(movie.shown)
    stop = max(coded.get(n, n + hidden) for n in range(start, wanted.stop)) + 1
    while True:  # all that is shown between must be stored too
        wider = max(coded.get(n - hidden, n) for n in range(first, min(stop, stored))) + 1
        if wider <= stop:
            break
        stop = wider
    stop = min(stop, stored)
    lead = start + hidden - first
    span = Span(start - lead, lead, wanted.stop - start, stop - first)
    return span, Stored(movie, first, stop), FrameRange(start, wanted.stop)


def write_mxf(target: Path, pieces: list[Stored], span: Span, seed: str, check: Check) -> None:
    """Write the edit units of one movie or of several parts as one file.

    seed : what new identities are derived from, beside the first source's own

    Raises DamagedSource with the frame's number.
    """
    first = pieces[0].movie
    salt = hashlib.blake2b(seed.encode(), digest_size=16).digest()
    metadata = patched(first.mxf.metadata, first.mxf.rate, span, salt)
    blank = partition_pack(first.mxf, 2, 0, 0, 0, 0, 0, body=False)
    body_at = len(blank) + len(metadata)
    units: list[Unit] = []
    clip = first.mxf.clip
    with target.open("wb") as out:
        out.write(blank + metadata + blank)  # the packs are written again at the end
        essence_at = out.tell()
        # A stream that counts from the triplet's key begins 25 bytes before its value.
        at = 25 if clip is not None and first.mxf.places[0][0] else 0
        if clip is not None:
            out.write(clip.key + ber(0))
        for piece in pieces:
            for number, content in _contents(piece):
                check()
                units.append(replace(piece.movie.mxf.units[number], offset=at))
                out.write(content)
                at += len(content)
        end = out.tell()
        if clip is not None:
            out.seek(essence_at + 16)
            out.write(ber(end - essence_at - 25))
            out.seek(end)
        index = index_segments(first.mxf, units, salt)
        out.write(partition_pack(first.mxf, 4, end, body_at, end, 0, len(index), body=False))
        out.write(index)
        out.write(random_index([(0, 0), (first.mxf.body_sid, body_at), (0, end)]))
        out.seek(0)
        out.write(partition_pack(first.mxf, 2, 0, 0, end, len(metadata), 0, body=False))
        out.seek(body_at)
        out.write(partition_pack(first.mxf, 3, body_at, 0, end, 0, 0, body=True))


def _contents(piece: Stored) -> Iterator[tuple[int, memoryview]]:
    """(edit unit, bytes) in order; neighbours are read together, nothing else is."""
    movie = piece.movie
    places = [_extent(movie.mxf, number) for number in range(piece.first, piece.stop)]
    at = 0
    while at < len(places):
        last = at
        while (
            last + 1 < len(places)
            and places[last + 1][0] == places[last][1]
            and places[last + 1][1] - places[at][0] <= _RUN
        ):
            last += 1
        begin, end = places[at][0], places[last][1]
        block = memoryview(movie.store.read_range(movie.stat.uri, begin, end - begin))
        for index in range(at, last + 1):
            low, high = (place - begin for place in places[index])
            content = block[low:high]
            _look(movie, piece.first + index, content, high - low)
            yield piece.first + index, content
        at = last + 1


def _extent(mxf: Mxf, number: int) -> tuple[int, int]:
    offset = mxf.units[number].offset
    at, end = mxf.place(offset)
    if mxf.unit_bytes:
        return at, at + mxf.unit_bytes
    if number + 1 < len(mxf.units):
        _, next_end = mxf.place(mxf.units[number + 1].offset)
        # In the last run an edit unit may claim more than the file has: it is cut short.
        return at, at + mxf.units[number + 1].offset - offset if next_end == end else end
    return at, end


def _look(movie: MxfMovie, number: int, content: memoryview, size: int) -> None:
    where = (movie.stat, movie.shown[number])
    if len(content) < size or not size:
        said = f"{len(content)} of {size} bytes of the edit unit are there"
        raise located(truncated(said), *where)
    if movie.mxf.clip is not None:
        wrong = fault_of(movie.codec, 0)(content, size)
    else:
        wrong = _look_inside(content, movie.codec)
    if wrong is not None:
        raise located(DamagedSource(wrong), *where)


def _look_inside(content: memoryview, codec: str) -> str | None:
    seen = False
    for klv in triplets(content):
        if klv.key[:4] != b"\x06\x0e\x2b\x34" or klv.end > len(content):
            return "the triplets of its edit unit do not follow one another"
        if is_picture(klv.key) and not seen:
            seen = True
            wrong = fault_of(codec, 0)(content[klv.value : klv.end], klv.end - klv.value)
            if wrong is not None:
                return wrong
    return None if seen else "its edit unit holds no picture"


def check_parts(parts: list[MxfMovie]) -> None:
    """Raise InvalidRequest that names a part that does not fit the first."""
    first, count = parts[0], 0
    begin = first.start()
    for part in parts:
        what = _difference(first, part)
        step = cadence(part.mxf.rate)
        if what is None and part is not parts[-1] and part.count % step and _has_sound(part):
            what = (
                f"it has {part.count} frames; at {rate_text(part.mxf.rate)} frames a second parts "
                f"with sound hold multiples of {step}, or samples are lost between them"
            )
        label = part.start()
        if what is None and begin is not None and label is not None:
            wanted = Timecode((begin + count).frame, begin.rate, begin.drop)
            if str(wanted) != str(label):
                what = f"it starts at {label}; what stands before ends at {wanted}"
        if what is not None:
            name = uris.basename(part.stat.uri)
            raise InvalidRequest(
                f"part {name} does not fit: {what}", field="parts", uri=part.stat.uri
            )
        count += part.count


def _has_sound(part: MxfMovie) -> bool:
    return any(0x3D03 in fields for _, fields in described(part.mxf))


def _difference(first: MxfMovie, part: MxfMovie) -> str | None:
    ours, theirs = first.mxf, part.mxf
    if first.codec != part.codec:
        return f"pictures in {part.codec}, the first part's in {first.codec}"
    if ours.rate != theirs.rate:
        return f"{theirs.rate} frames a second, not {ours.rate}"
    if (ours.unit_bytes, ours.slices, len(ours.deltas)) != (
        theirs.unit_bytes,
        theirs.slices,
        len(theirs.deltas),
    ):
        return "its index is built otherwise"
    if first.pattern != part.pattern or (ours.clip is None) != (theirs.clip is None):
        return f"it is {part.pattern}, the first part {first.pattern}"
    if part.skipped:
        return f"{part.skipped} of its pictures are stored and not shown"
    if not theirs.units[0].flags & 0x80 and not part.intra:
        return "its first picture does not decode alone"
    mine, other = described(ours), described(theirs)
    if [kind for kind, _ in mine] != [kind for kind, _ in other]:
        return "its tracks are others than the first part's"
    for (_, a), (_, b) in zip(mine, other, strict=True):
        for tag in sorted(set(a) | set(b)):
            if a.get(tag) != b.get(tag):
                return f"its {_TAGS.get(tag, f'description (tag {tag:04x})')} differs"
    return None


_TAGS = {
    0x3001: "sample rate",
    0x3201: "picture coding",
    0x3202: "stored height",
    0x3203: "stored width",
    0x3210: "transfer characteristic",
    0x3219: "colour primaries",
    0x321A: "colour matrix",
    0x3301: "component depth",
    0x3D03: "audio sample rate",
    0x3D07: "number of audio channels",
}
