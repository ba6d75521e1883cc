"""Events that a broker gave up: kept beside the job where they name a place that is ours."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.bindings.http import HTTPMessage

from functions.contract.errors import DamagedSource
from functions.jobs.failure_notes import read_note
from functions.jobs.plan import Plan, PlannedClip, PlannedUnit
from functions.jobs.status import commit_plan, lines, read_job, report_of
from functions.serve.events import dead_letters
from functions.serve.events.cloudevents import make_request_event, write_event
from functions.serve.events.dead_letters import DeadLetters
from functions.serve.telemetry.log import Log
from functions.storage import open_store

UNIT = "0f" * 16


class Letters:
    """The reader on a folder, and what it logged."""

    def __init__(self, folder: Path) -> None:
        self.out = f"file://{folder}/out/"
        self.store = open_store((f"file://{folder}/",), None)
        self.logged: list[dict[str, Any]] = []
        log = Log(write=lambda line: self.logged.append(json.loads(line)))
        self.reader = DeadLetters(self.store, log)

    def take(self, message: HTTPMessage, **attributes: str) -> dict[str, Any]:
        """One letter of an event; its line."""
        added = {f"ce-{name}": value for name, value in attributes.items()}
        self.reader.take({**message.headers, **added}, message.body)
        return self.logged[-1]

    def kept(self) -> list[str]:
        """Names of what stands."""
        found = self.store.list(f"{self.out}.rushes/dead/")
        return sorted(stat.uri.rpartition("/")[2] for stat in found)


@pytest.fixture
def letters(tmp_path: Path) -> Letters:
    """A reader that may write below a folder."""
    return Letters(tmp_path)


def event(request: dict[str, Any], unit: str = UNIT, **more: str) -> HTTPMessage:
    """A dispatcher's event in binary mode."""
    return write_event("binary", make_request_event("debayer", unit, request, **more))


def error_data(problem: dict[str, Any]) -> str:
    """As the broker passes an answer on: base64, cut at 1024 characters."""
    return base64.b64encode(json.dumps(problem).encode()).decode()[:1024]


def test_a_units_letter_is_its_failure(letters: Letters) -> None:
    """The file holds the event and why, a note tells who waits, and status and report show both;
    once the unit is done the letter counts no more."""
    plan = Plan(
        rushes="0",
        job="a" * 16,
        output=letters.out,
        clips=(
            PlannedClip(
                index=0,
                operation="debayer",
                name="A",
                input="file:///a",
                output=letters.out,
                frames="1",
                units=(PlannedUnit(unit=UNIT, frames="1", count=1),),
            ),
        ),
    )
    commit_plan(plan, letters.store)
    line = letters.take(event({"output": letters.out}), knativeerrorcode="503")
    uri = f"{letters.out}.rushes/dead/{UNIT}.json"
    assert (line["kept"], letters.kept()) == (uri, [f"{UNIT}.json"])
    letter = json.loads(letters.store.read(uri))
    assert letter["event"]["subject"] == UNIT
    assert letter["data"] == {"output": letters.out}
    note = read_note(letters.out, UNIT, letters.store)
    assert note is not None
    assert (note["code"], note["retryable"], note["letter"]) == ("store_unavailable", True, uri)
    (status,) = read_job(letters.out, letters.store)
    assert (status.dead_letters, status.over, len(status.failures)) == ((uri,), True, 1)
    assert list(lines(status))[-1] == f"  given up by the broker: 1 dead letter: {uri}"
    assert report_of(plan, letters.store)["dead_letters"] == [uri]
    letters.store.put(f"{letters.out}.rushes/{UNIT}.json", b"{}")
    (status,) = read_job(letters.out, letters.store)
    assert (status.dead_letters, status.failures) == ((), ())


def test_the_functions_own_problem_is_told(letters: Letters) -> None:
    """A problem that came whole is the note's; one that was cut is told by its status; and the
    note that the function left itself is not written over."""
    bad = {"code": "damaged_source", "detail": "frame 7 is cut", "frame": 7}
    letters.take(
        event({"output": letters.out}), knativeerrorcode="422", knativeerrordata=error_data(bad)
    )
    note = read_note(letters.out, UNIT, letters.store)
    assert note is not None
    assert (note["detail"], note["frame"], note["retryable"]) == ("frame 7 is cut", 7, False)
    other = "1e" * 16
    letters.take(
        event({"output": letters.out}, other),
        knativeerrorcode="504",
        knativeerrordata=error_data({**bad, "detail": "x" * 2000}),
    )
    note = read_note(letters.out, other, letters.store)
    assert note is not None
    assert note["code"] == "deadline_exceeded"
    assert "gave the event up" in note["detail"]
    letters.take(event({"output": letters.out}), knativeerrorcode="500")
    note = read_note(letters.out, UNIT, letters.store)
    assert note is not None
    assert note["code"] == DamagedSource.code


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"input": "file:///a"}, "names no output"),
        ({"output": "file:///elsewhere/out/"}, "elsewhere"),
        ({"output": "https://elsewhere/"}, "https"),
        ({"output": 7}, "names no output"),
    ],
)
def test_a_letter_of_no_place_of_ours_is_only_logged(
    letters: Letters, request_: dict[str, Any], said: str, tmp_path: Path
) -> None:
    """Without an output, or with a foreign one: named in the log with its data, and not written."""
    line = letters.take(event(request_))
    assert said in line["detail"]
    assert json.loads(line["data"]) == request_
    assert "kept" not in line
    assert list(tmp_path.iterdir()) == []
    assert b'{kept="no"} 1' in letters.reader.metrics()


def test_names_are_safe_and_large_letters_are_not_kept(
    letters: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A subject that climbs out names nothing: such a letter is named by its event, and one that
    came twice stands once. More than the limit is told in part."""
    climbing = event({"output": letters.out}, "../../../evil", source="/somebody")
    letters.take(climbing)
    letters.take(climbing)
    (name,) = letters.kept()
    assert len(name) == len(UNIT) + 5
    assert set(name.removesuffix(".json")) <= set("0123456789abcdef")
    monkeypatch.setattr(dead_letters, "MOST_BYTES", 100)
    line = letters.take(event({"output": letters.out, "more": "x" * 100}, "2d" * 16))
    assert "more than 100 bytes" in line["detail"]
    assert len(line["data"]) == 100
    assert letters.kept() == [name]
