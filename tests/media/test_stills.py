"""Developed stills: what they show, which way up, and what is not read of them."""

from __future__ import annotations

import io
import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from functions.contract.clip import Reading
from functions.contract.errors import DamagedSource, InvalidRequest, UnsupportedMedia
from functions.contract.operation import Limits
from functions.media import open_clip
from tests.media.memory_store import ROOT, MemoryStore
from tests.media.still_files import Array, checker, dpx, exr, jpeg, pillow, tiff


def clip_of(content: bytes, name: str = "x.tif", reading: Reading | None = None) -> Any:
    return open_clip(ROOT + name, MemoryStore({name: content}), Limits(), reading)


def shown(content: bytes, name: str = "x.tif", reading: Reading | None = None) -> Array:
    """(H, W, 3) of the only picture, as its file's codes."""
    clip = clip_of(content, name, reading)
    (picture,) = clip.pictures(clip.numbers())
    assert picture.planes[0].shape == (clip.facts.height, clip.facts.width)
    return np.stack(picture.planes, axis=-1)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("options", [{}, {"compression": "packbits"}, {"tile": (16, 16)},
                                     {"compression": "zlib", "predictor": True},
                                     {"byteorder": ">"}])  # fmt: skip
def test_a_grey_tiff_is_a_grey_picture(kind: Any, options: dict[str, Any]) -> None:
    """One channel of a TIFF is no mosaic, however it is stored."""
    grey = checker(48, 64, 1, kind)
    np.testing.assert_array_equal(
        shown(tiff(grey, photometric="minisblack", **options)), np.stack([grey] * 3, -1)
    )


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_min_is_white(kind: Any) -> None:
    """A TIFF whose lowest code is white is shown so."""
    grey = checker(48, 64, 1, kind)
    found = shown(tiff(np.iinfo(kind).max - grey, photometric="miniswhite"))
    np.testing.assert_array_equal(found[..., 0], grey)


def test_an_rgb_tiff_of_packbits() -> None:
    """Run lengths make no camera raw of a picture."""
    rgb = checker(40, 52, 3, np.uint16)
    content = tiff(rgb, photometric="rgb", compression="packbits")
    np.testing.assert_array_equal(shown(content), rgb)


def test_samples_that_read_as_the_start_of_jpeg_2000() -> None:
    """What other stills hold by chance makes no JPEG 2000 of them."""
    rgb = np.full((40, 52, 3), 0xFFFF, np.uint16)
    rgb.reshape(-1)[:2] = np.frombuffer(b"\xff\x4f\xff\x51", np.uint16)
    content = tiff(rgb, photometric="rgb")
    assert b"\xff\x4f\xff\x51" in content
    np.testing.assert_array_equal(shown(content), rgb)


def stored(picture: Array, orientation: int) -> Array:
    """Rows and columns as a file of that orientation has them (TIFF 6.0, section 8)."""
    flipped = {
        1: picture,
        2: picture[:, ::-1],
        3: picture[::-1, ::-1],
        4: picture[::-1],
        5: picture.swapaxes(0, 1),
        6: np.rot90(picture, 1),
        7: np.rot90(picture, 2).swapaxes(0, 1),
        8: np.rot90(picture, -1),
    }
    return np.ascontiguousarray(flipped[orientation])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_tiff_orientation(orientation: int) -> None:
    """A TIFF is upright whatever corner its first pixel is from."""
    rgb = checker(20, 32)
    content = tiff(
        stored(rgb, orientation), photometric="rgb", extratags=[(274, 3, 1, orientation, True)]
    )
    np.testing.assert_array_equal(shown(content), rgb)


@pytest.mark.parametrize(("written", "orientation"), list(enumerate([1, 2, 4, 3])))
def test_dpx_orientation(written: int, orientation: int) -> None:
    """A DPX is upright whichever way its lines run; lines that stand upright are refused."""
    rgb = checker(20, 32, 3, np.uint16) >> 6
    content = dpx(stored(rgb, orientation), 10, orientation=written)
    np.testing.assert_array_equal(shown(content, "x.dpx"), rgb)
    with pytest.raises(UnsupportedMedia, match="top to bottom"):
        clip_of(dpx(rgb, 10, orientation=4 + written), "x.dpx")


