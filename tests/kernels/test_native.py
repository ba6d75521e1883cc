"""Native objects: the same bytes as the compiler's, and no compiler at run time."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kernels
from kernels import compiled, entries
from tests.kernels.every_kernel import entries_of, everything

ROOT = Path(__file__).resolve().parents[2]
LEVELS = ("x86-64-v3", "x86-64-v4")
EIGHT_LANES = (
    "demosaic.planar", "demosaic.bits", "colour.curves", "colour.grade", "colour.lut", "coding.vc5",
)  # fmt: skip
"""Units compiled here for the lowest level: ten seconds together, where a debayer alone takes
fifteen."""
_ENGINES: list[Any] = []  # they must live as long as their functions


def in_a_fresh_process(code: str) -> Any:
    """The JSON that `code` prints in a new interpreter."""
    found = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT
    )
    return json.loads(found.stdout)


@pytest.fixture
def native_object() -> Path:
    """The object that serves this checkout: `make` builds one for the machine."""
    library = compiled.native()
    if library is None:
        pytest.skip("no native object in this checkout: make .venv/.run builds one")
    return Path(library._name)


def test_the_lowest_level_makes_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """x86-64-v3, of eight lanes, and what serves this machine agree in every byte.

    In a few units here, compiled in a process of their own (one number of lanes each); in all of
    them in the image's tests, for which both levels are built anyway.
    """
    if not entries.host_level().startswith("x86-64"):
        pytest.skip("not an x86-64-v3 machine")
    file = tmp_path / "v3.o"
    in_a_fresh_process(
        "from pathlib import Path; from kernels.compiler import emit\n"
        f"print(Path({str(file)!r}).write_bytes(emit({EIGHT_LANES!r}, 'x86-64-v3')))"
    )
    expected = everything()
    kernels.warm()
    lowest = compiler_entries({unit: entries.UNITS[unit] for unit in EIGHT_LANES}, file)
    monkeypatch.setattr(compiled._ENTRIES, "loaded", compiled._ENTRIES.loaded | lowest)
    assert everything() == expected


def test_the_compiler_makes_the_same_bytes(
    native_object: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Units that are quick to compile, through LLVM's own loader, where no object fits."""
    rng = np.random.default_rng(3)
    floats = rng.normal(0.2, 0.5, (37, 53)).astype(np.float32) * 1e4
    stored = rng.bytes(37 * 41)

    def both() -> list[bytes]:
        made = kernels.unpack(stored, 23, 37, 14, row_bytes=41), kernels.to_half(floats)
        return [np.ascontiguousarray(each).tobytes() for each in made]

    monkeypatch.setattr(compiled._ENTRIES, "loaded", entries_of(native_object))
    expected = both()
    quick = {unit: entries.UNITS[unit] for unit in ("demosaic.bits", "demosaic.planar")}
    monkeypatch.setattr(compiled._ENTRIES, "loaded", compiler_entries(quick))
    assert both() == expected


def compiler_entries(units: dict[str, tuple[str, ...]], file: Path | None = None) -> dict[str, Any]:
    """Entries of units by name: out of one object, or as the compiler makes them here."""
    loaded: dict[str, Any] = {}
    for unit, names in units.items():
        code = file.read_bytes() if file else compiled._ENTRIES._object(unit)
        _ENGINES.append(compiled._link(code))
        find = _ENGINES[-1].get_function_address
        loaded |= {n: compiled._PROTOTYPE(find(entries.SYMBOL.format(n))) for n in names}
    return loaded


def test_a_native_object_needs_no_compiler(native_object: Path, tmp_path: Path) -> None:
    """With an object that fits, numba and LLVM are never imported, and runtime() says native."""
    alone = tmp_path / "native"
    alone.mkdir()
    shutil.copy(native_object, alone)
    facts = in_a_fresh_process(
        "import json, sys; from pathlib import Path; from kernels import compiled\n"
        f"compiled.NATIVE = Path({str(alone)!r})\n"
        "facts = compiled.warm()\n"
        "facts['imported'] = sorted({'numba', 'llvmlite'} & set(sys.modules))\n"
        "print(json.dumps(facts))"
    )
    assert facts["mode"] == "native"
    assert facts["target"] == native_object.name.rpartition("-")[0]
    assert facts["imported"] == [] and facts["compiled"] == facts["cached"] == 0
    assert facts["loaded"] == sorted(n for names in entries.UNITS.values() for n in names)


def test_importing_the_room_imports_nothing_heavy() -> None:
    """`import kernels` brings neither numba nor NumPy."""
    code = "import json, sys, kernels; print(json.dumps(sorted(sys.modules)))"
    modules = set(in_a_fresh_process(code))
    assert not {"numba", "numpy", "llvmlite"} & modules


def test_a_stale_object_is_never_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An object of other sources is passed over."""
    monkeypatch.setattr(compiled, "NATIVE", tmp_path)
    for level in LEVELS:
        (tmp_path / f"{level}-0123456789abcdef.so").write_bytes(b"old")
    assert compiled.native.__wrapped__() is None


def test_a_read_only_place_still_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the package cannot be written, objects go to a private folder; where nothing can, on
    without a cache."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setattr(compiled, "NATIVE", blocked / "native")
    monkeypatch.setattr(compiled.tempfile, "gettempdir", lambda: str(tmp_path))
    private = compiled._writable_folder.__wrapped__()
    assert private is not None and private.stat().st_mode & 0o777 == 0o700
    monkeypatch.setattr(compiled.tempfile, "gettempdir", lambda: str(blocked))
    assert compiled._writable_folder.__wrapped__() is None


def test_another_users_folder_is_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that others may write to is never loaded from."""
    open_to_all = tmp_path / "native"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    monkeypatch.setattr(compiled, "NATIVE", open_to_all)
    monkeypatch.setattr(compiled.tempfile, "gettempdir", lambda: str(tmp_path / "none"))
    assert compiled._writable_folder.__wrapped__() is None


def test_calls_are_counted() -> None:
    """runtime() counts calls, and calls compile nothing once entries are loaded."""
    kernels.warm()
    before = kernels.runtime()
    kernels.to_half(np.zeros(3, np.float32))
    after = kernels.runtime()
    assert after["calls"] == before["calls"] + 1
    assert (after["compiled"], after["cached"]) == (before["compiled"], before["cached"])


def test_an_edit_compiles_only_what_it_shapes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A changed loop renames its own unit's object and no other; the compiler's rules rename
    all."""
    room = tmp_path / "kernels"
    shutil.copytree(entries.ROOM, room, ignore=shutil.ignore_patterns("native", "__pycache__"))
    monkeypatch.setattr(entries, "ROOM", room)

    def names() -> dict[str, str]:
        entries._source.cache_clear()
        return {unit: entries.unit_digest(unit) for unit in entries.UNITS}

    before = names()
    for file, changed in (
        ("loops/coding/huffman.py", {"coding.deflate"}),
        ("loops/video/rgb_to_ycbcr.py", {"video.rgb_to_ycbcr"}),
        ("compiler.py", set(entries.UNITS)),
    ):
        with (room / file).open("a") as source:
            source.write("# edited\n")
        after = names()
        assert {unit for unit in before if before[unit] != after[unit]} == changed
        before = after
    entries._source.cache_clear()
