"""Speed of colour chains beside OpenColorIO: LogC3 through ACES to a display, both tiers, one core.

The library's processor is the one that its own default optimisation makes, float in and out,
over interleaved pixels, which is how it is quickest. Ours takes planes and gives planes.
Answers come first: each chain is compared with the library's lossless processor on the picture.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

import kernels
from bench.kernels import rounds_of
from bench.verdict import goal, judge
from functions.colour.chain.build import Chain, build_chain
from functions.colour.chain.measure import code_values
from functions.colour.ocio.library import BUILT_IN

ROUNDS = 9
WIDTH, HEIGHT = 1920, 1080
OUTPUTS = {
    "1.3": {"rec709": ("Rec.1886 Rec.709 - Display", "ACES 1.0 - SDR Video")},
    "2": {
        "rec709": ("Rec.1886 Rec.709 - Display", "ACES 2.0 - SDR 100 nits (Rec.709)"),
        "rec2100-pq": ("Rec.2100-PQ - Display", "ACES 2.0 - HDR 1000 nits (P3 D65)"),
    },
}
EXACT_AT_LEAST, VIEW_GOALS = 3.0, {"1.3": 15.0, "2": 40.0}
TIERS: tuple[Literal["exact", "view"], ...] = ("exact", "view")


def picture() -> npt.NDArray[np.float32]:
    """(3, H, W) LogC3 code values: light that wanders, coloured things in it, grain."""
    rng = np.random.default_rng(5)
    y, x = np.indices((HEIGHT, WIDTH), np.float32)
    grey = 0.42 + 0.16 * np.sin(x / 310 + 1) * np.cos(y / 230) + 0.06 * np.sin(x / 37 + y / 53)
    planes = np.repeat(grey[None], 3, 0)
    for _ in range(60):
        cx, cy, radius = rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT), rng.uniform(20, 120)
        inside = np.hypot(x - cx, y - cy) < radius
        planes[:, inside] += rng.normal(0, 0.035, (3, 1)).astype(np.float32)
    planes += rng.normal(0, 0.006, planes.shape).astype(np.float32)
    return np.clip(planes, 0, 1).astype(np.float32)


def library(aces: str, output: str, optimisation: str) -> Any:
    """OpenColorIO's CPU processor for the same way."""
    ocio: Any = import_module("PyOpenColorIO")
    config = ocio.Config.CreateFromBuiltinConfig(BUILT_IN[aces])
    made = config.getProcessor(
        "ARRI LogC3 (EI800)", *OUTPUTS[aces][output], ocio.TRANSFORM_DIR_FORWARD
    )
    depth = ocio.BIT_DEPTH_F32
    return made.getOptimizedCPUProcessor(depth, depth, getattr(ocio, optimisation))


def rendered(processor: Any, image: npt.NDArray[np.float32], out: npt.NDArray[np.float32]) -> None:
    """(H, W, 3) to (H, W, 3) by the library."""
    ocio: Any = import_module("PyOpenColorIO")
    descriptions = [ocio.PackedImageDesc(one, WIDTH, HEIGHT, 3) for one in (image, out)]
    processor.apply(*descriptions)


def check(chain: Chain, truth: Any, planes: npt.NDArray[np.float32]) -> str:
    """The answer within its budget, and in words how far it is."""
    some = np.ascontiguousarray(planes[:, ::4])
    wanted = np.ascontiguousarray(some.transpose(1, 2, 0))
    truth.applyRGB(wanted)
    far = code_values(chain.apply(some).transpose(1, 2, 0), wanted)
    usual, worst = float(np.quantile(far, 0.999)), float(far.max())
    most = (0.5, 0.5) if chain.tier == "exact" else (2.0, 8.0)
    assert usual <= most[0] and worst <= most[1], (chain.output, chain.tier, usual, worst)
    return f"{usual:.2f}, {worst:.2f}"


def run() -> None:
    """Answers first, then times."""
    planes = picture()
    out, mixed = np.zeros_like(planes), np.ascontiguousarray(planes.transpose(1, 2, 0))
    theirs = np.zeros_like(mixed)
    print(f"\n| LogC3 to a display, {WIDTH}x{HEIGHT} float | ns/px | quarters | times OpenColorIO "
          "| 10-bit codes off: 99.9 %, worst |")  # fmt: skip
    print("| --- | ---: | ---: | ---: | ---: |")
    for aces, views in OUTPUTS.items():
        for output in views:
            runs: dict[str, Callable[[], object]] = {}
            told: dict[str, str] = {}
            lossless = library(aces, output, "OPTIMIZATION_LOSSLESS")
            usual = library(aces, output, "OPTIMIZATION_DEFAULT")
            # In and out without a step between: what any chain pays for its memory.
            runs["no step"] = partial(kernels.apply_steps, planes, (), out)
            runs["OpenColorIO"] = partial(rendered, usual, mixed, theirs)
            for tier in TIERS:
                chain = build_chain("arri-logc3", None, output, tier, aces=aces)
                told[tier] = check(chain, lossless, planes)
                runs[tier] = partial(chain.apply, planes, out)
            found = rounds_of(runs, planes[0].size, ROUNDS)
            slow = found["OpenColorIO"]
            ratios = {
                name: [a / b for a, b in zip(slow, times, strict=True)]
                for name, times in found.items()
            }
            for name, times in found.items():
                low, middle, high = statistics.quantiles(times, n=4)
                ratio = statistics.median(ratios[name])
                print(f"| ACES {aces} {output}, {name} | {middle:.1f} | {low:.1f}-{high:.1f} "
                      f"| {ratio:.1f} | {told.get(name, '')} |")  # fmt: skip
            if output != "rec709":
                continue
            what = f"LogC3 to Rec.709, ACES {aces}, tier {{}}, against OpenColorIO"
            exact = statistics.median(ratios["exact"])
            print(judge(what.format("exact"), exact, EXACT_AT_LEAST))
            part = statistics.median(b / a for a, b in zip(found["no step"], found["view"],
                                                           strict=True))  # fmt: skip
            floor = f"{part:.1f} times its memory alone, the chain without a step"
            print(goal(what.format("view"), ratios["view"], VIEW_GOALS[aces], floor=floor))


if __name__ == "__main__":
    run()
