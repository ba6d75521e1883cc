"""From stored samples to levels that the kernels know: linearisation, black and white.

What four black levels and one white can say is left to the kernels, which subtract in the
same pass as all else. Larger patterns, rows and columns with levels of their own, and
curves are applied here, and the picture comes as float32 with black 0 and white 1.

Reference: Adobe, Digital Negative Specification 1.7.1.0 (2023), chapter 5, "Mapping raw
values to linear reference values"; chapter 7 for the opcodes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from functions.contract.clip import Correction, Pixels, Rows
from functions.contract.errors import DamagedSource, UnsupportedMedia
from functions.media.dng.layout import RawImage
from functions.media.dng.opcodes import Lens, applied_opcodes

_LARGEST_PATTERN = 65536  # sites
_LARGEST_LEVEL = 2.0**32
_LEAST_RANGE = 1e-6  # from black to white


class Levels(msgspec.Struct, frozen=True):
    """What maps stored samples to linear ones.

    table : stored to linear uint16, or None
    cell : (rows, columns, samples) black levels, repeated from the active area's corner
    rows, columns : black added to each row and column, or None
    white : of each sample
    opcodes : curves that make a coded picture linear, and shading where it is corrected
    corrections : of the lens, that come after the demosaic
    cfa : whether the four sites of a 2x2 cell may have a black each
    """

    table: npt.NDArray[np.uint16] | None
    cell: npt.NDArray[np.float64]
    rows: npt.NDArray[np.float32] | None
    columns: npt.NDArray[np.float32] | None
    white: tuple[float, ...]
    opcodes: tuple[Correction, ...]
    corrections: tuple[Correction, ...] = ()
    cfa: bool = True

    @property
    def black(self) -> tuple[float, float, float, float]:
        """Of the four CFA sites in reading order; for linear raw R, G, B and B."""
        rows, columns, samples = self.cell.shape
        if samples == 3:
            r, g, b = (float(v) for v in self.cell[0, 0])
            return r, g, b, b
        sites = [float(self.cell[y % rows, x % columns, 0]) for y in (0, 1) for x in (0, 1)]
        return sites[0], sites[1], sites[2], sites[3]

    @property
    def plain(self) -> bool:
        """Whether four blacks and one white say it all."""
        rows, columns, _ = self.cell.shape
        small = rows <= 2 and columns <= 2 if self.cfa else rows * columns == 1
        steps = self.opcodes or self.corrections
        flat = self.rows is None and self.columns is None and not steps
        return small and flat and len(set(self.white)) == 1


def read_levels(image: RawImage, lens: Lens = "none") -> Levels:
    """The levels that the raw directory writes, its defaults filled in.

    lens : whether its shading is corrected, or all

    Raises DamagedSource for levels of a wrong count, or white that is not above black, and
    UnsupportedMedia for levels that nothing says the place of, and as `applied_opcodes`.
    """
    directory, samples = image.directory, image.samples
    repeat = directory.ints(50713) or (1, 1)
    if len(repeat) != 2 or min(repeat) < 1 or repeat[0] * repeat[1] > _LARGEST_PATTERN:
        raise DamagedSource(f"a black level pattern of {repeat}")
    black = directory.floats(50714) or (0.0,) * (repeat[0] * repeat[1] * samples)
    if len(black) == 1:
        black *= repeat[0] * repeat[1] * samples
    if len(black) < repeat[0] * repeat[1] * samples:
        raise DamagedSource(f"{len(black)} black levels for a pattern of {repeat}")
    _refuse_more("BlackLevel", black, repeat[0] * repeat[1] * samples)
    cell = np.array(black[: repeat[0] * repeat[1] * samples]).reshape(*repeat, samples)
    white = directory.floats(50717) or ()
    if not white:
        white = (1.0 if image.floating else 2.0**image.bits - 1,)
    _refuse_more("WhiteLevel", white, samples)
    if 1 < len(white) < samples:
        raise DamagedSource(f"{len(white)} white levels for {samples} samples")
    white = (white * samples)[:samples]
    deltas = (directory.floats(50716), directory.floats(50715))
    if any(abs(level) > _LARGEST_LEVEL for level in (*black, *white, *_all(deltas))):
        raise DamagedSource("levels that no sample can have")
    table = directory.ints(50712)
    if table and image.floating:
        raise UnsupportedMedia("a LinearizationTable over floating-point samples")
    height, width = image.active[2] - image.active[0], image.active[3] - image.active[1]
    opcodes, corrections = applied_opcodes(directory, lens, image)
    levels = Levels(
        table=np.clip(table, 0, 65535).astype(np.uint16) if table else None,
        cell=cell,
        rows=_deltas(deltas[0], height),
        columns=_deltas(deltas[1], width),
        white=white,
        opcodes=opcodes,
        corrections=corrections,
        cfa=image.layout == "cfa",
    )
    if (np.array(white) - _highest(levels) < _LEAST_RANGE).any():
        raise DamagedSource(f"white level {white} is not above black {tuple(black[:8])}")
    return levels


def _refuse_more(tag: str, values: tuple[float, ...], count: int) -> None:
    """More levels than there are samples say nothing, unless they are all the same."""
    if len(values) > count and len(set(values)) > 1:
        listed = ", ".join(f"{value:g}" for value in values[:8])
        raise UnsupportedMedia(f"{tag} {listed} for {count} samples")


def _all(lists: Iterable[tuple[float, ...] | None]) -> Iterator[float]:
    return (value for values in lists for value in values or ())


def _deltas(values: tuple[float, ...] | None, count: int) -> npt.NDArray[np.float32] | None:
    if values is None or not any(values):
        return None
    if len(values) != count:
        raise DamagedSource(f"{len(values)} black level deltas for {count} rows or columns")
    return np.array(values, np.float32)


def _highest(levels: Levels) -> npt.NDArray[np.float64]:
    """The highest black of each sample: what the rescaling of chapter 5 divides by."""
    highest = levels.cell.max(axis=(0, 1))
    for deltas in (levels.rows, levels.columns):
        if deltas is not None:
            highest = highest + float(deltas.max())
    return np.asarray(highest)


def apply_levels(
    stored: npt.NDArray[Any], levels: Levels
) -> tuple[Pixels, tuple[float, float, float, float], float]:
    """Pixels with the black and white that are still to be applied to them.

    stored : (H, W) or (H, W, 3) uint16 or float32; changed in place where that does.

    Returns pixels (uint16 or float32), black of four sites, white; 0 and 1 for float32 pixels that
    had to be mapped here. Not clipped, except by the curves as the specification says.

    Raises DamagedSource for curves that lead nowhere.
    """
    if levels.table is not None and stored.dtype == np.uint16:
        np.take(levels.table, stored, mode="clip", out=stored)
    if levels.plain:
        return stored, levels.black, levels.white[0]
    with np.errstate(all="ignore"):  # a hostile file's curves may be past float32
        pixels = _mapped(stored, levels)
    if not np.isfinite(pixels).all():
        raise DamagedSource("a curve leads to values that are no numbers")
    return pixels, (0.0, 0.0, 0.0, 0.0), 1.0


def _mapped(stored: npt.NDArray[Any], levels: Levels) -> npt.NDArray[np.float32]:
    samples = stored.shape[2] if stored.ndim == 3 else 1
    pixels = stored.astype(np.float32).reshape(*stored.shape[:2], samples)
    height, width = stored.shape[:2]
    rows, columns, _ = levels.cell.shape
    cell = levels.cell.astype(np.float32)
    pixels -= cell[np.arange(height) % rows][:, np.arange(width) % columns]
    if levels.rows is not None:
        pixels -= levels.rows[:, None, None]
    if levels.columns is not None:
        pixels -= levels.columns[None, :, None]
    pixels /= (np.array(levels.white) - _highest(levels)).astype(np.float32)
    for opcode in levels.opcodes:
        opcode.apply(pixels, _at_once)
    return pixels.reshape(stored.shape)


def _at_once(height: int, run: Callable[[Rows], object]) -> None:
    run((0, height))
