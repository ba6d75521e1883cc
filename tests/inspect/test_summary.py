"""The lines of `rushes inspect`: what is said stands in them, what is not said leaves no gap."""

from __future__ import annotations

from typing import Any

import pytest

from functions.inspect.summary import lines


def told(**report: Any) -> list[str]:
    """Lines with something in them."""
    return [line for line in lines(report) if line]


def test_a_movie_in_four_lines() -> None:
    """Picture, rate and timecode; colour tags; camera; sound."""
    assert told(
        container="mov",
        picture={"codec": "prores", "profile": "HQ", "width": 1920, "height": 1080,
                 "pixel_format": "yuv422p10le", "pixel_aspect": "4:3", "interlaced": True,
                 "field_order": "tt"},
        rate={"nominal": "25", "variable": True}, start="01:00:00:00", last="01:00:01:24",
        reel="A001", colour={"primaries": "bt709", "transfer": None, "matrix": "bt709"},
        camera={"make": "ARRI", "model": "ALEXA", "lens": "Cooke", "focal_length_mm": 50.0,
                "t_stop": 2.8284, "iso": 800, "white_kelvin": 5600.4, "shutter_degrees": 172.8},
        audio=[{"codec": "pcm_s24le", "rate": 48000, "channels": 2, "layout": "stereo"},
               {"codec": "pcm_s24le", "rate": 48000, "channels": 3, "layout": "3 channels"}],
    ) == [
        "mov prores HQ, 1920 x 1080, yuv422p10le, pixel aspect 4:3, interlaced (tt), "
        "25 fps, variable, 01:00:00:00 to 01:00:01:24, reel A001",
        "colour tags bt709/unsaid/bt709/unsaid",
        "ARRI ALEXA, Cooke, 50 mm, T2.83, ISO 800, 5600 K, shutter 172.8 degrees",
        "sound pcm_s24le, 48000 Hz, 2 channels (stereo)",
        "sound pcm_s24le, 48000 Hz, 3 channels",
    ]  # fmt: skip


def test_a_raw_still_and_nothing_else() -> None:
    """A camera's unique name stands for make and model; square pixels and no sound say nothing."""
    camera = {"make": "X", "model": "Y", "unique_model": "X Y mark 2", "bits": 14, "cfa": "RGGB"}
    picture = {"codec": "ljpeg", "width": 4, "height": 2, "pixel_aspect": "1"}
    assert told(container="dng", picture=picture, camera=camera, start="00:00:00:01") == [
        "dng ljpeg, 4 x 2, RGGB 14 bit, 00:00:00:01",
        "X Y mark 2",
    ]
    assert told(container="wav", picture=None) == ["wav"]
    assert told() == []


@pytest.mark.parametrize(
    ("channels", "words"),
    [
        (["R half", "G half", "B half", "A half"], "RGBA half"),
        (["R half", "G half", "B half", "Z float"], "RGB half, Z float"),
        (["left.R half", "left.G half"], "left.R left.G half"),
        (["dx half", "R half", "G half", "Zmax half"], "dx RG Zmax half"),
    ],
)
def test_neighbouring_channels_of_one_type_stand_together(channels: list[str], words: str) -> None:
    """Letters as one word, longer names with spaces between."""
    picture = {"width": 1, "height": 1, "channels": channels, "compression": "zip"}
    assert told(container="exr", picture=picture) == [f"exr, 1 x 1, {words}, compression zip"]
