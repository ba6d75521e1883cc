"""Movies of cameras that are quicker than timecode can count."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np

import rushes
from tests.media.movies import cine


def test_more_than_255_frames_a_second_with_timecode(tmp_path: Path) -> None:
    """The movie is made at its own rate, and its answer says that no timecode is written."""
    picture = np.full((128, 256), 800, np.uint16).tobytes()
    source = tmp_path / "A.cine"
    source.write_bytes(cine([picture] * 3, size=(256, 128), packing=0))
    receipt = rushes.transcode(input=f"file://{source}", output=f"file://{tmp_path}/o/")
    assert "1000" in str(receipt.assumed["timecode"])
    with av.open(receipt.outputs[0].uri.removeprefix("file://")) as container:
        stream = container.streams.video[0]
        assert stream.average_rate == 1000 and stream.frames == 3
        assert not [s for s in container.streams if s.type == "data"]
