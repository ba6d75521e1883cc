"""What headers of stills say that no library hands on: alpha of JPEG XL, TIFF pages, animations."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from functions.contract.errors import UnsupportedMedia
from functions.media.stills.headers.jxl_header import JxlHeader, read_jxl_header
from tests.media.still_files import Array, checker, dpx, pillow, tiff
from tests.media.test_stills import clip_of, shown

ALPHA, BLACK, SPOT = 0, 4, 2


def jxl(picture: Array) -> bytes:
    """By libjxl, in boxes."""
    import imagecodecs

    return bytes(imagecodecs.jpegxl_encode(picture, lossless=True, usecontainer=True))


def header(*extra: tuple[int, bool], moves: bool = False, name: bytes = b"") -> bytes:
    """A JPEG XL image header of 9 x 300 in 10 bits, by the fields of ISO/IEC 18181-1, D.2 and D.3.

    extra : kind of each extra channel, and whether colours are multiplied by it
    """
    bits: list[int] = []

    def put(value: int, count: int) -> None:
        bits.extend(value >> at & 1 for at in range(count))

    put(0, 1), put(0, 2), put(8, 9), put(0, 3), put(0, 2), put(299, 9)  # sides: 9 by 1 + 299
    put(0, 1), put(1, 1), put(5, 3), put(1, 1)  # not default; orientation 6; an intrinsic size
    put(1, 1), put(3, 5), put(1, 3)
    put(0, 1), put(int(moves), 1)
    if moves:
        put(2, 2), put(23, 10), put(1, 2), put(1, 2), put(5, 3), put(0, 1)
    put(0, 1), put(1, 2), put(1, 1)  # ten bits a sample
    put(2, 2), put(len(extra) - 2, 4) if len(extra) > 1 else None
    for kind, multiplied in extra:
        put(0, 1), put(1 if kind == 0 else 2, 2) if kind > 1 else put(0, 2)
        if kind > 1:
            put(kind - 2, 4)
        put(1, 1), put(1, 2), put(4, 4), put(0, 2)  # half floats, no shift
        put(1, 2), put(len(name), 4)
        for letter in name:
            put(letter, 8)
        if kind == ALPHA:
            put(int(multiplied), 1)
        if kind == SPOT:
            put(0, 64)
    return b"\xff\x0a" + np.packbits(bits, bitorder="little").tobytes() + bytes(8)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_jpeg_xl_with_alpha_is_straight(kind: type) -> None:
    """libjxl writes colours that are not multiplied, and says so in its header alone."""
    content = jxl(checker(9, 12, 4, kind))
    assert clip_of(content, "x.jxl").facts.picture.alpha == "straight"
    assert clip_of(jxl(checker(9, 12, 3, kind)), "x.jxl").facts.picture.alpha is None


def test_fields_of_a_jpeg_xl_header() -> None:
    """Every field before the alpha channel's is passed over by its own length."""
    both = ((SPOT, False), (ALPHA, True))
    assert read_jxl_header(header(*both)) == JxlHeader()
    assert read_jxl_header(header(*both, moves=True, name=b"ink")) == JxlHeader(moves=True)
    assert read_jxl_header(header((ALPHA, False), (BLACK, False))) == JxlHeader(True, black=True)
    whole = header((SPOT, False), (ALPHA, False), moves=True, name=b"matte")
    assert read_jxl_header(whole) == JxlHeader(straight=True, moves=True)
    for end in range(len(whole) - 9):
        assert not read_jxl_header(whole[:end]).straight


def test_straight_colours_are_multiplied_for_exr(tmp_path: Path) -> None:
    """An EXR of a JPEG XL holds colours times alpha."""
    import OpenEXR

    import rushes

    picture = checker(16, 16, 4, np.uint16)
    (tmp_path / "x.jxl").write_bytes(jxl(picture))
    out = tmp_path / "out"
    rushes.deliver(input=str(tmp_path / "x.jxl"), output=f"{out}/", profile="aces-exr",
                   source="ACES2065-1")  # fmt: skip
    with OpenEXR.File(str(next(out.glob("*.exr"))), separate_channels=True) as file:
        red = file.channels()["R"].pixels
    code = picture.astype(np.float64) / 65535
    np.testing.assert_allclose(red, code[..., 0] * code[..., 3], atol=5e-4)


