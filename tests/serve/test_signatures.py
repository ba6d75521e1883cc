"""The typed Python face: what a type checker, help() and a notebook show."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import rushes
from functions.contract.receipt import STAGES, Frames, Output, Receipt
from functions.serve.http.client import Client

ROOT = Path(__file__).resolve().parents[2]
STUB = ROOT / "rushes" / "__init__.pyi"


def checked(tmp_path: Path, *lines: str) -> str:
    """What mypy says of a program that uses rushes."""
    program = tmp_path / "program.py"
    program.write_text("\n".join(["from pathlib import Path", "import rushes", *lines, ""]))
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", str(program)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return done.stdout + done.stderr


def test_a_type_checker_knows_the_fields(tmp_path: Path) -> None:
    """Fields that are right pass, text and paths alike; unknown, missing and wrong ones do not."""
    told = checked(
        tmp_path,
        'done = rushes.plate(input="A001/", output=Path("out"), handles=8, looks=["a.cube"])',
        "name: str = done.operation",
        'rushes.Client("http://there").debayer(input=Path("A"), output="o", method="fast")',
        'rushes.debayer(inptu="A001/", output="out")',
        'rushes.trim(input="A001/")',
        'rushes.debayer(input="A", output="o", method="quick")',
        'rushes.Client("http://there").trim(input="A", output="o", snap="no")',
        "rushes.deliveri(input=1)",
    )
    errors = [line for line in told.splitlines() if ": error:" in line]
    assert [int(line.split(":")[1]) for line in errors] == [6, 7, 8, 9, 10], told
    assert "inptu" in told


def test_a_wrong_stub_would_be_seen() -> None:
    """The classes that the stub writes out have the parameters of the real ones."""
    text = STUB.read_text()
    head = text[text.index("class Client") : text.index("def call", text.index("class Client"))]
    for name, parameter in inspect.signature(Client).parameters.items():
        assert f"{name}: {parameter.annotation} = {parameter.default}" in head or (
            f"{name}: {parameter.annotation}," in head
        ), name


def test_help_has_the_fields(capsys: pytest.CaptureFixture[str]) -> None:
    """help() of an operation shows each field with its type and default, and what it is for."""
    help(rushes.plate)
    told = capsys.readouterr().out
    assert "handles: 'int' = 0" in told
    assert "handles : frames before and after, as far as there are" in told


def test_a_path_is_a_place(tmp_path: Path) -> None:
    """Fields for places take `pathlib.Path`, alone and in a list."""
    (tmp_path / "a.txt").write_bytes(b"x")
    receipt = rushes.seal(input=tmp_path, output=tmp_path / "sealed", date="2026-01-01T00:00:00Z")
    assert receipt.status == "done"
    with pytest.raises(rushes.SourceNotFound):
        rushes.stitch(parts=[tmp_path / "a.mov"], output=tmp_path)


def test_a_receipt_shows_well() -> None:
    """One line in a REPL; a table without open markup in a notebook."""
    receipt = Receipt(
        rushes="1", operation="plate", unit="ab", status="done", request={},
        assumed={"name": "<b>A001</b>"}, inputs=(),
        outputs=(Output(uri="file:///a.exr", bytes=1, xxh64=""),), frames=Frames(1001, 1024, 24),
        seconds={**dict.fromkeys(STAGES, 0.0), "total": 3.21}, machine={},
    )  # fmt: skip
    assert repr(receipt) == "<Receipt plate done: 24 frames 1001-1024, 1 files, 3.2 s>"
    table = receipt._repr_html_()
    assert "<td>file:///a.exr</td>" in table
    assert "&lt;b&gt;A001" in table
