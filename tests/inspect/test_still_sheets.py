"""Developed stills are shown too: in their own colour, or by their codes, which is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenImageIO as oiio  # noqa: N813
import pytest
from PIL import Image

import rushes

COLOUR = (0.25, 0.5, 0.75)


def write(path: Path, kind: str, *, channels: int = 3, **said: str) -> None:
    """A flat picture, 64 x 36, written by OpenImageIO."""
    spec = oiio.ImageSpec(64, 36, channels, kind)
    for name, value in said.items():
        spec.attribute(name.replace("_", ":"), value)
    values = (*COLOUR, 1.0)[:channels]
    pixels = np.broadcast_to(np.float32(values), (36, 64, channels))
    file = oiio.ImageOutput.create(str(path))
    assert file.open(str(path), spec), file.geterror()
    file.write_image(np.ascontiguousarray(pixels))
    file.close()


def middle(sheet: Path) -> tuple[int, ...]:
    """The colour in the middle of a sheet of one picture."""
    with Image.open(sheet) as picture:
        return tuple(picture.getpixel((picture.width // 2, picture.height // 2)))


@pytest.mark.parametrize("name", ["a.tif", "a.dpx"])
def test_codes_of_an_untagged_still_are_shown(name: str, tmp_path: Path) -> None:
    """As they are, to a code or two of 8 bits, and a finding says so."""
    write(tmp_path / name, "uint16")
    receipt = rushes.inspect(input=str(tmp_path / name), output=str(tmp_path / "out"))
    found = middle(tmp_path / "out" / "a.contact.png")
    assert np.abs(np.subtract(found, [round(255 * value) for value in COLOUR])).max() <= 2
    assert "untagged" in {finding["code"] for finding in receipt.report.get("findings", ())}


def test_scene_linear_stills_are_rendered(tmp_path: Path) -> None:
    """An EXR that says ACES is seen through the ACES rendering, and nothing is assumed."""
    write(tmp_path / "a.exr", "half", oiio_ColorSpace="lin_ap0_scene")
    receipt = rushes.inspect(input=str(tmp_path / "a.exr"), output=str(tmp_path / "out"))
    shown = tmp_path / "shown"
    rushes.deliver(input=str(tmp_path / "a.exr"), output=str(shown), profile="rec709-dpx")
    (dpx,) = shown.glob("*.dpx")
    master = oiio.ImageBuf(str(dpx)).getpixel(32, 18)
    found = middle(tmp_path / "out" / "a.contact.png")
    assert np.abs(np.subtract(found, [255 * value for value in master])).max() <= 2
    assert "untagged" not in {finding["code"] for finding in receipt.report.get("findings", ())}


@pytest.mark.parametrize(
    ("name", "kind", "channels", "told"),
    [
        ("a.exr", "half", 4, ["R half", "G half", "B half", "A half"]),
        ("a.exr", "float", 3, ["R float", "G float", "B float"]),
        ("a.tif", "uint8", 3, ["R uint8", "G uint8", "B uint8"]),
    ],
)
def test_channels_and_compression_are_told(
    name: str, kind: str, channels: int, told: list[str], tmp_path: Path
) -> None:
    """Of each its name and its samples' type; the compression by its own name."""
    write(tmp_path / name, kind, channels=channels, compression="zip")
    picture = rushes.inspect(input=str(tmp_path / name)).report["picture"]
    assert (picture["channels"], picture["compression"]) == (told, "zip")
