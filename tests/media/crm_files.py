"""Canon Cinema RAW Light for tests: boxes from their published descriptions, and pictures by an
encoder of the lossless kind of the CRX codec (no wavelet, one tile), which LibRaw decodes.

Described by lclevy/canon_cr3 (boxes, timed metadata) and by LibRaw's decoder (codes of a line).
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

CANON = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
BITS = 14
LIGHT, STANDARD = 130, 131


def scene(number: int, width: int = 96, height: int = 64) -> Array:
    """(height, width) uint16 of 14 bits: noise on a ramp, the number in the first two samples."""
    rng = np.random.default_rng(number)
    ramp = np.linspace(1200, 9000, width)[None, :] + np.arange(height)[:, None]
    picture = np.clip(ramp + rng.normal(0, 40, (height, width)), 1100, 14000).astype(np.uint16)
    picture[0, 0], picture[0, 1] = 3000 + number, 3000
    return picture


# -- CRX ---------------------------------------------------------------------------------------


class _Line:
    """Bits of one plane, a line at a time; `k` is the coder's own measure of the errors."""

    def __init__(self) -> None:
        self.bits: list[str] = []
        self.k = 0

    def code(self, error: int, ahead: int | None = None) -> None:
        value = 2 * error if error >= 0 else -2 * error - 1
        zeros = value >> self.k
        if zeros >= 41:
            self.bits.append("0" * 41 + "1" + f"{value:021b}")
        else:
            low = f"{value & ((1 << self.k) - 1):0{self.k}b}" if self.k else ""
            self.bits.append("0" * zeros + "1" + low)
        if ahead is not None:
            value = (value + abs(ahead)) >> 1
        k = self.k
        grown = (value >> k > 2) + (value >> k > 5)
        self.k = min(k - (value < (1 << k >> 1)) + grown, 15)

    def top(self, line: list[int]) -> None:
        left = 0
        for column, value in enumerate(line):
            if not left and column < len(line) - 1:
                self.bits.append("0")  # no run of zeros
            self.code(value - left)
            left = value

    def next(self, above: list[int], line: list[int]) -> None:
        """above : the line before with one value at either end, as the decoder keeps it."""
        left = above[1]
        for column, value in enumerate(line):
            a, b, c = above[column], above[column + 1], above[column + 2]
            last = column == len(line) - 1
            if last or left != b or left != c:
                slope = b - a
                which = (((a < left) ^ (slope < 0)) << 1) + ((left < b) ^ (slope < 0))
                guess = (slope + left, slope + left, left, b)[which]
            else:
                self.bits.append("0")  # no run of the same
                guess = b
            self.code(value - guess, None if last else (c - b) << 1)
            left = value


