"""index under SIGKILL: what stands is readable, the next one ends as if nothing had happened."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from functions.contract.errors import SourceNotFound
from functions.footage.entry import Entry
from tests.index.conftest import Shoot

CARDS = 24


def shards(out: Path) -> int:
    """Cards that are written."""
    return len(list((out / "cards").glob("*.jsonl")))


def generations(out: Path) -> int:
    """States that were published."""
    return len(list((out / ".rushes" / "footage").glob("*.json")))


def files(out: Path) -> int:
    """SQLite files that stand whole."""
    return len(list(out.glob("footage-*.sqlite")))


MOMENTS: dict[str, tuple[Callable[[Path], int], int]] = {
    "at once": (lambda out: 1, 1),
    "first card": (shards, 1),
    "half of the cards": (shards, CARDS // 2),
    "last card": (shards, CARDS),
    "file": (files, 1),
    "published": (generations, 1),
}


def killed(shoot: Shoot, reached: Callable[[], bool]) -> int:
    """The exit code of an index that was killed when that was so, or had ended before."""
    command = [sys.executable, "-m", "functions.serve.cli.main", "index", str(shoot.root),
               str(shoot.out), "--no-thumbnails"]  # fmt: skip
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as process:
        while process.poll() is None and not reached():
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        return process.wait(60)


def standing(shoot: Shoot) -> dict[str, Entry] | None:
    """What the newest index holds; None where none is published."""
    try:
        return shoot.entries()
    except SourceNotFound:
        return None


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_any_moment_and_refreshed_it_is_right(shoot: Shoot, moment: str) -> None:
    """First made, then brought up to date after clips came, changed and went: whole cards are kept,
    the old index stands until the new one does, and the end is that of an index made anew."""
    for number in range(CARDS - 2):
        shoot.take(f"day2/C{number:03d}", f"C{number:03d}_C001", frames=1)
    count, enough = MOMENTS[moment]
    code = killed(shoot, lambda: count(shoot.out) >= enough)
    if moment == "at once":
        assert code == -signal.SIGKILL
    whole, published = shards(shoot.out), standing(shoot)
    assert published is None or len(published) == CARDS + 2
    shoot.index()
    before = shoot.entries()
    assert len(before) == CARDS + 2
    if moment in ("half of the cards", "last card"):
        assert whole >= enough
    assert len(shoot.read) <= CARDS + 2 - whole

    for number in range(0, CARDS - 2, 2):
        shoot.take(f"day2/C{number:03d}", f"C{number:03d}_C002", frames=1)
    (shoot.root / "day2" / "C001" / "C001_C001" / "C001_C001.000001.dng").unlink()
    had = count(shoot.out)
    killed(shoot, lambda: count(shoot.out) >= (had + 1 if moment != "at once" else 1))
    after = standing(shoot)
    assert after is not None
    shoot.index()
    assert after in (before, shoot.entries())
    assert len(shoot.entries()) == CARDS + 2 + (CARDS - 2) // 2 - 1
    found, made = shoot.entries(), {path.name: path.read_bytes() for path in newest(shoot)}
    shoot.out = shoot.out.with_name("anew")
    shoot.index()
    assert shoot.entries() == found
    assert {path.name: path.read_bytes() for path in newest(shoot)} == made


def newest(shoot: Shoot) -> list[Path]:
    """The file of the state that was published last."""
    from functions.footage.generations import index_file

    uri = index_file(f"file://{shoot.out}/", shoot.runner.store)
    return [Path(uri.removeprefix("file://"))]
