"""An index of footage beside exiftool and mediainfo on the same clips; its answers beside grep."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import av
import msgspec

from bench.verdict import absent, judge
from functions.footage.database import build
from functions.footage.entry import Entry, Seal

_CLIPS, _CARD, _MANY = 1_000, 100, 100_000
_RUSHES = [sys.executable, "-m", "functions.serve.cli.main"]


def run() -> None:
    """Print milliseconds of a core for each, and seconds of an answer for 100,000 clips."""
    print(f"\nan index of {_CLIPS} movies, and questions to one of {_MANY}")
    with tempfile.TemporaryDirectory(prefix="rushes-bench-") as name:
        folder = Path(name)
        _shoot(folder / "camera")
        ours = _timed(lambda: _index(folder), f"{_CLIPS} inspected")
        again = _timed(lambda: _index(folder), "reused")
        print(f"  made {1e3 * ours / _CLIPS:.2f} ms a clip, unchanged {again:.2f} s in all")
        peers = {
            "exiftool": ["exiftool", "-r", "-q", "-json", "camera"],
            "mediainfo": ["mediainfo", "--Output=JSON", "camera"],
        }
        for peer, command in peers.items():
            if shutil.which(peer) is None:
                print("  " + absent(f"index beside {peer}", "it is not installed"))
                continue
            theirs = _timed(lambda c=command: _said(c, folder), "_C099.mov")  # type: ignore[misc]
            print(f"  {peer} {1e3 * theirs / _CLIPS:.2f} ms a clip")
            print("  " + judge(f"index beside {peer}", theirs / ours, 0.5))
        _questions(folder)


def _shoot(root: Path) -> None:
    """Links of one short movie: what is timed reads each by its name."""
    root.mkdir()
    with av.open(str(root.parent / "one.mov"), "w") as out:
        stream = out.add_stream("prores_ks", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv422p10le"
        stream.metadata["timecode"] = "01:00:00:00"
        for at in range(2):
            frame = av.VideoFrame(64, 36, "yuv422p10le")
            frame.pts = at
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    for number in range(_CLIPS):
        card = root / f"A{number // _CARD:03d}"
        card.mkdir(exist_ok=True)
        os.link(root.parent / "one.mov", card / f"{card.name}_C{number % _CARD:03d}.mov")


def _index(folder: Path) -> str:
    return _said([*_RUSHES, "index", "camera", "index", "--no-thumbnails"], folder)


def _questions(folder: Path) -> None:
    entries = [
        Entry(uri=f"s3://camera/{n // _CARD}/A{n:06d}.mxf", card=f"s3://camera/{n // _CARD}/",
              identity=f"{n:016x}", key=f"{n:016x}", name=f"A{n:06d}", files=1, bytes=1 << 30,
              codec="prores", container="mxf", rate="24", width=4608, height=3164, count=1000,
              start=f"{n % 24:02d}:00:00:00", last=f"{n % 24:02d}:00:41:15", reel=f"R{n:05d}",
              date=f"2026-11-{1 + n % 28:02d}", seal=Seal(state="sealed", checked="size"),
              camera={"make": "ARRI", "model": "ALEXA 35", "lens": f"{n % 99}mm", "iso": 800,
                      "scene": str(n % 120), "take": str(n % 9), "timecode": "01:00:00:00"})
        for n in range(_MANY)
    ]  # fmt: skip
    build(folder / "many.sqlite", entries, {})
    (folder / "many.jsonl").write_bytes(msgspec.json.Encoder().encode_lines(entries))
    asked = ["--scene", "23", "--take", "5", "--date", "2026-11-24", "--json"]
    found = _timed(lambda: _said([*_RUSHES, "find", "many.sqlite", *asked], folder), '"scene":"23"')
    grep = ["grep", "-E", '2026-11-24.*"scene":"23","take":"5"', "many.jsonl"]
    plain = _timed(lambda: _said(grep, folder), '"scene":"23"')
    print(f"  a question {found:.2f} s with the start of the command, grep {plain:.2f} s")
    print("  " + judge("a question to 100,000 clips", found, 1.0, unit=" s", most=True))


def _said(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


def _timed(work: Callable[[], str], told: str) -> float:
    """Seconds of one core that a command takes: others may load the machine."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert told in said, f"the answer has no {told!r}"
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
