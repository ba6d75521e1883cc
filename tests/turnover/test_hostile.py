"""Turnovers of strangers end in a sentence, in time that grows with their size."""

from __future__ import annotations

import io
import json
import random
import zipfile
from fractions import Fraction

import pytest

from functions.contract.errors import InvalidRequest, LimitExceeded, RushesError
from functions.turnover import timeline
from functions.turnover.matching import match_events
from functions.turnover.names import key_of, member_key
from functions.turnover.placing import Media
from functions.turnover.read import read_turnover
from functions.turnover.readers.otio import read_otio
from tests.turnover import cuts

MANY = 300_000
BLANKS = " " * MANY


def otio(name: str) -> bytes:
    span = {"OTIO_SCHEMA": "TimeRange.1",
            "start_time": {"OTIO_SCHEMA": "RationalTime.1", "rate": 24, "value": 0},
            "duration": {"OTIO_SCHEMA": "RationalTime.1", "rate": 24, "value": 9}}  # fmt: skip
    return json.dumps({"OTIO_SCHEMA": "Clip.1", "name": name, "source_range": span}).encode()


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (otio("x" + BLANKS + "y"), "t.otio"),
        (otio("(" * MANY), "t.otio"),
        (otio("." * MANY + "1"), "t.otio"),
        (b"TITLE: x\n001  " + BLANKS.encode() + b" x\n", "t.edl"),
        (b"001  A V C 01:00:00:00 01:00:00:01 00:00:00:00 00:00:00:01\n* " + BLANKS.encode() + b"x",
         "t.edl"),
        (b"1" * MANY + b" A V C 0 1 0 1\n", "t.edl"),
        (b"001 A V C " + b"9" * MANY + b" 1 0 1\n", "t.edl"),
        (b"001  A V C 01:00:00:00 01:00:00:01 00:00:00:00 00:00:00:01\nM2 A " + b"9" * MANY,
         "t.edl"),
        (b"001  A V C 01:00:00:00 01:00:00:01 00:00:00:00 00:00:00:01\n* ASC_SOP " + b"(" * MANY,
         "t.edl"),
        (b"Heading\nFPS\t" + b"9" * MANY + b"\nColumn\nName\nData\nx\n", "t.ale"),
        (b"Heading\nFPS\t24\nColumn\nName\tStart\nData\nx\t" + b"9" * MANY + b"\n", "t.ale"),
        (b"clip,in,out\nA," + b"9" * MANY + b",1\n", "t.csv"),
        (b"," * MANY, "t.csv"),
        (b'clip,in\n"' + b"x" * MANY, "t.csv"),
    ],
)  # fmt: skip
def test_long_lines_and_numbers_are_read_or_refused(data: bytes, name: str) -> None:
    """Blanks, brackets and digits by the hundred thousand go through every pattern at once."""
    media = Media(uri="file:///m/A.mov", name="A", reel=None, first=0, count=9, start=0,
                  rate=Fraction(24))  # fmt: skip
    try:
        turnover = read_turnover(data, name)
    except RushesError:
        return
    match_events(turnover.events, [media])


@pytest.mark.parametrize("name", ["x" + BLANKS, "(" * MANY, "#" * MANY, "1" * MANY, "." * MANY])
def test_keys_of_long_names_are_found_at_once(name: str) -> None:
    """No pattern goes back and forth."""
    assert len(key_of(name)) <= 1024
    assert len(member_key(name)) <= 1024


def nested(depth: int) -> bytes:
    """Stacks in stacks."""
    head = '{"OTIO_SCHEMA": "Stack.1", "children": ['
    return (head * depth + "]}" * depth).encode()


@pytest.mark.parametrize(
    "data", [b"[" * 100_000, b"{" * 100_000, nested(20_000), nested(300), b'{"a":' * 50_000]
)
def test_nesting_is_bounded(data: bytes) -> None:
    """What is nested deeper than anybody cuts is a sentence, and no crash."""
    with pytest.raises((LimitExceeded, InvalidRequest)):
        read_turnover(data, "t.otio")


