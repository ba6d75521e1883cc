"""Others' demosaics: LibRaw's, RawTherapee's and colour-demosaicing's Menon, from synthetic DNGs.

Each takes 16-bit samples of an RGGB sensor with room below black, so that noise is not clipped, and
above white, and gives camera RGB on the scale of white.
"""

from __future__ import annotations

import shutil
import subprocess
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.uint16]
Demosaic = Callable[[Samples], Any]

BLACK, WHITE = 4000, 54000
# RawTherapee reads nothing smaller, and cuts four pixels off each side.
LEAST, CUT = 512, 4
# Nothing but the demosaic: no profile, no curve, sRGB in and out.
_PROFILE = """[Version]
AppVersion=5.9
Version=349
[White Balance]
Enabled=true
Setting=Camera
[Color Management]
InputProfile=(none)
ToneCurve=false
ApplyLookTable=false
ApplyBaselineExposureOffset=false
ApplyHueSatMap=false
WorkingProfile=sRGB
WorkingTRC=none
OutputProfile=RTv4_sRGB
OutputProfileIntent=Relative
OutputBPC=false
[Exposure]
Auto=false
Compensation=0
HistogramMatching=false
ClampOOG=false
[HLRecovery]
Enabled=false
[RAW]
CA=false
HotPixelFilter=false
DeadPixelFilter=false
[RAW Bayer]
Method={method}
Border=4
CcSteps=0
LMMSEIterations=2
GreenThreshold=0
LineDenoise=0
"""


def digital_negative(cfa: Samples, file: Path, black: int, white: int) -> None:
    """The frame as the plainest DNG that LibRaw reads."""
    import tifffile

    unit = [value for row in np.eye(3, dtype=int) for v in row for value in (int(v), 1)]
    tags = [
        (50706, "B", 4, (1, 4, 0, 0), False),
        (50708, "s", 0, "bench", False),
        (33421, "H", 2, (2, 2), False),
        (33422, "B", 4, (0, 1, 1, 2), False),
        (50714, "H", 1, black, False),
        (50717, "I", 1, white, False),
        (50721, "2i", 9, unit, False),
        (50728, "2I", 3, [1, 1] * 3, False),
        (50778, "H", 1, 21, False),
    ]
    tifffile.imwrite(file, cfa, photometric=32803, extratags=tags, metadata=None)


def libraw(file: Path, algorithm: str, wb: tuple[float, float, float, float]) -> Any:
    """A demosaic of LibRaw's, in camera RGB, linear, 65535 = white."""
    import rawpy

    with rawpy.imread(str(file)) as raw:
        return raw.postprocess(
            demosaic_algorithm=rawpy.DemosaicAlgorithm[algorithm],
            output_color=rawpy.ColorSpace.raw,
            gamma=(1, 1),
            no_auto_bright=True,
            output_bps=16,
            user_wb=list(wb),
            user_flip=0,
            adjust_maximum_thr=0.0,
        )


def _libraw(algorithm: str, folder: Path, cfa: Samples) -> Any:
    file = folder / "frame.dng"
    digital_negative(cfa, file, BLACK, WHITE)
    return libraw(file, algorithm, (1.0, 1.0, 1.0, 1.0)) / 65535


def _rawtherapee(method: str, folder: Path, cfa: Samples) -> Any:
    import tifffile

    from bench.measures import decoded

    height, width = cfa.shape
    room = [(0, max(0, LEAST - n)) for n in (height, width)]
    digital_negative(np.pad(cfa, room, mode="reflect"), folder / "frame.dng", BLACK, WHITE)
    (folder / "frame.pp3").write_text(_PROFILE.format(method=method))
    names = ["-o", "frame.tif", "-p", "frame.pp3", "-b32", "-t", "-Y", "-c", "frame.dng"]
    subprocess.run(
        ["rawtherapee-cli", *names],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    made = np.pad(tifffile.imread(folder / "frame.tif"), ((CUT, CUT), (CUT, CUT), (0, 0)))
    return decoded(made[:height, :width].astype(np.float64))


def _menon(cfa: Samples) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import colour_demosaicing as cd

        return cd.demosaicing_CFA_Bayer_Menon2007((cfa - float(BLACK)) / (WHITE - BLACK), "RGGB")


def peers(folder: Path) -> dict[str, Demosaic]:
    """Those that this machine has, by name."""
    found: dict[str, Demosaic] = {
        f"LibRaw {name}": partial(_libraw, name, folder) for name in ("AHD", "AAHD", "DHT", "DCB")
    }
    if shutil.which("rawtherapee-cli"):
        for name in ("amaze", "rcd", "lmmse", "vng4"):
            found[f"RawTherapee {name.upper()}"] = partial(_rawtherapee, name, folder)
    return found | {"Menon": _menon}
