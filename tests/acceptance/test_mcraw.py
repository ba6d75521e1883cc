"""A MotionCam recording through the operations: facts, frames, plates, dailies, a refused trim."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import OpenEXR
import pytest

import rushes
from functions.contract.errors import UnsupportedMedia
from tests.media.mcraw_files import CLIP, FRAME, STEP, Array, recording

SIZE = (96, 128)


def grey(level: float) -> Array:
    """A mosaic of GBRG whose light is `level` of white all over, under the recording's neutral."""
    neutral = dict(zip("RGB", FRAME["asShotNeutral"], strict=True))
    black = np.array(CLIP["blackLevel"], float).reshape(2, 2)
    light = np.array([neutral[c] for c in "GBRG"]).reshape(2, 2) * level
    cell = black + light * (CLIP["whiteLevel"] - black)
    return np.tile(np.round(cell), (SIZE[0] // 2, SIZE[1] // 2)).astype(np.uint16)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six frames of a grey card that gets brighter; one was dropped after the third."""
    path = tmp_path_factory.mktemp("phone") / "007-VIDEO_24mm.0.mcraw"
    times = [STEP * n for n in (0, 1, 2, 4, 5, 6)]
    path.write_bytes(recording([grey(0.1 + 0.05 * n) for n in range(6)], times=times))
    return path


def test_frames_are_grey_and_as_bright_as_the_sensor_says(clip: Path, tmp_path: Path) -> None:
    """White-balanced light in ACES is the level of the mosaic over the largest neutral."""
    receipt = rushes.debayer(input=str(clip), output=str(tmp_path), frames="1-2")
    assert receipt.frames is not None and receipt.frames.count == 2
    for number, level in ((1, 0.15), (2, 0.2)):
        with OpenEXR.File(str(next(tmp_path.glob(f"*{number}.exr")))) as file:
            rgb = file.channels()["RGB"].pixels[8:-8, 8:-8]
        np.testing.assert_allclose(rgb[..., 1], level, rtol=0.02)
        np.testing.assert_allclose(rgb / rgb[..., 1:2], 1, atol=0.03)


def test_facts_and_unevenness(clip: Path) -> None:
    """Rate, count and camera are told, and that a frame is missing between its neighbours."""
    report = rushes.inspect(input=str(clip)).report
    assert report is not None
    assert report["rate"]["nominal"] == "30" and report["rate"]["variable"]
    assert report["rate"]["longest"] == pytest.approx(2 / 30, rel=1e-6)
    assert report["frames"]["counted"] == 6 and report["seconds"] == pytest.approx(7 / 30)
    assert "vfr" in [finding["code"] for finding in report["findings"]]
    assert (report["container"], report["camera"]["model"]) == ("mcraw", "M2102K1G")


def test_dailies_are_even(clip: Path, tmp_path: Path) -> None:
    """The frame before the gap is shown twice, so that time runs as it did."""
    receipt = rushes.transcode(input=str(clip), output=str(tmp_path))
    assert "1 frames repeated" in receipt.assumed["times"]
    with av.open(str(next(tmp_path.glob("*.mov")))) as movie:
        shown = [frame.to_ndarray()[:96].mean() for frame in movie.decode(video=0)]
    assert len(shown) == 7 and abs(shown[3] - shown[2]) < 0.01 < shown[4] - shown[3]


def test_a_plate_says_that_times_are_uneven(clip: Path, tmp_path: Path) -> None:
    """Plates count frames: what that means for time is told."""
    receipt = rushes.plate(input=str(clip), output=str(tmp_path), frames="2-3")
    assert receipt.report is not None
    assert "unequal times" in str(receipt.report)


def test_a_trim_is_refused_with_what_to_do(clip: Path, tmp_path: Path) -> None:
    """Nothing cuts such a file without developing it."""
    with pytest.raises(UnsupportedMedia, match="transcode reads this one"):
        rushes.trim(input=str(clip), output=str(tmp_path), frames="1-2")
