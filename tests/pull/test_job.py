"""Jobs of matched events: names, versions, handles, sidecars, and the timeline of plates."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import opentimelineio as otio
import pytest

import rushes
from functions.contract.errors import InvalidRequest
from functions.media.write.exr import encode_exr
from functions.media.write.exr_header import ExrHeader
from functions.pull.index import Index
from functions.pull.job import Shot, described, job_of, plan_shots
from functions.pull.naming import Naming, check_pattern, next_versions, shot_names
from functions.pull.plates_timeline import plates_timeline
from functions.pull.request import PullRequest
from functions.pull.sidecar_folder import SidecarFolder
from functions.pull.unit import _matched
from functions.storage.file import FileStore
from functions.turnover.matching import match_events
from functions.turnover.model import Event, Turnover
from functions.turnover.placing import Media
from functions.turnover.read import read_turnover

HOUR = 24 * 3600
STORE = FileStore([Path("/")])


def media(name: str = "A", **fields: Any) -> Media:
    values: dict[str, Any] = {
        "reel": None, "first": 0, "count": 240, "start": HOUR, "rate": Fraction(24), **fields
    }  # fmt: skip
    return Media(uri=f"file:///m/{name}.mov", name=name, **values)


def event(number: str, start: int = HOUR + 10, length: int = 20, **fields: Any) -> Event:
    return Event(
        number=number, name="A", reel="A", start=start, length=length, rate=Fraction(24), **fields
    )


def asked(**fields: Any) -> PullRequest:
    return PullRequest(
        input="file:///t.edl", media=("file:///m/",), output="file:///out/", **fields
    )


def planned(
    events: list[Event],
    request: PullRequest,
    versions: dict[str, int] | None = None,
    clips: list[Media] | None = None,
) -> list[Shot]:
    matches, misses = match_events(events, clips or [media()])
    assert not misses
    names = shot_names(events, "My Show.v2", Naming())
    by_event = {id(each): name for each, name in zip(events, names, strict=True)}
    return plan_shots(matches, by_event, request, versions or {})


def no_sidecars(kind: str) -> SidecarFolder:
    return SidecarFolder(None, kind, STORE, kind)


def test_the_job_names_shots_and_elements() -> None:
    """Markers name shots, others are numbered; a shot's second use is the next element."""
    events = [event("001", shot="ABC_010"), event("002"), event("003", shot="ABC_010")]
    request = asked(defaults={"compression": "zip"}, start=1001)
    shots = planned(events, request, {"ABC_010_PL02": 4})
    job = job_of(shots, request, no_sidecars(".amf"), no_sidecars(".fdl"))
    assert job["defaults"] == {"operation": "plate", "compression": "zip"}
    assert [(c["output"], c["handles"], c["frames"], c["start"]) for c in job["clips"]] == [
        ("file:///out/ABC_010_PL01_v001/", 8, "10-29", 1001),
        ("file:///out/My_Show_v2_020_PL01_v001/", 8, "10-29", 1001),
        ("file:///out/ABC_010_PL02_v004/", 8, "10-29", 1001),
    ]
    assert job["clips"][0]["event"] == described(events[0])


def test_a_rows_own_handles_go_before_those_of_all() -> None:
    """A pull list asks for handles shot by shot."""
    request = asked(handles=8)
    (shot,) = planned([event("1", handles=24)], request)
    assert (shot.handles, shot.there) == (24, (10, 24))


def test_source_goes_to_clips_that_do_not_say_theirs() -> None:
    """A clip that knows its colour is left alone."""
    request = asked(source="ACEScct")
    tagged, untagged = media("A"), media("B", untagged="nothing says it")
    events = [event("1"), replace(event("2"), reel="B", name="B")]
    matches, _ = match_events(events, [tagged, untagged])
    names = {id(each): f"S_{each.number}" for each in events}
    shots = plan_shots(matches, names, request, {})
    job = job_of(shots, request, no_sidecars(".amf"), no_sidecars(".fdl"))
    assert [clip.get("source") for clip in job["clips"]] == [None, "ACEScct"]


