"""What stills say of their colour is obeyed; words that disagree are both named."""

from __future__ import annotations

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
