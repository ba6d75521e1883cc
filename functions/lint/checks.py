"""All checks of a delivery, in one list of findings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from functions.contract.frames import FrameRange
from functions.contract.operation import Work
from functions.lint.findings import Finding, error, sorted_findings, warning
from functions.lint.frames import (
    Frame,
    check_agreement,
    check_header,
    check_numbers,
    check_size,
    read_frame,
    usual_facts,
)
from functions.lint.names import check_letters, check_plate
from functions.lint.package import check_package
from functions.lint.pixels import Pixels, check_pixels, measure
from functions.lint.request import LintRequest
from functions.lint.seals import check_seals
from functions.lint.tree import Delivery, Sequence


def lint(
    request: LintRequest, delivery: Delivery, work: Work
) -> tuple[tuple[Finding, ...], list[dict[str, Any]]]:
    """Every finding, and a line about each sequence. Raises what a retry may cure."""
    plate = request.profile == "plate"
    findings: list[Finding] = []
    lines = []
    for sequence in delivery.sequences:
        found, line = _sequence(sequence, request, work)
        findings += found
        lines.append(line)
    findings += _names(delivery)
    findings += [
        warning("odd-entry", f"{kind}: not checked", path) for path, kind in delivery.odd.items()
    ]
    if not any(each.extension.lower() == "exr" for each in delivery.sequences):
        findings.append(error("no-frames", "there is no sequence of EXR files"))
    findings += check_package(
        delivery, request.input, work, plate=plate, decode=request.pixels != "none"
    )
    if plate or delivery.sealed:
        findings += check_seals(delivery, request.input, work, hashes=request.checksum)
    return sorted_findings(findings), lines


def _names(delivery: Delivery) -> Iterator[Finding]:
    for path in delivery.others:
        yield from check_letters(path)
    told = set()
    for each in delivery.sequences:
        for part in (each.path.replace("####.", ""),):
            if part not in told:
                told.add(part)
                yield from check_letters(part)


def _sequence(
    sequence: Sequence, request: LintRequest, work: Work
) -> tuple[list[Finding], dict[str, Any]]:
    plate = request.profile == "plate"
    path = sequence.path
    numbers = [file.number for file in sequence.files]
    line: dict[str, Any] = {
        "path": path,
        "frames": str(FrameRange(min(numbers), max(numbers) + 1)),
        "count": len(numbers),
        "width": 0,
        "height": 0,
        "channels": "",
        "compression": "",
    }
    findings = list(check_numbers(sequence.files, path))
    if plate:
        findings += check_plate(sequence.base, sequence.mark, sequence.folders, path)
    if sequence.extension != "exr":
        if sequence.extension.lower() != "exr":
            if plate:
                found = f"{sequence.extension} frames: plates are EXR"
                findings.append(error("not-exr", found, path))
            return findings, line
        findings.append(error("extension", "the extension is exr in small letters", path))
    frames: list[Frame] = []
    for file in sequence.files:
        work.check()
        if file.stat.bytes:
            found_frame = read_frame(file, work.store)
            if isinstance(found_frame, Frame):
                frames.append(found_frame)
            else:
                findings.append(found_frame)
    if not frames:
        return findings, line
    sequence.first = frames[0].facts
    facts = sequence.usual = usual_facts(frames)
    kinds = dict.fromkeys(facts.channels.values())
    line |= {
        "width": facts.width,
        "height": facts.height,
        "channels": f"{'/'.join(kinds)} {''.join(facts.channels)}",
        "compression": facts.compression,
    }
    for frame in frames:
        findings += check_header(frame, scene_linear=plate)
    findings += check_agreement(frames, path)
    if plate:
        findings += check_size(facts, sequence.folders, path)
    measured = list(measure(_chosen(frames, request.pixels), work))
    findings += [each for each in measured if isinstance(each, Finding)]
    pixels = [each for each in measured if isinstance(each, Pixels)]
    findings += check_pixels(pixels, path, scene_linear=plate)
    return findings, line


def _chosen(frames: list[Frame], which: str) -> list[Frame]:
    # What the chunk table tells to be cut short does not decode.
    whole = [frame for frame in frames if frame.facts.whole]
    if which == "all" or not whole:
        return whole
    if which == "none":
        return []
    places = sorted({0, len(whole) // 2, len(whole) - 1})
    return [whole[place] for place in places]
