"""From turnover to plates by the pixels: each frame of the media carries its number as blocks.

A cut is written in every format, pulled and dispatched, and the number is read back from every
plate frame: no wrong frame, no wrong clip, handles included.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import OpenEXR
import pytest

from tests.turnover import cut_aaf, cuts
from tests.turnover.cuts import Cut, Take, Use

BITS, SIDE = 16, 8
HANDLES = 3
LIST_HANDLES = 8  # of the pull list, row by row
DEFAULTS = '{"proxy": false, "seal": false, "compression": "none"}'
EVENTS = int(os.environ.get("EVENTS_OF_EACH_FORMAT", "4"))  # of each format; more by hand


def movie(path: Path, take: Take, number: int, cut: Cut) -> None:
    """A take whose picture n shows `number` and n as 16 blocks, most significant first."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("prores_ks", rate=cut.rate)
        stream.width, stream.height, stream.pix_fmt = BITS * SIDE, 2 * SIDE, "yuv422p10le"
        stream.codec_context.thread_count = 1
        stream.metadata["timecode"] = cut.label(take.start)
        for at in range(take.frames):
            code = number << 12 | at
            bits = [code >> (BITS - 1 - place) & 1 for place in range(BITS)]
            row = np.repeat(np.array(bits, np.uint8) * 200 + 20, SIDE)
            grey = np.broadcast_to(row[None, :, None], (2 * SIDE, BITS * SIDE, 3))
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(grey), format="rgb24")
            frame = frame.reformat(format="yuv422p10le")
            frame.pts = at
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def shown(path: Path) -> tuple[int, int]:
    """Number of the take and of its frame in a plate's picture."""
    pixels = OpenEXR.File(str(path)).channels()["RGB"].pixels.astype(np.float32)[:, :, 1]
    means = pixels[4:-4].reshape(-1, BITS, SIDE)[:, :, 2:-2].mean(axis=(0, 2))
    low, high = means.min(), means.max()
    assert high > 4 * max(low, 1e-3)
    code = sum(int(mean > (low + high) / 2) << (BITS - 1 - at) for at, mean in enumerate(means))
    return code >> 12, code & 0xFFF


def a_cut(seed: int, *, plain: bool) -> Cut:
    """Uses of two takes, one over midnight; plain has no transition and no retime."""
    chance = random.Random(seed)
    rate, drop = cuts.RATES[seed % len(cuts.RATES)]
    blank = Cut(rate, drop, ())
    takes = [Take("A001_C001", blank.nominal * 3600, 120), Take("B002_C007", blank.day - 60, 120)]
    uses: list[Use] = []
    record = 0
    for place in range(EVENTS):
        length = chance.randrange(4, 12)
        speeds = [Fraction(each) for each in (1, 1, 1, 2, -1)] + [Fraction(1, 2)]
        speed = Fraction(1) if plain else chance.choice(speeds)
        first = chance.randrange(8, 120 - 2 * length - 8)
        use = Use(chance.choice(takes), first, length, record, speed)
        if not plain and place and use.speed == 1 and uses[-1].speed == 1:
            over = chance.randrange(1, 3)
            uses[-1] = Use(uses[-1].take, uses[-1].first, uses[-1].length, uses[-1].record,
                           head=uses[-1].head, tail=over)  # fmt: skip
            use = Use(use.take, first, length, record, head=over)
        uses.append(use)
        record += length
    # Both takes are there, whichever the chance chose.
    uses[0] = Use(takes[0], uses[0].first, uses[0].length, 0, tail=uses[0].tail)
    return Cut(rate, drop, tuple(uses))


def _aaf(cut: Cut, path: Path) -> None:
    cut_aaf.aaf(cut, str(path), True)


def _text(writer: Callable[[Cut], bytes]) -> Callable[[Cut, Path], None]:
    return lambda cut, path: (path.write_bytes(writer(cut)), None)[1]


FORMATS: dict[str, tuple[bool, Callable[[Cut, Path], None]]] = {
    "edl": (False, _text(cuts.edl)),
    "fcpxml": (False, _text(cuts.fcpxml)),
    "xml": (False, _text(cuts.xmeml)),
    "otio": (False, _text(lambda cut: cuts.otio(cut, [2, 0, 3]))),
    "ale": (True, _text(cuts.ale)),
    "csv": (True, _text(cuts.pull_list)),
    "aaf": (True, _aaf),
}


def rushes(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "functions.serve.cli.main", *words],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_every_plate_frame_shows_the_frame_that_was_cut(tmp_path: Path) -> None:
    """Seven formats, seven rates, handles, transitions and retimes, through one dispatch."""
    clips: list[dict[str, Any]] = []
    due: list[tuple[Use, Path]] = []
    for seed, (kind, (plain, write)) in enumerate(FORMATS.items()):
        cut = a_cut(3 * seed, plain=plain)
        folder = tmp_path / kind
        (folder / "media").mkdir(parents=True)
        for number, name in enumerate(("A001_C001", "B002_C007"), 1):
            for take in cut.takes:
                if take.name == name:
                    movie(folder / "media" / f"{name}.mov", take, number, cut)
        write(cut, folder / f"cut.{kind}")
        done = rushes(folder, "pull", f"cut.{kind}", "--media", "media", "--output", "plates",
                      "--handles", str(HANDLES), "--start", "1001", "--source", "rec709",
                      "--rate", str(cut.rate), "--strict", "--show", kind,
                      "--defaults", DEFAULTS)  # fmt: skip
        assert done.returncode == 0, done.stderr
        job = json.loads((folder / "cut.job.json").read_bytes())
        assert len(job["clips"]) == len(cut.uses)
        clips += [{**job["defaults"], **clip} for clip in job["clips"]]
        due += [
            (use, Path(clip["output"].removeprefix("file://")))
            for use, clip in zip(cut.uses, job["clips"], strict=True)
        ]
    (tmp_path / "all.json").write_text(
        json.dumps({"output": f"file://{tmp_path}/job/", "clips": clips})
    )
    done = rushes(tmp_path, "dispatch", "all.json")
    assert done.returncode == 0, done.stdout + done.stderr
    wrong, seen = [], 0
    for use, package in due:
        name, low, high = use.truth
        number = 1 if name == "A001_C001" else 2
        frames = sorted(package.rglob("*.exr"))
        first = min(int(path.name.split(".")[-2]) for path in frames)
        for path in frames:
            own = low + int(path.name.split(".")[-2]) - 1001
            seen += 1
            if shown(path) != (number, own):
                wrong.append((path.name, shown(path), (number, own)))
        handles = LIST_HANDLES if "csv" in package.parts else HANDLES
        assert first == 1001 - handles, package
        assert len(frames) >= high - low + 1 + 2 * handles, package
    assert wrong == []
    assert seen > len(due) * 8


@pytest.mark.parametrize("number", [1, 2])
def test_the_reader_of_blocks_reads_what_was_drawn(tmp_path: Path, number: int) -> None:
    """Else the test above would prove nothing."""
    cut = Cut(Fraction(24), False, ())
    movie(tmp_path / "a.mov", Take("a", 0, 7), number, cut)
    done = rushes(tmp_path, "plate", "a.mov", "out/", "--frames", "2-5", "--source", "rec709",
                  "--no-proxy", "--numbering", "clip", "--shot", "A")  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = [shown(path) for path in sorted((tmp_path / "out").rglob("*.exr"))]
    assert found == [(number, own) for own in range(2, 6)]
