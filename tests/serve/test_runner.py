"""One request becomes one receipt, whatever happens between."""

from __future__ import annotations

import sys
import threading
import types
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest
import xxhash

from functions.contract.errors import (
    Busy,
    DeadlineExceeded,
    InternalError,
    InvalidRequest,
    LimitExceeded,
    OutputConflict,
    SourceNotFound,
)
from functions.contract.operation import Limits
from functions.serve.run.catalog import Catalog, Entry
from functions.serve.run.runner import Runner
from functions.serve.run.settings import Settings
from functions.serve.telemetry.log import Course
from tests.serve import copying

CATALOG = Catalog({"copy": Entry("tests.serve.copying", "copies a file")})


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    """A runner with one operation, its scratch empty at the end of each test."""
    copying.RUNS.clear()
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    yield Runner(Settings(scratch=scratch), CATALOG)
    assert list(scratch.iterdir()) == []


@pytest.fixture
def request_(tmp_path: Path) -> dict[str, Any]:
    """A request whose input is there."""
    (tmp_path / "in.bin").write_bytes(b"picture")
    return {"input": f"file://{tmp_path}/in.bin", "output": f"file://{tmp_path}/out/"}


def files(folder: Path) -> dict[str, bytes]:
    """Content by name of everything under a folder but receipts."""
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file() and ".rushes" not in p.parts
    }


def test_a_receipt_says_what_was_read_made_and_assumed(
    runner: Runner, request_: dict[str, Any], tmp_path: Path
) -> None:
    """The receipt names inputs and outputs with bytes and hashes and stands beside them."""
    receipt = runner.run("copy", {**request_, "copies": 2})
    digest = xxhash.xxh64_hexdigest(b"picture")
    assert receipt.status == "done"
    assert [(i.uri, i.bytes, i.xxh64) for i in receipt.inputs] == [(request_["input"], 7, digest)]
    assert [(o.bytes, o.xxh64, o.frame) for o in receipt.outputs] == [
        (7, digest, 0),
        (7, digest, 1),
    ]
    assert receipt.assumed == {"mood": "good"}
    assert receipt.request == request_
    assert set(receipt.seconds) == {
        "fetch", "decode", "debayer", "colour", "encode", "commit", "total"
    }  # fmt: skip
    stored = tmp_path / "out" / ".rushes" / f"{receipt.unit}.json"
    assert msgspec.json.decode(stored.read_bytes())["unit"] == receipt.unit


def test_the_same_unit_again_is_reused_and_writes_nothing(
    runner: Runner, request_: dict[str, Any], tmp_path: Path
) -> None:
    """A standing receipt is the answer; no file is touched."""
    first = runner.run("copy", request_)
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "out").rglob("*")}
    again = runner.run("copy", {**request_, "copies": 2, "overwrite": True})
    assert (again.status, again.unit) == ("reused", first.unit)
    assert len(copying.RUNS) == 1
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "out").rglob("*")} == before


def test_a_receipt_whose_outputs_are_gone_counts_for_nothing(
    runner: Runner, request_: dict[str, Any], tmp_path: Path
) -> None:
    """A missing or cut output is made again, under the one receipt."""
    runner.run("copy", request_)
    (tmp_path / "out" / "1.txt").unlink()
    runner.run("copy", request_)
    assert files(tmp_path / "out") == {"0.txt": b"picture", "1.txt": b"picture"}
    assert len(copying.RUNS) == 2
    assert len(list((tmp_path / "out" / ".rushes").iterdir())) == 1


def test_changed_input_is_another_unit(
    runner: Runner, request_: dict[str, Any], tmp_path: Path
) -> None:
    """Other content under the same name is not answered with the old receipt."""
    first = runner.run("copy", request_)
    (tmp_path / "in.bin").write_bytes(b"PICTURE")
    with pytest.raises(OutputConflict):
        runner.run("copy", request_)
    second = runner.run("copy", {**request_, "overwrite": True})
    assert second.unit != first.unit
    assert files(tmp_path / "out")["0.txt"] == b"PICTURE"


