"""Killed (-9) at many random moments, dispatched again: the same bytes, the same receipts.

Real clips through the real command: a dispatcher, its guard, a gunicorn master and two
workers. Victims and moments are drawn from a seed; what they hit is up to the machine.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import xxhash

from demo.make_clip import make_clip
from functions.contract.store import Store
from functions.storage import open_store
from functions.storage.s3 import S3Settings
from tests.dispatch.logged import LOG, START
from tests.storage.seaweed import seaweed

ROOT = Path(__file__).resolve().parents[2]
CLIPS, FRAMES, UNIT = 2, 24, 3
LONGEST = 3.0  # seconds between kills, on a machine however slow
UNITS = CLIPS * FRAMES // UNIT
# What a receipt says of the unit; the rest is of the run (its time, its machine).
SAME = ("rushes", "operation", "unit", "request", "assumed", "inputs", "outputs", "frames")


@dataclass
class Place:
    """Where a job writes, and how a process reaches it.

    clear : take everything away that the job has left
    """

    output: str
    store: Store
    clear: Callable[[], None]
    environment: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two short takes."""
    folder = tmp_path_factory.mktemp("camera")
    for number in range(CLIPS):
        make_clip(folder / f"A00{number}", frames=FRAMES, width=640, height=360)
    return folder


@pytest.fixture
def local_place(tmp_path: Path) -> Place:
    """A folder."""
    import shutil

    folder = tmp_path / "job"
    return Place(
        output=f"file://{folder}/",
        store=open_store((f"file://{folder}/",), None),
        clear=lambda: shutil.rmtree(folder, ignore_errors=True),
    )


@pytest.fixture
def s3_place() -> Iterator[Place]:
    """A bucket of a real server."""
    with seaweed() as server:
        bucket = _bucket(server.settings, server.bucket)

        def clear() -> None:
            import obstore

            for page in bucket.list(prefix="job/"):
                obstore.delete(bucket, [entry["path"] for entry in page])

        yield Place(
            output=f"s3://{server.bucket}/job/",
            store=open_store((f"s3://{server.bucket}/",), server.settings),
            clear=clear,
            environment=server.environment(),
        )


def _bucket(settings: S3Settings, bucket: str) -> Any:
    from obstore.store import S3Store

    return S3Store(
        bucket,
        endpoint=settings.endpoint,
        region=settings.region,
        access_key_id=settings.access_key_id,
        secret_access_key=settings.secret_access_key,
        client_options={"allow_http": True},
    )


@dataclass
class Left:
    """What a job left: content hash by name, and what its receipts say of the units."""

    frames: dict[str, str]
    receipts: dict[str, dict[str, Any]]


def left_at(place: Place) -> Left:
    """Everything below the clips' folders."""
    frames, receipts = {}, {}
    for number in range(CLIPS):
        folder = f"{place.output}A00{number}/"
        for stat in place.store.list(folder):
            frames[stat.uri] = xxhash.xxh64_hexdigest(place.store.read(stat.uri))
        for stat in place.store.list(f"{folder}.rushes/"):
            found = json.loads(place.store.read(stat.uri))
            if stat.uri.endswith(".failed.json"):  # a receipt always wins over a note
                print(f"a note of a try that was killed: {stat.uri} {found}")
            else:
                receipts[stat.uri] = {name: found[name] for name in SAME}
    return Left(frames, receipts)


def differences(got: Left, want: Left) -> list[str]:
    """What one job left otherwise than another, by name."""
    pairs = [(got.frames, want.frames), (got.receipts, want.receipts)]
    return [
        f"{name}: {found.get(name)} and not {wanted.get(name)}"
        for found, wanted in pairs
        for name in sorted(found.keys() | wanted.keys())
        if found.get(name) != wanted.get(name)
    ]


