"""Tags of stills that change light or layout and that libraries drop: obeyed, refused or told."""

from __future__ import annotations

import struct
import zlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from imagecodecs import jpeg8_encode

from functions.colour.tags import input_space
from functions.contract.errors import DamagedSource, LimitExceeded, UnsupportedMedia
from functions.contract.operation import Limits
from functions.media import open_clip
from tests.media.memory_store import ROOT, MemoryStore
from tests.media.still_files import Array, checker, dpx, exr, jpeg, pillow, tiff
from tests.media.test_stills import HALF, clip_of, planes, shown

P3 = (680, 320, 265, 690, 150, 60)
D65, D50 = (3127, 3290), (3457, 3585)


def tagged(*tags: tuple[int, int, int, Any]) -> bytes:
    return tiff(
        checker(12, 16, 3, np.uint16), photometric="rgb", extratags=[(*t, True) for t in tags]
    )


def ratios(values: tuple[int, ...], over: int) -> tuple[int, ...]:
    return tuple(part for value in values for part in (value, over))


def test_primaries_of_a_tiff_are_obeyed() -> None:
    """TIFF 6.0, section 20: primaries and white; a white alone says too little, which is told."""
    primaries = (319, 5, 6, ratios(P3, 1000))
    clip = clip_of(tagged((318, 5, 2, ratios(D65, 10000)), primaries))
    assert clip.facts.picture.colour.primaries == "smpte432"
    odd = clip_of(tagged((318, 5, 2, ratios(D50, 10000)), primaries)).facts.picture.colour
    assert odd.conflict is not None and "0.3457" in odd.conflict
    assert any("WhitePoint" in n for n in clip_of(tagged((318, 5, 2, ratios(D65, 10000)))).notes)


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ((301, 3, 65536, tuple(range(65536))), "TransferFunction"),
        ((532, 5, 6, ratios((4096, 60160) * 3, 1)), "ReferenceBlackWhite 4096, 60160"),
        ((274, 3, 1, 9), "Orientation 9"),
        ((274, 3, 1, 0), "Orientation 0"),
    ],
)
def test_what_a_tiff_says_and_is_not_done(tag: tuple[int, int, int, Any], words: str) -> None:
    """A curve, levels and an orientation that there is not are told by name."""
    assert any(words in note for note in clip_of(tagged(tag)).notes)
    whole = (532, 5, 6, ratios((0, 65535) * 3, 1))
    assert clip_of(tagged((274, 3, 1, 1), whole)).notes == ()


def test_models_of_a_tiff_that_are_no_rgb() -> None:
    """LogLuv, which the library makes 8 bits of, a mosaic without its pattern, and depth."""
    content = bytearray(tagged())
    place = content.index(struct.pack("<HHI", 262, 3, 1)) + 8
    for model in (32803, 51177):
        struct.pack_into("<H", content, place, model)
        with pytest.raises(UnsupportedMedia, match=f"model {model}"):
            clip_of(bytes(content))
    with pytest.raises(UnsupportedMedia, match="LogLuv"):
        clip_of(log_luv(8, 16))


def log_luv(height: int, width: int) -> bytes:
    """SGI's 32 bits a pixel (libtiff, tif_luv.c): four planes of bytes a row, each one run."""
    row = b"".join(bytes([width]) + bytes([value]) * width for value in (0x40, 0, 80, 190))
    entries = ((256, width), (257, height), (258, 16), (259, 34676), (262, 32845), (273, 122),
               (277, 3), (278, height), (279, len(row) * height))  # fmt: skip
    made = struct.pack("<2sHIH", b"II", 42, 8, len(entries))
    made += b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    return made + struct.pack("<I", 0) + row * height


