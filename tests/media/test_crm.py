"""Canon movies of raw: every frame through LibRaw, at the cost of its own bytes."""

from __future__ import annotations

import io
import json
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest
import rawpy

from functions.colour.camera.to_aces import Development, camera_to_aces
from functions.contract.clip import Clip, RawFrame
from functions.contract.errors import DamagedSource, InvalidRequest, LimitExceeded
from functions.contract.frames import FrameRange
from functions.contract.operation import Limits
from functions.media import open_clip
from functions.media.raw.indexed_movie import IndexedClip
from functions.media.stills.sequence import StillClip
from functions.storage.file import FileStore
from tests.media.crm_files import LIGHT, STANDARD, color_data, crm, crm_pieces, scene
from tests.media.memory_store import ROOT, MemoryStore
from tests.media.movies import stored

GAINS = (2000, 1024, 1024, 1500)
COLOURS = [color_data(GAINS, 512, 13500)]
PICTURES = [scene(n) for n in range(5)]


def opened(content: bytes, limits: Limits | None = None) -> Clip:
    return open_clip(ROOT + "A.CRM", MemoryStore({"A.CRM": content}), limits or Limits())


def first(content: bytes, limits: Limits | None = None) -> RawFrame:
    return next(iter(opened(content, limits).frames(FrameRange(0, 1))))


def test_every_frame_has_its_own_samples() -> None:
    """All frames, in any order, are those that were coded; each has its timecode."""
    clip = opened(crm(PICTURES))
    assert clip.numbers() == FrameRange(0, 5)
    for number in (3, 0, 4, 1, 2):
        (frame,) = clip.frames(FrameRange(number, number + 1))
        np.testing.assert_array_equal(frame.pixels, PICTURES[number])
        assert str(frame.timecode) == f"01:00:00:{12 + number}"
    assert isinstance(clip, IndexedClip) and clip.counted() == 5


def test_frames_are_libraws_of_the_whole_movie(tmp_path: Path) -> None:
    """LibRaw gives the same samples, levels and white of a movie that holds this frame alone."""
    colours = [color_data((1900 + n, 1024, 1024, 1500), 512 + n, 13500) for n in range(3)]
    clip = opened(crm(PICTURES[:3], colours=colours))
    for frame in clip.frames(clip.numbers()):
        path = tmp_path / f"{frame.number}.CRM"
        path.write_bytes(crm([PICTURES[frame.number]], colours=[colours[frame.number]]))
        with rawpy.imread(str(path)) as raw:
            np.testing.assert_array_equal(frame.pixels, raw.raw_image)
            assert frame.black == tuple(raw.black_level_per_channel)
            assert [frame.white] * 4 == raw.camera_white_level_per_channel
            gains = np.array(raw.camera_whitebalance[:3]) / raw.camera_whitebalance[1]
        assert frame.camera.analog_balance == pytest.approx(gains)


class CountedFiles(FileStore):
    """Counts what its readers give, of files on a disk."""

    bytes_read = 0

    def open(self, uri: str) -> BinaryIO:
        outer, inner = self, super().open(uri)

        class Reader(io.RawIOBase):
            def readable(self) -> bool:
                return True

            def seekable(self) -> bool:
                return True

            def seek(self, offset: int, whence: int = 0, /) -> int:
                return inner.seek(offset, whence)

            def tell(self) -> int:
                return inner.tell()

            def close(self) -> None:
                inner.close()
                super().close()

            def readinto(self, buffer: Any, /) -> int:
                content = inner.read(len(buffer))
                buffer[: len(content)] = content
                outer.bytes_read += len(content)
                return len(content)

        return Reader()  # type: ignore[return-value]

    def read(self, uri: str) -> bytes:
        raise AssertionError(f"{uri} is read whole")


def test_gigabytes_are_not_read(tmp_path: Path) -> None:
    """A frame of a movie of six gibibytes on a disk, more than LibRaw takes, costs its bytes."""
    path = tmp_path / "A.CRM"
    with path.open("wb") as file:
        for at, content in crm_pieces(PICTURES[:3], gap=2 << 30):
            file.seek(at)
            file.write(content)
    store = CountedFiles([tmp_path])
    clip = open_clip(f"file://{path}", store, Limits())
    headers = store.bytes_read
    assert path.stat().st_size > 6 << 30 and headers < 32 << 10
    (frame,) = clip.frames(FrameRange(2, 3))
    np.testing.assert_array_equal(frame.pixels, PICTURES[2])
    assert store.bytes_read - headers < 16 << 10
    clip.close()


