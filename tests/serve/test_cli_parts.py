"""An operation that joins parts takes them as cp takes files: all of them, then the place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from functions.serve.cli.main import run_cli


def test_parts_come_before_the_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bare paths become URIs, the last word is the output, and a missing part is named."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.mov").touch()
    assert run_cli(["stitch", "--json", "a.mov", "b.mov", "out"]) == 13
    problem = json.loads(capsys.readouterr().out)
    assert problem["code"] == "source_not_found"
    assert problem["uri"] == f"file://{tmp_path}/b.mov"


def test_one_word_is_the_output_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a part it is a usage error that says what is missing."""
    assert run_cli(["stitch", "out"]) == 2
    assert "Missing argument 'PARTS'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("inspect", "x", "--to", "http://a..b"), 10, "label empty or too long"),
        (("pull", "x.edl", "m", "--defaults", "[" * 5000), 2, "is not JSON"),
        (("pull", "x.edl", "m", "--defaults", "[\udcff"), 2, "is not JSON"),
    ],
)
def test_odd_words_end_in_a_sentence(
    words: tuple[str, ...], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A host that cannot be one, and brackets or bytes that are no JSON."""
    assert run_cli(list(words)) == code
    assert said in capsys.readouterr().err


def test_a_request_may_be_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As a JobSink hands it over; paths in it start from its own folder."""
    request = tmp_path / "request.json"
    request.write_text(json.dumps({"parts": ["b.mov"], "output": "out"}))
    assert run_cli(["stitch", "--request", str(request), "--json"]) == 13
    assert json.loads(capsys.readouterr().out)["uri"] == f"file://{tmp_path}/b.mov"
    assert run_cli(["stitch", "--help"]) == 0
    assert "PARTS... OUTPUT" in capsys.readouterr().out