def test_words_of_a_dpx_that_are_not_done() -> None:
    """Reference codes with the other one unsaid, two fields, and an encryption key are told."""
    rgb = checker(4, 8, 3, np.uint16) >> 6
    content = dpx(rgb, 10)
    assert clip_of(content, "x.dpx").notes == ()
    for at, form, value, words in (
        (784, ">I", 64, "codes 64 and 1023"),
        (792, ">I", 940, "codes 0 and 940"),
        (1928, ">B", 1, "two fields"),
        (660, ">I", 7, r"encryption key"),
    ):
        odd = bytearray(content)
        struct.pack_into(form, odd, at, value)
        assert any(words in note for note in clip_of(bytes(odd), "x.dpx").notes)


def test_a_dpx_of_two_colorimetries_is_unclear() -> None:
    """ST 268-1, tables 5A and 5B: a transfer of BT.709 with primaries of BT.601 has to be named."""
    content = bytearray(dpx(checker(4, 8), 8))
    for code, sure in ((6, True), (5, True), (0, True), (4, True), (7, False), (1, False)):
        content[802] = code
        colour = clip_of(bytes(content), "x.dpx").facts.picture.colour
        assert (colour.primaries == "bt709") == sure
        assert (colour.conflict is None) == sure


def test_a_dpx_whose_rows_the_library_cuts() -> None:
    """Alpha, blue, green, red in 10 filled bits: a row that leaves one sample over loses it."""
    content = bytearray(dpx(np.zeros((4, 28), np.uint16), 16, descriptor=52))
    content[803], content[805] = 10, 1
    with pytest.raises(UnsupportedMedia, match="10 filled bits"):
        clip_of(bytes(content), "x.dpx")


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    """Chunks behind the header of a picture by Pillow."""
    content = pillow(checker(8, 8), "PNG")
    made = b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )
    return content[:33] + made + content[33:]


def test_a_gamma_of_nothing_is_no_light() -> None:
    """gAMA 0 says nothing (PNG, third edition, 11.3.2.2); the library makes it linear."""
    gamma = (b"gAMA", struct.pack(">I", 0))
    with pytest.raises(UnsupportedMedia, match="gAMA is 0"):
        input_space(clip_of(png(gamma), "x.png").facts.picture.colour)
    over = clip_of(png((b"sRGB", b"\0"), gamma), "x.png").facts.picture.colour
    assert input_space(over).name == "srgb"


def segment(code: int, body: bytes) -> bytes:
    return bytes([0xFF, code]) + struct.pack(">H", len(body) + 2) + body


def test_other_pictures_and_depths_of_a_jpeg() -> None:
    """A list of pictures, and a gain map by either standard, are told; 12 bits are refused."""
    content = jpeg(checker(16, 16))
    assert clip_of(content, "x.jpg").notes == ()
    for body, words in (
        (b"MPF\0II*\0" + bytes(30), "several pictures"),
        (b"http://ns.adobe.com/xap/1.0/\0<x xmlns:hdrgm='http://ns.adobe.com/hdr-gain-map/1.0/'>",
         "gain map"),
        (b"urn:iso:std:iso:ts:21496:-1\0" + bytes(4), "gain map"),
    ):  # fmt: skip
        more = content[:2] + segment(0xE2, body) + content[2:]
        assert any(words in note for note in clip_of(more, "x.jpg").notes)
    deep = bytes(jpeg8_encode(checker(16, 16, 3, np.uint16) >> 4, bitspersample=12))
    with pytest.raises(UnsupportedMedia, match="12 bits"):
        clip_of(deep, "x.jpg")


def radiance(*lines: str, size: str = "-Y 2 +X 3", form: str = "rgbe") -> bytes:
    head = "\n".join(("#?RADIANCE", *lines, f"FORMAT=32-bit_rle_{form}", "", size, ""))
    return head.encode() + bytes([128, 64, 32, 129] * 6)


