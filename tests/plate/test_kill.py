"""Workers that are killed at their n-th file, and the ones that come after them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import rushes
from tests.plate.takes import files, plate, write_take
from tests.seal.reference_tool import ascmhl

BASE = "ABC_010_PL01_v001"
ROOT = Path(__file__).resolve().parents[2]
DOOMED = """
import json, os, signal, sys
import functions.storage.file as storage
import rushes
write, left = storage.commit, int(sys.argv[1])
def commit(*given, **named):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return write(*given, **named)
storage.commit = commit
operation, fields = json.loads(sys.argv[2])
rushes.call(operation, **fields)
"""


def killed_at(number: int, operation: str, **fields: Any) -> None:
    """Run an operation in a process of its own that dies when it writes its n-th file."""
    asked = json.dumps([operation, fields])
    ended = subprocess.run(
        [sys.executable, "-c", DOOMED, str(number), asked], cwd=ROOT, check=False
    )
    assert ended.returncode == -signal.SIGKILL


FIELDS: dict[str, Any] = {"frames": "104-107", "start": 1001, "handles": 1, "proxy": True}
WRITTEN = 14  # six frames, AMF, two CDLs, FDL, movie, manifest, chain, receipt


@pytest.mark.parametrize("number", [0, 2, 4, 7, 10, 11, 12, 13])
def test_a_killed_plate_is_finished_by_the_next(tmp_path: Path, number: int) -> None:
    """Killed at any of its files: no receipt, and nothing that is not of the package; started
    again, the bytes of one that nobody killed, one receipt, and nothing beside them."""
    take = write_take(tmp_path)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    plate(take, whole, **FIELDS)
    expected = files(whole)
    assert len(expected) == WRITTEN - 1
    killed_at(number, "plate", input=str(take), output=str(broken), shot="ABC_010", **FIELDS)
    half = files(broken)
    assert len(half) <= number
    assert not list(broken.rglob(".rushes/*.json"))
    assert half.items() <= expected.items()
    again = plate(take, broken, **FIELDS)
    assert again.status == "done"
    assert files(broken) == expected
    assert len(list(broken.rglob(".rushes/*.json"))) == 1
    ascmhl("verify", broken / BASE)
    assert plate(take, broken, **FIELDS).status == "reused"


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_killed_seal_is_finished_by_the_next(tmp_path: Path, number: int) -> None:
    """Killed before the manifest, the chain or the receipt of a second generation: the next
    makes the generation that one run makes, and no third."""
    card = tmp_path / "A001"
    card.mkdir()
    for name in ("a.mov", "b.mov"):
        (card / name).write_bytes(name.encode())
    first: dict[str, Any] = {"input": str(card), "date": "2026-01-01T00:00:00+00:00"}
    second: dict[str, Any] = {"input": str(card), "date": "2026-01-02T00:00:00+00:00"}
    rushes.call("seal", **first)
    killed_at(number, "seal", **second)
    rushes.call("seal", **second)
    assert len(list((card / "ascmhl").iterdir())) == 3
    ascmhl("verify", card)
