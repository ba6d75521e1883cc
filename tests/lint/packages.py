"""A whole plate package, made by `plate` as users make it, for tests to break."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR

import rushes
from tests.media.dngs import ASCII, BYTE, LONG, SRATIONAL, timecode_bytes, write_dng

BASE = "ABC_010_PL01_v001"
WIDTH, HEIGHT = 3856, 32  # a plate has to be UHD wide, and a test likes it low
FIRST, COUNT = 1001, 5
EVENT = {"number": "001", "cdl": {"slope": [1.25, 1.0, 0.875], "saturation": 0.75}}


def make_package(root: Path, **fields: Any) -> Path:
    """Frames 1001-1005, AMF, CDLs, FDL, viewing movie, event, seal; its folder."""
    take = root / "A001"
    take.mkdir(parents=True)
    for number in range(COUNT):
        light = np.geomspace(20, 60_000, WIDTH * HEIGHT).reshape(HEIGHT, WIDTH)
        noise = np.random.default_rng(number).normal(0, 4, light.shape)
        tags = {
            50714: (LONG, 0),
            50717: (LONG, 65535),
            51043: (BYTE, tuple(timecode_bytes(1, 0, 0, number, False))),
            51044: (SRATIONAL, (24, 1)),
            51081: (ASCII, "A001"),
        }
        cfa = np.clip(np.round(light + noise), 0, 65535).astype(np.uint16)
        (take / f"A001.{number:06d}.dng").write_bytes(write_dng(cfa, 16, tags=tags))
    asked = {"shot": "ABC_010", "start": FIRST, "event": EVENT, **fields}
    rushes.call("plate", input=str(take), output=str(root / "out"), **asked)
    return root / "out" / BASE


def frame(package: Path, number: int) -> Path:
    """The file of a frame."""
    return package / f"{WIDTH}x{HEIGHT}" / f"{BASE}.{number}.exr"


def rewrite(
    path: Path, *, change: Any = None, drop: tuple[str, ...] = (), **attributes: Any
) -> None:
    """Write a frame again by OpenEXR with other attributes or samples.

    change : from (H, W, 3) samples to those that are written
    """
    with OpenEXR.File(str(path)) as file:
        header = {**file.header(), **attributes}
        pixels = np.array(file.channels()["RGB"].pixels)
    for name in ("channels", "dataWindow", "displayWindow", *drop):
        header.pop(name, None)
    samples = pixels if change is None else np.ascontiguousarray(change(pixels))
    OpenEXR.File(header, {"RGB": samples}).write(str(path))


def seal_anew(package: Path) -> None:
    """A first generation over what is there now: as if the other house had made it so."""
    import shutil

    shutil.rmtree(package / "ascmhl")
    rushes.call("seal", input=str(package), date="2026-01-01T00:00:00+00:00")
