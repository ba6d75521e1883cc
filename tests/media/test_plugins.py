"""Readers that a house adds: the example of the project, and plug-ins that misbehave."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import rushes
from functions.contract.errors import DamagedSource, DeadlineExceeded, UnsupportedMedia
from functions.contract.frames import FrameRange
from functions.contract.operation import Limits
from functions.media import open_clip
from functions.media.plugins import installed as plugins
from functions.media.plugins.reader import sdk_version
from tests.media.dngs import noisy, write_dng
from tests.media.memory_store import ROOT, MemoryStore

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "reader" / "rushes_reader_example.py"
Install = Callable[..., Path]

# The example, with an SDK that does as its frame's number says.
WILD = """
import os, time
from rushes_reader_example import *
from rushes_reader_example import ExampleClip as Tame
class ExampleClip(Tame):
    def frames(self, wanted):
        if wanted.start == 1:
            os.abort()
        if wanted.start == 2:
            time.sleep(60)
        if wanted.start == 3:
            raise RuntimeError("the SDK says no")
        print("an SDK's own words on standard output")
        yield from super().frames(wanted)
class Reader(ExampleReader):
    def open(self, stat, store, limits):
        return ExampleClip(stat, store)
"""


def exraw(frames: list[npt.NDArray[np.uint16]]) -> bytes:
    """A file of the made-up format, by its description."""
    height, width = frames[0].shape
    head = b"EXAMPLE1" + struct.pack("<4I", width, height, len(frames), 24)
    return head + b"".join(frame.astype("<u2").tobytes() for frame in frames)


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Puts modules with their entry point where packages are found."""
    site = tmp_path / "site"
    site.mkdir()
    shutil.copy(EXAMPLE, site)

    def put(name: str = "example", value: str = "rushes_reader_example:ExampleReader",
            version: str = "0.1.0", source: str | None = None) -> Path:  # fmt: skip
        if source is not None:
            (site / f"{value.partition(':')[0]}.py").write_text(source)
        info = site / f"rushes_reader_{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: rushes-reader-{name}\nVersion: {version}\n"
        )
        (info / "entry_points.txt").write_text(f"[rushes.readers]\n{name} = {value}\n")
        plugins.installed.cache_clear()
        return site

    monkeypatch.syspath_prepend(str(site))
    plugins.installed.cache_clear()
    sdk_version.cache_clear()
    yield put
    plugins.installed.cache_clear()
    sdk_version.cache_clear()
    for name in ("rushes_reader_example", "wild"):
        sys.modules.pop(name, None)


FRAMES = [noisy((8, 12), 12, seed) for seed in range(4)]


def test_frames_and_facts_come_through_the_other_process(install: Install) -> None:
    """Pixels, levels, rate and numbers are the plug-in's; the record says who read them."""
    install()
    store = MemoryStore({"A001.exraw": exraw(FRAMES)})
    clip = open_clip(ROOT + "A001.exraw", store, Limits())
    assert (clip.facts.name, clip.facts.rate, clip.numbers()) == ("A001", 24, FrameRange(0, 4))
    for frame, expected in zip(clip.frames(FrameRange(1, 3)), FRAMES[1:3], strict=True):
        np.testing.assert_array_equal(frame.pixels, expected)
        assert (frame.pattern, frame.white) == ("RGGB", 4095.0)
    (said,) = clip.facts.camera.assumed
    assert said.detail == "read by the plug-in rushes-reader-example 0.1.0, SDK 1.0"
    clip.close()
    cut = MemoryStore({"A001.exraw": exraw(FRAMES)[:-9]})
    with (
        closing(open_clip(ROOT + "A001.exraw", cut, Limits())) as clip,
        pytest.raises(DamagedSource, match="truncated") as caught,
    ):
        list(clip.frames(FrameRange(3, 4)))
    assert caught.value.facts["frame"] == 3


def test_a_sequence_of_its_files(install: Install) -> None:
    """Each file of a numbered sequence is a frame, with the file's number."""
    install()
    files = {f"A001.{n:04d}.exraw": exraw([FRAMES[n % 4]]) for n in (7, 8)}
    clip = open_clip(ROOT + "A001.%04d.exraw", MemoryStore(files), Limits())
    found = {f.number: f.pixels.copy() for f in clip.frames(clip.numbers())}
    np.testing.assert_array_equal(found[7], FRAMES[3])
    np.testing.assert_array_equal(found[8], FRAMES[0])


