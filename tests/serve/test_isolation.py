"""No module comes from the current folder: camera folders are strangers'."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import numpy as np
import pytest
import tifffile

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("functions", "kernels", "image", "k3d", "deploy")


def lay_traps(folder: Path) -> Path:
    """A module of every name that a process of ours could import; each leaves a mark."""
    marks = folder / "marks"
    marks.mkdir()
    trap = f"import os\nopen(os.path.join({str(marks)!r}, __name__), 'w').close()\n"
    for name in {*sys.stdlib_module_names, *packages_distributions(), "sitecustomize"}:
        if name.isidentifier():
            (folder / f"{name}.py").write_text(trap)
    return marks


def test_a_delivery_full_of_modules_runs_none_of_them(tmp_path: Path) -> None:
    """A job with functions of its own, started in a folder of such names, imports nothing there."""
    marks = lay_traps(tmp_path)
    tifffile.imwrite(tmp_path / "a.tif", np.full((4, 4, 3), 9, np.uint16), photometric="rgb")
    (tmp_path / "job.json").write_text(
        '{"output": "out", "clips": [{"operation": "inspect", "input": "a.tif"}]}'
    )
    done = subprocess.run(
        [Path(sys.executable).with_name("rushes"), "dispatch", "job.json"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "RUSHES_SCRATCH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert [mark.name for mark in marks.iterdir()] == []
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("room", PRODUCT)
def test_every_interpreter_is_started_isolated(room: str) -> None:
    """A command that begins with this Python goes on with -I or -P."""
    wrong = []
    for file in (ROOT / room).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.List | ast.Tuple):
                continue
            for word, after in zip(node.elts, [*node.elts[1:], None], strict=False):
                isolated = isinstance(after, ast.Constant) and after.value in ("-I", "-P")
                if ast.unparse(word) == "sys.executable" and not isolated:
                    wrong.append(f"{file.relative_to(ROOT)}:{node.lineno}")
    assert wrong == []
