"""Fixtures that every room's tests share."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]

# No test asserts on time: a busy machine is no fault of ours.
settings.register_profile("rushes", deadline=None)
settings.load_profile("rushes")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real camera files kept beside a developer's checkout; a user's machine has none."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no shared data beside this checkout")
    return folder
