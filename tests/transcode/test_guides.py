"""Mattes, framing lines and where burn-ins stand, to the pixel against a plain twin."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import numpy.typing as npt
import pytest

import rushes
from functions.contract.errors import InvalidRequest
from functions.media.write.stills import encode_png
from functions.sidecars.fdl.geometry import full_frame

GREY = 26214  # 0.4
WIDTH, HEIGHT = 1200, 1000


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One flat grey frame."""
    path = tmp_path_factory.mktemp("clip") / "A001.0001.png"
    path.write_bytes(encode_png(np.full((3, HEIGHT, WIDTH), GREY, np.uint16)))
    return path


def drawn(clip: Path, out: Path, **fields: Any) -> tuple[npt.NDArray[np.uint16], dict[str, Any]]:
    """The green plane of the frame, and what the receipt says was drawn."""
    receipt: Any = rushes.transcode(
        input=str(clip), output=str(out), stills="png", source="rec709", space="source", **fields
    )
    (path,) = out.glob("*.png")
    green: npt.NDArray[np.uint16] = imagecodecs.png_decode(path.read_bytes())[..., 1]
    return green, receipt.report["drawn"]


def inside(x: float, y: float, width: float, height: float) -> npt.NDArray[np.bool_]:
    """Pixels whose middle lies inside a rectangle, or on its right or lower side."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    return (columns > x) & (columns <= x + width) & (rows > y) & (rows <= y + height)


@pytest.mark.parametrize(
    ("text", "width", "height"),
    [("2.39", 1200, 1200 / 2.39), ("16:9", 1200, 675), ("1", 1000, 1000), ("4:5", 800, 1000)],
)
@pytest.mark.parametrize("opacity", [None, 0.5])
def test_a_matte_darkens_what_is_outside_of_an_aspect(
    text: str, width: float, height: float, opacity: float | None, clip: Path, tmp_path: Path
) -> None:
    """The area is centred and as large as fits; a pixel is outside when its middle is."""
    fields = {} if opacity is None else {"matte_opacity": opacity}
    found, told = drawn(clip, tmp_path, matte=text, **fields)
    seen = inside((WIDTH - width) / 2, (HEIGHT - height) / 2, width, height)
    assert (found[seen] == GREY).all()
    assert (found[~seen] == round(GREY * (1 - (opacity or 1.0)))).all()
    rows, columns = np.nonzero(seen)
    assert told["matte"]["y"] == rows[0]
    assert told["matte"]["height"] == rows[-1] - rows[0] + 1
    assert told["matte"]["width"] == np.ptp(columns) + 1


@pytest.mark.parametrize(("text", "part"), [("action-safe", 0.93), ("title-safe", 0.9)])
def test_lines_stand_right_outside_of_their_area(
    text: str, part: float, clip: Path, tmp_path: Path
) -> None:
    """ST 2046-1's share of width and height; one pixel wide on a picture of 1000 rows."""
    found, told = drawn(clip, tmp_path, guides=(text,), guide_opacity=1.0)
    width, height = WIDTH * part, HEIGHT * part
    x, y = (WIDTH - width) / 2, (HEIGHT - height) / 2
    seen, around = inside(x, y, width, height), inside(x - 1, y - 1, width + 2, height + 2)
    assert (found[around & ~seen] == round(0.9 * 65535)).all()
    assert (found[seen | ~around] == GREY).all()
    assert told["guides"] == [
        {"of": text, "opacity": 1.0, "x": x, "y": y, "width": width, "height": height}
    ]


def test_lines_at_the_pictures_edge_stand_inside(clip: Path, tmp_path: Path) -> None:
    """An aspect as wide as the picture has its upright lines on the first and last columns."""
    found, _ = drawn(clip, tmp_path, guides=("16:9",))
    lit = round(GREY * 0.3 + 0.9 * 65535 * 0.7)
    top = math.floor((HEIGHT - 675) / 2 + 0.5)
    assert abs(found[top : top + 675, [0, -1]].astype(int) - lit).max() <= 1
    assert abs(found[[top - 1, top + 675]].astype(int) - lit).max() <= 1
    assert (found[top : top + 675, 1:-1] == GREY).all()


