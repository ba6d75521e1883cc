"""What a camera wrote about itself, in one normalised record for every format.

The record is one schema: `inspect` gives it as `camera`, `/openapi.json` as `CameraRecord`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Triple = tuple[float, float, float]
Matrix = tuple[Triple, Triple, Triple]


def _field(text: str, unit: str | None = None) -> Meta:
    """A field's line in `/openapi.json`; its unit stands there by itself too."""
    more = {"x-unit": unit} if unit else None
    return Meta(description=f"{text}, in {unit}" if unit else text, extra_json_schema=more)


class Calibration(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One calibration illuminant of a camera (DNG 1.7 specification, chapter 6)."""

    illuminant: Annotated[
        int,
        _field(
            "EXIF LightSource code: 17 standard light A, 21 D65 ...; 255 as white_xy or spectrum"
            " say"
        ),
    ]
    color_matrix: Annotated[Matrix, _field("XYZ to reference camera RGB")]
    forward_matrix: Annotated[Matrix | None, _field("white-balanced camera RGB to XYZ D50")] = None
    camera_calibration: Annotated[
        Matrix | None, _field("reference camera RGB to this camera's")
    ] = None
    white_xy: Annotated[tuple[float, float] | None, _field("CIE 1931 xy of the light")] = None
    spectrum: Annotated[
        tuple[float, ...] | None,
        _field("of the light: first wavelength and step, both in nm, then relative power"),
    ] = None


class Frameline(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A framing that the camera showed, in pixels of the picture, from its upper left."""

    name: str
    role: Literal["master", "auxiliary"]
    x: int
    y: int
    width: int
    height: int


class Grade(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An ASC CDL that the camera showed its picture with."""

    slope: Triple
    offset: Triple
    power: Triple
    saturation: float = 1.0
    space: Annotated[str | None, _field("what it works on, as the camera calls it")] = None


class Assumption(msgspec.Struct, frozen=True):
    """What a reader took for granted: it stands under its name in a receipt's `assumed`."""

    name: str
    detail: str


class CameraRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Camera facts of a clip or a frame. A field that a file does not say is left out."""

    make: Annotated[str | None, _field("maker of the camera")] = None
    model: Annotated[str | None, _field("model of the camera")] = None
    unique_model: Annotated[str | None, _field("model that no other country calls otherwise")] = (
        None
    )
    serial: Annotated[str | None, _field("serial number of the camera")] = None
    software: Annotated[str | None, _field("what wrote the file, which may be a converter")] = None
    firmware: Annotated[str | None, _field("of the camera itself")] = None
    camera_id: Annotated[str | None, _field("letter or name of the camera on set: A, B ...")] = None
    lens: Annotated[str | None, _field("model of the lens")] = None
    lens_serial: Annotated[str | None, _field("serial number of the lens")] = None
    focal_length_mm: Annotated[float | None, _field("focal length", "mm")] = None
    aperture: Annotated[float | None, _field("f-number, of the geometry of the lens")] = None
    t_stop: Annotated[float | None, _field("T-stop, of the light that passes the lens")] = None
    focus_metres: Annotated[float | None, _field("focus distance", "m")] = None
    squeeze: Annotated[float | None, _field("anamorphic squeeze of the lens; 1 is spherical")] = (
        None
    )
    nd_stops: Annotated[float | None, _field("neutral density in the camera", "stops")] = None
    iso: Annotated[int | None, _field("ISO sensitivity or exposure index (EI)")] = None
    shutter_seconds: Annotated[float | None, _field("exposure time", "s")] = None
    shutter_degrees: Annotated[float | None, _field("shutter angle", "degrees")] = None
    white_kelvin: Annotated[
        float | None, _field("correlated colour temperature set at the camera", "K")
    ] = None
    tint: Annotated[
        float | None, _field("green to magenta shift set at the camera, in its maker's own steps")
    ] = None
    as_shot_neutral: Annotated[
        Triple | None, _field("camera RGB of a neutral under the scene's light")
    ] = None
    as_shot_white_xy: Annotated[
        tuple[float, float] | None, _field("CIE 1931 xy of the scene's light")
    ] = None
    analog_balance: Annotated[Triple | None, _field("gains before the samples were stored")] = None
    baseline_exposure: Annotated[
        float, _field("to add, with the camera profile's offset", "stops")
    ] = 0.0
    calibrations: Annotated[tuple[Calibration, ...], _field("colour under known lights")] = ()
    matrix_to_aces: Annotated[
        Matrix | None,
        _field("white-balanced camera RGB to ACES2065-1, where file or maker give it directly"),
    ] = None
    matrix_source: Annotated[str | None, _field("where matrix_to_aces is from")] = None
    cfa: Annotated[
        str | None, _field("colours of the mosaic's first 2x2 cell in reading order")
    ] = None
    bits: Annotated[int | None, _field("significant bits of a sample")] = None
    black: Annotated[tuple[float, ...], _field("black level of each site of the cell")] = ()
    white: Annotated[tuple[float, ...], _field("level at which the sensor clips")] = ()
    reel: Annotated[str | None, _field("reel or tape")] = None
    clip: Annotated[str | None, _field("the clip's name as the camera gave it")] = None
    card: Annotated[str | None, _field("serial number or name of the recording medium")] = None
    scene: str | None = None
    take: str | None = None
    timecode: Annotated[str | None, _field("of the first frame, HH:MM:SS:FF, ; for drop")] = None
    rate: Annotated[str | None, _field("project rate as an exact ratio", "frames per second")] = (
        None
    )
    sensor_rate: Annotated[
        str | None, _field("rate of the sensor as an exact ratio", "frames per second")
    ] = None
    captured: Annotated[str | None, _field("when it was shot, ISO 8601")] = None
    look: Annotated[str | None, _field("name of the look that the camera showed")] = None
    grade: Annotated[Grade | None, _field("ASC CDL that the camera showed")] = None
    framelines: Annotated[tuple[Frameline, ...], _field("framings that the camera showed")] = ()
    orientation: Annotated[int | None, _field("EXIF code, reported and never applied")] = None
    pixel_aspect: Annotated[float, _field("width of a pixel by its height when seen")] = 1.0
    assumed: Annotated[tuple[Assumption, ...], _field("what its reader took for granted")] = ()

    @property
    def title(self) -> str | None:
        """Make and model as a person says them: the make once, though many models repeat it."""
        make, model = self.make or "", self.model or ""
        both = model if model.lower().startswith(make.lower()) else f"{make} {model}"
        return both.strip() or None

    def of_colour(self) -> CameraRecord:
        """What decides about colour alone, equal for all frames that are coloured alike."""
        return CameraRecord(**{name: getattr(self, name) for name in _OF_COLOUR})


_OF_COLOUR = (
    "make", "model", "unique_model", "white_kelvin", "as_shot_neutral", "as_shot_white_xy",
    "analog_balance", "baseline_exposure", "calibrations", "matrix_to_aces", "matrix_source",
    "assumed",
)  # fmt: skip


def matrix_of(numbers: Sequence[float] | None) -> Matrix | None:
    """3x3 of nine numbers by rows; None for another count, and for zeros, which cameras write for
    what they do not know."""
    if numbers is None or len(numbers) != 9 or not any(numbers):
        return None
    a, b, c, d, e, f, g, h, i = numbers
    return (a, b, c), (d, e, f), (g, h, i)


def product(left: Matrix, right: Matrix) -> Matrix:
    """Matrix product, each sum in one order.

    Not by BLAS, which picks its kernel by processor: their last bits differ, and the same frame has
    to be the same bytes everywhere.
    """
    columns = tuple(zip(*right, strict=True))
    one, two, three = (
        tuple(row[0] * c[0] + row[1] * c[1] + row[2] * c[2] for c in columns) for row in left
    )
    return one, two, three  # type: ignore[return-value]


def solve(matrix: Matrix, values: Triple) -> Triple | None:
    """The x of `matrix` x = `values` by Cramer's rule; None where the determinant is under 1e-6."""
    whole = _determinant(*zip(*matrix, strict=True))
    if not abs(whole) > 1e-6:
        return None
    one, two, three = zip(*matrix, strict=True)
    return (
        _determinant(values, two, three) / whole,
        _determinant(one, values, three) / whole,
        _determinant(one, two, values) / whole,
    )


def _determinant(a: Triple, b: Triple, c: Triple) -> float:
    return (
        a[0] * (b[1] * c[2] - b[2] * c[1])
        - b[0] * (a[1] * c[2] - a[2] * c[1])
        + c[0] * (a[1] * b[2] - a[2] * b[1])
    )
