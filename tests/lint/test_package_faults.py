"""A package of our own with one thing made wrong: lint says that thing, and nothing else."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest

import rushes
from kernels import apply_curve
from tests.lint.deliveries import lint
from tests.lint.packages import BASE, HEIGHT, WIDTH, frame, make_package, rewrite, seal_anew
from tests.plate.test_package import movie

NEXT = "ABC_010_PL01_v002"
NUMBERS = range(1001, 1006)
Break = Callable[[Path], object]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_package(tmp_path_factory.mktemp("made"))


@pytest.fixture
def package(made: Path, tmp_path: Path) -> Path:
    """A copy to break."""
    return shutil.copytree(made, tmp_path / "out" / BASE)


def beside(package: Path, suffix: str) -> Path:
    return package / f"{BASE}.{suffix}"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert re.search(old, text), f"{old} is not in {path.name}"
    path.write_text(re.sub(old, new, text))


def cut(path: Path, share: float) -> None:
    os.truncate(path, int(path.stat().st_size * share))


def zeros(path: Path, start: float, stop: float) -> None:
    """As a copy leaves them that made the file's size first."""
    data = bytearray(path.read_bytes())
    first, last = int(len(data) * start), int(len(data) * stop)
    data[first:last] = bytes(last - first)
    path.write_bytes(data)


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-5] ^= 0x55
    path.write_bytes(data)


def swap(one: Path, other: Path) -> None:
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)


def in_log(curve: str) -> Callable[[Any], Any]:
    def change(pixels: Any) -> Any:
        planes = np.ascontiguousarray(np.moveaxis(pixels, -1, 0).astype(np.float32))
        return np.moveaxis(np.clip(apply_curve(planes, curve), 0, 1), 0, -1).astype(np.float16)

    return change


def each_frame(package: Path, **change: Any) -> None:
    for number in NUMBERS:
        rewrite(frame(package, number), **change)


def called(package: Path, old: str, new: str) -> None:
    for number in NUMBERS:
        path = frame(package, number)
        path.rename(path.with_name(path.name.replace(old, new)))


def no_cdl(package: Path) -> None:
    beside(package, "cc").unlink()
    beside(package, "cdl").unlink()


def sized(package: Path, name: str) -> None:
    (package / f"{WIDTH}x{HEIGHT}").rename(package / name)


