"""Facts of a movie by ffprobe, which shares no code with our writers; else by PyAV's reader."""

from __future__ import annotations

import json
import shutil
import subprocess
from itertools import islice
from pathlib import Path
from typing import Any

import av
import pytest


def probe(path: Path, *, count: bool = True) -> dict[str, Any]:
    """ffprobe's streams and format, frames counted by decoding."""
    tool = shutil.which("ffprobe")
    if tool is None:
        pytest.skip("no ffprobe here")
    words = [tool, "-v", "error", *(["-count_frames"] if count else []), "-show_streams"]
    words += ["-show_format", "-of", "json", str(path)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    found: dict[str, Any] = json.loads(done.stdout)
    found["said"] = done.stderr
    return found


def stream(found: dict[str, Any], kind: str = "video") -> dict[str, Any]:
    """The first stream of a kind."""
    one: dict[str, Any] = next(s for s in found["streams"] if s["codec_type"] == kind)
    return one


def timecode(found: dict[str, Any]) -> str | None:
    """The start timecode, wherever the container keeps it."""
    for table in (*(s.get("tags", {}) for s in found["streams"]), found["format"].get("tags", {})):
        if "timecode" in table:
            return str(table["timecode"])
    return None


def pictures(path: Path, most: int | None = None) -> list[bytes]:
    """Samples of every shown picture, or of the first so many, as FFmpeg decodes them."""
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        video.codec_context.thread_count = 1
        return [
            b"".join(bytes(plane) for plane in frame.planes)
            for frame in islice(container.decode(video), most)
        ]