def test_corrections_and_pixels_of_radiance() -> None:
    """COLORCORRs multiply as EXPOSUREs do, each colour; PIXASPECT is height over width."""
    plain, content = shown(radiance(), "x.hdr"), radiance("COLORCORR=2 1 4", "EXPOSURE=2")
    np.testing.assert_allclose(shown(content, "x.hdr") * (4, 2, 8), plain, rtol=1e-6)
    clip = clip_of(radiance("PIXASPECT=2", "PIXASPECT=2"), "x.hdr")
    assert clip.facts.picture.pixel_aspect == Fraction(1, 4)
    for line in ("EXPOSURE=0", "EXPOSURE=bright", "EXPOSURE=nan", "COLORCORR=1", "PIXASPECT=0"):
        with pytest.raises(DamagedSource, match=line.split("=")[0].lower() + "|" + line[:8]):
            shown(radiance(line), "x.hdr")
    for odd in (radiance(size="+X 3 -Y 2"), radiance(form="xyze")):
        with pytest.raises(UnsupportedMedia, match=r"columns|XYZ"):
            clip_of(odd, "x.hdr")


def test_channels_of_an_exr_that_are_no_plain_light(tmp_path: Path) -> None:
    """Subsampled channels are refused by name; alpha of whole numbers is left out and told."""
    import OpenEXR

    half = {n: OpenEXR.Channel(HALF[::2, ::2, i].copy(), 2, 2) for i, n in enumerate("RGB")}
    OpenEXR.File([OpenEXR.Part({"type": OpenEXR.scanlineimage}, half)]).write(str(tmp_path / "x"))
    with pytest.raises(UnsupportedMedia, match="B, G, R are subsampled"):
        clip_of((tmp_path / "x").read_bytes(), "x.exr")
    whole: Array = (HALF[..., 0] * 1000).astype(np.uint32)
    clip = clip_of(exr(tmp_path / "y.exr", [({}, planes(HALF) | {"A": whole})]), "x.exr")
    (picture,) = clip.pictures(clip.numbers())
    assert (clip.facts.picture.alpha, picture.alpha) == (None, None)
    assert any("not read: A" in note for note in clip.notes)


@pytest.mark.parametrize(
    ("word", "film", "video", "words"),
    [
        (0x01020304, 24.0, 24.0, None),
        (0xFFFFFFFF, 24.0, 24.0, None),
        (0, 0.0, 0.0, None),
        (0x01020329, 24.0, 24.0, "01020329 is no label at 24"),
        (0x0A020304, 24.0, 24.0, "0a020304 is no label"),
        (0x01020304, 0.0, 0.0, "stands without a rate"),
        (0x01020304, 24.0, 25.0, "24 (film) and 25 (television)"),
    ],
)
def test_times_of_a_dpx_that_cannot_be(
    word: int, film: float, video: float, words: str | None
) -> None:
    """Digits above 9, frames above the rate, a label without a rate, and two rates (ST 268-1)."""
    content = bytearray(dpx(checker(4, 8), 8))
    struct.pack_into(">I", content, 1920, word)
    struct.pack_into(">f", content, 1724, film)
    struct.pack_into(">f", content, 1940, video)
    clip = clip_of(bytes(content), "x.dpx")
    assert len(clip.notes) == (0 if words is None else 1)
    assert words is None or words in clip.notes[0]
    started = word == 0x01020304 and film > 0
    assert str(clip.facts.start) == ("01:02:03:04" if started else "None")


def test_a_data_window_is_held_to_the_limit(tmp_path: Path) -> None:
    """A file may say a small display window and be of a large picture, in any of its frames."""
    from functions.media.stills.pictures import still_picture

    window = (np.array([0, 0], np.int32), np.array([3, 3], np.int32))
    content = exr(tmp_path / "x.exr", [({"displayWindow": window}, planes(HALF))])
    assert clip_of(content, "x.exr").facts.width == 4
    for call in (
        lambda: open_clip(ROOT + "x.exr", MemoryStore({"x.exr": content}), Limits(pixels=100)),
        lambda: still_picture(content, 0, most=100),
    ):
        with pytest.raises(LimitExceeded, match="192 pixels"):
            call()
