"""Events find their clips by name and timecode, and say why when they do not."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from functions.turnover.matching import Match, Miss, match_events
from functions.turnover.model import Event
from functions.turnover.placing import Media

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


@pytest.mark.parametrize(
    ("file", "numbered"),
    [
        ("A001_C004.%06d.dng", True),
        ("A001_C004.######.dng", True),
        ("A001_C004.@@@@@@.dng", True),
        ("A001_C004.[000010-000200].dng", True),
        ("A001_C004.000010.dng", True),
    ],
)
def test_a_sequence_is_found_by_any_of_its_names(file: str, numbered: bool) -> None:
    """Patterns of every kind, a bracket and a member file name the sequence."""
    found = matched(event(file=file), media("A001_C004", numbered=numbered))
    assert isinstance(found, Match)
    assert found.first == 10


def test_a_member_file_names_no_movie() -> None:
    """A001_C004.mov is not the clip A001_C, whatever its digits."""
    assert isinstance(matched(event(file="A001_C004.mov"), media("A001_C")), Miss)


def test_names_of_any_script_are_told_apart() -> None:
    """Japanese names have no Latin letter, and are names all the same."""
    clips = [media("\u6771\u4eac"), media("\u5927\u962a")]
    found = matched(event(file="\u5927\u962a.mov"), *clips)
    assert isinstance(found, Match)
    assert found.media.name == "\u5927\u962a"


def test_an_id_goes_before_every_name() -> None:
    """A UMID is one clip's alone."""
    clips = [media("A001"), media("A002", ids=("urn:smpte:umid:1",))]
    found = matched(event(file="A001.mov", ids=("urn:smpte:umid:1",)), *clips)
    assert isinstance(found, Match)
    assert found.media.name == "A002"


def test_several_clips_of_one_name_are_told_by_reel_or_not_at_all() -> None:
    """A reel decides between two files of one name; else both are shown."""
    clips = [
        Media(uri=f"file:///{day}/clip.mov", name="clip", reel=reel, first=0, count=240,
              start=HOUR, rate=Fraction(24))
        for day, reel in (("1", "R1"), ("2", "R2"))
    ]  # fmt: skip
    found = matched(event(file="clip.mov", reel="R2"), *clips)
    assert isinstance(found, Match)
    assert found.media.uri == "file:///2/clip.mov"
    miss = matched(event(file="clip.mov", reel=None), *clips)
    assert isinstance(miss, Miss)
    assert "file:///1/clip.mov, file:///2/clip.mov" in miss.why


NTSC = Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("labels", "drop", "start", "first", "noted"),
    [
        (False, None, 107892 + 30, 30, False),  # a count is a count
        (True, True, 107892 + 30, 30, False),
        (True, None, 108000 + 30, 30, False),  # 01:00:01:00, nothing tells: as the clip counts
        (True, False, 108000, 108, True),  # non-drop labels: compared as positions, and noted
    ],
)
def test_drop_and_non_drop_are_compared_as_positions(
    labels: bool, drop: bool | None, start: int, first: int, noted: bool
) -> None:
    """A drop frame clip from 01:00:00;00 against counts and labels of both kinds."""
    clip = media("A", 107892, 900, rate=NTSC, drop=True)
    found = matched(event(start, labels=labels, drop=drop, reel="A", rate=NTSC), clip)
    assert isinstance(found, Match)
    assert found.first == first
    assert bool(found.notes) == noted


def test_a_clip_over_midnight_holds_the_next_day() -> None:
    """00:00:01:00 of a take that began at 23:59:50:00 is its frame 264."""
    day = 24 * HOUR
    found = matched(event(24, reel="A"), media("A", day - 240, 480))
    assert isinstance(found, Match)
    assert found.first == 264


@pytest.mark.parametrize(
    ("clip", "fields", "expected"),
    [
        # A movie without timecode: from its first frame, or from the document's own.
        ({"start": None}, {"start": 5}, 5),
        ({"start": None}, {"start": 105, "media_start": 100}, 5),
        # Files without timecode: their own numbers, unless the document counts from 0.
        ({"start": None, "first": 11, "numbered": True}, {"start": 31}, 31),
        ({"start": None, "first": 11, "numbered": True}, {"start": 20, "media_start": 0}, 31),
        ({"start": None, "first": 1050, "numbered": True}, {"start": 1101, "media_start": 1001},
         1101),
        ({"start": None, "first": 1001, "numbered": True},
         {"start": HOUR + 5, "media_start": HOUR}, 1006),
        # The document's file numbers go before anything else.
        ({"start": None, "first": 11, "numbered": True},
         {"start": 31, "media_start": 11, "first_number": 11}, 31),
        ({"start": HOUR, "first": 1001, "numbered": True},
         {"start": HOUR + 10, "media_start": HOUR, "first_number": 1001}, 1011),
        # Media with timecode in a document that counts it from 0.
        ({}, {"start": 12, "media_start": 0}, 12),
        ({"first": 1001, "numbered": True}, {"start": 1010, "numbers": True}, 1010),
    ],
)  # fmt: skip
def test_positions_are_read_as_the_document_means_them(
    clip: dict[str, Any], fields: dict[str, Any], expected: int
) -> None:
    """Timecode, an offset into media, or a sequence's own numbers."""
    found = matched(event(reel="A", **fields), media("A", **clip))
    assert isinstance(found, Match), found
    assert found.first == expected


def test_media_of_another_start_is_not_taken_for_the_documents() -> None:
    """A clip that begins elsewhere than the document says, and lacks the position, is no match."""
    found = matched(event(2 * HOUR + 12, reel="A", media_start=2 * HOUR), media("A"))
    assert isinstance(found, Miss)


def test_a_row_without_an_end_goes_to_the_end_of_its_clip() -> None:
    """A log's row may say a start alone, or nothing."""
    found = matched(event(HOUR + 10, length=0, reel="A", to_last=True), media("A"))
    assert isinstance(found, Match)
    assert (found.first, found.last) == (10, 239)
    found = matched(event(0, length=0, reel="A", from_first=True, to_last=True), media("A"))
    assert isinstance(found, Match)
    assert (found.first, found.last) == (0, 239)


def test_a_transition_past_the_clips_end_does_not_keep_its_cut_from_being_pulled() -> None:
    """What the clip has of it is pulled, and the rest is told."""
    found = matched(event(HOUR + 220, length=20, tail=12, reel="A"), media("A"))
    assert isinstance(found, Match)
    assert (found.first, found.last) == (220, 239)
    assert found.notes == ("12 frames of its transitions are not in the clip: pulled without them",)


def test_disabled_events_are_neither_matched_nor_missed() -> None:
    """Nobody sees them."""
    assert match_events([event(reel="A", disabled=True)], [media("A")]) == ([], [])


def test_a_sequence_with_holes_is_told() -> None:
    """Its plate may need a file that is not there."""
    for missing, said in (
        (0, ()),
        (3, ("3 files are missing between the first and last of its clip",)),
    ):
        found = matched(event(reel="A"), media("A", missing=missing))
        assert isinstance(found, Match)
        assert found.notes == said
