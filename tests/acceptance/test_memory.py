"""Memory does not grow with the length of a clip."""

from __future__ import annotations

import os
import re
import struct
import zlib
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


SIDE = 6000
MASTERS = [
    ("deliver", "--profile", "rec709-dpx"),
    ("deliver", "--profile", "p3d65-pq-tiff"),
    ("deliver", "--profile", "aces-exr"),
    ("deliver", "--profile", "prores-422-hq"),
    ("transcode", "--codec", "h264", "--width", "64", "--rate", "24"),
]


@pytest.fixture(scope="module")
def bomb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PNG of 36 million pixels of 16 bits in 0.2 MB."""
    packer, row = zlib.compressobj(9), bytes(1 + SIDE * 6)
    data = b"".join(packer.compress(row) for _ in range(SIDE)) + packer.flush()
    head = struct.pack(">IIBBBBB", SIDE, SIDE, 16, 2, 0, 0, 0)
    path = tmp_path_factory.mktemp("bomb") / "b.png"
    with path.open("wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        for kind, content in ((b"IHDR", head), (b"IDAT", data), (b"IEND", b"")):
            file.write(struct.pack(">I", len(content)) + kind + content)
            file.write(struct.pack(">I", zlib.crc32(kind + content)))
    return path


@pytest.mark.parametrize("what", MASTERS, ids=[" ".join(each[::2]) for each in MASTERS])
def test_memory_is_known_before_it_is_taken(
    bomb: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: tuple[str, ...]
) -> None:
    """A frame over the limit is refused with both figures, from its header; the figure that is
    told covers what the frame takes where it is allowed."""
    operation, *options = what
    monkeypatch.setenv("RUSHES_LIMITS_MEMORY", str(400 << 20))
    refused = run_rushes(operation, str(bomb), str(tmp_path / "out"), *options)
    assert refused.code == 16, refused.err
    assert "this function has 400 MiB" in refused.err
    assert refused.peak < 300 << 20
    told = re.search(r"takes (\d+) MiB", refused.err)
    assert told
    monkeypatch.setenv("RUSHES_LIMITS_MEMORY", str(int(told[1]) + 1 << 20))
    done = run_rushes(operation, str(bomb), str(tmp_path / "out"), *options)
    assert done.code == 0, done.err
    assert done.peak < int(told[1]) << 20


def test_the_whole_clip_is_known_without_reading_it(long_clip: Path, tmp_path: Path) -> None:
    """explain answers for 500 frames from the listing and one header."""
    ended = run_rushes("explain", "debayer", str(long_clip), str(tmp_path))
    assert ended.code == 0, ended.err
    assert "500" in ended.out
    assert ended.peak < GIB // 4
