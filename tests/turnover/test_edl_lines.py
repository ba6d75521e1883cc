"""Single lines of EDLs: what does not read is told, spellings, remarks and encodings."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from functions.contract.errors import InvalidRequest
from functions.turnover.readers.edl import read_edl
from tests.turnover.edl_lines import HEAD, events, line, seconds

GOOD = "009  Z V C 01:00:00:00 01:00:01:00 01:00:00:00 01:00:01:00\n"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("001  A  V  C  01:00:00:00 01:00:01:00\n", "line 3 does not read"),
        ("001  A  V  C  01:00:01:00 01:00:00:00 01:00:00:00 01:00:01:00\n", "ends before"),
        ("001  A  V  C  01:00:00:24 01:00:01:00 01:00:00:00 01:00:01:00\n", "24 frames per second"),
        ("1" + " " * 5000 + "A V C\n", "line 3 does not read"),
        ("7" * 5000 + "\n", "line 3 does not read"),
    ],
)
def test_a_line_that_does_not_read_is_told_and_stops_nothing(body: str, said: str) -> None:
    """A broken event is an event with its reason; the others are read."""
    found = read_edl((HEAD + body + GOOD).encode(), "t.edl", Fraction(24)).events
    assert [e.needed for e in found if not e.trouble] == [(86400, 86423)]
    (broken,) = [e for e in found if e.trouble]
    assert said in str(broken.trouble)


@pytest.mark.parametrize("body", ["", "* FROM CLIP NAME: x\n", "hello\n"])
def test_what_is_no_list_is_refused(body: str) -> None:
    """Text without an event is no EDL."""
    with pytest.raises(InvalidRequest, match="no event"):
        events(body)


def test_other_lines_that_nobody_understands_are_counted() -> None:
    """A statement of no known kind is shown with its line."""
    notes = read_edl((HEAD + GOOD + "ZAP 12\nM2 A fast\n").encode(), "t.edl").notes
    assert notes == ("2 lines are not understood: line 4: 'ZAP 12'; line 5: 'M2 A fast'",)


def test_an_unread_speed_is_no_guess() -> None:
    """An M2 line whose number does not read keeps its event from being pulled."""
    (event,) = read_edl((HEAD + GOOD + "M2 Z 4x8 01:00:00:00\n").encode(), "t.edl").events
    assert event.trouble == "its speed (M2) does not read: '4x8' is not a number"


def test_the_given_rate_counts(shared_data: Path) -> None:
    """Labels that a given rate lacks are told; without one the lowest that has them is assumed."""
    data = (shared_data / "editorial/timecode_mismatch.edl").read_bytes()
    told = read_edl(data, "t.edl", Fraction(24)).events
    assert any("24 frames per second" in str(event.trouble) for event in told)
    assert dict(read_edl(data, "t.edl").assumed)["rate"].startswith("25 ")
    turnover = read_edl(data, "t.edl", Fraction(25))
    assert turnover.assumed == ()
    assert turnover.events[0].start == 90_000
    odd = [event for event in turnover.events if event.notes]
    assert odd, "mismatched source and record lengths are noted"


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        ("V", (1, 0)), ("V2", (1, 0)), ("AA/V", (1, 0)), ("A2/V", (1, 0)), ("A/V", (1, 0)),
        ("B", (1, 0)), ("A", (0, 1)), ("A2", (0, 1)), ("AA", (0, 1)), ("A12", (0, 1)),
    ],
)  # fmt: skip
def test_channels_tell_picture_from_sound(channel: str, expected: tuple[int, int]) -> None:
    """Every channel that has a picture is an event; the rest is counted as sound."""
    body = line(1, "A", "C       ", *seconds(1, 2, 0, 1)).replace(" V ", f" {channel} ")
    found = read_edl((HEAD + body).encode(), "t.edl")
    assert (len(found.events), found.sounds) == expected


def test_none_with_audio_below_is_sound_and_alone_is_told() -> None:
    """NONE is completed by AUD lines; without them it is an event that shows nothing."""
    body = line(1, "A", "C       ", *seconds(1, 2, 0, 1)).replace(" V ", " NONE ")
    assert read_edl((HEAD + body + "AUD  3  4\n" + GOOD).encode(), "t.edl").sounds == 1
    first, _ = read_edl((HEAD + body + GOOD).encode(), "t.edl").events
    assert first.trouble == "its channel is NONE: it shows no picture"


@pytest.mark.parametrize("kind", ["K B", "KB", "K    024", "K O", "KO (F)", "W 001 012", "W001"])
def test_keys_and_wipes_are_read_in_every_spelling(kind: str) -> None:
    """Letters of a key or a wipe's number stand apart or together."""
    body = line(1, "A", kind, *seconds(10, 12, 0, 2))
    assert events(body) == [("001", "A", 240, 287)]