def test_an_fdls_framing_is_lined_on_the_whole_canvas(clip: Path, tmp_path: Path) -> None:
    """Where the layer that is cut out is the canvas, the decision's corners are its own pixels."""
    text = full_frame(WIDTH, HEIGHT).document.decode()
    fdl = json.loads(text)
    (context,) = fdl["contexts"]
    (decision,) = context["canvases"][0]["framing_decisions"]
    decision["dimensions"] = {"width": 1000.0, "height": 500.0}
    decision["anchor_point"] = {"x": 60.0, "y": 240.0}
    path = tmp_path / "a.fdl"
    path.write_text(json.dumps(fdl))
    fields: Any = {"fdl": str(path), "layer": "canvas.dimensions"}
    found, told = drawn(clip, tmp_path / "m", matte="framing", **fields)
    seen = inside(60, 240, 1000, 500)
    assert (found[seen] == GREY).all()
    assert (found[~seen] == 0).all()
    # An aspect is of the framing, in its middle.
    found, told = drawn(clip, tmp_path / "a", matte="1", **fields)
    assert (told["matte"]["x"], told["matte"]["y"]) == (310, 240)
    assert (found[inside(310, 240, 500, 500)] == GREY).all()
    with pytest.raises(InvalidRequest, match="a layer of an FDL's"):
        drawn(clip, tmp_path / "p", matte="protection", **fields)


def test_burn_ins_keep_inside_their_area_at_their_size(clip: Path, tmp_path: Path) -> None:
    """Nothing outside of the title-safe area changes, and half the opacity is half the change."""
    words: Any = {"burn_in": ("text=TEST@top-left", "frame@bottom-right"), "burn_size": 8}
    full, told = drawn(clip, tmp_path / "a", burn_area="title-safe", **words)
    changed = np.nonzero(full != GREY)
    assert changed[0].min() == told["burn_area"]["y"] == 50
    assert changed[1].min() == told["burn_area"]["x"] == 60
    assert (changed[0].max(), changed[1].max()) == (949, 1139)
    half, _ = drawn(clip, tmp_path / "b", burn_area="title-safe", burn_opacity=0.5, **words)
    assert np.abs((half - np.float64(GREY)) - (full - np.float64(GREY)) / 2).max() <= 1
    small, _ = drawn(clip, tmp_path / "c", burn_area="title-safe", **{**words, "burn_size": 4})
    tall = [np.ptp(np.nonzero(each[:500] != GREY)[0]) + 1 for each in (full, small)]
    assert tall[0] == pytest.approx(2 * tall[1], abs=2)


def test_a_movie_has_its_matte_in_every_part(shared_data: Path, tmp_path: Path) -> None:
    """The frames of two parts are those of the whole, black above the area that is told."""
    import av

    from tests.transcode.test_transcode import make, packets

    fields: Any = {"matte": "2.39", "guides": ("action-safe",)}
    receipt, whole = make(shared_data, tmp_path / "w", **fields)
    parts = [make(shared_data, tmp_path / p, frames=p, **fields)[1] for p in ("0-5", "6-12")]
    assert [p for part in parts for p in packets(part, "video")] == packets(whole, "video")
    top = receipt.report["drawn"]["matte"]["y"]
    assert top == round((144 - 256 / 2.39) / 2)
    with av.open(str(whole)) as container:
        frame = next(container.decode(video=0)).to_ndarray(format="gray")
    assert frame[8 : top - 4, 20:236].max() <= 18
    assert receipt.report["drawn"]["guides"][0]["of"] == "action-safe"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"matte": "wide"}, "matte"), ({"matte": "0"}, "matte"), ({"matte": "99"}, "matte"),
        ({"guides": ("framing",)}, "guides"), ({"guides": ("2,39",)}, "guides"),
        ({"matte_opacity": 0.5}, "matte_opacity"), ({"guide_opacity": 0.5}, "guide_opacity"),
        ({"burn_size": 5}, "burn_size"), ({"burn_in": ("frame",), "burn_size": 90}, "burn_size"),
        ({"matte": "2.39", "matte_opacity": 0}, "matte_opacity"),
        ({"burn_in": ("frame",), "burn_area": "picture?"}, "burn_area"),
    ],
)  # fmt: skip
def test_senseless_values_are_refused(
    fields: dict[str, Any], field: str, clip: Path, tmp_path: Path
) -> None:
    """By the field's name."""
    with pytest.raises(InvalidRequest) as raised:
        drawn(clip, tmp_path / "o", **fields)
    assert field in str(raised.value.facts) or field in str(raised.value)
