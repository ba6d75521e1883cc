"""ARRIRAW: header, both orders of samples, curve, colour, and what damaged files end in."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from functions.colour.camera.to_aces import camera_to_aces
from functions.contract.clip import RawFrame
from functions.contract.errors import DamagedSource, LimitExceeded, UnsupportedMedia
from functions.contract.frames import FrameRange
from functions.contract.operation import Limits
from functions.media import open_clip
from functions.media.raw.arriraw_colour import alexa_matrix
from functions.media.raw.arriraw_curve import check_curve, linear_codes
from tests.media.arri_files import DAYLIGHT, HEADER, Array, ari, curved, packed, scene
from tests.media.memory_store import ROOT, MemoryStore

CODES = curved(scene(48, 64))


def read(content: bytes, limits: Limits | None = None) -> RawFrame:
    clip = open_clip(ROOT + "A.ari", MemoryStore({"A.ari": content}), limits or Limits())
    (frame,) = clip.frames(FrameRange(0, 1))
    return frame


def stored(frame: RawFrame) -> Array:
    """The codes of a frame, by its linear samples."""
    return np.searchsorted(linear_codes(), frame.pixels)


def noise(seed: int = 1) -> Array:
    """Every bit in play, smooth enough to be a picture."""
    rng = np.random.default_rng(seed)
    return np.clip(CODES.astype(int) + rng.integers(-9, 10, CODES.shape), 0, 4095)


@pytest.mark.parametrize("program", ["dcraw", "unprocessed_raw"])
def test_samples_are_those_of_other_programs(program: str, tmp_path: Path) -> None:
    """dcraw and LibRaw 0.20 unpack the same samples, of a mosaic with the same first cell."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    path, codes = tmp_path / "A.ari", noise()
    path.write_bytes(ari(codes, tail=bytes(64)))
    command = ["dcraw", "-D", "-4", "-c", path] if program == "dcraw" else [program, path]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    pgm = done.stdout if program == "dcraw" else (tmp_path / "A.ari.pgm").read_bytes()
    theirs = np.frombuffer(pgm[-2 * codes.size :], ">u2").reshape(codes.shape)
    np.testing.assert_array_equal(stored(read(path.read_bytes())), theirs)
    if program == "dcraw":
        told = subprocess.run(
            ["dcraw", "-i", "-v", path], capture_output=True, text=True, timeout=60
        )
        assert "Filter pattern: GR/BG" in told.stdout


@pytest.mark.parametrize(
    ("family", "packing", "pattern"),
    [
        (b"ALEXA", "words", "GRBG"),
        (b"ALEXALF", "words", "BGGR"),
        (b"ALEXA65", "words", "BGGR"),
        (b"A-MINI", "bytes", "BGGR"),
    ],
)
def test_packing_and_mosaic_are_the_familys(family: bytes, packing: str, pattern: str) -> None:
    """Both orders come out as they went in; the other order in a family's file is damage."""
    codes = noise()
    frame = read(ari(codes, packing=packing, family=family))
    np.testing.assert_array_equal(stored(frame), codes)
    assert frame.pattern == pattern and frame.camera.cfa == pattern
    other = "bytes" if packing == "words" else "words"
    with pytest.raises(DamagedSource, match="not in the order"):
        read(ari(codes, packing=other, family=family))


