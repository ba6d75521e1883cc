"""Rules about transform ids: versions that mix, directions, working spaces that do not pair."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from functions.contract.amf import ColourStep, Pipeline, Reference
from functions.sidecars.amf.ids import TransformId, parse_id
from functions.sidecars.findings import Finding, Severity, finding_at

KnownId = Callable[[str], bool]
# Half of a pair: no config has them alone.
_HALVES = ("reference rendering", "inverse reference rendering")


def check_ids(pipeline: Pipeline, known_id: KnownId | None) -> Iterator[Finding]:
    """Ids of the pipeline's own ACES, that point the right way, and that somebody knows."""
    yield from _mixed(pipeline)
    for step in pipeline.steps:
        for reference, found in _ids(step):
            if step.stage == "input" and _leaves_aces(found):
                sentence = f"{found.name} goes out of ACES: an input transform leads into it"
                yield finding_at(reference, "error", "input_direction", sentence)
            if known_id is None or found.kind in _HALVES or known_id(found.text):
                continue
            sentence = f"{found.text} is an id that nothing here knows"
            severity: Severity = "warning" if step.applied else "error"
            yield finding_at(reference, severity, "unknown_transform_id", sentence)


def _ids(step: ColourStep) -> Iterator[tuple[Reference, TransformId]]:
    for reference in step.references():
        found = parse_id(reference.transform_id) if reference.transform_id else None
        if found:
            yield reference, found


def _leaves_aces(found: TransformId) -> bool:
    return found.ends is not None and found.ends[0] == "ACES"


def _mixed(pipeline: Pipeline) -> Iterator[Finding]:
    """ACES 1 ids in an ACES 1 pipeline, ACES 2 ids in an ACES 2 pipeline."""
    strangers = [
        (reference, found)
        for step in pipeline.steps
        for reference, found in _ids(step)
        if pipeline.aces_major in (1, 2) and found.aces_major != pipeline.aces_major
    ]
    for reference, found in strangers:
        sentence = (
            f"{found.text} is of ACES {found.aces_major}, the pipeline is of ACES "
            f"{pipeline.system_version}: the versions may not mix"
        )
        yield finding_at(reference, "error", "mixed_aces_versions", sentence)


def check_working_space(step: ColourStep) -> Iterator[Finding]:
    """Into a space and back from the same one."""
    if step.working is None:
        return
    into, back = step.working.into, step.working.back
    there = _ends(into)
    again = _ends(back)
    if there and there[0] != "ACES":
        sentence = f"toCdlWorkingSpace is {there[0]}_to_{there[1]}: it starts from ACES"
        yield finding_at(into or back, "error", "working_space_direction", sentence)
    if again and again[1] != "ACES":
        sentence = f"fromCdlWorkingSpace is {again[0]}_to_{again[1]}: it leads back to ACES"
        yield finding_at(back, "error", "working_space_direction", sentence)
    if there and again and there[0] == again[1] == "ACES" and there[1] != again[0]:
        sentence = (
            f"the CDL goes into {there[1]} and comes back from {again[0]}: "
            "its working space is one space"
        )
        yield finding_at(back, "error", "working_space_mismatch", sentence)
    if into is None and not back.transform_id:
        sentence = (
            "the way into the CDL's working space is not given, and of a file or a uuid "
            "no inverse is known"
        )
        yield finding_at(back, "warning", "working_space_one_way", sentence)


def _ends(reference: Reference | None) -> tuple[str, str] | None:
    found = parse_id(reference.transform_id) if reference and reference.transform_id else None
    return found.ends if found else None
