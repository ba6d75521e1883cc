"""The demo's clip, seen by readers that are not ours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import rawpy
import tifffile

from demo import camera_dng
from demo.camera_dng import BASELINE_EXPOSURE, BLACK, NEUTRAL, WHITE, camera_rgb, pack12
from demo.make_clip import CHART, ELECTRONS_PER_STEP, READ_NOISE, ClipTruth, make_clip
from functions.colour.camera.to_aces import camera_to_aces
from functions.contract.camera import Calibration, CameraRecord

FRAMES, WIDTH, HEIGHT = 26, 640, 360


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ClipTruth]:
    """A small clip that lasts a little over a second."""
    folder = tmp_path_factory.mktemp("camera") / "B007_C002"
    return folder, make_clip(folder, FRAMES, WIDTH, HEIGHT)


def sensor(folder: Path, frame: int) -> npt.NDArray[np.uint16]:
    """The picture inside the crop as LibRaw unpacks it."""
    with rawpy.imread(str(folder / f"{folder.name}_{frame:06d}.dng")) as raw:
        return raw.raw_image[8:-8, 8:-8].copy()


def test_names(clip: tuple[Path, ClipTruth]) -> None:
    """Frames are numbered from 0 under the folder's own name, and nothing else is there."""
    folder, truth = clip
    assert truth.frames == FRAMES
    expected = [f"B007_C002_{frame:06d}.dng" for frame in range(FRAMES)]
    assert sorted(path.name for path in folder.iterdir()) == expected


def test_libraw_reads_it(clip: tuple[Path, ClipTruth]) -> None:
    """LibRaw finds the picture's size, phase, levels and white balance."""
    folder, _ = clip
    with rawpy.imread(str(folder / "B007_C002_000003.dng")) as raw:
        assert (raw.sizes.raw_width, raw.sizes.raw_height) == (WIDTH + 16, HEIGHT + 16)
        assert (raw.sizes.crop_width, raw.sizes.crop_height) == (WIDTH, HEIGHT)
        assert np.asarray(raw.raw_pattern).tolist() == [[0, 1], [3, 2]]
        assert raw.black_level_per_channel == [BLACK] * 4
        assert raw.white_level == WHITE
        np.testing.assert_allclose(raw.camera_whitebalance[:3], 1 / NEUTRAL, rtol=1e-5)


@pytest.mark.parametrize(
    ("frame", "timecode"), [(0, (0, 0, 0, 1)), (23, (0x23, 0, 0, 1)), (25, (1, 1, 0, 1))]
)
def test_tags(clip: tuple[Path, ClipTruth], frame: int, timecode: tuple[int, ...]) -> None:
    """The tags say 12 bits, CFA, two illuminants, exposure, rate, reel and running timecode."""
    folder, _ = clip
    with tifffile.TiffFile(folder / f"B007_C002_{frame:06d}.dng") as file:
        tags = {tag.code: tag.value for tag in file.pages.first.tags.values()}
    assert tags[258] == 12
    assert tags[259] == 1
    assert tags[262] == 32803
    assert tags[33422] == b"\x00\x01\x01\x02"
    assert (tags[50778], tags[50779]) == (17, 21)
    assert {50721, 50722, 50964, 50965} <= set(tags)
    assert tags[50730][0] / tags[50730][1] == BASELINE_EXPOSURE
    assert tuple(tags[51043][:4]) == timecode
    assert tags[51044] == (24, 1)
    assert tags[51081] == "A001C001"


def test_same_bytes(clip: tuple[Path, ClipTruth], tmp_path: Path) -> None:
    """The same arguments make the same files; another seed makes other noise."""
    folder, _ = clip
    make_clip(tmp_path / "B007_C002", 2, WIDTH, HEIGHT)
    make_clip(tmp_path / "other" / "B007_C002", 2, WIDTH, HEIGHT, seed=1)
    for name in ("B007_C002_000000.dng", "B007_C002_000001.dng"):
        assert (tmp_path / "B007_C002" / name).read_bytes() == (folder / name).read_bytes()
        assert (tmp_path / "other" / "B007_C002" / name).read_bytes() != (
            folder / name
        ).read_bytes()


