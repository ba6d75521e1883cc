"""stack.yml and knative/ are what `python -m deploy` writes from its table and the catalog."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from deploy import __main__ as deploy
from deploy.shapes import SHAPES
from functions.serve.run.catalog import OPERATIONS
from tests.deploy.manifests import COMMUNITY_STACK, KNATIVE, ROOT, STACK

BY_HAND = {"broker.yaml", "namespace.yaml", "priorities.yaml", "settings.yaml"}


def test_nothing_is_stale() -> None:
    """Every file that is written stands as it would be written now."""
    assert deploy.stale() == []
    assert deploy.main(["--check"]) == 0


def test_every_operation_has_a_shape() -> None:
    """A new line of the catalog needs an entry of the table."""
    assert set(OPERATIONS) <= set(SHAPES)


@pytest.mark.parametrize("name", ["stack.pro.yml", "stack.yml", "knative/debayer.yaml"])
def test_an_edit_by_hand_is_told(tmp_path: Path, name: str) -> None:
    """A file that was changed, or is gone, is named."""
    shutil.copytree(KNATIVE, tmp_path / "knative")
    shutil.copytree(ROOT / "deploy" / "overlays", tmp_path / "deploy" / "overlays")
    for stack in (STACK, COMMUNITY_STACK):
        shutil.copy(stack, tmp_path)
    assert deploy.stale(tmp_path) == []
    (tmp_path / name).write_text((tmp_path / name).read_text().replace("4Gi", "3Gi", 1))
    assert deploy.stale(tmp_path) == [f"{name}: not as `python -m deploy` writes it"]
    (tmp_path / name).unlink()
    assert deploy.stale(tmp_path) == [f"{name}: not as `python -m deploy` writes it"]


def test_no_file_of_an_operation_that_is_gone() -> None:
    """knative/ holds the written files and those that people write, and no other."""
    found = {f.name for f in KNATIVE.glob("*.yaml")} - {"secret.example.yaml"}
    written = {
        path.name for name in deploy.written() if (path := Path(name)).parent.name == "knative"
    }
    assert found == written | BY_HAND


def test_an_operation_without_a_shape_stops_the_writer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sentence names the table and the operation, and nothing is written."""
    before = (ROOT / "stack.yml").read_text()
    monkeypatch.setattr(deploy, "OPERATIONS", {**OPERATIONS, "regrain": OPERATIONS["inspect"]})
    assert deploy.main([]) == 1
    assert capsys.readouterr().err == "deploy/shapes.py has no entry for regrain\n"
    assert (ROOT / "stack.yml").read_text() == before
