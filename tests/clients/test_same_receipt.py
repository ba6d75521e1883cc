"""Java, Python, the command line and curl: one receipt and the same bytes for one request."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.serve.http.client import Client
from tests.clients.conftest import TOKEN
from tests.clients.java_driver import Java, java
from tests.clients.test_java import steady
from tests.serve.processes import environment

REQUESTS: dict[str, dict[str, Any]] = {
    "debayer": {"frames": "1001-1002", "compression": "zip", "method": "draft"},
    "plate": {"frames": "1002-1003", "handles": 1, "shot": "AGM_104_010", "method": "draft"},
    "transcode": {"codec": "prores-proxy", "method": "draft", "rate": "24", "burn_in": ["frame"]},
}


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Java]:
    """The compiled client."""
    with java(tmp_path_factory.mktemp("classes")) as made:
        yield made


def said(words: list[str], place: Path) -> dict[str, Any]:
    """What a command prints."""
    environ = {**environment(place), "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(words, env=environ, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def by_curl(server: str, place: Path, operation: str, fields: dict[str, Any]) -> dict[str, Any]:
    """The plain JSON body."""
    if shutil.which("curl") is None:
        pytest.skip("no curl on this machine")
    heads = ["Content-Type: application/json", f"Authorization: Bearer {TOKEN}"]
    words = ["curl", "-sS", "-d", json.dumps(fields), f"{server}/{operation}"]
    return said([*words, *(word for head in heads for word in ("-H", head))], place)


def typed(server: str, place: Path, operation: str, fields: dict[str, Any]) -> dict[str, Any]:
    """`rushes OPERATION INPUT OUTPUT --option value --to URL`."""
    rest = dict(fields)
    words = [operation, rest.pop("input"), rest.pop("output")]
    for name, value in rest.items():
        for each in value if isinstance(value, list) else [value]:
            words += [f"--{name.replace('_', '-')}", str(each)]
    words += ["--json", "--to", server, "--token-file", str(place / "token")]
    return said([sys.executable, "-m", "functions.serve.cli.main", *words], place)


@pytest.mark.parametrize("operation", REQUESTS)
def test_four_clients_get_one_receipt(
    operation: str, driver: Java, server: str, place: Path
) -> None:
    """Each has the work done anew, and all get the same receipt and the same files."""
    out = place / f"four-{operation}"
    fields = {"input": f"file://{place}/A001/", "output": f"file://{out}/", **REQUESTS[operation]}

    def by_java() -> dict[str, Any]:
        answer = driver.ask("call", url=server, token=TOKEN, operation=operation, request=fields)
        return dict(answer["value"])

    def by_python() -> dict[str, Any]:
        client = Client(server, token=TOKEN)
        return dict(json.loads(client.call(operation, **fields).json()))

    found = []
    for client in (
        by_java,
        by_python,
        lambda: typed(server, place, operation, fields),
        lambda: by_curl(server, place, operation, fields),
    ):
        receipt = client()
        assert receipt["status"] == "done"
        files = {
            str(path.relative_to(out)): path.read_bytes()
            for path in sorted(out.rglob("*"))
            if path.is_file() and path.parent.name != ".rushes"
        }
        assert {Path(o["uri"]).name for o in receipt["outputs"]} <= {Path(f).name for f in files}
        found.append((steady(receipt), files))
        shutil.rmtree(out)
    for other in found[1:]:
        assert other == found[0]
