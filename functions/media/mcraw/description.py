"""What a MotionCam recording says of itself, in JSON: of the clip, and of each frame.

Reference: mirsadm/motioncam-decoder, `example.cpp`; names that later recordings have beside those,
by motioncam-fs and PhotonCamera's writer. What a matrix, a neutral and a level mean is DNG's: the
phone's Camera2 gives all of them for DNGs.
"""

from __future__ import annotations

import math
from typing import Any, TypeVar

import msgspec

from functions.contract.camera import Assumption, Calibration, CameraRecord, matrix_of
from functions.contract.errors import DamagedSource, UnsupportedMedia
from functions.contract.request import NOT_JSON

LARGEST = 16 << 20
"""Bytes of a description: a look of 65^3 has a few million."""

Levels = tuple[float, float, float, float]
Said = TypeVar("Said")
_ILLUMINANTS = {"standarda": 17, "standardb": 18, "standardc": 19, "d50": 23, "d55": 20,
                "d65": 21, "d75": 22}  # fmt: skip
_WRITTEN = (21, 17)  # of both calibrations, by MotionCam's own export of DNGs
# How the screen stood, as EXIF has it: portrait, upside down, landscape, the other landscape.
_ORIENTATIONS = {0: 6, 1: 8, 2: 1, 3: 3}
_MIRRORED = {6: 7, 8: 5, 1: 2, 3: 4}


class _Struct(msgspec.Struct, frozen=True, rename="camel"):
    pass


class _Settings(_Struct, frozen=True):
    flipped: bool = False
    metadata: dict[str, Any] = {}


class Extra(_Struct, frozen=True):
    """What the app says of the recording."""

    audio_sample_rate: int | None = None
    audio_channels: int | None = None
    frame_rate: float | None = None
    post_process_settings: _Settings = _Settings()


class ClipSaid(_Struct, frozen=True):
    """The description at the start of the file."""

    black_level: tuple[float, ...]
    white_level: float
    sensor_arrangment: str = ""
    sensor_arrangement: str = ""
    color_matrix1: tuple[float, ...] | None = None
    color_matrix2: tuple[float, ...] | None = None
    forward_matrix1: tuple[float, ...] | None = None
    forward_matrix2: tuple[float, ...] | None = None
    calibration_matrix1: tuple[float, ...] | None = None
    calibration_matrix2: tuple[float, ...] | None = None
    color_illuminant1: str | int | None = None
    color_illuminant2: str | int | None = None
    reference_illuminant1: int | None = None
    reference_illuminant2: int | None = None
    apertures: tuple[float, ...] | None = None
    focal_lengths: tuple[float, ...] | None = None
    manufacturer: str | None = None
    model: str | None = None
    unique_camera_model: str | None = None
    num_segments: int | None = None
    extra_data: Extra = Extra()

    @property
    def pattern(self) -> str:
        """RGGB, BGGR, GRBG or GBRG. Raises UnsupportedMedia."""
        name = (self.sensor_arrangment or self.sensor_arrangement).upper()
        if name not in ("RGGB", "BGGR", "GRBG", "GBRG"):
            raise UnsupportedMedia(f"MotionCam with the colour filters {name[:40] or 'unsaid'!r}")
        return name


class FrameSaid(_Struct, frozen=True):
    """The description behind a frame."""

    width: int
    height: int
    compression_type: int = 0
    as_shot_neutral: tuple[float, ...] | None = None
    dynamic_black_level: tuple[float, ...] | None = None
    dynamic_white_level: float | None = None
    exposure_time: float | None = None
    iso: float | None = None
    orientation: int | None = None
    need_remosaic: bool = False
    lens_shading_map: msgspec.Raw = msgspec.Raw(b"null")

    @property
    def shaded(self) -> bool:
        """Whether it brings a map of the lens's shading."""
        return bytes(self.lens_shading_map).strip() not in (b"null", b"[]")


def read_said(content: bytes | memoryview, kind: type[Said]) -> Said:
    """A description. Raises DamagedSource for JSON that does not read or lacks what is needed."""
    try:
        return msgspec.json.decode(content, type=kind, strict=False)
    except NOT_JSON as error:
        what = str(error).partition("(")[0].strip()
        raise DamagedSource(f"a description of the recording does not read: {what}") from error


