"""Lines for machines and people; counts that several workers share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from functions.serve.telemetry.log import Log
from functions.serve.telemetry.metrics import Metrics


def test_a_json_line_is_one_object() -> None:
    """Values of any kind, quotes and newlines stay inside one line; None is left out."""
    written: list[str] = []
    Log("json", written.append).line("unit", path=Path("/a"), detail='x\n"y"', nothing=None)
    (line,) = written
    assert line.count("\n") == 1
    found = json.loads(line)
    assert (found["path"], found["detail"]) == ("/a", 'x\n"y"')
    assert "nothing" not in found


def test_a_text_line_cannot_be_forged() -> None:
    """A value with a newline does not start a line of its own."""
    written: list[str] = []
    Log("text", written.append).line("unit", "warning", detail="a\n2026 info fake", n=1.23456)
    assert written[0].count("\n") == 1
    assert "warning unit" in written[0]
    assert "n=1.235" in written[0]


def test_workers_count_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scrape of one worker tells the counts of all, those of dead ones too."""
    for pid in (101, 102):
        monkeypatch.setattr("os.getpid", lambda pid=pid: pid)
        metrics = Metrics(tmp_path)
        metrics.failed("echo", "busy")
        metrics.failed("echo", "busy")
    text = metrics.text(0, 1)[0].decode()
    assert 'rushes_errors_total{code="busy",operation="echo"} 4.0' in text
    assert "rushes_busy_total 4.0" in text


def test_calls_of_kernels_are_counted_once(tmp_path: Path) -> None:
    """What a worker's kernels did is added up, each call once; native ones never compile."""
    metrics = Metrics(tmp_path)
    for calls in (26, 30, 30):
        metrics.kernels({"mode": "native", "calls": calls, "compiled": 0, "cached": 0})
    text = metrics.text(0, 1)[0].decode()
    assert 'rushes_kernel_calls_total{mode="native"} 30.0' in text
    assert 'rushes_kernel_units_total{how="compiled"} 0.0' in text
