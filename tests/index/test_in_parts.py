"""A job of an index: a unit a card, then the file of all; again only the cards that changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from functions.contract.operation import Answer
from functions.serve.run.runner import Runner
from tests.index.conftest import Shoot


class HereSink:
    """Does units in this process, as the functions of a server would."""

    width, most, asynchronous = 2, 2, False

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self.sent: list[str] = []

    def send(self, operation: str, unit: str, request: Mapping[str, Any]) -> Answer:
        self.sent.append(str(request.get("card", "whole")).rstrip("/").rpartition("/")[2])
        receipt = self.runner.run(operation, request)
        assert receipt.unit == unit, "planned as another unit than it is"
        return Answer(receipt=receipt)

    def hang_up(self, unit: str) -> None:
        """Nothing is open."""

    def job_ended(self, report: Mapping[str, Any]) -> None:
        """Nobody listens."""


@pytest.fixture
def sink(shoot: Shoot) -> HereSink:
    return HereSink(shoot.runner)


def dispatch(shoot: Shoot, sink: HereSink, **more: Any) -> dict[str, Any]:
    """The job's report; `sent` holds what was sent for it."""

    @contextmanager
    def opened(address: Any, settings: Any, job: Any) -> Iterator[HereSink]:
        yield sink

    fields = shoot.fields()
    job = {
        "output": fields["output"],
        "clips": [{"operation": "index", **fields, "output": "."}],
        **more,
    }
    sink.sent.clear()
    shoot.read.clear()
    runner = Runner(shoot.runner.settings, shoot.runner.catalog, open_sink=opened)
    return dict(runner.run("dispatch", job).report or {})


def test_each_card_is_a_unit(shoot: Shoot, sink: HereSink) -> None:
    """The file comes last and is that of one unit; a second job sends nothing, one after a change
    sends the card that changed and the file."""
    report = dispatch(shoot, sink)
    assert (report["done"], report["failed"]) == (3, 0)
    assert (sorted(sink.sent[:2]), sink.sent[2]) == (["A001", "B001"], "whole")
    assert len(shoot.read) == 4
    made = {path.name: path.read_bytes() for path in made_files(shoot.out)}
    again = dispatch(shoot, sink)
    assert (again["reused"], again["failed"], sink.sent) == (3, 0, [])
    late = shoot.take("day1/B001", "B001_C003")
    assert dispatch(shoot, sink)["failed"] == 0
    assert (sink.sent, shoot.read) == (["B001", "whole"], ["B001_C003"])
    late.rename(shoot.root.parent / "aside")
    assert dispatch(shoot, sink)["failed"] == 0
    assert "whole" in sink.sent, "the index of the first state is not the last one"
    assert shoot.entries().keys() == {"A001_C001", "A001_C002", "B001_C001", "B001_C002"}
    alone = Shoot(shoot.root.parent)
    alone.out = shoot.root.parent / "alone"
    alone.index()
    assert {path.name: path.read_bytes() for path in made_files(alone.out)} == made


def made_files(folder: Path) -> list[Path]:
    """Shards and indexes."""
    return [*folder.glob("cards/*"), *folder.glob("*.sqlite")]


def test_all_again_is_read_once(shoot: Shoot, sink: HereSink) -> None:
    """`overwrite` reads each clip in its card's unit, and not once more for the file."""
    dispatch(shoot, sink)
    for receipt in (shoot.out / ".rushes").glob("*.json"):
        receipt.unlink()
    assert dispatch(shoot, sink, overwrite=True)["failed"] == 0
    assert (len(sink.sent), len(shoot.read)) == (3, 4)