def test_an_object_store_gives_the_frame_alone() -> None:
    """So of an object store; nothing is read twice."""
    content = crm(PICTURES)
    stat, store = stored("A.CRM", content)
    clip = open_clip(stat.uri, store, Limits())
    before, whole = store.bytes_read, store.read_whole
    next(iter(clip.frames(FrameRange(3, 4))))
    assert store.bytes_read - before < len(content) / 4 and not whole


def test_the_record() -> None:
    """Camera, lens and exposure are of the boxes, and of each frame where it says them."""
    clip = opened(crm(PICTURES[:2], colours=COLOURS * 2))
    facts, camera = clip.facts, clip.facts.camera
    assert (facts.container, facts.codec, str(facts.rate)) == ("crm", "crx", "24000/1001")
    assert (camera.make, camera.model, camera.serial) == ("Canon", "Canon EOS R5", "021021000123")
    assert (camera.lens, camera.firmware, camera.look) == (
        "RF50mm F1.2 L USM", "1.8.1", "Canon Log 3",
    )  # fmt: skip
    assert (camera.timecode, camera.bits, camera.cfa) == ("01:00:00:12", 14, "RGGB")
    assert (camera.black, camera.white) == ((512.0,) * 4, (13500.0,))
    one = next(iter(clip.frames(FrameRange(1, 2)))).camera
    assert (one.iso, one.focal_length_mm, one.aperture) == (801, 51.0, 2.8)
    assert (one.shutter_seconds, one.captured) == (0.02, "2023-05-17T09:41:01.25")
    assert any("Canon Log 3" in note for note in clip.notes)


def test_other_programs_say_the_same(tmp_path: Path) -> None:
    """ExifTool and MediaInfo read the same camera, mode, rate and timecode of the test's file."""
    path = tmp_path / "A.CRM"
    path.write_bytes(crm(PICTURES))
    clip = opened(path.read_bytes())
    if shutil.which("exiftool") is None or shutil.which("mediainfo") is None:
        pytest.skip("exiftool or mediainfo is not installed")
    said = json.loads(subprocess.check_output(["exiftool", "-j", "-n", path], timeout=60))[0]
    camera = clip.facts.camera
    assert (said["FileType"], said["Quality"]) == ("CRM", LIGHT)
    assert (said["Model"], said["LensModel"]) == (camera.model, camera.lens)
    assert (said["FNumber"], said["ExposureTime"]) == (camera.aperture, camera.shutter_seconds)
    assert str(said["SerialNumber"]).zfill(12) == camera.serial
    told = subprocess.check_output(["mediainfo", "--Output=JSON", path], timeout=60)
    _, video, counter, _ = json.loads(told)["media"]["track"]
    assert float(video["FrameRate"]) == pytest.approx(24000 / 1001, abs=1e-3)
    assert (counter["TimeCode_FirstFrame"], clip.numbers().last) == (camera.timecode, 4)


@pytest.mark.parametrize("place", [1, 3, 4])
def test_a_timecode_that_jumps(place: int) -> None:
    """Every frame has its own label; where they stop counting on is told."""
    clip = opened(crm(PICTURES, jump=(place, 1000)))
    labels = [str(frame.timecode) for frame in clip.frames(clip.numbers())]
    assert labels[place - 1 : place + 1] == [f"01:00:00:{11 + place}", f"01:00:42:{4 + place:02d}"]
    assert clip.facts.steady == place and f"jumps at picture {place}" in " ".join(clip.notes)


def test_midnight_and_half_rate_counters_are_no_jumps() -> None:
    """A counter that begins again at midnight goes on; one that counts pairs of frames does too."""
    clip = opened(crm(PICTURES, start=24 * 86400 - 2, rate=(24, 1)))
    assert clip.facts.steady is None
    assert [str(frame.timecode) for frame in clip.frames(FrameRange(1, 3))] == [
        "23:59:59:23", "00:00:00:00",
    ]  # fmt: skip
    assert opened(crm(PICTURES, rate=(48, 1), base=24)).facts.steady is None


