"""ProRes beside FFmpeg's two encoders: planes to frames on one core, and quality for bytes.

The peers are those of PyAV's FFmpeg, one thread each, in their ways: `prores_ks` by itself (a
quantiser a slice, searched), with one quantiser (`-qscale`, the one whose frames come nearest to
our bytes), and `prores_aw`. Ours makes frames at Apple's published target. Times are the core's.
What all made is decoded by FFmpeg; PSNR (of all samples, 10 bits) and SSIM (of luma) stand beside
the bytes. For the same bytes our PSNR is read off a line through our own quantisers.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

import kernels
from bench.dailies import log_picture
from bench.measures import ssim
from bench.verdict import goal, judge
from kernels.video.prores_rate import target_bytes

ROUNDS, FRAMES = 3, 2
_SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "video"
_MOVIES = ("SonyXAVC_LongGOP.mxf", "cineform_yuv10b_hd.mov", "iphone_dv84_hevc10.mov")
_PROFILES = ("proxy", "lt", "422", "hq")
_NOISY = "LogC3 with noise of ISO 6400"
_LADDER = (1, 2, 3, 4, 6, 9, 13, 20)
_STEP = 118  # FF_QP2LAMBDA
Frames = list[list[Any]]
Coder = Callable[[], list[bytes]]


def run() -> None:
    """Print time, bytes and quality of each way, over a table of pictures."""
    print("\nProRes, planes to frames, one core")
    speeds: dict[str, list[float]] = {"by itself": [], "-qscale": [], "aw": []}
    gains = []
    for name, frames in _contents():
        for profile in _PROFILES if name == _NOISY else ("hq",):
            table = _Table(profile, frames)
            print(f"  {name}, {profile}, target {table.target / 1e6:.3f} MB a frame")
            ours = table.show("rushes", table.ours, ROUNDS)
            if ours.bytes > table.target:
                raise SystemExit(f"the answer is wrong: {name} passes its target")
            default = table.show("prores_ks", table.peer("prores_ks"))
            gains.append(default.psnr_below(table.line()))
            if profile == "hq":
                speeds["by itself"].append(default.seconds / ours.seconds)
                q = table.nearest(ours.bytes)
                one = table.show(f"prores_ks -qscale {q}", table.fixed(q))
                plain = table.show("prores_aw", table.peer("prores_aw"))
                speeds["-qscale"].append(one.seconds / ours.seconds)
                speeds["aw"].append(plain.seconds / ours.seconds)
                gains += [way.psnr_below(table.line()) for way in (one, plain)]
    spread = ", ".join(f"{way} {min(x):.1f} to {max(x):.1f}x" for way, x in speeds.items())
    print(f"  over the pictures: {spread}; {min(gains):.2f} to {max(gains):.2f} dB")
    what = "ProRes HQ beside prores_ks"
    print("  " + goal(f"{what} by itself", speeds["by itself"], 10, every=True))
    print("  " + goal(f"{what} -qscale at about our bytes", speeds["-qscale"], 1, every=True))
    print("  " + goal("ProRes HQ beside prores_aw", speeds["aw"], 1, every=True))
    print("  " + judge("ProRes, PSNR above the peers at their bytes", min(gains), 0.0, unit=" dB"))


class _Table:
    """Ways to code some frames in one profile."""

    def __init__(self, profile: Any, frames: Frames) -> None:
        self.profile, self.frames = profile, frames
        height, width = frames[0][0].shape
        self.target = target_bytes(profile, width, height)
        self._line: list[tuple[float, float]] = []

    def ours(self) -> list[bytes]:
        return [kernels.encode_prores(planes, self.profile) for planes in self.frames]

    def peer(self, encoder: str, **options: str) -> Coder:
        number = str(_PROFILES.index(self.profile))
        return lambda: _peer(encoder, self.frames, profile=number, **options)

    def fixed(self, q: int) -> Coder:
        return self.peer("prores_ks", flags="+qscale", global_quality=str(_STEP * q))

    def nearest(self, size: float) -> int:
        """The peer's quantiser whose frames are about so large."""
        off = {q: abs(sum(map(len, self.fixed(q)())) / FRAMES - size) for q in _LADDER}
        return min(off, key=off.__getitem__)

    def line(self) -> list[tuple[float, float]]:
        """Bytes and PSNR of ours at one quantiser each."""
        for q in _LADDER if not self._line else ():
            made = [kernels.encode_prores(p, self.profile, quantiser=q) for p in self.frames]
            way = _Way(1, made, self.frames)
            self._line.append((way.bytes, way.psnr))
        return self._line

    def show(self, name: str, code: Coder, rounds: int = 1) -> _Way:
        times = []
        for _ in range(rounds):
            start = time.process_time()
            made = code()
            times.append((time.process_time() - start) / FRAMES)
        way = _Way(min(times), made, self.frames)
        print(
            f"    {name:22} {1 / way.seconds:6.1f} frames a second, {way.bytes / 1e6:.3f} MB, "
            f"{way.psnr:.2f} dB, SSIM {way.ssim:.5f}"
        )
        return way


