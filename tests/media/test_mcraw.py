"""MotionCam recordings: samples of both codings, descriptions, rates, and what damage ends in."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from functions.colour.camera.to_aces import camera_to_aces
from functions.contract.clip import Clip, RawFrame
from functions.contract.errors import DamagedSource, LimitExceeded, UnsupportedMedia
from functions.contract.frames import FrameRange
from functions.contract.operation import Limits
from functions.media import open_clip
from functions.media.mcraw.pixels import decode_blocks, decode_rows
from functions.media.movie.clip import open_movie
from functions.storage.file import FileStore
from tests.media.mcraw_files import STEP, blocks_of, recording, rows_of, scene, twin
from tests.media.movies import stored


def opened(content: bytes, limits: Limits | None = None) -> Clip:
    return open_movie(*stored("A.mcraw", content), limits)


def first(content: bytes, limits: Limits | None = None) -> RawFrame:
    (frame,) = opened(content, limits).frames(FrameRange(0, 1))
    return frame


@pytest.mark.parametrize(("width", "height"), [(64, 4), (96, 24), (130, 10), (62, 6), (256, 8)])
@pytest.mark.parametrize("top", [255, 1023, 65535])
def test_blocks_come_back_exactly(width: int, height: int, top: int) -> None:
    """Samples are those that were packed, and those of a plain decoder, for any size and width."""
    picture = scene(3, width, height, top)
    content = blocks_of(picture)
    found = decode_blocks(content, width, height)
    np.testing.assert_array_equal(found, picture)
    np.testing.assert_array_equal(found, twin(content, width, height))
    assert found.flags.c_contiguous and found.dtype == np.uint16


@pytest.mark.parametrize("bits", range(17))
def test_every_width_of_a_block(bits: int) -> None:
    """Each width that a block may name is unpacked as the description has it."""
    rng = np.random.default_rng(bits)
    picture = rng.integers(0, 1 << bits, (8, 128), dtype=np.uint32).astype(np.uint16)
    picture[:4, :2] = 0  # so that every block of the first place reaches down to 0
    content = blocks_of(picture, widths=[bits] * 16)
    np.testing.assert_array_equal(decode_blocks(content, 128, 8), picture)
    np.testing.assert_array_equal(twin(content, 128, 8), picture)


@pytest.mark.parametrize(("width", "height"), [(32, 2), (96, 24), (70, 6)])
@pytest.mark.parametrize("top", [1, 3, 255, 1023, 16383])
def test_rows_come_back_exactly(width: int, height: int, top: int) -> None:
    """The older coding too."""
    picture = np.minimum(scene(1, width, height, max(top, 255)), top)
    np.testing.assert_array_equal(decode_rows(rows_of(picture), width, height), picture)


@pytest.mark.parametrize("coding", [6, 7])
def test_frames_come_by_time(coding: int) -> None:
    """The index's times decide, not the place in the file; nothing but a frame is read."""
    pictures = [scene(n) for n in range(5)]
    stat, store = stored("A.mcraw", recording(pictures, coding=coding, order=[1, 0, 4, 2, 3]))
    clip = open_movie(stat, store)
    assert (clip.facts.codec, clip.numbers()) == (f"motioncam{coding}", FrameRange(0, 5))
    for frame, picture in zip(clip.frames(clip.numbers()), pictures, strict=True):
        np.testing.assert_array_equal(frame.pixels, picture)
    before = store.bytes_read
    next(iter(clip.frames(FrameRange(3, 4))))
    assert store.bytes_read - before < stat.bytes / 3


def test_levels_and_record() -> None:
    """Levels, matrices, neutral, exposure and lens are those of the descriptions."""
    frame = first(recording([scene(0)]))
    camera = frame.camera
    assert (frame.pattern, frame.black, frame.white) == ("GBRG", (64, 65, 66, 67), 1023)
    assert (camera.make, camera.model) == ("Xiaomi", "M2102K1G")
    assert (camera.iso, camera.shutter_seconds, camera.aperture) == (400, 0.01, 1.75)
    assert (camera.focal_length_mm, camera.as_shot_neutral) == (6.81, (0.5, 1.0, 0.6))
    assert [each.illuminant for each in camera.calibrations] == [17, 21]
    assert camera.calibrations[0].forward_matrix is not None and camera.bits == 10
    assert camera.assumed == ()


