"""Where a DNG's raw pixels stand: the raw directory, its strips or tiles, areas and phase.

Reference: Adobe, Digital Negative Specification 1.7.1.0 (2023), chapters 2 to 4.
"""

from __future__ import annotations

import math
from fractions import Fraction

import msgspec

from functions.contract.clip import Layout
from functions.contract.errors import DamagedSource, LimitExceeded, UnsupportedMedia, truncated
from functions.media.containers.tiff import Directory, past_the_end, quiet
from functions.media.dng.cfa import bayer_pattern

CFA, LINEAR_RAW = 32803, 34892
_ENHANCED = 16
COMPRESSIONS = {
    1: "rawvideo",
    7: "ljpeg",
    8: "deflate",
    9: "vc5",
    34892: "mjpeg",
    52546: "jpegxl",
    32946: "deflate",
}
_MOST_PADDING = 1 << 20  # pixels: small pictures have tiles far larger than they are


class Segment(msgspec.Struct, frozen=True):
    """One strip or tile: its bytes in the file, its top left corner, its size in pixels."""

    offset: int
    count: int
    x: int
    y: int
    width: int
    height: int


class RawImage(msgspec.Struct, frozen=True):
    """Geometry of the raw image.

    active : (top, left, bottom, right) in the stored picture
    crop : (x, y, width, height) of the default crop inside the active area
    pattern : CFA of the active area's first cell. The specification counts the CFA from
        there and not from the stored picture's corner, so an odd offset moves nothing.
    fields : (rows, columns) that the stored picture keeps apart: RowInterleaveFactor and
        ColumnInterleaveFactor
    notes : what of its tags cannot be done as it is written, a sentence each
    """

    directory: Directory
    layout: Layout
    width: int
    height: int
    samples: int
    bits: int
    floating: bool
    compression: int
    predictor: int
    tile: tuple[int, int]
    active: tuple[int, int, int, int]
    crop: tuple[int, int, int, int]
    pattern: str | None
    pixel_aspect: float
    fields: tuple[int, int] = (1, 1)
    notes: tuple[str, ...] = ()

    @property
    def codec(self) -> str:
        """Short name of the compression."""
        return COMPRESSIONS.get(self.compression, f"tiff-{self.compression}")


def raw_directory(everything: list[Directory]) -> tuple[Directory, tuple[str, ...]] | None:
    """The directory with the full raw image, and a sentence for others of that kind; None when a
    TIFF has none."""
    found: list[tuple[int, int, Directory]] = []
    for directory in everything:  # another one's damage is not the raw image's
        if quiet(directory.whole, 262) in (CFA, LINEAR_RAW):
            kind = quiet(directory.whole, 254) or 0
            area = (quiet(directory.whole, 256) or 0) * (quiet(directory.whole, 257) or 0)
            found.append((kind, -area, directory))
    # Subfile type 0 is the raw image; 16 an enhanced one; odd ones are previews.
    found = sorted((f for f in found if not f[0] & 1), key=lambda f: f[:2])
    if not found:
        return None
    others = [kind for kind, _, _ in found[1:]]
    said: tuple[str, ...] = ()
    if _ENHANCED in others:
        said += ("its enhanced image (NewSubFileType 16) is not read",)
    if others.count(found[0][0]):
        said += (f"it holds {others.count(found[0][0]) + 1} raw images: the largest is read",)
    return found[0][2], said


def masked(everything: list[Directory]) -> bool:
    """Whether a transparency mask says which pixels hold no picture (NewSubFileType 4)."""
    return any(quiet(each.whole, 254) == 4 and quiet(each.whole, 262) == 4 for each in everything)