def test_it_moves(clip: tuple[Path, ClipTruth]) -> None:
    """Backdrop, zone plate and counter change from frame to frame by more than noise."""
    folder, _ = clip
    change = np.abs(sensor(folder, 0).astype(int) - sensor(folder, 6).astype(int))
    assert np.mean(change > 200) > 0.05


def test_black_and_white(clip: tuple[Path, ClipTruth]) -> None:
    """Dark noise goes below the black level without reaching 0; the highlight clips."""
    folder, _ = clip
    picture = sensor(folder, 5)
    assert 0 < picture.min() < BLACK - 3
    assert np.mean(picture == WHITE) > 1e-4


def test_noise_is_a_sensors(clip: tuple[Path, ClipTruth]) -> None:
    """In the grey patches variance is light over gain plus read noise: a photon transfer."""
    folder, truth = clip
    stack = np.stack([sensor(folder, frame) for frame in range(FRAMES)]).astype(np.float64)
    for x, y, w, h in truth.rectangles[18:]:
        patch = stack[:, y : y + h : 2, x + 1 : x + w : 2]  # green
        light = patch.mean() - BLACK
        expected = light / ELECTRONS_PER_STEP + READ_NOISE**2 + 1 / 12
        assert patch.var() == pytest.approx(expected, rel=0.12)


def test_chart_comes_back(clip: tuple[Path, ClipTruth]) -> None:
    """Means of each CFA site through our colour chapter are the chart's ACES values."""
    folder, truth = clip
    record = CameraRecord(
        as_shot_neutral=(float(NEUTRAL[0]), float(NEUTRAL[1]), float(NEUTRAL[2])),
        baseline_exposure=BASELINE_EXPOSURE,
        calibrations=(
            Calibration(
                illuminant=17,
                color_matrix=camera_dng.COLOR_MATRIX_A,
                forward_matrix=camera_dng.FORWARD_MATRIX_A,
            ),
            Calibration(
                illuminant=21,
                color_matrix=camera_dng.COLOR_MATRIX_D65,
                forward_matrix=camera_dng.FORWARD_MATRIX_D65,
            ),
        ),
    )
    development = camera_to_aces(record)
    stack = np.stack([sensor(folder, frame) for frame in range(FRAMES)]).astype(np.float64)
    mean = (stack.mean(axis=0) - BLACK) / (WHITE - BLACK)
    for (x, y, w, h), aces in zip(truth.rectangles, truth.aces, strict=True):
        patch = mean[y : y + h, x : x + w]
        green = (patch[0::2, 1::2].mean() + patch[1::2, 0::2].mean()) / 2
        rgb = np.array([patch[0::2, 0::2].mean(), green, patch[1::2, 1::2].mean()])
        found = np.array(development.matrix) @ (rgb * np.array(development.gains))
        np.testing.assert_allclose(found, aces, atol=0.004 * max(aces))


def test_the_camera_sees_the_chart() -> None:
    """No patch is out of the camera's gamut or over its white, so that all can come back."""
    rgb = camera_rgb(CHART)
    assert rgb.min() > 0
    assert rgb.max() < 1


def test_pack12() -> None:
    """Two values are three bytes, most significant bits first."""
    assert pack12(np.array([[0xABC, 0x123]], np.uint16)) == b"\xab\xc1\x23"


@pytest.mark.parametrize(("width", "height"), [(641, 360), (640, 361), (64, 36)])
def test_sizes_refused(width: int, height: int, tmp_path: Path) -> None:
    """An odd size would break the phase of a moving mosaic, a tiny one has no chart."""
    with pytest.raises(ValueError, match=f"{width}x{height}"):
        make_clip(tmp_path, 1, width, height)
