"""What the first picture says of itself: timecode and mastering display, from its side data."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from fractions import Fraction
from types import SimpleNamespace
from typing import Any, cast

import pytest

from functions.contract.timecode import Timecode
from functions.inspect.tags import colour_tags, frame_timecode


@dataclass
class SideData:
    """One entry as PyAV gives it: a type with a name, and bytes."""

    name: str
    content: bytes

    @property
    def type(self) -> SimpleNamespace:
        return SimpleNamespace(name=self.name)

    def __bytes__(self) -> bytes:
        return self.content


@dataclass
class Picture:
    """What of a frame is asked."""

    side_data: list[SideData] = field(default_factory=list)
    colorspace: int = 9
    color_primaries: int = 9
    color_trc: int = 16
    color_range: int = 1
    format: Any = field(default_factory=lambda: SimpleNamespace(is_rgb=False))


def picture(**said: bytes) -> Any:
    """A frame with these entries."""
    return cast("Any", Picture([SideData(name, content) for name, content in said.items()]))


def st12(label: str, rate: int) -> bytes:
    """FFmpeg's AV_FRAME_DATA_S12M_TIMECODE of one label: a count, then words of BCD with ST 12-1's
    flags; above 30 frames a second pictures are counted in pairs, the second by a bit."""
    hours, minutes, seconds, frames = (int(label[at : at + 2]) for at in (0, 3, 6, 9))
    word = int(";" in label) << 30
    if rate > 30:
        word |= (frames & 1) << (7 if rate == 50 else 23)
        frames //= 2
    for value, at in ((hours, 0), (minutes, 8), (seconds, 16), (frames, 24)):
        word |= (value // 10) << (at + 4) | (value % 10) << at
    return struct.pack("<4I", 1, word, 0, 0)


@pytest.mark.parametrize(
    ("label", "rate"),
    [
        ("01:02:03:04", Fraction(24)),
        ("23:59:59:29", Fraction(30)),
        ("10:20:30;12", Fraction(30000, 1001)),
        ("19:48:57:49", Fraction(50)),
        ("19:48:57:48", Fraction(50)),
        ("19:48:57:59", Fraction(60)),
    ],
)
def test_a_label_of_st_12_is_read(label: str, rate: Fraction) -> None:
    """Tens and ones, drop frame, and the second picture of a pair at each of both places."""
    found = frame_timecode(picture(S12M_TIMECODE=st12(label, round(rate))), rate)
    assert found == Timecode.parse(label, rate)


def test_a_label_of_mpeg_2_is_read_where_there_is_no_other() -> None:
    """ISO/IEC 13818-2, 6.3.8: drop, hours, minutes, a marker, seconds, pictures."""
    bits = "1" + f"{1:05b}{2:06b}" + "1" + f"{3:06b}{4:06b}"
    said = int(bits, 2).to_bytes(8, "little")
    rate = Fraction(30000, 1001)
    assert str(frame_timecode(picture(GOP_TIMECODE=said), rate)) == "01:02:03;04"
    both = picture(GOP_TIMECODE=said, S12M_TIMECODE=st12("05:06:07:08", 30))
    assert str(frame_timecode(both, Fraction(30))) == "05:06:07:08"


@pytest.mark.parametrize(
    "said",
    [
        b"",
        st12("00:00:00:00", 24),
        struct.pack("<4I", 0, 0x04030201, 0, 0),
        st12("01:02:03:29", 24),
        struct.pack("<4I", 1, 0x3F7F7F3F, 0, 0),
    ],
    ids=["nothing", "zero", "none counted", "a frame that 24 has not", "no decimal digits"],
)
def test_what_is_no_label_is_none(said: bytes) -> None:
    """Zeros of encoders that know no timecode, and words that no clock shows."""
    assert frame_timecode(picture(S12M_TIMECODE=said), Fraction(24)) is None
    assert frame_timecode(picture(S12M_TIMECODE=said), None) is None
    assert frame_timecode(None, Fraction(24)) is None


def mastering(colours: int, luminance: int) -> bytes:
    """FFmpeg's AVMasteringDisplayMetadata of a P3 display of 0.0001 to 1000 nits."""
    xy = [34000, 16000, 13250, 34500, 7500, 3000, 15635, 16450]
    ratios = [*((value, 50000) for value in xy), (1, 10000), (10_000_000, 10000)]
    flat = [number for ratio in ratios for number in ratio]
    return struct.pack("<22i", *flat, colours, luminance)


def tags(**said: bytes) -> Any:
    """Colour tags of a picture with these entries."""
    return colour_tags(cast("Any", None), picture(**said), None)


def test_the_mastering_display_is_read_as_far_as_it_is_said() -> None:
    """Primaries, white and luminance, each where its flag says so; light levels beside it."""
    light = struct.pack("<II", 1000, 400)
    found = tags(MASTERING_DISPLAY_METADATA=mastering(1, 1), CONTENT_LIGHT_LEVEL=light)
    assert found.mastering == {
        "red": [0.68, 0.32], "green": [0.265, 0.69], "blue": [0.15, 0.06],
        "white": [0.3127, 0.329], "min_nits": 0.0001, "max_nits": 1000.0,
    }  # fmt: skip
    assert found.content_light == {"max_cll": 1000, "max_fall": 400}
    assert (found.primaries, found.transfer, found.matrix) == ("bt2020", "smpte2084", "bt2020nc")
    levels = tags(MASTERING_DISPLAY_METADATA=mastering(0, 1)).mastering
    assert levels == {"min_nits": 0.0001, "max_nits": 1000.0}
    assert tags(MASTERING_DISPLAY_METADATA=mastering(0, 0)).mastering is None
    assert tags(MASTERING_DISPLAY_METADATA=mastering(1, 1)[:80]).mastering is None


def test_dolby_vision_is_said_by_a_picture_too() -> None:
    """Metadata in the pictures counts where the container has no box for it."""
    assert tags(DOVI_METADATA=b"x").dolby_vision == "yes"
    assert tags().dolby_vision is None