REC709 = (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329)
# What is made wrong: what lint has to say of it, once the package is sealed as it is then.
FAULTS: dict[str, tuple[set[str], Break]] = {
    "a frame called otherwise": (
        {"error missing-frames", "error folder-plate"},
        lambda p: frame(p, 1003).rename(frame(p, 1003).with_name("XYZ_010_PL01_v001.1003.exr")),
    ),
    "a frame of another version": (
        {"error missing-frames", "error folder-version"},
        lambda p: frame(p, 1003).rename(frame(p, 1003).with_name(f"{NEXT}.1003.exr")),
    ),
    "a frame without a number": (
        {"error unnumbered"},
        lambda p: shutil.copy(frame(p, 1003), frame(p, 1003).with_name(f"{BASE}.exr")),
    ),
    "numbers behind a stroke": ({"error name"}, lambda p: called(p, "v001.", "v001_")),
    "all frames of another plate": (
        {"error folder-plate", "error amf-clip"},
        lambda p: called(p, "PL01", "PL02"),
    ),
    "the first frame lost": ({"error amf-frames"}, lambda p: drop(p, 1001)),
    "the last frame lost": ({"error amf-frames"}, lambda p: drop(p, 1005)),
    "a frame lost": ({"error missing-frames"}, lambda p: drop(p, 1003)),
    "a frame twice": (
        {"error duplicate-frame", "error padding", "warning frozen-frame",
         "warning timecode-repeats"},
        lambda p: shutil.copy(frame(p, 1003), frame(p, 1003).with_name(f"{BASE}.01003.exr")),
    ),
    "a frame in place of the next": (
        {"warning frozen-frame", "warning timecode-repeats", "warning timecode-jumps"},
        lambda p: shutil.copy(frame(p, 1002), frame(p, 1003)),
    ),
    "two frames swapped": (
        {"warning timecode-jumps"},
        lambda p: swap(frame(p, 1002), frame(p, 1003)),
    ),
    "a timecode out of order": (
        {"warning timecode-jumps"},
        lambda p: rewrite(frame(p, 1003), timeCode=OpenEXR.TimeCode(2, *[0] * 17)),
    ),
    "no timecode": (
        {"warning no-timecode"},
        lambda p: rewrite(frame(p, 1003), drop=("timeCode", "timecodeRate")),
    ),
    "an empty file": ({"error empty-file"}, lambda p: frame(p, 1003).write_bytes(b"")),
    "a file of zeros": ({"error unreadable"}, lambda p: zeros(frame(p, 1003), 0, 1)),
    "a header of zeros": ({"error unreadable"}, lambda p: zeros(frame(p, 1003), 0, 0.001)),
    "zeros in the middle": ({"error unreadable"}, lambda p: zeros(frame(p, 1003), 0.4, 0.7)),
    "one byte": ({"error unreadable"}, lambda p: flip(frame(p, 1003))),
    "a file cut in the pixels": ({"error truncated"}, lambda p: cut(frame(p, 1003), 0.95)),
    "a file cut in half": ({"error truncated"}, lambda p: cut(frame(p, 1003), 0.5)),
    "a file cut in the header": ({"error unreadable"}, lambda p: os.truncate(frame(p, 1003), 100)),
    "a black frame": (
        {"error black-frame"},
        lambda p: rewrite(frame(p, 1003), change=lambda pixels: pixels * 0),
    ),
    "NaN": (
        {"warning not-finite"},
        lambda p: rewrite(frame(p, 1003), change=lambda x: np.where(x > 0.1, np.float16("nan"), x)),
    ),
    **{
        f"{curve} in the EXR": (
            {"warning log-in-exr"},
            lambda p, curve=curve: each_frame(p, change=in_log(curve)),  # type: ignore[misc]
        )
        for curve in ("logc3", "logc4", "slog3", "vlog", "acescct", "clog3", "log3g10")
    },
    "log in one frame": (
        {"warning log-in-exr"},
        lambda p: rewrite(frame(p, 1003), change=in_log("logc3")),
    ),
    "a header that says log": (
        {"error log-in-exr"},
        lambda p: rewrite(frame(p, 1003), colorSpace="ARRI LogC4"),
    ),
    "a float frame": (
        {"error not-half", "error channels-change"},
        lambda p: rewrite(frame(p, 1003), change=lambda pixels: pixels.astype(np.float32)),
    ),
    "all frames float": (
        {"error not-half"},
        lambda p: each_frame(p, change=lambda pixels: pixels.astype(np.float32)),
    ),
    "one frame of another size": (
        {"error size-changes"},
        lambda p: rewrite(frame(p, 1003), change=lambda pixels: pixels[:16]),
    ),
    "the first frame of another size": (
        {"error size-changes"},
        lambda p: rewrite(frame(p, 1001), change=lambda pixels: pixels[:16]),
    ),
    "all frames of another size": (
        {"error folder-size", "warning fdl-size"},
        lambda p: each_frame(p, change=lambda pixels: pixels[:16]),
    ),
    "a narrow picture": (
        {"error folder-size", "warning fdl-size", "warning narrow"},
        lambda p: each_frame(p, change=lambda pixels: pixels[:, :2048]),
    ),
    "no chromaticities": (
        {"error no-chromaticities", "warning header-changes"},
        lambda p: rewrite(frame(p, 1003), drop=("chromaticities",)),
    ),
    "Rec.709 everywhere": (
        {"error not-aces"},
        lambda p: each_frame(p, chromaticities=REC709),
    ),
    "another compression": (
        {"error compression", "warning compression-changes"},
        lambda p: rewrite(frame(p, 1003), compression=OpenEXR.DWAB_COMPRESSION),
    ),
    "the folder of another size": ({"error folder-size"}, lambda p: sized(p, "3840x2160")),
    "no folder of the size": ({"info no-size-folder"}, lambda p: sized(p, "exr")),
    "an AMF of fewer frames": (
        {"error amf-frames"},
        lambda p: edit(beside(p, "amf"), 'min="1001"', 'min="1002"'),
    ),
    "an AMF of other digits": (
        {"error amf-frames"},
        lambda p: edit(beside(p, "amf"), "####", "######"),
    ),
    "an AMF of another version": (
        {"error amf-clip"},
        lambda p: edit(beside(p, "amf"), BASE, NEXT),
    ),
    "an AMF whose input is not applied": (
        {"error amf-input"},
        lambda p: edit(beside(p, "amf"), 'applied="true"', 'applied="false"'),
    ),
    "an AMF that is none": ({"error amf-not-xml"}, lambda p: beside(p, "amf").write_bytes(b"")),
    "no AMF": ({"warning no-amf"}, lambda p: beside(p, "amf").unlink()),
    "no FDL": ({"warning no-fdl"}, lambda p: beside(p, "fdl").unlink()),
    "no CDL": ({"warning no-cdl"}, no_cdl),
    "no movie": ({"warning no-proxy"}, lambda p: beside(p, "mov").unlink()),
    "other numbers in the .cc": (
        {"error cdl-differs"},
        lambda p: edit(beside(p, "cc"), "1.25", "1.5"),
    ),
    "a .cc that is none": (
        {"error cdl"},
        lambda p: edit(beside(p, "cc"), "<Slope>1.25", "<Slope>x"),
    ),
    "an FDL of another size": (
        {"warning fdl-size"},
        lambda p: edit(beside(p, "fdl"), str(WIDTH), "4096"),
    ),
    "an FDL that is none": ({"error fdl-not-json"}, lambda p: beside(p, "fdl").write_bytes(b"")),
    "a movie cut short": ({"error proxy-unreadable"}, lambda p: cut(beside(p, "mov"), 0.5)),
    "an empty movie": ({"error proxy-unreadable"}, lambda p: beside(p, "mov").write_bytes(b"")),
    "a movie that is none": (
        {"warning proxy-unknown"},
        lambda p: beside(p, "mov").write_bytes(b"no movie " * 900),
    ),
    "a movie of other frames": (
        {"warning proxy-frames"},
        lambda p: movie(beside(p, "mov"), 3, Fraction(24), "01:00:00:00"),
    ),
    "a movie of another time": (
        {"warning proxy-timecode"},
        lambda p: movie(beside(p, "mov"), 5, Fraction(24), "02:00:00:00"),
    ),
    "an event that is none": ({"error event"}, lambda p: beside(p, "event.json").write_text("{")),
    "a name with a space": (
        {"error illegal-characters"},
        lambda p: (p / "notes of day 1.txt").write_text("x"),
    ),
    "a link to elsewhere": ({"warning odd-entry"}, lambda p: (p / "more").symlink_to(p.parent)),
}  # fmt: skip


