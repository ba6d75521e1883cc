"""colour-science, imported without its notes about plotting, and a camera of known colour."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import colour

__all__ = ["LutherCamera", "adaptation", "colour", "xyz_to_ap0"]

Array = npt.NDArray[np.float64]

D50 = (0.3457, 0.3585)
ACES_WHITE = (0.32168, 0.33767)


def xyz(xy: tuple[float, float]) -> Array:
    """XYZ of a chromaticity at Y = 1, by colour-science."""
    return np.asarray(colour.xy_to_XYZ(xy), dtype=np.float64)


def adaptation(source: tuple[float, float], target: tuple[float, float]) -> Array:
    """Bradford matrix, by colour-science."""
    return np.asarray(
        colour.adaptation.matrix_chromatic_adaptation_VonKries(
            xyz(source), xyz(target), transform="Bradford"
        ),
        dtype=np.float64,
    )


def xyz_to_ap0() -> Array:
    """XYZ to ACES2065-1 as SMPTE ST 2065-1 prints it, by colour-science."""
    space = colour.RGB_COLOURSPACES["ACES2065-1"]
    return np.asarray(space.matrix_XYZ_to_RGB, dtype=np.float64)


@dataclass(frozen=True)
class LutherCamera:
    """A camera that sees colour exactly: its sensitivities are a mix of the CIE's observer.

    Only for such a camera is there a true answer to compare with, whatever the spectrum.
    """

    mix: Array

    def see(self, light: str, reflectances: list[str]) -> tuple[Array, Array, Array]:
        """Camera RGB of white and (N, 3) of patches, and (N, 3) XYZ with white at Y = 1.

        light : a CIE illuminant's name
        """
        shape = colour.SpectralShape(380, 780, 5)
        observer = colour.MSDS_CMFS["CIE 1931 2 Degree Standard Observer"]
        cmfs = observer.copy().align(shape).values
        power = colour.SDS_ILLUMINANTS[light].copy().align(shape).values
        chart = colour.SDS_COLOURCHECKERS["BabelColor Average"]
        patches = np.array([chart[name].copy().align(shape).values for name in reflectances])
        white = cmfs.T @ power
        seen = (patches * power) @ cmfs / white[1]
        return self.mix @ (white / white[1]), seen @ self.mix.T, seen

    @staticmethod
    def patch_names() -> list[str]:
        """Names of the 24 patches that `see` knows."""
        return list(colour.SDS_COLOURCHECKERS["BabelColor Average"])
