"""What an operation says of itself, and the limits of a unit."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from functions.contract.errors import LimitExceeded
from functions.contract.frames import FrameRange
from functions.contract.operation import Limits, about, count_frames, imported, names_output


def test_limits_let_through_what_is_just_within() -> None:
    """The last frame and the last byte that are allowed are; a plan says what would be raised."""
    limits = Limits(frames=10, memory=5 << 20)
    limits.check_frames(10)
    limits.check_memory(5 << 20, 4, 3)
    assert limits.broken_by(10, 5 << 20) == []
    with pytest.raises(LimitExceeded, match=r"11 frames .* limit is 10") as frames:
        limits.check_frames(11)
    assert frames.value.facts["field"] == "frames"
    with pytest.raises(LimitExceeded, match=r"4x3 takes 6 MiB .* has 5 MiB"):
        limits.check_memory(6 << 20, 4, 3)
    assert len(limits.broken_by(11, 6 << 20)) == 2


def test_what_is_imported_later_is_not_there_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Naming costs no import, the first call does it, and its arguments arrive."""
    (tmp_path / "later_toy.py").write_text("def pair(one, two):\n    return one, two\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    call = imported("later_toy", "pair")
    assert "later_toy" not in sys.modules
    try:
        assert call(1, 2) == (1, 2)
    finally:
        sys.modules.pop("later_toy", None)


def test_a_field_says_only_what_it_was_given() -> None:
    """Words for help stand in the schema; a name of outputs has its form in words."""
    assert about("size").extra_json_schema is None
    assert about("size", unit="BYTES").extra_json_schema == {"x-unit": "BYTES"}
    named = names_output("of the files")
    assert named.pattern is not None and named.extra_json_schema is not None
    assert "letters, digits" in named.extra_json_schema["x-form"]


def test_frames_are_counted_with_their_step() -> None:
    """First, last and how many: of every second of seven frames, four."""
    found = count_frames(FrameRange(1001, 1008, 2))
    assert (found.first, found.last, found.count) == (1001, 1007, 4)
