"""Arrays in, arrays out: the hot loops of rushes.

Importing this package imports neither numba nor NumPy; a function's module loads when the function
is first named, and compiled code when it is first called. `runtime()` says what serves the calls.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kernels.colour.cdl import apply_cdl as apply_cdl
    from kernels.colour.cdl import cdl_step as cdl_step
    from kernels.colour.curves import apply_chain as apply_chain
    from kernels.colour.curves import apply_curve as apply_curve
    from kernels.colour.curves import curve_step as curve_step
    from kernels.colour.lut import apply_lut1d as apply_lut1d
    from kernels.colour.lut import apply_lut3d as apply_lut3d
    from kernels.colour.lut import lut1d_step as lut1d_step
    from kernels.colour.lut import lut3d_step as lut3d_step
    from kernels.colour.lut import pad_lut3d as pad_lut3d
    from kernels.colour.matrix import apply_matrix as apply_matrix
    from kernels.colour.matrix import matrix_step as matrix_step
    from kernels.colour.steps import apply_steps as apply_steps
    from kernels.compiled import runtime as runtime
    from kernels.compiled import warm as warm
    from kernels.debayer import demosaic as demosaic
    from kernels.debayer import develop as develop
    from kernels.deflate import to_zlib as to_zlib
    from kernels.deflate import zip_blocks as zip_blocks
    from kernels.deflate import zip_room as zip_room
    from kernels.half import to_half as to_half
    from kernels.linear import develop_linear as develop_linear
    from kernels.linear import develop_mono as develop_mono
    from kernels.packed import unpack as unpack
    from kernels.resample import resize as resize
    from kernels.video.prores import encode_prores as encode_prores
    from kernels.video.rgb_to_ycbcr import to_yuv as to_yuv
    from kernels.video.ycbcr_to_rgb import from_yuv as from_yuv

_HOME = {
    "resize": "kernels.resample",
    "encode_prores": "kernels.video.prores",
    "to_yuv": "kernels.video.rgb_to_ycbcr",
    "from_yuv": "kernels.video.ycbcr_to_rgb",
    "apply_cdl": "kernels.colour.cdl",
    "apply_chain": "kernels.colour.curves",
    "apply_curve": "kernels.colour.curves",
    "apply_lut1d": "kernels.colour.lut",
    "apply_lut3d": "kernels.colour.lut",
    "apply_matrix": "kernels.colour.matrix",
    "apply_steps": "kernels.colour.steps",
    "cdl_step": "kernels.colour.cdl",
    "curve_step": "kernels.colour.curves",
    "lut1d_step": "kernels.colour.lut",
    "lut3d_step": "kernels.colour.lut",
    "matrix_step": "kernels.colour.matrix",
    "pad_lut3d": "kernels.colour.lut",
    "demosaic": "kernels.debayer",
    "develop": "kernels.debayer",
    "develop_linear": "kernels.linear",
    "develop_mono": "kernels.linear",
    "to_half": "kernels.half",
    "to_zlib": "kernels.deflate",
    "zip_blocks": "kernels.deflate",
    "zip_room": "kernels.deflate",
    "unpack": "kernels.packed",
    "runtime": "kernels.compiled",
    "warm": "kernels.compiled",
}

__all__ = [
    "apply_cdl",
    "apply_chain",
    "apply_curve",
    "apply_lut1d",
    "apply_lut3d",
    "apply_matrix",
    "apply_steps",
    "cdl_step",
    "curve_step",
    "demosaic",
    "develop",
    "develop_linear",
    "develop_mono",
    "encode_prores",
    "from_yuv",
    "lut1d_step",
    "lut3d_step",
    "matrix_step",
    "pad_lut3d",
    "resize",
    "runtime",
    "to_half",
    "to_yuv",
    "to_zlib",
    "unpack",
    "warm",
    "zip_blocks",
    "zip_room",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'kernels' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value
