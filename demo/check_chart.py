"""Measures the chart in the demo's EXR frames against its known ACES values.

    python demo/check_chart.py CAMERA_FOLDER EXR_FOLDER

Prints each patch's mean over all frames and its error, and ends with 1 if a frame is
missing or an error is over the stated one.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a script

from demo.make_clip import ClipTruth, truth

STATED_ERROR = 0.002
"""Largest error of a patch's R, G or B, as a part of the patch's largest channel."""


def patch_means(paths: list[Path]) -> tuple[ClipTruth, npt.NDArray[np.float64]]:
    """The truth for frames of this size, and (24, 3) means over all frames."""
    import OpenEXR

    sums = np.zeros((24, 3))
    for path in paths:
        with OpenEXR.File(str(path), separate_channels=True) as file:
            channels = file.channels()
            picture = [channels[name].pixels for name in "RGB"]
        height, width = picture[0].shape
        known = truth(width, height, len(paths))
        for patch, (x, y, w, h) in enumerate(known.rectangles):
            for plane, pixels in enumerate(picture):
                sums[patch, plane] += pixels[y : y + h, x : x + w].mean(dtype=np.float64)
    return known, sums / len(paths)


def patch_errors(known: ClipTruth, means: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(24,) largest channel error of each patch, relative to its largest channel."""
    aces = np.array(known.aces)
    errors: npt.NDArray[np.float64] = np.abs(means - aces).max(axis=1) / aces.max(axis=1)
    return errors


def main(camera: Path, frames: Path) -> int:
    """Print the table; 0 if every patch is within the stated error."""
    paths = sorted(frames.glob("*.exr"))
    shot = len(list(camera.glob("*.dng")))
    if not paths or len(paths) != shot:
        print(f"{len(paths)} EXR frames in {frames} for {shot} camera frames in {camera}")
        return 1
    known, means = patch_means(paths)
    errors = patch_errors(known, means)
    print(f"chart: mean of {len(paths)} frames, ACES2065-1")
    print("patch     known R, G, B          measured R, G, B       error")
    for number, (aces, mean, error) in enumerate(zip(known.aces, means, errors, strict=True), 1):
        left = "  ".join(f"{value:.4f}" for value in aces)
        right = "  ".join(f"{value:.4f}" for value in mean)
        print(f"{number:4}   {left}   {right}   {error:7.3%}")
    worst = float(errors.max())
    verdict = "within" if worst <= STATED_ERROR else "OVER"
    print(f"worst {worst:.3%}, {verdict} the stated {STATED_ERROR:.2%}")
    return 0 if worst <= STATED_ERROR else 1


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python demo/check_chart.py CAMERA_FOLDER EXR_FOLDER")
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
