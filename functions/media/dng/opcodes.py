"""Opcode lists of a DNG: the curves that linear data need are applied, the rest is told.

A lossy DNG codes its pixels with a curve and writes the way back as opcodes of list 2:
without them its picture is not linear. Lens corrections, gain maps and bad-pixel fixes
change pixels at will, and a plate wants the sensor's own: they are left out and noted, unless
shading, or all of the lens, is asked for.

Reference: Adobe, Digital Negative Specification 1.7.1.0 (2023), chapter 7.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import Literal, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from functions.contract.clip import Bands, Correction
from functions.contract.errors import DamagedSource, UnsupportedMedia
from functions.media.containers.tiff import Directory
from functions.media.dng.layout import RawImage
from functions.media.dng.shading import (
    FIX_VIGNETTE_RADIAL,
    GAIN_MAP,
    gain_map,
    vignette,
)
from functions.media.dng.warp import WARPS, warp

LISTS = {51008: "OpcodeList1", 51009: "OpcodeList2", 51022: "OpcodeList3"}
_NAMES = {
    **WARPS,
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
}
_MAP_TABLE, _MAP_POLYNOMIAL = 7, 8
_CURVES = (_MAP_TABLE, _MAP_POLYNOMIAL)
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

    def apply(self, pixels: npt.NDArray[np.float32], bands: Bands) -> None:
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


class _Listed(NamedTuple):
    code: int
    optional: bool
    payload: bytes


def applied_opcodes(
    directory: Directory, lens: Lens, image: RawImage
) -> tuple[tuple[Correction, ...], tuple[Correction, ...]]:
    """What is done to levelled samples, in order, and what is done after the demosaic: the curves
    of OpcodeList2, and, where they are asked for, the lens corrections of lists 2 and 3.

    Raises DamagedSource, and UnsupportedMedia for an opcode that nobody knows and no reader may
    skip, and for a warp of a mosaic, or of samples before they are linear.
    """
    listed = {tag: _opcodes(directory, tag) for tag in (51009, 51022)}
    with suppress(DamagedSource):  # nothing is taken from it, and that it is damaged is told
        listed[51008] = _opcodes(directory, 51008)
    _refuse_unknown(listed)
    if lens == "all":
        _refuse_early_warps(listed, image)
    ceiling = float("inf") if image.floating else 1.0
    before: list[Correction] = []
    after: list[Correction] = []
    for tag in (51009, 51022):
        warps = lens == "all" and any(each.code in WARPS for each in listed[tag])
        for code, _, payload in listed[tag]:
            # Gains of one list with a warp stay on their side of it.
            late = bool(after) or (warps and image.pattern is not None)
            steps = after if late else before
            if tag == 51009 and code in _CURVES:
                steps.append(_curve(code, payload))
            elif lens != "none" and code == GAIN_MAP:
                sites = image.pattern if tag == 51022 and not late else None
                steps.append(gain_map(payload, sites, ceiling))
            elif lens != "none" and code == FIX_VIGNETTE_RADIAL:
                steps.append(vignette(payload, ceiling))
            elif lens == "all" and code in WARPS:
                colours = 3 if image.pattern is not None else image.samples
                after.append(warp(code, payload, colours, image.pixel_aspect))
    return tuple(before), tuple(after)


def _refuse_unknown(listed: dict[int, list[_Listed]]) -> None:
    """Chapter 7: what is not marked as optional may not be skipped by who does not know it."""
    for tag, opcodes in listed.items():
        for each in opcodes:
            if each.code not in _NAMES and not each.optional:
                raise UnsupportedMedia(
                    f"opcode {each.code} of {LISTS[tag]} is not known, and its file says that no "
                    "reader may leave it out"
                )


def _refuse_early_warps(listed: dict[int, list[_Listed]], image: RawImage) -> None:
    early = (51008, 51009) if image.pattern is not None else (51008,)
    for tag in early:
        for each in listed.get(tag, ()):
            if each.code in WARPS:
                raise UnsupportedMedia(
                    f"{WARPS[each.code]} of {LISTS[tag]} is not done, it comes before the "
                    "picture is whole: lens 'shading' leaves it out"
                )


def left_out(directory: Directory, lens: Lens) -> tuple[str, ...]:
    """One sentence for each list with opcodes that are not applied."""
    notes = []
    lenses = {"none": (), "shading": (GAIN_MAP, FIX_VIGNETTE_RADIAL)}.get(
        lens, (GAIN_MAP, FIX_VIGNETTE_RADIAL, *WARPS)
    )
    done = {51009: (*_CURVES, *lenses), 51022: lenses}
    for tag, name in LISTS.items():
        try:
            codes = [each.code for each in _opcodes(directory, tag)]
        except DamagedSource:
            notes.append(f"{name} is damaged")
            continue
        codes = [code for code in codes if code not in done.get(tag, ())]
        if codes:
            names = sorted({_NAMES.get(code, f"opcode {code}") for code in codes})
            notes.append(f"{name} is not applied: {', '.join(names)}")
    return tuple(notes)


def _opcodes(directory: Directory, tag: int) -> list[_Listed]:
    """Opcode lists are big-endian in every file."""
    blob = directory.raw(tag)
    if blob is None:
        return []
    if len(blob) < 4 or struct.unpack_from(">I", blob)[0] > _MOST:
        raise DamagedSource(f"{LISTS[tag]} of {len(blob)} bytes is damaged")
    found, at = [], 4
    for _ in range(struct.unpack_from(">I", blob)[0]):
        if at + 16 > len(blob):
            raise DamagedSource(f"{LISTS[tag]} ends inside an opcode")
        code, _version, flags, length = struct.unpack_from(">4I", blob, at)
        if at + 16 + length > len(blob):
            raise DamagedSource(f"{LISTS[tag]} ends inside an opcode")
        found.append(_Listed(code, bool(flags & 1), blob[at + 16 : at + 16 + length]))
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
