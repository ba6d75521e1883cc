"""Every way of storing a raw picture gives the stored numbers back."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import rawpy
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.contract.clip import RawFrame
from functions.contract.errors import UnsupportedMedia
from functions.media.dng.file import read_frame
from functions.media.dng.pixels import Buffers
from tests.media.dngs import LONG, SHORT, lossless_jpeg, noisy, write_dng

PIXELS = 1 << 24


def decoded(content: bytes) -> RawFrame:
    return read_frame(content, 0, PIXELS, Buffers())


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize(
    "cut", [{}, {"rows": 7}, {"tile": (32, 48)}], ids=["one", "strips", "tiles"]
)
def test_uncompressed_rows(order: str, bits: int, cut: dict[str, Any]) -> None:
    """Packed and whole-byte samples of either byte order come as LibRaw and tifffile give them."""
    picture = noisy((61, 90), bits)
    content = write_dng(picture, bits, order=order, **cut)
    frame = decoded(content)
    assert frame.pixels.dtype == np.uint16
    assert frame.pixels.flags.c_contiguous
    np.testing.assert_array_equal(frame.pixels, picture)
    with rawpy.imread(io.BytesIO(content)) as raw:
        np.testing.assert_array_equal(frame.pixels, raw.raw_image)
    assert (frame.white, frame.black) == (2**bits - 1, (0, 0, 0, 0))


@given(
    bits=st.integers(8, 16),
    height=st.integers(1, 40),
    width=st.integers(1, 70),
    order=st.sampled_from("<>"),
    big=st.booleans(),
    preview=st.booleans(),
    cut=st.sampled_from([{}, {"rows": 5}, {"tile": (16, 32)}]),
)
@settings(deadline=None, max_examples=60)
def test_any_size_and_depth(
    bits: int, height: int, width: int, order: str, big: bool, preview: bool, cut: dict[str, Any]
) -> None:
    """Odd sizes, every depth from 8 to 16, BigTIFF and a raw image behind a preview all read."""
    picture = noisy((height, width), bits, seed=bits)
    content = write_dng(picture, bits, order=order, big=big, preview=preview, **cut)
    np.testing.assert_array_equal(decoded(content).pixels, picture)


@pytest.mark.parametrize("predictor", range(1, 8))
@pytest.mark.parametrize("components", [1, 2, 4])
@pytest.mark.parametrize("bits", [10, 12, 14, 16])
def test_lossless_jpeg(bits: int, components: int, predictor: int) -> None:
    """Lossless JPEG of one, two or four interleaved columns, any predictor, in tiles."""
    picture = noisy((40, 64), bits)
    content = write_dng(
        picture,
        bits,
        compression="ljpeg",
        components=components,
        jpeg_predictor=predictor,
        tile=(16, 32),
    )
    np.testing.assert_array_equal(decoded(content).pixels, picture)


def test_lossless_jpeg_in_strips() -> None:
    """Strips of lossless JPEG, the last one short, which LibRaw does not read."""
    picture = noisy((40, 64), 14)
    content = write_dng(picture, 14, compression="ljpeg", components=2, rows=16)
    np.testing.assert_array_equal(decoded(content).pixels, picture)


@pytest.mark.parametrize("cut", [{}, {"tile": (32, 48)}], ids=["one", "tiles"])
def test_lossless_jpeg_as_libraw_has_it(cut: dict[str, Any]) -> None:
    """Two-component lossless JPEG is what LibRaw reads from the same file."""
    picture = noisy((61, 90), 14)
    content = write_dng(picture, 14, compression="ljpeg", components=2, **cut)
    with rawpy.imread(io.BytesIO(content)) as raw:
        np.testing.assert_array_equal(decoded(content).pixels, raw.raw_image)


def test_jpeg_of_another_shape() -> None:
    """A JPEG of half the rows and twice the columns fills its tile in raster order."""
    picture = noisy((32, 48), 12)
    content = write_dng(picture, 12, compression="ljpeg", components=2)
    twin = lossless_jpeg(picture.reshape(16, 96), 12, 1, 2)
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        start = file.pages[0].dataoffsets[0]
        count = file.pages[0].tags[279]
    spliced = bytearray(content[:start] + twin)
    spliced[count.valueoffset : count.valueoffset + 4] = len(twin).to_bytes(4, "little")
    np.testing.assert_array_equal(decoded(bytes(spliced)).pixels, picture)


@pytest.mark.parametrize("predictor", [1, 2])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("bits", [8, 16])
def test_deflate(bits: int, order: str, predictor: int) -> None:
    """Deflated tiles, with and without horizontal differences, of a CFA and of linear raw."""
    for shape in ((40, 64), (40, 64, 3)):
        picture = noisy(shape, bits)
        content = write_dng(
            picture, bits, order=order, compression="deflate", predictor=predictor, tile=(16, 32)
        )
        np.testing.assert_array_equal(decoded(content).pixels, picture)


@pytest.mark.parametrize("depth", [np.float16, np.float32])
@pytest.mark.parametrize("how", [("none", 1), ("deflate", 1), ("deflate", 3)])
@pytest.mark.parametrize("order", ["<", ">"])
def test_floating_point(depth: type, how: tuple[str, int], order: str) -> None:
    """Floating-point samples, with the floating-point predictor too, come as float32 with
    white 1."""
    for shape in ((40, 64), (40, 64, 3)):
        picture = (noisy(shape, 16) / 65535 * 3).astype(depth)
        bits = picture.dtype.itemsize * 8
        content = write_dng(
            picture, bits, order=order, compression=how[0], predictor=how[1], tile=(16, 32)
        )
        frame = decoded(content)
        assert frame.pixels.dtype == np.float32
        np.testing.assert_array_equal(frame.pixels, picture.astype(np.float32))
        assert frame.white == 1.0


def test_24_bit_floating_point() -> None:
    """Sign, 7 bits of exponent and 16 of mantissa: the numbers of the specification's format."""
    from functions.media.dng.pixels import _float24

    words = {0x3F0000: 1.0, 0xBF0000: -1.0, 0x400000: 2.0, 0x3F8000: 1.5, 0: 0.0, 1: 2.0**-78}
    stored = np.array([[list(word.to_bytes(3, "little")) for word in words]], np.uint8)
    np.testing.assert_array_equal(_float24(stored, "<")[0], np.array(list(words.values()), "f4"))
    np.testing.assert_array_equal(_float24(stored[..., ::-1], ">"), _float24(stored, "<"))
    assert np.isinf(_float24(np.array([[[0x7F, 0, 0]]], np.uint8), ">")).all()


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
def test_jpeg_xl(bits: int) -> None:
    """Lossless JPEG XL gives its samples back, of a CFA and of linear raw."""
    for shape in ((40, 64), (40, 64, 3)):
        picture = noisy(shape, bits)
        content = write_dng(picture, bits, compression="jpegxl")
        np.testing.assert_array_equal(decoded(content).pixels, picture)


