"""What a picture's descriptor in MXF says of levels, window and rate: obeyed, or told by name."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import pytest

from functions.media.containers.mxf_sets import descriptor_words
from tests.media.test_movie_details import clip_of
from tests.media.test_mxf_yuv import write

_SET = bytes.fromhex("060e2b34025301010d010101010129")
RATE = Fraction(24)


def descriptor(**fields: int) -> bytes:
    """One set of local tags (ST 377-1, 9.6): `t3301=10` is a number of four bytes."""
    body = struct.pack(">HHI", 0x3203, 4, 256)
    for name, value in fields.items():
        tag = int(name[1:], 16)
        content = value.to_bytes(2, "big") if tag == 0x3401 else struct.pack(">I", value)
        body += struct.pack(">HH", tag, len(content)) + content
    return _SET + b"\0" + b"\x83" + len(body).to_bytes(3, "big") + body


R8, R12 = 0x5208, 0x520C  # a component of red, of 8 and of 12 bits


@pytest.mark.parametrize(
    ("fields", "full"),
    [
        ({"t3301": 8, "t3304": 16, "t3305": 235}, False),
        ({"t3301": 10, "t3304": 64, "t3305": 940}, False),
        ({"t3301": 10, "t3304": 0, "t3305": 1023}, True),
        ({"t3401": R12, "t3407": 256, "t3406": 3760}, False),
        ({"t3401": R12, "t3407": 0, "t3406": 4095}, True),
        ({"t3401": R8, "t3407": 16, "t3406": 235}, False),
        ({"t3301": 8}, None),
        ({"t3301": 0, "t3304": 16, "t3305": 235}, None),
    ],
)
def test_levels_of_a_descriptor(fields: dict[str, int], full: bool | None) -> None:
    """Black and white of Y'CbCr (annex G.2), and the least and most of R'G'B' (G.4) tell the range:
    R'G'B' of video levels is not full."""
    assert descriptor_words(descriptor(**fields), RATE, rgb=True) == (full, ())


def test_levels_that_are_none_of_both_are_told() -> None:
    """What is neither video nor full range is named; of an R'G'B' descriptor for Y'CbCr, as FFmpeg
    writes it, levels say nothing."""
    false = descriptor(t3401=R12, t3407=0, t3406=4095)
    assert descriptor_words(false, RATE, rgb=False) == (None, ())
    full, notes = descriptor_words(descriptor(t3301=10, t3304=0, t3305=940), RATE, rgb=False)
    assert full is None and "levels 0 and 940 of 10 bits" in notes[0]


def test_windows_and_rates_that_are_not_done_are_told(tmp_path: Path) -> None:
    """A display window inside a picture of another codec than D-10's, and a rate of the descriptor
    that is not its track's."""
    content = write(tmp_path / "A.mxf", codec="dnxhr-lb").read_bytes()
    assert clip_of(content, "A.mxf").notes == ()
    for tag, form, values, words in (
        (0x3209, ">I", (128,), "window of 128x128"),
        (0x320A, ">I", (16,), "at 16, 0"),
        (0x3001, ">II", (30, 1), "30 pictures a second, its track 24"),
    ):
        body = struct.pack(form, *values)
        mark = struct.pack(">HH", tag, len(body))
        parts = content.split(mark)
        assert len(parts) > 1
        made = mark.join([parts[0], *(body + part[len(body) :] for part in parts[1:])])
        assert any(words in note for note in clip_of(made, "A.mxf").notes)
