"""The programme's frame and the framing on a slate, to the pixel."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenEXR
import OpenImageIO
import pytest

import rushes
from functions.contract.errors import InvalidRequest
from functions.deliver.drawn import draw_chart, draw_slate, small_size
from functions.deliver.inks import BLACK, GREY, WHITE
from functions.media.write.stills import encode_png
from functions.sidecars.fdl.geometry import full_frame

WIDTH, HEIGHT = 400, 300


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Two frames of a gradient."""
    folder = tmp_path / "A001"
    folder.mkdir()
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    planes = np.stack([x * 100, y * 150, (x + y) * 60]).astype(np.uint16)
    for number in (1001, 1002):
        (folder / f"A001.{number}.png").write_bytes(encode_png(planes + np.uint16(number)))
    return folder


def means(picture: npt.NDArray[Any], wide: int, high: int) -> npt.NDArray[np.float64]:
    """(high, wide, 3): the mean of what each small pixel covers, by areas."""

    def shares(many: int, few: int) -> npt.NDArray[np.float64]:
        edges = np.arange(few + 1) * many / few
        starts = np.arange(many)
        return np.clip(
            np.minimum(edges[1:, None], starts + 1) - np.maximum(edges[:-1, None], starts), 0, 1
        )

    down, across = shares(HEIGHT, high), shares(WIDTH, wide)
    mixed = down @ np.einsum("bx,yxc->cyb", across, picture.astype(np.float64))
    return mixed.transpose(1, 2, 0) / (HEIGHT / high * WIDTH / wide)


@pytest.mark.parametrize(("profile", "ending"), [("p3d65-pq-tiff", "tif"), ("aces-exr", "exr")])
def test_the_small_picture_is_the_first_frame(
    profile: str, ending: str, clip: Path, tmp_path: Path
) -> None:
    """Each of its pixels is the mean of the master's own frame there, in code values or light."""
    out = tmp_path / "o"
    rushes.deliver(
        input=str(clip), output=str(out), profile=profile, source="rec709", slate=1,
        thumbnail=True, name="M",
    )  # fmt: skip

    def read(number: int) -> npt.NDArray[Any]:
        path = str(out / f"M.{number}.{ending}")
        if ending == "exr":
            held: npt.NDArray[Any] = OpenEXR.File(path).channels()["RGB"].pixels
            return held
        words: npt.NDArray[Any] = OpenImageIO.ImageBuf(path).get_pixels("uint16")
        return words

    slate, first = read(1000), read(1001)
    x, y, wide, high = small_size(WIDTH, HEIGHT)
    assert abs(wide / high - WIDTH / HEIGHT) < 0.02
    found = slate[y : y + high, x : x + wide].astype(np.float64)
    error = np.abs(found - means(first, wide, high)).max()
    assert error <= (1.5 if ending == "tif" else 2e-3 * float(first.max()))


def test_words_leave_the_picture_its_room() -> None:
    """However long a value is, nothing is written where the picture stands."""
    lines = [("NOTE", "W" * 200)] * 3
    drawing = draw_slate("T" * 90, lines, 800, 450, small_size(800, 450))
    x, y, wide, high = small_size(800, 450)
    assert (drawing[y : y + high, x : x + wide] == BLACK).all()
    assert (drawing[:, :x] != BLACK).any()


def test_the_chart_marks_the_framings_corners() -> None:
    """White on the first pixels outside of 10.4,20.6 to 210.4,120.6, inside none but the middle."""
    out = np.full((200, 300), BLACK, np.uint8)
    draw_chart(out, (10.4, 20.6, 200.0, 100.0))
    rows, columns = np.nonzero(out == WHITE)
    assert (columns.min(), rows.min(), columns.max(), rows.max()) == (9, 20, 210, 121)
    inner = out[21:121, 10:210]
    assert not (inner == WHITE).any()
    assert (out[[0, -1]] == GREY).all()
    assert (out[:, [0, -1]] == GREY).all()
    assert out[100, 150] == GREY


def test_a_master_has_its_chart(clip: Path, tmp_path: Path) -> None:
    """Of the FDL's framing on the whole canvas; without a slate both are refused."""
    fdl = json.loads(full_frame(WIDTH, HEIGHT).document)
    (decision,) = fdl["contexts"][0]["canvases"][0]["framing_decisions"]
    decision["dimensions"] = {"width": 300.0, "height": 200.0}
    decision["anchor_point"] = {"x": 50.0, "y": 60.0}
    path = tmp_path / "a.fdl"
    path.write_text(json.dumps(fdl))
    fields: Any = {"profile": "rec709-dpx", "source": "rec709", "fdl": str(path),
                   "layer": "canvas.dimensions", "input": str(clip)}  # fmt: skip
    rushes.deliver(output=str(tmp_path / "o"), slate=1, chart=True, name="M", **fields)
    green = OpenImageIO.ImageBuf(str(tmp_path / "o/M.1000.dpx")).get_pixels("uint16")[..., 1]
    assert green[59, 50] == green[60, 49] == green[260, 349] == green[59, 349] > 30_000
    assert green[60, 350] == green[59, 50]
    for field in ("chart", "thumbnail"):
        with pytest.raises(InvalidRequest, match=f"{field} is written on the slate"):
            rushes.deliver(output=str(tmp_path / "n"), **{field: True}, **fields)
