"""A movie made by `dispatch` in seven parts is the movie that one unit makes."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rushes
from functions.contract.frames import FrameRange
from functions.contract.timecode import Timecode
from tests.media.other_reader import probe, stream, timecode
from tests.media.remux_movies import numbers, packets, samples, write_numbered

FRAMES = 84
START = "01:00:00:10"


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("take")
    start = Timecode.parse(START, Fraction(24))
    return write_numbered(folder / "A001.mov", FrameRange(0, FRAMES), start=start)


def dispatched(take: Path, folder: Path, **fields: Any) -> dict[str, Any]:
    output = f"file://{folder}/job/m/"
    clip = {"operation": "transcode", "input": f"file://{take}", "output": output, **fields}
    receipt = rushes.call(
        "dispatch", output=f"file://{folder}/job/", clips=[clip], units={"frames": 12}
    )
    assert receipt.report is not None
    assert receipt.report["failures"] == []
    return receipt.report


@pytest.mark.parametrize(
    ("codec", "container", "units"),
    [
        ("prores-422", "mov", 8), ("prores-hq", "mxf", 8), ("dnxhr-sq", "mov", 8),
        ("dnxhr-sq", "mxf", 8), ("dnxhr-444", "mxf", 8), ("h264", "mp4", 9), ("h264-10", "mov", 8),
        ("h265-10", "mp4", 9), ("h265", "mov", 8), ("av1", "mp4", 9),
    ],
)  # fmt: skip
def test_seven_parts_are_one_movie(
    take: Path, tmp_path: Path, codec: str, container: str, units: int
) -> None:
    """Frames, stamps, timecode and sound agree; for intra codecs in MOV every byte does."""
    fields = {"codec": codec, "container": container}
    whole = rushes.transcode(input=f"file://{take}", output=f"file://{tmp_path}/one/", **fields)
    one = Path(whole.outputs[0].uri.removeprefix("file://"))
    report = dispatched(take, tmp_path, **fields)
    assert (report["units"], report["frames"]) == (units, FRAMES)
    joined = tmp_path / "job" / "m" / one.name
    assert numbers(joined) == list(range(FRAMES))
    assert np.array_equal(samples(joined), samples(one))
    assert packets(joined, "audio") == packets(one, "audio")
    assert [p[:2] for p in packets(joined)] == [p[:2] for p in packets(one)]
    ours, theirs = probe(joined), probe(one)
    assert timecode(ours) == timecode(theirs) == START
    assert ours["said"] == ""
    for tag in ("nb_read_frames", "r_frame_rate", "duration_ts", "pix_fmt", "profile",
                "color_transfer", "color_primaries", "color_space", "color_range"):  # fmt: skip
        assert stream(ours).get(tag) == stream(theirs).get(tag), tag
    if codec.startswith(("prores", "dnxhr")):
        assert packets(joined) == packets(one)
    if (codec, container) in {("prores-422", "mov"), ("dnxhr-sq", "mov")}:
        assert joined.read_bytes() == one.read_bytes()


def test_only_what_is_missing_is_made_again(take: Path, tmp_path: Path) -> None:
    """Without its movie and one part a job makes that part and the movie, the same bytes."""
    dispatched(take, tmp_path, codec="prores-proxy")
    place = tmp_path / "job" / "m"
    movie = place / "A001.mov"
    content = movie.read_bytes()
    for receipt in (place / ".rushes").glob("*.json"):
        receipt.unlink()
    movie.unlink()
    part = sorted((place / ".rushes" / "parts").rglob("*.mov"))[3]
    for receipt in part.parent.joinpath(".rushes").glob("*.json"):
        if part.name in receipt.read_text():
            receipt.unlink()
    part.unlink()
    report = dispatched(take, tmp_path, codec="prores-proxy")
    assert (report["done"], report["reused"]) == (2, 6)
    assert movie.read_bytes() == content
    report = dispatched(take, tmp_path, codec="prores-proxy")
    assert (report["done"], report["reused"]) == (0, 8)