class _Way:
    """What one encoder made of some frames."""

    def __init__(self, seconds: float, made: list[bytes], frames: Frames) -> None:
        seen = [_decoded(one, planes) for one, planes in zip(made, frames, strict=True)]
        pairs = list(zip(seen, frames, strict=True))
        self.seconds = seconds
        self.bytes = statistics.mean(map(len, made))
        self.psnr = statistics.mean(_psnr(a, b) for a, b in pairs)
        self.ssim = ssim(seen[0][0][..., None] / 1023, frames[0][0][..., None] / 1023)

    def psnr_below(self, line: list[tuple[float, float]]) -> float:
        """How far below a line of (bytes, PSNR) it stands, in dB."""
        sizes, heights = zip(*sorted(line), strict=True)
        return float(np.interp(np.log(self.bytes), np.log(sizes), heights)) - self.psnr


def _peer(encoder: str, frames: Frames, **options: str) -> list[bytes]:
    height, width = frames[0][0].shape
    context: Any = av.CodecContext.create(encoder, "w")
    context.width, context.height, context.pix_fmt = width, height, "yuv422p10le"
    context.time_base, context.thread_count = Fraction(1, 24), 1
    context.options = options
    made = []
    for number, planes in enumerate(frames):
        frame = av.VideoFrame(width, height, "yuv422p10le")
        for target, plane in zip(frame.planes, planes, strict=True):
            held: Any = target
            np.frombuffer(held, np.uint16).reshape(held.height, -1)[:, : plane.shape[1]] = plane
        frame.pts = number
        made += [bytes(packet) for packet in context.encode(frame)]
    return made


def _decoded(data: bytes, planes: list[Any]) -> list[Any]:
    context: Any = av.CodecContext.create("prores", "r")
    context.codec_tag = "apch"
    context.height, context.width = planes[0].shape
    return _planes(context.decode(av.Packet(data))[0])


def _planes(frame: Any) -> list[Any]:
    found = []
    for plane in frame.planes:
        rows = np.frombuffer(plane, np.uint16).reshape(plane.height, -1)
        found.append(rows[:, : plane.width].copy())
    return found


def _psnr(seen: list[Any], wanted: list[Any]) -> float:
    errors = [(a.astype(float) - b).ravel() for a, b in zip(seen, wanted, strict=True)]
    return float(20 * np.log10(1023 / np.sqrt(np.mean(np.concatenate(errors) ** 2))))


def _contents() -> Iterator[tuple[str, Frames]]:
    for name, noise in (("LogC3 with a sensor's noise", 0.002), (_NOISY, 0.02)):
        yield name, [list(kernels.to_yuv(log_picture(n, noise))) for n in range(FRAMES)]
    for name in _MOVIES:
        if not (_SHARED / name).is_file():
            continue
        with av.open(str(_SHARED / name)) as movie:
            frames = []
            for frame in movie.decode(video=0):
                frames.append(_planes(frame.reformat(format="yuv422p10le")))
                if len(frames) == FRAMES:
                    break
        yield name, frames
