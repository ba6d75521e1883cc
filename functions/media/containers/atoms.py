"""What a QuickTime or MXF file says outside its pictures: encryption, missing bytes, turns.

References: ISO/IEC 14496-12 (2022), boxes; ISO/IEC 23001-7 (2016), `encv` and `sinf`;
SMPTE ST 429-6 (2006), the encrypted triplet and cryptographic framework of MXF.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from functions.contract.errors import DamagedSource
from functions.contract.picture import Siting
from functions.media.containers.boxes import Layout, boxes_in
from functions.media.containers.tag_codes import MATRICES, PRIMARIES, TRANSFERS

Matrix = tuple[float, float, float, float]
_SAME: Matrix = (1.0, 0.0, 0.0, 1.0)
HEAD = 1 << 20  # bytes of an MXF that hold its header partition
_TRACKS = 100
_ASKEW = 100  # parts of a side
WIDEST = 100  # of a pixel over its height
_FIELDS = (b"\2\1", b"\2\6", b"\2\x09", b"\2\x0e")  # first of two, and how they stand
_CRYPTIC = (
    bytes.fromhex("060e2b34 0204 0101 0d010301 027e0100"),
    bytes.fromhex("060e2b34 0253 0101 0d010401 02020000"),
    bytes.fromhex("060e2b34 0253 0101 0d010401 02010000"),
)


@dataclass(frozen=True, slots=True)
class Scan:
    """encrypted : the scheme's name where the headers say so, else None
    missing : bytes that boxes claim past the end of the file
    dolby_vision : "profile.level" of a configuration box, else None
    mastering, content_light : bodies of the boxes `mdcv` and `clli`
    entries : four letters of each sample entry, in order of the tracks
    rotation : degrees clockwise that the matrix of the first picture track turns by
    mirrored : whether that matrix mirrors the picture as well
    stretch : how much wider than higher it makes the picture
    layered : whether a description has layers or views beside the first (`lhvC`)
    window : (x, y, width, height) of what MXF shows of a decoded frame; None if unsaid
    graphics : how a track of pictures is laid over others, its alpha with it (QuickTime's `vmhd`)
    full : whether `colr` (nclx) of the pictures, or an MXF's descriptor, says full range; None
        where it does not tell
    coded : primaries, transfer and matrix (H.273) of the first picture's own header, where that is
        of ProRes or VC-3; None where it names none
    siting : of chroma, as far as a container tells it
    unused : what a description of pictures says and is not done, a sentence each
    """

    encrypted: str | None = None
    missing: int = 0
    dolby_vision: str | None = None
    mastering: bytes | None = None
    content_light: bytes | None = None
    entries: tuple[str, ...] = ()
    rotation: int = 0
    mirrored: bool = False
    stretch: float = 1.0
    layered: bool = False
    window: tuple[int, int, int, int] | None = None
    graphics: int = 0
    full: bool | None = None
    coded: tuple[int | None, int | None, int | None] = (None, None, None)
    siting: Siting | None = None
    unused: tuple[str, ...] = ()

    def check(self, **facts: Any) -> None:
        """Raise DamagedSource, with these facts, for what is encrypted."""
        if self.encrypted:
            said = f"encrypted ({self.encrypted}): the pictures cannot be read"
            raise DamagedSource(said, **facts)


def scan_mxf(stream: BinaryIO) -> Scan:
    """Look through the header partition, a mebibyte at most."""
    stream.seek(0)
    head = stream.read(HEAD)
    # Byte 8 of a label is a version that may differ.
    found = any(key[:7] + bytes([v]) + key[8:] in head for key in _CRYPTIC for v in range(1, 6))
    return Scan(encrypted="ST 429-6" if found else None)


def holds_aces(head: bytes) -> bool:
    """Whether an MXF header names the essence container of ACES frames (ST 2065-5).

    FFmpeg takes such a header for a broken one.
    """
    return head.startswith(b"\x06\x0e\x2b\x34") and bytes.fromhex("0d01030102190100") in head


def scan_boxes(layout: Layout) -> Scan:
    """What the boxes of a QuickTime or MP4 file say."""
    found: dict[str, Any] = {"encrypted": None, "dolby_vision": None}
    entries: list[str] = []
    rotation: int | None = None
    mirrored = False
    unused: list[str] = []
    movie = layout.moov.find(b"mvhd")
    for track in layout.moov.all(b"trak"):
        stsd = track.find(b"mdia", b"minf", b"stbl", b"stsd")
        if stsd is not None:
            _sample_entries(stsd.body[8:], found, entries)
        if track.find(b"mdia", b"minf", b"stbl", b"senc"):
            found["encrypted"] = found["encrypted"] or "cenc"
        header, handler = track.find(b"tkhd"), track.find(b"mdia", b"hdlr")
        pictures = handler is not None and handler.body[8:12] == b"vide"
        if pictures and stsd is not None:
            unused += [said for said in _unused(stsd.body[8:]) if said not in unused]
        if pictures and rotation is None and header is not None and len(header.body) >= 84:
            matrix = _product(_matrix(header.body, 40), _matrix(movie.body, 36) if movie else _SAME)
            rotation, mirrored = _turn(matrix)
            askew, found["stretch"] = _shape(matrix)
            if askew:
                unused.append("its matrix skews the picture or turns it by no quarter: not done")
            if not header.body[3] & 1:
                unused.append("its track of pictures is disabled (tkhd): it is read all the same")
            media = track.find(b"mdia", b"minf", b"vmhd")
            found["graphics"] = int.from_bytes(media.body[4:6], "big") if media else 0
    for _, piece in layout.fragments:
        if any(part.find(b"senc") for part in piece.all(b"traf")):
            found["encrypted"] = found["encrypted"] or "cenc"
    return Scan(
        missing=layout.missing, entries=tuple(entries), rotation=rotation or 0, mirrored=mirrored,
        unused=tuple(unused), **found,
    )  # fmt: skip


def _unused(data: bytes) -> Iterator[str]:
    """Of each description of pictures: a clean aperture, colour that FFmpeg does not take."""
    for _, body in boxes_in(data):
        if len(body) < 86:
            continue
        inner = list(boxes_in(body[78:]))
        width, height = struct.unpack_from(">2H", body, 24)
        told = {content[4:10] for kind, content in inner if kind == b"colr"
                and content[:4] in (b"nclc", b"nclx")}  # fmt: skip
        if len(told) > 1:
            yield "its descriptions of colour (colr) disagree: the last one is obeyed"
        for kind, content in inner:
            if kind == b"clap":
                aperture = _aperture(content)
                if aperture != f"{width}x{height}":
                    yield (
                        f"a clean aperture (clap) of {aperture} is not applied: whole pictures "
                        "are read"
                    )
            elif kind == b"colr" and content[:4] in (b"prof", b"rICC"):
                yield "an ICC profile (colr) is not used"
            elif kind == b"colr" and content[:4] not in (b"nclc", b"nclx"):
                kind_said = content[:4].decode("latin-1")
                yield f"a description of colour (colr) of kind {kind_said!r} is not used"
            elif kind == b"colr" and (codes := _unknown_codes(content)):
                yield f"its description of colour (colr) says {codes}, which H.273 does not have"
            elif kind == b"pasp" and not _possible_aspect(content):
                yield "a shape of pixels (pasp) that cannot be is not used"
            elif kind == b"fiel" and content[:1] > b"\1" and content[:2] not in _FIELDS:
                order = " ".join(str(byte) for byte in content[:2])
                yield f"its fields (fiel {order}) are in no known order: they are read as frames"
            elif kind == b"gama" and len(content) >= 4 and not told:
                gamma = int.from_bytes(content[:4], "big") / 65536
                yield f"a gamma (gama) of {gamma:.4g} is not used"


def _aperture(content: bytes) -> str:
    """Size and place of a clean aperture in words."""
    parts = struct.unpack_from(">IIIIiIiI", content.ljust(32, b"\0"))
    if not all(parts[1::2]):
        return "no size"
    wide, high, right, low = (parts[i] / parts[i + 1] for i in (0, 2, 4, 6))
    return f"{wide:g}x{high:g}" + (f" {right:g}, {low:g} aside" if right or low else "")


def _unknown_codes(content: bytes) -> str:
    """Codes of `colr` that ITU-T H.273 reserves, in words; 2 says nothing and is no code."""
    words = (("primaries", PRIMARIES), ("transfer", TRANSFERS), ("matrix", MATRICES))
    codes = struct.unpack_from(">3H", content.ljust(10, b"\0"), 4)
    odd = ((w, c) for (w, known), c in zip(words, codes, strict=True) if c not in (*known, 2))
    return ", ".join(f"{word} {code}" for word, code in odd)


def _possible_aspect(content: bytes) -> bool:
    across, down = struct.unpack_from(">2I", content.ljust(8, b"\0"))
    return bool(across and down) and 1 / WIDEST <= across / down <= WIDEST


def _sample_entries(data: bytes, found: dict[str, Any], entries: list[str]) -> None:
    for kind, body in boxes_in(data):
        if len(entries) < _TRACKS:
            entries.append(kind.decode("latin-1"))
        if kind in (b"encv", b"enca", b"encs", b"drmi"):
            found["encrypted"] = found["encrypted"] or "cenc"
        for inner, content in boxes_in(body[78:]) if len(body) > 86 else ():
            if inner in (b"dvcC", b"dvvC", b"dvwC") and len(content) >= 5:
                bits = content[2] << 8 | content[3]
                found["dolby_vision"] = f"{bits >> 9}.{bits >> 3 & 63}"
            elif inner == b"mdcv" and len(content) >= 24:
                found["mastering"] = content[:24]
            elif inner == b"clli" and len(content) >= 4:
                found["content_light"] = content[:4]
            elif inner == b"colr" and content[:4] == b"nclx" and len(content) >= 11:
                found.setdefault("full", bool(content[10] & 0x80))
            elif inner == b"lhvC":
                found["layered"] = True
            elif inner == b"sinf":
                for part, scheme in boxes_in(content):
                    if part == b"schm" and len(scheme) >= 8:
                        found["encrypted"] = scheme[4:8].decode("latin-1")


def picture_words(codec: str, head: bytes) -> tuple[int | None, int | None, int | None]:
    """Primaries, transfer and matrix (H.273) that a picture's own header names.

    codec : four letters of its description. head : first 48 bytes of its sample

    References: SMPTE RDD 36 (ProRes frame header), ST 2019-1 (VC-3, colour volume of RI).
    """
    if codec[:2] == "ap" and head[4:8] == b"icpf" and len(head) >= 25:
        one, two, three = (code if code not in (0, 2) else None for code in head[22:25])
        return one, two, three
    if codec == "AVdh" and len(head) >= 46:
        return None, None, {0: 1, 1: 9, 2: 10}.get(head[0x2C] >> 1 & 3)
    return None, None, None


def _matrix(body: bytes, at: int) -> Matrix:
    """a, b, c, d of a header's matrix (8.2.2, 8.3.2); `at` : its place in version 0.

    It keeps its picture where the header is too short, or all of it is zero.
    """
    at += 12 if body[:1] == b"\1" else 0
    a, b, _, c, d = struct.unpack_from(">iiiii", body.ljust(at + 20, b"\0"), at)
    return (a / 65536, b / 65536, c / 65536, d / 65536) if any((a, b, c, d)) else _SAME


def _product(one: Matrix, two: Matrix) -> Matrix:
    """Of the track's and the movie's: rows of a picture go through one after the other."""
    (a, b, c, d), (e, f, g, h) = one, two
    return a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h


def _shape(matrix: Matrix) -> tuple[bool, float]:
    """Whether a matrix leaves rows and columns along no side of the screen, and how much wider
    than higher it makes the picture."""
    a, b, c, d = matrix
    near = max(abs(a), abs(b), abs(c), abs(d)) / _ASKEW
    askew = (abs(a) > near or abs(d) > near) and (abs(b) > near or abs(c) > near)
    wide, high = math.hypot(a, b), math.hypot(c, d)
    return askew, wide / high if wide and high and not askew else 1.0


def _turn(matrix: Matrix) -> tuple[int, bool]:
    """Degrees clockwise of a matrix, to the nearest quarter turn, and whether it mirrors the
    picture besides."""
    a, b, c, d = matrix
    turn = round(math.degrees(math.atan2(b, a)) / 90) % 4 * 90
    return turn, a * d - b * c < 0
