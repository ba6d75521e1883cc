"""Control and bidirectional characters of names on terminals, in logs and on pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from functions.jobs.page import job_page
from functions.serve.cli.main import run_cli
from functions.serve.telemetry.log import Log

NAME = "A\u202egpj\x9b2J\x7f.tif"
SHOWN = "A\\u202egpj\\u009b2J\\u007f.tif"
ODD = "\u202e\x9b\x7f"


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A picture whose name turns a line round."""
    path = tmp_path / NAME.replace("\x7f", "")  # which no URI can say
    tifffile.imwrite(path, np.full((8, 8, 3), 99, np.uint16), photometric="rgb")
    return path


def test_terminals_show_names_escaped(clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Summaries, JSON, errors and usage: none writes such a character itself."""
    for words in (
        ["inspect", str(clip)],
        ["inspect", "--json", str(clip)],
        ["inspect", str(clip) + "x"],
        ["inspect", "--json", str(clip) + "x"],
        ["inspect", str(clip), "--frames", f"1-{ODD}"],
        ["inspect", "--" + NAME, "x"],
        [NAME],
        ["explain", "deliver", str(clip), str(clip.parent), "--profile", NAME],
        ["inspect", "--request", str(clip)],
    ):
        run_cli(words)
        said = capsys.readouterr()
        assert not set(said.out + said.err) & set(ODD), words
        if "--json" in words and said.out:
            json.loads(said.out)
    run_cli(["inspect", "--json", str(clip) + "x"])
    assert json.loads(capsys.readouterr().out)["uri"] == f"file://{clip}x"


@pytest.mark.parametrize("form", ["json", "text"])
def test_logs_show_names_escaped(form: Any) -> None:
    """In words and in JSON, which reads as what it was."""
    lines: list[str] = []
    Log(form, lines.append).line("unit", uri=NAME, detail=f"{NAME}\n2026 forged")
    (line,) = lines
    assert not set(line) & set(ODD)
    assert line.count("\n") == 1
    if form == "json":
        assert json.loads(line)["uri"] == NAME


def test_pages_show_names_escaped() -> None:
    """A report's page tells the characters that a browser would obey."""
    report = {"job": NAME, "state": "done", "output": NAME, "units": 0}
    page = job_page(report, []).decode()
    assert page.count(SHOWN) == 3
    assert not set(page) & set(ODD)