def drop(package: Path, number: int) -> None:
    frame(package, number).unlink()


def said(package: Path) -> set[str]:
    """`severity code` of every finding; each has one sentence and, of a file, its path."""
    findings = lint(package)["findings"]
    for each in findings:
        assert "\n" not in each["detail"]
        assert str(package) not in each["detail"]
        assert 10 < len(each["detail"]) < 300
    return {f"{each['severity']} {each['code']}" for each in findings}


def test_a_package_of_ours_has_nothing_to_be_found(package: Path) -> None:
    """With a look, an event, a viewing movie and its seal: no finding at all."""
    assert said(package) == set()
    assert lint(package)["verdict"] == "pass"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_said_and_nothing_else(package: Path, fault: str) -> None:
    """Exactly what was made wrong is found, of the right severity, without any help of a
    seal; with the seal of before, that is found to be broken as well."""
    expected, break_it = FAULTS[fault]
    break_it(package)
    found = said(package)
    assert expected <= found
    by_seal = {"error mhl-mismatch", "error mhl-missing", "warning mhl-unlisted"}
    assert found - expected <= by_seal
    if fault != "a link to elsewhere":
        assert found & by_seal
        seal_anew(package)
    assert said(package) == expected


def left_out(package: Path) -> None:
    """The event is sealed no more, and then taken away."""
    rushes.call("seal", input=str(package), ignore=["*.event.json"])
    beside(package, "event.json").unlink()


