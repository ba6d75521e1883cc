"""Both kinds of storage, ready to be tried."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from functions.contract.store import Store
from functions.storage import open_store
from tests.storage.place import Place
from tests.storage.seaweed import Seaweed, seaweed

_numbers = count()


@pytest.fixture(scope="session")
def weed() -> Iterator[Seaweed]:
    """A SeaweedFS server for the whole session."""
    with seaweed() as running:
        yield running


@pytest.fixture(params=["file", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty root of each kind of storage."""
    if request.param == "file":
        return Place(root=f"file://{tmp_path}/root/", s3=None)
    running: Seaweed = request.getfixturevalue("weed")
    return Place(root=f"s3://{running.bucket}/{next(_numbers)}/", s3=running.settings)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The allowed root, made already."""
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


@pytest.fixture
def store(root: Path) -> Store:
    """A store of that root."""
    return open_store((f"file://{root}",), None)
