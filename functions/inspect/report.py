"""The report of `inspect`, as typed values: what stands in `<name>.inspect.json`."""

from __future__ import annotations

import builtins
from typing import Any, Literal

import msgspec

from functions.contract.camera import CameraRecord
from functions.contract.clip import DamageShownBy, Layout

Severity = Literal["error", "warning", "info"]


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that whoever works with the clip should know.

    severity : "error", frames are lost or unreadable; "warning", the clip is not what it
        says; "info", true and easily overlooked
    code : for programs: `frame-count-mismatch`, `truncated`, `encrypted`, `damaged-frame`,
        `missing-frames`, `empty-file`, `header-only`, `unsupported-codec`,
        `unreadable-frame`, `no-pictures`, `no-raw`, `vfr`, `timecode-invalid`, `timecode-break`,
        `empty-edit`, `rotated`, `not-applied`,
        `mixed-sizes`, `mixed-colour`
    detail : one sentence
    frame : the clip's own number, where it is about one
    """

    severity: Severity
    code: str
    detail: str
    frame: int | None = None


class Rate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Frames per second as exact ratios, `24000/1001`.

    nominal : what timecode counts in; average : as the container has it, where it differs;
    shortest, longest : seconds between neighbours, where they are measured and differ
    """

    nominal: str | None = None
    average: str | None = None
    variable: bool = False
    shortest: float | None = None
    longest: float | None = None


class FrameCount(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """first, last : the clip's own numbers; counted : really there; claimed : by the header;
    method : how they were counted: "packets" (each a whole picture), "decode", "headers" of
    each frame, or "files"
    """

    first: int
    last: int
    counted: int
    method: Literal["packets", "decode", "headers", "files"]
    claimed: int | None = None


class Picture(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """width, height in pixels as stored, after the crop; display_aspect after pixel aspect
    and before rotation; rotation in degrees clockwise to show it upright;
    field_order : "progressive", or "tt", "bb", "tb", "bt" (stored and shown first);
    compression, channels : of a still, as `contract.picture.PictureFacts` has them
    damage_shown_by : "checksums", "syntax" or "length", see `contract.clip.DamageShownBy`
    """

    codec: str
    width: int
    height: int
    layout: Layout | None = None
    profile: str | None = None
    codec_tag: str | None = None
    pixel_format: str | None = None
    pixel_aspect: str = "1"
    display_aspect: str | None = None
    rotation: int = 0
    field_order: str | None = None
    interlaced: bool = False
    compression: str | None = None
    channels: tuple[str, ...] = ()
    damage_shown_by: DamageShownBy = "syntax"


class Colour(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Tags as they are, by FFmpeg's names of ITU-T H.273; None where unspecified.

    mastering : primaries and white in CIE xy, luminance in nits (ST 2086)
    content_light : MaxCLL and MaxFALL in nits (CTA-861.3)
    dolby_vision : "profile.level", or "yes" where frames carry it without saying
    """

    primaries: str | None = None
    transfer: str | None = None
    matrix: str | None = None
    range: str | None = None
    mastering: dict[str, Any] | None = None
    content_light: dict[str, int] | None = None
    dolby_vision: str | None = None


class Sound(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One audio stream. samples : by the header, a channel; language as tagged."""

    codec: str
    rate: int
    channels: int
    layout: str | None = None
    samples: int | None = None
    seconds: float | None = None
    language: str | None = None
    name: str | None = None


class Data(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A stream that is neither picture nor sound. kind : "data", "subtitle", "attachment"."""

    kind: str
    codec: str | None = None
    name: str | None = None


class LensState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The lens from one frame on, until the next state; by the clip's own number.

    focus_metres in m, focal_length_mm in mm; aperture, the f-number
    """

    frame: int
    focus_metres: float | None = None
    t_stop: float | None = None
    aperture: float | None = None
    focal_length_mm: float | None = None


class File(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """xxh64 : of the whole content, 16 hex digits; None where checksums were not asked."""

    uri: str
    bytes: int
    xxh64: str | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is in a clip. Worst findings first.

    container : short name as ffprobe has it; start, last : timecode labels of the first and
    last frame; lens : the lens's states, where the frames carry them and they change;
    metadata : the container's own words, by key
    """

    name: str
    container: str
    files: tuple[File, ...]
    bytes: int
    picture: Picture | None = None
    frames: FrameCount | None = None
    rate: Rate | None = None
    seconds: float | None = None
    start: str | None = None
    last: str | None = None
    reel: str | None = None
    colour: Colour | None = None
    audio: tuple[Sound, ...] = ()
    data: tuple[Data, ...] = ()
    camera: CameraRecord | None = None
    lens: tuple[LensState, ...] = ()
    metadata: dict[str, str] = {}
    findings: tuple[Finding, ...] = ()

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        value: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return value

    def json(self) -> builtins.bytes:
        """Indented JSON with a final newline."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"


def uneven(shortest: float, longest: float) -> str:
    """That neighbours are between so many seconds apart, of a finding `vfr`."""
    fastest = 1 / shortest if shortest else float("inf")
    return (
        f"variable frame rate: {1 / longest:.3f} to {fastest:.3f} frames per second between "
        "neighbours"
    )


_ORDER: dict[str, int] = {"error": 0, "warning": 1, "info": 2}


def sorted_findings(findings: list[Finding]) -> tuple[Finding, ...]:
    """Worst first; of the same severity as they were found."""
    return tuple(sorted(findings, key=lambda finding: _ORDER[finding.severity]))
