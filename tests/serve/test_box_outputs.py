"""Where a boxed unit may write: below its request's output, whichever field says that."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from functions.serve.box import seccomp
from tests.serve.processes import server

pytestmark = pytest.mark.skipif(not seccomp.available(), reason="filters are for x86-64 Linux")


def test_a_folder_is_sealed_where_it_lies(tmp_path: Path) -> None:
    """`seal` without an output writes into its input; what only compares writes nothing; a request
    that is none is told by the unit."""
    folder = tmp_path / "card"
    folder.mkdir()
    (folder / "A001.txt").write_text("as it came")
    request = {"input": f"file://{folder}/"}
    command = [sys.executable, "-m", "functions.serve.cli.main"]
    with server(tmp_path, command, RUSHES_BOX="on", RUSHES_LOG="json") as running:
        sealed = running.post(request, "/seal")
        assert sealed.status_code == 200, sealed.text
        assert [path.suffix for path in sorted((folder / "ascmhl").iterdir())] == [".mhl", ".xml"]
        before = sorted(folder.rglob("*"))
        assert running.post({**request, "mode": "verify"}, "/seal").status_code == 200
        assert sorted(folder.rglob("*")) == before
        wrong = running.post({"input": 1}, "/seal")
        assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_request")


def test_a_package_that_units_load_late_is_one() -> None:
    """A name that is none is learned from no child, and loaded by each of them again."""
    from functions.serve.box.fork_server import PACKAGES

    assert [name for name in sorted(PACKAGES) if find_spec(name) is None] == []
