"""Checks of one sequence: numbers, headers that agree, pixels that are pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from functions.contract.errors import RushesError
from functions.contract.frames import FrameRange
from functions.contract.store import Stat, Store
from functions.lint.findings import Finding, error, info, warning
from functions.lint.timecodes import check_timecodes
from functions.media.stills.exr_structure import ExrFacts, read_exr_facts
from functions.media.write.exr_header import ACES_CHROMATICITIES

_ALLOWED = ("none", "zip", "zips", "piz")
_LOG_WORDS = ("log", "slog", "clog", "vlog", "acescct", "acescc")
_SAID_GAPS = 5
_ONE_FOR_ALL = ("chromaticities", "framesPerSecond", "pixelAspectRatio", "reelName")


@dataclass(frozen=True, slots=True)
class FrameFile:
    """One file of a sequence. `path` is relative to what is linted."""

    number: int
    digits: str
    path: str
    stat: Stat


@dataclass(frozen=True, slots=True)
class Frame:
    """A file with what its header says."""

    file: FrameFile
    facts: ExrFacts


def check_numbers(files: Sequence[FrameFile], path: str) -> Iterator[Finding]:
    """Gaps, numbers that are there twice, digits that differ, empty files."""
    counts = Counter(file.number for file in files)
    for number, count in sorted(counts.items()):
        if count > 1:
            yield error("duplicate-frame", f"frame {number} is there {count} times", path, number)
    gaps = missing(sorted(counts))
    if gaps:
        shown = ", ".join(gaps[:_SAID_GAPS]) + (", ..." if len(gaps) > _SAID_GAPS else "")
        yield error("missing-frames", f"frames {shown} are missing", path)
    widths = Counter(len(file.digits) for file in files)
    if len(widths) > 1:
        yield error("padding", f"frame numbers have {sorted(widths)} digits", path)
    elif max(widths) < 4:
        yield warning("padding", f"frame numbers have {max(widths)} digits, 4 are usual", path)
    for file in files:
        if file.number < 0:
            yield error("negative-frame", "frame numbers start at 0", file.path, file.number)
        if file.stat.bytes == 0:
            yield error("empty-file", "the file has no bytes", file.path, file.number)


def missing(numbers: Sequence[int]) -> list[str]:
    """Ranges between the first and the last that are not there: ["1003-1005", "1010"]."""
    gaps = []
    for before, after in pairwise(numbers):
        if after - before > 1:
            gaps.append(str(FrameRange(before + 1, after)))
    return gaps


def read_frame(file: FrameFile, store: Store) -> Frame | Finding:
    """The header of a file, or what is wrong with it."""
    try:
        uri = file.stat.uri
        facts = read_exr_facts(
            lambda start, length: store.read_range(uri, start, length), file.stat.bytes
        )
    except RushesError as wrong:
        if wrong.retryable:
            raise
        detail = wrong.detail
        if store.read_range(uri, 0, 4) == bytes(4):
            detail = "it begins with zeros, as what a broken copy leaves: it is no EXR file"
        return error("unreadable", detail, file.path, file.number)
    return Frame(file, facts)


def check_header(frame: Frame, *, scene_linear: bool) -> Iterator[Finding]:
    """What one header has to say for a scene-linear ACES plate.

    scene_linear : whether ACES2065-1 is asked for; else only the file itself is checked
    """
    facts, path, number = frame.facts, frame.file.path, frame.file.number

    def bad(code: str, detail: str) -> Finding:
        return error(code, detail, path, number)

    if not facts.whole:
        yield bad("truncated", "the chunk table points past the end of the file, or nowhere")
    if facts.kind != "scanline":
        yield bad("not-scanline", f"the file is {facts.kind}, scan lines of one part are asked for")
    if facts.compression not in _ALLOWED:
        asked = "none, ZIP, ZIPS or PIZ are asked for"
        yield bad("compression", f"compression is {facts.compression}: {asked}")
    colours = {name: facts.channels.get(name) for name in "RGB"}
    if None in colours.values():
        yield bad("channels", f"channels are {', '.join(facts.channels)}: R, G, B are asked for")
    elif set(colours.values()) != {"half"} and (scene_linear or set(colours.values()) != {"float"}):
        found = ", ".join(f"{name} {type_}" for name, type_ in colours.items())
        yield bad("not-half", f"channels are {found}: half is asked for")
    extra = [name for name in facts.channels if name not in "RGBA"]
    if extra:
        yield warning("extra-channels", f"there are also {', '.join(extra)}", path, number)
    if facts.data_window != facts.display_window:
        detail = f"data window {facts.data_window}, display window {facts.display_window}"
        yield warning("windows-differ", detail, path, number)
    if not scene_linear:
        return
    chromaticities = facts.attributes.get("chromaticities")
    if chromaticities is None:
        yield bad("no-chromaticities", "the header says no chromaticities: ACES2065-1 has its own")
    elif any(abs(a - b) > 1e-4 for a, b in zip(chromaticities, ACES_CHROMATICITIES, strict=True)):
        yield bad("not-aces", "the chromaticities are not those of ACES2065-1 (AP0)")
    if facts.attributes.get("acesImageContainerFlag") != 1:
        # ST 2065-4 knows no compression: a compressed file must not claim to be one.
        if facts.compression == "none":
            detail = "acesImageContainerFlag is not set"
            yield warning("no-aces-flag", detail, path, number)
    elif facts.compression != "none":
        detail = f"acesImageContainerFlag on a file compressed by {facts.compression}"
        yield warning("aces-flag-compressed", detail, path, number)
    for name, value in sorted(facts.attributes.items()):
        # `input/colorspace` and its like tell where the pixels came from.
        last = name.lower().replace("_", "").rpartition("/")[2]
        where_from = any(word in name.lower() for word in ("input", "source", "original"))
        if isinstance(value, str) and "colorspace" in last and not where_from:
            words = value.lower().replace("-", "").replace(" ", "")
            if any(word in words for word in _LOG_WORDS) and "linear" not in words:
                yield bad("log-in-exr", f"{name} says {value!r}: EXR holds linear light")


def check_agreement(frames: Sequence[Frame], path: str) -> Iterator[Finding]:
    """Facts that are one for a whole sequence, and timecode that counts with the frames."""
    usual = usual_facts(frames)
    for frame in frames:
        facts, where = frame.facts, (frame.file.path, frame.file.number)
        if facts.data_window != usual.data_window or facts.display_window != usual.display_window:
            detail = f"{facts.width}x{facts.height}, the others have {usual.width}x{usual.height}"
            yield error("size-changes", detail, *where)
        if facts.channels != usual.channels:
            yield error("channels-change", "channels are not those of the others", *where)
        if facts.compression != usual.compression:
            detail = f"compression {facts.compression}, the others have {usual.compression}"
            yield warning("compression-changes", detail, *where)
        for name in _ONE_FOR_ALL:
            if facts.attributes.get(name) != usual.attributes.get(name):
                yield warning("header-changes", f"{name} is not that of the others", *where)
    yield from check_timecodes([(each.file.number, each.facts) for each in frames], path)


def usual_facts(frames: Sequence[Frame]) -> ExrFacts:
    """Those of the first frame of the kind that most are: the odd one may be the first."""

    def kind(facts: ExrFacts) -> str:
        said = [facts.attributes.get(name) for name in _ONE_FOR_ALL]
        windows = facts.data_window, facts.display_window
        return repr((windows, facts.channels, facts.compression, said))

    kinds = [kind(frame.facts) for frame in frames]
    most = Counter(kinds).most_common(1)[0][0]
    return frames[kinds.index(most)].facts


def check_size(facts: ExrFacts, folders: tuple[str, ...], path: str) -> Iterator[Finding]:
    """The folder `<W>x<H>`."""
    from functions.lint.names import size_name

    sizes = [found for name in folders if (found := size_name(name)) is not None]
    if sizes and sizes[-1] != (facts.width, facts.height):
        named = "{}x{}".format(*sizes[-1])
        yield error("folder-size", f"{facts.width}x{facts.height} lies in folder {named}", path)
    if not sizes:
        size = f"{facts.width}x{facts.height}"
        yield info("no-size-folder", f"no folder above is called {size}, as the guide has it", path)