def test_facts_of_the_header() -> None:
    """Every place of the header is in the record, in its unit."""
    content = ari(CODES, active=(2, 4, 60, 40))
    clip = open_clip(ROOT + "A.ari", MemoryStore({"A.ari": content}), Limits())
    facts, camera = clip.facts, clip.facts.camera
    assert (facts.container, facts.codec, facts.width, facts.height) == ("ari", "arriraw", 60, 40)
    assert (str(facts.rate), str(facts.start)) == ("24000/1001", "10:38:12:07")
    assert (camera.make, camera.model, camera.serial) == ("ARRI", "ALEXA XT", "25047")
    assert (camera.camera_id, camera.reel, camera.card) == ("A", "A003R24Y", "987654321")
    assert (camera.clip, camera.scene, camera.take) == ("A003C001_190625_R24Y", "12A", "3")
    assert (camera.lens, camera.lens_serial) == ("Master Anamorphic 40", "5512")
    assert (camera.focal_length_mm, camera.t_stop, camera.squeeze) == (40.0, 2.8284, 2.0)
    assert (camera.iso, camera.shutter_seconds, camera.shutter_degrees) == (800, 0.020833, 180.0)
    assert (camera.white_kelvin, camera.tint, camera.nd_stops) == (5600.0, -1.5, 1.99)
    assert (camera.sensor_rate, camera.captured) == ("48", "2019-06-25T14:22:33")
    assert camera.look == "ARRI 709" and camera.grade is not None and camera.grade.space == "LogC"
    assert camera.grade.slope == pytest.approx((1.1, 1.0, 0.9))
    (line,) = camera.framelines
    assert (line.name, line.role, line.x, line.y, line.width, line.height) == (
        "2.39:1", "master", 2, 2, 40, 20,
    )  # fmt: skip
    assert any("look 'ARRI 709' is not applied" in note for note in clip.notes)


@pytest.mark.parametrize(("x", "y"), [(0, 0), (2, 4), (3, 2), (2, 5), (3, 5)])
def test_the_picture_is_the_active_area(x: int, y: int) -> None:
    """What lies around it is cut off, and the mosaic begins with the area's own first cell."""
    codes = noise()
    frame = read(ari(codes, active=(x, y, 40, 30)))
    np.testing.assert_array_equal(stored(frame), codes[y : y + 30, x : x + 40])
    assert frame.crop == (0, 0, 40, 30) and frame.pattern is not None
    for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
        there = "GRBG"[(y + row) % 2 * 2 + (x + column) % 2]
        assert frame.pattern[row * 2 + column] == there


def test_the_curve_is_the_inverse_of_nine_bits_behind_the_first_one() -> None:
    """Numbers below 1024 come back exactly, others to the step of their octave."""
    numbers = np.arange(65536)
    back = linear_codes()[curved(numbers)].astype(int)
    np.testing.assert_array_equal(back[:1024], numbers[:1024])
    step = 2 ** np.maximum(np.floor(np.log2(np.maximum(numbers, 1))) - 9, 0)
    assert (numbers - back >= 0).all() and (numbers - back < step).all()
    assert linear_codes()[256] == 256


def test_a_frame_checks_the_curve_by_its_noise() -> None:
    """Photon noise tells the curve from linear codes; a flat or dark frame tells nothing."""
    linear = scene(512, 1024)
    assert check_curve(curved(linear), "GRBG") == "agrees"
    assert check_curve((linear / 16).astype(np.uint16).clip(64, 4095), "GRBG") == "disagrees"
    assert check_curve(np.full((64, 128), 300, np.uint16), "GRBG") == "untold"
    names = [each.name for each in read(ari(curved(linear))).camera.assumed]
    assert names == ["curve", "curve_agrees"]


@pytest.mark.parametrize("balance", [DAYLIGHT, (0.9, 1.0, 2.2)])
@pytest.mark.parametrize("ei", [160, 800])
def test_colour_is_the_academys(balance: tuple[float, ...], ei: int) -> None:
    """A neutral and a colour come to what the published transform makes of the same samples."""
    frame = read(ari(CODES, ei=ei, kelvin=3200, balance=balance))
    colour = camera_to_aces(frame.camera, "cfa")
    for camera_rgb in (np.array([1000.0, 2000.0, 1500.0]), np.array([600.0, 600.0, 3000.0])):
        balanced = camera_rgb * balance / 65535 * 0.18 / (0.01 * 400 / ei)
        published = np.array(
            [[0.7827903, 0.09372326, 0.12348645], [0.04343061, 1.04223613, -0.08566674],
             [0.0343854, -0.3266869, 1.2923015]]
        ) @ balanced  # fmt: skip
        normal = camera_rgb / (frame.white - frame.black[0])
        ours = np.array(colour.matrix) @ (normal * colour.gains)
        np.testing.assert_allclose(ours, published, rtol=2e-6)
    assert "the Academy's published matrices" in colour.method


