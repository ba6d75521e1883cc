"""A root of footage, and an index of it made by the runner."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.footage.database import all_entries
from functions.footage.entry import Entry
from functions.footage.generations import index_file
from functions.index import unit
from functions.serve.run.catalog import Catalog
from functions.serve.run.runner import Runner
from functions.serve.run.settings import Settings
from tests.media.takes import frame_file


class Shoot:
    """Footage below `root`, its index below `out`, and the clips whose headers were read."""

    def __init__(self, folder: Path) -> None:
        self.root, self.out = folder / "camera", folder / "index"
        settings = Settings.read({"RUSHES_SCRATCH": str(folder), "RUSHES_ROOTS": str(folder)})
        self.runner = Runner(settings, Catalog())
        self.read: list[str] = []

    def take(self, card: str, clip: str, frames: int = 2, **kind: Any) -> Path:
        """A sequence of DNGs in a folder of its own."""
        folder = self.root / card / clip
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(1, frames + 1):
            (folder / f"{clip}.{number:06d}.dng").write_bytes(frame_file(number, **kind))
        return folder

    def fields(self, **more: Any) -> dict[str, Any]:
        """An index's request, without thumbnails where nothing else is said."""
        places = {"input": f"file://{self.root}/", "output": f"file://{self.out}/"}
        return {**places, "thumbnails": False, **more}

    def index(self, **more: Any) -> dict[str, Any]:
        """The report; `read` holds what was read for it."""
        self.read.clear()
        return dict(self.runner.run("index", self.fields(**more)).report or {})

    def entries(self) -> dict[str, Entry]:
        """What the newest index holds, by name."""
        uri = index_file(f"file://{self.out}/", self.runner.store)
        return {entry.name: entry for entry in all_entries(uri, self.runner.store)}


@pytest.fixture
def shoot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shoot]:
    """Two cards of two takes."""
    made = Shoot(tmp_path)
    reads: Callable[..., Entry] = unit.read_headers

    def counted(uri: str, *rest: Any, **more: Any) -> Entry:
        made.read.append(uri.rstrip("/").rpartition("/")[2])
        return reads(uri, *rest, **more)

    monkeypatch.setattr(unit, "read_headers", counted)
    for card in ("day1/A001", "day1/B001"):
        for take in (1, 2):
            name = f"{card[-4:]}_C00{take}"
            made.take(card, name)
    yield made
