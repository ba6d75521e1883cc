"""Native objects: the same bytes as the compiler's, and no compiler at run time."""

from __future__ import annotations

import ctypes
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kernels
from kernels import build, compiled, entries
from kernels.video.vc5 import Band, vc5_mosaic, vc5_plane
from tests import naive
from tests.kernels import colour_cases, vc5_twin

ROOT = Path(__file__).resolve().parents[2]
LEVELS = ("x86-64-v3", "x86-64-v4")


def in_a_fresh_process(code: str) -> Any:
    """The JSON that `code` prints in a new interpreter."""
    found = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT
    )
    return json.loads(found.stdout)


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One object per level that this machine can run: as built, else built now."""
    if not entries.host_level():
        pytest.skip("not an x86-64-v3 machine")
    levels = [level for level in LEVELS if level <= entries.host_level()]
    found = {level: entries.NATIVE / f"{level}-{entries.digest()}.so" for level in levels}
    missing = [level for level in levels if not found[level].is_file()]
    if missing and shutil.which("cc") is None:
        pytest.skip("no C linker on this machine")
    folder = tmp_path_factory.mktemp("native")
    return found | dict(zip(missing, build.build_all(missing, folder), strict=True))


@pytest.fixture
def through(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Makes the public functions call the entries of an object, or of the compiler for None."""

    engines = []

    def use(file: Path | None) -> None:
        loaded: dict[str, Any] = {}
        if file is None:
            for unit, names in entries.UNITS.items():
                engines.append(compiled._link(compiled._ENTRIES._object(unit)))
                find = engines[-1].get_function_address
                loaded |= {n: compiled._PROTOTYPE(find(entries.SYMBOL.format(n))) for n in names}
        else:
            library = ctypes.CDLL(str(file))
            for names in entries.UNITS.values():
                find_in = compiled._PROTOTYPE
                loaded |= {n: find_in((entries.SYMBOL.format(n), library)) for n in names}
        monkeypatch.setattr(compiled._ENTRIES, "loaded", loaded)

    yield use


def everything() -> list[bytes]:
    """What each kernel makes of awkward pictures."""
    rng = np.random.default_rng(11)
    raw = np.clip(rng.normal(1500, 900, (45, 2100)), 0, 4095).astype(np.uint16)
    floats = rng.normal(0.2, 0.5, (37, 53)).astype(np.float32)
    options: dict[str, Any] = {"black": [250, 256, 255, 251.5], "white": 4095}
    mix = np.array([[1.6, -0.5, -0.1], [-0.2, 1.4, -0.2], [0.05, -0.6, 1.55]])
    made: list[Any] = []
    for method in ("draft", "fast", "best"):
        for pattern in naive.RED:
            made.append(
                kernels.develop(
                    raw, pattern, method=method, gains=[2, 1, 1, 1.7], matrix=mix, **options
                )
            )
            made.append(kernels.demosaic(floats, pattern, method))
    made.append(kernels.demosaic(floats, "RGGB", "best", "coded"))
    made.append(
        kernels.develop_linear(raw[:, :1098].reshape(45, 366, 3), black=256, white=4095,
                               gains=[2, 1, 1.5], matrix=mix)
    )  # fmt: skip
    made.append(kernels.to_half(floats * 1e5))
    made.append(kernels.unpack(rng.bytes(37 * 41), 23, 37, 14, row_bytes=41))
    halves = rng.normal(0.2, 0.02, (3, 33, 403)).astype(np.float16)
    made += [kernels.zip_blocks(halves, (2, 1, 0), lines)[0] for lines in (1, 16)]
    return [np.ascontiguousarray(a).tobytes() for a in made] + frames() + colour_cases.everything()


def frames() -> list[bytes]:
    """ProRes of both samplings, of fields, with alpha, slices of every width; a VC-5 mosaic."""
    rng = np.random.default_rng(12)
    y, x = np.mgrid[0:70, 0:243]
    wave = (np.sin(x / 9) * np.cos(y / 7) * 1500 + 2048 + rng.normal(0, 60, y.shape)).astype("u2")
    half = wave[:, ::2].copy()
    low, highs = vc5_twin.bands_of(wave, 12)
    bands = [Band(vc5_twin.coded_low(low)), *(Band(vc5_twin.coded(h), 16, 12) for h in highs)]
    plane = vc5_plane(bands, wave.shape[1], wave.shape[0], vc5_twin.PRESCALE)
    sensor = vc5_mosaic([plane, plane, wave, plane], "RGGB", 14)
    return [
        kernels.encode_prores([wave >> 2, half >> 2, half >> 2], "proxy"),
        kernels.encode_prores([wave >> 2, half >> 2, half >> 2], "hq", fields="top"),
        kernels.encode_prores([wave, wave, wave], "4444xq", bits=12, alpha=wave),
        sensor.tobytes(),
    ]


@pytest.mark.timeout(1200)  # the first may have to build for two levels
def test_every_level_makes_the_same_bytes(objects: dict[str, Path], through: Any) -> None:
    """x86-64-v3, x86-64-v4 and code for this very machine agree in every byte of every kernel."""
    results = {}
    for level, file in [*objects.items(), ("this machine's compiler", None)]:
        through(file)
        results[level] = everything()
    assert len(results) >= 2
    first = next(iter(results.values()))
    for level, made in results.items():
        assert made == first, level


@pytest.mark.timeout(1200)  # the first may have to build for two levels
def test_a_native_object_needs_no_compiler(objects: dict[str, Path]) -> None:
    """With an object that fits, numba and LLVM are never imported, and runtime() says native."""
    level = entries.host_level()
    facts = in_a_fresh_process(
        "import json, sys; from pathlib import Path; from kernels import compiled\n"
        f"compiled.NATIVE = Path({str(objects[level].parent)!r})\n"
        "facts = compiled.warm()\n"
        "facts['imported'] = sorted({'numba', 'llvmlite'} & set(sys.modules))\n"
        "print(json.dumps(facts))"
    )
    assert facts["mode"] == "native" and facts["target"] == level
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