def test_sound_is_told() -> None:
    """Tracks of plain samples are the clip's sound; of other forms it is said that they are not."""
    sound = np.arange(5 * 2002) % 999
    clip = opened(crm(PICTURES, sound=sound))
    (one,) = clip.facts.picture.audio
    assert (one.codec, one.rate, one.channels, one.samples) == ("pcm_s16be", 48000, 1, 10010)
    packed = opened(crm(PICTURES, sound=sound).replace(b"twos", b"mp4a"))
    assert packed.facts.picture.audio == () and "sound is not read" in " ".join(packed.notes)


def test_drop_frame_at_double_rate() -> None:
    """A C200's counter: 60000/1001 with drop frame labels."""
    clip = opened(crm(PICTURES[:2], rate=(60000, 1001), base=60, drop=3, start=60 * 60))
    assert (str(clip.facts.rate), str(clip.facts.start)) == ("60000/1001", "00:01:00;04")


@pytest.mark.parametrize(("cfa", "pattern"), [*enumerate(("RGGB", "GRBG", "GBRG", "BGGR"))])
def test_phase_and_crop_are_the_boxes(cfa: int, pattern: str) -> None:
    """The mosaic is stored as it is, by the filters that CMP1 names; IAD1 crops it."""
    frame = first(crm(PICTURES[:1], cfa=cfa, crop=(8, 6, 80, 50)))
    assert (frame.pattern, frame.crop, frame.pixels.shape) == (pattern, (8, 6, 80, 50), (64, 96))


@pytest.mark.parametrize("cfa", range(4))
def test_black_of_each_site_is_libraws(cfa: int, tmp_path: Path) -> None:
    """Four black levels go to their sites, whatever the phase."""
    content = crm(PICTURES[:1], cfa=cfa, colours=[color_data(GAINS, (510, 512, 514, 516), 13500)])
    path = tmp_path / "A.CRM"
    path.write_bytes(content)
    with rawpy.imread(str(path)) as raw:
        levels = raw.black_level_per_channel
        theirs = [levels[raw.raw_color(y, x)] for y in (0, 1) for x in (0, 1)]
    assert list(first(content).black) == theirs and len(set(theirs)) == 4


def developed(content: bytes) -> Development:
    return camera_to_aces(opened(content).facts.camera)


def test_light_and_standard_raw_have_the_same_colours() -> None:
    """Light RAW is balanced in the camera: what Standard RAW's gains would do is not done twice."""
    light = developed(crm(PICTURES[:1], colours=COLOURS))
    standard = developed(crm(PICTURES[:1], colours=COLOURS, mode=STANDARD))
    gains = np.array([2000, 1024, 1500]) / 1024
    camera = np.array([0.2, 0.3, 0.1])
    theirs = np.array(standard.matrix) @ (camera * standard.gains)
    ours = np.array(light.matrix) @ (camera * gains * light.gains)
    np.testing.assert_allclose(ours / ours[1], theirs / theirs[1], rtol=1e-6)
    assert light.gains == (1, 1, 1) and standard.gains == pytest.approx(gains)
    assert "balanced in the camera" in light.assumed["white_balance"]
    assert "white_balance" not in standard.assumed and "white_level" not in standard.assumed
    neutral = np.array(light.matrix).sum(axis=1)
    np.testing.assert_allclose(neutral, 1, atol=1e-6)


@pytest.mark.parametrize(
    ("said", "names", "words"),
    [
        ({}, {"white_level", "black_level", "white_balance", "curve"}, "D65"),
        ({"mode": STANDARD}, {"white_level", "black_level", "white_balance", "curve"}, "D65"),
        ({"mode": 65535}, {"white_balance", "curve"}, "logarithmic"),
        ({"model": "Canon EOS C70"}, {"camera_matrix", "white_balance", "curve"}, "BT.709"),
        ({"with_timed": False}, {"white_level", "black_level"}, "16383"),
    ],
)
def test_what_canon_does_not_say_is_named(
    said: dict[str, Any], names: set[str], words: str
) -> None:
    """Levels, white, curve and matrix that are guessed stand in the receipt."""
    assumed = developed(crm(PICTURES[:1], **said)).assumed
    assert names <= assumed.keys() and words in " ".join(assumed.values())


