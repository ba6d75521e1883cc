"""Slate and leader: what is drawn, in which code values, under which numbers, with which sound."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import OpenEXR
import OpenImageIO
import pytest

import rushes
from functions.contract.errors import InvalidRequest
from functions.contract.frames import FrameRange
from functions.contract.segments import samples_before
from functions.contract.timecode import Timecode
from functions.deliver.drawn import draw_countdown, draw_slate
from functions.deliver.inks import BAR, BARS, BLACK, GREY, NAMES, RAMP, STOPS, WHITE, light_of_inks
from functions.deliver.lead import back
from functions.media.preview.lettering import letters
from tests.colour.reference import colour
from tests.deliver.library import P3_PQ, REC709, by_ocio
from tests.media.glyphs import holds
from tests.media.other_reader import probe, stream, timecode
from tests.media.remux_movies import write_numbered
from tests.plate.takes import write_take

Array = npt.NDArray[Any]


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_take(tmp_path_factory.mktemp("take"), range(100, 104))


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """29.97 drop frame across a minute, with sound."""
    rate = Fraction(30000, 1001)
    start = Timecode.parse("01:00:59;20", rate)
    path = tmp_path_factory.mktemp("movie") / "A001.mov"
    return write_numbered(path, FrameRange(0, 12), rate=rate, start=start)


def deliver(clip: Path, output: Path, profile: str, **fields: Any) -> Any:
    return rushes.call(
        "deliver", input=str(clip), output=str(output), profile=profile, name="M", **fields
    )


def words(path: Path) -> Array:
    found: Array = OpenImageIO.ImageBuf(str(path)).get_pixels(OpenImageIO.UINT16)
    return found


def test_inks_are_rec709_light_under_the_aces_white() -> None:
    """Bars equal colour-science's matrix by Bradford; the ramp is the grey card in stops."""
    light = light_of_inks()[:, 0].T
    matrix = colour.matrix_RGB_to_RGB(
        colour.RGB_COLOURSPACES["ITU-R BT.709"], colour.RGB_COLOURSPACES["ACES2065-1"], "Bradford"
    )
    lit = np.array([[1, 1, 1], [1, 1, 0], [0, 1, 1], [0, 1, 0], [1, 0, 1], [1, 0, 0], [0, 0, 1]])
    # colour-science rounds the matrices that the standards print.
    np.testing.assert_allclose(light[list(BARS)], BAR * lit @ matrix.T, atol=3e-4)
    np.testing.assert_allclose(light[list(RAMP), 1], [0.18 * 2.0**s for s in STOPS], rtol=1e-6)
    # What lies behind them are the edges of letters: parts of white and of grey, added as light.
    edges = light[len(NAMES) :].reshape(2, 15, 3)
    parts = np.arange(1, 16)[:, None] / 16
    np.testing.assert_allclose(edges, [parts * np.ones(3), parts * 0.18 * np.ones(3)], rtol=1e-6)


@pytest.mark.parametrize(
    ("profile", "style", "steps", "ending"),
    [("rec709-dpx", REC709, 1023, "dpx"), ("p3d65-pq-tiff", P3_PQ, 65535, "tif")],
)
def test_inks_pass_the_output_transform(
    take: Path, tmp_path: Path, profile: str, style: str, steps: int, ending: str
) -> None:
    """Every ink that stands on the slate is OpenColorIO's own value of its light."""
    deliver(take, tmp_path, profile, width=256, height=144, slate=1, start=10, frames="100")
    found = words(tmp_path / f"M.0009.{ending}") >> (6 if steps == 1023 else 0)
    light = np.ascontiguousarray(light_of_inks().transpose(1, 2, 0))
    expected = np.clip(by_ocio(light.copy(), style)[0], 0, 1) * steps
    drawing = draw_slate("M", (), 256, 144)
    for ink in (*BARS, *RAMP):
        seen = found[drawing == ink]
        assert len(seen) and (seen == seen[0]).all()
        # The exact tier's half step of 10 bits, and rounding.
        assert np.abs(seen[0] - expected[ink]).max() <= 0.5 * steps / 1023 + 1, NAMES[ink]


def test_an_aces_slate_is_light(take: Path, tmp_path: Path) -> None:
    """In an ACES EXR the bars and the ramp are the light itself, and the header counts back."""
    receipt = deliver(
        take, tmp_path, "aces-exr", width=256, height=144, slate=1, leader=2, start=86400,
        frames="100-101", timecode="01:00:00:00", leader_picture="black",
    )  # fmt: skip
    file = OpenEXR.File(str(tmp_path / "M.86397.exr"))
    pixels = file.channels()["RGB"].pixels.astype(np.float32)
    drawing = draw_slate("M", (), 256, 144)
    light = light_of_inks()[:, 0].T
    for ink in (*BARS, *RAMP):
        np.testing.assert_allclose(pixels[drawing == ink][0], light[ink], rtol=1e-3)
    label = file.header()["timeCode"]
    assert (label.hours, label.minutes, label.seconds, label.frame) == (0, 59, 59, 21)
    assert file.header()["imageCounter"] == 86397
    black = OpenEXR.File(str(tmp_path / "M.86399.exr")).channels()["RGB"].pixels
    assert not black.any()
    assert (receipt.frames.first, receipt.frames.count) == (86400, 2)
    assert sorted(o.frame for o in receipt.outputs if o.frame is not None) == [
        86397, 86398, 86399, 86400, 86401,
    ]  # fmt: skip
    assert receipt.report["lead"]["inks"]["ramp +0"] == [0.18005, 0.18005, 0.18005]