def test_a_frames_own_levels_count() -> None:
    """A sensor's black that drifts is told with each frame."""
    own = {"dynamicBlackLevel": [60.5, 61, 62, 63], "dynamicWhiteLevel": 1000}
    frame = first(recording([scene(0)], frame=own))
    assert (frame.black, frame.white) == ((60.5, 61, 62, 63), 1000)
    assert (frame.camera.black, frame.camera.white) == ((60.5, 61, 62, 63), (1000,))


def test_colour_is_as_of_a_dng() -> None:
    """A neutral is grey in ACES, by both matrices for a light between their own."""
    frame = first(recording([scene(0)]))
    colour = camera_to_aces(frame.camera, "cfa")
    assert "forward matrix" in colour.method and colour.assumed == {}
    neutral = np.array(colour.matrix) @ (np.array([0.5, 1.0, 0.6]) * colour.gains)
    # The recording's own forward matrices leave a little: their rows sum to D50 only roughly.
    np.testing.assert_allclose(neutral / neutral[1], 1, atol=0.03)


@pytest.mark.parametrize(
    ("clip", "name"),
    [
        ({"colorIlluminant1": None, "colorIlluminant2": ""}, "calibration_lights"),
        ({"colorMatrix1": None, "colorMatrix2": [0.0] * 9}, "camera_matrix"),
    ],
)
def test_what_the_phone_does_not_say_is_named(clip: dict[str, Any], name: str) -> None:
    """Lights of the matrices, and matrices themselves, are in the receipt where guessed."""
    assert name in camera_to_aces(first(recording([scene(0)], clip=clip)).camera).assumed


def test_lights_by_number() -> None:
    """Other writers give EXIF's codes."""
    clip = {"referenceIlluminant1": 21, "referenceIlluminant2": 17}
    assert [
        each.illuminant for each in first(recording([scene(0)], clip=clip)).camera.calibrations
    ] == [21, 17]


@pytest.mark.parametrize(
    ("step", "rate", "said"),
    [
        (1e9 / 30, "30", None),
        (1e9 * 1001 / 24000, "24000/1001", None),
        (1e9 / 29.993, "30", "29.9930"),
        (1e9 / 60.02, "60", "60.0200"),
        (1e9 / 33.3, "333/10", None),
        (5e9, "1/5", None),
    ],
)
def test_the_rate_is_by_the_frames_times(step: float, rate: str, said: str | None) -> None:
    """A common rate where it is near one, and then it says by how much it is off."""
    times = [round(9_000_000_000 + step * n) for n in range(8)]
    clip = opened(recording([scene(n) for n in range(8)], times=times))
    assert clip.facts.camera.rate == rate and not clip.facts.picture.variable
    details = {each.name: each.detail for each in clip.facts.camera.assumed}
    assert (said is None and not details) or (said is not None and said in details["rate"])


def test_dropped_frames_make_the_rate_vary() -> None:
    """Of frames that were dropped the others' rate is told, and that it varies."""
    times = [STEP * n for n in (0, 1, 2, 4, 5, 6, 9, 10)]
    clip = opened(recording([scene(n) for n in range(8)], times=times))
    assert clip.facts.camera.rate == "30" and clip.facts.picture.variable


def test_what_is_not_applied_is_told() -> None:
    """Orientation, shading and sound are notes."""
    clip = {"extraData": {"audioSampleRate": 48000, "audioChannels": 2}, "numSegments": 3}
    frame = {"orientation": 0, "lensShadingMap": [[1.0, 1.1]] * 4}
    said = opened(recording([scene(0)], clip=clip, frame=frame))
    told = " ".join(said.notes)
    assert "Orientation 6 is not applied" in told and "shading is not applied" in told
    assert "48000 Hz" in told and "3 files" in told
    assert said.facts.camera.orientation == 6


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"version": 4}, UnsupportedMedia, "version 4"),
        ({"clip": {"sensorArrangment": "mono"}}, UnsupportedMedia, "MONO"),
        ({"clip": {"sensorArrangment": ""}}, UnsupportedMedia, "unsaid"),
        ({"clip": {"blackLevel": [64]}}, DamagedSource, "black levels"),
        ({"clip": {"whiteLevel": 66}}, DamagedSource, "black levels"),
        ({"clip": {"whiteLevel": "x"}}, DamagedSource, "does not read"),
        ({"clip": {"colorMatrix1": "x"}}, DamagedSource, "does not read"),
        ({"frame": {"compressionType": 5}}, UnsupportedMedia, "type 5"),
        ({"frame": {"needRemosaic": True}}, UnsupportedMedia, "quad Bayer"),
        ({"frame": {"width": 0}}, DamagedSource, "0x24"),
        ({"frame": {"height": 1 << 40}}, DamagedSource, "96x"),
        ({"frame": {"width": 1000}}, DamagedSource, "for a frame of 1000x24"),
        ({"times": [1 << 62]}, DamagedSource, "times"),
    ],
)
def test_recordings_that_cannot_be(
    changes: dict[str, Any], error: type[Exception], says: str
) -> None:
    """Words and numbers that no recording has end in a sentence."""
    with pytest.raises(error, match=says):
        first(recording([scene(0)], **changes))


