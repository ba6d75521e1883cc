"""Phantom cine: packings, linearity, filter patterns, setups of every age."""

from __future__ import annotations

import struct
from pathlib import Path

import av
import numpy as np
import pytest

from functions.contract.errors import DamagedSource, UnsupportedMedia
from functions.contract.frames import FrameRange
from functions.contract.store import Stat
from functions.media.movie.clip import open_movie
from functions.media.raw.cine_colour import REC709_TO_ACES, colour_of
from functions.media.raw.cine_pixels import linear_codes
from functions.media.raw.indexed_movie import IndexedClip
from tests.media.memory_store import ROOT, MemoryStore
from tests.media.movies import cine, packed_bytes, plate, stored


def opened(content: bytes) -> IndexedClip:
    clip = open_movie(*stored("A001.cine", content))
    assert isinstance(clip, IndexedClip)
    return clip


def test_companded_samples_come_linear() -> None:
    """10 bit codes go through the inverse of BT.709 between their own black and white."""
    codes = np.linspace(64, 1014, 512).astype(np.uint16).reshape(16, 32)
    (frame,) = opened(cine([packed_bytes(codes, 10)])).frames(FrameRange(0, 1))
    light = (frame.pixels - frame.black[0]) / (frame.white - frame.black[0])
    assert light[0, 0] == 0 and light[-1, -1] == 1
    for signal, expected in ((0.5, 0.25958), (0.081, 0.018), (0.04, 0.04 / 4.5)):
        code = 64 + round(signal * 950)
        exact = expected + (code - 64 - signal * 950) / 950 * 0.5
        got = (float(linear_codes()[code]) - frame.black[0]) / (frame.white - frame.black[0])
        assert got == pytest.approx(exact, abs=1e-3)


def test_linearisation_is_monotonic_and_keeps_overshoot() -> None:
    """Codes under black and over white keep their order: nothing is clipped into white."""
    table = linear_codes().astype(int)
    assert (np.diff(table) >= 0).all()
    assert table[0] < table[64] == 1024 and table[1023] > table[1014] == 65024


def test_twelve_bit_samples_are_linear_already() -> None:
    """12 bit packed samples and the header's levels come as they are."""
    picture = plate(0, top=4000) // 4
    (frame,) = opened(cine([packed_bytes(picture, 12)], packing=1024)).frames(FrameRange(0, 1))
    assert np.array_equal(frame.pixels, picture)
    assert (frame.black[0], frame.white) == (64.0, 4000.0)


def test_plain_rows_stand_on_their_head() -> None:
    """Unpacked samples are a Windows bitmap: the last row comes first in the file."""
    content = plate(0)[::-1].astype("<u2").tobytes()
    (frame,) = opened(cine([content], packing=0)).frames(FrameRange(0, 1))
    assert np.array_equal(frame.pixels, plate(0))


