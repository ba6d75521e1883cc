"""Mastering display and content light of PQ movies, as ffprobe and FFmpeg's library read them."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from functions.colour.mastering import mastering_volume
from functions.media.write.codec_profiles import Container, profile_of
from functions.media.write.movie import MovieSpec, MovieWriter, Track
from tests.media.test_movie_out import image, probe

PQ = {"primaries": "bt2020", "transfer": "smpte2084", "matrix": "bt2020nc"}
LIGHT = struct.pack(">HH", 987, 123)


def write(path: Path, name: str, where: Container, **more: Any) -> list[bytes]:
    """Three frames with sound; what the picture's packets hold."""
    found = profile_of(name)
    assert found is not None
    spec = MovieSpec(
        container=where, rate=Fraction(24), profile=found[1], width=256, height=128,
        sound=(Track(channels=1, pcm=where == "mov"),), **PQ, **more,
    )  # fmt: skip
    with MovieWriter(path, spec) as movie:
        for number in range(3):
            movie.picture(image(number), key=not number, number=number)
            movie.sound([np.full((2000, 1), number << 20, np.int32)])
    with av.open(str(path)) as file:
        return [bytes(packet) for packet in file.demux() if packet.size]


@pytest.mark.parametrize(
    ("name", "where"),
    [("prores-hq", "mov"), ("dnxhr-hqx", "mov"), ("h265-10", "mp4"), ("h264-10", "mp4"),
     ("av1-10", "mp4")],
)  # fmt: skip
def test_pq_movies_say_what_they_were_made_for(name: str, where: Container, tmp_path: Path) -> None:
    """Primaries, white, both levels, MaxCLL and MaxFALL stand in the file; samples are the same."""
    path = tmp_path / f"a.{where}"
    mastering = mastering_volume("smpte432", 1000)
    packets = write(path, name, where, mastering=mastering, content_light=LIGHT)
    (stream,) = (s for s in probe(path)["streams"] if s["codec_type"] == "video")
    said = {one["side_data_type"]: one for one in stream["side_data_list"]}
    display = {
        key: round(float(Fraction(value)), 5)
        for key, value in said["Mastering display metadata"].items()
        if key != "side_data_type"
    }
    # ST 2113 (P3-D65), and ACES 1.1's 1000 cd/m2 output.
    assert display == {
        "red_x": 0.68, "red_y": 0.32, "green_x": 0.265, "green_y": 0.69, "blue_x": 0.15,
        "blue_y": 0.06, "white_point_x": 0.3127, "white_point_y": 0.329,
        "min_luminance": 0.0001, "max_luminance": 1000.0,
    }  # fmt: skip
    light = said["Content light level metadata"]
    assert (light["max_content"], light["max_average"]) == (987, 123)
    plain = write(tmp_path / f"b.{where}", name, where)
    if where == "mov":  # other encoders write it into their streams as well
        assert packets == plain
    assert len(packets) == len(plain)
    with av.open(str(path)) as file:
        assert sum(1 for _ in file.decode(video=0)) == 3


def test_nothing_is_said_where_nothing_is_known(tmp_path: Path) -> None:
    """Without levels there is no box of them."""
    write(tmp_path / "a.mov", "prores-hq", "mov")
    assert b"mdcv" not in (tmp_path / "a.mov").read_bytes()