def test_matrices_between_two_lights() -> None:
    """Half way in 1/CCT is half way between the matrices; beyond the table the last one stays."""
    kelvin = 2 / (1 / 5600 + 1 / 6500)
    halves = (np.array(alexa_matrix(5600)) + np.array(alexa_matrix(6500))) / 2
    np.testing.assert_allclose(alexa_matrix(kelvin), halves, atol=1e-12)
    assert alexa_matrix(500) == alexa_matrix(2000) and alexa_matrix(20000) == alexa_matrix(11000)
    for each in (2000, 4000, 11000):
        np.testing.assert_allclose(np.sum(alexa_matrix(each), axis=1), 1, atol=1e-6)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"kelvin": 0}, "white_kelvin"),
        ({"kelvin": 1500}, "white_kelvin"),
        ({"ei": 0}, "exposure_index"),
        ({"balance": (0.0, 0.0, 0.0)}, "white_balance"),
        ({"family": b"ALEXA65"}, "camera_matrix"),
    ],
)
def test_what_the_header_does_not_say_is_named(changes: dict[str, Any], name: str) -> None:
    """Defaults and borrowed matrices stand in the receipt."""
    assert name in [each.name for each in read(ari(CODES, **changes)).camera.assumed]


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"order": 0x12345678}, UnsupportedMedia, "byte order"),
        ({"version": 4}, UnsupportedMedia, "version 4"),
        ({"family": b"A-35"}, UnsupportedMedia, "family 'A-35'"),
        ({"family": b""}, UnsupportedMedia, "family None"),
        ({"width": 0}, DamagedSource, "0x48"),
        ({"width": 2**31}, DamagedSource, "x48"),
        ({"height": 47}, DamagedSource, "64x47"),
        ({"data": 8}, DamagedSource, "inside it"),
        ({"data": 2**31}, DamagedSource, "truncated"),
        ({"active": (60, 0, 8, 8)}, DamagedSource, "active area"),
        ({"active": (2**32 - 1, 0, 8, 8)}, DamagedSource, "active area"),
        ({"balance": (float("nan"), 1.0, 1.0)}, DamagedSource, "white balance"),
        ({"balance": (-1.0, 1.0, 1.0)}, DamagedSource, "white balance"),
    ],
)
def test_headers_that_cannot_be(changes: dict[str, Any], error: type[Exception], says: str) -> None:
    """Numbers that no frame has end in a sentence, and nothing is allocated for them."""
    with pytest.raises(error, match=says):
        read(ari(CODES, **changes))


def test_files_that_end_too_early() -> None:
    """A cut header, cut samples, zeros where samples should be, more pixels than allowed."""
    whole = ari(CODES)
    for cut in (9, 100, HEADER - 1, HEADER, len(whole) - 1):
        with pytest.raises(DamagedSource, match="truncated"):
            read(whole[:cut])
    with pytest.raises(DamagedSource, match="zero"):
        read(whole[:HEADER] + bytes(len(whole) - HEADER))
    half = HEADER + (len(whole) - HEADER) // 2
    with pytest.raises(DamagedSource, match="zero"):
        read(whole[:half] + bytes(len(whole) - half))
    with pytest.raises(LimitExceeded):
        read(whole, Limits(pixels=100))
    assert len(packed(CODES, "words")) == CODES.size * 12 // 8
    assert struct.unpack_from("<I", whole, 8) == (HEADER,)
