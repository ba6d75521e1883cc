"""Many clips in one folder: what a plan asks of the storage grows with the clips, no faster.

Calls and listed files are counted at 10, 20 and 40 clips: from 20 to 40 twice as many must come
on top as from 10 to 20; of quadratic work it would be four times as many.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from functions.contract.operation import Limits
from functions.contract.receipt import Output, receipt_uri
from functions.contract.store import Stat
from functions.dispatch import planning
from functions.pull import index as pull
from functions.pull.index import index_of
from functions.serve.run.catalog import Catalog
from functions.serve.run.runner import Runner
from functions.serve.run.settings import Settings
from functions.storage import listed_once as listing
from functions.storage.listed_once import ListedOnce
from tests.container.conftest import make_movie
from tests.dispatch.fakes import receipt_for
from tests.media.takes import frame_file

FRAMES = 3
COUNTS = (10, 20, 40)


class Counted:
    """A store that counts the calls of each verb and the files that its listings gave."""

    def __init__(self, inner: Any, calls: Counter[str]) -> None:
        self._inner = inner
        self._calls = calls

    def list(self, folder: str, start: str = "") -> Iterator[Stat]:
        found = list(self._inner.list(folder, start))
        self._calls["list"] += 1
        self._calls["files listed"] += len(found)
        return iter(found)

    def __getattr__(self, verb: str) -> Any:
        if verb == "remember":  # what a store of the project does not have
            raise AttributeError(verb)

        def call(*given: Any) -> Any:
            self._calls[verb] += 1
            return getattr(self._inner, verb)(*given)

        return call


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts of this test; what a plan takes out of a remembered listing is counted too."""
    found: Counter[str] = Counter()
    inner = ListedOnce.list

    def looked(self: ListedOnce, folder: str, start: str = "") -> Iterator[Stat]:
        some = list(inner(self, folder, start))
        found["files looked at"] += len(some)
        return iter(some)

    monkeypatch.setattr(listing.ListedOnce, "list", looked)
    # One reader: a unit's store keeps the last file for who asks next, and threads race for it.
    monkeypatch.setattr(planning, "_READERS", 1)
    monkeypatch.setattr(pull, "_AT_ONCE", 1)
    return found


def runner_of(folder: Path, calls: Counter[str]) -> Runner:
    """A runner whose storage counts."""
    settings = Settings.read({"RUSHES_ROOTS": str(folder), "RUSHES_SCRATCH": str(folder)})
    runner = Runner(settings, Catalog())
    runner._store = Counted(runner.store, calls)
    return runner


def sequences(folder: Path, count: int) -> list[str]:
    """Clips of three frames each, in one folder; patterns."""
    (folder / "flat").mkdir(parents=True)
    first = folder / "one.dng"
    first.write_bytes(frame_file(1))
    for clip in range(count):
        for number in range(1, FRAMES + 1):
            os.link(first, folder / "flat" / f"A{clip:04d}_{number:06d}.dng")
    return [f"file://{folder}/flat/A{clip:04d}_%06d.dng" for clip in range(count)]


def movies(folder: Path, count: int) -> list[str]:
    """Movies in one folder."""
    (folder / "flat").mkdir(parents=True)
    make_movie(folder / "one.mov", frames=2)
    for clip in range(count):
        os.link(folder / "one.mov", folder / "flat" / f"M{clip:04d}.mov")
    return [f"file://{folder}/flat/M{clip:04d}.mov" for clip in range(count)]


def explained(folder: Path, calls: Counter[str], job: Mapping[str, Any]) -> dict[str, Any]:
    """The plan of a job, and the calls that it cost."""
    calls.clear()
    return runner_of(folder, calls).explain("dispatch", job)


def assert_linear(costs: list[Counter[str]]) -> None:
    """So much for each clip, and something for the job."""
    few, some, many = costs
    assert few.keys() == some.keys() == many.keys()
    assert few, "nothing was counted"
    for verb in few:
        assert many[verb] - some[verb] == 2 * (some[verb] - few[verb]), verb


def pretend(runner: Runner, clip: Mapping[str, Any]) -> None:
    """Leave what a planned clip's unit would: its files and its receipt."""
    request = {name: clip[name] for name in ("input", "output", "frames")}
    unit = runner.prepare("debayer", request).unit
    outputs = []
    for number in range(1, FRAMES + 1):
        uri = f"{clip['output']}{clip['name']}.{number:06d}.exr"
        runner.store.put(uri, b"x")
        outputs.append(Output(uri=uri, bytes=1, xxh64="0" * 16, frame=number))
    receipt = receipt_for("debayer", unit, request)
    receipt = msgspec.structs.replace(receipt, outputs=tuple(outputs))
    runner.store.put(receipt_uri(clip["output"], unit), receipt.json())


