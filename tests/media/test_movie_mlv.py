"""Magic Lantern files: frames by number, levels as they are, counts that are told honestly."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from functions.contract.errors import DamagedSource, LimitExceeded, UnsupportedMedia
from functions.contract.frames import FrameRange
from functions.contract.operation import Limits
from functions.contract.store import Stat
from functions.media.movie.clip import open_movie
from functions.media.raw.indexed_movie import IndexedClip
from tests.media.dngs import lossless_jpeg
from tests.media.memory_store import ROOT, MemoryStore
from tests.media.movies import mlv, packed_words, plate, stored


def opened(content: bytes, limits: Limits | None = None) -> IndexedClip:
    clip = open_movie(*stored("A001.MLV", content), limits)
    assert isinstance(clip, IndexedClip)
    return clip


def frames(count: int, bits: int = 14) -> list[tuple[int, bytes]]:
    return [(n, packed_words(plate(n) >> (14 - bits), bits)) for n in range(count)]


@pytest.mark.parametrize("bits", [10, 12, 14])
def test_samples_come_in_the_cameras_own_code_values(bits: int) -> None:
    """Packed samples of 10, 12 and 14 bits come back as they were, not scaled to 16 bits."""
    levels = (2048 >> (14 - bits), 15000 >> (14 - bits))
    clip = opened(mlv(frames(1, bits), bits=bits, levels=levels))
    (frame,) = clip.frames(FrameRange(0, 1))
    assert np.array_equal(frame.pixels, plate(0) >> (14 - bits))
    assert (frame.pattern, frame.black[0], frame.white) == ("RGGB", *map(float, levels))
    assert frame.crop == (0, 0, 32, 16)


def test_lossless_jpeg_frames() -> None:
    """A frame compressed as lossless JPEG, two columns as components, comes back exactly."""
    content = lossless_jpeg(plate(0), 14, components=2)
    (frame,) = opened(mlv([(0, content)], video=0x21)).frames(FrameRange(0, 1))
    assert np.array_equal(frame.pixels, plate(0))


def test_frames_that_stand_out_of_order_come_by_number() -> None:
    """The number in the block decides, not the place in the file."""
    shuffled = [frames(5)[n] for n in (1, 0, 4, 2, 3)]
    got = [f.pixels[0, 0] - 3000 for f in opened(mlv(shuffled)).frames(FrameRange(0, 5))]
    assert got == [0, 1, 2, 3, 4]


def test_only_wanted_frames_are_read() -> None:
    """One frame of many costs its own bytes and the block headers before it."""
    picture = packed_words(np.tile(plate(0), (8, 8)), 14)
    content = mlv([(n, picture) for n in range(40)], size=(256, 128))
    stat, store = stored("A001.MLV", content)
    clip = open_movie(stat, store)
    next(iter(clip.frames(FrameRange(3, 4))))
    assert store.bytes_read < 2 * len(picture)


def test_a_frame_past_the_real_end_says_what_is_there() -> None:
    """The header claims 192 frames and one is there: frame 0 comes, frame 1 is damage."""
    clip = opened(mlv(frames(1), claimed=192))
    assert clip.numbers() == FrameRange(0, 192)
    assert clip.counted() == 1
    with pytest.raises(DamagedSource, match="header claims 192 frames, 1 is there") as caught:
        list(clip.frames(FrameRange(0, 2)))
    assert caught.value.facts["frame"] == 1


def test_a_header_without_a_count_is_counted() -> None:
    """A recording that was interrupted claims nothing; its blocks are counted."""
    assert opened(mlv(frames(3), claimed=0)).numbers() == FrameRange(0, 3)


@pytest.mark.parametrize("cut", [1, 200, 700])
def test_a_frame_that_is_cut_short_is_damage(cut: int) -> None:
    """The last frame without its end is not there, and says so with its number."""
    content = mlv(frames(3))
    clip = opened(content[:-cut])
    assert clip.counted() == 2
    assert len(list(clip.frames(FrameRange(0, 2)))) == 2
    with pytest.raises(DamagedSource) as caught:
        list(clip.frames(FrameRange(2, 3)))
    assert caught.value.facts["frame"] == 2


def test_zero_pictures_are_damage() -> None:
    """A frame of nothing but zeros is no picture."""
    clip = opened(mlv([(0, bytes(len(frames(1)[0][1])))]))
    with pytest.raises(DamagedSource, match="zero"):
        list(clip.frames(FrameRange(0, 1)))


def test_camera_record() -> None:
    """What the camera wrote is in the record, in its units."""
    camera = opened(mlv(frames(1))).facts.camera
    assert (camera.make, camera.model, camera.serial) == (
        "Canon",
        "Canon EOS 5D Mark III",
        "110091F150",
    )
    assert (camera.iso, camera.shutter_seconds, camera.aperture) == (800, 0.020833, 2.8)
    assert (camera.focal_length_mm, camera.lens) == (50.0, "EF50mm f/1.8 II")
    assert (camera.white_kelvin, camera.as_shot_neutral) == (5200.0, None)
    assert camera.captured == "2013-10-19T03:33:36"
    assert camera.calibrations[0].color_matrix[1] == (-0.4287, 1.246, 0.2028)


def test_custom_white_balance_is_gains() -> None:
    """Custom white balance is told by gains over green: the neutral is their inverse."""
    camera = opened(mlv(frames(1), white=(6, 5200, 2048, 1024, 1536))).facts.camera
    assert camera.as_shot_neutral == pytest.approx((0.5, 1.0, 2 / 3))
    assert camera.white_kelvin is None


@pytest.mark.parametrize("video", [0x03, 0x41, 0x81])
def test_other_video_classes_are_unsupported(video: int) -> None:
    """JPEG video, delta frames and LZMA are named and not read."""
    with pytest.raises(UnsupportedMedia, match="video class"):
        opened(mlv(frames(1), video=video))


def test_every_cut_of_the_headers_ends_in_an_error_of_the_contract() -> None:
    """However short the file is, opening it raises DamagedSource or gives a clip."""
    content = mlv(frames(1))
    for length in range(4, 600, 7):
        try:
            opened(content[:length])
        except DamagedSource as error:
            assert error.facts["uri"] == ROOT + "A001.MLV"


def test_pixels_over_the_limit() -> None:
    """A picture larger than the limit is refused before it is read."""
    with pytest.raises(LimitExceeded):
        opened(mlv(frames(1)), Limits(pixels=32 * 16 - 1))


def test_real_file_agrees_with_ffmpeg(shared_data: Path) -> None:
    """FFmpeg fills 14 bits up to 16 by repeating the highest ones; the code values are ours."""
    path = shared_data / "raw" / "M19-0333-cut.MLV"
    store = MemoryStore({path.name: path.read_bytes()})
    clip = open_movie(Stat(ROOT + path.name, path.stat().st_size, "1"), store)
    (frame,) = clip.frames(FrameRange(0, 1))
    with av.open(str(path)) as container:
        picture = next(container.decode(video=0))
        rows = np.frombuffer(memoryview(picture.planes[0]), "<u2").reshape(610, -1)[:, :1472]
    codes = frame.pixels.astype(np.uint32)
    assert np.array_equal(rows, codes << 2 | codes >> 12)
    assert (frame.black[0], frame.white, clip.numbers().last) == (2048.0, 15000.0, 191)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"others": {b"DISO": struct.pack("<2I", 1, 1600)}}, "dual ISO"),
        ({"gain": 512}, "digital gain of 0.5 stops"),
        ({"parts": 3}, "in 3 files"),
        ({"flags": 2}, "dropped frames"),
        ({"flags": 8}, "error ended"),
    ],
)
def test_what_changes_light_or_frames_and_is_not_done_is_told(
    words: dict[str, Any], told: str
) -> None:
    """Lines of two exposures, gain that is not in the samples, further files, frames lost."""
    assert any(told in note for note in opened(mlv(frames(1), **words)).notes)
    plain = mlv(frames(1), others={b"DISO": bytes(8)}, parts=1, flags=1)
    assert opened(plain).notes == ()


def test_exposure_and_sampling_of_the_sensor_are_obeyed() -> None:
    """exposure_bias is DNG's BaselineExposure; three columns and five rows make a pixel of 3:5."""
    camera = opened(mlv(frames(1), bias=(-3, 2))).facts.camera
    assert camera.baseline_exposure == -1.5
    captured = struct.pack("<4H4B2h", 5936, 3950, 100, 0, 3, 0, 1, 4, 0, 0)
    assert opened(mlv(frames(1), others={b"RAWC": captured})).facts.camera.pixel_aspect == 0.6
    unsaid = opened(mlv(frames(1), others={b"RAWC": bytes(16)})).facts.camera
    assert (unsaid.pixel_aspect, unsaid.baseline_exposure) == (1.0, 0.0)
    with pytest.raises(DamagedSource, match="64/1 stops"):
        opened(mlv(frames(1), bias=(64, 1)))
