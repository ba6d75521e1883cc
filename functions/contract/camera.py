"""What a camera wrote about itself, in one normalised record for every raw format."""

from __future__ import annotations

import msgspec

Matrix = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]


class Calibration(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One calibration illuminant of a camera (DNG 1.7 specification, chapter 6).

    illuminant : EXIF LightSource code (17 standard light A, 21 D65, ...; 255 as IlluminantData
        says)
    white_xy : CIE 1931 xy of that light, where IlluminantData gives it
    spectrum : (first wavelength in nm, step in nm, relative power ...), where it gives that
    color_matrix : XYZ to reference camera RGB
    forward_matrix : white-balanced camera RGB to XYZ D50, or None
    camera_calibration : reference camera RGB to this camera's RGB, or None
    """

    illuminant: int
    color_matrix: Matrix
    forward_matrix: Matrix | None = None
    camera_calibration: Matrix | None = None
    white_xy: tuple[float, float] | None = None
    spectrum: tuple[float, ...] | None = None


class CameraRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Camera facts of a clip or a frame; None or empty where the file does not say.

    software, what wrote the file, which may be a converter; firmware, of the camera itself;
    shutter_seconds, exposure time in seconds; focal_length_mm; aperture, the f-number;
    white_kelvin, correlated colour temperature set at the camera; as_shot_neutral,
    camera RGB of a neutral under the scene's light; as_shot_white_xy, CIE 1931 xy of the
    same; baseline_exposure, stops to add, with the camera profile's offset; orientation,
    EXIF code, reported and never applied; matrix_to_aces, for cameras whose file or maker
    gives white-balanced camera RGB to ACES2065-1 directly.
    """

    make: str | None = None
    model: str | None = None
    unique_model: str | None = None
    serial: str | None = None
    software: str | None = None
    firmware: str | None = None
    lens: str | None = None
    iso: int | None = None
    shutter_seconds: float | None = None
    aperture: float | None = None
    focal_length_mm: float | None = None
    white_kelvin: float | None = None
    as_shot_neutral: tuple[float, float, float] | None = None
    as_shot_white_xy: tuple[float, float] | None = None
    analog_balance: tuple[float, float, float] | None = None
    baseline_exposure: float = 0.0
    calibrations: tuple[Calibration, ...] = ()
    matrix_to_aces: Matrix | None = None
    cfa: str | None = None
    bits: int | None = None
    black: tuple[float, ...] = ()
    white: tuple[float, ...] = ()
    reel: str | None = None
    timecode: str | None = None
    rate: str | None = None
    captured: str | None = None
    orientation: int | None = None
    pixel_aspect: float = 1.0

    @property
    def title(self) -> str | None:
        """Make and model as a person says them: the make once, though many models repeat it."""
        make, model = self.make or "", self.model or ""
        both = model if model.lower().startswith(make.lower()) else f"{make} {model}"
        return both.strip() or None
