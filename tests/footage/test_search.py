"""Questions to an index: each against the same wish said in plain Python, over random clips."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from sqlite3 import Connection
from typing import Any

import pytest

from functions.contract.errors import InvalidRequest
from functions.footage.database import build, open_index
from functions.footage.entry import Entry, Seal
from functions.footage.search import ask, read_question
from functions.storage.file import FileStore

STORE = FileStore([Path("/")])
RATES = ("24", "24000/1001", "25", "30000/1001")


def clip(number: int) -> Entry:
    """A clip of many kinds; every 40th cannot be read."""
    chance = random.Random(number)
    name = f"{chance.choice('AB')}{number // 20:03d}_C{number % 20:03d}"
    first = chance.randrange(0, 86000)
    last = (first + chance.randrange(1, 900)) % 86400
    common = {
        "uri": f"file:///c/{name}.mov", "card": f"file:///day{number % 7}/{name[:4]}/",
        "identity": "1", "key": str(number), "name": name, "files": 1, "bytes": number,
        "seal": Seal(state=chance.choice(["sealed", "not-sealed", "differs"])),
    }  # fmt: skip
    if number % 40 == 0:
        return Entry(**common, error="no header")
    return Entry(
        **common,
        codec=chance.choice(["prores", "hevc"]),
        container="mov",
        rate=RATES[number % 7 == 3 and number % 2],
        start=label(first, ";" if number % 3 else ":"),
        last=label(last, ":"),
        reel=chance.choice([None, name[:4] + "R1AB"]),
        date=f"2026-{1 + number % 12:02d}-{1 + number % 28:02d}",
        camera={
            "make": "ARRI", "model": chance.choice(["ALEXA 35", "ALEXA Mini"]),
            "scene": str(number % 30), "take": str(number % 5), "lens": f"{number % 3}0mm 50%",
        },
    )  # fmt: skip


def label(second: int, mark: str) -> str:
    """A timecode of frame 0."""
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}{mark}00"


CLIPS = [clip(number) for number in range(600)]
LATE, EARLY = "23:00:00:00", "00:05:00:00"


def held(entry: Entry, first: str, last: str) -> bool:
    """Whether some second of the span is one of the clip's."""
    if entry.start is None or entry.last is None:
        return False
    begin, end, low, high = (seconds(each) for each in (entry.start, entry.last, first, last))
    inside = range(begin, end + 1) if begin <= end else [*range(begin, 86400), *range(end + 1)]
    return any(low <= second <= high for second in (inside[0], inside[-1], *inside))


def seconds(text: str) -> int:
    hours, minutes, rest = text[:-3].split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(rest)


def mixed(entry: Entry) -> bool:
    return len({each.rate for each in CLIPS if each.card == entry.card and each.rate}) > 1


WISHES: list[tuple[dict[str, Any], Callable[[Entry], bool]]] = [
    ({"reel": "a00"}, lambda e: (e.reel or e.name).startswith("A00")),
    ({"reel": "A001R1AB"}, lambda e: e.reel == "A001R1AB" or e.name == "A001R1AB"),
    ({"clip": "*_c003"}, lambda e: e.name.endswith("_C003")),
    ({"clip": "A00?_C010"}, lambda e: e.name[0] == "A" and e.name[1:3] == "00"
     and e.name.endswith("_C010")),
    ({"scene": "3"}, lambda e: e.camera.get("scene") == "3"),
    ({"scene": "2?", "take": "4"}, lambda e: e.camera.get("take") == "4"
     and len(e.camera["scene"]) == 2 and e.camera["scene"][0] == "2"),
    ({"camera": "35 alexa"}, lambda e: e.camera.get("model") == "ALEXA 35"),
    ({"lens": "50%"}, lambda e: bool(e.camera)),
    ({"lens": "1%"}, lambda e: False),
    ({"codec": "ProRes"}, lambda e: e.codec == "prores"),
    ({"rate": "23.98"}, lambda e: e.rate is not None and Fraction(e.rate) == Fraction(24000, 1001)),
    ({"rate": "24"}, lambda e: e.rate == "24"),
    ({"date": "2026-11"}, lambda e: (e.date or "").startswith("2026-11")),
    ({"date": "2026-03-05..2026-04"}, lambda e: "2026-03-05" <= (e.date or "") < "2026-05"),
    ({"seal": "not-sealed"}, lambda e: e.seal.state == "not-sealed"),
    ({"unreadable": True}, lambda e: e.error is not None),
    ({"mixed_rates": True}, mixed),
    ({"card": "day3"}, lambda e: "day3" in e.card),
    ({"timecode": "10:00:00:00"}, lambda e: held(e, "10:00:00:00", "10:00:00:00")),
    ({"timecode": "10:00:00;00-11:30:00:00"}, lambda e: held(e, "10:00:00:00", "11:30:00:00")),
    ({"timecode": f"{LATE}-23:59:59:00"}, lambda e: held(e, LATE, "23:59:59:00")),
    ({"timecode": f"00:00:00:00-{EARLY}"}, lambda e: held(e, "00:00:00:00", EARLY)),
    ({"reel": "B", "seal": "differs", "rate": "24"}, lambda e: e.seal.state == "differs"
     and (e.reel or e.name)[0] == "B" and e.rate == "24"),
]  # fmt: skip


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    path = tmp_path_factory.mktemp("index") / "footage.sqlite"
    build(path, CLIPS, {})
    with closing(open_index(f"file://{path}", STORE)) as opened:
        yield opened


@pytest.mark.parametrize(("wish", "holds"), WISHES, ids=[str(wish)[:40] for wish, _ in WISHES])
def test_a_question_finds_what_it_says(
    found: Connection, wish: dict[str, Any], holds: Callable[[Entry], bool]
) -> None:
    """Those clips and no other, in their order, counted beyond what is listed."""
    answer = ask(found, "file:///i/x.sqlite", read_question({"input": "file:///i/", **wish}))
    wanted = [each.name for each in CLIPS if holds(each)]
    assert answer["found"] == len(wanted)
    assert [each["name"] for each in answer["clips"]] == wanted[:100]


@pytest.mark.parametrize(
    "wish",
    [
        {"reel": ""}, {"reeel": "A"}, {"rate": "fast"}, {"timecode": "1:00"}, {"limit": "0"},
        {"timecode": "02:00:00:00-01:00:00:00"}, {"date": "yesterday"}, {"seal": "maybe"},
        {"reel": "A" * 201}, {"timecode": "24:00:00:00"}, {"timecode": "01:60:00:00"},
        {"date": "2026-13"}, {"date": "2026-00-10"}, {"date": "2026-11-32"},
        {"date": "2026-11-30..2026-11-01"}, {"date": "2026-11-30\n"},
    ],
)  # fmt: skip
def test_a_question_that_is_none_is_refused(found: Connection, wish: dict[str, str]) -> None:
    """Nothing is passed over in silence: who mistypes a wish would take too much for the answer."""
    with pytest.raises(InvalidRequest):
        ask(found, "file:///i/x.sqlite", read_question({"input": "file:///i/", **wish}))


def test_words_are_no_sql(found: Connection) -> None:
    """Quotes stand for themselves."""
    wish = {"input": "file:///i/", "reel": "' OR 1 --"}
    assert ask(found, "file:///i/x.sqlite", read_question(wish))["found"] == 0
