"""Every operation in the locked image, with the bytes that it makes outside."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from functions.serve.run.catalog import OPERATIONS
from tests.container.conftest import Place, outside
from tests.container.engine import LOCKED, Container, Engine
from tests.container.units import UNITS

# What may differ: how long it took and on what; a job's report is a summary of that.
_OWN = {"seconds", "machine", "report"}


def test_every_operation_is_tried() -> None:
    """The catalog and the table of requests name the same operations."""
    assert set(UNITS) == set(OPERATIONS)


def tree(folder: Path) -> dict[str, Any]:
    """Every file below a folder: bytes of outputs, receipts without what may differ."""
    found: dict[str, Any] = {}
    for file in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = str(file.relative_to(folder))
        if name.endswith((".report.json", ".pace")):  # clocks are in them
            found[name] = None
        elif "/.rushes/" in f"/{name}" and name.endswith(".json"):
            receipt = json.loads(file.read_text())
            found[name] = {key: value for key, value in receipt.items() if key not in _OWN}
        else:
            found[name] = file.read_bytes()
    return found


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_makes_the_same_bytes(
    served: Container, place: Place, operation: str, tmp_path: Path
) -> None:
    """Outputs and receipt in the container equal those of the checkout, at the same path."""
    out = place.made(f"out-{operation}")
    request = place.path / f"{operation}.json"
    request.write_text(json.dumps(UNITS[operation](place.path, out)))
    words = (
        [operation, str(request), "--json"]
        if operation == "dispatch"
        else [operation, "--request", str(request), "--json"]
    )
    plain = outside(*words)
    assert plain.returncode == 0, plain.stderr + plain.stdout
    made = tree(out)
    shutil.rmtree(out)
    place.made(out.name)
    to = [] if operation == "dispatch" else ["--to", "http://127.0.0.1:8080"]
    locked = served.exec("rushes", *words, *to)
    assert locked.returncode == 0, locked.stderr + locked.stdout + served.logs()
    inside = tree(out)
    assert inside.keys() == made.keys()
    assert [name for name in made if inside[name] != made[name]] == []
    assert made, "nothing was written"


def test_a_unit_is_reused_by_another_container(
    engine: Engine, image: str, served: Container, place: Place
) -> None:
    """A receipt that one container left is the answer of the next, which writes nothing."""
    out = place.made("out-again")
    request = place.path / "again.json"
    request.write_text(json.dumps(UNITS["debayer"](place.path, out)))
    words = ["debayer", "--request", str(request), "--json"]
    first = served.exec("rushes", *words)
    assert json.loads(first.stdout)["status"] == "done"
    before = {file: file.stat().st_mtime_ns for file in out.rglob("*")}
    with engine.started(
        image,
        *LOCKED,
        *place.mount,
        *("--network", "none", "--entrypoint", "rushes"),
        words=words,
    ) as second:
        assert second.wait() == 0
        assert json.loads(second.logs())["status"] == "reused"
    assert {file: file.stat().st_mtime_ns for file in out.rglob("*")} == before