def test_a_bundle_that_unpacks_to_more_than_is_read_is_refused() -> None:
    """The size that it promises is checked before a byte is unpacked."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("content.otio", bytes(1 << 20))
    with pytest.raises(LimitExceeded, match="1048576 bytes, at most 1000"):
        read_otio(packed.getvalue(), "t.otioz", 1000)


@pytest.mark.parametrize("levels", [6, 40])
def test_compounds_that_hold_one_another_many_times_are_bounded(
    levels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten uses on each of many levels would be more clips than a film has."""
    monkeypatch.setattr(timeline, "MAX_EVENTS", 200)
    inner = "".join(
        f'<media id="m{n}"><sequence format="f" duration="100s"><spine>'
        + "".join([f'<ref-clip ref="m{n + 1}" offset="0s" duration="100s"/>'] * 10)
        + "</spine></sequence></media>"
        for n in range(levels)
    )
    text = (
        '<fcpxml version="1.10"><resources><format id="f" frameDuration="1/24s"/>'
        f'{inner}<media id="m{levels}"><sequence format="f" duration="100s"><spine>'
        '<video offset="0s" duration="100s"/></spine></sequence></media></resources>'
        '<project name="P"><sequence format="f"><spine><ref-clip ref="m0" duration="100s"/>'
        "</spine></sequence></project></fcpxml>"
    )
    with pytest.raises((LimitExceeded, InvalidRequest)):
        read_turnover(text.encode(), "t.fcpxml")


def test_a_compound_that_holds_itself_is_refused() -> None:
    """A circle of references ends in a sentence."""
    text = (
        '<fcpxml version="1.10"><resources><media id="m"><sequence><spine>'
        '<ref-clip ref="m" duration="1s"/></spine></sequence></media></resources>'
        '<project><sequence><spine><ref-clip ref="m" duration="1s"/></spine></sequence></project>'
        "</fcpxml>"
    )
    with pytest.raises(InvalidRequest, match="holds itself"):
        read_turnover(text.encode(), "t.fcpxml")


@pytest.mark.parametrize("kind", ["edl", "fcpxml", "xml", "otio", "ale", "csv"])
def test_damaged_turnovers_end_in_sentences(kind: str) -> None:
    """A few wrong bytes anywhere: an answer or one of the contract's errors."""
    chance = random.Random(kind)
    take = cuts.Take("A001_C001", 86400, 500)
    cut = cuts.Cut(
        Fraction(24), False,
        (cuts.Use(take, 20, 30, 0, Fraction(2)), cuts.Use(take, 90, 30, 30, tail=4),
         cuts.Use(take, 190, 30, 60, head=4)),
    )  # fmt: skip
    writers = {
        "edl": lambda: cuts.edl(cut), "fcpxml": lambda: cuts.fcpxml(cut),
        "xml": lambda: cuts.xmeml(cut), "otio": lambda: cuts.otio(cut, [2]),
        "ale": lambda: cuts.ale(cut), "csv": lambda: cuts.pull_list(cut),
    }  # fmt: skip
    good = writers[kind]()
    assert read_turnover(good, f"t.{kind}").events
    for _ in range(300):
        data = bytearray(good)
        for _ in range(chance.randrange(1, 8)):
            at = chance.randrange(len(data))
            choice = chance.randrange(3)
            if choice == 0:
                data[at] = chance.randrange(256)
            elif choice == 1:
                del data[at : at + chance.randrange(1, 40)]
            else:
                data[at:at] = chance.choice([b"-", b"9" * 40, b"NaN", b"1e999", b'"', b"\0", b"/0"])
            if not data:
                break
        try:
            events = read_turnover(bytes(data), f"t.{kind}").events
            match_events(events, cut.media)
        except RushesError:
            continue


def test_a_bundle_whose_bytes_do_not_inflate_is_told() -> None:
    """Deflate that is no deflate ends in a sentence."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("content.otio", b'{"OTIO_SCHEMA": "Timeline.1"}' * 20)
    data = bytearray(packed.getvalue())
    start = data.index(b"content.otio") + len("content.otio")
    data[start : start + 4] = b"\xff" * 4
    with pytest.raises(InvalidRequest, match="is no bundle"):
        read_otio(bytes(data), "t.otioz", 1 << 20)
