"""The whole chain, one core: 4096x2160 12-bit DNG files in, half-float EXR files out.

Each way of doing it runs as processes of its own, pinned to one core, on the same frames, and all
take turns; ours answers first whether its picture is right. What is compared is the time that the
core worked for a frame (user and system, of a process and its children): others may load this
machine, and a way that waits for its turn is no slower for it. Files are in memory, so nothing
else is waited for.

A peer that is driven from Python is taken without its imports; of ours and FFmpeg the start is
told apart from the frames.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import kernels
from bench.verdict import absent, judge
from demo.check_chart import patch_errors, patch_means
from demo.make_clip import make_clip

# A frame's time is the difference of two lengths, so that a start is no part of it. Not more:
# machines that give freed memory back to their host pay for gigabytes in memory once more.
SHORT, FRAMES, ROUNDS = 4, 16, 3
WIDTH, HEIGHT = 4096, 2160
STATED_ERROR = 0.05
OURS = "rushes best, uncompressed"

_LIBRAW = """
import sys, os, numpy, rawpy, OpenEXR
began = sum(os.times()[:4])
for name in sys.argv[2:]:
    with rawpy.imread(name) as raw:
        rgb = raw.postprocess(demosaic_algorithm=rawpy.DemosaicAlgorithm.{algorithm},
            gamma=(1, 1), no_auto_bright=True, output_bps=16, use_camera_wb=True)
    half = (rgb / numpy.float32(65535)).astype(numpy.float16)
    header = dict(compression=OpenEXR.NO_COMPRESSION, type=OpenEXR.scanlineimage)
    out = sys.argv[1] + "/" + name.rsplit("/", 1)[1] + ".exr"
    OpenEXR.File(header, dict(RGB=half)).write(out)
print(sum(os.times()[:4]) - began)
"""

_DCRAW = """
import sys, os, subprocess, numpy, OpenEXR
began = sum(os.times()[:4])
for name in sys.argv[2:]:
    ppm = subprocess.run(["dcraw", "-q", "3", "-4", "-w", "-c", name],
        capture_output=True, check=True).stdout
    _, size, _, body = ppm.split(b"\\n", 3)
    width, height = map(int, size.split())
    rgb = numpy.frombuffer(body, ">u2").reshape(height, width, 3)
    half = (rgb / numpy.float32(65535)).astype(numpy.float16)
    header = dict(compression=OpenEXR.NO_COMPRESSION, type=OpenEXR.scanlineimage)
    out = sys.argv[1] + "/" + name.rsplit("/", 1)[1] + ".exr"
    OpenEXR.File(header, dict(RGB=half)).write(out)
print(sum(os.times()[:4]) - began)
"""

_OPENCV = """
import sys, os, numpy, cv2, tifffile, OpenEXR
cv2.setNumThreads(1)
began = sum(os.times()[:4])
for name in sys.argv[2:]:
    cfa = tifffile.imread(name)
    bgr = cv2.demosaicing(cfa, cv2.COLOR_BayerBG2BGR_EA)
    half = (bgr[..., ::-1] / numpy.float32(65535)).astype(numpy.float16)
    header = dict(compression=OpenEXR.NO_COMPRESSION, type=OpenEXR.scanlineimage)
    out = sys.argv[1] + "/" + name.rsplit("/", 1)[1] + ".exr"
    OpenEXR.File(header, dict(RGB=numpy.ascontiguousarray(half))).write(out)
