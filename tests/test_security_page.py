"""docs/security.md says what is so."""

from __future__ import annotations

import re
from pathlib import Path

from functions.serve.http.app import WITHOUT_TOKEN
from functions.serve.run.settings import ROWS

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "security.md").read_text()


def test_the_tests_that_hold_it_are_there() -> None:
    """Every test that the page names exists."""
    named = set(re.findall(r"`(tests/[\w/.]+)`", PAGE))
    assert len(named) > 15
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_routes_and_settings_are_those_of_the_code() -> None:
    """The paths without a token, and every variable."""
    for _, path in WITHOUT_TOKEN:
        assert f"`{path}`" in PAGE
    known = {name for row in ROWS for name in row.names}
    for name in re.findall(r"RUSHES_[A-Z_]+\b", PAGE):
        assert any(each.startswith(name) for each in known), name
