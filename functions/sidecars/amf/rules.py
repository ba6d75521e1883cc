"""What no schema can say about an AMF: order, pairs, versions, dates, identity, plausible CDLs.

Each rule answers findings and raises nothing. An error forbids the use of the file; a
warning is passed on to whoever asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from functions.contract.amf import Amf, Cdl, ClipId, ColourStep, Info, Pipeline, Reference
from functions.sidecars.amf.files import FileContent, check_files, clip_file
from functions.sidecars.amf.spaces import KnownId, check_ids, check_working_space
from functions.sidecars.amf.text import parse_date
from functions.sidecars.findings import Finding, Severity

# Outside of these a slip of the decimal point, or another tool's units, is likelier than a
# grade: 2.3 stops of slope, an offset past a whole log range, a picture without colour.
CDL_LIMITS = {
    "slope": (0.0, 5.0),
    "offset": (-1.5, 1.5),
    "power": (0.1, 5.0),
    "saturation": (0.0, 4.0),
}
ACES_VERSIONS = ("1.0.0", "1.0.1", "1.0.2", "1.0.3", "1.1.0", "1.2.0", "1.3.0", "1.3.1", "2.0.0")


def check_rules(
    amf: Amf, known_id: KnownId | None, file_content: FileContent | None
) -> Iterator[Finding]:
    """Every finding of every rule, over the pipeline and the archived ones."""
    yield from _authors(amf)
    yield from _uuids(amf)
    yield from _clip(amf)
    yield from _dates(amf.info)
    for pipeline in (amf.pipeline, *amf.archived):
        in_use = pipeline is amf.pipeline
        yield from _dates(pipeline.info)
        yield from _aces_version(pipeline)
        yield from _order(pipeline)
        yield from check_ids(pipeline, known_id if in_use else None)
        for step in pipeline.steps:
            yield from _look(step)
            yield from _cdl(step)
            yield from check_working_space(step)
            yield from check_files(step, file_content, needed=in_use and not step.applied)


def _finding(
    severity: Severity, code: str, sentence: str, at: ColourStep | Info | Reference
) -> Finding:
    return Finding(severity=severity, code=code, sentence=sentence, where=at.where, line=at.line)


def called(step: ColourStep) -> str:
    """How a sentence names a step: `look "Hero grade"`, `the input transform`."""
    if step.description and step.description.strip():
        return f'{step.stage} "{step.description.strip()}"'
    return f"the {step.stage} transform"


def _order(pipeline: Pipeline) -> Iterator[Finding]:
    """Steps are applied camera to display: none before one that is not.

    The output alone may be applied over looks that are not: those are alternatives that
    were kept, and cannot be applied any more.
    """
    scene = [step for step in pipeline.steps if step.stage != "output"]
    waiting: ColourStep | None = None
    for step in scene:
        if not step.applied:
            waiting = waiting or step
        elif waiting:
            sentence = (
                f"{called(step)} is marked applied, but {called(waiting)} before it is not: "
                "what comes first is applied first"
            )
            yield _finding("error", "applied_order", sentence, step)
    output = next((step for step in pipeline.steps if step.stage == "output"), None)
    if output and output.applied and waiting:
        if waiting.stage == "input":
            sentence = "the output transform is marked applied, but the input transform is not"
            yield _finding("error", "applied_order", sentence, output)
        else:
            sentence = f"the output is applied, so {called(waiting)} can not be applied any more"
            yield _finding("warning", "look_left_behind", sentence, waiting)
    if pipeline.working_location == -1:
        sentence = "there is more than one workingLocation: the place of new looks is one place"
        yield _finding("error", "working_locations", sentence, pipeline.info)


def _look(step: ColourStep) -> Iterator[Finding]:
    """A look without a name can not be told from another."""
    if step.stage == "look" and not (step.description or "").strip():
        sentence = "a look transform has no description: nobody can tell which look this is"
        yield _finding("error", "look_without_description", sentence, step)


def _cdl(step: ColourStep) -> Iterator[Finding]:
    """Numbers that are finite and plausible."""
    if step.cdl is None:
        return
    for name, values in _numbers(step.cdl):
        low, high = CDL_LIMITS[name]
        wild = [v for v in values if not low <= v <= high]
        if wild:
            given = " ".join(f"{v:g}" for v in values)
            sentence = (
                f"the {name} of {called(step)} is {given}: outside {low:g} to {high:g} no grade "
                "is meant"
            )
            yield _finding("error", "extreme_cdl", sentence, step)
        elif name in ("slope", "saturation") and 0.0 in values:
            sentence = f"the {name} of {called(step)} is zero: it takes everything away"
            yield _finding("warning", "zero_cdl", sentence, step)
    if step.cdl.is_identity:
        yield _finding(
            "warning", "identity_cdl", f"the CDL of {called(step)} changes nothing", step
        )


def _numbers(cdl: Cdl) -> tuple[tuple[str, tuple[float, ...]], ...]:
    return (
        ("slope", cdl.slope),
        ("offset", cdl.offset),
        ("power", cdl.power),
        ("saturation", (cdl.saturation,)),
    )


def _authors(amf: Amf) -> Iterator[Finding]:
    """Who says that something is in the pixels must say who they are."""
    if amf.info.authors or any(p.info.authors for p in (amf.pipeline, *amf.archived)):
        return
    if any(step.applied for step in amf.pipeline.steps):
        sentence = "no author: steps are marked applied, and nobody says who applied them"
        yield _finding("error", "no_author", sentence, amf.info)
    else:
        yield _finding("warning", "no_author", "no author: nobody says who wrote this", amf.info)


def _uuids(amf: Amf) -> Iterator[Finding]:
    """One uuid names one thing."""
    seen: dict[str, str] = {}
    things: list[Info | ClipId] = [amf.info]
    things += [amf.clip] if amf.clip else []
    things += [p.info for p in (amf.pipeline, *amf.archived)]
    for thing in things:
        if thing.uuid is None:
            continue
        key = thing.uuid.lower()
        if key in seen:
            sentence = f"{thing.uuid} names {seen[key]} as well: a uuid names one thing"
            yield Finding(
                severity="error",
                code="duplicate_uuid",
                sentence=sentence,
                where=thing.where,
                line=thing.line,
            )
        seen.setdefault(key, thing.where or "another part")


def _dates(info: Info) -> Iterator[Finding]:
    """Modified after created."""
    if not info.created:
        sentence = "no date, which the schema of version 1 asks for"
        yield _finding("warning", "no_date", sentence, info)
        return
    created, modified = _moment(info.created), _moment(info.modified)
    if created and modified and modified < created:
        sentence = f"modified at {info.modified}, before it was created at {info.created}"
        yield _finding("error", "modified_before_created", sentence, info)


def _moment(text: str) -> tuple[int, datetime] | None:
    parsed = parse_date(text)
    return parsed[:2] if parsed else None


def _aces_version(pipeline: Pipeline) -> Iterator[Finding]:
    """The system version is one that there is."""
    version = pipeline.system_version
    if pipeline.aces_major not in (1, 2):
        sentence = f"there is no ACES {version}: systemVersion is 1.x.x or 2.x.x"
        yield _finding("error", "unknown_aces_version", sentence, pipeline.info)
    elif version not in ACES_VERSIONS:
        sentence = f"ACES {version} is not known here: it is treated as the newest of its line"
        yield _finding("warning", "unknown_aces_version", sentence, pipeline.info)


def _clip(amf: Amf) -> Iterator[Finding]:
    """The clip has a name, a range and a file that can be meant."""
    clip = amf.clip
    if clip is None:
        return
    if not clip.name.strip():
        yield Finding(
            severity="warning",
            code="no_clip_name",
            sentence="the clip's name is empty",
            where=clip.where,
            line=clip.line,
        )
    if clip.sequence and clip.sequence[2] > clip.sequence[3]:
        yield Finding(
            severity="error",
            code="sequence_range",
            sentence=f"the sequence ends at {clip.sequence[3]}, before its {clip.sequence[2]}",
            where=clip.where,
            line=clip.line,
        )
    yield from clip_file(clip)
