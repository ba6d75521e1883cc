"""Stills that end too early are found by inspect, without an output."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import rushes
from tests.media.still_files import checker, dpx, exr, jpeg, pillow, tiff
from tests.media.takes import frame_file

RGB = checker(64, 80)


def content_of(kind: str, folder: Path) -> bytes:
    if kind == "exr":
        half = checker(64, 80, 3, np.float16)
        return exr(folder / "made", [({}, {n: half[..., i].copy() for i, n in enumerate("RGB")})])
    if kind == "hdr":
        import OpenImageIO

        out = OpenImageIO.ImageOutput.create("x.hdr")
        out.open(str(folder / "made.hdr"), OpenImageIO.ImageSpec(80, 64, 3, "float"))
        out.write_image(RGB.astype(np.float32) / 255)
        out.close()
        return (folder / "made.hdr").read_bytes()
    made = {
        "jpg": lambda: jpeg(RGB),
        "png": lambda: pillow(RGB, "PNG"),
        "dpx": lambda: dpx(RGB.astype(np.uint16), 10),
        "tif": lambda: tiff(RGB, photometric="rgb"),
        "bmp": lambda: pillow(RGB, "BMP"),
    }
    return made[kind]()


def codes(path: Path) -> dict[str, int | None]:
    report = rushes.inspect(input=str(path)).report
    assert report is not None
    return {
        f["code"]: f.get("frame") for f in report.get("findings", ()) if f["severity"] == "error"
    }


@pytest.mark.parametrize("kind", ["jpg", "png", "dpx", "exr", "hdr", "tif", "bmp"])
def test_a_cut_still_is_found(kind: str, tmp_path: Path) -> None:
    """A whole file has no finding, the same file cut to 60 % has one, or does not open at all."""
    content = content_of(kind, tmp_path)
    path = tmp_path / f"x.{kind}"
    path.write_bytes(content)
    assert codes(path) == {}
    path.write_bytes(content[: len(content) * 6 // 10])
    try:
        found = set(codes(path))
        assert found
        assert found <= {"truncated", "damaged-frame"}
    except rushes.DamagedSource as error:
        assert kind in ("tif", "bmp"), error


def test_a_cut_frame_of_a_sequence_is_named(tmp_path: Path) -> None:
    """Of ten JPEGs the seventh is cut: it is the one that is named."""
    content = jpeg(RGB)
    for number in range(1, 11):
        part = len(content) // 2 if number == 7 else len(content)
        (tmp_path / f"a.{number:04d}.jpg").write_bytes(content[:part])
    assert codes(tmp_path) == {"truncated": 7}


def test_a_cut_raw_frame_of_a_sequence_is_named(tmp_path: Path) -> None:
    """Of three DNGs whose directories come first the second ends within its samples; a sheet of
    other frames is not needed to see it."""
    for number in (1, 2, 3):
        content = frame_file(number)
        (tmp_path / f"A.{number:06d}.dng").write_bytes(content[: -300 if number == 2 else None])
    assert codes(tmp_path) == {"truncated": 2}
    report = rushes.inspect(input=str(tmp_path)).report
    assert report is not None
    (told,) = (f["detail"] for f in report["findings"] if f["severity"] == "error")
    assert told.startswith("frame 2 (A.000002.dng): truncated:")