def test_other_content_at_the_output_is_a_conflict_and_stays(
    runner: Runner, request_: dict[str, Any], tmp_path: Path
) -> None:
    """What somebody else put there is named and left alone, and no receipt is left."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "1.txt").write_bytes(b"theirs!")
    with pytest.raises(OutputConflict) as caught:
        runner.run("copy", request_)
    assert caught.value.facts["frame"] == 1
    assert files(tmp_path / "out")["1.txt"] == b"theirs!"
    assert not list((tmp_path / "out").glob(".rushes/*"))
    runner.run("copy", {**request_, "overwrite": True})
    assert files(tmp_path / "out")["1.txt"] == b"picture"


def test_overwrite_mends_what_was_changed_behind_the_receipt(
    runner: Runner, request_: dict[str, Any], tmp_path: Path
) -> None:
    """With overwrite a standing receipt is believed only if its outputs hash as it says."""
    runner.run("copy", request_)
    (tmp_path / "out" / "0.txt").write_bytes(b"PICTURE")
    receipt = runner.run("copy", {**request_, "overwrite": True})
    assert files(tmp_path / "out")["0.txt"] == b"picture"
    assert len(copying.RUNS) == 2
    assert receipt.outputs[0].xxh64 == xxhash.xxh64_hexdigest(b"picture")


@pytest.mark.parametrize("text", [b'{"unit"', b'{"unit":"\xff"}', b'{"report":' * 5000])
def test_a_half_written_receipt_is_replaced(
    runner: Runner, request_: dict[str, Any], tmp_path: Path, text: bytes
) -> None:
    """A receipt that is not JSON does not count, and is mended."""
    unit = runner.prepare("copy", request_).unit
    broken = tmp_path / "out" / ".rushes" / f"{unit}.json"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(text)
    assert runner.run("copy", request_).status == "done"
    assert runner.run("copy", request_).status == "reused"


def test_two_workers_on_one_unit_leave_one_receipt(
    runner: Runner, request_: dict[str, Any], tmp_path: Path
) -> None:
    """A duplicate event at the same time ends in the same bytes and one receipt."""
    with ThreadPoolExecutor(8) as pool:
        receipts = list(pool.map(lambda _: runner.run("copy", {**request_, "copies": 9}), range(8)))
    assert len({r.unit for r in receipts}) == 1
    assert [r.status for r in receipts].count("done") <= 1
    assert len(list((tmp_path / "out" / ".rushes").iterdir())) == 1
    assert set(files(tmp_path / "out").values()) == {b"picture"}


def test_explain_and_prepare_write_nothing(
    runner: Runner, request_: dict[str, Any], tmp_path: Path
) -> None:
    """explain says what would be made and assumed; the output stays empty."""
    told = runner.explain("copy", request_)
    assert told["outputs"] == [f"{request_['output']}0.txt", f"{request_['output']}1.txt"]
    assert told["assumed"] == {"mood": "good"}
    assert told["done_already"] is False
    assert runner.prepare("copy", request_).unit == told["unit"]
    assert not (tmp_path / "out").exists()
    runner.run("copy", request_)
    assert runner.explain("copy", request_)["done_already"] is True


def test_a_fault_of_ours_is_an_internal_error(runner: Runner, request_: dict[str, Any]) -> None:
    """No foreign exception leaves the runner, and no receipt is left behind it."""
    with pytest.raises(InternalError, match="ZeroDivisionError") as caught:
        runner.run("copy", {**request_, "fault": "bug"})
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_limits_deadline_and_shutdown_stop_a_unit(tmp_path: Path, request_: dict[str, Any]) -> None:
    """A unit ends with the contract's error when it is too large, too slow or unwanted."""
    with pytest.raises(LimitExceeded):
        Runner(Settings(scratch=tmp_path, limits=Limits(bytes=3)), CATALOG).run("copy", request_)
    with pytest.raises(DeadlineExceeded):
        Runner(Settings(scratch=tmp_path, limits=Limits(seconds=-1)), CATALOG).run("copy", request_)
    going = threading.Event()
    going.set()
    with pytest.raises(Busy):
        Runner(Settings(scratch=tmp_path), CATALOG).run("copy", request_, Course(going))


def test_what_is_not_there_is_said(runner: Runner, request_: dict[str, Any]) -> None:
    """A missing input and an unknown operation are the caller's errors."""
    with pytest.raises(SourceNotFound):
        runner.run("copy", {**request_, "input": request_["input"] + "x"})
    with pytest.raises(InvalidRequest, match="copy"):
        runner.run("cpoy", request_)


def test_a_job_has_no_deadline_of_a_unit(tmp_path: Path, request_: dict[str, Any]) -> None:
    """An operation that sends units to others outlives the limit on seconds."""
    module = types.ModuleType("untimed")
    module.OPERATION = msgspec.structs.replace(copying.OPERATION, dispatches=True)  # type: ignore[attr-defined]
    sys.modules["untimed"] = module
    catalog = Catalog({"copy": Entry("untimed", "copies a file")})
    settings = Settings(scratch=tmp_path, limits=Limits(seconds=-1))
    assert Runner(settings, catalog).run("copy", request_).status == "done"