def test_an_sdk_that_falls_hangs_or_refuses(install: Install) -> None:
    """A crash and an error are damaged_source with the frame, a hang is the deadline; the next
    frame is read by a new process."""
    install("wild", "wild:Reader", source=WILD)
    store = MemoryStore({"A001.exraw": exraw(FRAMES)})
    clip = open_clip(ROOT + "A001.exraw", store, Limits())
    with pytest.raises(DamagedSource, match=r"fell over this file \(SIGABRT\)") as caught:
        list(clip.frames(FrameRange(1, 2)))
    assert caught.value.facts["frame"] == 1
    (frame,) = clip.frames(FrameRange(0, 1))
    np.testing.assert_array_equal(frame.pixels, FRAMES[0])
    with pytest.raises(DamagedSource, match="RuntimeError: the SDK says no"):
        list(clip.frames(FrameRange(3, 4)))
    clip.close()
    with pytest.raises(DeadlineExceeded, match="longer than 1 seconds"):
        hanging = open_clip(ROOT + "A001.exraw", store, Limits(seconds=1))
        list(hanging.frames(FrameRange(2, 3)))


def test_our_own_formats_ask_no_plug_in(install: Install) -> None:
    """A plug-in that takes everything is not asked for a DNG, and two for one file are named."""
    greedy = (
        "from rushes_reader_example import *\nclass R(ExampleReader):\n"
        "    def match(self, head, name): return True\n"
    )
    install("wild", "wild:R", source=greedy)
    store = MemoryStore({"A.dng": write_dng(FRAMES[0], 12), "A.exraw": exraw(FRAMES)})
    assert open_clip(ROOT + "A.dng", store, Limits()).facts.container == "dng"
    install()
    with pytest.raises(UnsupportedMedia, match=r"example 0.1.0 and rushes-reader-wild 0.1.0 both"):
        open_clip(ROOT + "A.exraw", store, Limits())


def test_versions_are_in_receipt_and_unit(install: Install, tmp_path: Path) -> None:
    """debayer's receipt names plug-in and SDK, and another version is another unit."""
    site = install()
    take = tmp_path / "A001.exraw"
    take.write_bytes(exraw(FRAMES))
    first = rushes.debayer(input=str(take), output=str(tmp_path / "out"), frames="0-1")
    assert first.assumed["reader"].endswith("rushes-reader-example 0.1.0, SDK 1.0")
    assert len(first.outputs) == 2
    shutil.rmtree(site / "rushes_reader_example-0.1.0.dist-info")
    install(version="0.2.0")
    explained = rushes.explain(
        "debayer", input=str(take), output=str(tmp_path / "out"), frames="0-1"
    )
    assert explained["unit"] != first.unit and not explained["done_already"]


def test_inspect_and_formats_at_the_command_line(install: Install, tmp_path: Path) -> None:
    """`rushes formats` has a row for the plug-in, `rushes inspect` counts its frames."""
    site = install()
    take = tmp_path / "A001.exraw"
    take.write_bytes(exraw(FRAMES))

    def ran(*words: str) -> dict[str, object]:
        start = "from functions.serve.cli.start import main; main()"
        command = [sys.executable, "-c", start, *words, "--json"]
        done = subprocess.run(
            command, env={"PYTHONPATH": f"{site}:{Path(__file__).parents[2]}", "PATH": "/usr/bin"},
            capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        found: dict[str, object] = json.loads(done.stdout)
        return found

    rows = ran("formats")["formats"]
    assert isinstance(rows, list) and rows[-1]["by"] == "plug-in rushes-reader-example 0.1.0"
    report = ran("inspect", str(take))["report"]
    assert isinstance(report, dict)
    assert report["frames"]["counted"] == 4 and not report.get("findings")


def test_nothing_is_paid_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no package names the group, importlib.metadata is not even imported."""
    plugins.installed.cache_clear()
    monkeypatch.setattr(sys, "path", [p for p in sys.path if "site-packages" not in p])
    monkeypatch.setitem(sys.modules, "importlib.metadata", None)
    assert plugins.installed() == ()
    plugins.installed.cache_clear()