def test_jpeg_orientation() -> None:
    """A JPEG that a phone has turned is upright, to what the coding leaves of it."""
    from PIL import Image

    rgb = np.repeat(np.repeat(checker(4, 6), 16, 0), 16, 1)
    exif = Image.Exif()
    exif[274] = 6
    content = jpeg(stored(rgb, 6), exif=exif, subsampling=0)
    assert np.abs(shown(content, "x.jpg").astype(int) - rgb).mean() < 3


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("width", [5, 6, 7, 8])
@pytest.mark.parametrize("padded", [True, False])
@pytest.mark.parametrize("order", [">", "<"])
def test_dpx_of_odd_widths(bits: int, width: int, padded: bool, order: str) -> None:
    """Rows are padded to words, or not: both are read as they are."""
    rgb = checker(9, width, 3, np.uint8 if bits == 8 else np.uint16)
    content = dpx(rgb, bits, padded=padded, order=order)
    np.testing.assert_array_equal(shown(content, "x.dpx"), rgb)


@pytest.mark.parametrize("width", [5, 8])
@pytest.mark.parametrize("packing", [1, 2])
@pytest.mark.parametrize("order", [">", "<"])
def test_dpx_of_12_filled_bits(width: int, packing: int, order: str) -> None:
    """A sample in 16 bits, at their top or their foot, in rows of any width."""
    rgb = checker(9, width, 3, np.uint16) >> 4
    content = dpx(rgb, 12, order=order, packing=packing)
    np.testing.assert_array_equal(shown(content, "x.dpx"), rgb)


@pytest.mark.parametrize("width", [5, 8])
def test_dpx_rows_with_bytes_behind_them(width: int) -> None:
    """The header tells how many, and they are no samples."""
    rgb = checker(9, width)
    np.testing.assert_array_equal(shown(dpx(rgb, 8, behind=8), "x.dpx"), rgb)


def test_dpx_that_hold_no_rgb() -> None:
    """Y'CbCr, one colour alone and signed samples are refused by name: the library shows them as
    if they were RGB or grey."""
    for descriptor, words in ((100, "Y'CbCr 4:2:2"), (102, "Y'CbCr 4:4:4"), (1, "red alone")):
        content = dpx(checker(4, 8), 8, descriptor=descriptor)
        with pytest.raises(UnsupportedMedia, match=words):
            clip_of(content, "x.dpx")
    with pytest.raises(UnsupportedMedia, match="signed"):
        clip_of(dpx(checker(4, 8), 8, signed=True), "x.dpx")


def test_a_dpx_that_ffmpeg_wrote(tmp_path: Path) -> None:
    """FFmpeg pads odd 8-bit rows."""
    import av

    rgb = checker(99, 7)
    with av.open(str(tmp_path / "x.dpx"), "w", format="image2") as out:
        stream = out.add_stream("dpx", rate=24)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 7, 99, "rgb24"
        out.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        out.mux(stream.encode(None))
    found = shown((tmp_path / "x.dpx").read_bytes(), "x.dpx")
    np.testing.assert_array_equal(found, rgb)


@pytest.mark.parametrize(("kind", "name"), [("BMP", "x.bmp"), ("TGA", "x.tga"), ("PNG", "x.png")])
def test_other_formats(kind: str, name: str) -> None:
    """BMP and Targa are pictures like any other."""
    rgb = checker(20, 33)
    np.testing.assert_array_equal(shown(pillow(rgb, kind), name), rgb)


def test_a_targa_of_run_lengths() -> None:
    """Targa has no mark at its start: its name and its header tell it."""
    rgb = np.repeat(checker(20, 4), 8, axis=1)
    np.testing.assert_array_equal(shown(pillow(rgb, "TGA", compression="tga_rle"), "x.tga"), rgb)
    with pytest.raises(UnsupportedMedia, match="no format that we know"):
        clip_of(b"\1\2\3\4" * 100, "x.tga")