def test_monochrome() -> None:
    """Linear raw of one sample a pixel is a monochrome sensor's."""
    picture = noisy((40, 64), 12)
    frame = decoded(write_dng(picture, 12, mono=True, tags={50714: (SHORT, 64)}))
    assert (frame.layout, frame.pattern, frame.black[0]) == ("mono", None, 64)
    np.testing.assert_array_equal(frame.pixels, picture)


def test_linear_raw() -> None:
    """Three samples a pixel are linear raw with the levels of R, G, B and B again."""
    picture = noisy((40, 64, 3), 14)
    tags = {50714: (SHORT, (10, 20, 30)), 50717: (SHORT, (16000, 16000, 16000))}
    frame = decoded(write_dng(picture, 14, compression="ljpeg", tile=(16, 32), tags=tags))
    assert (frame.layout, frame.pattern) == ("linear", None)
    assert (frame.black, frame.white) == ((10, 20, 30, 30), 16000)
    np.testing.assert_array_equal(frame.pixels, picture)


@pytest.mark.parametrize("pattern", ["RGGB", "BGGR", "GRBG", "GBRG"])
@pytest.mark.parametrize("corner", [(0, 0), (0, 1), (1, 0), (3, 5)])
def test_phase_counts_from_the_active_area(pattern: str, corner: tuple[int, int]) -> None:
    """The CFA pattern is that of the active area's first cell, wherever that starts."""
    levels, (top, left) = {"R": 8000, "G": 4000, "B": 2000}, corner
    cell = np.array([levels[c] for c in pattern], np.uint16).reshape(2, 2)
    picture = np.roll(np.tile(cell, (30, 40)), corner, (0, 1))
    content = write_dng(picture, 16, pattern=pattern, tags={50829: (LONG, (top, left, 58, 78))})
    frame = decoded(content)
    assert frame.pattern == pattern
    np.testing.assert_array_equal(frame.pixels, picture[top:58, left:78])
    with rawpy.imread(io.BytesIO(content)) as raw:  # LibRaw's demosaic tells who is right
        colours = raw.postprocess(
            output_color=rawpy.ColorSpace.raw,
            output_bps=16,
            gamma=(1, 1),
            no_auto_bright=True,
            no_auto_scale=True,
            user_wb=[1.0] * 4,
        )
    np.testing.assert_array_equal(np.unique(colours.reshape(-1, 3), axis=0), [[8000, 4000, 2000]])


