"""Events find their clips by name and timecode, and say why when they do not."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from functions.storage.file import FileStore
from functions.turnover.matching import Match, Media, Miss, match_events
from functions.turnover.model import Event
from functions.turnover.pulling import Naming, described, job_of, next_versions, shot_names

HOUR = 24 * 3600


def media(name: str, start: int | None = HOUR, count: int = 240, **fields: Any) -> Media:
    values: dict[str, Any] = {"reel": None, "first": 0, "rate": Fraction(24), **fields}
    return Media(uri=f"file:///m/{name}.mov", name=name, start=start, count=count, **values)


def event(start: int = HOUR + 10, length: int = 20, **fields: Any) -> Event:
    values: dict[str, Any] = {"number": "001", "name": "take", "rate": Fraction(24), **fields}
    return Event(start=start, length=length, **values)


def matched(found: Event, *clips: Media) -> Match | Miss:
    matches, misses = match_events([found], clips)
    return (matches + misses)[0]  # type: ignore[operator, no-any-return]


def test_a_reel_and_its_timecode_give_the_frames() -> None:
    """Numbers are the clip's own: file numbers of a sequence that begins at 1001."""
    found = matched(event(reel="A001"), media("A001", first=1001), media("A002"))
    assert isinstance(found, Match)
    assert (found.media.name, found.first, found.last) == ("A001", 1011, 1030)


@pytest.mark.parametrize(
    "fields",
    [
        {"file": "A001_C004.mov"},
        {"name": "A001_C004"},
        {"name": "a001-c004.mxf (LAY3)"},
        {"reel": "A001C004"},
        {"file": "A001_C004.%06d.dng"},
    ],
)
def test_names_are_told_by_their_letters_and_digits(fields: dict[str, str]) -> None:
    """Case, marks, extensions, counters and take remarks do not keep a clip from its event."""
    found = matched(event(**fields), media("A001_C004"), media("A001_C005"))
    assert isinstance(found, Match)
    assert found.media.name == "A001_C004"


def test_the_files_name_goes_before_the_reel() -> None:
    """A proxy's reel may be wrong; the file that the timeline names is not."""
    found = matched(event(reel="A002", file="A001.mov"), media("A001"), media("A002"))
    assert isinstance(found, Match)
    assert found.media.name == "A001"


def test_the_clips_own_reel_name_counts() -> None:
    """A renamed movie is found by the reel in its metadata."""
    found = matched(event(reel="TAPE7"), media("clip_000001", reel="tape7"))
    assert isinstance(found, Match)


def test_a_reel_cut_to_eight_characters_is_found_by_its_start() -> None:
    """CMX 3600's short reels match the real one, told apart by timecode."""
    clips = [media("A001C004_230511", HOUR), media("A001C004_230512", 2 * HOUR)]
    found = matched(event(2 * HOUR, reel="A001C004"), *clips)
    assert isinstance(found, Match)
    assert found.media.name == "A001C004_230512"
    assert isinstance(matched(event(reel="A001C00"), *clips), Miss)


@pytest.mark.parametrize(
    ("found", "clips", "why"),
    [
        (event(reel="A009"), [media("A001")], "reel A009 or clip take is not in the media"),
        (event(HOUR - 1, reel="A001"), [media("A001")], "00:59:59:23-01:00:00:18.*not all in"),
        (event(HOUR + 230, reel="A001"), [media("A001")], "not all in A001: 01:00:00:00-01:00:09"),
        (event(reel="A001"), [media("A001", rate=Fraction(25))], "counts 24 .* has 25"),
        (event(reel="A001"), [media("A001"), media("x", reel="A001")], "several clips fit"),
        (event(reel="A001", trouble="pull it by hand"), [media("A001")], "by hand"),
    ],
)
def test_what_does_not_match_is_told(found: Event, clips: list[Media], why: str) -> None:
    """Unknown, out of range, of another rate, ambiguous: a sentence, and never a guess."""
    miss = matched(found, *clips)
    assert isinstance(miss, Miss)
    import re

    assert re.search(why, miss.why), miss.why


def test_23_976_and_24_count_the_same_labels() -> None:
    """Timecode of a 23.976 clip meets a list that was made at 24."""
    found = matched(event(reel="A001"), media("A001", rate=Fraction(24000, 1001)))
    assert isinstance(found, Match)


def test_a_clip_without_timecode_is_counted_from_its_start() -> None:
    """Positions of a timeline without timecode are the movie's own frames."""
    found = matched(event(5, reel="A001"), media("A001", start=None))
    assert isinstance(found, Match)
    assert (found.first, found.last) == (5, 24)


def test_the_job_names_shots_and_elements() -> None:
    """Markers name shots, others are numbered; a shot's second use is the next element."""
    events = [
        event(number="001", reel="A", shot="ABC_010"),
        event(number="002", reel="A"),
        event(number="003", reel="A", shot="ABC_010"),
    ]
    names = shot_names(events, "My Show.v2", Naming())
    assert names == ["ABC_010", "My_Show_v2_020", "ABC_010"]
    matches, _ = match_events(events, [media("A")])
    shots = dict(zip(("001", "002", "003"), names, strict=True))
    job = job_of(
        matches,
        shots,
        operation="plate",
        output="file:///out/",
        handles=8,
        naming=Naming(),
        versions={"ABC_010_PL02": 4},
        defaults={"compression": "zip"},
    )
    assert job["defaults"] == {"operation": "plate", "compression": "zip"}
    assert [(c["output"], c["handles"], c["frames"]) for c in job["clips"]] == [
        ("file:///out/ABC_010_PL01_v001/", 8, "10-29"),
        ("file:///out/My_Show_v2_020_PL01_v001/", 8, "10-29"),
        ("file:///out/ABC_010_PL02_v004/", 8, "10-29"),
    ]
    assert job["clips"][0]["event"] == described(events[0])


def test_a_pull_again_raises_the_version(tmp_path: Path) -> None:
    """Plates that stand in the output make the next version of theirs, and of theirs alone."""
    for name in ("ABC_010_PL01_v001", "ABC_010_PL01_v003", "ABC_020_PL01_v001", "notes"):
        (tmp_path / name).mkdir()
    found = next_versions(FileStore([Path("/")]), f"file://{tmp_path}/")
    assert found == {"ABC_010_PL01": 4, "ABC_020_PL01": 2}
