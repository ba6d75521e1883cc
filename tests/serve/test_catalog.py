"""The catalog: names and summaries without imports, one handler at a time with one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from functions.contract.errors import InvalidRequest
from functions.serve.run.catalog import Catalog
from tests.serve.processes import environment


@pytest.mark.parametrize("name", Catalog().names())
def test_the_catalog_says_what_the_handler_says(name: str) -> None:
    """The name and summary of each line are its handler's own."""
    operation = Catalog().load(name)
    assert (operation.name, operation.summary) == (name, Catalog().summary(name))


def test_an_unknown_name_is_told_what_there_is() -> None:
    """Another name is an invalid request that lists the operations."""
    for verb in (Catalog().load, Catalog().summary):
        with pytest.raises(InvalidRequest, match=r"inspect, debayer, .*dispatch"):
            verb("paint")


def test_only_the_chosen_handler_is_imported(tmp_path: Path) -> None:
    """Loading one operation imports no other one, and no compiler."""
    script = (
        "import sys\nfrom functions.serve.run.catalog import Catalog\nCatalog().load('dispatch')\n"
        "found = {'functions.inspect', 'functions.debayer', 'numba'} & set(sys.modules)\n"
        "sys.exit(str(found) if found else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
