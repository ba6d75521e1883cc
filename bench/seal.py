"""Sealing beside plain reading of the same files, from the storage and not from memory."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import rushes
from bench.verdict import absent, judge
from functions.sidecars.mhl.read import read_hash_list
from functions.storage.content import flat

_FILES, _SIZE, _ROUNDS = 24, 64 << 20, 5
_CACHES = Path("/proc/sys/vm/drop_caches")


def run() -> None:
    """Print how a seal's bytes a second stand to those of `cat`."""
    print("\nsealing beside reading, 24 files of 64 MiB")
    if os.geteuid() != 0 or not os.access(_CACHES, os.W_OK):
        print(absent("sealing by xxh64", "the page cache cannot be emptied without root"))
        return
    with tempfile.TemporaryDirectory(prefix="rushes-bench-") as name:
        folder = Path(name)
        block = os.urandom(_SIZE)
        for number in range(_FILES):
            # Other bytes in every file: a storage may keep equal blocks once.
            turned = flat(block[number:] + block[:number])
            (folder / f"{number:02d}.mov").write_bytes(turned)
        os.sync()
        reading, sealing = [], []
        for turn in range(_ROUNDS):
            reading.append(_timed(lambda: _read(folder)))
            sealing.append(_timed(lambda turn=turn: _seal(folder, turn)))  # type: ignore[misc]
        _check(folder)
        amount = _FILES * _SIZE / 1e9
        # The best of each: a virtual disk is five times slower in one second than in the next.
        read, sealed = min(reading), min(sealing)
        print(f"  reading {amount / read:.2f} GB/s, sealing by xxh64 {amount / sealed:.2f} GB/s")
        print("  " + judge("sealing beside reading", read / sealed, 0.7))


def _timed(work: Callable[[], object]) -> float:
    _CACHES.write_text("3")
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _read(folder: Path) -> None:
    buffer = bytearray(8 << 20)
    for path in sorted(folder.glob("*.mov")):
        with path.open("rb", buffering=0) as file:
            while file.readinto(buffer):
                pass


def _seal(folder: Path, turn: int) -> None:
    rushes.call("seal", input=str(folder), date=f"2026-01-{turn + 1:02d}T00:00:00+00:00")


def _check(folder: Path) -> None:
    import xxhash

    manifests = sorted((folder / "ascmhl").glob("*.mhl"))
    for entry in read_hash_list(manifests[-1].read_bytes(), "manifest").files:
        digest = entry.digest("xxh64")
        if digest is None or digest.action != "verified":
            raise SystemExit(f"the answer is wrong: {entry.path} is not verified")
    first = (folder / "00.mov").read_bytes()
    listed = read_hash_list(manifests[0].read_bytes(), "manifest").files[0].digest("xxh64")
    if listed is None or listed.value != xxhash.xxh64_hexdigest(first):
        raise SystemExit("the answer is wrong: the hash of 00.mov")
