"""A right plate delivery, small, for tests to break."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

import rushes
from functions.contract.timecode import Timecode
from functions.media.write.exr import encode_exr
from functions.media.write.exr_header import ACES_CHROMATICITIES, ExrHeader

BASE = "ABC_010_PL01_v001"
SIZE = (3840, 8)  # as wide as a plate has to be, as low as a test likes
FIRST, COUNT = 1001, 4


def scene(number: int) -> np.ndarray[Any, Any]:
    """(3, 8, 3840) half of a scene: shadows, a highlight above 1, and the number."""
    light = np.geomspace(0.001, 8.0, SIZE[0], dtype=np.float32) + 0.001 * (number % 100)
    return np.broadcast_to(light, (3, SIZE[1], SIZE[0])).astype(np.float16).copy()


def header(number: int, **fields: Any) -> ExrHeader:
    start = Timecode.parse("01:00:00:00", Fraction(24))
    values = {"chromaticities": ACES_CHROMATICITIES, "time_code": start + number, **fields}
    return ExrHeader(**values)


def write_frame(
    folder: Path, number: int, planes: Any = None, compression: Any = "zip", **fields: Any
) -> Path:
    """One frame of the delivery; its path."""
    path = folder / f"{BASE}.{number:04d}.exr"
    picture = scene(number) if planes is None else planes
    path.write_bytes(encode_exr(picture, header(number, **fields), compression))
    return path


def frames_folder(root: Path) -> Path:
    return root / BASE / f"{SIZE[0]}x{SIZE[1]}"


def make_delivery(root: Path) -> Path:
    """Frames, sealed; the plate's folder."""
    folder = frames_folder(root)
    folder.mkdir(parents=True)
    for number in range(FIRST, FIRST + COUNT):
        write_frame(folder, number)
    (root / BASE / "look.cc").write_text(
        '<ColorCorrection xmlns="urn:ASC:CDL:v1.01" id="look"><SOPNode><Slope>1 1 1</Slope>'
        "<Offset>0 0 0</Offset><Power>1 1 1</Power></SOPNode></ColorCorrection>"
    )
    seal(root)
    return root / BASE


def seal(root: Path) -> None:
    rushes.call("seal", input=str(root / BASE), date="2026-01-01T00:00:00+00:00")


def lint(folder: Path, **fields: Any) -> dict[str, Any]:
    """The report."""
    report = rushes.call("lint", input=str(folder), **fields).report
    assert report is not None
    return report


def codes(report: dict[str, Any], *severities: str) -> set[str]:
    """Codes of the findings, of some severities or of all."""
    return {f["code"] for f in report["findings"] if not severities or f["severity"] in severities}