def describe(directory: Directory, most: int) -> RawImage:
    """The geometry that the raw directory writes.

    most : pixels that a frame may have.

    Raises DamagedSource for what cannot be, LimitExceeded for more than `most` pixels,
    UnsupportedMedia for a CFA or sample layout that we do not read.
    """
    width, height = directory.whole(256) or 0, directory.whole(257) or 0
    if width < 1 or height < 1:
        raise DamagedSource(f"a raw image of {width}x{height} pixels")
    if width * height > most:
        raise LimitExceeded(f"{width}x{height} pixels are over the limit of {most}", limit=most)
    samples = directory.whole(277) or 1
    depths = set(directory.ints(258) or (1,))
    formats = set(directory.ints(339) or (1,))
    if len(depths) != 1 or len(formats) != 1:
        raise UnsupportedMedia(f"raw samples of mixed kinds: {sorted(depths)} bits")
    bits, kind = depths.pop(), formats.pop()
    if kind not in (1, 3) or bits not in ((16, 24, 32) if kind == 3 else range(8, 17)):
        what = {1: "whole", 2: "signed", 3: "floating-point"}.get(kind, f"format {kind}")
        raise UnsupportedMedia(f"raw samples of {bits} bits, {what} numbers")
    if samples != 1 and directory.whole(284) == 2:
        raise UnsupportedMedia("raw samples in separate planes")
    if directory.whole(266) == 2:
        raise UnsupportedMedia("raw samples with the lowest bit first (FillOrder 2)")
    blocks = directory.ints(50974) or (1, 1)
    if set(blocks) != {1}:
        shape = "x".join(str(n) for n in blocks[:2])
        raise UnsupportedMedia(f"raw samples in blocks of {shape} (SubTileBlockSize)")
    layout, pattern = _layout(directory, samples)
    active = _active(directory, width, height)
    crop, odd_crop = _crop(directory, active[3] - active[1], active[2] - active[0])
    aspect, odd_aspect = _aspect(directory)
    return RawImage(
        directory=directory,
        layout=layout,
        width=width,
        height=height,
        samples=samples,
        bits=bits,
        floating=kind == 3,
        compression=directory.whole(259) or 1,
        predictor=directory.whole(317) or 1,
        tile=_tile(directory, width, height),
        active=active,
        crop=crop,
        pattern=pattern,
        pixel_aspect=aspect,
        notes=(*odd_crop, *odd_aspect),
        fields=(_fields(directory, 50975, height), _fields(directory, 52547, width)),
    )


def _layout(directory: Directory, samples: int) -> tuple[Layout, str | None]:
    if directory.whole(262) == LINEAR_RAW:
        if samples not in (1, 3):
            raise UnsupportedMedia(f"linear raw with {samples} samples a pixel")
        return ("mono" if samples == 1 else "linear"), None
    if samples != 1:
        raise UnsupportedMedia(f"a CFA with {samples} samples a pixel")
    return "cfa", bayer_pattern(directory)


def _fields(directory: Directory, tag: int, side: int) -> int:
    """An interleave factor; one of the picture's side or more interleaves nothing."""
    factor = directory.whole(tag)
    if factor is not None and factor < 1:
        raise DamagedSource(f"TIFF tag {tag}, an interleave factor, is {factor}")
    return factor if factor is not None and factor < side else 1


def _active(directory: Directory, width: int, height: int) -> tuple[int, int, int, int]:
    area = directory.ints(50829)
    if area is None:
        return 0, 0, height, width
    if len(area) != 4:
        raise DamagedSource(f"an active area of {len(area)} numbers")
    top, left, bottom, right = area
    if not (0 <= top < bottom <= height and 0 <= left < right <= width):
        raise DamagedSource(f"active area {area} lies outside {width}x{height} pixels")
    return top, left, bottom, right


