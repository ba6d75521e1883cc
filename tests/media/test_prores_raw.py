"""ProRes RAW is developed by its packets' own headers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import OpenEXR
import pytest

import rushes
from functions.contract.errors import DamagedSource, RushesError, UnsupportedMedia
from functions.media.raw import prores_raw
from functions.media.raw.prores_raw import linear_codes, read_prores_raw
from tests.colour.reference import ACES_WHITE, adaptation, xyz_to_ap0
from tests.media.prores_raw_movies import MATRIX, packet, write_movie

CURVE = (0, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536)
D65 = (0.3127, 0.3290)
# First coefficients of red, green, green, blue: clipped, and from near black to half of white.
PATCHES = [(-14000, -13000, -13000, -14500), (-9000, -8000, -8000, -8800),
           (-3000, 1000, 1000, -2000), (6000, 12000, 12000, 5000)]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "linear"),
    [(1, 0), (4, 3), (257, 256), (513, 512), (1024, 1023), (2048, 4092), (3072, 16368),
     (4091, 65152)],
)  # fmt: skip
def test_the_curve(code: int, linear: int) -> None:
    """Known pairs of a 12-bit code and its linear sample, by the default curve."""
    assert linear_codes(CURVE)[code] == linear


def decoded(content: bytes) -> Any:
    """(H, W) 12-bit codes that FFmpeg alone makes of a packet."""
    context: Any = av.CodecContext.create("prores_raw", "r")
    context.width, context.height = 16, 16
    frames: list[Any] = [*context.decode(av.Packet(content)), *context.decode(None)]
    return frames[0].to_ndarray() >> 4


def curve_of(codes: Any, points: tuple[int, ...] = CURVE) -> Any:
    """Straight lines between nine points, 512 codes apart, from the code 1."""
    return np.interp(codes - 1.0, 512 * np.arange(9), points)


def developed(folder: Path, content: bytes, **more: Any) -> tuple[Any, Any]:
    """(3, H, W) of the first frame, and the receipt."""
    write_movie(folder / "a.mov", [content])
    receipt = rushes.debayer(input=str(folder / "a.mov"), output=str(folder / "out"), **more)
    (path,) = (folder / "out").glob("*.exr")
    with OpenEXR.File(str(path), separate_channels=True) as file:
        return np.stack([np.asarray(file.channels()[c].pixels) for c in "RGB"]), receipt


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"gain": 1.0, "span": 40000},
        {"balance": (1.0, 1.3)},
        {"balance": (0.8, 1.9)},
        {"curve": (0, 300, 700, 1500, 3500, 8000, 17000, 33000)},
        {"quantiser": bytes([4] * 64), "scale": 1},
        {"version": 0},
    ],
    ids=["plain", "gain and range", "red is 1", "red under 1", "curve", "quantiser", "version 0"],
)
def test_levels_and_colour_of_the_header(header: dict[str, Any], tmp_path: Path) -> None:
    """Curve, black 256, range, white balance, matrix, gain and Bradford to ACES2065-1, in order."""
    content = packet(PATCHES, **header)
    # Of the methods "draft" alone looks no further than a patch of 16 pixels reaches.
    found, receipt = developed(tmp_path, content, method="draft", highlights="keep")
    linear = curve_of(decoded(content), (*header.get("curve", CURVE[:8]), 65536))
    balance = header.get("balance", (1.82421875, 2.08203125))
    to_aces = xyz_to_ap0() @ adaptation(D65, ACES_WHITE) @ np.array(MATRIX).reshape(3, 3)
    for patch in range(len(PATCHES)):
        inside = linear[16 * patch + 6 : 16 * patch + 10, 6:10]
        camera = [inside[0::2, 0::2].mean(), inside[0::2, 1::2].mean(), inside[1::2, 1::2].mean()]
        camera = (np.array(camera) - 256) / header.get("span", 61312) * (balance[0], 1, balance[1])
        expected = header.get("gain", 11.7412) * to_aces @ camera
        made = found[:, 16 * patch + 6 : 16 * patch + 10, 6:10].mean((1, 2))
        np.testing.assert_allclose(made, expected, rtol=2e-3, atol=2e-3)
    assert "notes" not in receipt.assumed


def test_the_crop_of_the_header(tmp_path: Path) -> None:
    """The recommended crop is cut out, and the sides that are told are its."""
    content = packet(PATCHES, crop=(2, 3, 16, 5))
    cut, _ = developed(tmp_path, content)
    assert cut.shape == (3, 64 - 21, 16 - 5)
    report = rushes.inspect(input=str(tmp_path / "a.mov")).report
    assert report is not None
    assert (report["picture"]["width"], report["picture"]["height"]) == (11, 43)
    assert report["camera"]["white_kelvin"] == 5600
    assert report["camera"]["white"] == [61568.0]


def test_each_frame_has_its_own_header(tmp_path: Path) -> None:
    """White balance may change inside a take."""
    one, two = packet(PATCHES), packet(PATCHES, gain=2 * 11.7412)
    write_movie(tmp_path / "a.mov", [one, two, one])
    rushes.debayer(input=str(tmp_path / "a.mov"), output=str(tmp_path / "out"))
    means = []
    for path in sorted((tmp_path / "out").glob("*.exr")):
        with OpenEXR.File(str(path), separate_channels=True) as file:
            means.append(float(np.asarray(file.channels()["G"].pixels, np.float64).mean()))
    assert means[1] == pytest.approx(2 * means[0], rel=1e-3)
    assert means[2] == means[0]


def test_what_the_decoder_clips_is_told(tmp_path: Path) -> None:
    """A white above the highest code that FFmpeg gives is said."""
    _, receipt = developed(tmp_path, packet(PATCHES, span=65279))
    assert any("clips ProRes RAW" in note for note in receipt.assumed["notes"])


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (packet(PATCHES, scale=3), UnsupportedMedia, "odd quantiser"),
        (packet(PATCHES, pattern=1), UnsupportedMedia, "Bayer pattern 1"),
        (packet(PATCHES, gain=float("nan")), DamagedSource, "gain"),
        (packet(PATCHES, balance=(0.0, 2.0)), DamagedSource, "white balance"),
        (packet(PATCHES, span=0), DamagedSource, "range 0"),
        (packet(PATCHES, crop=(9, 9, 0, 0)), DamagedSource, "crop"),
        (packet(PATCHES, curve=(0, 9, 8, 7, 6, 5, 4, 3)), DamagedSource, "curve"),
    ],
    ids=["odd quantiser", "pattern", "gain", "balance", "range", "crop", "curve"],
)
def test_what_is_not_read_is_refused(
    content: bytes, kind: type[RushesError], words: str, tmp_path: Path
) -> None:
    """What would be developed wrongly is an error with its name."""
    with pytest.raises(kind, match=words):
        developed(tmp_path, content)


def test_cut_headers() -> None:
    """A packet that ends anywhere in its header or its tiles is damage."""
    content = packet(PATCHES)
    for length in (0, 5, 20, 60, 79, 100, len(content) - 3):
        with pytest.raises(DamagedSource):
            read_prores_raw(content[:length])


def test_another_decoder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An FFmpeg that makes samples linear by itself is not undone twice."""
    monkeypatch.setattr(prores_raw, "COMPANDED_UP_TO", 61)
    with pytest.raises(UnsupportedMedia, match="libavcodec 62"):
        developed(tmp_path, packet(PATCHES))
