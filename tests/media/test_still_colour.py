"""What stills say of their colour is obeyed; words that disagree are both named."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rushes
from functions.colour.tags import input_space
from functions.contract.errors import UnsupportedMedia
from functions.contract.operation import Limits
from functions.media import open_clip
from tests.media.exr_readers import attributes
from tests.media.memory_store import ROOT, MemoryStore
from tests.media.still_files import checker, exr, pillow

AP0 = (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767)
AP1 = (0.713, 0.293, 0.165, 0.830, 0.128, 0.044, 0.32168, 0.33767)
ODD = (0.7, 0.3, 0.2, 0.7, 0.1, 0.05, 0.3127, 0.3290)


def space_of(content: bytes, name: str = "x.exr") -> str:
    clip = open_clip(ROOT + name, MemoryStore({name: content}), Limits())
    return input_space(clip.facts.picture.colour, clip.facts.camera).name


def written(folder: Path, **head: Any) -> bytes:
    half = checker(8, 8, 3, np.float16)
    return exr(folder / "x.exr", [(head, {n: half[..., i].copy() for i, n in enumerate("RGB")})])


@pytest.mark.parametrize(
    ("named", "space"),
    [
        ("lin_ap0_scene", "ACES2065-1"),
        ("lin_ap1_scene", "ACEScg"),
        ("lin_rec709_scene", "Linear Rec.709 (sRGB)"),
        ("lin_rec2020_scene", "Linear Rec.2020"),
        ("lin_p3d65_scene", "Linear P3-D65"),
        ("srgb_rec709_display", "srgb"),
        ("g24_rec709_display", "rec709"),
        ("pq_rec2020_display", "rec2100-pq"),
    ],
)
def test_an_interop_id_is_obeyed(named: str, space: str, tmp_path: Path) -> None:
    """colorInteropID alone says the space, also where a default would say another."""
    assert space_of(written(tmp_path, colorInteropID=named)) == space


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ({"colorInteropID": "lin_ap1_scene", "chromaticities": AP0}, ("lin_ap1_scene", "ap0")),
        ({"colorInteropID": "lin_ap0_scene", "chromaticities": ODD}, ("lin_ap0_scene", "0.7 0.3")),
        ({"colorInteropID": "lin_rec709_scene", "acesImageContainerFlag": 1},
         ("lin_rec709_scene", "acesImageContainerFlag")),
        ({"chromaticities": AP1, "acesImageContainerFlag": 1}, ("ap1", "acesImageContainerFlag")),
        ({"colorInteropID": "data"}, ("data",)),
        ({"colorInteropID": "g18_rec709_scene"}, ("g18_rec709_scene",)),
        ({"chromaticities": ODD}, ("0.7 0.3",)),
    ],
)  # fmt: skip
def test_what_disagrees_is_named(
    head: dict[str, Any], words: tuple[str, ...], tmp_path: Path
) -> None:
    """A file that says two things, or what no space has, is refused with its words."""
    with pytest.raises(UnsupportedMedia) as caught:
        space_of(written(tmp_path, **head))
    assert all(word in str(caught.value) for word in words)
    assert caught.value.facts["field"] == "source"


def test_source_decides_between_two_words(tmp_path: Path) -> None:
    """Who names the space is believed, whatever the file says."""
    written(tmp_path, colorInteropID="lin_ap1_scene", chromaticities=AP0)
    receipt = rushes.deliver(
        input=str(tmp_path / "x.exr"), output=str(tmp_path / "o"), profile="aces-exr",
        source="ACEScg",
    )  # fmt: skip
    assert receipt.status == "done"


def test_png_and_icc() -> None:
    """A PNG's profile is obeyed by its name, or the clip's space has to be named."""
    from PIL import ImageCms

    rgb = checker(8, 8)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert space_of(pillow(rgb, "PNG", icc_profile=srgb), "x.png") == "srgb"
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    with pytest.raises(UnsupportedMedia, match="ICC profile"):
        space_of(pillow(rgb, "JPEG", icc_profile=lab), "x.jpg")
    assert space_of(pillow(rgb, "PNG"), "x.png") == "srgb"


@pytest.mark.parametrize(
    ("space", "named"), [("aces", b"lin_ap0_scene"), ("acescg", b"lin_ap1_scene")]
)
def test_own_files_name_their_space(space: str, named: bytes, tmp_path: Path) -> None:
    """EXR files that are written say colorInteropID; camera RGB has no such name."""
    from demo.make_clip import make_clip

    make_clip(tmp_path / "A001", frames=1, width=320, height=180)
    rushes.debayer(input=str(tmp_path / "A001"), output=str(tmp_path / "o"), space=space)
    (made,) = (tmp_path / "o").glob("*.exr")
    assert attributes(made.read_bytes())["colorInteropID"] == ("string", named)
    rushes.debayer(input=str(tmp_path / "A001"), output=str(tmp_path / "c"), space="camera")
    (made,) = (tmp_path / "c").glob("*.exr")
    assert "colorInteropID" not in attributes(made.read_bytes())


def png(picture: Any, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG of 16 bits with these chunks before its picture."""
    import zlib

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    height, width = picture.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in picture)
    head = chunk(b"IHDR", struct.pack(">2I5B", width, height, 16, 2, 0, 0, 0))
    body = b"".join(chunk(*each) for each in chunks) + chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + head + body + chunk(b"IEND", b"")


def chrm(*primaries: float) -> tuple[bytes, bytes]:
    """White, red, green, blue."""
    return b"cHRM", struct.pack(">8I", *(round(value * 100000) for value in primaries))


P3 = (0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060)


@pytest.mark.parametrize(
    ("chunks", "tags"),
    [
        ([chrm(*P3), (b"gAMA", struct.pack(">I", 45455))], ("smpte432", "gamma22", None)),
        ([chrm(*P3), (b"sRGB", b"\0")], ("bt709", "iec61966-2-1", None)),
        ([chrm(*P3), (b"cICP", bytes((9, 16, 0, 1)))], ("bt2020", "smpte2084", True)),
        ([(b"cICP", bytes((1, 1, 0, 0)))], ("bt709", "bt709", False)),
    ],
)
def test_png_primaries_and_codes(
    chunks: list[tuple[bytes, bytes]], tags: tuple[str, str, bool | None]
) -> None:
    """cICP goes before sRGB, that before cHRM; codes of video levels are levels."""
    rgb = checker(6, 7, 3, np.uint16)
    content = png(rgb, *chunks)
    clip = open_clip(ROOT + "x.png", MemoryStore({"x.png": content}), Limits())
    told = clip.facts.picture.colour
    assert (told.primaries, told.transfer, told.full) == tags
    (picture,) = clip.pictures(clip.numbers())
    assert picture.full is (tags[2] is not False)
    np.testing.assert_array_equal(np.stack(picture.planes, axis=-1), rgb)


@pytest.mark.parametrize(
    ("chunk", "words"),
    [
        (chrm(0.3127, 0.3290, 0.7, 0.3, 0.2, 0.7, 0.1, 0.05), "its primaries are 0.7 0.3"),
        ((b"cICP", bytes((9, 16, 9, 1))), "cICP is 9, 16, 9, 1"),
    ],
)
def test_png_colour_that_no_space_has(chunk: tuple[bytes, bytes], words: str) -> None:
    """Other primaries, and a matrix that RGB has not, have to be named by who asks."""
    with pytest.raises(UnsupportedMedia, match=words):
        space_of(png(checker(6, 7, 3, np.uint16), chunk), "x.png")
