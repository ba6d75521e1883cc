"""Headers of WAVE files: RIFF, RF64 and BW64, with `bext` and `iXML`.

References: EBU Tech 3285 v2 (BWF), EBU Tech 3306 and ITU-R BS.2088 (RF64, BW64), the iXML
specification 3.01. Of iXML a few plain elements are looked for; it is not parsed as XML.
"""

from __future__ import annotations

import html
import re
import struct
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal

import msgspec

from functions.contract.errors import DamagedSource, UnsupportedMedia, truncated
from functions.contract.numbers import read_exact
from functions.contract.timecode import exact_rate

Read = Callable[[int, int], bytes]
"""Bytes from a place on, fewer at the end."""
_MOST_CHUNKS = 4096
_LONGEST = 1 << 20  # bytes of an iXML that are looked at
_BEXT = struct.Struct("<256s32s32s10s8sQ")
_SEE_DS64 = 0xFFFFFFFF
_BITS = {"int": (16, 24, 32), "float": (32, 64)}
_MOST_CHANNELS = 256
_LATEST = 1 << 62  # samples since midnight: a cut of what begins there is still counted in 64 bits
_RATES = range(4000, 768_001)  # samples a second; tables of a resampler grow with others


class Chunk(msgspec.Struct, frozen=True):
    """Name, and where its content lies."""

    name: bytes
    at: int
    size: int


class WaveFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says of itself.

    kind, bits : of a sample; samples : of each channel
    align : bytes of one sample of all channels; data_at : where the first stands
    time_reference : `bext`: samples since midnight of the first, None without
    timecode_rate, drop : of the recorder's timecode (iXML), None where it does not say
    digitizer_rate : samples a second that were really taken; stamp_rate : in which its timestamp
        counts (iXML)
    tracks : names by channel from 1; scene, take, tape : of the slate
    mask : loudspeakers of the channels (WAVEFORMATEXTENSIBLE), 0 where nothing says them
    other_reference : iXML's samples since midnight, where they are not those of `bext`
    chunks : all of the file, in order
    """

    kind: Literal["int", "float"]
    rate: int
    channels: int
    bits: int
    align: int
    data_at: int
    samples: int
    time_reference: int | None = None
    timecode_rate: Fraction | None = None
    drop: bool | None = None
    digitizer_rate: int | None = None
    stamp_rate: int | None = None
    tracks: tuple[tuple[int, str], ...] = ()
    scene: str | None = None
    take: str | None = None
    tape: str | None = None
    mask: int = 0
    other_reference: int | None = None
    chunks: tuple[Chunk, ...] = ()

    @property
    def taken(self) -> int:
        """Samples a second that were really taken, where the recorder's timecode says it."""
        return (self.timecode_rate and self.digitizer_rate) or self.rate

    @property
    def clock(self) -> int:
        """Samples a second in which the time reference counts."""
        return (self.timecode_rate and self.stamp_rate) or self.rate


def is_wave(head: bytes) -> bool:
    """Whether a file's first 12 bytes are a WAVE's."""
    return head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:12] == b"WAVE"


def read_wave(read: Read, size: int) -> WaveFacts:
    """Facts of a file of `size` bytes.

    Raises DamagedSource for one that is cut short or cannot be, UnsupportedMedia for samples that
    are no PCM of 16, 24 or 32 bits or floats.
    """
    if not is_wave(read(0, 12)):
        raise UnsupportedMedia("it is no WAVE file")
    chunks: list[Chunk] = []
    wide = 0
    at = 12
    while at + 8 <= size and len(chunks) < _MOST_CHUNKS:
        name, length = struct.unpack("<4sI", read(at, 8))
        if name == b"ds64" and length >= 24 and at + 32 <= size:
            (wide,) = struct.unpack_from("<Q", read(at + 8, 24), 8)
        if name == b"data":
            length = _finished(read, wide if length == _SEE_DS64 else length, at + 8, size)
        chunks.append(Chunk(name, at + 8, length))
        at += 8 + length + length % 2
    found = {chunk.name: chunk for chunk in reversed(chunks)}
    if b"fmt " not in found or b"data" not in found:
        raise DamagedSource("a WAVE file without " + ("fmt" if b"fmt " not in found else "data"))
    if sum(chunk.name == b"data" for chunk in chunks) > 1:
        raise UnsupportedMedia("a WAVE file whose sound is in several chunks")
    data = found[b"data"]
    if data.at + data.size > size:
        raise truncated(f"the sound has {size - data.at} of {data.size} bytes")
    form = _format(read(found[b"fmt "].at, min(found[b"fmt "].size, 40)))
    said = _ixml(read(found[b"iXML"].at, min(found[b"iXML"].size, _LONGEST))) if (
        b"iXML" in found
    ) else {}  # fmt: skip
    # iXML's is the same number, of files whose bext was lost.
    time_reference = stamp = said.pop("stamp", None)
    bext = found.get(b"bext", Chunk(b"bext", 0, 0))
    content = read(bext.at, min(bext.size, _BEXT.size))
    if len(content) == _BEXT.size:
        time_reference = int(_BEXT.unpack(content)[5])
    if time_reference is not None and time_reference >= _LATEST:
        raise DamagedSource(f"a time reference of {time_reference} samples")
    return WaveFacts(
        **form,
        data_at=data.at,
        samples=data.size // form["align"],
        time_reference=time_reference,
        other_reference=None if stamp == time_reference else stamp,
        chunks=tuple(chunks),
        **said,
    )