@pytest.mark.parametrize(("highest", "rate"), [(29, 30), (59, 60)])
def test_a_list_is_not_read_at_twice_its_rate(highest: int, rate: int) -> None:
    """Of many labels in 60 frames a second some are above 29: where none is, they count 30."""
    lines = [
        f"{at:03d} A V C 01:00:00:{at:02d} 01:00:01:{max(at, highest - 6 + at):02d} "
        f"01:00:{at:02d}:00 01:00:{at + 2:02d}:00"
        for at in range(1, 7)
    ]
    data = "\n".join(["TITLE: T", *lines]).encode()
    clip = media("A", start=3600 * 60, rate=Fraction(60), count=10_000)
    first = read_turnover(data, "t.edl")
    turnover, matches, misses = _matched(first, data, "t.edl", Index(media=[clip]))
    assert turnover.rate == rate
    assert (len(matches), len(misses)) == ((0, 6) if rate == 30 else (6, 0))


def test_the_source_of_an_event_is_what_it_says() -> None:
    """A timecode, a frame number of the clip, or nothing where the row has no start."""
    assert described(event("1"))["source"] == "01:00:00:10"
    assert described(event("1", start=1003, numbers=True))["source"] == 1003
    assert "source" not in described(event("1", start=0, length=0, from_first=True))


def test_a_folder_of_amfs_gives_each_clip_its_own(tmp_path: Path) -> None:
    """By the clip's name or reel; one file is for all."""
    for name in ("A.amf", "r7.AMF", "notes.txt"):
        (tmp_path / name).write_text("x")
    folder = SidecarFolder(f"file://{tmp_path}/", ".amf", STORE, "amf")
    assert folder.of(media("A")) == f"file://{tmp_path}/A.amf"
    assert folder.of(media("B", reel="R7")) == f"file://{tmp_path}/r7.AMF"
    assert folder.of(media("C")) is None
    one = SidecarFolder(f"file://{tmp_path}/A.amf", ".amf", STORE, "amf")
    assert one.of(media("C")) == f"file://{tmp_path}/A.amf"
    with pytest.raises(InvalidRequest, match="holds no"):
        SidecarFolder(f"file://{tmp_path}/", ".fdl", STORE, "fdl")
    (tmp_path / "a.amf").write_text("y")
    with pytest.raises(InvalidRequest, match="which of them is meant"):
        SidecarFolder(f"file://{tmp_path}/", ".amf", STORE, "amf")


def test_a_clip_without_a_sidecar_in_the_folder_is_told(tmp_path: Path) -> None:
    """Its plate would go without the decisions that the others have, and its colour unknown."""
    for name in ("A_C001", "B_C001"):
        for number in (1, 2):
            path = tmp_path / f"media/{name}/{name}.{number:04d}.exr"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(encode_exr(np.zeros((3, 2, 2), np.float16), ExrHeader(), "none"))
    (tmp_path / "amf").mkdir()
    (tmp_path / "amf/A_C001.amf").write_text("x")
    (tmp_path / "list.csv").write_text("clip,in,out\nA_C001,1,2\nB_C001,1,2\n")
    report = rushes.call(
        "pull", input=str(tmp_path / "list.csv"), media=[str(tmp_path / "media")],
        output=str(tmp_path / "out"), amf=str(tmp_path / "amf"), handles=0,
    ).report  # fmt: skip
    assert report is not None
    assert [each["notes"] for each in report["pulled"]] == [
        [], ["no AMF of the folder is its clip's: it goes without one"]
    ]  # fmt: skip
    assert [each["clip"] for each in report["untagged"]] == ["B_C001"]


@pytest.mark.parametrize(
    ("naming", "expected"),
    [
        (Naming(), ["ABC_010", "T_020"]),
        (Naming(show="XY"), ["ABC_010", "XY_020"]),
        (Naming(by="comment"), ["ABC_010", "DEF_120"]),
        (Naming(pattern="{show}_{number:04}_{reel}", show="S"), ["ABC_010", "S_0020_A"]),
        (Naming(by="pattern", pattern="{clip}_{event}"), ["A_001", "A_002"]),
    ],
)
def test_shots_are_named_by_marker_comment_or_pattern(naming: Naming, expected: list[str]) -> None:
    """What nothing names is numbered."""
    events = [
        event("001", shot="ABC_010"),
        event("002", comments=("remove wires", "VFX: DEF_120, comp")),
    ]
    assert shot_names(events, "T", naming) == expected