@pytest.mark.parametrize(("cfa", "pattern"), [(3, "GBRG"), (4, "RGGB"), (0x80000003, "GBRG")])
def test_filter_patterns(cfa: int, pattern: str) -> None:
    """The code of the filter array names the first cell; bits for grey heads are set aside."""
    clip = opened(cine([packed_bytes(plate(0) // 16, 10)], cfa=cfa))
    (frame,) = clip.frames(FrameRange(0, 1))
    assert frame.pattern == pattern == clip.facts.camera.cfa


def test_frames_are_found_by_their_offsets() -> None:
    """Any frame comes alone, with the timecode of its place."""
    content = cine([plate(n)[::-1].astype("<u2").tobytes() for n in range(9)], packing=0)
    stat, store = stored("A001.cine", content)
    clip = open_movie(stat, store)
    before = store.bytes_read
    (frame,) = clip.frames(FrameRange(7, 8))
    assert frame.pixels[0, 0] == 3007
    assert str(frame.timecode) == "10:38:04:15"
    assert store.bytes_read - before < 2 * 32 * 16 * 2


def test_setup_of_an_old_camera() -> None:
    """A setup that ends before the levels: black 0, white the largest code, no timecode."""
    content = plate(0)[::-1].astype("<u2").tobytes()
    clip = opened(cine([content], packing=0, layout=0, cfa=0, length=5692))
    (frame,) = clip.frames(FrameRange(0, 1))
    assert (frame.layout, frame.pattern, frame.black[0], frame.white) == ("mono", None, 0.0, 4095.0)
    assert clip.facts.start is None


def test_white_balance_of_the_file() -> None:
    """Gains are as-shot white only where the setup says that pixels are without them."""
    gains = {852: struct.pack("<2f", 1.6, 2.0)}
    picture = [packed_bytes(plate(0) // 16, 10)]
    raw = opened(cine(picture, fields=gains | {5724: struct.pack("<i", 1)}))
    assert raw.facts.camera.as_shot_neutral == pytest.approx((1 / 1.6, 1.0, 0.5))
    assert opened(cine(picture, fields=gains)).facts.camera.as_shot_neutral is None


def test_calibration_matrix_is_taken_apart() -> None:
    """A matrix made of white balance and colour gives both back, and white stays white."""
    colour = np.array([[1.5, -0.6, 0.1], [-0.1, 0.8, 0.3], [0.0, -0.5, 1.5]])
    whole = colour @ np.diag([1.2, 1.0, 1.8])
    neutral, to_aces = colour_of(whole.reshape(-1).tolist(), None)
    assert neutral == pytest.approx((1 / 1.2, 1.0, 1 / 1.8))
    assert np.allclose(to_aces, REC709_TO_ACES @ colour, atol=1e-6)
    assert np.sum(to_aces, axis=1) == pytest.approx(np.ones(3), abs=1e-6)


def test_primaries_agree_with_an_independent_library() -> None:
    """BT.709 to ACES2065-1 with Bradford is the matrix of colour-science."""
    colour = pytest.importorskip("colour")
    expected = colour.matrix_RGB_to_RGB(
        colour.RGB_COLOURSPACES["ITU-R BT.709"],
        colour.RGB_COLOURSPACES["ACES2065-1"],
        chromatic_adaptation_transform="Bradford",
    )
    assert np.allclose(expected, REC709_TO_ACES, atol=2e-4)


@pytest.mark.parametrize("kind", [{"cfa": 1}, {"layout": 1}, {"packing": 7}])
def test_variants_that_are_not_read(kind: dict[str, int]) -> None:
    """Other filter arrays, JPEG and unknown packings are named as unsupported."""
    with pytest.raises(UnsupportedMedia, match="cine"):
        opened(cine([packed_bytes(plate(0) // 16, 10)], **kind))


def test_every_cut_ends_in_an_error_of_the_contract() -> None:
    """However short the file is, opening or reading it raises DamagedSource."""
    content = cine([packed_bytes(plate(0) // 16, 10)])
    for length in (*range(4, 900, 13), *range(900, len(content), 487)):
        with pytest.raises(DamagedSource):
            list(opened(content[:length]).frames(FrameRange(0, 1)))


def test_real_files_agree_with_ffmpeg(shared_data: Path) -> None:
    """Stored codes are FFmpeg's; FFmpeg leaves the 10 bit curve in and we do not."""
    for name, count in (
        ("phantom_chart1_2048x1080_gbrg.cine", 1),
        ("phantom_legacy_128x128_mono16_97f.cine", 97),
    ):
        path = shared_data / "raw" / name
        store = MemoryStore({name: path.read_bytes()})
        clip = open_movie(Stat(ROOT + name, path.stat().st_size, "1"), store)
        assert isinstance(clip, IndexedClip)
        assert clip.counted() == count
        with av.open(str(path)) as container:
            for frame, picture in zip(
                clip.frames(clip.numbers()), container.decode(video=0), strict=True
            ):
                theirs = picture.to_ndarray()
                if clip.facts.codec == "cine_p10":
                    assert np.array_equal(linear_codes()[theirs >> 6], frame.pixels)
                else:
                    assert np.array_equal(theirs >> 2, frame.pixels)


@pytest.mark.parametrize("size", [(32, 16), (33, 15)])
@pytest.mark.parametrize(("across", "down"), [(1, 0), (0, 1), (1, 1)])
def test_flips_turn_the_picture_and_its_filter(
    size: tuple[int, int], across: int, down: int
) -> None:
    """The camera's flips are done, and every sample keeps the colour of its filter."""
    width, height = size
    rows = (width * 2 + 3) // 4 * 4
    # Each sample of the stored picture says its own site: GBRG by its two last bits.
    sites = np.arange(height)[:, None] % 2 * 2 + np.arange(width) % 2 + 100
    stored = np.zeros((height, rows // 2), np.uint16)
    stored[:, :width] = sites[::-1]
    fields = {756: struct.pack("<ii", across, down)}
    clip = opened(cine([stored.tobytes()], size=size, packing=0, fields=fields))
    frame = next(iter(clip.frames(FrameRange(0, 1))))
    colours = {100: "G", 101: "B", 102: "R", 103: "G"}
    shown = "".join(colours[int(frame.pixels[y, x])] for y in (0, 1) for x in (0, 1))
    assert frame.pattern == shown
    wanted = sites[:: -1 if down else 1, :: -1 if across else 1]
    assert np.array_equal(frame.pixels, wanted)


@pytest.mark.parametrize("bits", [1000, 1 << 31])
def test_depths_that_no_sample_has(bits: int) -> None:
    """Without levels, a setup that claims a thousand bits leaves white to what is stored."""
    picture = plate(0)[::-1].astype("<u2").tobytes()
    fields = {896: struct.pack("<I", bits), 5732: bytes(8)}
    clip = opened(cine([picture], packing=0, fields=fields))
    assert clip.facts.camera.white == (65535.0,) and clip.facts.camera.bits == 16


def test_numbers_that_are_none_are_left_out() -> None:
    """NaN in the setup is no aperture, and no white balance."""
    nan = struct.pack("<2f", np.nan, np.nan)
    fields = {852: nan, 5724: struct.pack("<i", 1), 5996: nan, 6980: nan}
    camera = opened(cine([packed_bytes(plate(0) // 16, 10)], fields=fields)).facts.camera
    assert camera.aperture is None and camera.as_shot_neutral is None and camera.timecode is None


@pytest.mark.parametrize(
    ("at", "value", "told"),
    [
        (884, -90, "turn by -90 degrees"),
        (1048, 3, "3 steps"),
        (6868, 1, "EnableCrop"),
        (6888, 1, "EnableResample"),
    ],
)
def test_what_the_camera_shows_otherwise_is_told(at: int, value: int, told: str) -> None:
    """A turn, a profile of rates, a crop and a size of the output ("The Cine File Format", SETUP:
    Rotate, FRPSteps, EnableCrop, EnableResample) change no sample and are named."""
    content = packed_bytes(plate(0) >> 4, 10)
    clip = opened(cine([content], fields={at: struct.pack("<i", value)}))
    assert any(told in note for note in clip.notes)
    assert opened(cine([content], fields={at: bytes(4), 1048: b"\1"})).notes == ()


def test_a_header_that_claims_all_frames_of_the_world() -> None:
    """Only as many frames are looked for as the file has room to list."""
    content = bytearray(cine([packed_bytes(plate(0) // 16, 10)] * 3))
    content[20:24] = struct.pack("<I", 0xFFFFFFFF)
    clip = opened(bytes(content))
    assert clip.facts.frames_claimed == 0xFFFFFFFF and clip.counted() == 3
