"""How a clip is split never changes a byte of its frames."""

from __future__ import annotations

from pathlib import Path

import pytest

import rushes
from functions.contract.frames import FrameRange
from tests.acceptance.conftest import FRAMES
from tests.acceptance.test_doors import frames_of


@pytest.fixture(scope="module")
def whole(camera: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The clip in one unit."""
    out = tmp_path_factory.mktemp("whole")
    rushes.debayer(input=str(camera), output=str(out))
    return frames_of(out)


@pytest.mark.parametrize("size", [1, 3, 5])
def test_sub_segments_equal_the_whole(
    camera: Path, tmp_path: Path, whole: dict[str, bytes], size: int
) -> None:
    """Units of any size into one folder give the frames of one whole render."""
    first = min(int(name.split(".")[-2]) for name in whole)
    for part in FrameRange(first, first + FRAMES).split(size):
        rushes.debayer(input=str(camera), output=str(tmp_path), frames=str(part))
    assert frames_of(tmp_path) == whole
    assert len(list((tmp_path / ".rushes").glob("*.json"))) == -(-FRAMES // size)


def test_threads_do_not_change_a_byte(
    camera: Path, tmp_path: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One thread or five make the same files."""
    for threads in ("1", "5"):
        monkeypatch.setenv("RUSHES_THREADS", threads)
        rushes.debayer(input=str(camera), output=str(tmp_path / threads))
        assert frames_of(tmp_path / threads) == whole


def test_bands_of_one_frame_do_not_change_a_byte(
    camera: Path, tmp_path: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A unit of fewer frames than threads shares each frame by bands of rows."""
    first = sorted(whole)[0]
    number = str(int(first.split(".")[-2]))
    monkeypatch.setenv("RUSHES_THREADS", "7")
    rushes.debayer(input=str(camera), output=str(tmp_path), frames=number)
    assert frames_of(tmp_path) == {first: whole[first]}
