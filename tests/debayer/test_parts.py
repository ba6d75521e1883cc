"""Threads of one unit fail as one thread would."""

from __future__ import annotations

from pathlib import Path

import pytest

import rushes
from demo.make_clip import make_clip


@pytest.mark.parametrize("threads", ["1", "3"])
def test_the_first_bad_frame_is_named_and_those_before_it_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: str
) -> None:
    """Of two damaged frames the first is named, whichever thread met its own sooner."""
    clip = tmp_path / "A001"
    make_clip(clip, frames=9, width=320, height=180)
    for number in (2, 6):
        file = clip / f"A001_{number:06d}.dng"
        file.write_bytes(file.read_bytes()[:20_000])
    monkeypatch.setenv("RUSHES_THREADS", threads)
    with pytest.raises(rushes.DamagedSource) as caught:
        rushes.debayer(input=str(clip), output=str(tmp_path / "out"))
    assert caught.value.facts["frame"] == 2
    assert {0, 1} <= {int(p.name.split(".")[1]) for p in (tmp_path / "out").glob("*.exr")}
    assert not list((tmp_path / "out").glob(".rushes/*.json"))


def test_a_short_clip_gives_what_is_there_and_says_so(shared_data: Path, tmp_path: Path) -> None:
    """Without a range a cut MLV gives its one frame and names the claim; asked for, it fails."""
    path = shared_data / "raw" / "M19-0333-cut.MLV"
    receipt = rushes.debayer(input=str(path), output=str(tmp_path))
    assert receipt.frames.count == 1
    assert "claims 192 frames, 1" in receipt.assumed["frames"]
    with pytest.raises(rushes.DamagedSource) as caught:
        rushes.debayer(input=str(path), output=str(tmp_path), frames="0-5")
    assert caught.value.facts["frame"] == 1
