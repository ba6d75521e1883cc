"""The same package from and to S3: a real server, other processes, the ASC's own tool."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from functions.storage import open_store
from tests.plate.takes import files, plate, write_take
from tests.seal.reference_tool import ascmhl
from tests.storage.seaweed import Seaweed, seaweed

BASE = "ABC_010_PL01_v001"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def weed() -> Iterator[Seaweed]:
    with seaweed() as running:
        yield running


def run(weed: Seaweed, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line, as another pod would."""
    return subprocess.run(
        [sys.executable, "-m", "functions.serve.cli.main", *arguments],
        env={**os.environ, **weed.environment()},
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )


def put(weed: Seaweed, folder: Path, prefix: str) -> str:
    """Upload a folder; its URI."""
    root = f"s3://{weed.bucket}/{prefix}/"
    store = open_store((root,), weed.settings)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            store.put(root + str(path.relative_to(folder)), path.read_bytes())
    return root


def got(weed: Seaweed, root: str, to: Path) -> Path:
    """Download what is below a prefix, receipts left out."""
    store = open_store((root,), weed.settings)

    def each(uri: str) -> None:
        for stat in store.list(uri):
            path = to / stat.uri.removeprefix(root)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(store.read(stat.uri))
        for below in store.folders(uri):
            if not below.endswith("/.rushes/"):
                each(below)

    each(root)
    return to


FIELDS: dict[str, Any] = {"frames": "104-107", "start": 1001, "handles": 1, "proxy": True}
FLAGS = ("--shot", "ABC_010", "--frames", "104-107", "--start", "1001", "--handles", "1")


def test_a_plate_on_s3_is_that_on_disk(weed: Seaweed, tmp_path: Path) -> None:
    """From S3 to S3, two workers at once and again: one package, the very bytes of a disk's,
    one receipt; lint and verify read it there, and the ASC's tool what was downloaded."""
    take = write_take(tmp_path)
    plate(take, tmp_path / "disk", **FIELDS)
    source = put(weed, take, "camera/A001")
    output = f"s3://{weed.bucket}/plates/"
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: run(weed, "plate", source, output, *FLAGS), range(2)))
    assert [each.returncode for each in both] == [0, 0], [each.stderr for each in both]
    again = run(weed, "plate", source, output, *FLAGS, "--json")
    assert json.loads(again.stdout)["status"] == "reused"
    copy = got(weed, output, tmp_path / "copy")
    assert files(copy) == files(tmp_path / "disk")
    store = open_store((output,), weed.settings)
    assert len(list(store.list(f"{output}.rushes/"))) == 1
    ascmhl("verify", copy / BASE)
    linted = run(weed, "lint", f"{output}{BASE}", "--fail", "error")
    assert linted.returncode == 0, linted.stderr
    verified = run(weed, "seal", f"{output}{BASE}", "--mode", "verify")
    assert verified.returncode == 0, verified.stderr


def test_a_prefix_is_sealed_as_a_folder(weed: Seaweed, tmp_path: Path) -> None:
    """Odd names and folders below; a second generation; what changed is named, exit 12; the
    reference tool agrees with both generations."""
    card = tmp_path / "A002"
    for name in ("Clips/a b.mov", "Clips/\u00e9.mov", "100%.txt", "deep/er/x"):
        (card / name).parent.mkdir(parents=True, exist_ok=True)
        (card / name).write_bytes(name.encode())
    root = put(weed, card, "cards/A002")
    for day in ("2026-01-01", "2026-01-02"):
        sealed = run(weed, "seal", root, "--date", day, "--formats", "md5")
        assert sealed.returncode == 0, sealed.stderr
    copy = got(weed, root, tmp_path / "copy/A002")
    assert len(list((copy / "ascmhl").glob("*.mhl"))) == 2
    ascmhl("verify", copy)
    open_store((root,), weed.settings).put(f"{root}100%.txt", b"101%.txt")
    verified = run(weed, "seal", root, "--mode", "verify")
    assert verified.returncode == 12
    assert "100%.txt" in verified.stderr
