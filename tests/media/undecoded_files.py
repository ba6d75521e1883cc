"""Files with headers of what SDKs alone decode, for tests: no picture of theirs is in them."""

from __future__ import annotations

import struct
from fractions import Fraction

from tests.media.movies import movie

# Labels as the registers and MediaInfo have them: the coding, and the container.
ARRIRAW = "060e2b34 0401010d 04010201 02010100", "060e2b34 0401010d 0d010301 02220100"
SONY = "060e2b34 04010106 0e060401 02040201", "060e2b34 04010106 0e060d03 02010000"


def r3d(frames: int = 3) -> bytes:
    """A file of RED2's structure: a first block with its directory, then blocks of pictures."""
    tags: list[tuple[int, bytes]] = [
        (0x1000, b"01:00:00:00"),
        (0x1001, b"10:38:12:07"),
        (0x1006, b"102-AB3-C4D"),
        (0x101A, b"003"),
        (0x1023, b"20190625"),
        (0x1024, b"142233"),
        (0x1025, b"7.0.3"),
        (0x1032, b"CARD-77"),
        (0x1056, b"A003_C001_0625R2.R3D"),
        (0x106E, b"Cooke"),
        (0x1070, b"S7/i 40mm"),
        (0x1071, b"MONSTRO 8K VV"),
        (0x107C, b"operator" * 16),
        (0x200D, struct.pack(">f", 5600.0)),
        (0x2066, struct.pack(">f", 48.0)),
        (0x403B, struct.pack(">H", 800)),
        (0x406A, struct.pack(">H", 28)),
        (0x406B, struct.pack(">H", 40)),
        (0x606C, struct.pack(">i", 2500)),
    ]
    entries = b""
    for tag, value in tags:
        value += b"\0" if tag >> 12 == 1 else b""
        entries += struct.pack(">HH", 4 + len(value), tag) + value
    record = b"rdi\1" + bytes(4) + struct.pack(">II", 8192, 4320) + b"\x11\x02"
    record += struct.pack(">HHH", 1001, 0, 24000) + bytes(0x18)
    body = bytearray(0x44)
    body[4:8], body[10:12], body[0x40] = b"RED2", b"R2", 1
    head = bytes(body) + record[:0x18] + struct.pack(">H", len(entries)) + entries
    head += bytes(-len(head) % 0x100)
    blocks = [struct.pack(">I", len(head)) + head[4:]]
    blocks += [struct.pack(">I", 3000 + n) + b"REDV" + bytes(2992 + n) for n in range(frames)]
    blocks.append(struct.pack(">I", 64) + b"REOF" + bytes(56))
    return b"".join(block + bytes(-len(block) % 0x1000) for block in blocks)


def mxf(labels: tuple[str, str], company: str = "ARRI", product: str = "Mini LF") -> bytes:
    """An ordinary MXF whose picture is labelled as another's."""
    content = movie(
        6, rate=Fraction(24), timecode="10:38:12:07", codec="mpeg2video", container="mxf"
    )
    for tag, label in zip((b"\x32\x01\x00\x10", b"\x30\x04\x00\x10"), labels, strict=True):
        at = content.index(tag)
        content = content[: at + 4] + bytes.fromhex(label) + content[at + 20 :]
    # Its element too, by whose number the track finds it: item 15, type 1C in place of MPEG's 05.
    content = content.replace(b"\x15\x01\x05\x00", b"\x15\x01\x1c\x00")
    for old, new in (("FFmpeg", company), ("OP1a Muxer", product)):
        words = new.ljust(len(old), "\0").encode("utf-16-be")
        content = content.replace(old.encode("utf-16-be"), words)
    return content


def braw() -> bytes:
    """An ordinary movie whose sample entry says Blackmagic RAW."""
    content = movie(
        10, rate=Fraction(24000, 1001), timecode="10:38:12:07", codec="mjpeg",
        pixel_format="yuvj420p",
    )  # fmt: skip
    assert content.count(b"jpeg") == 1
    return content.replace(b"jpeg", b"brhq")
