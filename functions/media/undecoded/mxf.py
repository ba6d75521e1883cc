"""ARRIRAW and Sony RAW (X-OCN) in MXF: what descriptors, identification and timecode say.

References: SMPTE ST 377-1 (2019), generic picture descriptor, identification; SMPTE RDD 54:2022 and
the registers for ARRIRAW, Sony's labels outside them: as MediaInfo 23.04 and a second program name
both. Byte 8 of a label is a version that may differ.
"""

from __future__ import annotations

from fractions import Fraction
from typing import BinaryIO

from functions.contract.camera import CameraRecord
from functions.contract.clip import ClipFacts
from functions.contract.errors import DamagedSource
from functions.contract.frames import rate_text
from functions.media.acquisition.values import printable
from functions.media.containers.mxf_sets import (
    MetadataSet,
    metadata_sets,
    picture_length,
    read_header,
    read_time,
)

# Codings and containers by what follows the eighth byte of their labels.
_CODINGS: tuple[tuple[bytes, str, str], ...] = (
    (bytes.fromhex("04010201020101"), "arriraw (12 bit)", "ARRIRAW"),
    (bytes.fromhex("04010201020102"), "arriraw (12 bit, reverse)", "ARRIRAW"),
    (bytes.fromhex("04010201020103"), "arriraw (13 bit)", "ARRIRAW"),
    (bytes.fromhex("04010201020201"), "arriraw hde (12 bit)", "ARRIRAW in HDE"),
    (bytes.fromhex("04010201020202"), "arriraw hde (13 bit)", "ARRIRAW in HDE"),
    (bytes.fromhex("0f01020201010100"), "arriraw", "ARRIRAW"),
    (bytes.fromhex("0e060401020402"), "sony raw", "Sony RAW (X-OCN)"),
)
_CONTAINERS: tuple[tuple[bytes, str, str], ...] = (
    (bytes.fromhex("0d010301022201"), "arriraw", "ARRIRAW"),
    (bytes.fromhex("0d010301022202"), "arriraw hde", "ARRIRAW in HDE"),
    (bytes.fromhex("0e060d030201"), "sony raw", "Sony RAW (X-OCN)"),
)
_IDENTIFICATION = 0x30
_WIDTH, _HEIGHT, _CODING, _CONTAINER = 0x3203, 0x3202, 0x3201, 0x3004
_RATE, _DURATION = 0x3001, 0x3002
_COMPANY, _PRODUCT, _VERSION = 0x3C01, 0x3C02, 0x3C04


def read_mxf_raw(stream: BinaryIO, size: int, name: str) -> ClipFacts | None:
    """Facts of an MXF whose pictures an SDK alone decodes, `undecodable` the name of its format;
    None for any other.

    Raises DamagedSource for a picture's size that cannot be.
    """
    metadata = read_header(stream, size)
    sets = list(metadata_sets(metadata))
    for one in sets:
        if _WIDTH in one.fields and (known := _known(one)):
            break
    else:
        return None
    codec, title = known
    width, height = (one.whole(tag) for tag in (_WIDTH, _HEIGHT))
    if not (0 < width <= 1 << 16 and 0 < height <= 1 << 16):
        raise DamagedSource(f"a picture descriptor says {width}x{height}")
    rate = one.ratio(_RATE)
    rate = rate if rate and Fraction(1, 10) <= rate <= 100_000 else None
    count = one.whole(_DURATION)
    if count <= 0:
        count = picture_length(metadata) or 0
    start = read_time(metadata).timecode(rate)[0] if rate else None
    about = next((each for each in sets if each.kind == _IDENTIFICATION), None)
    company, product, version = (
        _text(about.raw(tag)) if about else None for tag in (_COMPANY, _PRODUCT, _VERSION)
    )
    maker = "Sony" if title.startswith("Sony") else "ARRI"
    own = company is not None and company.lower().startswith(maker.lower())
    return ClipFacts(
        container="mxf",
        codec=codec,
        layout=None,
        width=width,
        height=height,
        name=name,
        frames_claimed=count if 0 < count < 1 << 31 else None,
        rate=rate,
        start=start,
        camera=CameraRecord(
            make=maker,
            model=product if own else None,
            firmware=version if own else None,
            software=None if own else product,
            timecode=str(start) if start else None,
            rate=rate_text(rate) if rate else None,
        ),
        undecodable=f"{title} in MXF",
    )


def _known(one: MetadataSet) -> tuple[str, str] | None:
    """(codec, title) by the label of the coding, else by the container's."""
    for tag, labels in ((_CODING, _CODINGS), (_CONTAINER, _CONTAINERS)):
        label = one.raw(tag)[8:]
        for start, codec, title in labels:
            if label.startswith(start):
                return codec, title
    return None


def _text(raw: bytes) -> str | None:
    return printable(raw.decode("utf-16-be", "replace").partition("\0")[0]) or None