class Trial:
    """One job at one place, dispatched as often as it is killed."""

    def __init__(self, place: Place, camera: Path, folder: Path, seed: int) -> None:
        self.place = place
        self.job = folder / "job.json"
        self.log = folder / "runs.log"
        self.random = random.Random(seed)
        self.kills: Counter[str] = Counter()
        self.deck = self.shuffled()
        job = {
            "output": place.output,
            "defaults": {"operation": "debayer", "compression": "zip"},
            "units": {"frames": UNIT},
            "attempts": 50,
            "clips": [{"input": str(camera / f"A00{number}")} for number in range(CLIPS)],
        }
        self.job.write_text(json.dumps(job))

    def shuffled(self) -> list[str]:
        """Whom the next kills hit: in chance order, and each kind within seven."""
        deck = ["worker"] * 4 + ["master"] + ["dispatcher"] * 2
        self.random.shuffle(deck)
        return deck

    def start(self) -> subprocess.Popen[bytes]:
        """`rushes dispatch`."""
        return subprocess.Popen(
            [sys.executable, "-c", START, "dispatch", str(self.job), "--json"],
            cwd=ROOT,
            env={
                **os.environ,
                **self.place.environment,
                "RUSHES_THREADS": "2",
                LOG: str(self.log),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def undisturbed(self) -> dict[str, Any]:
        """Dispatch to the end; the report."""
        process = self.start()
        out, _ = process.communicate()
        assert process.returncode == 0, out.decode()
        report: dict[str, Any] = json.loads(out)["report"]
        return report

    def disturbed(self, most: int, within: float) -> None:
        """Dispatch and kill until the dispatcher comes to its end by itself."""
        while True:
            process = self.start()
            while sum(self.kills.values()) < most and not over(
                process.pid, self.random.uniform(0.1, within)
            ):
                victim = self.deck[-1]
                # The family is read first: an orphan no longer says whose it was.
                kin = family(process.pid)
                if kill(process.pid, victim):
                    self.kills[victim] += 1
                    self.deck.pop()
                    self.deck = self.deck or self.shuffled()
                if victim == "dispatcher":
                    assert all(over(pid, 30) for pid in kin), "a server outlived its dispatcher"
                    break
            out, _ = process.communicate()
            if process.returncode != -signal.SIGKILL:
                assert process.returncode == 0, out.decode()[-4000:]
                return

    def runs(self) -> Counter[tuple[str, str]]:
        """How often each unit was begun since the log was last cleared."""
        words = [line.split() for line in self.log.read_text().splitlines()]
        assert [w for w in words if w[2] == "stood"] == [], "done again after its receipt stood"
        return Counter((output, frames) for output, frames, _ in words)


def over(pid: int, seconds: float) -> bool:
    """Whether a process ends within so long."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], seconds)[0])
    finally:
        os.close(descriptor)


def children(pid: int) -> list[int]:
    """Processes whose parent this is."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(c) for task in tasks for c in (task / "children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def family(pid: int) -> list[int]:
    """All descendants."""
    return [d for child in children(pid) for d in (child, *family(child))]


def kill(dispatcher: int, victim: str) -> bool:
    """Kill one of a kind; False when there is none just now."""
    guards = children(dispatcher)
    masters = [m for guard in guards for m in children(guard)]
    workers = [w for master in masters for w in children(master)]
    kinds = {"dispatcher": [dispatcher], "master": masters, "worker": workers}
    for pid in kinds[victim][:1]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
        return True
    return False


@pytest.mark.parametrize(("place", "kills"), [("local_place", 10), ("s3_place", 7)])
def test_killed_at_random_moments_and_dispatched_again(
    place: str, kills: int, camera: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Workers, masters and dispatchers are killed; each job still ends in the bytes and
    receipts of an undisturbed one, one receipt a unit, none done again after it stood."""
    where: Place = request.getfixturevalue(place)
    trial = Trial(where, camera, tmp_path, seed=20)
    report = trial.undisturbed()
    assert (report["done"], report["failed"]) == (UNITS, 0)
    want = left_at(where)
    assert (len(want.frames), len(want.receipts)) == (CLIPS * FRAMES, UNITS)
    assert set(trial.runs().values()) == {1}

    begun, most = 0, kills
    while sum(trial.kills.values()) < most:
        where.clear()
        trial.log.write_text("")
        trial.disturbed(most, within=min(report["wall_seconds"], LONGEST))
        assert differences(left_at(where), want) == []
        runs = trial.runs()
        assert len(runs) == UNITS
        begun += sum(runs.values()) - UNITS
        if sum(trial.kills.values()) >= most and not begun:
            most = min(most + kills, 4 * kills)  # on a slow day kills fall between the units
    assert begun > 0, "no kill hit a unit at work: the moments are badly drawn"
    assert min(trial.kills[kind] for kind in ("worker", "master", "dispatcher")) > 0

    again = trial.undisturbed()
    assert (again["reused"], again["done"], again["failed"]) == (UNITS, 0, 0)
    assert left_at(where) == want
    assert sum(trial.runs().values()) == sum(runs.values())
