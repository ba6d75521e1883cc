"""Opcode lists of a DNG: the curves that linear data need are applied, the rest is told.

A lossy DNG codes its pixels with a curve and writes the way back as opcodes of list 2:
without them its picture is not linear. Lens corrections, gain maps and bad-pixel fixes
change pixels at will, and a plate wants the sensor's own: they are left out and noted, unless
shading is asked for.

Reference: Adobe, Digital Negative Specification 1.7.1.0 (2023), chapter 7.
"""

from __future__ import annotations

import struct
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt

from functions.contract.errors import DamagedSource, UnsupportedMedia
from functions.media.containers.tiff import Directory
from functions.media.dng.shading import (
    FIX_VIGNETTE_RADIAL,
    GAIN_MAP,
    Opcode,
    gain_map,
    vignette,
)

LISTS = {51008: "OpcodeList1", 51009: "OpcodeList2", 51022: "OpcodeList3"}
_NAMES = {
    1: "WarpRectilinear",
    2: "WarpFisheye",
    3: "FixVignetteRadial",
    4: "FixBadPixelsConstant",
    5: "FixBadPixelsList",
    6: "TrimBounds",
    7: "MapTable",
    8: "MapPolynomial",
    9: "GainMap",
    10: "DeltaPerRow",
    11: "DeltaPerColumn",
    12: "ScalePerRow",
    13: "ScalePerColumn",
    14: "WarpRectilinear2",
}
_MAP_TABLE, _MAP_POLYNOMIAL = 7, 8
_CURVES = (_MAP_TABLE, _MAP_POLYNOMIAL)
_WARPS = (1, 2, 14)
Lens = Literal["none", "shading", "all"]
_MOST = 1024


class Curve(msgspec.Struct, frozen=True):
    """One MapTable or MapPolynomial over an area of some planes.

    area : (top, left, bottom, right) in the active area
    planes : (first, count)
    pitch : (rows, columns) from one mapped pixel to the next
    coefficients : of the polynomial, constant first; None for a table
    table : over 0..65535, values 0..65535
    """

    area: tuple[int, int, int, int]
    planes: tuple[int, int]
    pitch: tuple[int, int]
    coefficients: tuple[float, ...] | None
    table: npt.NDArray[np.float32] | None

    def apply(self, pixels: npt.NDArray[np.float32]) -> None:
        """Map (H, W, samples) pixels on the scale 0..1 in place; results are clipped to it."""
        top, left, bottom, right = self.area
        first, count = self.planes
        part = pixels[
            top : bottom : self.pitch[0], left : right : self.pitch[1], first : first + count
        ]
        if self.coefficients is not None:
            mapped = np.zeros_like(part)
            for coefficient in reversed(self.coefficients):
                mapped *= part
                mapped += np.float32(coefficient)
        else:
            assert self.table is not None
            index = np.rint(np.clip(part, 0, 1) * 65535).astype(np.intp)
            mapped = self.table[np.minimum(index, len(self.table) - 1)] / np.float32(65535)
        part[...] = np.clip(mapped, 0, 1)


def applied_opcodes(
    directory: Directory, lens: Lens, pattern: str | None, floating: bool
) -> tuple[Opcode, ...]:
    """What is done to levelled samples, in order: the curves of OpcodeList2, and, where shading
    is asked for, the gain maps and vignetting of lists 2 and 3.

    Parameters
    ----------
    pattern : of a CFA, else None
    floating : samples have no ceiling at which a gain would end

    Raises DamagedSource, and UnsupportedMedia where all is asked for and the file has
    corrections of geometry.
    """
    found: list[Opcode] = []
    ceiling = float("inf") if floating else 1.0
    for tag in (51009, 51022):
        for code, payload in _opcodes(directory, tag):
            if tag == 51009 and code in _CURVES:
                found.append(_curve(code, payload))
            elif lens != "none" and code == GAIN_MAP:
                found.append(gain_map(payload, pattern if tag == 51022 else None, ceiling))
            elif lens != "none" and code == FIX_VIGNETTE_RADIAL:
                found.append(vignette(payload, ceiling))
            elif lens == "all" and code in _WARPS:
                raise UnsupportedMedia(
                    f"{_NAMES[code]} of {LISTS[tag]} is not made: lens 'shading' is"
                )
    return tuple(found)


def left_out(directory: Directory, lens: Lens) -> tuple[str, ...]:
    """One sentence for each list with opcodes that are not applied."""
    notes = []
    shading = () if lens == "none" else (GAIN_MAP, FIX_VIGNETTE_RADIAL)
    done = {51009: (*_CURVES, *shading), 51022: shading}
    for tag, name in LISTS.items():
        try:
            codes = [code for code, _ in _opcodes(directory, tag)]
        except DamagedSource:
            notes.append(f"{name} is damaged")
            continue
        codes = [code for code in codes if code not in done.get(tag, ())]
        if codes:
            names = sorted({_NAMES.get(code, f"opcode {code}") for code in codes})
            notes.append(f"{name} is not applied: {', '.join(names)}")
    return tuple(notes)


def _opcodes(directory: Directory, tag: int) -> list[tuple[int, bytes]]:
    """(id, parameters) of each; opcode lists are big-endian in every file."""
    blob = directory.raw(tag)
    if blob is None:
        return []
    if len(blob) < 4 or struct.unpack_from(">I", blob)[0] > _MOST:
        raise DamagedSource(f"{LISTS[tag]} of {len(blob)} bytes is damaged")
    found, at = [], 4
    for _ in range(struct.unpack_from(">I", blob)[0]):
        if at + 16 > len(blob):
            raise DamagedSource(f"{LISTS[tag]} ends inside an opcode")
        code, _version, _flags, length = struct.unpack_from(">4I", blob, at)
        if at + 16 + length > len(blob):
            raise DamagedSource(f"{LISTS[tag]} ends inside an opcode")
        found.append((code, blob[at + 16 : at + 16 + length]))
        at += 16 + length
    return found


def _curve(code: int, payload: bytes) -> Curve:
    try:
        top, left, bottom, right, plane, planes, rows, columns, last = struct.unpack_from(
            ">9I", payload
        )
        coefficients = table = None
        if code == _MAP_POLYNOMIAL:
            if last > 8:
                raise DamagedSource(f"a polynomial of degree {last} in OpcodeList2")
            coefficients = struct.unpack_from(f">{last + 1}d", payload, 36)
        else:
            if not 1 <= last <= 65536:
                raise DamagedSource(f"a table of {last} values in OpcodeList2")
            table = np.array(struct.unpack_from(f">{last}H", payload, 36), np.float32)
    except struct.error as error:
        raise DamagedSource(f"OpcodeList2 ends inside an opcode: {error}") from error
    if rows < 1 or columns < 1 or not np.isfinite(coefficients or (0.0,)).all():
        raise DamagedSource("OpcodeList2 holds a curve that cannot be")
    return Curve((top, left, bottom, right), (plane, planes), (rows, columns), coefficients, table)
