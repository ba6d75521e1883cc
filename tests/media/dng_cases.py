"""DNGs of 24 known colours in every layout, and what each of them means.

`Case` says how a file is written; `write` makes it with tifffile; `dng_model` develops the stored
samples by the specification's formulas. None of it knows the code under test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.media.dngs import (
    ASCII,
    BYTE,
    LONG,
    RATIONAL,
    SHORT,
    SRATIONAL,
    UNDEFINED,
    write_dng,
)

Array = npt.NDArray[Any]
Rows = tuple[tuple[float, float, float], ...]
ROWS, COLUMNS, SIDE = 4, 6, 16
HEIGHT, WIDTH = ROWS * SIDE, COLUMNS * SIDE


@dataclass(frozen=True, kw_only=True)
class Light:
    """One calibration. data : IlluminantData's xy, or (first nm, step, powers ...)"""

    code: int
    color: Rows
    forward: Rows | None = None
    own: Rows | None = None
    data: tuple[float, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Case:
    """How a DNG is written.

    kind : "cfa", "linear" or "mono"; pattern of the active area's first cell
    margin : (top, left, bottom, right) around the active area
    black : the repeated cell's levels, (rows, columns) or (rows, columns, 3) for "linear"
    fields : row and column interleave factors
    neutral, white_xy : as-shot neutral or white
    """

    name: str
    kind: str = "cfa"
    pattern: str = "RGGB"
    bits: int = 16
    floating: bool = False
    order: str = "<"
    compression: str = "none"
    components: int = 1
    jpeg_predictor: int = 1
    predictor: int = 1
    tile: tuple[int, int] | None = None
    strip: int | None = None
    big: bool = False
    preview: bool = False
    fields: tuple[int, int] = (1, 1)
    margin: tuple[int, int, int, int] = (0, 0, 0, 0)
    black: Any = ((0.0,),)
    rows: bool = False
    columns: bool = False
    white: tuple[float, ...] | None = None
    table: str | None = None
    lights: tuple[Light, ...] = ()
    neutral: tuple[float, float, float] | None = None
    white_xy: tuple[float, float] | None = None
    balance: tuple[float, float, float] | None = None
    signatures: tuple[str, str] | None = None
    exposure: float | None = None
    offset: float | None = None
    repeat: int = 1

    @property
    def samples(self) -> int:
        return 3 if self.kind == "linear" else 1

    @property
    def cell(self) -> Array:
        """Black of the repeated cell, (rows, columns, samples)."""
        cell = np.array(self.black, np.float64)
        cell = cell.reshape(*cell.shape[:2], -1)
        return np.broadcast_to(cell, (*cell.shape[:2], self.samples))

    @property
    def whites(self) -> Array:
        """White level of each sample."""
        top = 1.0 if self.floating else 2.0**self.bits - 1
        return np.broadcast_to(np.array(self.white or (top,)), (self.samples,))

    @property
    def row_black(self) -> Array:
        count = HEIGHT
        return (np.arange(count) % 5) * (self._step if self.rows else 0.0)

    @property
    def column_black(self) -> Array:
        return (np.arange(WIDTH) % 7) * (self._step if self.columns else 0.0)

    @property
    def _step(self) -> float:
        return float(self.whites.min()) / 4096

    @property
    def curve(self) -> Array | None:
        """LinearizationTable: a root, as cameras code it, or a short table whose end holds on."""
        if self.table is None:
            return None
        codes = 1 << self.bits if self.table == "root" else (1 << self.bits) * 3 // 4
        top = 65535 if self.table == "root" else 40000
        return np.rint((np.arange(codes) / (codes - 1)) ** 2 * top).astype(np.int64)


def stored_picture(case: Case, camera: Array) -> Array:
    """The active area as stored numbers.

    camera : (24, 3) linear camera RGB, 1 = white
    """
    patches = camera.reshape(ROWS, COLUMNS, 3).repeat(SIDE, 0).repeat(SIDE, 1)
    if case.kind == "cfa":
        index = np.array(["RGB".index(c) for c in case.pattern]).reshape(2, 2)
        sites = np.tile(index, (HEIGHT // 2, WIDTH // 2))
        linear = np.take_along_axis(patches, sites[..., None], 2)
    elif case.kind == "mono":
        linear = patches[..., 1:2]
    else:
        linear = patches
    cell = case.cell
    black = np.tile(cell, (HEIGHT // len(cell) + 1, WIDTH // cell.shape[1] + 1, 1))
    deltas = case.row_black[:, None] + case.column_black[None, :]
    highest = cell.max((0, 1)) + case.row_black.max() + case.column_black.max()
    level = linear * (case.whites - highest) + black[:HEIGHT, :WIDTH] + deltas[..., None]
    curve = case.curve
    if curve is not None:
        level = np.searchsorted(curve, level).clip(0, len(curve) - 1)
    if case.floating:
        return np.asarray(level, f"f{case.bits // 8}" if case.bits != 24 else "f4")
    top = (1 << case.bits) - 1
    return np.rint(level).clip(0, top).astype(np.uint8 if case.bits == 8 else np.uint16)


def write(case: Case, picture: Array) -> bytes:
    """The DNG of an active area that `stored_picture` made."""
    top, left, bottom, right = case.margin
    rng = np.random.default_rng(7)
    whole = np.zeros((HEIGHT + top + bottom, WIDTH + left + right, case.samples), picture.dtype)
    whole[...] = rng.integers(1, 200, whole.shape)  # margins that nobody may use
    whole[top : top + HEIGHT, left : left + WIDTH] = picture
    whole = apart(apart(whole, case.fields[0], 0), case.fields[1], 1)
    pattern = case.pattern
    # CFAPattern is that of the active area, whatever its corner.
    return write_dng(
        whole if case.kind == "linear" else whole[..., 0],
        case.bits,
        order=case.order,
        compression=case.compression,
        components=case.components,
        jpeg_predictor=case.jpeg_predictor,
        predictor=case.predictor,
        tile=case.tile,
        rows=case.strip,
        pattern=pattern,
        big=case.big,
        preview=case.preview,
        mono=case.kind == "mono",
        tags=_tags(case, whole.shape),
    )


def apart(picture: Array, factor: int, axis: int) -> Array:
    """Fields of an axis one after another: what an interleave factor puts together again."""
    count = picture.shape[axis]
    order = [n for field in range(factor) for n in range(field, count, factor)]
    return picture.take(order, axis)


def _ratio(*values: float, most: int = 10**6) -> tuple[int, ...]:
    flat: list[int] = []
    for value in values:
        flat += [round(value * most), most]
    return tuple(flat)


def _tags(case: Case, shape: tuple[int, ...]) -> dict[int, tuple[int, Any]]:
    top, left, _, _ = case.margin
    cell = case.cell
    tags: dict[int, tuple[int, Any]] = {
        50829: (LONG, (top, left, top + HEIGHT, left + WIDTH)),
        50713: (SHORT, cell.shape[:2]),
        50714: (RATIONAL, _ratio(*cell.ravel(), most=1000)),
    }
    if case.white is not None:
        kind = RATIONAL if case.floating else LONG
        tags[50717] = (kind, _ratio(*case.white) if case.floating else
                       tuple(int(v) for v in case.white))  # fmt: skip
    if case.rows:
        tags[50716] = (SRATIONAL, _ratio(*case.row_black, most=10000))
    if case.columns:
        tags[50715] = (SRATIONAL, _ratio(*case.column_black, most=10000))
    if case.curve is not None:
        tags[50712] = (SHORT, tuple(int(v) for v in case.curve))
    if case.fields != (1, 1):
        tags[50975], tags[52547] = (LONG, case.fields[0]), (LONG, case.fields[1])
    if case.repeat > 1:
        codes = np.array([{"R": 0, "G": 1, "B": 2}[c] for c in case.pattern]).reshape(2, 2)
        cells = np.tile(codes, (case.repeat, 1))
        tags[33421] = (SHORT, cells.shape)
        tags[33422] = (BYTE, tuple(int(c) for c in cells.ravel()))
    return tags | _colour_tags(case)


def _colour_tags(case: Case) -> dict[int, tuple[int, Any]]:
    tags: dict[int, tuple[int, Any]] = {}
    places = (
        (50778, 50721, 50964, 50723, 52533),
        (50779, 50722, 50965, 50724, 52534),
        (52529, 52531, 52532, 52530, 52535),
    )
    for light, (code, color, forward, own, data) in zip(case.lights, places, strict=False):
        tags[code] = (SHORT, light.code)
        tags[color] = (SRATIONAL, _ratio(*np.ravel(light.color), most=10000))
        if light.forward is not None:
            tags[forward] = (SRATIONAL, _ratio(*np.ravel(light.forward), most=10000))
        if light.own is not None:
            tags[own] = (SRATIONAL, _ratio(*np.ravel(light.own), most=10000))
        if light.data is not None:
            tags[data] = (UNDEFINED, _illuminant_data(light.data, case.order))
    if case.neutral is not None:
        tags[50728] = (RATIONAL, _ratio(*case.neutral))
    if case.white_xy is not None:
        tags[50729] = (RATIONAL, _ratio(*case.white_xy))
    if case.balance is not None:
        tags[50727] = (RATIONAL, _ratio(*case.balance))
    if case.signatures is not None:
        tags[50931], tags[50932] = ((ASCII, text) for text in case.signatures)
    if case.exposure is not None:
        tags[50730] = (SRATIONAL, _ratio(case.exposure, most=100))
    if case.offset is not None:
        tags[51109] = (SRATIONAL, _ratio(case.offset, most=100))
    return tags


def _illuminant_data(data: tuple[float, ...], order: str) -> bytes:
    kind, most = (0, 10**6) if len(data) == 2 else (1, 10**4)
    head = np.array([kind], order + "u2").tobytes()
    if kind:
        head += np.array([len(data) - 2], order + "u4").tobytes()
    return head + np.array(_ratio(*data, most=most), order + "u4").tobytes()
