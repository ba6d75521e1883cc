"""An ACES Metadata File as frozen values: what was done to the pixels and what is left to do.

S-2019-001 "ACES Metadata File", versions 1.0 and 2.0. `read_amf` makes these values,
`write_amf` turns them into bytes again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from functions.contract.picture import Cdl as Cdl

Stage = Literal["input", "look", "output"]
Part = Literal[
    "inverseOutputTransform",
    "inverseOutputDeviceTransform",
    "inverseReferenceRenderingTransform",
    "referenceRenderingTransform",
    "outputDeviceTransform",
    "toCdlWorkingSpace",
    "fromCdlWorkingSpace",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileHash:
    """Hash of a transform; `value` as written: base64 of the digest (some write hex)."""

    algorithm: Literal["sha256", "sha1", "md5"]
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What a transform is: exactly one of a transform id, a file beside the AMF, a uuid.

    `file` is as written, percent-encoded. `line` and `where` say where it was read.
    """

    transform_id: str | None = None
    file: str | None = None
    uuid: str | None = None
    description: str | None = None
    hash: FileHash | None = None
    part: Part | None = None
    line: int | None = field(default=None, compare=False)
    where: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingSpace:
    """Where a CDL is applied: into the space and back to ACES2065-1.

    `into` may be absent: it is then the inverse of `back`.
    """

    into: Reference | None = None
    back: Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class ColourStep:
    """One transform of a pipeline.

    stage : "input" (camera to ACES2065-1), "look" (ACES to ACES), "output" (to a display)
    applied : its effect is in the pixels already
    reference : transform id, file or uuid; for a CDL of a collection, the collection's file
    parts : instead of `reference`, the pair or single transform it is made of, in order:
        inverse output, inverse ODT + inverse RRT, RRT + ODT
    cdl, cdl_id : an inline CDL, or the id of one in the file of `reference`
    working : the CDL's working space
    """

    stage: Stage
    applied: bool = False
    description: str | None = None
    hash: FileHash | None = None
    reference: Reference | None = None
    parts: tuple[Reference, ...] = ()
    cdl: Cdl | None = None
    cdl_id: str | None = None
    working: WorkingSpace | None = None
    line: int | None = field(default=None, compare=False)
    where: str = field(default="", compare=False)

    def references(self) -> tuple[Reference, ...]:
        """Every reference inside, in the order it acts."""
        own = (self.reference,) if self.reference else ()
        space = (self.working.into, self.working.back) if self.working else ()
        return own + self.parts + tuple(ref for ref in space if ref)


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who wrote it."""

    name: str
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """Header of a file or of one pipeline; dates as written (xs:dateTime).

    `uuid` is "urn:uuid:..."; None only in version 1. `created` and `modified` are empty
    only in version 1 files of writers that leave them out.
    """

    description: str | None = None
    authors: tuple[Author, ...] = ()
    created: str = ""
    modified: str = ""
    uuid: str | None = None
    line: int | None = field(default=None, compare=False)
    where: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipId:
    """Which clip the file is about: a name, and a sequence, a file or a uuid.

    sequence : (pattern, index character, first, last), "A001.####.exr", "#", 1, 240
    """

    name: str
    sequence: tuple[str, str, int, int] | None = None
    file: str | None = None
    uuid: str | None = None
    line: int | None = field(default=None, compare=False)
    where: str = field(default="clipId", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """Ordered steps, camera to display.

    system_version : of ACES, "1.3.0"
    working_location : how many steps stand before the working location (the place where
        new looks are made); None without one. Always after the input step.
    """

    info: Info
    system_version: str
    steps: tuple[ColourStep, ...] = ()
    working_location: int | None = None

    @property
    def aces_major(self) -> int:
        """1 or 2."""
        return int(self.system_version.partition(".")[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Amf:
    """A whole file. `version` is the format's own, "1.0" or "2.0"."""

    version: Literal["1.0", "2.0"]
    info: Info
    clip: ClipId | None = None
    pipeline: Pipeline
    archived: tuple[Pipeline, ...] = ()

    @property
    def steps(self) -> tuple[ColourStep, ...]:
        """The steps of the pipeline in use, camera to display."""
        return self.pipeline.steps
