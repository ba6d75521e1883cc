"""The correction of a turnover's event is the plate's look: in AMF, sidecars and viewing movie."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import rushes
from functions.contract.errors import InvalidRequest
from functions.sidecars.amf.read import read_amf
from functions.sidecars.cdl.read import read_cdls
from tests.plate.takes import plate, write_take

BASE = "ABC_010_PL01_v001"
NUMBERS: dict[str, Any] = {
    "slope": [1.3, 1.0, 0.7], "offset": [0.02, 0.0, -0.01], "power": [1.1, 1.0, 0.9],
    "saturation": 0.6,
}  # fmt: skip
EVENT = {"number": "001", "name": "take 3", "cdl": NUMBERS}
CC = """<ColorCorrection xmlns="urn:ASC:CDL:v1.2" id="x"><SOPNode><Slope>1.3 1 0.7</Slope>
<Offset>0.02 0 -0.01</Offset><Power>1.1 1 0.9</Power></SOPNode>
<SatNode><Saturation>0.6</Saturation></SatNode></ColorCorrection>"""


@pytest.fixture
def take(tmp_path: Path) -> Path:
    return write_take(tmp_path)


def movie(root: Path) -> bytes:
    return next(root.rglob("*.mov")).read_bytes()


def test_the_viewing_movie_shows_the_events_look(take: Path, tmp_path: Path) -> None:
    """Its bytes are those of a movie with the same numbers as a look file; without, others."""
    (tmp_path / "look.cc").write_text(CC)
    asked: dict[str, Any] = {"frames": "104", "start": 1001, "proxy": True}
    receipt = plate(take, tmp_path / "event", event=EVENT, **asked)
    plate(take, tmp_path / "look", looks=[str(tmp_path / "look.cc")], **asked)
    plate(take, tmp_path / "none", **asked)
    assert movie(tmp_path / "event") == movie(tmp_path / "look")
    assert movie(tmp_path / "event") != movie(tmp_path / "none")
    assert receipt.assumed["event_cdl"] == "a look in ACEScct: the turnover says no working space"


def test_decisions_go_before_the_events_look(take: Path, tmp_path: Path) -> None:
    """A look file with a CDL of its own is the plate's, and the event's is told as left out."""
    (tmp_path / "look.cc").write_text(CC.replace("1.3 1 0.7", "1 1 1"))
    asked: dict[str, Any] = {"frames": "104", "looks": [str(tmp_path / "look.cc")]}
    receipt = plate(take, tmp_path / "out", event=EVENT, **asked)
    amf = read_amf(next((tmp_path / "out").rglob("*.amf")).read_bytes())
    assert [step.cdl.slope for step in amf.steps if step.cdl] == [(1.0, 1.0, 1.0)]
    assert receipt.assumed["event_cdl"].startswith("left out")


def test_several_looks_are_all_in_the_list_and_told(take: Path, tmp_path: Path) -> None:
    """A .cc holds one correction (ASC CDL v1.2): the first; the .cdl has each by an id of its own,
    though they be called alike."""
    looks = []
    for number in (1, 2):
        path = tmp_path / f"{number}" / "look.cc"
        path.parent.mkdir()
        path.write_text(CC.replace("0.6", f"0.{number}"))
        looks.append(str(path))
    receipt = plate(take, tmp_path / "out", frames="104", looks=looks, seal=False)
    assert receipt.assumed["cc"].startswith("the .cc is the first of 2 looks' CDLs")
    package = tmp_path / "out" / BASE
    found = read_cdls((package / f"{BASE}.cdl").read_bytes(), name="a.cdl")
    assert [(name, cdl.saturation) for name, cdl in found.items()] == [("x", 0.1), ("x-2", 0.2)]
    (first,) = read_cdls((package / f"{BASE}.cc").read_bytes(), name="a.cc").values()
    assert first.saturation == 0.1


def test_lint_compares_all_that_hold_the_correction(take: Path, tmp_path: Path) -> None:
    """AMF, .cc, .cdl and event agree as made; a change of any one is found."""
    plate(take, tmp_path / "out", frames="104", event=EVENT, seal=False)
    package = tmp_path / "out" / BASE

    def found() -> set[str]:
        report = rushes.call("lint", input=f"{package}/").report or {}
        return {each["path"] for each in report["findings"] if each["code"] == "cdl-differs"}

    assert found() == set()
    (cdl,) = read_cdls((package / f"{BASE}.cc").read_bytes(), name="cc").values()
    assert list(cdl.slope) == NUMBERS["slope"]
    for name, old, new in (
        (f"{BASE}.event.json", "1.3", "1.4"),
        (f"{BASE}.cdl", "1.3", "1.4"),
        (f"{BASE}.cc", "1.3", "1.4"),
    ):
        path = package / name
        text = path.read_text()
        path.write_text(text.replace(old, new))
        assert found() == {f"{BASE}.cc"}, name
        path.write_text(text)


@pytest.mark.parametrize(
    "numbers",
    [
        {"slope": [1, 1]}, {"power": [0, 1, 1]}, {"saturation": -1}, {"slope": "1 1 1"},
        {"sat": 0.5}, {"slope": [2, 2, 2], "gamma": 1}, [2, 2, 2], "a.cdl",
    ],
)  # fmt: skip
def test_numbers_that_no_cdl_has_are_refused(take: Path, tmp_path: Path, numbers: Any) -> None:
    """Before a clip is opened."""
    with pytest.raises(InvalidRequest, match="cdl"):
        plate(take, tmp_path / "out", event={"cdl": numbers})
