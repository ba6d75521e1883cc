"""What a tracker wants to know of a plate, out of the receipt in a completed event."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from urllib.parse import unquote, urlsplit

_NAME = re.compile(r"(?P<shot>\w+)_(?P<kind>[A-Z]+\d{2})_v(?P<version>\d{3,4})")


class Unpublishable(Exception):
    """The event or the tracker's own entries must change before this plate can be registered."""


@dataclass(frozen=True, slots=True)
class Plate:
    """A finished plate. Frame numbers are the plate's, both ends included.

    first, last : with handles; cut_first, cut_last : without
    rate : frames a second, None where the receipt has none
    timecode : of the clip's first frame; `skipped` frames later is the plate's first
    files : the EXR frames in order, as (URI, bytes)
    beside : URIs of AMF, CDL, FDL, viewing movie and so on, by name
    """

    unit: str
    base: str
    shot: str
    kind: str
    version: int
    first: int
    last: int
    cut_first: int
    cut_last: int
    rate: Fraction | None
    timecode: str | None
    skipped: int
    width: int
    height: int
    pixel_aspect: float
    files: tuple[tuple[str, int], ...]
    beside: dict[str, str]

    @property
    def sequence(self) -> str:
        """`ABC` of `ABC_010`: what stands before the last underscore."""
        return self.shot.rpartition("_")[0] or self.shot

    @property
    def folder(self) -> str:
        """URI of the frames' folder, with its slash."""
        return self.files[0][0].rpartition("/")[0] + "/"

    @property
    def padding(self) -> int:
        """Digits of a frame number."""
        return len(self.files[0][0].rsplit(".", 2)[1])

    @property
    def pattern(self) -> str:
        """Path, or URI of what is no file, with `%04d` for the number."""
        return path_of(f"{self.folder}{self.base}.%0{self.padding}d.exr")

    @property
    def bytes(self) -> int:
        """Of all frames."""
        return sum(size for _, size in self.files)


def path_of(uri: str) -> str:
    """The path of a `file://` URI; any other as it is."""
    return uri.removeprefix("file://") if uri.startswith("file://") else uri


def read_plate(receipt: Mapping[str, Any]) -> Plate:
    """The plate that a receipt tells of.

    Raises Unpublishable for a receipt of something else, or one that lacks what is needed here.
    """
    try:
        report, frames = receipt["report"], receipt["frames"]
        name = _NAME.fullmatch(report["plate"])
        if receipt["operation"] != "plate" or name is None:
            raise Unpublishable(f"{report['plate']!r} is no name of a plate")
        files = [each for each in receipt["outputs"] if each["frame"] is not None]
        files.sort(key=lambda each: int(each["frame"]))
        if [each["frame"] for each in files] != list(range(frames["first"], frames["last"] + 1)):
            raise Unpublishable("the receipt does not name every frame of its range")
        clip = report["clip"]
        first_own = int(str(report["source_frames"]).partition("-")[0])
        return Plate(
            unit=receipt["unit"],
            base=report["plate"],
            shot=name["shot"],
            kind=name["kind"],
            version=int(name["version"]),
            first=frames["first"],
            last=frames["last"],
            cut_first=report["cut"]["first"],
            cut_last=report["cut"]["last"],
            rate=Fraction(clip["rate"]) if clip.get("rate") else None,
            timecode=clip.get("timecode"),
            skipped=first_own - clip["frames"]["first"],
            width=report["canvas"]["width"],
            height=report["canvas"]["height"],
            pixel_aspect=report["pixel_aspect"],
            files=tuple((each["uri"], each["bytes"]) for each in files),
            beside={
                unquote(urlsplit(each["uri"]).path.rpartition("/")[2]): each["uri"]
                for each in receipt["outputs"]
                if each["frame"] is None
            },
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Unpublishable(f"this is no receipt of a plate: {error!r}") from error
