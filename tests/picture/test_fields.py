"""Interlaced 4:2:0: chroma lines belong to a field, and stand where that field has them."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import av
import av.filter
import numpy as np
import numpy.typing as npt
import pytest

from functions.contract.picture import ColourTags, Picture
from functions.media.write.codec_profiles import PROFILES
from functions.media.write.movie import MovieSpec, MovieWriter
from tests.picture.fakes import FakeClip, Studio, decoded
from tests.picture.test_real_files import developed

Array = npt.NDArray[Any]
REC709 = ColourTags(primaries="bt709", transfer="bt709", matrix="bt709")
WISH: dict[str, Any] = {"output": "source", "samples": "float"}


def coded(luma: Array, cb: Array, cr: Array, *, interlaced: bool = True, **more: Any) -> FakeClip:
    """A clip of 10-bit 4:2:0."""
    clip = decoded(np.stack([luma] * 3), bits=10, full=False, tags=REC709, **more)
    clip._picture = Picture(
        0, (luma, cb, cr), "yuv", 10, False, "bt709", (2, 2), interlaced=interlaced
    )
    return clip


def two_moments(height: int, width: int) -> tuple[Array, Array, Array]:
    """Top lines are blue, bottom lines red, of one luma."""
    cb = np.full((height // 2, width // 2), 400, np.uint16)
    cr = np.full_like(cb, 700)
    cb[::2], cr[::2] = 700, 400
    return np.full((height, width), 500, np.uint16), cb, cr


# Turned by 180 degrees the picture takes the way without the kernel.
@pytest.mark.parametrize("turn", [0, 180])
@pytest.mark.parametrize("height", [8, 36, 6])
def test_no_colour_of_the_other_moment(studio: Studio, height: int, turn: int) -> None:
    """Every line has its own field's chroma, and nothing of the other field's."""
    clip = coded(*two_moments(height, 24), field_order="tt", rotation=turn)
    made = studio.first(clip, upright=bool(turn), **WISH)
    if turn:
        made = made[:, ::-1, ::-1]
    assert np.ptp(made[:, ::2], axis=(1, 2)).max() < 1e-5
    assert np.ptp(made[:, 1::2], axis=(1, 2)).max() < 1e-5
    assert made[2, 0, 0] - made[2, 1, 0] == pytest.approx(300 / 896 * 2 * (1 - 0.0722), abs=1e-5)
    # The same samples as one moment are mixed: that is what the mark is for.
    mixed = studio.first(coded(*two_moments(height, 24), interlaced=False), **WISH)
    assert np.ptp(mixed[2, ::2], axis=0).max() > 0.005


@pytest.mark.parametrize("turn", [0, 180])
def test_a_ramp_of_chroma_stays_one(studio: Studio, turn: int) -> None:
    """Chroma that rises from line to line of the frame is at every line what that line has."""
    height, width = 48, 16
    # Chroma row r lies half a frame line below line 2 r, whichever field it is of.
    rows = 300.0 + 8 * (2 * np.arange(height // 2) + 0.5)
    cb = np.repeat(rows[:, None], width // 2, 1).astype(np.uint16)
    clip = coded(np.full((height, width), 500, np.uint16), cb, np.full_like(cb, 512),
                 field_order="tt", rotation=turn)  # fmt: skip
    made = studio.first(clip, upright=bool(turn), **WISH)
    if turn:
        made = made[:, ::-1, ::-1]
    found = (made[2] - made[0]) * 896 / (2 * (1 - 0.0722)) + 512
    wanted = 300 + 8 * np.arange(height)
    assert np.abs(found[8:-8] - wanted[8:-8, None]).max() < 0.02


def by_ffmpeg(path: Path, number: int, interlaced: bool) -> Array:
    """R'G'B' of a frame by FFmpeg's scaler, told whether the picture has fields."""
    with av.open(str(path)) as file:
        frame = next(islice(file.decode(video=0), number, None))
        graph = av.filter.Graph()
        source = graph.add_buffer(template=file.streams.video[0])
        told = f"interl={int(interlaced)}:flags=bicubic+accurate_rnd+full_chroma_int"
        scale = graph.add(
            "scale", f"{told}:param0=0:param1=0.5:in_h_chr_pos=0:in_color_matrix=smpte170m"
        )
        form, sink = graph.add("format", "gbrp16le"), graph.add("buffersink")
        for one, other in ((source, scale), (scale, form), (form, sink)):
            one.link_to(other)
        graph.configure()
        graph.push(frame)
        made: Any = graph.pull()
        planes = [
            np.frombuffer(memoryview(plane), np.uint16).reshape(plane.height, -1)[:, : plane.width]
            for plane in made.planes
        ]
        return np.stack([planes[2], planes[0], planes[1]]) / 65535


def test_a_real_interlaced_movie_is_as_ffmpeg_scales_it(shared_data: Path) -> None:
    """H.264 of fields: the colour that FFmpeg's scaler makes when it is told of them."""
    path = shared_data / "video" / "interlaced_crop.mp4"
    made, _, _ = developed(path, 30, source="rec709", **WISH)
    told, untold = by_ffmpeg(path, 30, True), by_ffmpeg(path, 30, False)
    for one, other in ((0, 1), (2, 1)):
        ours, right, wrong = (
            (rgb[one] - rgb[other])[8:-8, 8:-8] for rgb in (made.clip(0, 1), told, untold)
        )
        assert np.abs(ours - right).max() < 1.5 / 255
        assert np.abs(ours - right).mean() < 0.2 * np.abs(ours - wrong).mean()


def test_fields_are_written_as_they_are_read(tmp_path: Path) -> None:
    """A movie of fields in H.264 keeps each field's chroma apart."""
    path = tmp_path / "a.mov"
    image = np.zeros((3, 64, 64), np.float32)
    image[:, ::2] = np.array([0.1, 0.2, 0.8])[:, None, None]
    image[:, 1::2] = np.array([0.8, 0.3, 0.1])[:, None, None]
    spec = MovieSpec(container="mov", rate=Fraction(25), profile=PROFILES["h264"], width=64,
                     height=64, field_order="tt", primaries="bt709", transfer="bt709")  # fmt: skip
    with MovieWriter(path, spec) as movie:
        movie.picture(image, key=True)
    made, _, _ = developed(path, **WISH)
    assert np.abs(made - image).max() < 0.03
