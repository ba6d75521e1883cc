"""A raw take on disk with timecode, for plates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import rushes
from functions.contract.receipt import Receipt
from tests.media.takes import frame_file

FIRST, LAST = 100, 119  # file numbers; the timecode of file n is 01:00:00:(n % 24)


def write_take(folder: Path, numbers: range = range(FIRST, LAST + 1)) -> Path:
    """Small DNGs `A001.000100.dng` ..."""
    take = folder / "A001"
    take.mkdir(parents=True)
    for number in numbers:
        (take / f"A001.{number:06d}.dng").write_bytes(frame_file(number))
    return take


def plate(take: Path, output: Path, **fields: Any) -> Receipt:
    asked = {"shot": "ABC_010", "proxy": False, **fields}
    values = {name: value for name, value in asked.items() if value is not None}
    return rushes.call("plate", input=str(take), output=str(output), **values)


def files(root: Path) -> dict[str, bytes]:
    """Content by path of everything but receipts."""
    return {
        str(p.relative_to(root)): p.read_bytes()
        for p in sorted(root.rglob("*"))
        if p.is_file() and ".rushes" not in p.parts
    }
