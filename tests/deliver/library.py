"""Output transforms by OpenColorIO itself: what masters and viewing movies are held against."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tests.colour.truth import ocio


def by_ocio(pixels: npt.NDArray[np.float32], style: str) -> npt.NDArray[np.float32]:
    """The ACES 2 output transform of that style and the display's encoding, by the library."""
    output, encoding = style.split("|")
    group = ocio.GroupTransform()
    group.appendTransform(ocio.BuiltinTransform(output))
    group.appendTransform(ocio.BuiltinTransform(encoding))
    processor = ocio.Config.CreateRaw().getProcessor(group)
    cpu = processor.getOptimizedCPUProcessor(ocio.OPTIMIZATION_LOSSLESS)
    out = np.ascontiguousarray(pixels)
    cpu.applyRGB(out)
    return out


REC709 = (
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-100nit-REC709_2.0"
    "|DISPLAY - CIE-XYZ-D65_to_REC.1886-REC.709"
)
P3_PQ = (
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-1000nit-P3-D65_2.0"
    "|DISPLAY - CIE-XYZ-D65_to_ST2084-P3-D65"
)
