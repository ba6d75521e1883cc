"""What a file is, from its first bytes: an extension is what somebody hoped."""

from __future__ import annotations

import re
from enum import Enum, auto

HEAD = 4096
"""Bytes that `sniff` wants to see."""


class Family(Enum):
    """Which reader answers for a file."""

    TIFF = auto()  # DNG, camera raw or a plain picture: the directories tell
    CAMERA = auto()
    PICTURE = auto()
    MOVIE = auto()
    KNOWN = auto()  # a format with a name, which we do not read
    UNKNOWN = auto()


_ATOMS = rb"ftyp|moov|mdat|wide|free|skip|pnot|udta|uuid|meta|junk"
# Compiled as they are asked: to compile all costs a start a millisecond.
_SIGNS: tuple[tuple[Family, str, bytes], ...] = (
    (Family.CAMERA, "Canon CR2", rb"(II\*\0|MM\0\*).{4}CR"),
    (Family.CAMERA, "Panasonic RW2", rb"IIU\0"),
    (Family.CAMERA, "Olympus ORF", rb"II(RO|RS)|MMOR"),
    (Family.TIFF, "TIFF", rb"II[*+]\0|MM\0[*+]"),
    (Family.CAMERA, "Fujifilm RAF", rb"FUJIFILMCCD-RAW"),
    (Family.CAMERA, "Sigma X3F", rb"FOVb"),
    (Family.CAMERA, "Minolta MRW", rb"\0MRM"),
    (Family.CAMERA, "Canon CRW", rb"(II|MM).{4}HEAPCCDR"),
    (Family.CAMERA, "Canon CR3", rb".{4}ftypcrx "),
    (Family.KNOWN, "RED R3D", rb".{4}RED[12]"),
    (Family.CAMERA, "ARRIRAW", rb"ARRI"),
    (Family.PICTURE, "DPX", rb"SDPX|XPDS"),
    (Family.PICTURE, "Cineon", rb"\x80\x2a\x5f\xd7|\xd7\x5f\x2a\x80"),
    (Family.PICTURE, "OpenEXR", rb"\x76\x2f\x31\x01"),
    (Family.PICTURE, "PNG", rb"\x89PNG\r\n"),
    (Family.PICTURE, "JPEG", rb"\xff\xd8\xff"),
    (Family.PICTURE, "JPEG 2000", rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51"),
    (Family.PICTURE, "JPEG XL", rb"\0\0\0\x0cJXL |\xff\x0a"),
    (Family.KNOWN, "HEIF", rb".{4}ftyp(hei[cfmsx]|hev[cmsx]|mif1|msf1|avi[fs])"),
    (Family.PICTURE, "WebP", rb"RIFF.{4}WEBP"),
    (Family.PICTURE, "Radiance HDR", rb"#\?(RADIANCE|RGBE)"),
    (Family.PICTURE, "GIF", rb"GIF8"),
    (Family.PICTURE, "BMP", rb"BM.{4}\0\0\0\0.{4}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0"),
    (Family.MOVIE, "QuickTime or MP4", rb".{4}(" + _ATOMS + rb")"),
    (Family.MOVIE, "Magic Lantern MLV", rb"MLVI"),
    (Family.MOVIE, "MotionCam mcraw", rb"MOTION "),
    (Family.MOVIE, "Phantom cine", rb"CI.{2}[\0-\x02]\0"),
    (Family.MOVIE, "RIFF", rb"RIFF|RIFX|RF64"),
    (Family.MOVIE, "Matroska", rb"\x1a\x45\xdf\xa3"),
    (Family.MOVIE, "ASF", rb"\x30\x26\xb2\x75"),
    (Family.MOVIE, "Ogg", rb"OggS"),
    (Family.MOVIE, "FLV", rb"FLV\x01"),
    (Family.MOVIE, "AIFF", rb"FORM.{4}AIF"),
    (Family.MOVIE, "YUV4MPEG2", rb"YUV4MPEG2"),
    (Family.MOVIE, "MPEG program stream", rb"\0\0\x01[\xb3\xba]"),
    (Family.MOVIE, "MPEG elementary stream", rb"\0\0(\0)?\x01[\x09\x27\x40\x42\x67]"),
    (Family.MOVIE, "GXF", rb"\0\0\0\0\x01\xbc"),
    (Family.MOVIE, "DV", rb"\x1f\x07\0"),
    (Family.MOVIE, "MPEG transport stream", rb"(?=\x47.{187}\x47|.{4}\x47.{191}\x47)"),
    (Family.MOVIE, "MXF", rb".{0,3900}?\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02"),
)
_EMPTY = re.compile(rb"\0*")


def sniff(head: bytes) -> tuple[Family, str]:
    """The family of a file, and the name of its format for a person.

    head : its first `HEAD` bytes, or all of it.
    """
    for family, name, sign in _SIGNS:
        if re.match(sign, head, re.DOTALL):
            return family, name
    return Family.UNKNOWN, f"starting with bytes {head[:8].hex(' ') or 'none'}"


def blank(head: bytes) -> bool:
    """Whether there is nothing, or nothing but zeros: a copy that was never finished."""
    return _EMPTY.fullmatch(head) is not None


_TARGA = re.compile(
    rb".[\x00\x01][\x01-\x03\x09-\x0b].{13}[\x08\x0f\x10\x18\x20][\x00-\x3f]", re.DOTALL
)


def is_targa(head: bytes, name: str) -> bool:
    """Whether a file is a Targa picture, which has no mark at its start: by name, and by a header
    that can be one (Truevision TGA File Format Specification 2.0).
    """
    ending = name.lower().rpartition(".")[2]
    return ending in ("tga", "targa", "tpic") and _TARGA.match(head) is not None
