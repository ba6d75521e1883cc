"""Whether the timecodes of a sequence count with its frames."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from functions.contract.errors import InvalidRequest
from functions.contract.timecode import Timecode, nominal_rate
from functions.lint.findings import Finding, warning
from functions.media.stills.exr_structure import ExrFacts
from functions.turnover.model import frames_of_day

_PAIRED = 40  # labels a second from which they count pairs of frames (ST 12-1)
_FIELD_MARK = 1 << 15


def timecode_of(facts: ExrFacts) -> Timecode | None:
    """What a header says; None where it says nothing that counts at its rate."""
    stamp, rate = facts.attributes.get("timeCode"), _rate(facts)
    if not stamp or rate is None:
        return None
    word = stamp[0]
    hours, minutes, seconds, frame = (
        (word >> shift & 15) + (word >> shift + 4 & tens) * 10
        for shift, tens in ((24, 3), (16, 7), (8, 7), (0, 3))
    )
    if rate >= _PAIRED:
        frame = 2 * frame + (1 if word & _FIELD_MARK else 0)
    drop = bool(word & 1 << 6)
    label = f"{hours:02d}:{minutes:02d}:{seconds:02d}{';' if drop else ':'}{frame:02d}"
    try:
        return Timecode.parse(label, Fraction(rate * 1000, 1001) if drop else Fraction(rate))
    except InvalidRequest:
        return None


def check_timecodes(frames: Sequence[tuple[int, ExrFacts]], path: str) -> Iterator[Finding]:
    """Timecodes in all frames or in none, no two the same, one frame further each frame.

    frames : number and header, by number
    """
    stamps = [facts.attributes.get("timeCode") for _, facts in frames]
    if any(stamps) and not all(stamps):
        yield warning("no-timecode", "some frames carry a timecode and some do not", path)
    rate = _rate(frames[0][1])
    marked = any(stamp and stamp[0] & _FIELD_MARK for stamp in stamps)
    if rate is not None and rate >= _PAIRED and not marked:
        return  # a writer without field marks gives two frames one label
    repeated = [n for n, count in Counter(s for s in stamps if s).items() if count > 1]
    if repeated:
        yield warning("timecode-repeats", f"{len(repeated)} timecodes are there twice", path)
    found = [(number, timecode_of(facts)) for number, facts in frames]
    none = [
        number for (number, code), stamp in zip(found, stamps, strict=True) if stamp and not code
    ]
    if none and rate is not None:
        detail = f"the timecode of {len(none)} frames is none at {rate} frames a second"
        yield warning("no-timecode", detail, path, none[0])
    jumps = [
        (number, before, after)
        for (earlier, before), (number, after) in pairwise(found)
        if before is not None
        and after is not None
        and after.frame != before.frame
        and (after.frame - before.frame) % frames_of_day(after.rate, after.drop) != number - earlier
    ]
    if jumps:
        number, before, after = jumps[0]
        more = f", and in {len(jumps) - 1} other places" if len(jumps) > 1 else ""
        detail = f"timecode goes from {before} to {after} at frame {number}{more}"
        yield warning("timecode-jumps", detail, path, number)


def _rate(facts: ExrFacts) -> int | None:
    """Labels a second."""
    said = facts.attributes.get("timecodeRate")
    if isinstance(said, int) and said > 0:
        return said
    rate = facts.attributes.get("framesPerSecond")
    if isinstance(rate, tuple) and rate[0] > 0 and rate[1] > 0:
        return nominal_rate(Fraction(*rate))
    return None