def _finished(read: Read, length: int, at: int, size: int) -> int:
    """Bytes of sound. Recorders write how many at the end: what was cut off says none, and what
    stands behind is no chunk.

    Raises DamagedSource for such a file.
    """
    name = read(at, 4) if length == 0 and at + 8 <= size else b""
    if name and not (name.isascii() and name.decode("ascii").isprintable()):
        raise DamagedSource(
            f"its header counts no sound, and {size - at} bytes stand behind it: the recording was "
            "not finished"
        )
    return length


def _format(form: bytes) -> dict[str, Any]:
    if len(form) < 16:
        raise DamagedSource("the fmt chunk is cut short")
    tag, channels, rate, _, align, bits = struct.unpack_from("<HHIIHH", form)
    if tag == 0xFFFE and len(form) >= 26:
        (tag,) = struct.unpack_from("<H", form, 24)
    kind = {1: "int", 3: "float"}.get(tag)
    if kind is None or bits not in _BITS[kind]:
        raise UnsupportedMedia(
            f"sound of format {tag} and {bits} bits: PCM of 16, 24 and 32 bits and floats are read"
        )
    if not 0 < channels <= _MOST_CHANNELS or rate not in _RATES or align != channels * bits // 8:
        raise DamagedSource(f"{channels} channels of {bits} bits at {rate} in {align} bytes")
    mask = struct.unpack_from("<I", form, 20)[0] if len(form) >= 40 else 0
    return {"kind": kind, "rate": rate, "channels": channels, "bits": bits, "align": align,
            "mask": mask}  # fmt: skip


def _ixml(packet: bytes) -> dict[str, Any]:
    """Fields of WaveFacts; `stamp` is TIMESTAMP_SAMPLES_SINCE_MIDNIGHT."""
    wide = packet[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = packet.decode("utf-16" if wide else "utf-8", "replace")

    def said(name: str, inside: str = text) -> str | None:
        match = re.search(rf"<{name}>([^<]{{0,256}})</{name}>", inside)
        plain = html.unescape(match[1]).strip() if match else ""
        return "".join(c for c in plain if c.isprintable()) or None

    def whole(name: str) -> int | None:
        value = said(name)
        return int(value) if value and value.isascii() and value.isdecimal() else None

    rates = {name: whole(name) for name in ("DIGITIZER_SAMPLE_RATE", "TIMESTAMP_SAMPLE_RATE")}
    for tag, value in rates.items():
        if value and value not in _RATES:
            raise DamagedSource(f"iXML's {tag} is {value}")
    flag = (said("TIMECODE_FLAG") or "").upper()
    high, low = whole("TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI"), whole(
        "TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO"
    )  # fmt: skip
    tracks = []
    for part in re.findall(r"<TRACK>(.{0,2000}?)</TRACK>", text, re.DOTALL)[:_MOST_CHANNELS]:
        number = said("INTERLEAVE_INDEX", part) or said("CHANNEL_INDEX", part) or ""
        name = said("NAME", part)
        if name and number.isascii() and number.isdecimal():
            tracks.append((int(number), name))
    return {
        "timecode_rate": _rate(said("TIMECODE_RATE")),
        "drop": {"DF": True, "NDF": False}.get(flag),
        "digitizer_rate": rates["DIGITIZER_SAMPLE_RATE"],
        "stamp_rate": rates["TIMESTAMP_SAMPLE_RATE"],
        "stamp": None if low is None else ((high or 0) << 32) + low,
        "tracks": tuple(tracks),
        "scene": said("SCENE"),
        "take": said("TAKE"),
        "tape": said("TAPE"),
    }


def _rate(text: str | None) -> Fraction | None:
    """`24000/1001`, `24/1`, `29.97`; None for what is no rate."""
    try:
        found = read_exact((text or "").replace(" ", ""))
    except ValueError:
        return None
    return exact_rate(found) if 1 <= found <= 240 else None