def test_the_programme_is_as_without_a_lead(take: Path, tmp_path: Path) -> None:
    """Frames of the programme are the same bytes with slate and leader before them or not."""
    deliver(take, tmp_path / "a", "rec709-dpx", start=86400)
    deliver(take, tmp_path / "b", "rec709-dpx", start=86400, slate=2, leader=3, show="S")
    names = sorted(p.name for p in (tmp_path / "a").glob("*.dpx"))
    assert len(names) == 4 and len(list((tmp_path / "b").glob("*.dpx"))) == 9
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_slate_says_what_the_request_says(take: Path, tmp_path: Path) -> None:
    """Each word of the request stands on the slate in its glyphs, and no other date."""
    said = {"title": "Nachtstraße", "show": "東京", "shot": "ABC_010", "date": "2031-01-02"}
    deliver(take, tmp_path, "rec709-dpx", width=640, height=432, slate=1, start=1001, **said)
    page = words(tmp_path / "M.1000.dpx")[:319, :, 1]  # above the bars
    white = page == page.max()
    for text in (*said.values(), "A001", "01:00:00:04", "1001-1004 (4)", "640 x 432"):
        assert any(holds(white, letters(text, size) >= 248) for size in (18, 36)), text


def test_countdown_counts_as_leaders_do() -> None:
    """3 from 72 frames on, 2 for one frame two seconds before the programme, then black."""
    for left, figure in ((72, "3"), (49, "3"), (73, "4"), (48, "2")):
        drawing = draw_countdown(left, 24, (), 320, 240)
        ink = letters(figure, 240 * 2 // 5) >= 248
        assert holds(drawing[60:180, 110:210] == WHITE, ink[ink.any(1)]), left
    assert (draw_countdown(47, 24, ("A",), 320, 240) == BLACK).all()
    bars = [(draw_countdown(left, 24, (), 320, 240)[-18] == WHITE).sum() for left in (72, 60, 49)]
    assert bars == sorted(set(bars)) and bars[-1] == 320 - 2 * 15


def test_any_size_of_picture_takes_a_lead() -> None:
    """Pictures from a few pixels up are drawn on, words that do not fit are left out."""
    for width, height in ((1, 1), (24, 16), (17, 300), (300, 17), (4096, 2160)):
        lines = (("SHOW", "A LONG NAME OF A SHOW"),) * 12
        assert draw_slate("A TITLE", lines, width, height).shape == (height, width)
        assert draw_countdown(90, 24, ("00:00:00:00",), width, height).shape == (height, width)
    assert (draw_slate("", (), 24, 16) == GREY).sum() == 0


@pytest.mark.parametrize(
    ("start", "rate", "frames", "label"),
    [
        ("01:00:00:00", Fraction(24), 240, "00:59:50:00"),
        ("00:00:00:00", Fraction(24000, 1001), 1, "23:59:59:23"),
        ("01:01:00;02", Fraction(30000, 1001), 1, "01:00:59;29"),
        ("00:00:00;00", Fraction(30000, 1001), 1, "23:59:59;29"),
        ("00:00:00;00", Fraction(60000, 1001), 1, "23:59:59;59"),
    ],
)
def test_labels_count_back(start: str, rate: Fraction, frames: int, label: str) -> None:
    """Timecode before the programme, over midnight and over labels that drop frame skips."""
    assert str(back(Timecode.parse(start, rate), frames)) == label


@pytest.mark.parametrize(("profile", "ending"), [("prores-422-hq", "mov"), ("dnxhr-444", "mxf")])
def test_a_movie_with_slate_leader_and_pop(
    movie: Path, tmp_path: Path, profile: str, ending: str
) -> None:
    """Frames, drop-frame timecode counted back, length of sound, and one frame of 1 kHz in it."""
    receipt = deliver(movie, tmp_path, profile, slate=5, leader=70)
    path = tmp_path / f"M.{ending}"
    found = probe(path)
    assert found["said"] == ""
    assert int(stream(found)["nb_read_frames"]) == 5 + 70 + 12
    # 20 frames after 01:00:59;00 less 75 are 01:00:57;05.
    assert timecode(found) == "01:00:57;05" == receipt.report["lead"]["timecode"]
    with av.open(str(path)) as container:
        blocks = [f.to_ndarray().reshape(-1) for f in container.decode(audio=0)]
    sound = np.concatenate(blocks) / 2.0**31
    rate = Fraction(30000, 1001)
    first = samples_before(-75, rate, 48000)
    assert len(sound) == samples_before(12, rate, 48000) - first
    start, stop = (samples_before(n, rate, 48000) - first for n in (-60, -59))
    programme = -first
    assert not sound[:start].any() and not sound[stop:programme].any()
    tone = sound[start:stop]
    expected = 0.1 * np.sin(2 * np.pi * 1000 * np.arange(len(tone)) / 48000)
    assert np.abs(tone - expected).max() < 2.0**-22
    with av.open(str(movie)) as container:
        own = [f.to_ndarray().reshape(-1) for f in container.decode(audio=0)]
    assert np.array_equal(np.rint(sound[programme:] * 2**15), np.concatenate(own))
    assert receipt.report["lead"]["pop"] == -60


def test_a_silent_clip_has_no_pop(take: Path, tmp_path: Path) -> None:
    """A movie of a clip without sound has none, and a short leader has no room for a pop."""
    receipt = deliver(take, tmp_path, "prores-422-hq", leader=10)
    with av.open(str(tmp_path / "M.mov")) as container:
        assert not container.streams.audio
        assert sum(1 for _ in container.decode(video=0)) == 14
    assert receipt.report["lead"]["pop"] is None


def test_alpha_of_a_lead_is_opaque(shared_data: Path, tmp_path: Path) -> None:
    """Where a master has alpha, its slate covers everything."""
    clip = shared_data / "video" / "prores4444_with_transparency.mov"
    deliver(clip, tmp_path, "p3d65-pq-tiff", slate=1, start=10, source="rec709")
    pixels = words(tmp_path / "M.0009.tif")
    assert pixels.shape[2] == 4 and (pixels[..., 3] == 65535).all()


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"title": "x"}, "title"), ({"date": "2020"}, "date"),
        ({"leader_picture": "black"}, "leader_picture"), ({"slate": 0}, "slate"),
        ({"slate": 1, "start": 0}, "start"), ({"leader": 200}, "start"),
        ({"slate": 1, "frames": "100-103x2"}, "slate"), ({"timecode": "1:2"}, "timecode"),
        ({"timecode": "01:00:00;00"}, "timecode"), ({"channels": "1"}, "channels"),
        ({"whole": "100-103"}, "whole"), ({"whole": "100-101", "frames": "102"}, "whole"),
    ],
)  # fmt: skip
def test_what_has_no_place_is_named(
    take: Path, tmp_path: Path, fields: dict[str, Any], named: str
) -> None:
    """Words without a slate, numbers below 0, steps, labels of another rate: one sentence."""
    with pytest.raises(InvalidRequest) as raised:
        deliver(take, tmp_path, "rec709-dpx", **fields)
    told = raised.value.problem()
    assert named in (told.get("field"), *(p["field"] for p in told.get("problems", ())))
    assert not list(tmp_path.glob("*.dpx"))