print(sum(os.times()[:4]) - began)
"""


@dataclass(frozen=True)
class Way:
    """One way of doing the chain.

    command : (files, output folder) to what to run
    frames : of the clip, fewer for slow peers
    needs : program that the machine must have
    least : how many times its frames per second ours must reach
    own_clock : it prints its seconds of work, without its imports
    """

    name: str
    command: Callable[[list[Path], Path], list[str]]
    frames: int = FRAMES
    needs: str = ""
    least: float = 0.0
    own_clock: bool = False


def _python(code: str) -> Callable[[list[Path], Path], list[str]]:
    return lambda files, out: [sys.executable, "-c", code, str(out), *map(str, files)]


def _rushes(*flags: str) -> Callable[[list[Path], Path], list[str]]:
    def command(files: list[Path], out: Path) -> list[str]:
        module = [sys.executable, "-m", "functions.serve.cli.main", "debayer"]
        first, last = (int(file.stem.split("_")[-1]) for file in (files[0], files[-1]))
        span = ["--frames", f"{first}-{last}"]
        return [*module, str(files[0].parent), str(out), *span, *flags]

    return command


def _ffmpeg(files: list[Path], out: Path) -> list[str]:
    pattern = f"{files[0].parent}/{files[0].parent.name}_%06d.dng"
    return [
        "ffmpeg", "-v", "error", "-threads", "1", "-i", pattern, "-threads", "1",
        "-frames:v", str(len(files)), "-c:v", "exr", "-format", "half", "-compression", "none",
        "-pix_fmt", "gbrpf32le", f"{out}/%06d.exr",
    ]  # fmt: skip


WAYS = (
    Way(OURS, _rushes()),
    Way("rushes fast, uncompressed", _rushes("--method", "fast")),
    Way("rushes draft, uncompressed", _rushes("--method", "draft")),
    Way("rushes best, ZIP", _rushes("--compression", "zip")),
    Way("ffmpeg (bilinear)", _ffmpeg, needs="ffmpeg", least=5),
    Way("dcraw -q 3 | OpenEXR", _python(_DCRAW), 4, "dcraw", 20, own_clock=True),
    Way("LibRaw bilinear, OpenEXR", _python(_LIBRAW.format(algorithm="LINEAR")), 6, own_clock=True),
    Way("LibRaw AHD, OpenEXR", _python(_LIBRAW.format(algorithm="AHD")), 4, own_clock=True),
    Way("tifffile, OpenCV, OpenEXR", _python(_OPENCV), 12, own_clock=True),
)


def run() -> None:
    """Frames per second and core of every way, and what a second core adds."""
    # In memory where there is such a folder: the disk would be measured instead.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="rushes-bench-", dir=memory) as folder:
        clip, out = Path(folder) / "A001", Path(folder) / "out"
        make_clip(clip, frames=FRAMES, width=WIDTH, height=HEIGHT)
        files = sorted(clip.glob("*.dng"))
        _assert_answer(files[:3], out)
        _ways(files, out)
        _two_workers(files, out)


def _ways(files: list[Path], out: Path) -> None:
    mode = kernels.runtime()["mode"]
    print(f"\nwhole chain, one core, {WIDTH}x{HEIGHT} 12-bit DNG to half EXR, {ROUNDS} rounds")
    print(f"  kernels: {mode}" + (", `python -m kernels.build` starts sooner" * (mode == "jit")))
    here = [way for way in WAYS if not way.needs or shutil.which(way.needs)]
    seconds: dict[str, list[float]] = {way.name: [] for way in here}
    starts: list[float] = []
    ledger: dict[str, float] = {}
    for _ in range(ROUNDS):
        for way in here:
            spent = _time(way, files[: way.frames], out)
            if way.own_clock:
                seconds[way.name].append(spent / way.frames)
                continue
            if way.name == OURS:
                ledger = _stages(out)
            start = _time(way, files[:SHORT], out)
            seconds[way.name].append((spent - start) / (way.frames - SHORT))
            if way.name == OURS:
                starts.append(start - SHORT * seconds[OURS][-1])
    for way in here:
        per_frame = statistics.median(seconds[way.name])
        ratio = _ratio(seconds[way.name], seconds[OURS])
        rate = f"{1 / per_frame:7.2f} frames/s of a core"
        print(f"  {way.name:28} {rate} {per_frame * 1e3:8.1f} ms  ours is {ratio:6.2f}x")
    print(f"  our start: {statistics.median(starts) * 1e3:.0f} ms, once a unit")
    told = ", ".join(f"{name} {1e3 * s / FRAMES:.1f}" for name, s in ledger.items())
    print(f"  ours by stage, ms a frame (commits run beside the rest): {told}")
    for way in WAYS:
        if way.needs and way.name not in seconds:
            print(absent(f"chain beside {way.name}", f"{way.needs} is not installed here"))
        elif way.least:
            for ours in (each for each in seconds if each.endswith(", uncompressed")):
                found = _ratio(seconds[way.name], seconds[ours])
                method = ours.split()[1].rstrip(",")
                print(judge(f"chain, {method}, beside {way.name}", found, way.least))


def _two_workers(files: list[Path], out: Path) -> None:
    """Two processes with a core and a clip each, against one."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        print(absent("two workers on two cores", "this machine lends one core"))
        return
    gains, walls = [], []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        one = _time(WAYS[0], files, out)
        between = time.perf_counter()
        shutil.rmtree(out)
        two = [_start(WAYS[0].command(files, out / str(core)), core) for core in cores[:2]]
        gains.append(2 * one / max(_worked(worker) for worker in two))
        walls.append(2 * (between - began) / (time.perf_counter() - between))
    print(f"  two workers by the clock on the wall: {statistics.median(walls):.2f}x of one")
    print(judge("two workers on two cores against one", statistics.median(gains), 1.7))


def _ratio(theirs: list[float], ours: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(theirs, ours, strict=True))


def _assert_answer(files: list[Path], out: Path) -> None:
    subprocess.run(_rushes()(files, out), check=True, stdout=subprocess.DEVNULL)
    known, means = patch_means(sorted(out.glob("*.exr")))
    worst = float(patch_errors(known, means).max())
    if worst > STATED_ERROR:
        raise SystemExit(f"the answer is wrong: a patch is off by {worst:.1%}")
    print(f"\nchart patches against their known ACES values: worst {worst:.2%}")


def _stages(out: Path) -> dict[str, float]:
    """Seconds by stage, from the receipt of the unit that was just made."""
    (receipt,) = (out / ".rushes").glob("*.json")
    found: dict[str, float] = json.loads(receipt.read_text())["seconds"]
    return found


def _start(command: list[str], core: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        env={**os.environ, "RUSHES_THREADS": "1"},
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )


def _worked(worker: subprocess.Popen[str]) -> float:
    """Seconds that cores worked for a process and its children; waits for its end."""
    _, status, used = os.wait4(worker.pid, 0)
    worker.returncode = os.waitstatus_to_exitcode(status)
    if worker.returncode:
        raise SystemExit(f"{worker.args!r} failed")
    return used.ru_utime + used.ru_stime


def _time(way: Way, files: list[Path], out: Path) -> float:
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    worker = _start(way.command(files, out), min(os.sched_getaffinity(0)))
    assert worker.stdout is not None
    told = worker.stdout.read()
    spent = _worked(worker)
    return float(told) if way.own_clock else spent
