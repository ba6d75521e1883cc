"""The first hundred of a seed: no mutation crashes a server, hangs it or is a fault of ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.__main__ import run


def test_mutations_end_in_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every format and the requests, on a real server; `make fuzz` tries ten thousand."""
    code = run(20, 100, corpus=None, keep=tmp_path)
    told = capsys.readouterr().out
    assert code == 0, told
    assert "0 findings" in told
