"""What a clip is to the rest of the house: facts from its headers, and a stream of frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Literal, Protocol

import msgspec
import numpy as np
import numpy.typing as npt

from functions.contract.camera import CameraRecord
from functions.contract.frames import FrameRange
from functions.contract.picture import Picture, PictureFacts
from functions.contract.timecode import Timecode

Pixels = npt.NDArray[np.uint16] | npt.NDArray[np.float32]
Layout = Literal["cfa", "linear", "mono"]
DamageShownBy = Literal["checksums", "syntax", "length"]
"""How damage of a clip's coded pictures shows: "checksums", any change of them is found; "syntax",
what breaks the rules of the coding is; "length", nothing but missing bytes is."""
Rows = tuple[int, int]
Bands = Callable[[int, Callable[[Rows], object]], object]
"""Calls a function for runs of so many rows, which may be worked on at the same time."""


class Correction(Protocol):
    """What a lens correction does to linear pixels."""

    def apply(self, pixels: npt.NDArray[np.float32], bands: Bands) -> None:
        """Change (H, W, samples) on the scale 0..1 in place."""
        ...


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How a clip is read, where its files leave a choice.

    part : of an EXR of several parts or layers, by name, or by number from 1
    view : of a stereo EXR ("left", "right")
    lens : corrections that a DNG brings as opcodes: "none", "shading" (gain maps and
        vignetting) or "all" (distortion too)
    """

    part: str | None = None
    view: str | None = None
    lens: Literal["none", "shading", "all"] = "none"


class ClipFacts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the headers say, before a pixel is read.

    container, codec : short names as ffprobe has them ("mov", "prores"; "dng", "ljpeg")
    layout : how raw frames come: "cfa", "linear" or "mono"; None for a movie that is no raw
    width, height : of the picture after the default crop, before any rotation
    frames_claimed : what the header promises; None where it promises nothing
    rate : exact frames per second, None for stills
    start : timecode of the first frame; steady : frames until it jumps, None where it counts on
    name, padding : of the clip, for output names: "A001", digits of its frame numbers
    undecodable : why none of its pictures can be had here; empty for a clip that is read
    """

    container: str
    codec: str
    layout: Layout | None
    width: int
    height: int
    name: str
    padding: int = 6
    frames_claimed: int | None = None
    rate: Fraction | None = None
    start: Timecode | None = None
    steady: int | None = None
    camera: CameraRecord = CameraRecord()
    picture: PictureFacts = PictureFacts()
    undecodable: str = ""


class RawFrame(msgspec.Struct):
    """One undeveloped frame. Its arrays may be reused for the next one: copy to keep.

    number : the clip's own number of the frame
    layout, pixels : "cfa" (H, W), "mono" (H, W), "linear" (H, W, 3); uint16 or float32,
        C-contiguous, the active area of the sensor
    pattern : RGGB, BGGR, GRBG or GBRG of `pixels`' own first cell; None unless "cfa"
    black, white : on the scale of `pixels`; black of four CFA sites in reading order of
        the 2x2 cell (for "linear", R, G, B and B again)
    crop : (x, y, width, height) of the picture inside `pixels`
    camera : this frame's own record (white balance may change inside a take)
    timecode : this frame's own label where it carries one
    floating : whether the file's samples are floating-point: they end at no sensor's white
    corrections : what is done after the demosaic, on black 0 and white 1, before the crop
    notes : what is in this frame's file and is not applied, a sentence each
    """

    number: int
    layout: Layout
    pixels: Pixels
    pattern: str | None
    black: tuple[float, float, float, float]
    white: float
    crop: tuple[int, int, int, int]
    camera: CameraRecord
    timecode: Timecode | None = None
    floating: bool = False
    corrections: tuple[Correction, ...] = ()
    notes: tuple[str, ...] = ()


class Clip(Protocol):
    """One camera take. Opening reads headers only."""

    @property
    def facts(self) -> ClipFacts:
        """What the headers say."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What is in the file, would change its pictures and is not applied: a sentence each."""
        ...

    def numbers(self) -> FrameRange:
        """The clip's own frame numbers, first to last, as far as headers and listing say.

        For a sequence with holes, the whole span: asking for a missing frame raises
        SourceNotFound with its number.
        """
        ...

    def frames(self, wanted: FrameRange) -> Iterator[RawFrame]:
        """Frames in order, one at a time, reading only what they need.

        Raises DamagedSource or SourceNotFound with the frame's number, UnsupportedMedia
        for a movie that is no camera raw.
        """
        ...

    def pictures(self, wanted: FrameRange) -> Iterator[Picture]:
        """Decoded pictures in order, for a clip that is no camera raw (`facts.layout` None).

        A movie's numbers are places in presentation order; interlaced frames come as coded,
        two fields in one picture. Raises DamagedSource or SourceNotFound with the frame's
        number, UnsupportedMedia for camera raw.
        """
        ...

    def close(self) -> None:
        """Let go of files and decoders."""
        ...
