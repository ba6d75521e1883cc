"""Fixtures of the picture room's tests."""

from __future__ import annotations

import pytest

from tests.picture.fakes import Studio


@pytest.fixture
def studio(monkeypatch: pytest.MonkeyPatch) -> Studio:
    """Opens specs on clips that are arrays."""
    return Studio(monkeypatch)