def _plane(values: Array) -> bytes:
    coder = _Line()
    above: list[int] = []
    for number, row in enumerate(values.astype(int)):
        line = [int(value) for value in row]
        if number:
            coder.next(above, line)
            first = above[1]
        else:
            coder.top(line)
            first = 0
        above = [first, *line, line[-1] + 1]
    text = "".join(coder.bits)
    return int(text.ljust(-(-len(text) // 8) * 8, "0"), 2).to_bytes(-(-len(text) // 8), "big")


def crx(picture: Array) -> bytes:
    """A frame: headers of its tile, planes and bands, then the planes."""
    planes = [picture[y::2, x::2].astype(int) - (1 << BITS - 1) for y in (0, 1) for x in (0, 1)]
    coded = [_plane(plane) for plane in planes]
    head = struct.pack(">HHIHH", 0xFF01, 8, sum(-(-len(c) // 8) * 8 for c in coded), 0, 0)
    body = b""
    for number, content in enumerate(coded):
        size = -(-len(content) // 8) * 8
        head += struct.pack(">HHII", 0xFF02, 8, size, (number << 4 | 8) << 24)
        head += struct.pack(">HHII", 0xFF03, 8, size, 0x8000000 | size - len(content))
        body += content.ljust(size, b"\0")
    assert len(head) == 108
    return head + body


# -- boxes -------------------------------------------------------------------------------------


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def tiff(tags: dict[int, Any]) -> bytes:
    """A directory of little-endian TIFF: text, (above, below), or lists of short or long."""
    entries, more = b"", b""
    at = 8 + 2 + 12 * len(tags) + 4
    for tag, value in sorted(tags.items()):
        if isinstance(value, str):
            kind, count, content = 2, len(value) + 1, value.encode() + b"\0"
        elif isinstance(value, tuple):
            kind, count, content = 5, 1, struct.pack("<II", *value)
        elif isinstance(value, np.ndarray):
            kind = 3 if value.dtype == np.uint16 else 4
            count, content = len(value), value.tobytes()
        else:
            kind, count, content = 3, 1, struct.pack("<H", value)
        inline = len(content) <= 4
        place = content.ljust(4, b"\0") if inline else struct.pack("<I", at + len(more))
        entries += struct.pack("<HHI", tag, kind, count) + place
        if not inline:
            more += content + b"\0" * (len(content) % 2)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + entries + bytes(4) + more


def color_data(gains: tuple[int, ...], black: int | tuple[int, ...], white: int) -> Array:
    """Canon's ColorData as an R5 writes it into a CRM (1770 numbers): the few that are read."""
    words = np.zeros(1770, np.uint16)
    words[0] = 33
    words[0x55 : 0x55 + 4] = gains
    words[0x55 + 0x2D1 : 0x55 + 0x2D5] = black
    words[0x55 + 0x2D5 : 0x55 + 0x2D7] = white - 1500, white
    return words


def timed(number: int, colours: Array | None) -> bytes:
    """A frame's CTMD: when it was, focal length, exposure, and Canon's ColorData."""

    def record(kind: int, payload: bytes) -> bytes:
        return struct.pack("<IHBBhh", 12 + len(payload), kind, 0, 0, 1, -1) + payload

    out = record(1, struct.pack("<HH6BH", 0, 2023, 5, 17, 9, 41, number, 25, 0))
    out += record(4, struct.pack("<HH8x", 50 + number, 1))
    out += record(5, struct.pack("<4HI16x", 28, 10, 1, 50, 800 + number))
    if colours is not None:
        note = tiff({0x4001: colours})
        block = struct.pack("<II", 8 + len(note), 0x927C) + note
        out += record(8, block)
    return out


def _track(
    handler: bytes, entry: bytes, scale: int, step: int, sizes: list[int], places: list[int],
    number: int, per_chunk: int = 1,
) -> bytes:  # fmt: skip
    count = len(sizes)
    stbl = box(b"stsd", struct.pack(">II", 0, 1) + entry)
    stbl += box(b"stts", struct.pack(">4I", 0, 1, count * per_chunk, step))
    stbl += box(b"stsc", struct.pack(">5I", 0, 1, 1, per_chunk, 1)) + box(b"free", b"\0" * 3)
    same = sizes[0] if len(set(sizes)) == 1 else 0
    table = b"" if same else struct.pack(f">{count}I", *sizes)
    if per_chunk > 1:
        stbl += box(b"stsz", struct.pack(">3I", 0, same // per_chunk, count * per_chunk))
    else:
        stbl += box(b"stsz", struct.pack(">3I", 0, same, count) + table)
    stbl += box(b"co64", struct.pack(f">II{count}Q", 0, count, *places))
    dinf = box(b"dinf", box(b"dref", struct.pack(">II", 0, 1) + box(b"url ", b"\0\0\0\1")))
    minf = box(b"minf", box(b"nmhd", bytes(4)) + dinf + box(b"stbl", stbl))
    mdhd = box(b"mdhd", struct.pack(">4x2I2I4x", 0, 0, scale, step * count * per_chunk))
    hdlr = box(b"hdlr", struct.pack(">8x4s13x", handler))
    tkhd = box(b"tkhd", struct.pack(">I2II4xI60x", 7, 0, 0, number, step * count))
    return box(b"trak", tkhd + box(b"mdia", mdhd + hdlr + minf))


def craw(width: int, height: int, cfa: int = 0, crop: tuple[int, ...] | None = None) -> bytes:
    """A sample entry, with CMP1 and CDI1."""
    coding = struct.pack(
        ">4H4I4BI8x", 0xFF00, 0x30, 0x100, 0, width, height, width, height,
        BITS, 4 << 4 | cfa, 0, 0, 108,
    )  # fmt: skip
    left, top, wide, high = crop or (0, 0, width, height)
    area = struct.pack(
        ">16H", 0, 0, width, height, 1, 0, 1, 0, left, top, left + wide - 1, top + high - 1,
        0, 0, width - 1, height - 1,
    )  # fmt: skip
    inside = box(b"CMP1", coding) + box(b"CDI1", bytes(4) + box(b"IAD1", area))
    entry = struct.pack(">6xH16xHHII4xH32sHh", 1, width, height, 0x480000, 0x480000, 1, b"", 24, -1)
    return box(b"CRAW", entry.ljust(82, b"\0")[:82] + inside)


def crm_pieces(
    pictures: list[Array],
    *,
    mode: int = LIGHT,
    model: str = "Canon EOS R5",
    colours: list[Array] | None = None,
    start: int | None = 3600 * 24 + 12,
    rate: tuple[int, int] = (24000, 1001),
    drop: int = 0,
    base: int = 24,
    cfa: int = 0,
    crop: tuple[int, ...] | None = None,
    sound: Array | None = None,
    version: str = "CanonCRM0001/02.09.00/00.00.00",
    log: int = 3,
    with_timed: bool = True,
    gap: int = 0,
    jump: tuple[int, int] = (1 << 30, 0),
) -> list[tuple[int, bytes]]:
    """What stands where in a file.

    colours : ColorData of each frame; gap : bytes behind each picture in which nothing
        stands; jump : frame from which on the timecode is so much later
    """
    height, width = pictures[0].shape
    coded = [crx(picture) for picture in pictures]
    metadata = [timed(n, colours[n] if colours else None) for n in range(len(pictures))]
    camera = tiff({271: "Canon", 272: model, 274: 1, 306: "2023:05:17 09:41:00"})
    exposure = tiff(
        {33434: (1, 50), 33437: (28, 10), 34855: 800, 36867: "2023:05:17 09:41:00",
         37386: (50, 1), 42033: "021021000123", 42036: "RF50mm F1.2 L USM"}
    )  # fmt: skip
    settings = np.zeros(46, np.uint16)
    settings[:1], settings[3], settings[9] = 92, mode, 11
    logs = np.zeros(12, np.uint32)
    logs[0], logs[11] = 48, log
    maker = tiff({1: settings, 7: "Firmware Version 1.8.1", 0x4026: logs})
    own = CANON + box(b"CNCV", version.encode()) + box(b"CMT1", camera)
    own += box(b"CMT2", exposure) + box(b"CMT3", maker)
    brand = box(b"ftyp", b"crx \0\0\0\1crx isom")

    def moov(first: int) -> bytes:
        at, places, sounds, counters, timeds = first, [], [], [], []
        for n, content in enumerate(coded):
            places.append(at)
            at += len(content) + gap
            timeds.append(at)
            at += len(metadata[n])
            counters.append(at)
            at += 4
            if sound is not None:
                sounds.append(at)
                at += len(sound) // len(coded) * 2
        scale, step = rate
        traks = _track(b"vide", craw(width, height, cfa, crop), scale, step,
                       [len(c) for c in coded], places, 1)  # fmt: skip
        if sound is not None:
            entry = struct.pack(">6xH8xHHHHI", 1, 1, 16, 0, 0, 48000 << 16)
            per = len(sound) // len(coded)
            traks += _track(b"soun", box(b"twos", entry), 48000, 1, [2 * per] * len(coded), sounds,
                            2, per)  # fmt: skip
        if start is not None:
            entry = struct.pack(">6xH4xIIIBx", 1, drop, scale, step, base)
            traks += _track(b"tmcd", box(b"tmcd", entry), scale, step, [4] * len(coded),
                            counters, 3)  # fmt: skip
        if with_timed:
            entry = box(b"CTMD", struct.pack(">6xHI", 1, 0))
            traks += _track(b"meta", entry, scale, step, [len(m) for m in metadata], timeds, 4)
        mvhd = box(b"mvhd", struct.pack(">4x2I2I80x", 0, 0, scale, step * len(coded)))
        return box(b"moov", box(b"uuid", own) + mvhd + traks)

    head = brand + moov(0)
    head = brand + moov(len(head) + 16)
    pieces = [(0, head)]
    at = len(head) + 16
    for n, content in enumerate(coded):
        pieces.append((at, content))
        at += len(content) + gap
        counter = (start or 0) + n + (jump[1] if n >= jump[0] else 0)
        rest = metadata[n] + struct.pack(">I", counter)
        if sound is not None:
            per = len(sound) // len(coded)
            rest += sound[n * per : (n + 1) * per].astype(">i2").tobytes()
        pieces.append((at, rest))
        at += len(rest)
    pieces.insert(1, (len(head), struct.pack(">I4sQ", 1, b"mdat", at - len(head))))
    return pieces


def crm(pictures: list[Array], **said: Any) -> bytes:
    """A whole file; see `crm_pieces`."""
    return b"".join(content for _, content in crm_pieces(pictures, **said))