def _crop(
    directory: Directory, width: int, height: int
) -> tuple[tuple[int, int, int, int], tuple[str, ...]]:
    """(x, y, width, height), and a sentence where that is not what is written."""
    origin, size = (_pair(directory, tag) for tag in (50719, 50720))
    (left, top), (wide, high) = origin or (0, 0), size or (width, height)
    x, y = min(max(_rounded(left), 0), width), min(max(_rounded(top), 0), height)
    w, h = min(_rounded(wide), width - x), min(_rounded(high), height - y)
    # A crop that leaves nothing is a writer's mistake, and the picture is all there.
    crop = (x, y, w, h) if w > 0 and h > 0 else (0, 0, width, height)
    odd = (50719 in directory and origin is None) or (50720 in directory and size is None)
    fits = left >= 0 and top >= 0 and left + wide <= width and top + high <= height
    if not odd and (size is None or (fits and w > 0 and h > 0)):
        return crop, ()
    said = f"of {float(wide):g}x{float(high):g} at {float(left):g}, {float(top):g} does not fit"
    return crop, (
        f"the default crop {'makes no sense' if odd else said} in {width}x{height} pixels: "
        f"{crop[2]}x{crop[3]} at {crop[0]}, {crop[1]} are read",
    )


def _pair(directory: Directory, tag: int) -> tuple[Fraction, Fraction] | None:
    pair = directory.ratios(tag) or ()
    if len(pair) != 2 or pair[0] is None or pair[1] is None:
        return None
    return pair[0], pair[1]


def _rounded(value: Fraction | int) -> int:
    """Half upwards, as the DNG SDK rounds its rationals."""
    return math.floor(value + Fraction(1, 2))


def _aspect(directory: Directory) -> tuple[float, tuple[str, ...]]:
    """Width of a pixel over its height, and a sentence for a DefaultScale that no pixel has."""
    scale = directory.ratios(50718)
    if scale is None:
        return 1.0, ()
    across, down = scale if len(scale) == 2 else (None, None)
    if across and down and 0.1 <= across / down <= 10:
        return float(across / down), ()
    return 1.0, ("DefaultScale makes no sense: pixels are taken as square",)


def _tile(directory: Directory, width: int, height: int) -> tuple[int, int]:
    if 322 in directory or 323 in directory:
        tile = directory.whole(322) or 0, directory.whole(323) or 0
        # A tile far larger than its picture would be an allocation and no picture.
        padded = -(-width // max(tile[0], 1)) * -(-height // max(tile[1], 1)) * tile[0] * tile[1]
        if min(tile) < 1 or padded > 4 * width * height + _MOST_PADDING:
            raise DamagedSource(f"tiles of {tile[0]}x{tile[1]} in {width}x{height} pixels")
        return tile
    rows = directory.whole(278) or height
    return width, min(max(rows, 1), height)


def segments(image: RawImage, size: int) -> list[Segment]:
    """Every strip or tile, checked to lie in a file of `size` bytes.

    Raises DamagedSource ("truncated") for one that lies outside or is missing.
    """
    directory, (wide, high) = image.directory, image.tile
    tiled = 322 in directory
    offsets = directory.ints(324 if tiled else 273) or ()
    counts = directory.ints(325 if tiled else 279)
    across, down = -(-image.width // wide), -(-image.height // high)
    if counts is None and image.compression == 1 and not tiled:
        row = row_bytes(image, wide)
        counts = tuple(row * min(high, image.height - high * y) for y in range(down))
    counts = counts or ()
    if min(len(offsets), len(counts)) < across * down:
        raise truncated(
            f"{across * down} {'tiles' if tiled else 'strips'} make the picture, "
            f"and {min(len(offsets), len(counts))} are listed"
        )
    found = []
    for index in range(across * down):
        y, x = divmod(index, across)
        rows = high if tiled else min(high, image.height - y * high)
        offset, count = offsets[index], counts[index]
        if offset + count > size or offset <= 0:
            raise past_the_end(offset, count, size)
        if count == 0:
            raise truncated("a strip or tile of the picture is empty")
        found.append(Segment(offset, count, x * wide, y * high, wide, rows))
    return found


def row_bytes(image: RawImage, width: int) -> int:
    """Bytes of one stored row: samples are packed, rows start on whole bytes."""
    return (width * image.samples * image.bits + 7) // 8
