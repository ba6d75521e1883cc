"""Several writers, readers beside them, and writers that are killed: on both kinds of storage."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec
import pytest

from functions.contract import uris
from tests.storage.place import Place
from tests.storage.writer import content, is_whole

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def worker(place: Place, *said: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that writes; killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.storage.writer", msgspec.json.encode(place), *said],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[str]) -> str:
    """What the worker said next."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_one_of_many_threads_wins(place: Place) -> None:
    """Of eight threads that put at once exactly one is told so, and its content stands."""
    store, gate = place.store(), threading.Barrier(8)

    def put(uri: str, seed: int) -> bool:
        gate.wait()
        return store.put_if_absent(uri, content(seed))

    with ThreadPoolExecutor(8) as pool:
        for attempt in range(3):
            uri = place.uri("raced", str(attempt))
            won = list(pool.map(partial(put, uri), range(8)))
            assert won.count(True) == 1
            assert store.read(uri) == content(won.index(True))


def test_one_of_two_processes_wins(place: Place) -> None:
    """Of two workers that put at once exactly one is told so, and its content stands."""
    with worker(place, "once", "3") as one, worker(place, "once", "4") as two:
        assert (line(one), line(two)) == ("ready", "ready")
        for process in (one, two):
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        said = {3: line(one), 4: line(two)}
    assert sorted(said.values()) == ["False", "True"]
    winner = next(seed for seed, word in said.items() if word == "True")
    assert place.store().read(place.uri("raced")) == content(winner)
    assert [stat.uri for stat in place.store().list(place.root)] == [place.uri("raced")]


def test_a_reader_never_sees_half_a_file(place: Place) -> None:
    """While another worker replaces a file again and again, every read is of one version."""
    store, uri, seen = place.store(), place.uri("over"), set[int]()
    with worker(place, "over") as process:
        assert line(process) == "0"
        while len(seen) < 20:
            data = store.read(uri)
            assert is_whole(data)
            seen.add(data[0])
            assert [stat.uri for stat in store.list(place.root)] == [uri]
            line(process)


@pytest.mark.parametrize("puts", [1, 2, 5])
def test_a_killed_writer_leaves_whole_files_only(place: Place, puts: int) -> None:
    """After kill -9 in the middle of a put, what is listed is whole and the rest can be put."""
    size = 6_000_000
    with worker(place, "many", str(size)) as process:
        names = [line(process) for _ in range(puts)]
        process.kill()
        process.wait()
    store = place.store()
    for stat in store.list(place.uri("many")):
        data = store.read(stat.uri)
        assert data == bytes([data[0]]) * size
    for name in names:
        store.put_if_absent(place.uri("many", name), bytes(size))
    # The worker may have come further than we read.
    listed = {uris.basename(stat.uri) for stat in store.list(place.uri("many"))}
    assert listed >= set(names)
    assert all(name.startswith("f.") for name in listed)
