"""A picture that is no camera raw: what a movie, a DPX, a TIFF or an EXR decodes to."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal

import msgspec
import numpy.typing as npt

from functions.contract.camera import Triple
from functions.contract.timecode import Timecode

Alpha = Literal["straight", "premultiplied"]
FieldOrder = Literal["progressive", "tt", "bb"]
Siting = Literal["left", "center", "topleft"]
"""Where chroma samples stand: on even luma columns, between two rows (MPEG-2, H.264's default);
between columns and rows (JPEG, MPEG-1); on even columns and rows (BT.2020)."""


class ColourTags(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a clip says of its colour; None where it says nothing.

    primaries, transfer, matrix : FFmpeg's names ("bt709", "smpte2084", "bt2020nc")
    full : whether integer samples use their full range; None where nothing says it
    mastering, content_light : bodies of the boxes `mdcv` (ST 2086) and `clli` (CTA-861.3)
    log, gamut : the camera's own names, as written ("LogC3", "S-Log3", "S-Gamut3.Cine")
    conflict : what it says and cannot be followed: two words that disagree, or no colour at all
    """

    primaries: str | None = None
    transfer: str | None = None
    matrix: str | None = None
    full: bool | None = None
    log: str | None = None
    gamut: str | None = None
    conflict: str | None = None
    mastering: bytes | None = None
    content_light: bytes | None = None


class AudioFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One audio stream. samples : as far as the headers say, per channel; None = unsaid.

    refused : why its samples cannot be taken; empty where they can
    """

    codec: str
    rate: int
    channels: int
    layout: str
    samples: int | None = None
    refused: str = ""


class PictureFacts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the headers say of decoded pictures, beside `ClipFacts`.

    field_order : "progressive", "tt" or "bb" (top or bottom field first)
    rotation : degrees clockwise that a player turns the picture by: 0, 90, 180, 270
    pixel_aspect : width of a pixel over its height
    variable : whether frames stand for unequal times
    alpha : how colour stands to the alpha that pictures come with; None where they have none
    intra : whether every frame decodes alone
    siting : of 4:2:0 and 4:2:2 chroma, None where nothing says it
    compression : of a still whose format has several ("none", "zips", "lzw")
    channels : of a still, each with its samples' type: "R half", "Z float", "G uint16"
    matrix_unsaid : Y'CbCr whose matrix no header names
    created : when the file was made, as its header has it: no word of when it was shot
    """

    colour: ColourTags = ColourTags()
    field_order: FieldOrder = "progressive"
    rotation: int = 0
    pixel_aspect: Fraction = Fraction(1)
    variable: bool = False
    alpha: Alpha | None = None
    intra: bool = True
    siting: Siting | None = None
    compression: str | None = None
    channels: tuple[str, ...] = ()
    created: str | None = None
    audio: tuple[AudioFacts, ...] = ()
    matrix_unsaid: bool = False


class Picture(msgspec.Struct):
    """One decoded frame. Its arrays may be reused for the next one: copy to keep.

    number : the clip's own: file number, or place in presentation order from 0
    planes : R, G, B or Y', Cb, Cr, each (h, w) uint8, uint16, float16 or float32 with the
        samples of a row together
    model : "rgb" or "yuv"
    bits : of an integer sample (10 in a uint16); 0 for floats
    full : whether integers use their full range; else video levels
    matrix : FFmpeg's name of the Y'CbCr matrix; None for "rgb"
    step : luma samples per chroma sample, (across, down): (2, 1) is 4:2:2
    interlaced : the lines are two fields' by turns, and 4:2:0 chroma is each field's own
    alpha : (h, w), integers over their full range, None without
    timecode : this frame's own label
    siting : of chroma, None where the clip says nothing
    guessed : nothing names the matrix, which is that of pictures with so many lines
    notes : what is in this picture's file and is not applied, a sentence each
    """

    number: int
    planes: tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]
    model: Literal["rgb", "yuv"]
    bits: int
    full: bool
    matrix: str | None = None
    step: tuple[int, int] = (1, 1)
    alpha: npt.NDArray[Any] | None = None
    timecode: Timecode | None = None
    interlaced: bool = False
    siting: Siting | None = None
    guessed: bool = False
    notes: tuple[str, ...] = ()


class Cdl(msgspec.Struct, frozen=True, kw_only=True):
    """ASC CDL v1.2 numbers; `asc_names`: written as ASC_SOP and ASC_SAT, not SOPNode, SatNode."""

    slope: Triple = (1.0, 1.0, 1.0)
    offset: Triple = (0.0, 0.0, 0.0)
    power: Triple = (1.0, 1.0, 1.0)
    saturation: float = 1.0
    sop_notes: tuple[str, ...] = ()
    sat_notes: tuple[str, ...] = ()
    asc_names: bool = False

    @property
    def is_identity(self) -> bool:
        """Whether it changes nothing."""
        ones, zeros = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)
        return (self.slope, self.offset, self.power) == (ones, zeros, ones) and (
            self.saturation == 1.0
        )