@pytest.mark.parametrize(
    ("make", "operation"), [(sequences, "debayer"), (sequences, "inspect"), (movies, "transcode")]
)
def test_a_plan_asks_for_each_clip_alone(
    tmp_path: Path, calls: Counter[str], make: Any, operation: str
) -> None:
    """Twice the clips in the folder: one listing still, and twice of everything else; of the
    listing each clip looks at its own files."""
    costs = []
    for count in COUNTS:
        clips = [{"input": uri} for uri in make(tmp_path / str(count), count)]
        job = {"output": f"file://{tmp_path}/out/", "clips": clips}
        job["defaults"] = {"operation": operation}
        assert explained(tmp_path, calls, job)["units"] == count
        costs.append(Counter(calls))
    assert_linear(costs)
    # One is of the plans of earlier jobs.
    assert {cost["list"] for cost in costs} == {2 if make is sequences else 1}
    if make is sequences:
        most = costs[-1]
        assert most["files listed"] == COUNTS[-1] * FRAMES
        # Headers and identity look once each; an operation without a frame range has no first.
        looks = 2 if operation == "debayer" else 1
        assert most["files looked at"] == COUNTS[-1] * FRAMES * looks


def test_a_job_into_one_folder_is_looked_at_again_at_the_same_rate(
    tmp_path: Path, calls: Counter[str]
) -> None:
    """Receipts of all units stand and all outputs lie in one folder: it is listed once."""
    costs = []
    for count in COUNTS:
        folder = tmp_path / str(count)
        clips = [{"input": uri, "output": "flat"} for uri in sequences(folder, count)]
        defaults = {"operation": "debayer"}
        job = {"output": f"file://{folder}/out/", "clips": clips, "defaults": defaults}
        made = explained(folder, calls, job)
        runner = runner_of(folder, calls)
        for clip in made["clips"]:
            pretend(runner, clip)
        again = explained(folder, calls, job)
        assert (again["units"], again["standing"]) == (count, count)
        costs.append(Counter(calls))
    assert_linear(costs)
    # The camera's folder, the output's, that of its receipts and that of earlier plans.
    assert {cost["list"] for cost in costs} == {4}


def test_a_clip_in_many_units_is_opened_once(tmp_path: Path, calls: Counter[str]) -> None:
    """A frame a unit: of 20 frames or of 80, each verb is called as often and the folder is
    listed once; of the names in it each is looked at as often."""
    costs = []
    for frames in (20, 80):
        folder = tmp_path / str(frames)
        folder.mkdir()
        (folder / "one").write_bytes(frame_file(1))
        for number in range(1, frames + 1):
            (folder / "A").mkdir(exist_ok=True)
            os.link(folder / "one", folder / "A" / f"A_{number:06d}.dng")
        job = {
            "output": f"file://{folder}/out/",
            "units": {"frames": 1},
            "clips": [{"operation": "debayer", "input": f"file://{folder}/A/"}],
        }
        assert explained(tmp_path, calls, job)["units"] == frames
        costs.append(Counter(calls))
    few, many = costs
    for verb in few.keys() - {"files listed", "files looked at"}:
        assert few[verb] == many[verb], verb
    assert (few["files listed"], many["files listed"]) == (20, 80)
    assert many["files looked at"] == 4 * few["files looked at"]


def test_a_turnover_is_matched_at_the_same_rate(tmp_path: Path, calls: Counter[str]) -> None:
    """`rushes pull` reads the headers of every clip below its media: one listing a folder."""
    costs = []
    for count in COUNTS:
        folder = tmp_path / str(count)
        sequences(folder, count)
        store = runner_of(folder, calls).store
        calls.clear()
        places = {f"file://{folder}/flat/": None}
        found = index_of(places, ListedOnce(store), Limits(), lambda: None)
        assert len(found.media) == count
        costs.append(Counter(calls))
    assert_linear(costs)
    assert {(cost["list"], cost["folders"]) for cost in costs} == {(1, 1)}


def test_a_unit_lists_its_own_clip(tmp_path: Path, calls: Counter[str]) -> None:
    """A function that does one clip of the folder is given that clip's files and no others."""
    uri = sequences(tmp_path, 20)[7]
    runner = runner_of(tmp_path, calls)
    runner.explain("debayer", {"input": uri, "output": f"file://{tmp_path}/out/"})
    assert (calls["list"], calls["files listed"]) == (1, FRAMES)