@pytest.mark.parametrize("subfile", [1, 4, 5])
def test_a_thumbnail_or_mask_before_the_picture(subfile: int) -> None:
    """The first page of full size is the picture (TIFF 6.0, NewSubfileType), where there is one."""
    import tifffile

    rgb, file = checker(40, 30, 3, np.uint16), io.BytesIO()
    tags = [(254, 4, 1, subfile, True)]
    with tifffile.TiffWriter(file) as out:
        out.write(rgb[:8, :6], photometric="rgb", extratags=tags)
        out.write(rgb[:4, :3], photometric="rgb", subfiletype=1)
        out.write(rgb, photometric="rgb")
    np.testing.assert_array_equal(shown(file.getvalue()), rgb)
    alone = tiff(rgb, photometric="rgb", extratags=tags)
    np.testing.assert_array_equal(shown(alone), rgb)


def test_tiff_codings_without_a_decoder_are_named() -> None:
    """Not taken for damage: the file is whole."""
    for coding, words in (("lzma", "LZMA"), ("zstd", "Zstandard"), ("jpegxl", "JPEG XL")):
        with pytest.raises(UnsupportedMedia, match=words):
            clip_of(tiff(checker(16, 16), photometric="rgb", compression=coding))


def test_animations_are_told() -> None:
    """Of an animated PNG the first picture is read, and that is said."""
    from PIL import Image

    two = [Image.fromarray(checker(16, 16) // (n + 1)) for n in range(2)]
    content = pillow(np.asarray(two[0]), "PNG", save_all=True, append_images=two[1:])
    assert any("several pictures" in note for note in clip_of(content, "x.png").notes)
    assert clip_of(pillow(checker(16, 16), "PNG"), "x.png").notes == ()


def test_run_lengths_of_dpx_are_refused() -> None:
    """The library reads their counts as if they were samples."""
    content = bytearray(dpx(checker(4, 8), 8))
    struct.pack_into(">H", content, 806, 1)
    with pytest.raises(UnsupportedMedia, match="run lengths"):
        clip_of(bytes(content), "x.dpx")


def test_heif_is_refused_as_a_format() -> None:
    """No decoder is here: the file is no damaged one."""
    for brand in (b"heic", b"avif", b"mif1"):
        content = struct.pack(">I4s4sI", 20, b"ftyp", brand, 0) + b"mif1" + bytes(100)
        with pytest.raises(UnsupportedMedia, match="HEIF is not a format"):
            clip_of(content, "x.heic")


def test_exif_that_says_no_srgb_is_no_srgb() -> None:
    """A JPEG of Adobe RGB without its profile says `uncalibrated`: its space has to be named."""
    from PIL import Image

    for value, told in ((1, False), (65535, True)):
        said = Image.Exif()
        said.get_ifd(0x8769)[0xA001] = value
        content = pillow(checker(16, 16), "JPEG", exif=said)
        conflict = clip_of(content, "x.jpg").facts.picture.colour.conflict
        assert (conflict is not None and "not sRGB" in conflict) == told


def test_chunks_of_a_png_that_lie_behind_its_picture_say_nothing() -> None:
    """acTL stands before the first IDAT (PNG, third edition, 11.3.3)."""
    content = pillow(checker(8, 8), "PNG")
    body = struct.pack(">II", 2, 0)
    chunk = struct.pack(">I", 8) + b"acTL" + body + struct.pack(">I", zlib.crc32(b"acTL" + body))
    assert clip_of(content[:-12] + chunk + content[-12:], "x.png").notes == ()
