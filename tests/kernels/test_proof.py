"""The warm proof: a kernel that would compile at run time fails the build; a wheel carries them."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import kernels
from kernels import compiled, entries, proof

ROOT = Path(__file__).resolve().parents[2]
OURS = ("functions", "kernels", "rushes")


def test_no_loop_is_forgotten() -> None:
    """Every loop with an entry's arguments belongs to a unit, and every unit's entries exist."""
    assert proof.forgotten() == []


def test_a_forgotten_loop_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry that leaves its unit, and a unit's entry that is not there, are both named."""
    units = {**entries.UNITS, "demosaic.planar": ("linear", "quarter")}
    monkeypatch.setattr(proof, "UNITS", units)
    assert proof.forgotten() == [
        "half of kernels.loops.demosaic.planar is in no unit",
        "unit demosaic.planar names quarter, which is no entry",
    ]


def test_examples_reach_every_public_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every public module's examples pass; one without an example is named, and so is one whose
    kernel nobody knows."""
    assert proof.examples() == []
    monkeypatch.setitem(kernels._HOME, "plan", "kernels.calls")
    assert proof.examples() == ["kernels.calls shows no example, so nothing proves what it calls"]
    monkeypatch.delitem(kernels._HOME, "plan")
    monkeypatch.setattr("kernels.half.entry", lambda name: compiled.entry(f"{name}_of_tomorrow"))
    assert proof.examples() == ["the example of kernels.half.to_half fails"]


def test_operations_ask_for_kernels_that_exist() -> None:
    """Every `kernels.NAME` that a function uses is one of the package's public names."""
    used = {
        node.attr
        for file in (ROOT / "functions").rglob("*.py")
        if "serve" not in file.parts  # it asks for facts, not for pixels
        for node in ast.walk(ast.parse(file.read_bytes()))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "kernels"
    }
    assert {"develop", "zip_blocks"} <= used
    assert used <= set(kernels.__all__)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of this tree, with a stand-in for the native object, and stale files beside it."""
    if shutil.which("cc") is None or not entries.host_level():
        pytest.skip("no C linker, or not an x86-64-v3 machine")
    tree = tmp_path_factory.mktemp("tree")
    for name in OURS:
        ignored = shutil.ignore_patterns("native", "__pycache__")
        shutil.copytree(ROOT / name, tree / name, ignore=ignored)
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, tree)
    native = tree / "kernels" / "native"
    native.mkdir()
    names = [entries.SYMBOL.format(n) for unit in entries.UNITS.values() for n in unit]
    source = "".join(f"void {name}(void) {{}}\n" for name in names)
    built = native / f"x86-64-v3-{entries.digest()}.so"
    subprocess.run(
        ["cc", "-shared", "-o", str(built), "-xc", "-"], input=source.encode(), check=True
    )
    (native / "x86-64-v3-0123456789abcdef.so").write_bytes(b"old")
    (native / "bits-0123456789abcdef.o").write_bytes(b"a cache")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]
    subprocess.run(command, cwd=tree, check=True, capture_output=True)
    (made,) = (tree / "dist").glob("*.whl")
    return made


def test_a_wheel_carries_what_fits(wheel: Path) -> None:
    """The object of these sources is packed, neither an older one nor the compiler's cache, and
    the wheel says which platform it is for."""
    with zipfile.ZipFile(wheel) as packed:
        found = [name for name in packed.namelist() if name.startswith("kernels/native/")]
    assert found == [f"kernels/native/x86-64-v3-{entries.digest()}.so"]
    assert wheel.name.endswith("-py3-none-linux_x86_64.whl")


def test_the_wheel_is_typed(wheel: Path) -> None:
    """The stub of the Python face and the marks of typed packages are in it."""
    with zipfile.ZipFile(wheel) as packed:
        found = set(packed.namelist())
    assert {"rushes/__init__.py", "rushes/__init__.pyi"} <= found
    assert {"rushes/py.typed", "functions/py.typed", "kernels/py.typed"} <= found


def test_an_installed_wheel_needs_no_compiler(wheel: Path, tmp_path: Path) -> None:
    """Unpacked elsewhere, the package finds its object, loads all of it, and never the compiler."""
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path)
    code = (
        "import json, sys, kernels; facts = kernels.warm()\n"
        "facts['file'] = kernels.__file__\n"
        "facts['imported'] = sorted({'numba', 'llvmlite'} & set(sys.modules))\n"
        "print(json.dumps(facts))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    facts = json.loads(ran.stdout)
    assert Path(facts["file"]).is_relative_to(tmp_path)
    assert (facts["mode"], facts["target"]) == ("native", "x86-64-v3")
    assert facts["imported"] == [] and facts["compiled"] == facts["cached"] == 0