def test_recordings_that_end_too_early() -> None:
    """A cut file has no index; an index that lies says so; more pixels than allowed end at once."""
    whole = recording([scene(n) for n in range(2)])
    for cut in (7, 8, 12, 40, len(whole) // 2, len(whole) - 60):
        with pytest.raises(DamagedSource, match="truncated"):
            first(whole[:cut])
    for at, word in (
        (-24, b"\x01"), (-16, bytes(4)), (-12, b"\xff\xff\xff\x7f"), (-12, bytes(4)),
        (-8, b"\xff" * 7),
    ):  # fmt: skip
        lied = bytearray(whole)
        lied[len(lied) + at : len(lied) + at + len(word)] = word
        with pytest.raises(DamagedSource):
            first(bytes(lied))
    with pytest.raises(LimitExceeded):
        first(whole, Limits(pixels=100))


def test_a_frame_of_gigabytes_is_not_read(tmp_path: Path) -> None:
    """An item that claims more than any frame has ends in a sentence, before it is read."""
    whole = bytearray(recording([scene(0), scene(1)]))
    count, at = struct.unpack_from("<iQ", whole, len(whole) - 12)
    place, _ = struct.unpack_from("<qq", whole, at + 16 * (count - 1))
    struct.pack_into("<I", whole, place + 4, 1 << 29)
    path = tmp_path / "A.mcraw"
    with path.open("wb") as file:
        file.write(whole[:at])
        file.seek(place + 8 + (1 << 29))
        file.write(struct.pack("<II", 3, 2) + b"{}" + whole[at : at + 16 * count])
        file.write(struct.pack("<IIIiq", 0, 16, 0x8A905612, count, file.tell() - 16 * count))
    clip = open_clip(f"file://{path}", FileStore([tmp_path]), Limits())
    with pytest.raises(DamagedSource, match="a frame of 536870912 bytes") as caught:
        list(clip.frames(FrameRange(1, 2)))
    assert caught.value.facts["frame"] == 1
    clip.close()


def test_damage_inside_a_frame() -> None:
    """Blocks that do not fit their frame, and frames of another size, are told with the number."""
    picture = scene(0)
    content = blocks_of(picture)
    wide, high, bits_at, tables = struct.unpack_from("<4I", content)
    lied = struct.pack("<4I", wide, high, bits_at - 200, tables - 200) + content[216:]
    with pytest.raises(DamagedSource, match="blocks take"):
        decode_blocks(lied, 96, 24)
    for place, value in ((0, 65), (0, 1 << 30), (4, 4), (8, len(content) + 1), (12, 3)):
        wrong = bytearray(content)
        struct.pack_into("<I", wrong, place, value)
        with pytest.raises(DamagedSource):
            decode_blocks(bytes(wrong), 96, 24)
    rows = rows_of(picture)
    for cut in (10, len(rows) - 1):
        with pytest.raises(DamagedSource, match="truncated"):
            decode_rows(rows[:cut], 96, 24)
    with pytest.raises(UnsupportedMedia, match="32x24 in a clip of 96x24") as caught:
        list(opened(recording([picture, scene(1, 32)])).frames(FrameRange(0, 2)))
    assert caught.value.facts["frame"] == 1
    with pytest.raises(DamagedSource, match="zero"):
        first(recording([np.zeros((24, 96), np.uint16)]))