def test_several_pictures_are_told() -> None:
    """Of an animated GIF and of a TIFF of two pages the first picture is read, and that is said."""
    from PIL import Image

    two = [Image.fromarray(checker(16, 16) // (n + 1)) for n in range(2)]
    content = pillow(np.asarray(two[0]), "GIF", save_all=True, append_images=two[1:])
    assert any("several pictures" in note for note in clip_of(content, "x.gif").notes)
    pages = tiff(np.stack([checker(16, 16), checker(16, 16)]), photometric="rgb")
    assert any("several pictures" in note for note in clip_of(pages).notes)
    assert clip_of(tiff(checker(16, 16), photometric="rgb")).notes == ()


def test_a_pixel_aspect_that_cannot_be() -> None:
    """Resolutions that make a pixel of no shape make it square, and that is said."""
    most = 2**32 - 1
    content = tiff(checker(16, 16), photometric="rgb", resolution=((1, most), (most, 1)))
    clip = clip_of(content)
    assert clip.facts.picture.pixel_aspect == Fraction(1)
    assert any("pixel aspect" in note for note in clip.notes)


def test_other_models_are_refused() -> None:
    """CMYK and Lab are no R, G and B."""
    for space in ("separated", "cielab"):
        content = tiff(checker(16, 16, 4 if space == "separated" else 3), photometric=space)
        with pytest.raises(UnsupportedMedia, match=r"CMYK|L\*a\*b"):
            clip_of(content)
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(checker(16, 16, 4), "CMYK").save(file, "JPEG")
    with pytest.raises(UnsupportedMedia, match="JPEG picture in CMYK"):
        clip_of(file.getvalue(), "x.jpg")


def test_jpeg_2000_of_other_spaces_and_signs() -> None:
    """A space that is not made RGB of, and signed samples, are refused by name."""
    from imagecodecs import jpeg2k_encode

    rgb = checker(24, 32)
    content = jpeg2k_encode(rgb, reversible=True, level=0)
    np.testing.assert_array_equal(shown(content, "x.jp2"), rgb)
    place = content.index(b"colr") + 7
    for space, words in ((14, "L.a.b"), (12, "CMYK"), (99, "space 99")):
        other = content[:place] + struct.pack(">I", space) + content[place + 4 :]
        with pytest.raises(UnsupportedMedia, match=words):
            clip_of(other, "x.jp2")
    with pytest.raises(UnsupportedMedia, match="signed"):
        clip_of(jpeg2k_encode(rgb.astype(np.int16) - 128, reversible=True, level=0), "x.jp2")


def test_radiance_light_is_over_its_exposure() -> None:
    """EXPOSUREs multiply; primaries are obeyed, or have to be named."""
    plain = np.array([128, 64, 32, 129], np.uint8)  # 1, 0.5 and 0.25

    def written(*lines: str) -> bytes:
        head = "\n".join(("#?RADIANCE", *lines, "FORMAT=32-bit_rle_rgbe", "", "-Y 2 +X 3", ""))
        return head.encode() + plain.tobytes() * 6

    near = np.array([1, 0.5, 0.25])
    np.testing.assert_allclose(shown(written(), "x.hdr")[0, 0], near, rtol=0.01)
    exposed = shown(written("EXPOSURE=2", "EXPOSURE=4.0"), "x.hdr")
    np.testing.assert_allclose(exposed[0, 0], near / 8, rtol=0.01)
    p3 = "PRIMARIES=0.68 0.32 0.265 0.69 0.15 0.06 0.3127 0.329"
    assert clip_of(written(p3), "x.hdr").facts.picture.colour.primaries == "smpte432"
    odd = clip_of(written(p3.replace("0.68", "0.7")), "x.hdr").facts.picture.colour.conflict
    assert odd is not None


def test_the_fourth_byte_of_a_bmp_is_no_alpha() -> None:
    """Most writers leave it at zero, which would make the picture go."""
    rgb = checker(6, 7)
    head = struct.pack("<2sIHHI", b"BM", 54 + 6 * 7 * 4, 0, 0, 54)
    head += struct.pack("<IiiHHIIiiII", 40, 7, -6, 1, 32, 0, 0, 0, 0, 0, 0)
    content = head + np.dstack([rgb[..., ::-1], np.zeros((6, 7), np.uint8)]).tobytes()
    np.testing.assert_array_equal(shown(content, "x.bmp"), rgb)
    assert clip_of(content, "x.bmp").facts.picture.alpha is None


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9, 0.99])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_cut_jpeg(part: float, progressive: bool) -> None:
    """A JPEG without its end is damage, though its decoder fills in grey and says nothing."""
    content = jpeg(np.repeat(checker(64, 64), 4, axis=1), progressive=progressive)
    with pytest.raises(DamagedSource, match="truncated"):
        shown(content[: int(len(content) * part)], "x.jpg")


def test_a_jpeg_with_more_behind_it() -> None:
    """What phones lay behind a JPEG, and previews inside it, make it no cut file."""
    from PIL import Image

    exif = Image.Exif()
    exif[270] = "\xff\xd9 no end"
    content = jpeg(checker(32, 32), exif=exif)
    assert shown(content + b"\0" * 1000 + content, "x.jpg").shape == (32, 32, 3)


HALF = checker(12, 16, 3, np.float16)


def planes(picture: Array, names: str = "RGB", prefix: str = "") -> dict[str, Array]:
    return {prefix + n: np.ascontiguousarray(picture[..., i]) for i, n in enumerate(names)}


