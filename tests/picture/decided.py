"""Log pictures, shared AMFs, and OpenColorIO asked directly: for tests of decisions."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from functions.contract.amf import Reference, WorkingSpace
from functions.contract.picture import ColourTags
from tests.picture.fakes import Planes

LOGC3 = ColourTags(log="LogC3", gamut="ARRI Wide Gamut 3", primaries="bt709", transfer="bt709")
LOGC3_ID = "urn:ampas:aces:transformId:v2.0:CSC.Arri.LogC3_to_ACES.a2.v1"
AP1 = WorkingSpace(
    into=Reference(
        transform_id="urn:ampas:aces:transformId:v2.0:CSC.Academy.ACES_to_ACEScg.a2.v1",
        part="toCdlWorkingSpace",
    ),
    back=Reference(
        transform_id="urn:ampas:aces:transformId:v2.0:CSC.Academy.ACEScg_to_ACES.a2.v1",
        part="fromCdlWorkingSpace",
    ),
)
LOGC4 = ColourTags(log="LogC4")
REC709 = ColourTags(primaries="bt709", transfer="bt709", matrix="bt709")
ACES = ColourTags(gamut="AP0", transfer="linear")
BUILT_IN = "studio-config-v5.0.0_aces-v2.1_ocio-v2.6"
VIEW = ("Rec.1886 Rec.709 - Display", "ACES 2.0 - SDR 100 nits (Rec.709)")


def log_picture(bits: int = 10, height: int = 60, width: int = 90) -> npt.NDArray[np.uint16]:
    """(3, h, w) code values like a picture's: ramps of every hue, noise, both ends."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[0:height, 0:width] / np.array([height, width]).reshape(2, 1, 1)
    planes = np.stack([x, 0.6 * x + 0.4 * y, 0.3 + 0.5 * y]) * 0.75 + 0.08
    planes += rng.normal(0, 0.02, planes.shape)
    planes[:, :3, :3], planes[:, -3:, -3:] = 0.0, 1.0
    codes: npt.NDArray[np.uint16] = (planes.clip(0, 1) * (2**bits - 1)).round().astype(np.uint16)
    return codes


def by_library(image: Planes, *transforms: Any) -> npt.NDArray[np.float32]:
    """(3, h, w) float32 through transforms of the built-in config, by the library alone."""
    ocio = import_module("PyOpenColorIO")
    config = ocio.Config.CreateFromBuiltinConfig(BUILT_IN)
    group = ocio.GroupTransform(list(transforms))
    cpu = config.getProcessor(group).getOptimizedCPUProcessor(
        ocio.BIT_DEPTH_F32, ocio.BIT_DEPTH_F32, ocio.OPTIMIZATION_LOSSLESS
    )
    rgb = np.ascontiguousarray(image.astype(np.float32).transpose(1, 2, 0))
    cpu.applyRGB(rgb)
    return rgb.transpose(2, 0, 1)


def space(source: str, target: str) -> Any:
    """From one colour space of the config to another."""
    return import_module("PyOpenColorIO").ColorSpaceTransform(source, target)


def shown() -> Any:
    """ACES2065-1 to Rec.709."""
    return import_module("PyOpenColorIO").DisplayViewTransform("ACES2065-1", *VIEW)


def hero_grade() -> tuple[Any, ...]:
    """The CDL of the shared file 06, in ACEScct."""
    ocio = import_module("PyOpenColorIO")
    cdl = ocio.CDLTransform([1.25, 1.0, 0.85], [0.0] * 3, [1.0] * 3, 1.12)
    cdl.setStyle(ocio.CDL_NO_CLAMP)
    return space("ACES2065-1", "ACEScct"), cdl, space("ACEScct", "ACES2065-1")


def shared_amf(shared_data: Path, name: str, log: str = "Arri.LogC3_to_ACES.a2.v1") -> bytes:
    """A shared AMF with its input transform made one of ours."""
    (path,) = (shared_data / "amf/valid").glob(f"{name}_*.amf")
    text = path.read_text().replace("CSC.Canon.CLog3_CGamut_to_ACES.a1.v1", f"CSC.{log}")
    return text.encode()


def half_steps(made: Planes, truth: npt.NDArray[np.float32]) -> float:
    """Largest distance in steps between neighbouring half floats."""
    return float((np.abs(made.astype(np.float64) - truth) / np.spacing(
        np.abs(truth).clip(2**-14).astype(np.float16)
    )).max())  # fmt: skip
