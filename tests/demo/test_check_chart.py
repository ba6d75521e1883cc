"""The demo's judge of the chart: it must be able to say no."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from demo.check_chart import STATED_ERROR, main
from demo.make_clip import truth
from functions.media.write.exr import ExrHeader, encode_exr

WIDTH, HEIGHT = 640, 360


def write_frames(folder: Path, count: int, gain: float = 1.0, patch: int = 7) -> tuple[Path, Path]:
    """A camera folder of empty files, and EXR frames whose patch number `patch` is off."""
    camera, frames = folder / "camera", folder / "frames"
    camera.mkdir()
    frames.mkdir()
    picture = np.zeros((3, HEIGHT, WIDTH))
    known = truth(WIDTH, HEIGHT, count)
    for number, ((x, y, w, h), aces) in enumerate(zip(known.rectangles, known.aces, strict=True)):
        factor = gain if number == patch else 1.0
        picture[:, y : y + h, x : x + w] = factor * np.array(aces)[:, None, None]
    for frame in range(count):
        (camera / f"{frame}.dng").touch()
        data = encode_exr(picture.astype(np.float16), ExrHeader(), "zip")
        (frames / f"{frame}.exr").write_bytes(data)
    return camera, frames


def test_right_chart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Patches of the known values pass, and each one is printed."""
    assert main(*write_frames(tmp_path, 2)) == 0
    printed = capsys.readouterr().out
    assert "within" in printed
    assert len(printed.splitlines()) == 24 + 3


@pytest.mark.parametrize("off", [1 + 2 * STATED_ERROR, 1 - 2 * STATED_ERROR, float("nan")])
def test_wrong_patch(off: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One patch off by twice the stated error, or not a number, fails the whole chart."""
    assert main(*write_frames(tmp_path, 1, off)) == 1
    assert "OVER" in capsys.readouterr().out


def test_missing_frame(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Fewer frames than the camera shot is a failure that says so."""
    camera, frames = write_frames(tmp_path, 3)
    (frames / "1.exr").unlink()
    assert main(camera, frames) == 1
    assert "2 EXR frames" in capsys.readouterr().out


def test_no_frames(tmp_path: Path) -> None:
    """Two empty folders are no proof of anything."""
    assert main(tmp_path, tmp_path) == 1
