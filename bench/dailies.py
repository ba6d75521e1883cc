"""Dailies on one core: a 1080 LogC3 clip to ProRes 422 HQ with a look and a burn-in.

The peer is the command that a studio would write: ffmpeg with the same look as a cube of 33, its
own letters for timecode, and prores_ks. Both run as processes of their own, pinned to one core,
in turns; what is compared is the time that the core worked for a frame, as the difference of two
lengths. The look of the peer is our own chain, sampled, so that both make the same picture, and
both are measured against that chain in full precision.

A ledger says where the time goes: our stages in this process, the peer's by leaving its last ones
away, and the peer with its other encoders.
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
from kernels.colour.lut import lut3d_step

SHORT, FRAMES, ROUNDS = 4, 28, 3
WIDTH, HEIGHT, CUBE = 1920, 1080, 33
RATE = Fraction(24000, 1001)
_SOURCE = "ARRI LogC3 (EI800)"
_WHAT = "ProRes 422 HQ dailies beside ffmpeg's prores_ks"
# The peer's other ways to code: one quantiser, and its other encoder.
_OTHERS = {"prores_ks -qscale 4": ("prores_ks", "-qscale:v", "4"), "prores_aw": ("prores_aw",)}
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
        print("  " + goal(_WHAT, ratios, 10, floor=_ledger(ffmpeg, clip, folder, chain, times)))


def _ledger(
    ffmpeg: str, clip: Path, folder: Path, chain: Any, times: dict[str, list[float]]
) -> str:
    """Print where the time goes; returns what bounds ours.

    times : seconds of the core a frame of both, whole
    """
    whole, peer = (1e3 * statistics.median(times[way]) for way in times)
    planes = _decoded(clip, 2)
    words = np.empty((3, HEIGHT, WIDTH), np.uint16)
    (step,) = chain.steps
    table = lut3d_step(step.table[..., :3])
    codes = kernels.to_yuv(kernels.from_yuv(planes, 10, False, "bt709", (2, 1), chain.steps, words))
    ours = {
        "the source decoded, by FFmpeg": 1e3 / _decoding(clip),
        "R'G'B' and colour": _in_process(
            lambda: kernels.from_yuv(planes, 10, False, "bt709", (2, 1), chain.steps, words)
        ),
        "Y'CbCr": _in_process(lambda: kernels.to_yuv(words, out=codes)),
        "coding": _in_process(lambda: kernels.encode_prores(codes)),
    }
    least = [
        ours["the source decoded, by FFmpeg"],
        _in_process(lambda: kernels.from_yuv(planes, 10, False, "bt709", (2, 1), [table], words)),
        ours["Y'CbCr"],
        _in_process(lambda: kernels.encode_prores(codes, quantiser=224)),
    ]
    ours["letters, files, all else"] = whole - sum(ours.values())
    parts = [_peer_ms(ffmpeg, clip, folder, stages, None) for stages in range(4)]
    theirs = {
        "the source decoded": parts[0],
        "R'G'B' and look": parts[1] - parts[0],
        "Y'CbCr": parts[2] - parts[1],
        "letters": parts[3] - parts[2],
        "coding by prores_ks": peer - parts[3],
    }
    for name, coder in _OTHERS.items():
        theirs[f"in its place, {name}"] = _peer_ms(ffmpeg, clip, folder, 3, coder) - parts[3]
    for title, found in (("rushes", ours), ("ffmpeg", theirs)):
        print(f"  {title}, ms of the core a frame")
        for stage, took in found.items():
            print(f"    {stage:36} {took:6.1f}")
    return (
        f"a tenth of the peer is {peer / 10:.0f} ms, ours {whole:.0f}: "
        + ", ".join(f"{name} {took:.0f}" for name, took in ours.items())
        + f"; with no exact colour and nothing left to code {sum(least):.0f} ({least[0]:.0f}, "
        f"{least[1]:.0f}, {least[2]:.0f}, {least[3]:.0f}), so at most {peer / sum(least):.1f}x"
    )


def _in_process(work: Callable[[], Any]) -> float:
    """Least ms of the core of some turns."""
    took = []
    for _ in range(8):
        start = time.process_time()
        work()
        took.append(time.process_time() - start)
    return 1e3 * min(took)


def _peer_ms(
    ffmpeg: str, clip: Path, folder: Path, stages: int, coder: Sequence[str] | None
) -> float:
    """Ms of the core a frame of the peer; stages, coder : as for `_theirs`."""
    short, whole = (
        _worked(_theirs(ffmpeg, clip, folder, count, stages, coder)) for count in (SHORT, FRAMES)
    )
    return 1e3 * (whole - short) / (FRAMES - SHORT)


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


def _theirs(
    ffmpeg: str, clip: Path, folder: Path, count: int, stages: int = 3,
    coder: Sequence[str] | None = ("prores_ks",),
) -> Sequence[str]:  # fmt: skip
    """The peer's command.

    stages : 0 decodes alone, 1 looks, 2 makes Y'CbCr of it, 3 writes letters
    coder : and its options; None drops the pictures
    """
    letters = "fontsize=47:fontcolor=white:box=1:boxcolor=black@0.65:y=h-th-45"
    code = f"drawtext=timecode='01\\:00\\:00\\:00':r=24000/1001:x=(w-tw)/2:{letters}"
    words = f"drawtext=text=DAILIES:x=45:{letters}"
    filters = [
        "scale=in_color_matrix=bt709:flags=bicubic,format=gbrp12le,"
        f"lut3d=file={folder}/look.cube:interp=tetrahedral",
        "scale=out_color_matrix=bt709:flags=bicubic,format=yuv422p10le",
        f"{code},{words}",
    ]
    made = ["-vf", ",".join(filters[:stages])] if stages else []
    name = "peer.mov" if coder == ("prores_ks",) else "other.mov"
    target = ["-f", "null", "-"] if coder is None else [
        "-c:v", *coder, "-profile:v", "3", "-threads", "1", str(folder / name)
    ]  # fmt: skip
    return [ffmpeg, "-v", "error", "-y", "-threads", "1", "-filter_threads", "1", "-i", str(clip),
            "-frames:v", str(count), *made, *target]  # fmt: skip


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
