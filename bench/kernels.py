"""Speed of each kernel beside its peers: one thread, one run, answers checked first.

Times are nanoseconds per pixel, the median of rounds in which all take turns; the spread is from
the first to the third quarter. Machines are noisy: the ratios are what counts.
"""

from __future__ import annotations

import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import kernels
from bench.demosaics import digital_negative, libraw
from bench.quality import METHODS
from bench.verdict import judge
from tests import naive

ROUNDS, SLOW_ROUNDS = 11, 3
WIDTH, HEIGHT = 4096, 2160
BLACK, WHITE, GAINS = [256.0] * 4, 4095.0, [2.0, 1.0, 1.0, 1.5]
MATRIX = np.array([[1.6, -0.5, -0.1], [-0.2, 1.4, -0.2], [0.05, -0.6, 1.55]])


def frame(height: int, width: int) -> npt.NDArray[np.uint16]:
    """A 12-bit raw frame: shapes of many sizes, edges, shot and read noise, a few clipped."""
    rng = np.random.default_rng(7)
    y, x = np.indices((height, width), np.float32)
    light = 0.25 + 0.2 * np.sin(x / 37 + y / 91) + 0.1 * np.sin(x * y / 9000)
    light += 0.15 * (np.hypot(x % 512 - 256, y % 512 - 256) < 100)
    light[: height // 20, : width // 20] = 3.0
    electrons = np.maximum(light, 0) * 6000
    level = 256 + electrons * 0.6 + rng.normal(0, 1, light.shape) * np.sqrt(electrons * 0.36 + 9)
    return np.clip(level, 0, 4095).astype(np.uint16)


def develop(cfa: npt.NDArray[np.uint16], method: Any, out: Any = None) -> Any:
    """The fused pass with this bench's levels."""
    return kernels.develop(
        cfa, "RGGB", black=BLACK, white=WHITE, gains=GAINS, matrix=MATRIX, method=method, out=out
    )


def check() -> None:
    """Every answer is right before any is timed."""
    # Without its clipped corner, of which the twin of `best` reads noise after the gains.
    cfa = np.ascontiguousarray(frame(105, 1111)[8:])
    for method in METHODS:
        twin = naive.develop(cfa, "RGGB", BLACK, WHITE, GAINS, MATRIX, method)
        error = np.abs(develop(cfa, method).astype(np.float64) - twin)
        assert (error <= np.abs(twin) * 2.0**-10 + 1e-4).all(), method
    for bits in (10, 12, 14):
        samples = cfa & (2**bits - 1)
        data, row_bytes = naive.pack(samples, bits, "msb")
        assert np.array_equal(kernels.unpack(data, 1111, 97, bits, row_bytes=row_bytes), samples)
    values = np.random.default_rng(0).normal(0, 9, 100_001).astype(np.float32)
    assert np.array_equal(kernels.to_half(values), values.astype(np.float16))


def measure(
    runs: dict[str, Callable[[], object]], pixels: int, rounds: int
) -> dict[str, tuple[float, float, float]]:
    """Median and quarters in ns per pixel."""
    found = {}
    for name, values in rounds_of(runs, pixels, rounds).items():
        low, middle, high = statistics.quantiles(values, n=4)
        found[name] = (middle, low, high)
    return found


def rounds_of(
    runs: dict[str, Callable[[], object]], pixels: int, rounds: int
) -> dict[str, list[float]]:
    """Every round in ns per pixel; all take turns, so that noise falls on all."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(rounds + 1):
        for name, run in runs.items():
            # The core's own time: others may load this machine, and waiting is not work.
            start = time.process_time()
            run()
            if turn:  # the first is for caches and page faults
                times[name].append((time.process_time() - start) * 1e9 / pixels)
    return times


def compile_time() -> str:
    """What loading every kernel cost this process."""
    start = time.perf_counter()
    facts = kernels.warm()
    seconds = time.perf_counter() - start
    how = f"{facts['mode']}, {facts['target']}"
    return f"{seconds:.2f} s to load ({how}; {facts['compiled']} units compiled)"


def peers(
    cfa: npt.NDArray[np.uint16], folder: Path
) -> tuple[dict[str, Callable[[], object]], dict[str, Callable[[], object]]]:
    """Others' demosaics on the same frame: quick ones, and slow ones for fewer rounds."""
    import cv2

    cv2.setNumThreads(1)
    bgr = np.zeros((*cfa.shape, 3), np.uint16)
    quick = {"OpenCV edge-aware": lambda: cv2.demosaicing(cfa, cv2.COLOR_BayerRGGB2BGR_EA, bgr)}
    file = folder / "frame.dng"
    digital_negative(cfa, file, 256, 4095)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import colour_demosaicing as cd
    scaled = cfa / 4095.0
    slow: dict[str, Callable[[], object]] = {
        "LibRaw AHD, whole postprocess": lambda: libraw(file, "AHD", (2.0, 1.0, 1.5, 1.0)),
        "colour-demosaicing Malvar": lambda: cd.demosaicing_CFA_Bayer_Malvar2004(scaled, "RGGB"),
    }
    return dict(quick), slow


def speed() -> None:
    """Table of times, against OpenCV edge-aware and the memory floor."""
    cfa = frame(HEIGHT, WIDTH)
    out = np.zeros((3, HEIGHT, WIDTH), np.float16)
    plain = out.view(np.uint16)
    data = np.random.default_rng(0).bytes(WIDTH * HEIGHT * 14 // 8)
    samples = np.zeros((HEIGHT, WIDTH), np.uint16)
    linear = np.repeat(cfa[:, : WIDTH // 2, None], 3, 2)
    third = out[:, :, : WIDTH // 2]
    floats = np.random.default_rng(0).normal(0, 1, (HEIGHT, WIDTH)).astype(np.float32)
    half = np.zeros((HEIGHT, WIDTH), np.float16)
    with tempfile.TemporaryDirectory() as folder:
        quick, slow = peers(cfa, Path(folder))
        runs: dict[str, Callable[[], object]] = {"memory floor: 2 in, 6 out": lambda: np.copyto(
            plain, cfa[None]
        )}  # fmt: skip
        runs |= {f"develop {m}": partial(develop, cfa, m, out) for m in METHODS}
        runs |= quick
        found = measure(runs, cfa.size, ROUNDS)
        others: dict[str, Callable[[], object]] = {
            "unpack 10": lambda: kernels.unpack(data, WIDTH, HEIGHT, 10, out=samples),
            "unpack 12": lambda: kernels.unpack(data, WIDTH, HEIGHT, 12, out=samples),
            "unpack 14": lambda: kernels.unpack(data, WIDTH, HEIGHT, 14, out=samples),
            "to_half": lambda: kernels.to_half(floats, half),
        }
        found |= measure(others, cfa.size, ROUNDS)
        found |= measure(
            {
                "develop_linear": lambda: kernels.develop_linear(
                    linear, black=256, white=4095, gains=[2, 1, 1.5], matrix=MATRIX, out=third
                )
            },
            cfa.size // 2,
            ROUNDS,
        )
        found |= measure(slow, cfa.size, SLOW_ROUNDS)
    reference = found["OpenCV edge-aware"][0]
    ahd_time = found["LibRaw AHD, whole postprocess"][0]
    print("\n| kernel, one thread, 4096x2160 | ns/px | quarters | of OpenCV EA | of LibRaw AHD |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name, (middle, low, high) in found.items():
        ratios = f"{middle / reference:.2f} | 1/{ahd_time / middle:.0f}"
        print(f"| {name} | {middle:.2f} | {low:.2f}-{high:.2f} | {ratios} |")
    floor = found["memory floor: 2 in, 6 out"][0]
    for method, most in (("fast", 0.7), ("best", 3.0)):
        middle = found[f"develop {method}"][0]
        print(judge(f"{method} beside OpenCV edge-aware", middle / reference, most, most=True))
        print(judge(f"{method} beside LibRaw AHD", ahd_time / middle, 15))
        print(f"      {method} takes {middle / floor:.1f} times the memory floor")


def run() -> None:
    """Answers first, then times."""
    print(f"kernels: {compile_time()}")
    check()
    print("answers: every kernel agrees with its float64 twin")
    speed()


if __name__ == "__main__":
    run()
