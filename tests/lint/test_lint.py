"""Every rule finds what it is for, and a right delivery has nothing to be found."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import OpenEXR
import pytest

import rushes
from functions.contract.errors import DamagedSource, SourceNotFound
from functions.media.stills.exr_structure import read_exr_facts
from tests.lint import deliveries
from tests.lint.deliveries import BASE, codes, frames_folder, lint, scene, write_frame

# What a delivery of frames alone lacks by design of these tests.
LACKING = {"no-amf", "no-fdl", "no-proxy"}


@pytest.fixture
def plate(tmp_path: Path) -> Path:
    """A right delivery without AMF, FDL and proxy."""
    return deliveries.make_delivery(tmp_path)


def exr(folder: Path, number: int) -> Path:
    return frames_folder(folder.parent) / f"{BASE}.{number}.exr"


def test_a_right_delivery_passes(plate: Path) -> None:
    """No error and no warning but for the sidecars that are not there."""
    report = lint(plate)
    assert codes(report) == LACKING
    assert report["verdict"] == "look"
    (sequence,) = report["sequences"]
    assert (sequence["frames"], sequence["width"], sequence["count"]) == ("1001-1004", 3840, 4)
    assert lint(plate, profile="frames")["verdict"] == "pass"


def rewrite(plate: Path, number: int, **fields: object) -> None:
    write_frame(frames_folder(plate.parent), number, **fields)


def by_openexr(plate: Path, number: int, type_: type, **attributes: object) -> None:
    """A frame written by OpenEXR itself, with its own ideas."""
    planes = {n: p.astype(type_) for n, p in zip("RGB", scene(number), strict=True)}
    OpenEXR.File(attributes, planes).write(str(exr(plate, number)))


def cut(plate: Path, number: int, share: float) -> None:
    path = exr(plate, number)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])


def renamed(plate: Path, old: str, new: str) -> None:
    for path in sorted(frames_folder(plate.parent).iterdir()):
        path.rename(path.with_name(path.name.replace(old, new)))


FAULTS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "a hole": ("missing-frames", lambda p: exr(p, 1002).unlink()),
    "an empty file": ("empty-file", lambda p: exr(p, 1002).write_bytes(b"")),
    "twice": (
        "duplicate-frame",
        lambda p: shutil.copy(exr(p, 1002), exr(p, 1002).with_name(f"{BASE}.01002.exr")),
    ),
    "other digits": (
        "padding",
        lambda p: exr(p, 1004).rename(exr(p, 1004).with_name(f"{BASE}.01004.exr")),
    ),
    "cut in the pixels": ("truncated", lambda p: cut(p, 1003, 0.9)),
    "cut in the header": ("unreadable", lambda p: exr(p, 1003).write_bytes(b"\x76\x2f\x31\x01\2")),
    "no EXR": ("unreadable", lambda p: exr(p, 1003).write_bytes(b"SDPX" * 100)),
    "another size": ("size-changes", lambda p: rewrite(p, 1002, planes=scene(0)[:, :4])),
    "the wrong folder": (
        "folder-size",
        lambda p: frames_folder(p.parent).rename(frames_folder(p.parent).with_name("3840x2160")),
    ),
    "float": ("not-half", lambda p: by_openexr(p, 1001, np.float32)),
    "DWAA": (
        "compression",
        lambda p: by_openexr(p, 1001, np.float16, compression=OpenEXR.DWAA_COMPRESSION),
    ),
    "tiles": (
        "not-scanline",
        lambda p: by_openexr(
            p, 1001, np.float16, tiles=OpenEXR.TileDescription(), type=OpenEXR.tiledimage
        ),
    ),
    "no chromaticities": ("no-chromaticities", lambda p: rewrite(p, 1001, chromaticities=None)),
    "Rec.709": (
        "not-aces",
        lambda p: rewrite(
            p, 1001, chromaticities=(0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329)
        ),
    ),
    "black": ("black-frame", lambda p: rewrite(p, 1003, planes=scene(0) * np.float16(0))),
    "frozen": ("frozen-frame", lambda p: rewrite(p, 1003, planes=scene(1002))),
    "NaN": ("not-finite", lambda p: rewrite(p, 1003, planes=scene(1) * np.float16("nan"))),
    "a repeated timecode": (
        "timecode-repeats",
        lambda p: rewrite(p, 1003, time_code=deliveries.header(1002).time_code),
    ),
    "a name": ("name", lambda p: renamed(p, BASE, "plate")),
    "a space": ("illegal-characters", lambda p: renamed(p, BASE, "AB C")),
    "another version": ("folder-version", lambda p: renamed(p, "_v001", "_v002")),
    "another plate": ("folder-plate", lambda p: renamed(p, "PL01", "PL02")),
    "small letters": ("name-case", lambda p: renamed(p, "PL01", "pl01")),
    "DPX frames": ("not-exr", lambda p: renamed(p, ".exr", ".dpx")),
    "a changed file": ("mhl-mismatch", lambda p: rewrite(p, 1002, owner="somebody else")),
    "a lost file": ("mhl-missing", lambda p: exr(p, 1004).unlink()),
    "a new file": ("mhl-unlisted", lambda p: (p / "readme.txt").write_text("x")),
    "an edited manifest": (
        "mhl-changed",
        lambda p: [
            m.write_bytes(m.read_bytes().replace(b"in-place", b"transfer"))
            for m in p.glob("ascmhl/*.mhl")
        ],
    ),
    "a lost chain": ("mhl-chain", lambda p: (p / "ascmhl/ascmhl_chain.xml").unlink()),
    "no seal": ("no-mhl", lambda p: shutil.rmtree(p / "ascmhl")),
    "a broken CDL": ("cdl", lambda p: (p / "look.cc").write_text("<ColorCorrection>")),
    "a broken AMF": ("amf-not-xml", lambda p: (p / "a.amf").write_text("<aces")),
    "a broken FDL": ("fdl-not-json", lambda p: (p / "a.fdl").write_text("{")),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found(plate: Path, fault: str) -> None:
    """One thing made wrong gives the finding that is meant for it."""
    code, break_it = FAULTS[fault]
    assert code not in codes(lint(plate))
    break_it(plate)
    assert code in codes(lint(plate))


def test_log_in_exr_is_found(plate: Path) -> None:
    """Frames that hold LogC3 code values are told from light, by their numbers alone."""
    from kernels import apply_curve

    for number in range(1001, 1005):
        light = scene(number).astype(np.float32)
        log = np.clip(apply_curve(light, "logc3"), 0, 1).astype(np.float16)
        rewrite(plate, number, planes=log)
    report = lint(plate)
    assert "log-in-exr" in codes(report, "warning")


def test_low_contrast_light_is_not_taken_for_log(plate: Path) -> None:
    """A grey wall without shadows or highlights is no log picture."""
    for number in range(1001, 1005):
        rewrite(plate, number, planes=np.full_like(scene(0), 0.18) + np.float16(number / 1e5))
    assert "log-in-exr" not in codes(lint(plate))


def test_a_thumbnail_is_not_taken_for_log(tmp_path: Path) -> None:
    """Too few samples to tell light without shadows from log."""
    from tests.plate.takes import plate, write_take

    plate(write_take(tmp_path), tmp_path / "out", frames="104-112")
    assert "log-in-exr" not in codes(lint(tmp_path / "out"))


def test_the_reports_are_written(plate: Path, tmp_path: Path) -> None:
    """JSON for programs and a page for people, with the same verdict."""
    exr(plate, 1002).unlink()
    receipt = rushes.call("lint", input=str(plate), output=str(tmp_path / "out"))
    assert [o.uri.rpartition("/")[2] for o in receipt.outputs] == [
        f"{BASE}.lint.json",
        f"{BASE}.lint.txt",
    ]
    report = json.loads((tmp_path / "out" / f"{BASE}.lint.json").read_bytes())
    assert report == receipt.report
    text = (tmp_path / "out" / f"{BASE}.lint.txt").read_text()
    assert text.startswith(f"{BASE}: fail\n")
    assert "missing-frames: frames 1002 are missing" in text


def test_it_can_end_with_an_error(plate: Path) -> None:
    """`fail` makes findings an error with the report inside; without it they are an answer."""
    exr(plate, 1002).unlink()
    with pytest.raises(DamagedSource, match="frames 1002 are missing") as caught:
        lint(plate, fail="error")
    assert caught.value.facts["report"]["verdict"] == "fail"


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    """There is nothing to check in nothing."""
    with pytest.raises(SourceNotFound, match="holds no files"):
        lint(tmp_path)


def test_headers_are_read_as_openexr_reads_them(shared_data: Path) -> None:
    """Channels, compression, windows and attributes of a real file equal OpenEXR's."""
    path = shared_data / "colour/CLF_testImage.exr"
    data = path.read_bytes()
    facts = read_exr_facts(lambda start, length: data[start : start + length], len(data))
    header = OpenEXR.File(str(path), header_only=True).header()
    (low, high) = header["dataWindow"]
    assert facts.data_window == (*low, *high)
    assert (
        OpenEXR.Compression(("none", "rle", "zips", "zip", "piz").index(facts.compression))
        == (header["compression"])
    )
    assert sorted(facts.channels) == sorted(c.name for c in header["channels"])
    assert facts.whole
    assert facts.attributes["pixelAspectRatio"] == header["pixelAspectRatio"]


def test_every_code_is_in_the_docs() -> None:
    """docs/plates.md lists every code of a finding, and none that is not there."""
    root = Path(__file__).resolve().parents[2]
    source = "".join(p.read_text() for p in (root / "functions/lint").glob("*.py"))
    said = set(re.findall(r'\b(?:error|warning|info|bad)\(\s*"([a-z0-9-]+)"', source))
    said |= set(re.findall(r', "(no-[a-z]+)", "', source))
    text = (root / "docs/plates.md").read_text().partition("| about |")[2].partition("## `seal`")[0]
    listed = set(re.findall(r"`([a-z0-9-]+[a-z0-9])`", text))
    assert said == listed
