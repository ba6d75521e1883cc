"""Dailies on one core: a 1080 LogC3 clip to ProRes 422 HQ with a look and a burn-in.

The peer is the command that a studio would write: ffmpeg with the same look as a cube of 33, its
own letters for timecode, and prores_ks. Both run as processes of their own, pinned to one core,
in turns; what is compared is the time that the core worked for a frame, as the difference of two
lengths. The look of the peer is our own chain, sampled, so that both make the same picture, and
both are measured against that chain in full precision.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import kernels
from bench.verdict import absent, goal

SHORT, FRAMES, ROUNDS = 4, 28, 3
WIDTH, HEIGHT, CUBE = 1920, 1080, 33
RATE = Fraction(24000, 1001)
_SOURCE = "ARRI LogC3 (EI800)"
_WHAT = "ProRes 422 HQ dailies beside ffmpeg's prores_ks"
Planes = npt.NDArray[np.float32]
_OURS = """
import sys, rushes
rushes.transcode(input=sys.argv[1], output=sys.argv[2], frames=sys.argv[3], codec="prores-hq",
    source=sys.argv[4], looks=[sys.argv[5]], burn_in=["timecode", "text=DAILIES"], name="out",
    overwrite=True)
"""
_CDL = """<ColorCorrection id="look"><SOPNode><Slope>1.1 1.0 0.95</Slope><Offset>0.01 0 0.01
</Offset><Power>1.05 1 0.98</Power></SOPNode><SatNode><Saturation>0.9</Saturation></SatNode>
</ColorCorrection>"""


def run() -> None:
    """Print frames a second, bytes and PSNR of both, and how they stand to each other."""
    print(f"\ndailies: {WIDTH}x{HEIGHT} LogC3 to ProRes 422 HQ, look and burn-in, one core")
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        print(absent(_WHAT, "ffmpeg is not installed"))
        return
    with tempfile.TemporaryDirectory(prefix="rushes-bench-") as name:
        folder = Path(name)
        look = folder / "look.cc"
        look.write_text(_CDL)
        chain: Any = _chain()
        clip = folder / "log.mov"
        _make_clip(clip)
        _write_cube(folder / "look.cube", chain)
        ways: dict[str, Callable[[int], Sequence[str]]] = {
            "rushes transcode": lambda n: _ours(clip, folder, look, n),
            "ffmpeg prores_ks": lambda n: _theirs(ffmpeg, clip, folder, n),
        }
        times: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(ROUNDS):
            for way, command in ways.items():
                short, whole = _worked(command(SHORT)), _worked(command(FRAMES))
                times[way].append((whole - short) / (FRAMES - SHORT))
        rates = {way: 1 / statistics.median(seconds) for way, seconds in times.items()}
        wanted = _wanted(clip, chain)
        for way, file in (("rushes transcode", "out.mov"), ("ffmpeg prores_ks", "peer.mov")):
            spread = (max(times[way]) - min(times[way])) / statistics.median(times[way])
            size = (folder / file).stat().st_size / FRAMES / 1e6
            print(
                f"  {way:18} {rates[way]:6.1f} frames a second (spread {spread:.0%}), "
                f"{size:.2f} MB a frame, PSNR {_psnr(folder / file, wanted):.1f} dB"
            )
        ratios = [a / b for a, b in zip(times["ffmpeg prores_ks"], times["rushes transcode"],
                                        strict=True)]  # fmt: skip
        floor = (
            f"FFmpeg decodes the source in {1e3 / _decoding(clip):.0f} ms of our "
            f"{1e3 / rates['rushes transcode']:.0f} ms a frame"
        )
        print("  " + goal(_WHAT, ratios, 10, floor=floor))


def _chain() -> Any:
    from functions.colour.chain.build import build_chain

    return build_chain(_SOURCE, None, "rec709", "view", files={"look.cc": _CDL.encode()},
                       looks=["look.cc"])  # fmt: skip


def log_picture(number: int, strength: float = 0.002) -> Planes:
    """(3, H, W) LogC3: soft shapes that move, texture and a sensor's noise."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    waves = [np.sin((x * a + y * b + 12 * number) / c) for a, b, c in
             ((1, 0.4, 90), (0.3, 1, 60), (0.8, -0.5, 140))]  # fmt: skip
    fine = np.sin(x / 5.1 + number) * np.sin(y / 4.7) * 0.02
    noise = np.random.default_rng(number).normal(0, strength, (3, HEIGHT, WIDTH)).astype(np.float32)
    picture = np.stack([0.42 + 0.12 * wave + fine for wave in waves]).astype(np.float32)
    return picture + noise


