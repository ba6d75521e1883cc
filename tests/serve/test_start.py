"""The command `rushes`, which loads as little as its words need."""

from __future__ import annotations

import subprocess
import sys

import pytest

from functions.serve.cli.start import run


def test_serve_names_a_wrong_setting(capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence and the contract's exit code, as from the whole command line."""
    assert run(["serve"], {"FUNCTION": "develop"}) == 10
    assert capsys.readouterr().err.startswith("rushes: FUNCTION=develop: there are inspect")
    assert run(["serve"], {"RUSHES_ROOT": "/"}) == 10
    assert "did you mean RUSHES_ROOTS" in capsys.readouterr().err


def test_all_else_is_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Other words, and serve with options, go to the same commands as everywhere."""
    assert run(["--version"], {}) == 0
    assert capsys.readouterr().out.startswith("rushes, version ")
    assert run(["serve", "--nonsense"], {}) == 2


def test_starting_does_not_load_the_command_line() -> None:
    """What `serve` imports has no click in it."""
    program = (
        "import sys; from functions.serve.cli.start import run; run(['serve'], {'FUNCTION': 'x'});"
        "print('click' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "False\n"
