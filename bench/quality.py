"""Quality of `best` beside others' demosaics, in linear and in coded light, with noise and without.

Every third of the truth pictures where they are at hand, and photographs of scikit-image where that
is installed, halved in linear light so that each pixel has three true colours. Noise is even over
the picture, in parts of white, in the light that is demosaiced. All is scored as viewed, in 8-bit
sRGB code, and once more in linear light: see `bench.measures`. Means over pictures.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np

import kernels
from bench.demosaics import BLACK, WHITE, Samples, peers
from bench.measures import (
    Picture,
    coded,
    cpsnr,
    decoded,
    false_colour,
    inner,
    ssim,
    zipper,
)
from bench.verdict import absent, judge

METHODS: tuple[Literal["draft", "fast", "best"], ...] = ("draft", "fast", "best")
TRUTH = Path(__file__).resolve().parents[2] / "shared" / "data" / "truth"
PHOTOGRAPHS = ("astronaut.png", "chelsea.png", "coffee.png", "motorcycle_left.png")
MEASURES = {"CPSNR, dB": cpsnr, "SSIM": ssim, "zipper, %": zipper, "false colour": false_colour}
Light = Literal["linear", "coded"]
CONDITIONS: tuple[tuple[Light, float], ...] = (
    ("linear", 0.0), ("linear", 0.01), ("linear", 0.02), ("coded", 0.0), ("coded", 0.01),
)  # fmt: skip


def _read(file: Path) -> Picture:
    import OpenImageIO

    pixels: Any = OpenImageIO.ImageBuf(str(file)).get_pixels(OpenImageIO.UINT8)
    code: Picture = pixels[..., :3] / 255.0
    return code


def _halved(code: Picture) -> Picture:
    light = decoded(code[: code.shape[0] // 4 * 4, : code.shape[1] // 4 * 4])
    return coded(
        (light[0::2, 0::2] + light[1::2, 0::2] + light[0::2, 1::2] + light[1::2, 1::2]) / 4
    )


def families() -> Iterator[tuple[str, list[Picture]]]:
    """Names of families, and their pictures in sRGB code."""
    for family in ("kodak", "mcmaster"):
        if (TRUTH / family).is_dir():
            yield family, [_read(file) for file in sorted((TRUTH / family).iterdir())[::3]]
    package = find_spec("skimage")
    if package is not None and package.origin is not None:
        folder = Path(package.origin).parent / "data"
        files = [folder / name for name in PHOTOGRAPHS if (folder / name).is_file()]
        yield "scikit-image, halved", [_halved(_read(file)) for file in files]


def zone_plate(size: int = 512) -> Picture:
    """Grey rings, in code, finest at the edges: one pixel white, one black."""
    y, x = np.indices((size, size)) - size / 2
    rings = 0.5 + 0.5 * np.cos(np.pi * (x * x + y * y) / size)
    return np.repeat(rings[..., None], 3, -1)


def _seen(truth: Picture, noise: float, rng: np.random.Generator) -> Samples:
    """16-bit samples of an RGGB sensor."""
    cfa = truth[..., 1].copy()
    cfa[0::2, 0::2], cfa[1::2, 1::2] = truth[0::2, 0::2, 0], truth[1::2, 1::2, 2]
    cfa += rng.normal(0, noise, cfa.shape)
    samples: Samples = np.clip(np.rint(cfa * (WHITE - BLACK) + BLACK), 0, 65535).astype(np.uint16)
    return samples


def scores(
    pictures: list[Picture], light: Light, noise: float, folder: Path
) -> dict[str, list[float]]:
    """Means of every measure, for every demosaic."""
    rng = np.random.default_rng(0)
    found: dict[str, list[list[float]]] = {}
    others = peers(folder)
    for truth in pictures:
        cfa = _seen(decoded(truth) if light == "linear" else truth, noise, rng)
        unit = (cfa.astype(np.float32) - BLACK) / np.float32(WHITE - BLACK)
        made: dict[str, Any] = {m: kernels.demosaic(unit, "RGGB", m, light) for m in METHODS}
        made |= {name: demosaic(cfa) for name, demosaic in others.items()}
        for name, rgb in made.items():
            viewed = coded(rgb) if light == "linear" else np.clip(rgb, 0, 1)
            whole = inner(np.rint(np.asarray(viewed, np.float64) * 255) / 255)
            marks = [measure(whole, inner(truth)) for measure in MEASURES.values()]
            light_made = np.clip(rgb, 0, 1) if light == "linear" else decoded(viewed)
            marks.append(cpsnr(inner(light_made), inner(decoded(truth))))
            found.setdefault(name, []).append(marks)
    return {name: np.mean(marks, 0).tolist() for name, marks in found.items()}


def table(family: str, pictures: list[Picture], folder: Path) -> list[str]:
    """Print the table of one family; what `best` must reach."""
    verdicts = []
    for light, noise in CONDITIONS:
        found = scores(pictures, light, noise, folder)
        title = f"{family}, {light}, {noise:.0%} noise"
        print(f"\n| {title} | " + " | ".join(MEASURES) + " | CPSNR in linear light |")
        print("| --- | " + "---: | " * (len(MEASURES) + 1))
        for name, marks in found.items():
            psnr, alike, zips, colour, in_light = marks
            cells = f"{psnr:.2f} | {alike:.4f} | {zips:.1f} | {colour:.2f} | {in_light:.2f}"
            print(f"| {name} | {cells} |", flush=True)
        ways = ((0, "as viewed"), (-1, "in linear light"))
        for at, how in ways if light == "linear" else ways[:1]:
            most = max(marks[at] for name, marks in found.items() if name not in METHODS)
            what = f"best on {title}, {how}"
            verdicts.append(judge(what, found["best"][at], round(most, 2), unit=" dB"))
    return verdicts


def run() -> None:
    """The tables, and whether `best` leads on each."""
    verdicts = []
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        there = dict(families())
        if not there:
            print("\n" + absent("quality", "no truth pictures beside this checkout"))
            return
        for family, pictures in there.items():
            verdicts += table(family, pictures, Path(folder))
        found = scores([zone_plate()], "coded", 0.0, Path(folder))
        print("\nzone plate, coded: " + ", ".join(f"{n} {m[0]:.2f}" for n, m in found.items()))
    print("\n" + "\n".join(verdicts))


if __name__ == "__main__":
    run()
