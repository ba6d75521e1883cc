"""Pictures of movies by number: every shared movie, sought and read through, and what breaks."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from functions.contract.clip import Clip
from functions.contract.errors import DamagedSource, UnsupportedMedia
from functions.contract.frames import FrameRange
from functions.contract.operation import Limits
from functions.media import open_clip
from functions.media.movie.clip import open_movie
from functions.media.movie.ffmpeg_container import picture_stream
from tests.media.memory_store import ROOT, MemoryStore
from tests.media.movies import CountedStore, bayer_movie, grey_level, movie, stored

# Counted by FFmpeg through the whole file, and what the list of the shared files says.
COUNTS = {
    "Meridian-Apple_ProResProxy-HDR10.mxf": 5, "Sony-00001_imx_d10.mxf": 4,
    "Sony_ILCE-7M3_A7M3_.mts": 13, "cfhd_444.avi": 10, "dnxhr_lb_opatom_track_01_v02.mxf": 10,
    "hdr10tags-both.mkv": 10, "interlaced_crop.mp4": 126, "mov-3elist.mov": 48,
    "mpeg2_field_encoding.ts": 30, "quicktime-hvc1.mov": 35, "thezerotheorem-cut.mp4": 13,
    "uuid540.mp4": 31, "with-gps.mov": 120,
}  # fmt: skip


def clip_of(name: str, content: bytes) -> Clip:
    return open_clip(ROOT + name, MemoryStore({name: content}), Limits())


def through(path: Path) -> Iterator[Any]:
    """Luma of every picture as FFmpeg gives them from the first on, by one thread."""
    with av.open(str(path)) as container:
        stream = picture_stream(container)
        assert stream is not None
        stream.codec_context.thread_count = 1
        for frame in container.decode(stream):
            held: Any = frame.planes[0 if frame.format.name[0] == "y" else 2]
            kind = np.uint8 if frame.format.components[0].bits == 8 else np.uint16
            rows = np.frombuffer(held, kind).reshape(held.height, -1)
            yield rows[:, : held.width].copy()


@pytest.mark.parametrize("name", sorted(COUNTS))
def test_sought_pictures_are_those_of_the_whole(name: str, shared_data: Path) -> None:
    """From any number on, a movie gives the pixels that decoding it from its start gives."""
    path = shared_data / "video" / name
    count = COUNTS[name]
    chosen = [
        FrameRange(0, 1),
        FrameRange(count // 2, count // 2 + 2),
        FrameRange(count - 1, count),
    ]
    chosen.append(FrameRange(0, count, max(1, count // 3)))
    numbers = {number for each in chosen for number in each}
    truth = {n: luma for n, luma in enumerate(through(path)) if n in numbers}
    content = path.read_bytes()
    for wanted in chosen:
        clip = clip_of(name, content)
        for number, picture in zip(wanted, clip.pictures(wanted), strict=True):
            assert picture.number == number
            # Of IMX D-10 the lines of the blanking interval are no picture (SMPTE ST 356).
            shown = truth[number][32:] if len(truth[number]) == 608 else truth[number]
            assert np.array_equal(picture.planes[0], shown)
        clip.close()
    clip = clip_of(name, content)
    with pytest.raises(DamagedSource, match=f"frame {count}"):
        list(clip.pictures(FrameRange(count - 1, count + 1)))


def test_part_of_a_long_movie_reads_its_part() -> None:
    """Two pictures near the end of an intra movie cost their own bytes, not the movie's."""
    content = movie(400, codec="prores_ks", pixel_format="yuv422p10le", size=(320, 240))
    store = CountedStore({"m.mov": content})
    clip = open_clip(ROOT + "m.mov", store, Limits())
    before = store.bytes_read
    pictures = [p.planes[0].mean() for p in clip.pictures(FrameRange(380, 382))]
    assert len(pictures) == 2
    assert store.bytes_read - before < len(content) / 4


def test_numbers_are_places_of_showing() -> None:
    """B frames come in order of showing, each with its own grey."""
    content = movie(40, codec="libx264", options={}, size=(64, 48), container="mp4")
    clip = clip_of("m.mp4", content)
    for number, picture in zip((17, 20, 23), clip.pictures(FrameRange(17, 24, 3)), strict=True):
        grey = (float(picture.planes[0].mean()) - 16) * 255 / 219
        assert abs(grey - grey_level(number)) < 3


def test_facts_of_shared_movies(shared_data: Path) -> None:
    """Tags, fields, rotation, aspect, rate and sound are those that the list and ffprobe say."""

    def facts(name: str) -> Any:
        return clip_of(name, (shared_data / "video" / name).read_bytes()).facts.picture

    phone = facts("iphone_dv84_hevc10.mov")
    assert (phone.colour.primaries, phone.colour.transfer) == ("bt2020", "arib-std-b67")
    assert phone.rotation == 90 and phone.audio[0].channels == 2 and not phone.intra
    # Its frame header says so too (RDD 36, 6.1.1: interlace mode 2).
    assert facts("Sequence_1-Apple_ProRes_422.mov").field_order == "bb"
    assert facts("mpeg2_field_encoding.ts").field_order == "bb"
    assert facts("Sony-00001_imx_d10.mxf").pixel_aspect == Fraction(16, 15)
    assert facts("mjpeg_field_order.avi").variable
    cut = facts("displaymatrix_truncated.mov")
    # A quarter turn, then twice as high (ISO/IEC 14496-12, 8.2.2): what was wide is high. ffprobe's
    # 1:2 is of the turned picture.
    assert cut.variable and cut.rotation == 90 and cut.pixel_aspect == 2
    prores = facts("Meridian-Apple_ProResProxy-HDR10.mxf")
    assert prores.intra and prores.colour.transfer == "smpte2084"
    assert [sound.samples for sound in prores.audio] == [4004, 4004]


def test_pictures_that_cannot_be_trusted(shared_data: Path) -> None:
    """Encrypted, cut short or wrongly decoded pictures end with the frame's number."""
    for name, frame in (
        ("mov-3elist-encrypted.mov", 0), ("truncated_133445_frames_in24.mp4", 0),
        ("mpeg2_field_encoding.ts", 30), ("displaymatrix_truncated.mov", 33),
    ):  # fmt: skip
        clip = clip_of(name, (shared_data / "video" / name).read_bytes())
        with pytest.raises(DamagedSource) as caught:
            list(clip.pictures(FrameRange(0, 60)))
        assert abs(caught.value.facts["frame"] - frame) <= 2


def test_camera_raw_and_sound_have_no_pictures(shared_data: Path) -> None:
    """Raw frames are undeveloped and sound shows nothing: both are said."""
    with pytest.raises(UnsupportedMedia, match="camera raw"):
        next(iter(open_movie(*stored("raw.nut", bayer_movie(2))).pictures(FrameRange(0, 1))))
    sound = clip_of("a.mxf", (shared_data / "video" / "audio1.mxf").read_bytes())
    with pytest.raises(UnsupportedMedia, match="no picture"):
        next(iter(sound.pictures(FrameRange(0, 1))))
