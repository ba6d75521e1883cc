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
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import kernels
from bench.verdict import absent, goal, judge
from demo.check_chart import patch_errors, patch_means
from demo.make_clip import make_clip

# A frame's time is the difference of two lengths, so that a start is no part of it. Not more:
# machines that give freed memory back to their host pay for gigabytes in memory once more.
SHORT, FRAMES, ROUNDS = 4, 16, 3
WIDTH, HEIGHT = 4096, 2160
STATED_ERROR = 0.05
OURS = "rushes best, uncompressed"

_USED = """
import resource
def used():
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return [sum(map(one, both)) for one in (lambda u: u.ru_utime + u.ru_stime,
        lambda u: u.ru_stime, lambda u: u.ru_minflt)]
"""

_LIBRAW = """
import sys, os, numpy, rawpy, OpenEXR
began = used()
for name in sys.argv[2:]:
    with rawpy.imread(name) as raw:
        rgb = raw.postprocess(demosaic_algorithm=rawpy.DemosaicAlgorithm.{algorithm},
            gamma=(1, 1), no_auto_bright=True, output_bps=16, use_camera_wb=True)
    half = (rgb / numpy.float32(65535)).astype(numpy.float16)
    header = dict(compression=OpenEXR.NO_COMPRESSION, type=OpenEXR.scanlineimage)
    out = sys.argv[1] + "/" + name.rsplit("/", 1)[1] + ".exr"
    OpenEXR.File(header, dict(RGB=half)).write(out)
print(*(b - a for a, b in zip(began, used())))
"""

_DCRAW = """
import sys, os, subprocess, numpy, OpenEXR
began = used()
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
print(*(b - a for a, b in zip(began, used())))
"""

_OPENCV = """
import sys, os, numpy, cv2, tifffile, OpenEXR
cv2.setNumThreads(1)
began = used()
for name in sys.argv[2:]:
    cfa = tifffile.imread(name)
    bgr = cv2.demosaicing(cfa, cv2.COLOR_BayerBG2BGR_EA)
    half = (bgr[..., ::-1] / numpy.float32(65535)).astype(numpy.float16)
    header = dict(compression=OpenEXR.NO_COMPRESSION, type=OpenEXR.scanlineimage)
    out = sys.argv[1] + "/" + name.rsplit("/", 1)[1] + ".exr"
    OpenEXR.File(header, dict(RGB=numpy.ascontiguousarray(half))).write(out)
print(*(b - a for a, b in zip(began, used())))
"""


_FLOOR = """
import os, statistics, sys, time, numpy, xxhash
file, folder, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
source, target = bytearray(os.stat(file).st_size), numpy.zeros(size, numpy.uint8)
samples, rows = numpy.zeros(size // 6, numpy.uint16), target.view(numpy.uint16).reshape(3, -1)
def read():
    with open(file, "rb", buffering=0) as stream:
        assert stream.readinto(source) == len(source)
def write():
    descriptor = os.open(folder, os.O_WRONLY | os.O_TMPFILE)
    assert os.write(descriptor, target) == size
    os.close(descriptor)
def timed(work):
    began = time.process_time()
    work()
    return time.process_time() - began
works = (read, lambda: numpy.copyto(rows, samples), lambda: xxhash.xxh64_digest(target), write)
times = [[timed(work) for _ in range(9)] for work in works]
print(*(statistics.median(one[1:]) for one in times))
"""


class Spent(NamedTuple):
    """What a process took of a core: seconds, those of the system among them, page faults."""

    seconds: float
    system: float
    faults: float

    def less(self, other: Spent) -> Spent:
        """Without what another took."""
        return Spent(*(a - b for a, b in zip(self, other, strict=True)))

    def part(self, count: int) -> Spent:
        """Of one of so many frames."""
        return Spent(*(each / count for each in self))


class Floor(NamedTuple):
    """Seconds a frame of what is there without a kernel: the system reads a file and writes one of
    as many bytes, memory is gone through once (2 bytes a pixel in, 6 out), xxh64."""

    read: float
    copied: float
    xxh64: float
    written: float


@dataclass(frozen=True)
class Way:
    """One way of doing the chain.

    command : (files, output folder) to what to run
    frames : of the clip, fewer for slow peers
    needs : program that the machine must have
    least : how many times its frames per second ours must reach
    goal : how many times `best` is to reach
    own_clock : it prints its seconds of work, without its imports
    """

    name: str
    command: Callable[[list[Path], Path], list[str]]
    frames: int = FRAMES
    needs: str = ""
    least: float = 0.0
    goal: float = 0.0
    own_clock: bool = False


def _python(code: str) -> Callable[[list[Path], Path], list[str]]:
    return lambda files, out: [sys.executable, "-c", _USED + code, str(out), *map(str, files)]


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
    Way("ffmpeg (bilinear)", _ffmpeg, needs="ffmpeg", least=5, goal=6),
    Way("dcraw -q 3, OpenEXR", _python(_DCRAW), 4, "dcraw", 20, 25, own_clock=True),
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


