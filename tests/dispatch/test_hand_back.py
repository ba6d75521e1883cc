"""A dispatcher behind a Service gives its job back before the platform ends it, and goes on when it
is delivered again."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from functions.contract.errors import DeadlineExceeded, StoreUnavailable
from functions.contract.operation import Answer, Limits
from functions.contract.receipt import receipt_uri
from functions.serve.run.catalog import Catalog
from functions.serve.run.runner import Runner
from functions.serve.run.settings import Settings
from tests.dispatch.fakes import receipt_for
from tests.media.takes import frame_file

UNITS = 12


class SlowFunctions:
    """Does `each` units, and holds the next POST open for as long as nobody hangs up."""

    width = most = 1
    asynchronous = False

    def __init__(self, runner: Runner, each: int) -> None:
        self._runner, self._left = runner, each
        self._hung_up = threading.Event()

    def send(self, operation: str, unit: str, request: Mapping[str, Any]) -> Answer:
        if self._left == 0:
            assert self._hung_up.wait(60), "nobody hung up"
            raise StoreUnavailable("hung up")
        self._left -= 1
        receipt = receipt_for(operation, unit, request)
        uri = receipt_uri(str(request["output"]), unit)
        assert self._runner.store.put_if_absent(uri, receipt.json()), "done twice"
        return Answer(receipt)

    def hang_up(self, unit: str) -> None:
        self._hung_up.set()

    def job_ended(self, report: Mapping[str, Any]) -> None:
        self._runner.told.append(report)  # type: ignore[attr-defined]


def test_a_served_job_is_delivered_until_it_is_done(tmp_path: Path) -> None:
    """Each delivery ends by itself, retryably, with a POST still open; together they do every
    unit once, and the last one tells the end."""
    clip = tmp_path / "A"
    clip.mkdir()
    for number in range(1, UNITS + 1):
        (clip / f"A_{number:04d}.dng").write_bytes(frame_file(number))
    settings = Settings(scratch=tmp_path, limits=Limits(seconds=2))

    @contextmanager
    def open_sink(address: str | None, settings: Settings, job: str | None) -> Iterator[Any]:
        yield SlowFunctions(runner, 5)

    runner = Runner(settings, Catalog(), open_sink, served=True)
    runner.told = []  # type: ignore[attr-defined]
    job = {
        "output": f"file://{tmp_path}/out/",
        "units": {"frames": 1},
        "clips": [{"operation": "debayer", "input": f"file://{clip}/"}],
    }
    handed_back = 0
    while True:
        try:
            receipt = runner.run("dispatch", job)
            break
        except DeadlineExceeded as error:
            assert error.retryable and "hands the job back" in error.detail
            handed_back += 1
    # Five units a delivery at most, and whoever held one open was hung up on.
    assert handed_back >= 2
    assert receipt.report is not None
    found = receipt.report
    assert (found["state"], found["done"] + found["reused"]) == ("done", UNITS)
    assert found["reused"] >= 10
    assert msgspec.to_builtins(runner.told) == [found]  # type: ignore[attr-defined]
