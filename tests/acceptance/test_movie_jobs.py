"""Movies made in parts when things go wrong: other orders, a part that fails, kill -9, S3."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

import rushes
from functions.contract.frames import FrameRange
from functions.jobs.plan import Plan
from functions.storage import open_store
from tests.dispatch.test_kill import ROOT, family, over
from tests.media.remux_movies import numbers, write_numbered
from tests.storage.seaweed import seaweed

FRAMES, UNIT = 84, 12
KINDS: dict[str, dict[str, Any]] = {
    "prores": {"operation": "transcode", "codec": "prores-422"},
    "dnxhr-mxf": {"operation": "transcode", "codec": "dnxhr-sq", "container": "mxf"},
    "h264": {"operation": "transcode", "codec": "h264"},
    "master": {
        "operation": "deliver", "profile": "prores-422-hq", "slate": 5, "leader": 55,
        "timecode": "01:00:00:00",
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_numbered(tmp_path_factory.mktemp("take") / "A001.mov", FrameRange(0, FRAMES))


def job_of(take: Path | str, output: str, kind: str) -> dict[str, Any]:
    source = take if isinstance(take, str) else take.as_uri()
    clip = {"input": source, "output": f"{output}m/", **KINDS[kind]}
    return {"output": output, "clips": [clip], "units": {"frames": UNIT}, "attempts": 20}


def made(folder: Path) -> dict[str, bytes]:
    """Movies and sidecars, not the parts."""
    return {p.name: p.read_bytes() for p in (folder / "m").iterdir() if p.is_file()}


def undisturbed(take: Path, folder: Path, kind: str) -> dict[str, bytes]:
    report: Any = rushes.call("dispatch", **job_of(take, f"{folder.as_uri()}/", kind)).report
    assert report["failures"] == []
    return made(folder)


@pytest.fixture(scope="module")
def wanted(take: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    """What a job of a kind makes that nobody disturbs, made once."""
    return cache(lambda kind: undisturbed(take, tmp_path_factory.mktemp(kind), kind))


@pytest.mark.parametrize("kind", KINDS)
def test_parts_may_come_in_any_order(take: Path, tmp_path: Path, kind: str) -> None:
    """The units of the plan, done one by one from the last to the first, make the same movie;
    what waits for its parts says so until they stand."""
    folder = tmp_path / "a"
    want = undisturbed(take, folder, kind)
    jobs = (folder / ".rushes" / "jobs").glob("*.json")
    (plan,) = (p for p in jobs if "report" not in p.name)
    clip = msgspec.json.decode(plan.read_bytes(), type=Plan).clips[0]
    shutil.rmtree(folder)
    *parts, join = [(u.operation or clip.operation, clip.request_of(u)) for u in clip.units]
    random.Random(7).shuffle(parts)
    for operation, request in parts:
        with pytest.raises(rushes.SourceNotFound, match="not made yet"):
            rushes.call(join[0], **join[1])
        rushes.call(operation, **request)
    rushes.call(join[0], **join[1])
    assert made(folder) == want


@pytest.mark.parametrize("kind", ["h264", "master"])
def test_a_part_that_fails_is_made_again_alone(take: Path, tmp_path: Path, kind: str) -> None:
    """Something else stands where a part goes: no movie. Taken away, the same job makes that
    part and the movie, and nothing else."""
    folder = tmp_path / "a"
    job = job_of(take, f"{folder.as_uri()}/", kind)
    want = undisturbed(take, folder, kind)
    place = next((folder / "m" / ".rushes" / "parts").iterdir())
    part = sorted(p for p in place.iterdir() if p.is_file() and "sound" not in p.name)[3]
    content = part.read_bytes()
    gone = [
        r for r in (*place.glob(".rushes/*.json"), *(folder / "m" / ".rushes").glob("*.json"))
        if part.name in r.read_text() or '"operation": "stitch"' in r.read_text()
    ]  # fmt: skip
    for receipt in gone:
        receipt.unlink()
    movie = next(p for p in (folder / "m").iterdir() if p.suffix in (".mov", ".mp4"))
    movie.unlink()
    part.write_bytes(b"something else")
    report: Any = rushes.call("dispatch", **job).report
    failed = {failure["frames"]: failure["problem"]["code"] for failure in report["failures"]}
    assert failed.pop(f"{3 * UNIT}-{4 * UNIT - 1}") == "output_conflict" and not movie.exists()
    assert failed.keys() <= {f"0-{FRAMES - 1}"}
    part.unlink()
    report = rushes.call("dispatch", **job).report
    assert report["failures"] == [] and report["done"] == 2
    assert part.read_bytes() == content and made(folder) == want


def start(job: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "functions.serve.cli.main", "dispatch", str(job), "--json"],
        cwd=ROOT, env={**os.environ, **environment},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def killed_until_done(
    job: Path, environment: dict[str, str], kills: int, chance: random.Random
) -> int:
    """Dispatch, kill -9 the dispatcher or one of its servers, again, then let it end."""
    hits = 0
    while True:
        process = start(job, environment)
        while hits < kills and not over(process.pid, chance.uniform(0.3, 1.5)):
            kin = family(process.pid)
            victim = chance.choice([process.pid, *kin[1:]])
            try:
                os.kill(victim, signal.SIGKILL)
            except ProcessLookupError:
                continue
            hits += 1
            if victim == process.pid:
                assert all(over(pid, 30) for pid in kin), "a server outlived its dispatcher"
                break
        out, _ = process.communicate()
        if process.returncode != -signal.SIGKILL:
            assert process.returncode == 0, out.decode()[-3000:]
            return hits


@pytest.mark.parametrize("kind", ["h264", "master"])
def test_killed_and_dispatched_again(
    take: Path, tmp_path: Path, kind: str, wanted: Callable[[str], Any]
) -> None:
    """However often dispatcher, servers and workers are killed, the movie is the same bytes."""
    want = wanted(kind)
    folder = tmp_path / "b"
    job = tmp_path / "job.json"
    job.write_text(json.dumps(job_of(take, f"{folder.as_uri()}/", kind)))
    chance, hits = random.Random(20), 0
    while hits < 4:
        shutil.rmtree(folder, ignore_errors=True)
        hits += killed_until_done(job, {"RUSHES_THREADS": "1"}, 4 - hits, chance)
        assert made(folder) == want
    movie = next(
        folder / "m" / name for name in want if Path(name).suffix in (".mov", ".mp4", ".mxf")
    )
    lead = 60 if kind == "master" else 0
    assert numbers(movie)[lead:] == list(range(FRAMES))


@pytest.mark.parametrize("kind", ["master"])
def test_from_s3_to_s3(take: Path, tmp_path: Path, kind: str, wanted: Callable[[str], Any]) -> None:
    """Clip, parts and movie in a bucket, killed in between: the bytes of a job on disk."""
    want = wanted(kind)
    with seaweed() as weed:
        root = f"s3://{weed.bucket}/"
        store = open_store((root,), weed.settings)
        store.put(f"{root}camera/A001.mov", take.read_bytes())
        job = tmp_path / "job.json"
        job.write_text(json.dumps(job_of(f"{root}camera/A001.mov", f"{root}job/", kind)))
        environment = {**weed.environment(), "RUSHES_THREADS": "1"}
        killed_until_done(job, environment, 2, random.Random(3))
        found = {
            stat.uri.rpartition("/")[2]: store.read(stat.uri)
            for stat in store.list(f"{root}job/m/")
        }
    assert {name: found.get(name) for name in want} == want