SEALS: dict[str, tuple[set[str], Break]] = {
    "no seal": ({"warning no-mhl"}, lambda p: shutil.rmtree(p / "ascmhl")),
    "no chain": ({"error mhl-chain"}, lambda p: (p / "ascmhl/ascmhl_chain.xml").unlink()),
    "no manifest": ({"error mhl-chain"}, lambda p: next((p / "ascmhl").glob("*.mhl")).unlink()),
    "a chain that is none": (
        {"error mhl-unreadable"},
        lambda p: (p / "ascmhl/ascmhl_chain.xml").write_text("<x"),
    ),
    "an edited manifest": (
        {"error mhl-changed"},
        lambda p: edit(next((p / "ascmhl").glob("*.mhl")), "in-place", "transfer"),
    ),
    "an edited hash": (
        {"error mhl-changed", "error mhl-mismatch"},
        lambda p: edit(next((p / "ascmhl").glob("*.mhl")), r"(<xxh64 [^>]*>)....", r"\g<1>0000"),
    ),
    "a file more": ({"warning mhl-unlisted"}, lambda p: (p / "notes.txt").write_text("x")),
    "a file that seals leave out": (set(), lambda p: (p / ".DS_Store").write_text("x")),
    "a file left out since": (set(), left_out),
    "other samples of the same light": (
        {"error mhl-mismatch"},
        lambda p: rewrite(frame(p, 1003), change=lambda pixels: pixels[::-1]),
    ),
    "a package called otherwise": ({"error folder-version"}, lambda p: p.rename(p.parent / NEXT)),
}


@pytest.mark.parametrize("compression", ["none", "zips", "piz"])
def test_a_hole_is_found_in_every_compression(tmp_path: Path, compression: str) -> None:
    """Zeros over half of a file, which PIZ decodes without a word, and a good file beside it."""
    package = make_package(tmp_path, compression=compression, proxy=False)
    assert said(package) == {"warning no-proxy"}
    zeros(frame(package, 1003), 0.4, 0.9)
    seal_anew(package)
    assert said(package) == {"warning no-proxy", "error unreadable"}


@pytest.mark.parametrize("fault", SEALS)
def test_a_broken_seal_is_said_and_nothing_else(package: Path, fault: str) -> None:
    """Chain, manifests, files that changed under their seal, and the package's own name."""
    expected, break_it = SEALS[fault]
    break_it(package)
    (where,) = package.parent.iterdir()
    assert said(where) == expected


def test_each_plate_of_a_delivery_needs_its_own_sidecars(made: Path, tmp_path: Path) -> None:
    """Thirty plates with one AMF among them are not a delivery with an AMF."""
    other = "ABC_020_PL01_v001"
    shutil.copytree(made, tmp_path / "all" / BASE)
    bare = shutil.copytree(made / f"{WIDTH}x{HEIGHT}", tmp_path / "all" / other / "3856x32")
    for path in bare.iterdir():
        path.rename(path.with_name(path.name.replace(BASE, other)))
    found = {
        (f["code"], f.get("path")) for f in lint(tmp_path / "all")["findings"]
        if f["code"] != "mhl-unlisted"
    }  # fmt: skip
    assert found == {(code, other) for code in ("no-amf", "no-cdl", "no-fdl", "no-proxy")}
