"""The colour space that each shared movie is taken for, beside what ffprobe reads in it."""

from __future__ import annotations

import json
import shutil
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from functions.colour.tags import input_space
from functions.contract.errors import RushesError, UnsupportedMedia
from functions.contract.operation import Limits
from functions.media import open_clip
from functions.storage import open_store

# FFmpeg's (primaries, transfer) to the space of their samples; for any other a person is asked.
SPACES = {
    ("bt709", "bt709"): "rec709",
    ("bt709", "smpte170m"): "rec709",
    ("smpte170m", "smpte170m"): "bt601-525",
    ("smpte170m", "bt709"): "bt601-525",
    ("bt470bg", "smpte170m"): "bt601-625",
    ("bt470bg", "bt709"): "bt601-625",
    ("bt2020", "bt709"): "bt2020",
    ("bt2020", "arib-std-b67"): "rec2100-hlg",
    ("bt2020", "smpte2084"): "rec2100-pq",
    ("smpte432", "smpte2084"): "p3d65-pq",
}
# What the list of the shared files says in words.
IN_WORDS = {
    "iphone_dv84_hevc10.mov": "rec2100-hlg",
    "hdr10tags-both.mkv": "rec2100-pq",
    "Meridian-Apple_ProResProxy-HDR10.mxf": "rec2100-pq",
}


def probed(path: Path) -> tuple[Any, Any]:
    """(primaries, transfer) by ffprobe, of the stream's parameters or its first frame."""
    told = subprocess.run(
        ["ffprobe", "-v", "quiet", "-select_streams", "v:0", "-show_streams", "-of", "json", path],
        capture_output=True, check=False,
    )  # fmt: skip
    streams = json.loads(told.stdout or b"{}").get("streams", [])
    stream = streams[0] if streams else {}
    return stream.get("color_primaries"), stream.get("color_transfer")


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="no ffprobe")
def test_every_shared_movie_is_what_its_tags_say(shared_data: Path) -> None:
    """A movie with whole tags has their space, one without is an error that lists what may be."""
    store = open_store(("file:///",), None)
    seen = 0
    for path in sorted((shared_data / "video").iterdir()):
        if path.suffix not in (".mov", ".mp4", ".mxf", ".mkv", ".mts", ".ts", ".avi"):
            continue
        try:
            with closing(open_clip(f"file://{path.resolve()}", store, Limits())) as clip:
                facts = clip.facts
        except RushesError:
            continue
        if not facts.width:
            continue
        seen += 1
        # Its header says nothing yet, and ffprobe decodes a picture to know.
        open_header = path.name == "open-incomplete-header.mxf"
        wanted = None if open_header else SPACES.get(probed(path))
        if wanted is None:
            with pytest.raises(UnsupportedMedia) as caught:
                input_space(facts.picture.colour, facts.camera)
            assert caught.value.facts["field"] == "source" and caught.value.facts["choices"]
        else:
            assert input_space(facts.picture.colour, facts.camera).name == wanted, path.name
        assert wanted == IN_WORDS.get(path.name, wanted), path.name
    assert seen >= 25
