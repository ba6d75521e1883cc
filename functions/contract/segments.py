"""How a clip's work is made in parts, and the rule that parts of one movie obey.

An operation says by a `Splitting` how a request may be cut; who plans a job asks that value and
knows no operation. Parts of a movie are whole movie files of consecutive frames of one clip.

Picture: every part begins with a frame that decodes alone, and no frame of a part needs
another part: intra codecs by nature, H.264, H.265 and AV1 with closed GOPs, the first frame
an IDR. The encoder's settings do not depend on the part, so that the sample descriptions of
all parts are the same bytes.

Timecode: a part starts with the timecode of its own first frame.

PCM: a part of the frames a to b (b not in it) holds `samples_before(b) - samples_before(a)`
samples, counted from the clip's frame 0, so that the parts' counts add up to the count of
the whole. One packet a frame, muxed after the frame's picture: then the bytes of the joined
file can be those of a file that was made in one piece.

AAC and other codecs with overlapping packets do not join: a second encoder starts with
priming samples. A movie with such sound is made of parts without sound and of one more part,
the sound alone over all frames, encoded once. `stitch` takes its packets as they are, as its
`sound`. An operation whose movies are split so has a request field `only` that is "picture"
for a part without sound and "sound" for the sound alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from functions.contract import uris
from functions.contract.frames import FrameRange

if TYPE_CHECKING:
    from functions.contract.clip import ClipFacts

FRAME_SECONDS = 0.02
"""Opening, header, and one durable write of a frame; an object store answers in the same order
of time."""

PARTS_FOLDER = ".rushes/parts"
"""Where parts stand, below the output of the movie that they become."""

_RECEIPT = re.compile(r"/\.rushes/[0-9a-f]{32}\.json$")


def _nothing(whole: FrameRange, name: str) -> dict[str, Any]:
    return {}


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """How one request on one clip is made in parts.

    way : "frames": each part's files are its own, and need no joining after. "movie": parts are
        movies that a unit of `joiner` joins
    seconds : of one core for one frame, roughly. A constant and no measurement of a machine: the
        same job is cut into the same units, whoever plans it
    multiple : each part has a multiple of so many frames, but for the last
    before : frames that the first part makes beside its own
    joins : False for a movie that is made in one piece
    joiner : the operation that joins parts of a movie
    sound_apart : whether a movie's sound is one more part, with `only` "sound"
    each : (whole range, name of the outputs) to what every part's request says beside its frames
    beside : what the request says of one more unit, for what stands beside a movie in parts
    numbers : the clip's own frames to the numbers of the files that are made of them
    """

    way: Literal["frames", "movie"]
    seconds: float
    multiple: int = 1
    before: int = 0
    joins: bool = True
    joiner: str = ""
    sound_apart: bool = False
    each: Callable[[FrameRange, str], dict[str, Any]] = _nothing
    beside: Mapping[str, Any] | None = None
    numbers: Callable[[FrameRange], FrameRange] = lambda frames: frames


Splitting = Callable[[Mapping[str, Any]], "Callable[[ClipFacts], Parts] | None"]
"""A request's fields, unchecked, to how its clip is cut once its headers are known; None where
it is one unit, so that nobody reads them. What the fields do not say, or say wrongly, counts as
the operation's default: the request is checked elsewhere."""


def samples_before(frame: int, rate: Fraction, sample_rate: int) -> int:
    """Audio samples that belong before picture `frame` of a clip, counted from its frame 0.

    >>> [samples_before(n, Fraction(30000, 1001), 48000) for n in range(6)]
    [0, 1601, 3203, 4804, 6406, 8008]
    """
    return frame * sample_rate * rate.denominator // rate.numerator


def sound_apart(fields: Mapping[str, Any]) -> bool:
    """Whether a movie that a request asks for has its sound made in one piece.

    fields : of the request, as far as it says them: `container` and `audio`
    """
    audio = str(fields.get("audio") or "").lower()
    if audio:
        return not audio.startswith(("none", "pcm"))
    return str(fields.get("container") or "").lower() in ("mp4", "m4v")


def parts_folder(output: str, unit: str) -> str:
    """Folder URI of the parts of a movie.

    unit : of the movie made in one piece; other settings or sources have other parts
    """
    return uris.folder(uris.join(output, PARTS_FOLDER, unit))


def part_name(name: str, frames: FrameRange) -> str:
    """`A001.0000024-0000047`: of a part's file, without the extension."""
    return f"{name}.{frames.start:07d}-{frames.last:07d}"


def is_receipt(uri: str) -> bool:
    """Whether a URI names a unit's receipt, so that its name alone says what it made."""
    return _RECEIPT.search(uri) is not None


def cadence(rate: Fraction | None, sample_rate: int = 48000) -> int:
    """Frames after which samples and frames meet: parts that are multiples of it hold the same
    pattern of samples a frame (ST 382: 1602, 1601, 1602, 1601, 1602), which MXF counts on.

    >>> cadence(Fraction(30000, 1001)), cadence(Fraction(24000, 1001)), cadence(Fraction(25))
    (5, 1, 1)
    """
    return 1 if rate is None else (sample_rate / rate).denominator