@pytest.mark.parametrize("profile", ["aces-exr", "rec709-dpx"])
def test_looks_do_not_reach_the_slate(take: Path, tmp_path: Path, profile: str) -> None:
    """A grade changes the programme and no pixel of slate and leader."""
    grade = tmp_path / "grade.cc"
    grade.write_text(
        '<ColorCorrection id="a"><SOPNode><Slope>2 1 0.5</Slope><Offset>0 0 0</Offset>'
        "<Power>1 1 1</Power></SOPNode></ColorCorrection>"
    )
    fields: dict[str, Any] = {"start": 1001, "slate": 1, "leader": 1, "frames": "100"}
    deliver(take, tmp_path / "a", profile, **fields)
    deliver(take, tmp_path / "b", profile, looks=[str(grade)], **fields)
    same = [
        (tmp_path / "a" / path.name).read_bytes() == path.read_bytes()
        for path in sorted((tmp_path / "b").glob("M.*.*"))
    ]
    assert same == [True, True, False]


def test_inks_are_of_the_release_that_is_asked_for(take: Path, tmp_path: Path) -> None:
    """Output transforms of ACES 1.3 and 2 differ, and so do the slates of their masters."""
    fields: dict[str, Any] = {"start": 10, "slate": 1, "frames": "100"}
    greys = [
        deliver(take, tmp_path / aces, "rec709-dpx", aces=aces, **fields).report["lead"]["inks"]
        for aces in ("1.3", "2")
    ]
    # The grey card of ACES 1.3's Rec.709 by OpenColorIO, 100 cd/m2, BT.1886.
    light = np.full((1, 1, 3), 0.18, np.float32)
    style = (
        "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-VIDEO_1.0"
        "|DISPLAY - CIE-XYZ-D65_to_REC.1886-REC.709"
    )
    assert greys[0]["grey 0.18"] == pytest.approx(
        by_ocio(light.copy(), style)[0, 0], abs=0.5 / 1023
    )
    assert greys[1]["grey 0.18"] == pytest.approx(
        by_ocio(light.copy(), REC709)[0, 0], abs=0.5 / 1023
    )
    assert abs(greys[0]["ramp +4"][0] - greys[1]["ramp +4"][0]) > 0.005
