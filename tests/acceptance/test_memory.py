"""Memory does not grow with the length of a clip."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from demo.make_clip import make_clip
from tests.acceptance.conftest import run_rushes

GIB = 1 << 30


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """4096x2160, 500 frames: two of them real, the rest links to these."""
    folder = tmp_path_factory.mktemp("long") / "A002_C001"
    make_clip(folder, frames=2, width=4096, height=2160)
    real = sorted(folder.glob("*.dng"))
    stem = real[0].name.rsplit("_", 1)[0]
    for number in range(2, 500):
        os.link(real[number % 2], folder / f"{stem}_{number:06d}.dng")
    return folder


def test_a_worker_stays_under_a_gibibyte(
    long_clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice the frames of a 4K clip of 500 need no more memory, and far less than 1 GiB."""
    monkeypatch.setenv("RUSHES_THREADS", "1")
    peaks = []
    for frames in ("0-7", "100-115"):
        ended = run_rushes(
            "debayer", str(long_clip), str(tmp_path / frames), "--frames", frames,
            "--method", "draft",
        )  # fmt: skip
        assert ended.code == 0, ended.err
        peaks.append(ended.peak)
        for file in (tmp_path / frames).glob("*.exr"):
            file.unlink()
    assert peaks[1] < GIB // 2
    # A file that is fetched ahead or not is 13 MB, a frame is 53: eight more would be seen.
    assert peaks[1] < peaks[0] + (48 << 20)


def test_the_whole_clip_is_known_without_reading_it(long_clip: Path, tmp_path: Path) -> None:
    """explain answers for 500 frames from the listing and one header."""
    ended = run_rushes("explain", "debayer", str(long_clip), str(tmp_path))
    assert ended.code == 0, ended.err
    assert "500" in ended.out
    assert ended.peak < GIB // 4
