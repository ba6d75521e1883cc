"""The whole chain, one core: 4096x2160 12-bit DNG files in, half-float EXR files out.

Each way of doing it runs as processes of its own, pinned to one core, on the same frames in
the same run; ours answers first whether its picture is right. Frames per second are the
machine's; the ratio is what counts.
"""

from __future__ import annotations

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

from demo.check_chart import patch_errors, patch_means
from demo.make_clip import make_clip

FRAMES, ROUNDS = 12, 3
WIDTH, HEIGHT = 4096, 2160
STATED_ERROR = 0.05

_LIBRAW = """
import sys, numpy, rawpy, OpenEXR
for name in sys.argv[2:]:
    with rawpy.imread(name) as raw:
        rgb = raw.postprocess(demosaic_algorithm=rawpy.DemosaicAlgorithm.{algorithm},
            gamma=(1, 1), no_auto_bright=True, output_bps=16, use_camera_wb=True)
    half = (rgb / numpy.float32(65535)).astype(numpy.float16)
    header = dict(compression=OpenEXR.NO_COMPRESSION, type=OpenEXR.scanlineimage)
    out = sys.argv[1] + "/" + name.rsplit("/", 1)[1] + ".exr"
    OpenEXR.File(header, dict(RGB=half)).write(out)
"""

_DCRAW = """
import sys, subprocess, numpy, OpenEXR
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
"""

_OPENCV = """
import sys, numpy, cv2, tifffile, OpenEXR
cv2.setNumThreads(1)
for name in sys.argv[2:]:
    cfa = tifffile.imread(name)
    bgr = cv2.demosaicing(cfa, cv2.COLOR_BayerBG2BGR_EA)
    half = (bgr[..., ::-1] / numpy.float32(65535)).astype(numpy.float16)
    header = dict(compression=OpenEXR.NO_COMPRESSION, type=OpenEXR.scanlineimage)
    out = sys.argv[1] + "/" + name.rsplit("/", 1)[1] + ".exr"
    OpenEXR.File(header, dict(RGB=numpy.ascontiguousarray(half))).write(out)
"""


@dataclass(frozen=True)
class Way:
    """One way of doing the chain. command : (clip folder, output folder) to what to run."""

    name: str
    command: Callable[[Path, Path], list[str]]
    needs: str = ""


def _python(code: str) -> Callable[[Path, Path], list[str]]:
    def command(clip: Path, out: Path) -> list[str]:
        return [sys.executable, "-c", code, str(out), *map(str, sorted(clip.glob("*.dng")))]

    return command


def _rushes(*flags: str) -> Callable[[Path, Path], list[str]]:
    def command(clip: Path, out: Path) -> list[str]:
        module = [sys.executable, "-m", "functions.serve.cli", "debayer"]
        return [*module, str(clip), str(out), *flags]

    return command


def _ffmpeg(clip: Path, out: Path) -> list[str]:
    pattern = f"{clip}/{clip.name}_%06d.dng"
    return [
        "ffmpeg", "-v", "error", "-threads", "1", "-i", pattern, "-threads", "1", "-c:v", "exr",
        "-format", "half", "-compression", "none", "-pix_fmt", "gbrpf32le", f"{out}/%06d.exr",
    ]  # fmt: skip


WAYS = (
    Way("rushes best, uncompressed", _rushes()),
    Way("rushes fast, uncompressed", _rushes("--method", "fast")),
    Way("rushes best, ZIP", _rushes("--compression", "zip")),
    Way("tifffile + OpenCV edge-aware + OpenEXR", _python(_OPENCV)),
    Way("LibRaw bilinear + OpenEXR", _python(_LIBRAW.format(algorithm="LINEAR"))),
    Way("LibRaw AHD + OpenEXR", _python(_LIBRAW.format(algorithm="AHD"))),
    Way("ffmpeg (bilinear)", _ffmpeg, "ffmpeg"),
    Way("dcraw -q 3 + OpenEXR", _python(_DCRAW), "dcraw"),
)


def run() -> None:
    """Print frames per second and core of every way, as ratios to ours."""
    # In memory where there is such a folder: the disk would be measured instead.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="rushes-bench-", dir=memory) as folder:
        clip = Path(folder) / "A001"
        make_clip(clip, frames=FRAMES, width=WIDTH, height=HEIGHT)
        _assert_answer(clip, Path(folder) / "answer")
        rates: dict[str, float] = {}
        print(f"\nwhole chain, one core, {WIDTH}x{HEIGHT} 12-bit DNG to half EXR, {FRAMES} frames")
        for way in WAYS:
            if way.needs and not shutil.which(way.needs):
                print(f"  {way.name:42} not on this machine")
                continue
            seconds = [_time(way, clip, Path(folder) / "out") for _ in range(ROUNDS)]
            rates[way.name] = FRAMES / statistics.median(seconds)
            spread = (max(seconds) - min(seconds)) / statistics.median(seconds)
            ours = rates["rushes best, uncompressed"]
            print(
                f"  {way.name:42} {rates[way.name]:7.2f} frames/s  "
                f"ours is {ours / rates[way.name]:6.2f}x  (spread {spread:.0%})"
            )


def _assert_answer(clip: Path, out: Path) -> None:
    subprocess.run(_rushes()(clip, out), check=True, stdout=subprocess.DEVNULL)
    known, means = patch_means(sorted(out.glob("*.exr")))
    worst = float(patch_errors(known, means).max())
    if worst > STATED_ERROR:
        raise SystemExit(f"the answer is wrong: a patch is off by {worst:.1%}")
    print(f"chart patches against their known ACES values: worst {worst:.2%}")
    shutil.rmtree(out)


def _time(way: Way, clip: Path, out: Path) -> float:
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    core = min(os.sched_getaffinity(0))
    environment = {**os.environ, "RUSHES_THREADS": "1"}
    began = time.perf_counter()
    subprocess.run(
        way.command(clip, out),
        check=True,
        env=environment,
        stdout=subprocess.DEVNULL,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    return time.perf_counter() - began
