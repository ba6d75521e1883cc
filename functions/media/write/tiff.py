"""TIFF of 16 bits, R, G, B and alpha, deflate with horizontal differencing.

By tifffile; OpenImageIO writes the clock into every file.
"""

from __future__ import annotations

import io
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from functions.contract.version import VERSION

_ROWS = 64


def encode_tiff(
    planes: npt.NDArray[np.uint16],
    *,
    description: str = "",
    icc: bytes | None = None,
    pixel_aspect: Fraction = Fraction(1),
) -> bytes:
    """One file. planes : (3, H, W) uint16, R, G, B over the full range, or (4, H, W) with an
    alpha that the colours are not multiplied by (ExtraSamples 2). icc : a profile, tag 34675.
    pixel_aspect : width of a pixel over its height, as resolutions without a unit (TIFF 6.0,
    ResolutionUnit 1); square pixels are not said.

    Raises ValueError for another shape or dtype.
    """
    import tifffile

    check_words(planes, 3, 4)
    file = io.BytesIO()
    tifffile.imwrite(
        file,
        np.ascontiguousarray(planes.transpose(1, 2, 0)),
        photometric="rgb",
        extrasamples=("unassalpha",) if len(planes) == 4 else None,
        compression="adobe_deflate",
        compressionargs={"level": 1},
        predictor=True,
        rowsperstrip=_ROWS,
        software=f"rushes {VERSION}",
        description=description or None,
        iccprofile=icc,
        metadata=None,
        resolution=pixel_aspect.as_integer_ratio()[::-1] if pixel_aspect != 1 else None,
        resolutionunit=1 if pixel_aspect != 1 else None,
        maxworkers=1,
    )
    return file.getvalue()


def check_words(planes: npt.NDArray[np.uint16], *channels: int) -> None:
    """Raise ValueError for planes of another shape or dtype than a still of words is made of."""
    if planes.dtype != np.uint16 or planes.ndim != 3 or len(planes) not in channels:
        wanted = "|".join(str(count) for count in channels)
        raise ValueError(f"planes are ({wanted}, H, W) uint16, not {planes.shape} {planes.dtype}")