def _ways(files: list[Path], out: Path) -> None:
    mode = kernels.runtime()["mode"]
    print(f"\nwhole chain, one core, {WIDTH}x{HEIGHT} 12-bit DNG to half EXR, {ROUNDS} rounds")
    print(f"  kernels: {mode}" + (", `python -m kernels.build` starts sooner" * (mode == "jit")))
    here = [way for way in WAYS if not way.needs or shutil.which(way.needs)]
    frames: dict[str, list[Spent]] = {way.name: [] for way in here}
    starts: list[float] = []
    floors: list[Floor] = []
    ledger: dict[str, float] = {}
    for _ in range(ROUNDS):
        floors.append(_floor(files[0], out))
        for way in here:
            spent = _time(way, files[: way.frames], out)
            if way.own_clock:
                frames[way.name].append(spent.part(way.frames))
                continue
            if way.name == OURS:
                ledger = _stages(out)
            short = _time(way, files[:SHORT], out)
            frames[way.name].append(spent.less(short).part(way.frames - SHORT))
            if way.name == OURS:
                starts.append(short.seconds - SHORT * frames[OURS][-1].seconds)
    seconds = {name: [one.seconds for one in found] for name, found in frames.items()}
    print("  | a frame | frames/s of a core | ms | of them the system's | page faults | ours is |")
    print("  | --- | ---: | ---: | ---: | ---: | ---: |")
    for way in here:
        found = [statistics.median(one) for one in zip(*frames[way.name], strict=True)]
        ratio = statistics.median(_ratios(seconds[way.name], seconds[OURS]))
        cells = f"{1 / found[0]:.2f} | {1e3 * found[0]:.1f} | {1e3 * found[1]:.1f} | {found[2]:.0f}"
        print(f"  | {way.name} | {cells} | {ratio:.2f}x |")
    floor = Floor(*(statistics.median(one) for one in zip(*floors, strict=True)))
    told = ", ".join(f"{name} {1e3 * s:.1f}" for name, s in floor._asdict().items())
    bound = f"{1e3 * sum(floor):.1f} ms of a frame are no kernel's ({told})"
    print(f"  floor: {bound}")
    print(f"  our start: {statistics.median(starts) * 1e3:.0f} ms, once a unit")
    told = ", ".join(f"{name} {1e3 * s / FRAMES:.1f}" for name, s in ledger.items())
    print(f"  ours by stage, ms a frame (commits run beside the rest): {told}")
    for way in WAYS:
        if way.needs and way.name not in seconds:
            print(absent(f"chain beside {way.name}", f"{way.needs} is not installed here"))
        elif way.least:
            for ours in (each for each in seconds if each.endswith(", uncompressed")):
                ratios = _ratios(seconds[way.name], seconds[ours])
                what = f"chain, {ours.split()[1].rstrip(',')}, beside {way.name}"
                print(judge(what, statistics.median(ratios), way.least))
            print(goal(f"chain, best, beside {way.name}", _ratios(seconds[way.name], seconds[OURS]),
                       way.goal, floor=bound))  # fmt: skip


def _ratios(theirs: list[float], ours: list[float]) -> list[float]:
    return [a / b for a, b in zip(theirs, ours, strict=True)]


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


def start(command: list[str], core: int) -> subprocess.Popen[str]:
    """A process on one core, with one thread where it is ours."""
    return subprocess.Popen(
        command,
        env={**os.environ, "RUSHES_THREADS": "1"},
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )


def worked(worker: subprocess.Popen[str]) -> Spent:
    """What a process and its children took; waits for its end."""
    _, status, used = os.wait4(worker.pid, 0)
    worker.returncode = os.waitstatus_to_exitcode(status)
    if worker.returncode:
        raise SystemExit(f"{worker.args!r} failed")
    return Spent(used.ru_utime + used.ru_stime, used.ru_stime, used.ru_minflt)


def _time(way: Way, files: list[Path], out: Path) -> Spent:
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    worker = start(way.command(files, out), min(os.sched_getaffinity(0)))
    assert worker.stdout is not None
    told = worker.stdout.read()
    spent = worked(worker)
    return Spent(*map(float, told.split())) if way.own_clock else spent


def _floor(file: Path, out: Path) -> Floor:
    """Median of some frames, in a process of its own on the same core."""
    out.mkdir(exist_ok=True)
    command = [sys.executable, "-c", _FLOOR, str(file), str(out), str(6 * WIDTH * HEIGHT)]
    worker = start(command, min(os.sched_getaffinity(0)))
    assert worker.stdout is not None
    told = worker.stdout.read()
    worked(worker)
    return Floor(*map(float, told.split()))
