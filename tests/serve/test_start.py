"""The command `rushes`, which loads as little as its words need."""

from __future__ import annotations

import subprocess
import sys
import time
from email.utils import formatdate, parsedate_to_datetime

import pytest

from functions.serve.cli.start import run
from functions.serve.http.gunicorn_log import http_date


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


def test_a_module_for_later_is_imported_by_its_first_use() -> None:
    """Inside, importers get a name for it; outside it is nobody's, and used it is the module."""
    program = (
        "import sys; from functions.serve.cli.start import later\n"
        "with later('email.utils', 'html'):\n"
        "    import html, email.utils as mail\n"
        "assert not {'html', 'email.utils'} & sys.modules.keys()\n"
        "assert html.escape('<') == '&lt;' and mail.formatdate(0, usegmt=True).endswith('GMT')\n"
        "import html as real, email.utils\n"
        "assert real is sys.modules['html'] and real is not html and real.escape is html.escape\n"
        "assert email.utils.formatdate is mail.formatdate\n"
        "with later('html'):\n"
        "    import html as again\n"
        "assert again is real"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_module_for_later_may_be_used_at_once() -> None:
    """Who looks into it while others import finds it whole."""
    program = (
        "import sys; from functions.serve.cli.start import later\n"
        "with later('html'):\n"
        "    from html import escape\n"
        "    assert escape('<') == '&lt;' and 'html.entities' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_dates_of_answers_are_as_http_writes_them() -> None:
    """The same words as the library's, any day of a year."""
    for moment in range(0, 366 * 86_400, 86_399):
        assert http_date(moment) == formatdate(moment, usegmt=True)
    now = parsedate_to_datetime(http_date()).timestamp()
    assert abs(now - time.time()) < 60
