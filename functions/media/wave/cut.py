"""A range of a WAVE file by timecode or frames, and the file that holds it."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import msgspec

from functions.contract.errors import InvalidRequest
from functions.contract.frames import FrameRange, is_timecode_range, parse_frames
from functions.contract.timecode import Timecode, dropped_labels
from functions.media.wave.header import Chunk, Read, WaveFacts

_KEPT = (b"bext", b"iXML", b"LIST", b"axml", b"_PMX", b"aXML")
_DROPPED = (b"RIFF", b"fmt ", b"data", b"ds64", b"JUNK", b"junk", b"FLLR", b"PAD ", b"fact")
_REFERENCE = 338  # where `bext` has its time reference; its version follows
_LOUDNESS = 412  # five numbers of version 2, of the whole file
_UNKNOWN_LOUDNESS = struct.pack("<5h", *[0x7FFF] * 5)
_MOST_RIFF = 0xFFFFFFFF - 8


class WaveRange(msgspec.Struct, frozen=True, kw_only=True):
    """What is cut out.

    frames : of the file, from 0 at its first sample; first, count : samples of it
    rate : frames a second; start : timecode of the first frame, None without
    """

    frames: FrameRange
    first: int
    count: int
    rate: Fraction
    start: Timecode | None


def plan_range(facts: WaveFacts, text: str | None, rate: Fraction | None, name: str) -> WaveRange:
    """The samples that a request's `frames` means.

    rate : frames a second where iXML says none

    Frame n of a file begins at sample ceil(n D / T) for D samples and T frames a second; a timecode
    begins at the sample nearest to it.

    Raises InvalidRequest for frames without a rate, a timecode without a time reference, a step,
    and what is not in the file.
    """
    own = facts.timecode_rate or rate
    if own is None and text is not None:
        raise InvalidRequest(
            f"{name} says no rate of frames: say `rate`, as 24 or 24000/1001", field="rate"
        )
    own = own or Fraction(1)
    per_frame = facts.taken / own
    stamp: Fraction | None = None
    if facts.time_reference is not None and (facts.timecode_rate or rate):
        stamp = Fraction(facts.time_reference, facts.clock) * own
    length = max(1, -(-facts.samples * per_frame.denominator // per_frame.numerator))
    if text is None:
        start = None if stamp is None else _timecode(stamp, own, facts)
        whole = FrameRange(0, length)
        return WaveRange(frames=whole, first=0, count=facts.samples, rate=own, start=start)
    if is_timecode_range(text):
        if stamp is None:
            raise InvalidRequest(f"{name} carries no timecode (bext)", field="frames")
        drop = facts.drop if facts.drop is not None else bool(re.search(r"[;.]", text))
        if drop and not dropped_labels(own):
            raise InvalidRequest(f"{text!r} is drop frame, {own} has none", field="frames")
        wanted = parse_frames(text, start=Timecode(0, own, drop))
        begin, end = ((n - stamp) * per_frame for n in (wanted.start, wanted.stop))
        first, last = _nearest(begin), _nearest(end)
        base = int(stamp)
        frames = FrameRange(wanted.start - base, wanted.stop - base, wanted.step)
        start = Timecode(wanted.start, own, drop)
    else:
        frames = wanted = parse_frames(text)
        first, last = (-(-n * per_frame.numerator // per_frame.denominator)
                       for n in (wanted.start, wanted.stop))  # fmt: skip
        start = None if stamp is None else _timecode(stamp + wanted.start, own, facts)
    if wanted.step != 1:
        raise InvalidRequest("sound is cut in one piece: no step and no list", field="frames")
    if first < 0 or last > facts.samples:
        told = f"0-{length - 1}"
        if stamp is not None:
            told += f", {_timecode(stamp, own, facts)} to {_timecode(stamp + length, own, facts)}"
        raise InvalidRequest(f"frames {text!r} are not all inside {name}: {told}", field="frames")
    return WaveRange(frames=frames, first=first, count=last - first, rate=own, start=start)


def chunks_of(
    read: Read, facts: WaveFacts, first: int, *, rate: int | None = None, keep_ixml: bool = True
) -> tuple[list[tuple[bytes, bytes]], list[str]]:
    """What stands before the sound of a part that begins at sample `first`, and names of what is
    left out because it is of the whole.

    rate : samples a second of the part, where it is another
    """
    kept: list[tuple[bytes, bytes]] = []
    left: list[str] = []
    for chunk in facts.chunks:
        if chunk.name in _DROPPED:
            continue
        known = chunk.name in _KEPT and chunk.size <= 1 << 24
        if not known or (chunk.name == b"iXML" and not keep_ixml):
            left.append(chunk.name.decode("latin-1").strip())
            continue
        kept.append((chunk.name, _moved(read, chunk, facts, first, rate)))
    return kept, left


def _moved(read: Read, chunk: Chunk, facts: WaveFacts, first: int, rate: int | None) -> bytes:
    content = read(chunk.at, chunk.size)
    own = facts.time_reference
    if own is None or chunk.name not in (b"bext", b"iXML"):
        return content
    moved = own + Fraction(first * facts.clock, facts.taken)
    at = _nearest(moved if rate is None else moved * rate / facts.rate)
    if chunk.name == b"bext" and len(content) >= _REFERENCE + 10:
        (version,) = struct.unpack_from("<H", content, _REFERENCE + 8)
        content = content[:_REFERENCE] + struct.pack("<Q", at) + content[_REFERENCE + 8 :]
        if version >= 2 and len(content) >= _LOUDNESS + 10:
            content = content[:_LOUDNESS] + _UNKNOWN_LOUDNESS + content[_LOUDNESS + 10 :]
    elif chunk.name == b"iXML":
        for name, value in (("HI", at >> 32), ("LO", at & 0xFFFFFFFF)):
            tag = f"TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_{name}".encode()
            content = re.sub(b"(<%s>)[^<]*(</%s>)" % (tag, tag), b"\\g<1>%d\\g<2>" % value, content)
        content = re.sub(  # iXML's own copy of the field above
            rb"(<BWF_TIME_REFERENCE_(?:LOW|HIGH)>)[^<]*(</)",
            lambda m: m[1] + b"%d" % (at & 0xFFFFFFFF if b"LOW" in m[1] else at >> 32) + m[2],
            content,
        )
    return content


def write_wave(
    path: Path,
    form: bytes,
    chunks: Iterable[tuple[bytes, bytes]],
    length: int,
    blocks: Iterable[bytes],
) -> None:
    """One file; RF64 where RIFF cannot count its bytes.

    form : content of `fmt `; length : bytes of sound, which `blocks` are together
    """
    before = b"".join(_chunk(name, content) for name, content in ((b"fmt ", form), *chunks))
    total = 4 + len(before) + 8 + length + length % 2
    wide = total > _MOST_RIFF
    with path.open("wb") as file:
        if wide:
            sizes = struct.pack("<QQQI", total + 36, length, 0, 0)
            file.write(b"RF64\xff\xff\xff\xffWAVE" + _chunk(b"ds64", sizes) + before)
            file.write(b"data\xff\xff\xff\xff")
        else:
            file.write(b"RIFF" + struct.pack("<I", total) + b"WAVE" + before)
            file.write(b"data" + struct.pack("<I", length))
        for block in blocks:
            file.write(block)
        file.write(bytes(length % 2))


def pcm_format(channels: int, rate: int, bits: int, mask: int = 0) -> bytes:
    """Content of `fmt ` of whole numbers: WAVEFORMATEX, extensible above two channels.

    mask : loudspeakers of the channels; 0 says none for any
    """
    align = channels * bits // 8
    plain = (channels, rate, rate * align, align, bits)
    if channels <= 2:
        return struct.pack("<HHIIHH", 1, *plain)
    guid = b"\x01\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"
    return struct.pack("<HHIIHHHHI", 0xFFFE, *plain, 22, bits, mask) + guid


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def _timecode(frame: Fraction, rate: Fraction, facts: WaveFacts) -> Timecode:
    return Timecode(int(frame), rate, bool(facts.drop))


def _nearest(x: Fraction) -> int:
    return int((2 * x + 1) // 2)