def test_a_still_is_a_still() -> None:
    """One frame under a still's version of the writer is read as ever; of a movie it is a clip."""
    still = crm(PICTURES[:1], version="CanonCR3_001/00.10.00/00.00.00")
    assert isinstance(opened(still), StillClip)
    assert isinstance(opened(crm(PICTURES[:1])), IndexedClip)
    roll = crm(PICTURES[:3], version="CanonCR3_002/00.11.00/00.00.00")
    assert opened(roll).numbers() == FrameRange(0, 3) and opened(roll).facts.rate is None


def test_a_burst_of_stills_is_balanced_as_stills_are() -> None:
    """Of a roll of CR3 each frame's gains are applied, and nothing is assumed of Light RAW."""
    roll = crm(PICTURES[:2], version="CanonCR3_002/00.11.00/00.00.00", mode=4, colours=COLOURS * 2)
    camera = opened(roll).facts.camera
    assert camera.as_shot_neutral == pytest.approx((1024 / 2000, 1, 1024 / 1500))
    assert camera.analog_balance is None and camera.assumed == ()


def test_movies_are_no_sequence() -> None:
    """A pattern over movies is refused in words, as of any movie."""
    files = {f"A{n}.CRM": crm(PICTURES[:2]) for n in (1, 2)}
    with pytest.raises(InvalidRequest, match="no sequence"):
        open_clip(ROOT + "A%d.CRM", MemoryStore(files), Limits())


def test_a_copy_that_broke_off() -> None:
    """Frames before the break are read, the first behind it is damage with its number."""
    whole = crm(PICTURES)
    clip = opened(whole[: len(whole) * 3 // 5])
    assert isinstance(clip, IndexedClip) and clip.counted() == 2
    assert len(list(clip.frames(FrameRange(0, 2)))) == 2
    with pytest.raises(DamagedSource, match="claims 5 frames, 2 are there") as caught:
        list(clip.frames(FrameRange(1, 4)))
    assert caught.value.facts["frame"] == 2
    for cut in (40, 600, 1500):
        with pytest.raises(DamagedSource):
            first(whole[:cut])


@pytest.mark.parametrize(
    ("offset", "content"),
    [
        (0, b"\xff\x05"),  # the mark of a tile
        (4, b"\x7f\xff\xff\xff"),  # its size
        (24, b"\xff\x07"),  # the mark of a band
        (28, b"\x00\x7f\xff\xff"),  # its size
        (32, b"\x18"),  # its number
    ],
)
def test_damage_in_a_frames_headers(offset: int, content: bytes) -> None:
    """What breaks the rules of the coding is told with the frame's number."""
    whole = bytearray(crm(PICTURES[:2]))
    at = whole.find(struct.pack(">HH", 0xFF01, 8), whole.find(b"mdat")) + offset
    whole[at : at + len(content)] = content
    with pytest.raises(DamagedSource) as caught:
        first(bytes(whole))
    assert caught.value.facts["frame"] == 0
    assert len(list(opened(bytes(whole)).frames(FrameRange(1, 2)))) == 1


def _patched(mark: bytes, offset: int, content: bytes) -> bytes:
    whole = bytearray(crm(PICTURES[:2]))
    at = whole.index(mark) + 4 + offset
    whole[at : at + len(content)] = content
    return bytes(whole)


@pytest.mark.parametrize(
    "content",
    [
        _patched(b"CMP1", 8, b"\xff" * 4),
        _patched(b"CMP1", 24, b"\x1f"),
        _patched(b"CMP1", 25, b"\x4f"),
        _patched(b"CMP1", 28, b"\xff" * 4),
        _patched(b"stsz", 8, b"\xff" * 4),
        _patched(b"stsz", 12, b"\xff" * 8),
        _patched(b"co64", 8, b"\xff" * 8),
        _patched(b"stts", 8, bytes(4)),
        crm([np.zeros((64, 96), np.uint16) + 8192], mode=LIGHT)[:-3000],
    ],
)
def test_tables_that_cannot_be(content: bytes) -> None:
    """Sizes, places and bits that no movie has end in a sentence, before anything is allocated."""
    with pytest.raises(DamagedSource):
        first(content)


def test_limits() -> None:
    """A frame over the limit of pixels ends at once."""
    with pytest.raises(LimitExceeded):
        first(crm(PICTURES[:1]), Limits(pixels=100))


def test_zeros_are_no_picture() -> None:
    """A frame of nothing but zeros is damage."""
    with pytest.raises(DamagedSource, match="zero"):
        first(crm([np.zeros((64, 96), np.uint16)]))