@pytest.mark.parametrize("pattern", ["{x}", "{show.a}", "{show!r}", "{number:99999}", "{", "{0}"])
def test_patterns_hold_their_fields_alone(pattern: str) -> None:
    """No attribute, no width without bound, no unknown field."""
    with pytest.raises(InvalidRequest):
        check_pattern(pattern)


def test_a_pull_again_raises_the_version(tmp_path: Path) -> None:
    """Plates that stand in the output make the next version of theirs, and of theirs alone."""
    for name in ("ABC_010_PL01_v001", "ABC_010_PL01_v003", "ABC_020_PL01_v001", "notes"):
        (tmp_path / name).mkdir()
    found = next_versions(STORE, f"file://{tmp_path}/")
    assert found == {"ABC_010_PL01": 4, "ABC_020_PL01": 2}


def test_the_timeline_of_plates_shows_the_same_cut() -> None:
    """OpenTimelineIO reads it: each shot at its record, in the plate's numbers, on its files."""
    events = [
        event("001", shot="S_010", record=HOUR),
        event("002", HOUR + 50, 24, shot="S_020", record=HOUR + 30, speed=Fraction(2),
              covers=(HOUR + 50, HOUR + 96)),
        event("003", HOUR + 100, 10, shot="S_030", record=HOUR + 35, track=2, head=4,
              covers=(HOUR + 96, HOUR + 109)),
    ]  # fmt: skip
    shots = planned(events, asked(handles=8, start=1001))
    turnover = Turnover(title="T", rate=Fraction(24), events=tuple(events))
    text = json.dumps(plates_timeline(turnover, shots, 1001))
    timeline = otio.adapters.read_from_string(text, "otio_json")
    clips = timeline.find_clips()
    found = [
        (c.name, c.trimmed_range().start_time.value, c.trimmed_range().duration.value,
         timeline.global_start_time.value
         + c.transformed_time_range(c.trimmed_range(), timeline.tracks).start_time.value)
        for c in clips
    ]  # fmt: skip
    assert found == [
        ("S_010", 1001, 20, HOUR),
        ("S_020", 1001, 24, HOUR + 30),
        ("S_030", 1005, 10, HOUR + 35),
    ]
    assert clips[1].effects[0].time_scalar == 2
    reference = clips[0].media_reference
    assert (
        reference.target_url_for_image_number(0)
        == "file:///out/S_010_PL01_v001/S_010_PL01_v001.0993.exr"
    )
    again = read_turnover(text.encode(), "plates.otio").events
    assert [(e.needed, e.file) for e in again] == [
        ((1001, 1020), "S_010_PL01_v001.%04d.exr"),
        ((1001, 1047), "S_020_PL01_v001.%04d.exr"),
        ((1005, 1014), "S_030_PL01_v001.%04d.exr"),
    ]


def test_the_timeline_of_plates_lasts_as_long_as_the_cut() -> None:
    """Media at 48 frames a second keeps its length in a timeline at 24, where OTIO adds seconds."""
    fast = media(rate=Fraction(48), start=2 * HOUR, count=480)
    events = [
        replace(event("001", 2 * HOUR, 24, covers=(2 * HOUR, 2 * HOUR + 47)), rate=Fraction(48)),
        replace(event("002", 2 * HOUR, 24, covers=(2 * HOUR, 2 * HOUR + 47), record=24),
                rate=Fraction(48)),
    ]  # fmt: skip
    shots = planned(events, asked(handles=0), clips=[fast])
    turnover = Turnover(title="T", rate=Fraction(24), events=tuple(events))
    text = json.dumps(plates_timeline(turnover, shots, 1001))
    timeline = otio.adapters.read_from_string(text, "otio_json")
    assert timeline.duration().to_seconds() == 2


def test_shots_that_overlap_on_one_track_are_all_there() -> None:
    """A second row of the track takes what the first has no place for."""
    events = [event("1", shot="S_1", record=0), event("2", shot="S_2", record=5)]
    turnover = Turnover(title="T", rate=Fraction(24), events=tuple(events))
    timeline = plates_timeline(turnover, planned(events, asked()), None)
    assert [track["name"] for track in timeline["tracks"]["children"]] == ["V1", "V1 beside"]
