"""A Canon movie of raw through the operations: facts, frames, plates, dailies, pulls."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import OpenEXR
import pytest

import rushes
from functions.contract.errors import UnsupportedMedia
from tests.media.crm_files import STANDARD, Array, color_data, crm

GAINS = (2048, 1024, 1024, 1536)
BLACK, WHITE = 512, 13512


SOUND = (np.arange(4 * 2002) * 7) % 3000 - 1500


def grey(level: float) -> Array:
    """A mosaic of Light RAW, balanced in the camera: `level` of white at every site."""
    return np.full((64, 96), round(BLACK + level * (WHITE - BLACK)), np.uint16)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four frames of a grey card that gets brighter."""
    path = tmp_path_factory.mktemp("card") / "A003C013_230517CU_CANON.CRM"
    colours = [color_data(GAINS, BLACK, WHITE)] * 4
    path.write_bytes(crm([grey(0.1 + 0.1 * n) for n in range(4)], colours=colours, sound=SOUND))
    return path


def test_grey_is_grey_and_as_bright_as_the_sensor_says(clip: Path, tmp_path: Path) -> None:
    """Light RAW's neutral is neutral in ACES, at its level; what is assumed is in the receipt."""
    receipt = rushes.debayer(input=str(clip), output=str(tmp_path), frames="1-2")
    for number, level in ((1, 0.2), (2, 0.3)):
        with OpenEXR.File(str(next(tmp_path.glob(f"*{number}.exr")))) as file:
            rgb = file.channels()["RGB"].pixels[4:-4, 4:-4]
            header = dict(file.header())
        np.testing.assert_allclose(rgb, level, rtol=1e-3)
        assert header["lensModel"] == "RF50mm F1.2 L USM"
    assert "balanced in the camera" in receipt.assumed["white_balance"]
    assert "linear light" in receipt.assumed["curve"] and "white_level" not in receipt.assumed


def test_standard_raw_is_balanced_here(tmp_path: Path) -> None:
    """The frame's own gains make a neutral of what the sensor saw."""
    neutral = np.tile(np.array([[0.5, 1.0], [1.0, 1024 / 1536]]) * 0.4, (32, 48))
    picture = np.round(BLACK + neutral * (WHITE - BLACK)).astype(np.uint16)
    path = tmp_path / "B.CRM"
    path.write_bytes(crm([picture], mode=STANDARD, colours=[color_data(GAINS, BLACK, WHITE)]))
    receipt = rushes.debayer(input=str(path), output=str(tmp_path / "out"))
    with OpenEXR.File(str(next((tmp_path / "out").glob("*.exr")))) as file:
        rgb = file.channels()["RGB"].pixels[4:-4, 4:-4]
    np.testing.assert_allclose(rgb, 0.4, rtol=2e-3)
    assert "white_balance" not in receipt.assumed


def test_facts(clip: Path) -> None:
    """All frames are counted, with their timecode and the lens from the camera."""
    report = rushes.inspect(input=str(clip)).report
    assert report is not None
    assert (report["frames"]["counted"], report["start"], report["last"]) == (
        4, "01:00:00:12", "01:00:00:15",
    )  # fmt: skip
    assert report["rate"] == {"nominal": "24000/1001"}
    assert (report["container"], report["camera"]["lens"]) == ("crm", "RF50mm F1.2 L USM")


def test_plates_dailies_and_a_refused_trim(clip: Path, tmp_path: Path) -> None:
    """A plate by timecode, a movie with the clip's timecode; a trim says what it cannot."""
    plate = rushes.plate(
        input=str(clip), output=str(tmp_path / "plate"), frames="01:00:00:13-01:00:00:14"
    )
    assert plate.frames is not None and plate.frames.count == 2
    assert any(output.uri.endswith(".amf") for output in plate.outputs)
    rushes.transcode(input=str(clip), output=str(tmp_path / "dailies"), frames="1-3")
    with av.open(str(next((tmp_path / "dailies").glob("*.mov")))) as movie:
        assert movie.streams.video[0].frames == 3
        said = [stream.metadata.get("timecode") for stream in movie.streams]
        heard = np.concatenate([f.to_ndarray().ravel() for f in movie.decode(audio=0)])
    assert "01:00:00:13" in said
    np.testing.assert_array_equal(heard[:6000] / 2 ** (8 * heard.itemsize - 16), SOUND[2002:8002])
    with pytest.raises(UnsupportedMedia, match="not cut without encoding"):
        rushes.trim(input=str(clip), output=str(tmp_path / "trim"), frames="1-2")


def test_a_card_of_movies_is_pulled(clip: Path, tmp_path: Path) -> None:
    """An event finds the movie by its name and timecode."""
    edl = tmp_path / "cut.edl"
    edl.write_text(
        "TITLE: CUT\nFCM: NON-DROP FRAME\n\n001  A003C013_230517CU_CANON V     C        "
        "01:00:00:13 01:00:00:14 01:00:00:00 01:00:00:01\n"
    )
    receipt = rushes.pull(
        input=str(edl), media=[str(clip.parent)], output=str(tmp_path / "job"), handles=1
    )
    assert receipt.report is not None
    (event,) = receipt.report["pulled"]
    assert (event["clip"], event["frames"]) == ("A003C013_230517CU_CANON", "1")