def _make_clip(path: Path) -> None:
    from functions.contract.timecode import Timecode
    from functions.media.write.codec_profiles import PROFILES
    from functions.media.write.movie import MovieSpec, MovieWriter

    start = Timecode.parse("01:00:00:00", RATE)
    spec = MovieSpec(container="mov", rate=RATE, profile=PROFILES["prores-hq"], width=WIDTH,
                     height=HEIGHT, timecode=start)  # fmt: skip
    pictures = [log_picture(number) for number in range(4)]
    with MovieWriter(path, spec) as movie:
        for number in range(FRAMES):
            movie.picture(pictures[number % len(pictures)])


def _write_cube(path: Path, chain: Any) -> None:
    axis = np.linspace(0, 1, CUBE, dtype=np.float32)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")
    lattice = np.stack([red.ravel(), green.ravel(), blue.ravel()])[:, None, :]
    made = chain.apply(np.ascontiguousarray(lattice))[:, 0, :]
    rows = "\n".join(f"{r:.6f} {g:.6f} {b:.6f}" for r, g, b in made.T)
    path.write_text(f"LUT_3D_SIZE {CUBE}\n{rows}\n")


def _ours(clip: Path, folder: Path, look: Path, count: int) -> Sequence[str]:
    span = f"0-{count - 1}"
    return [sys.executable, "-c", _OURS, str(clip), str(folder), span, _SOURCE, str(look)]


def _theirs(ffmpeg: str, clip: Path, folder: Path, count: int) -> Sequence[str]:
    letters = "fontsize=47:fontcolor=white:box=1:boxcolor=black@0.65:y=h-th-45"
    code = f"drawtext=timecode='01\\:00\\:00\\:00':r=24000/1001:x=(w-tw)/2:{letters}"
    words = f"drawtext=text=DAILIES:x=45:{letters}"
    chain = (
        "scale=in_color_matrix=bt709:flags=bicubic,format=gbrp12le,"
        f"lut3d=file={folder}/look.cube:interp=tetrahedral,"
        f"scale=out_color_matrix=bt709:flags=bicubic,format=yuv422p10le,{code},{words}"
    )
    return [ffmpeg, "-v", "error", "-y", "-threads", "1", "-filter_threads", "1", "-i", str(clip),
            "-frames:v", str(count), "-vf", chain, "-c:v", "prores_ks", "-profile:v", "3",
            "-threads", "1", str(folder / "peer.mov")]  # fmt: skip


def _worked(command: Sequence[str]) -> float:
    """Seconds that the core worked for a process, its start included."""
    before = os.times()
    core = min(os.sched_getaffinity(0))
    subprocess.run(command, check=True, preexec_fn=lambda: os.sched_setaffinity(0, {core}))
    after = os.times()
    return (after.children_user + after.children_system) - (
        before.children_user + before.children_system
    )


def _decoding(path: Path) -> float:
    """Frames a second of the decoder, one thread, in this process."""
    import av

    with av.open(str(path)) as container:
        container.streams.video[0].thread_count = 1
        start = time.process_time()
        frames = sum(1 for _ in container.decode(video=0))
        return frames / (time.process_time() - start)


def _decoded(path: Path, number: int) -> tuple[Any, ...]:
    import av

    with av.open(str(path)) as container:
        for place, frame in enumerate(container.decode(video=0)):
            if place == number:
                found = []
                for plane in frame.planes:
                    held: Any = plane
                    rows = np.frombuffer(held, np.uint16).reshape(held.height, -1)
                    found.append(rows[:, : held.width].copy())
                return tuple(found)
    raise ValueError(f"no frame {number}")


def _wanted(clip: Path, chain: Any) -> tuple[Any, ...]:
    """Frame 2 by the chain in float, as code values of 10 bits."""
    source = kernels.from_yuv(_decoded(clip, 2), 10, False, "bt709", (2, 1))
    codes: tuple[Any, ...] = kernels.to_yuv(chain.apply(source), "422")
    return codes


def _psnr(path: Path, wanted: tuple[Any, ...]) -> float:
    """Of luma of frame 2 in dB of 10 bits, above the burn-in."""
    rows = slice(0, HEIGHT * 4 // 5)
    apart = _decoded(path, 2)[0][rows].astype(float) - wanted[0][rows]
    return float(20 * np.log10(1023 / np.sqrt(np.mean(apart**2))))