def levels(clip: ClipSaid, frame: FrameSaid) -> tuple[Levels, float]:
    """Black of the four sites and white: the frame's own where it has some.

    Raises DamagedSource for levels that cannot be.
    """
    own, white = frame.dynamic_black_level, frame.dynamic_white_level
    black = own if own and len(own) >= 4 and own[0] > 0 else clip.black_level
    white = white if white and white > 0 else clip.white_level
    if len(black) < 4 or not all(0 <= level < white <= 65535 for level in black[:4]):
        raise DamagedSource(f"black levels {list(black[:4])} and white {white:g}")
    return (black[0], black[1], black[2], black[3]), white


def camera_record(
    clip: ClipSaid, frame: FrameSaid, rate: str | None, assumed: tuple[Assumption, ...]
) -> CameraRecord:
    """The record of one frame. Raises DamagedSource, UnsupportedMedia."""
    extra = clip.extra_data
    built = extra.post_process_settings.metadata
    version = _text(built.get("version.build"))
    black, white = levels(clip, frame)
    calibrations, more = _calibrations(clip)
    neutral = frame.as_shot_neutral
    seconds = (frame.exposure_time or 0) / 1e9
    return CameraRecord(
        make=clip.manufacturer or _text(built.get("build.manufacturer")),
        model=clip.model or _text(built.get("build.model")),
        unique_model=clip.unique_camera_model or None,
        software=f"MotionCam {version}" if version else None,
        aperture=_only(clip.apertures),
        focal_length_mm=_only(clip.focal_lengths),
        iso=round(frame.iso) if frame.iso and 0 < frame.iso < 1e9 else None,
        shutter_seconds=seconds if 0 < seconds < 1e6 else None,
        as_shot_neutral=(neutral[0], neutral[1], neutral[2])
        if neutral and len(neutral) >= 3
        else None,
        calibrations=calibrations,
        cfa=clip.pattern,
        bits=int(white).bit_length(),
        black=black,
        white=(white,),
        rate=rate,
        orientation=orientation(clip, frame),
        assumed=(*assumed, *more),
    )


def orientation(clip: ClipSaid, frame: FrameSaid) -> int | None:
    """EXIF's code of how the phone was held; None where nothing says it."""
    code = _ORIENTATIONS.get(-1 if frame.orientation is None else frame.orientation)
    flipped = clip.extra_data.post_process_settings.flipped
    return _MIRRORED[code] if code and flipped else code


def _calibrations(clip: ClipSaid) -> tuple[tuple[Calibration, ...], tuple[Assumption, ...]]:
    sets = (
        (clip.color_matrix1, clip.forward_matrix1, clip.calibration_matrix1,
         clip.reference_illuminant1, clip.color_illuminant1),
        (clip.color_matrix2, clip.forward_matrix2, clip.calibration_matrix2,
         clip.reference_illuminant2, clip.color_illuminant2),
    )  # fmt: skip
    found, guessed = [], []
    for number, (colour, forward, own, code, name) in enumerate(sets):
        matrix = matrix_of(colour)
        if matrix is None:
            continue
        light = code or _ILLUMINANTS.get(str(name).lower())
        if light is None:
            light = _WRITTEN[number]
            guessed.append("D65" if light == _WRITTEN[0] else "standard light A")
        found.append(
            Calibration(
                illuminant=light,
                color_matrix=matrix,
                forward_matrix=matrix_of(forward),
                camera_calibration=matrix_of(own),
            )
        )
    if not guessed:
        return tuple(found), ()
    detail = (
        f"the recording does not name the lights of its matrices: {' and '.join(guessed)}, as "
        "MotionCam's own DNGs have them"
    )
    return tuple(found), (Assumption("calibration_lights", detail),)


def _only(numbers: tuple[float, ...] | None) -> float | None:
    """The one of a lens that has one: which of several was used is not said."""
    one = numbers[0] if numbers and len(numbers) == 1 else None
    return round(one, 4) if one and math.isfinite(one) and one > 0 else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