def test_exr_parts(tmp_path: Path) -> None:
    """The part with R, G and B is read, wherever it stands, and what is not read is told."""
    depth = {"Z": checker(12, 16, 1, np.float32)}
    content = exr(
        tmp_path / "x.exr", [({"name": "depth"}, depth), ({"name": "rgba"}, planes(HALF))]
    )
    clip = clip_of(content, "x.exr")
    np.testing.assert_array_equal(shown(content, "x.exr"), HALF)
    assert any("part 2 rgba" in note and "1 depth (Z)" in note for note in clip.notes)
    for part in ("rgba", "2"):
        np.testing.assert_array_equal(shown(content, "x.exr", Reading(part=part)), HALF)
    for part in ("depth", "1", "beauty"):
        with pytest.raises(InvalidRequest, match="2 rgba") as caught:
            clip_of(content, "x.exr", Reading(part=part))
        assert caught.value.facts["field"] == "part"


def test_exr_views_in_parts(tmp_path: Path) -> None:
    """Of a stereo file the first view is read, or the one that is asked for, and that is told."""
    left, right = HALF, HALF[::-1]
    content = exr(
        tmp_path / "x.exr",
        [({"name": "r", "view": "right"}, planes(right)),
         ({"name": "l", "view": "left"}, planes(left))],
    )  # fmt: skip
    np.testing.assert_array_equal(shown(content, "x.exr"), right)
    assert any("view right" in note for note in clip_of(content, "x.exr").notes)
    np.testing.assert_array_equal(shown(content, "x.exr", Reading(view="left")), left)
    with pytest.raises(InvalidRequest, match="right, left"):
        clip_of(content, "x.exr", Reading(view="middle"))


def test_exr_views_in_one_part(tmp_path: Path) -> None:
    """The default view's channels have no prefix, the other's have its name."""
    channels = planes(HALF) | planes(HALF[::-1], prefix="right.")
    content = exr(tmp_path / "x.exr", [({"multiView": ["left", "right"]}, channels)])
    np.testing.assert_array_equal(shown(content, "x.exr"), HALF)
    np.testing.assert_array_equal(shown(content, "x.exr", Reading(view="right")), HALF[::-1])


def test_exr_layers(tmp_path: Path) -> None:
    """A layer is read when it is named; channels that are not read are told."""
    channels = planes(HALF) | planes(HALF[::-1], prefix="diffuse.") | {"id": HALF[..., 0].copy()}
    content = exr(tmp_path / "x.exr", [({}, channels)])
    assert any("diffuse.R" in n and "id" in n for n in clip_of(content, "x.exr").notes)
    np.testing.assert_array_equal(shown(content, "x.exr", Reading(part="diffuse")), HALF[::-1])
    only = exr(tmp_path / "y.exr", [({}, planes(HALF, prefix="beauty."))])
    with pytest.raises(UnsupportedMedia, match="beauty"):
        clip_of(only, "x.exr")


def test_exr_overscan_is_told(tmp_path: Path) -> None:
    """What lies outside the display window is cut off, and that is said."""
    window = (np.array([2, 1], np.int32), np.array([9, 8], np.int32))
    content = exr(tmp_path / "x.exr", [({"displayWindow": window}, planes(HALF))])
    np.testing.assert_array_equal(shown(content, "x.exr"), HALF[1:9, 2:10])
    assert any("display window" in note for note in clip_of(content, "x.exr").notes)


@pytest.mark.parametrize("kind", ["exr", "parts", "tiled"])
def test_a_cut_exr_is_known_by_its_table(kind: str, tmp_path: Path) -> None:
    """Scan lines, tiles and parts whose chunks lie past the end are damage."""
    import OpenEXR

    big = checker(200, 200, 3, np.float16)
    heads: list[dict[str, Any]] = [{"name": "a"}] * (2 if kind == "parts" else 1)
    if kind == "parts":
        heads = [{"name": "a"}, {"name": "b"}]
    if kind == "tiled":
        heads = [{"type": OpenEXR.tiledimage, "tiles": OpenEXR.TileDescription()}]
    content = exr(tmp_path / "x.exr", [(head, planes(big)) for head in heads])
    assert shown(content, "x.exr").shape == (200, 200, 3)
    with pytest.raises(DamagedSource, match="truncated"):
        shown(content[: len(content) * 3 // 4], "x.exr")


def test_part_of_what_has_none() -> None:
    """A part, a view or a lens correction of a file that has none is no valid request."""
    content = tiff(checker(16, 16), photometric="rgb")
    for reading in (Reading(part="2"), Reading(view="left"), Reading(lens="all")):
        with pytest.raises(InvalidRequest):
            clip_of(content, "x.tif", reading)