def test_numbers_of_frames_stand_for_labels() -> None:
    """A list of frame numbers counts from midnight as labels do."""
    assert events("1 A V C     86424 86448 0  24\n") == [("1", "A", 86424, 86447)]


@pytest.mark.parametrize(
    ("remark", "name", "file"),
    [
        ("* FROM CLIP: S:\\day 1\\A001_C001.mov", "A001_C001.mov", "A001_C001.mov"),
        ("* FROM FILE: /mnt/A001_C001.mov", "A001_C001.mov", "A001_C001.mov"),
        ("*FROM CLIP NAME:  /mnt/day 1/A001_C001.mov", "A001_C001.mov", None),
        ("FROM CLIP NAME: A001_C001", "A001_C001", None),
        ("* SOURCE FILE: A001_C001", "A001_C001", "A001_C001"),
    ],
)
def test_every_remark_that_names_a_clip_counts(remark: str, name: str, file: str | None) -> None:
    """Avid's, Nucoda's and other remarks name clips and files, with folders of any system."""
    body = line(1, "AX", "C       ", *seconds(1, 2, 0, 1)) + remark + "\n"
    (event,) = read_edl((HEAD + body).encode(), "t.edl").events
    assert (event.name, event.file, event.reel) == (name, file, None)


def test_a_replaced_reel_gets_its_name_back() -> None:
    """Final Cut's remark says which reel was cut down to the one in the column."""
    body = line(4, "XX", "C       ", *seconds(1, 2, 0, 1))
    body += "* FINAL CUT PRO REEL: A001_C003 REPLACED BY: XX\n"
    (event,) = read_edl((HEAD + body).encode(), "t.edl").events
    assert event.reel == "A001_C003"


def test_the_mode_changes_in_mid_list() -> None:
    """FCM lines count for what follows them, until the next."""
    body = "FCM: DROP FRAME\n" + GOOD + "FCM: NON-DROP FRAME\n" + GOOD.replace("009", "010")
    first, second = read_edl(body.encode(), "t.edl", Fraction(30000, 1001)).events
    assert (first.start, second.start) == (107892, 108000)


def test_numbers_of_a_cdl_are_read_whole_or_left_out() -> None:
    """Exponents, plus signs and decimal commas are read; anything else is told."""
    body = GOOD + "* ASC_SOP (1,1 +1 0.9)(1.2e-05 -0.02 0)(1 1 1)\n* ASC_SAT 0,9\n"
    (event,) = read_edl((HEAD + body).encode(), "t.edl").events
    assert event.cdl is not None
    assert (event.cdl.slope, event.cdl.offset[0]) == ((1.1, 1.0, 0.9), 0.000012)
    assert event.cdl.saturation == 0.9
    body = GOOD + "* ASC_SOP (1.1 1 0.9)(0 0)(1 1 1)\n"
    (event,) = read_edl((HEAD + body).encode(), "t.edl").events
    assert event.cdl is None
    assert event.notes == ("its CDL is left out: '0 0' is not 3 numbers",)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "latin-1", "mac_roman"])
def test_names_come_through_in_any_encoding(encoding: str) -> None:
    """Accents of a clip's name are the same in every encoding that applications write."""
    body = HEAD + GOOD + "* FROM CLIP NAME: Caf\u00e9_M\u00fcller\n"
    (event,) = read_edl(body.encode(encoding), "t.edl").events
    assert event.name == "Caf\u00e9_M\u00fcller"


def test_random_bytes_never_crash() -> None:
    """Anything at all is an EDL or a sentence."""
    import random

    chance = random.Random(7)
    good = (HEAD + line(1, "A", "C       ", *seconds(1, 2, 0, 1))).encode()
    for _ in range(500):
        data = bytearray(good)
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            read_edl(bytes(data), "t.edl")
        except InvalidRequest:
            continue