def test_strips_in_any_order() -> None:
    """Strips stand where their offsets say, also when the file has them in another order."""
    picture = noisy((40, 64), 16)
    content = bytearray(write_dng(picture, 16, rows=20))
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        tag = file.pages[0].tags[273]
        first, second = file.pages[0].dataoffsets
    size = tag.valuebytecount // 2
    for n, offset in enumerate((second, first)):
        at = tag.valueoffset + n * size
        content[at : at + size] = offset.to_bytes(size, "little")
    np.testing.assert_array_equal(decoded(bytes(content)).pixels, np.roll(picture, 20, axis=0))


def test_a_preview_is_no_raw_image() -> None:
    """A directory of CFA data that says it is a preview is not taken for the picture."""
    content = bytearray(write_dng(noisy((40, 64), 16), 16))
    at = content.index(b"\xfe\0\x04\0\x01\0\0\0")
    content[at + 8] = 1
    with pytest.raises(UnsupportedMedia, match="without a raw image"):
        decoded(bytes(content))


def test_buffers_are_reused() -> None:
    """The second frame of a clip is decoded into the memory of the first."""
    buffers = Buffers()
    first = read_frame(write_dng(noisy((40, 64), 12), 12), 0, PIXELS, buffers)
    second = read_frame(write_dng(noisy((40, 64), 12, seed=1), 12), 1, PIXELS, buffers)
    assert np.shares_memory(first.pixels, second.pixels)


@pytest.mark.parametrize("tag", [5, 32773])
def test_compressions_that_are_not_read(tag: int) -> None:
    """Another compression is named with its tag value."""
    content = write_dng(noisy((40, 64), 12), 12)
    place = content.index((259).to_bytes(2, "little") + b"\x03\0\x01\0\0\0")
    patched = content[: place + 8] + tag.to_bytes(2, "little") + content[place + 10 :]
    with pytest.raises(UnsupportedMedia, match=f"tiff-{tag}"):
        decoded(patched)


def test_magic_lantern_as_libraw_has_it(shared_data: Any) -> None:
    """A real 14-bit CinemaDNG frame is LibRaw's, sample for sample."""
    path = shared_data / "raw" / "magiclantern_canon_kissx4_14bit_bayer_rggb.dng"
    frame = decoded(path.read_bytes())
    with rawpy.imread(str(path)) as raw:
        np.testing.assert_array_equal(frame.pixels, raw.raw_image_visible)
    assert (frame.pattern, frame.black, frame.white) == ("RGGB", (2056,) * 4, 15000)
    assert frame.pixels.shape == (1156, 1734)
    assert frame.crop == (0, 0, 1734, 1156)


def test_lossy_dng_is_linear_as_libraw_has_it(shared_data: Any) -> None:
    """A lossy DNG's curve of opcodes is applied: LibRaw's linear picture to its rounding."""
    path = shared_data / "raw" / "canon6d_linear_lossy.dng"
    frame = decoded(path.read_bytes())
    with rawpy.imread(str(path)) as raw:
        theirs = raw.raw_image[..., :3] / np.float32(65535)
    assert (frame.layout, frame.white, frame.pixels.dtype) == ("linear", 1.0, np.float32)
    np.testing.assert_allclose(frame.pixels, theirs, atol=1.1 / 65535)
