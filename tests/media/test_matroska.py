"""What Matroska says of its pictures beside FFmpeg: told by name (RFC 9559, 5.1.4.1.28)."""

from __future__ import annotations

import struct
from pathlib import Path

import av
import numpy as np
import pytest

from functions.media.containers.matroska import picture_elements
from tests.media.test_movie_details import clip_of


def element(number: int, body: bytes, *, unknown: bool = False) -> bytes:
    head = number.to_bytes((number.bit_length() + 7) // 8, "big")
    size = b"\x01" + b"\xff" * 7 if unknown else (1 << 28 | len(body)).to_bytes(4, "big")
    return head + size + body


def file(*video: bytes, unknown: bool = False) -> bytes:
    """A track of sound, then one of pictures; `video` are elements of its Video."""
    sound = element(0xAE, element(0x83, b"\2") + element(0xE1, element(0x9F, b"\2")))
    pictures = element(0xAE, element(0x83, b"\1") + element(0xE0, b"".join(video)))
    tracks = element(0x1654AE6B, sound + pictures)
    info = element(0x1549A966, element(0x2AD7B1, b"\x0f\x42\x40"))
    return element(0x1A45DFA3, element(0x4282, b"matroska")) + element(
        0x18538067, info + tracks, unknown=unknown
    )


@pytest.mark.parametrize(
    ("video", "words"),
    [
        ((element(0x54BB, b"\x08"), element(0x54DD, b"\4")), "8 at the top, 4 at the right"),
        ((element(0x53B8, b"\x01"),), "StereoMode 1"),
        ((element(0x9A, b"\1"), element(0x9D, b"\2")), "no known order"),
        ((element(0x9A, b"\1"),), "no known order"),
        ((element(0x2FB523, struct.pack(">f", 2.2)),), "gamma of 2.2"),
    ],
)
def test_what_is_not_done_is_told(video: tuple[bytes, ...], words: str) -> None:
    """A crop, two views in a picture, fields without an order, a gamma."""
    for unknown in (False, True):
        (said,) = picture_elements(file(*video, unknown=unknown))
        assert words in said


def test_what_is_plain_or_cut_tells_nothing() -> None:
    """Fields in a known order are obeyed, and a head that ends anywhere is no error."""
    plain = file(element(0x9A, b"\1"), element(0x9D, b"\1"), element(0x54BB, b"\0"))
    assert picture_elements(plain) == ()
    whole = file(element(0x53B8, b"\x01"))
    for end in range(len(whole) - 1):
        assert picture_elements(whole[:end]) == ()
    assert picture_elements(b"RIFF" + whole) == ()


def test_two_views_of_a_file_that_ffmpeg_wrote(tmp_path: Path) -> None:
    """The clip's notes have it."""
    path = tmp_path / "A.mkv"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=24)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.metadata["stereo_mode"] = "left_right"
        frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")
        out.mux(stream.encode(frame.reformat(format="yuv420p")))
        out.mux(stream.encode(None))
    assert any("StereoMode" in note for note in clip_of(path.read_bytes(), "A.mkv").notes)
