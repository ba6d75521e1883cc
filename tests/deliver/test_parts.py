"""A master in parts is the master in one piece, byte for byte, through `dispatch` too."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import rushes
from functions.contract.frames import FrameRange
from functions.contract.timecode import Timecode
from tests.media.other_reader import probe, timecode
from tests.media.remux_movies import packets, write_numbered
from tests.plate.takes import write_take

LEAD: dict[str, Any] = {
    "slate": 3, "leader": 52, "show": "EXAMPLE", "timecode": "01:00:00:00", "start": 86400,
}  # fmt: skip


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_take(tmp_path_factory.mktemp("take"), range(100, 110))


def dispatched(clip: Path, folder: Path, frames: int = 3, **fields: Any) -> dict[str, Any]:
    one = {"operation": "deliver", "input": f"file://{clip}", "output": f"file://{folder}/job/m/"}
    receipt = rushes.call(
        "dispatch", output=f"file://{folder}/job/", clips=[{**one, **fields}],
        units={"frames": frames},
    )  # fmt: skip
    assert receipt.report is not None
    assert receipt.report["failures"] == [], receipt.report["failures"][:1]
    return receipt.report


def files(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}


@pytest.mark.parametrize("profile", ["aces-exr", "p3d65-pq-tiff", "rec709-dpx"])
def test_frames_of_a_cut_job_are_those_of_one_unit(
    take: Path, tmp_path: Path, profile: str
) -> None:
    """Numbers, labels, slate, leader, AMF and FDL: four units leave the files of one."""
    fields = {"profile": profile, "width": 96, "height": 54, **LEAD}
    rushes.call("deliver", input=str(take), output=str(tmp_path / "one"), **fields)
    report = dispatched(take, tmp_path, **fields)
    assert (report["units"], report["frames"]) == (4, 10)
    whole = files(tmp_path / "one")
    assert files(tmp_path / "job" / "m") == whole
    assert len(whole) == 10 + 55 + 2


@pytest.mark.parametrize("by", [1, 4])
def test_any_split_by_hand_is_the_whole(take: Path, tmp_path: Path, by: int) -> None:
    """Parts of any length, made in any order, into one folder."""
    fields: dict[str, Any] = {"profile": "rec709-dpx", "start": 9998, "slate": 1}
    rushes.call("deliver", input=str(take), output=str(tmp_path / "one"), **fields)
    for part in reversed(FrameRange(100, 110).split(by)):
        output = str(tmp_path / "parts")
        asked = {**fields, "frames": str(part), "whole": "100-109"}
        rushes.call("deliver", input=str(take), output=output, **asked)
    assert files(tmp_path / "parts") == files(tmp_path / "one")
    # Four digits are not enough for the last number, so all have five.
    assert (tmp_path / "parts" / "A001.09997.dpx").exists()


@pytest.mark.parametrize(
    ("profile", "rate", "start", "units"),
    [
        ("prores-422-hq", Fraction(24), "00:59:57:17", 9),
        ("prores-4444", Fraction(30000, 1001), "00:59:58:05", 10),
        ("dnxhr-444", Fraction(30000, 1001), "00:59:58:05", 10),
    ],
)
def test_a_movie_in_seven_parts_is_one_movie(
    tmp_path: Path, profile: str, rate: Fraction, start: str, units: int
) -> None:
    """Sound, timecode, slate and leader over the joints, with AMF beside; in MOV every byte."""
    label = Timecode.parse("10:00:00:00", rate)
    clip = write_numbered(tmp_path / "A001.mov", FrameRange(0, 39), rate=rate, start=label)
    fields = {"profile": profile, **LEAD}
    if profile == "prores-4444":
        fields = {**fields, "title": "SAID", "name": "N"}
    one = rushes.call("deliver", input=str(clip), output=str(tmp_path / "one"), **fields)
    # 29.97 wants parts of five frames, of which the lead's 55 are so already.
    report = dispatched(clip, tmp_path, frames=6 if rate == 24 else 5, **fields)
    assert (report["units"], report["frames"]) == (units, 39)
    path = next(Path(o.uri.removeprefix("file://")) for o in one.outputs if ".m" in o.uri[-4:])
    joined = tmp_path / "job" / "m" / path.name
    ours = files(tmp_path / "job" / "m")
    assert ours.keys() == files(tmp_path / "one").keys()
    assert packets(joined) == packets(path)
    assert packets(joined, "audio") == packets(path, "audio")
    assert timecode(probe(joined)) == timecode(probe(path)) == start
    for name, content in files(tmp_path / "one").items():
        if not name.endswith(".mxf"):
            assert ours[name] == content, name


def test_a_lead_that_is_no_cadence_shortens_the_first_part(tmp_path: Path) -> None:
    """At 29.97 slate, leader and first part together are a multiple of five frames."""
    rate = Fraction(30000, 1001)
    clip = write_numbered(tmp_path / "A001.mov", FrameRange(0, 23), rate=rate)
    fields: dict[str, Any] = {"profile": "dnxhr-444", "slate": 7}
    one = rushes.call("deliver", input=str(clip), output=str(tmp_path / "one"), **fields)
    told = rushes.explain(
        "dispatch", output=str(tmp_path / "x"), units={"frames": 10},
        clips=[{"operation": "deliver", "input": f"file://{clip}", **fields}],
    )  # fmt: skip
    assert told["clips"][0]["units"] == ["0-22", "0-7", "8-17", "18-22", "0-22"]
    dispatched(clip, tmp_path, frames=10, **fields)
    path = next(Path(o.uri.removeprefix("file://")) for o in one.outputs if ".mxf" in o.uri)
    joined = tmp_path / "job" / "m" / path.name
    assert packets(joined) == packets(path)
    assert packets(joined, "audio") == packets(path, "audio")


def test_a_master_that_stands_is_not_made_again(take: Path, tmp_path: Path) -> None:
    """The same job again makes nothing; without its sidecars it makes those alone."""
    fields = {"profile": "prores-422-hq", "width": 256, "height": 144}
    first = dispatched(take, tmp_path, **fields)
    assert dispatched(take, tmp_path, **fields)["done"] == 0
    place = tmp_path / "job" / "m"
    amf = next(place.glob("*.amf"))
    content = amf.read_bytes()
    for receipt in (place / ".rushes").glob("*.json"):
        if amf.name in receipt.read_text():
            receipt.unlink()
    amf.unlink()
    again = dispatched(take, tmp_path, **fields)
    assert (again["done"], again["reused"]) == (1, first["units"] - 1)
    assert amf.read_bytes() == content


def test_masters_that_count_apart_share_a_folder(take: Path, tmp_path: Path) -> None:
    """Two clips under one name whose `start` keeps them apart are one job; else it is told."""
    clip = {"operation": "deliver", "input": f"file://{take}", "profile": "rec709-dpx", "name": "R"}
    job: dict[str, Any] = {"output": str(tmp_path / "job"), "defaults": clip}
    place = f"file://{tmp_path}/job/m/"
    apart = [{"start": 1001, "output": place}, {"start": 1013, "slate": 2, "output": place}]
    assert rushes.call("dispatch", clips=apart, **job).report["failures"] == []
    assert len(list((tmp_path / "job" / "m").glob("*.dpx"))) == 22
    close = [apart[0], {**apart[1], "slate": 3}]
    with pytest.raises(Exception, match="would both write frame 1010"):
        rushes.call("dispatch", clips=close, **job)
