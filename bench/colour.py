"""Speed of the colour kernels beside OpenColorIO and OpenCV: one thread, one run, answers first.

OpenColorIO reads and writes interleaved pictures; its processors here write halves, as ours do,
and are the ones that its own default optimisation makes. OpenCV resizes on one thread. Quality
of a resize is measured against a picture that is known at every point: see `scene`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

import kernels
from bench.kernels import measure
from bench.verdict import judge
from kernels.colour.curves import logc3_numbers
from tests import naive_colour

ROUNDS = 11
WIDTH, HEIGHT = 2048, 1080
MATRIX = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.05, 0.15, 0.8]])
DIRECTIONS: tuple[Literal["encode", "decode"], ...] = ("encode", "decode")
Found = dict[str, tuple[float, float, float]]
Resizer = Callable[[], Any]


def picture() -> npt.NDArray[np.float32]:
    """Code values, planar: smooth shapes and grain."""
    y, x = np.indices((HEIGHT, WIDTH), np.float32)
    planes = [0.5 + 0.4 * np.sin(x / 300 + c) * np.cos(y / 200 + 2 * c) for c in range(3)]
    grain = np.random.default_rng(0).normal(0, 0.01, (3, HEIGHT, WIDTH))
    return (np.stack(planes) + grain).astype(np.float32)


def scene(height: int, width: int, finest: float) -> npt.NDArray[np.float32]:
    """The same waves sampled at any size; `finest` in cycles per pixel of 2048x1080."""
    rng = np.random.default_rng(3)
    y = (np.arange(height) + 0.5)[:, None] * (HEIGHT / height)
    x = (np.arange(width) + 0.5)[None] * (WIDTH / width)
    total = np.full((height, width), 0.5)
    for _ in range(24):
        turn, cycles, phase = rng.uniform(0, np.pi), rng.uniform(0.005, 0.4), rng.uniform(0, 6)
        if cycles < finest:
            way = cycles * (np.cos(turn) * x + np.sin(turn) * y)
            total += 0.03 * np.sin(2 * np.pi * way + phase)
    return np.repeat(total[..., None], 3, 2).astype(np.float32)


def fidelity(made: npt.NDArray[Any], truth: npt.NDArray[Any]) -> float:
    """PSNR in dB, 16 pixels of border cropped, 1.0 = peak."""
    error = (made.astype(np.float64) - truth)[16:-16, 16:-16]
    return float(10 * np.log10(1 / np.mean(error**2)))


class OpenColorIO:
    """Its processors for the same jobs."""

    def __init__(self, cube: npt.NDArray[np.float32]) -> None:
        ocio: Any = import_module("PyOpenColorIO")
        self.ocio = ocio
        a, b, c, d, _, _, cut = logc3_numbers(800)
        log = ocio.LogCameraTransform(
            linSideBreak=[cut] * 3, base=10, logSideSlope=[c] * 3, logSideOffset=[d] * 3,
            linSideSlope=[a] * 3, linSideOffset=[b] * 3, direction=ocio.TRANSFORM_DIR_INVERSE,
        )  # fmt: skip
        whole = np.eye(4)
        whole[:3, :3] = MATRIX
        mix = ocio.MatrixTransform(whole.ravel().tolist())
        table = ocio.Lut3DTransform(len(cube))
        table.setData(cube.ravel())
        table.setInterpolation(ocio.INTERP_TETRAHEDRAL)
        grade = ocio.CDLTransform(slope=[1.1] * 3, offset=[0.01] * 3, power=[1.2] * 3, sat=1.2)
        grade.setStyle(ocio.CDL_NO_CLAMP)
        self.chain = self.processor(ocio.GroupTransform([log, mix]))
        self.matrix, self.cube = self.processor(mix), self.processor(table)
        self.cdl = self.processor(grade)

    def processor(self, transform: Any) -> Any:
        made = self.ocio.Config.CreateRaw().getProcessor(transform)
        depths = self.ocio.BIT_DEPTH_F32, self.ocio.BIT_DEPTH_F16
        return made.getOptimizedCPUProcessor(*depths, self.ocio.OPTIMIZATION_DEFAULT)

    def run(self, processor: Any, image: npt.NDArray[Any], out: npt.NDArray[Any]) -> None:
        """(H, W, 3) float32 to half."""
        descriptions = [
            self.ocio.PackedImageDesc(a, WIDTH, HEIGHT, 3, depth, *a.strides[::-1])
            for a, depth in ((image, self.ocio.BIT_DEPTH_F32), (out, self.ocio.BIT_DEPTH_F16))
        ]
        processor.apply(*descriptions)


def table(title: str, found: Found, peers: dict[str, str], peer: str) -> None:
    """One table; `peers` names for each row the row that it is compared with."""
    print(f"\n| {title} | ns/px | quarters | of {peer} |")
    print("| --- | ---: | ---: | ---: |")
    for name, (middle, low, high) in found.items():
        ratio = f"{middle / found[peers[name]][0]:.2f}" if name in peers else ""
        print(f"| {name} | {middle:.2f} | {low:.2f}-{high:.2f} | {ratio} |")


def colour() -> None:
    """Chain, tables and grades, float32 to half, against OpenColorIO."""
    rgb = picture()
    cube = np.random.default_rng(1).uniform(0, 1, (65, 65, 65, 3)).astype(np.float32)
    mixed, padded = np.ascontiguousarray(rgb.transpose(1, 2, 0)), kernels.pad_lut3d(cube)
    out, theirs = np.zeros((3, HEIGHT, WIDTH), np.float16), np.zeros(mixed.shape, np.float16)
    other = OpenColorIO(cube)
    grade: dict[str, Any] = {"slope": 1.1, "offset": 0.01, "power": 1.2, "saturation": 1.2}
    jobs: dict[str, tuple[Callable[[Any], Any], Any]] = {
        "logc3 and matrix": (partial(kernels.apply_chain, curve="logc3", matrix=MATRIX, out=out),
                             other.chain),
        "matrix": (partial(kernels.apply_matrix, matrix=MATRIX, out=out), other.matrix),
        "65-point cube": (partial(kernels.apply_lut3d, lut=padded, out=out), other.cube),
        "CDL": (partial(kernels.apply_cdl, out=out, **grade), other.cdl),
    }  # fmt: skip
    runs: dict[str, Callable[[], object]] = {}
    peers: dict[str, str] = {}
    for name, (ours, processor) in jobs.items():
        other.run(processor, mixed, theirs)
        made = ours(mixed).transpose(1, 2, 0).astype(np.float64)
        reference = theirs.astype(np.float64)
        error = np.abs(made - reference) / np.maximum(np.abs(reference), 0.01)
        assert error.max() < 2.0**-9, (name, error.max())
        runs[f"OpenColorIO {name}"] = partial(other.run, processor, mixed, theirs)
        runs[f"{name}, interleaved in"] = partial(ours, mixed)
        runs[f"{name}, planar in"] = partial(ours, rgb)
        for row in list(runs)[-2:]:
            peers[row] = f"OpenColorIO {name}"
    floor = out.view(np.uint32)[:, :, : WIDTH // 2]
    runs["memory floor: 12 in, 6 out"] = lambda: np.copyto(floor, rgb.view(np.uint32)[:, :, ::2])
    found = measure(runs, rgb[0].size, ROUNDS)
    table("float32 to half, 2048x1080", found, peers, "OpenColorIO")
    for job, most in (("65-point cube", 0.6), ("logc3 and matrix", 0.5)):
        ratio = found[f"{job}, planar in"][0] / found[f"OpenColorIO {job}"][0]
        print(judge(f"{job} to half beside OpenColorIO", ratio, most, most=True))


def curves() -> None:
    """Every curve, both ways, planar float32 to half, after a check against its twin."""
    rgb = np.abs(picture())
    out = np.zeros(rgb.shape, np.float16)
    runs: dict[str, Callable[[], object]] = {}
    for name in ("logc3", "logc4", "clog3", "acescct", "acescc", "applelog", "pq", "hlg"):
        for direction in DIRECTIONS:
            made = kernels.apply_curve(rgb[:, :8], name, direction)
            wanted = naive_colour.curve(name, direction, rgb[:, :8])
            assert np.allclose(made, wanted, rtol=1e-4, atol=1e-5), name
            runs[f"{name} {direction}"] = partial(
                kernels.apply_curve, rgb, name, direction, out
            )  # fmt: skip
    runs["to_yuv 4:2:2"] = partial(kernels.to_yuv, rgb, out=kernels.to_yuv(rgb))
    runs["to_yuv 4:2:0"] = partial(kernels.to_yuv, rgb, "420", out=kernels.to_yuv(rgb, "420"))
    codes = naive_colour.yuv(rgb[:, :8], "422", "bt709", 10, False, False)
    for plane, wanted in zip(kernels.to_yuv(rgb[:, :8]), codes, strict=True):
        assert np.abs(plane - wanted).max() < 0.51
    table("planar float32, 2048x1080", measure(runs, rgb[0].size, ROUNDS), {}, "peer")


def resizes() -> None:
    """Against OpenCV, times beside fidelity: ours widens its filters when it shrinks."""
    import cv2

    cv2.setNumThreads(1)
    cases = [
        ("lanczos4", "LANCZOS4", cv2.INTER_LANCZOS4, 4096, 2160),
        ("lanczos3", "LANCZOS4", cv2.INTER_LANCZOS4, 4096, 2160),
        ("lanczos3", "LANCZOS4", cv2.INTER_LANCZOS4, 1280, 675),
        ("catmull-rom", "CUBIC", cv2.INTER_CUBIC, 4096, 2160),
        ("area", "AREA", cv2.INTER_AREA, 1280, 675),
        ("area", "AREA", cv2.INTER_AREA, 1024, 540),
    ]
    verdicts: list[str] = []
    source = scene(HEIGHT, WIDTH, 1.0)
    small = np.random.default_rng(2).uniform(0, 1, (31, 45, 3)).astype(np.float32)
    print("\n| resize of 2048x1080, interleaved float32 | ns/px out | quarters | of OpenCV | dB |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for ours, label, flag, width, height in cases:
        twin = naive_colour.resize(small, 28, 60, ours)
        assert np.abs(kernels.resize(small, 28, 60, ours) - twin).max() < 1e-5  # type: ignore[arg-type]
        # What the smaller picture can hold; the rest must vanish, not come back as an alias.
        truth = scene(height, width, 0.45 * min(1.0, width / WIDTH))
        results = [np.zeros((height, width, 3), np.float32) for _ in range(2)]
        runs: dict[str, Callable[[], object]] = {
            f"OpenCV {label}": partial(
                cv2.resize, source, (width, height), results[0], interpolation=flag
            ),
            f"{ours}": partial(kernels.resize, source, width, height, ours, results[1]),  # type: ignore[arg-type]
        }
        found = measure(runs, width * height, ROUNDS)
        reference = found[f"OpenCV {label}"][0]
        for (name, (middle, low, high)), made in zip(found.items(), results, strict=True):
            cells = f"{middle:.2f} | {low:.2f}-{high:.2f} | {middle / reference:.2f}"
            print(f"| {name} to {width}x{height} | {cells} | {fidelity(made, truth):.1f} |")
        if (ours, label) != ("lanczos3", "LANCZOS4"):
            what = f"{ours} to {width}x{height} beside OpenCV {label}"
            verdicts.append(judge(what, found[ours][0] / reference, 1.0, most=True))
    print("\n".join(verdicts))


def run() -> None:
    """Answers first, then times."""
    colour()
    curves()
    resizes()


if __name__ == "__main__":
    run()
