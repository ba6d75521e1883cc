"""A stock of clips for the pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.handbook.stock import make


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once; pages get it by hard links."""
    folder = tmp_path_factory.mktemp("stock")
    make(folder)
    return folder
