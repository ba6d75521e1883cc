"""300 units through every fault that was seen, by seed: nothing is lost, nothing done twice, and
the bytes are those of a calm run. `make chaos` runs twenty seeds (CHAOS_SEEDS)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.contract.errors import RushesError
from functions.contract.store import Store
from functions.dispatch.sending import backoff
from functions.jobs.status import read_job
from functions.serve.run.catalog import Catalog
from functions.serve.run.runner import Runner
from functions.serve.run.settings import Settings
from functions.storage import open_store
from tests.dispatch.chaos import Faulty, Stumbling, served
from tests.media.takes import frame_file
from tests.storage.seaweed import seaweed

UNITS = 300
SEEDS = range(1, 1 + int(os.environ.get("CHAOS_SEEDS", "1")))


@pytest.fixture(params=["file", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Store]]:
    """A folder, or a bucket of a real server: where the job goes, and its store."""
    if request.param == "file":
        yield f"file://{tmp_path}/job/", open_store((f"file://{tmp_path}/",), None)
        return
    with seaweed() as server:
        roots = (f"s3://{server.bucket}/", f"file://{tmp_path}/")
        yield f"s3://{server.bucket}/job/", open_store(roots, server.settings)


def dispatched(clip: Path, output: str, store: Store, sink: str) -> dict[str, Any]:
    """A job of a frame a unit, dispatched until it is done."""
    runner = Runner(Settings(sink=sink, scratch=clip.parent), Catalog())
    runner._store = store
    job = {
        "output": output,
        "units": {"frames": 1},
        "attempts": 12,
        "in_flight": 16,
        "clips": [{"operation": "debayer", "input": f"file://{clip}/"}],
    }
    for _ in range(5):
        try:
            report = runner.run("dispatch", job).report
        except RushesError as error:
            assert error.retryable, error.detail
            continue
        assert report is not None
        if report["state"] == "done":
            return report
    raise AssertionError("the job does not end")


def left_at(output: str, store: Store) -> dict[str, bytes]:
    """Every file of the job's units, by name."""
    return {
        stat.uri.removeprefix(output): store.read(stat.uri)
        for folder in ("A/", "A/.rushes/")
        for stat in store.list(f"{output}{folder}")
        if not stat.uri.endswith(".failed.json")
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_and_nothing_is_done_twice(
    place: tuple[str, Store],
    tmp_path: Path,
    seed: int,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Any,
) -> None:
    """Fifteen of a hundred POSTs and twenty of a hundred calls of the storage meet a fault."""
    monkeypatch.setattr(backoff, "FIRST", 0.01)
    output, store = place
    clip = tmp_path / "A"
    clip.mkdir()
    (clip / "A_0001.dng").write_bytes(frame_file(1))
    for number in range(2, UNITS + 1):
        os.link(clip / "A_0001.dng", clip / f"A_{number:04d}.dng")
    calm = Faulty(store, seed, 0)
    with served(calm) as sink:
        dispatched(clip, f"{output}calm/", store, sink)
    stumbling = Stumbling(store, seed, 20)
    faulty = Faulty(store, seed, 15)
    with served(faulty) as sink:
        dispatched(clip, f"{output}storm/", stumbling, sink)
    injected = faulty.injected + stumbling.injected
    print(f"seed {seed} at {output.partition(':')[0]}: {sum(injected.values())} faults:", injected)
    record_property("faults", dict(injected))
    assert sum(faulty.injected.values()) > UNITS / 20
    assert set(faulty.done.values()) == {1}
    assert len(faulty.done) == UNITS
    (status,) = read_job(f"{output}storm/", store)
    assert (status.complete, status.failures) == (True, ())
    quiet, loud = (left_at(f"{output}{name}/", store) for name in ("calm", "storm"))
    assert len(quiet) == len(loud) == 2 * UNITS
    receipts = {name for name in quiet if ".rushes/" in name}
    assert {name: quiet[name] for name in quiet.keys() - receipts} == {
        name: content for name, content in loud.items() if ".rushes/" not in name
    }
