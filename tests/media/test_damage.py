"""Movies whose decoder conceals damage: pictures that are not what was coded are refused."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import av
import numpy as np
import OpenImageIO
import pytest
from imagecodecs import jpeg2k_encode

from functions.contract.clip import ClipFacts
from functions.contract.errors import DamagedSource
from functions.contract.frames import FrameRange
from functions.contract.operation import Limits
from functions.contract.picture import PictureFacts
from functions.media import open_clip
from functions.media.decoder.packet_checks import fault_of
from functions.media.decoder.shown_by import damage_shown_by
from tests.media.memory_store import ROOT, MemoryStore

CODECS = {
    "h264": ("libx264", "yuv420p", "mov", {"bf": "2", "g": "12"}),
    "hevc": ("libx265", "yuv420p", "mp4", {"x265-params": "log-level=none:keyint=12"}),
    "mpeg2": ("mpeg2video", "yuv422p", "mxf", {"g": "1", "qmin": "2", "qmax": "2"}),
    "j2k": ("jpeg2000", "yuv422p10le", "mov", {}),
    "prores": ("prores_ks", "yuv422p10le", "mov", {"profile": "3"}),
    "mjpeg": ("mjpeg", "yuvj422p", "mov", {"qmin": "2", "qmax": "2"}),
}
COUNT, WHICH = 24, 14


def noisy(path: Path, codec: str) -> Path:
    """A movie of noise over a ramp, so that every packet is full of code."""
    encoder, form, container, options = CODECS[codec]
    dice = np.random.default_rng(7)
    with av.open(str(path), "w", format=container) as out:
        stream: Any = out.add_stream(encoder, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 320, 240, form
        stream.codec_context.thread_count = 1
        for number in range(COUNT):
            ramp = np.linspace(30, 200, 320)[None, :, None] + dice.normal(0, 12, (240, 320, 3))
            frame = av.VideoFrame.from_ndarray(ramp.clip(0, 255).astype(np.uint8), format="rgb24")
            frame = frame.reformat(format=form)
            frame.pts = number
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def place_of(path: Path, number: int) -> tuple[int, int]:
    """Offset and bytes of the packet of a picture in the order of showing."""
    with av.open(str(path)) as container:
        packets = [(p.pts or 0, p.pos or 0, p.size) for p in container.demux(video=0) if p.size]
    _, at, size = sorted(packets)[number]
    return at, size


def harmed(content: bytes, at: int, size: int, kind: str) -> bytes:
    body = bytearray(content)
    middle, length = at + size // 2, min(512, size // 4)
    if kind == "zeros":
        body[middle : middle + length] = bytes(length)
    elif kind == "half":
        body[middle : at + size] = bytes(at + size - middle)
    else:
        body[middle : middle + length] = random.Random(3).randbytes(length)
    return bytes(body)


def picture(content: bytes, name: str, number: int) -> Any:
    clip = open_clip(ROOT + name, MemoryStore({name: content}), Limits())
    try:
        return next(iter(clip.pictures(FrameRange(number, number + 1)))).planes[0].copy()
    finally:
        clip.close()


@pytest.mark.parametrize("kind", ["zeros", "half", "random"])
@pytest.mark.parametrize("codec", CODECS)
def test_a_packet_that_is_damaged_is_no_picture(tmp_path: Path, codec: str, kind: str) -> None:
    """A packet harmed in its middle is an error with its frame, or decodes to what was coded."""
    path = noisy(tmp_path / f"A.{CODECS[codec][2]}", codec)
    content, (at, size) = path.read_bytes(), place_of(path, WHICH)
    if (codec, kind) in (("j2k", "random"), ("hevc", "random")):
        pytest.skip("the code stays readable: no decoder can know")
    with pytest.raises(DamagedSource) as caught:
        picture(harmed(content, at, size, kind), path.name, WHICH)
    assert caught.value.facts["frame"] == WHICH


@pytest.mark.parametrize("codec", CODECS)
def test_a_healthy_movie_is_refused_nowhere(tmp_path: Path, codec: str) -> None:
    """All pictures of each codec come, and pass every check."""
    path = noisy(tmp_path / f"A.{CODECS[codec][2]}", codec)
    clip = open_clip(ROOT + path.name, MemoryStore({path.name: path.read_bytes()}), Limits())
    assert len(list(clip.pictures(FrameRange(0, COUNT)))) == COUNT
    clip.close()


def test_what_is_made_from_a_damaged_picture_is_damaged(tmp_path: Path) -> None:
    """Frames behind a broken one are refused up to the next key frame, those before it are not."""
    path = noisy(tmp_path / "A.mov", "h264")
    at, size = place_of(path, 3)
    content = harmed(path.read_bytes(), at, size, "zeros")
    assert picture(content, path.name, 0) is not None
    for number in (3, 9):
        with pytest.raises(DamagedSource):
            picture(content, path.name, number)
    assert picture(content, path.name, 12) is not None


def test_pictures_keep_their_numbers_behind_one_that_is_lost(tmp_path: Path) -> None:
    """A packet that gives no picture does not move the ones behind it by one."""
    path = noisy(tmp_path / "A.mov", "mjpeg")
    content, (at, size) = path.read_bytes(), place_of(path, 5)
    lost = bytearray(content)
    lost[at : at + size] = bytes(size)
    assert np.array_equal(picture(bytes(lost), path.name, 9), picture(content, path.name, 9))
    clip = open_clip(ROOT + path.name, MemoryStore({path.name: bytes(lost)}), Limits())
    with pytest.raises(DamagedSource) as caught:
        list(clip.pictures(FrameRange(4, 7)))
    clip.close()
    assert caught.value.facts["frame"] == 5


def test_a_motion_jpeg_picture_that_ends_in_zeros_is_cut(tmp_path: Path) -> None:
    """The second of two fields that is gone is missed, though the first one ends as it should;
    zeros behind a picture that is whole are padding."""
    path = noisy(tmp_path / "A.mov", "mjpeg")
    with av.open(str(path)) as movie:
        whole = bytes(next(iter(movie.demux(video=0))))
    find = fault_of("mjpeg")
    both = whole + whole[: len(whole) // 2] + bytes(2000)
    assert find(memoryview(both), len(both)) is not None
    for healthy in (whole, whole + bytes(2000), whole[:-2], whole + whole):
        assert find(memoryview(healthy), len(healthy)) is None


def test_a_black_jpeg_2000_picture_is_healthy() -> None:
    """Packets without data are zeros, as many as there are packets."""
    find = fault_of("jpeg2000")
    dark = np.zeros((270, 480, 3), np.uint16)
    dots = dark.copy()
    dots[3:5, 3:5] = dots[-5:-3, -5:-3] = 60000
    for picture in (dark, dots):
        for options in ({}, {"level": 40}, {"reversible": True}, {"resolutions": 1}):
            coded = jpeg2k_encode(picture, codecformat="j2k", **options)
            assert find(memoryview(coded), len(coded)) is None


@pytest.mark.parametrize(
    ("container", "codec", "packed", "shown"),
    [
        ("mov", "prores", None, "syntax"),
        ("mov", "v210", None, "length"),
        ("dng", "rawvideo", None, "length"),
        ("dng", "ljpeg", None, "syntax"),
        ("dng", "deflate", None, "checksums"),
        ("exr", "exr", "zips", "checksums"),
        ("exr", "exr", "piz", "syntax"),
        ("exr", "exr", "none", "length"),
        ("png", "png", None, "checksums"),
        ("tiff", "tiff", "lzw", "syntax"),
        ("dpx", "dpx", None, "length"),
    ],
)
def test_what_a_coding_shows_of_damage(
    container: str, codec: str, packed: str | None, shown: str
) -> None:
    """Checksums show all of it, a code what breaks it, plain samples what is missing."""
    facts = ClipFacts(
        container=container, codec=codec, layout=None, width=4, height=4, name="A",
        picture=PictureFacts(compression=packed),
    )  # fmt: skip
    assert damage_shown_by(facts) == shown


@pytest.mark.parametrize("packed", ["zips", "piz", "none"])
def test_the_compression_of_an_exr_tells_what_it_shows(tmp_path: Path, packed: str) -> None:
    """One bit that turns in a picture's samples: found by ZIP's checksum, and by nothing else."""
    path = tmp_path / "a.exr"
    dice = np.random.default_rng(3)
    spec = OpenImageIO.ImageSpec(64, 48, 3, "half")
    spec.attribute("compression", packed)
    out = OpenImageIO.ImageOutput.create(str(path))
    assert out.open(str(path), spec)
    out.write_image(dice.normal(0.4, 0.1, (48, 64, 3)).astype(np.float32))
    out.close()
    content = bytearray(path.read_bytes())
    clip = open_clip(ROOT + "a.exr", MemoryStore({"a.exr": bytes(content)}), Limits())
    shown = damage_shown_by(clip.facts)
    assert shown == {"zips": "checksums", "piz": "syntax", "none": "length"}[packed]
    content[len(content) * 2 // 3] ^= 1
    if shown == "checksums":
        with pytest.raises(DamagedSource):
            picture(bytes(content), "a.exr", 0)
    elif shown == "length":
        assert picture(bytes(content), "a.exr", 0) is not None
