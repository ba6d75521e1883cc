"""The numbers of an ACES 2 output transform, as the library itself writes them for a GPU.

The transform's tables (the cusps of a display's gamut, how far colours reach) come from searches
that take thousands of lines in the Academy's reference; the library has done them and gives their
results away with its shader. Should a later library write its shader otherwise, nothing is found
here, and the library's own processor runs.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import numpy as np

from functions.colour.ocio.library import library, raw
from kernels.colour.aces2_rendering import rendering2_step
from kernels.colour.steps import Step

_NUMBER = r"\s*(-?[0-9.]+(?:[eE][-+]?[0-9]+)?)\s*"


def rendering_step(params: tuple[float, ...]) -> Step | None:
    """The step of an output transform with the library's parameters; None if it is not readable.

    params : peak luminance and eight chromaticities, as FIXED_FUNCTION_ACES_OUTPUT_TRANSFORM_20
    """
    try:
        return _step_of(params)
    except (LookupError, ValueError):
        return None


@lru_cache(maxsize=8)
def _step_of(params: tuple[float, ...]) -> Step:
    ocio = library()
    transform = ocio.FixedFunctionTransform(
        ocio.FIXED_FUNCTION_ACES_OUTPUT_TRANSFORM_20, list(params)
    )
    shader = ocio.GpuShaderDesc.CreateShaderDesc(language=ocio.GPU_LANGUAGE_GLSL_4_0)
    raw().getProcessor(transform).getDefaultGPUProcessor().extractGpuShaderInfo(shader)
    text = shader.getShaderText()
    tables = {one.textureName: np.array(one.getValues(), np.float64) for one in
              shader.getTextures()}  # fmt: skip
    reach = next(one for name, one in tables.items() if "reach_m_table" in name)
    cusps = next(one for name, one in tables.items() if "gamut_cusp_table" in name)
    listed = re.search(r"hues_array\[\d+\] = float\[\d+\]\(([^)]*)\)", text)
    if listed is None:
        raise LookupError("hues")
    hues = [float(one) for one in listed[1].split(",")]
    # The library's tables begin one entry early, for hues that wrap.
    return rendering2_step(_numbers(text), reach[1:362], hues, cusps.reshape(-1, 3))


def _numbers(text: str) -> list[float]:
    """In the order of `kernels.loops.colour.aces2_slots`."""
    matrices = [_matrix(found) for found in re.findall(r"mat3\(([^)]*)\)", text)]
    if len(matrices) != 4:
        raise LookupError("matrices")
    into, to_aab, from_aab, back = matrices
    offset = _one(text, r"F_L_v\) / \(" + _NUMBER + r"\+ F_L_v\)")
    cone = _one(text, r"pow\(abs\(lms\), vec3\(" + _NUMBER)
    j_power = _one(text, r"float J = 100\. \* pow\(Aab\.r," + _NUMBER)
    white, j_back = _all(
        text, r"float A =" + _NUMBER + r"\* pow\(abs\(J\) \* [0-9.e-]+," + _NUMBER + r"\)", 2
    )
    gain, shift, power = _all(
        text, r"float f =" + _NUMBER + r"\* pow\(Y / \(Y \+" + _NUMBER + r"\)," + _NUMBER, 3
    )
    toe = _one(text, r"f \* f / \(f \+" + _NUMBER)
    luminance = _one(text, r"F_L_Y = pow\(" + _NUMBER + r"\* Y_ts")
    white_back = _one(text, r"\+ F_L_Y\)\) \*" + _NUMBER)
    top = _one(text, r"float nJ = J_ts /" + _NUMBER)
    expand, floor = _all(text, r"snJ \*" + _NUMBER + r", sqrt\(nJ \* nJ \+" + _NUMBER, 2)
    compress = _one(text, r"nJ \*" + _NUMBER + r", snJ\)")
    three = _NUMBER + "," + _NUMBER + "," + _NUMBER
    cosines = _all(text, r"vec3 cosine_weights = vec3\(" + three, 3)
    sines = _all(text, r"vec3 sine_weights = vec3\(" + three, 3)
    constant = _one(text, r"sine_weights\) \+" + _NUMBER)
    blend = _one(text, r"thr = mix\(cuspJ," + _NUMBER + "," + _NUMBER, 2)
    distance = _one(text, r"slope_gain =" + _NUMBER + r"\* ocio_get_focus")
    middle, cusp_blend = _all(
        text, r"focusJ = mix\(JMcusp\.r," + _NUMBER + r", min\(1\.0," + _NUMBER, 2
    )
    lower = _one(text, r"gamma_bottom_inv =" + _NUMBER)
    smooth = _one(text, r"float s =" + _NUMBER + r"\* JM_cusp")
    threshold = _one(text, r"max\(boundary_ratio," + _NUMBER)
    return [
        *into, *to_aab, *from_aab, *back, offset, cone, 1 / cone, j_power, j_back, white,
        white_back, gain, shift, power, toe, luminance, top, (100 / top) ** j_back, expand, floor,
        compress, *cosines, *sines, constant, blend, distance, middle, cusp_blend, lower, smooth,
        threshold,
    ]  # fmt: skip


def _all(text: str, pattern: str, count: int) -> list[float]:
    found = re.search(pattern, text)
    if found is None:
        raise LookupError(pattern)
    return [float(found[number + 1]) for number in range(count)]


def _one(text: str, pattern: str, which: int = 1) -> float:
    return _all(text, pattern, which)[-1]


def _matrix(listed: str) -> list[Any]:
    """Row by row; a shader has them column by column."""
    return list(np.array([float(one) for one in listed.split(",")]).reshape(3, 3).T.ravel())
