"""AMF values to bytes: the same values give the same bytes, and the bytes obey the schema."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from functions.contract.amf import (
    Amf,
    Cdl,
    ClipId,
    ColourStep,
    FileHash,
    Info,
    Pipeline,
    Reference,
    WorkingSpace,
)
from functions.sidecars.amf.read import check_amf
from functions.sidecars.amf.structure import CDL
from functions.sidecars.amf.text import HASH_URIS
from functions.sidecars.findings import Finding, refuse_errors

_TAGS = {"input": "inputTransform", "look": "lookTransform", "output": "outputTransform"}
# What a value may hold without the file being wrong to ship: judged by whoever read it.
_STRUCTURE = frozenset({"structure", "value", "attribute", "not_xml", "not_an_amf"})


def write_amf(amf: Amf) -> bytes:
    """The file's bytes, UTF-8, indented by two spaces.

    Raises InvalidRequest (field "amf") for values that no file of their version can hold:
    a uuid that is none, a step with neither reference nor CDL, characters that XML lacks.
    """
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', *_file(amf), ""]
    data = "\n".join(lines).encode("utf-8", "surrogatepass")
    wrong: list[Finding] = [f for f in check_amf(data).errors if f.code in _STRUCTURE]
    refuse_errors(wrong, field="amf", what="the AMF to be written")
    return data


def _indent(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield "  " + line


def _element(tag: str, lines: Iterator[str], attributes: str = "") -> Iterator[str]:
    yield f"<{tag}{attributes}>"
    yield from _indent(lines)
    yield f"</{tag}>"


def _leaf(tag: str, text: str | None, attributes: str = "") -> Iterator[str]:
    if text is not None:
        # A carriage return would come back as a line feed.
        body = escape(text, {"\r": "&#13;"})
        yield f"<{tag}{attributes}>{body}</{tag}>" if body else f"<{tag}{attributes}/>"


def _file(amf: Amf) -> Iterator[str]:
    attributes = (
        f' xmlns:aces="urn:ampas:aces:amf:v{amf.version}" xmlns:cdl="{CDL}" version="{amf.version}"'
    )

    def parts() -> Iterator[str]:
        yield from _element("aces:amfInfo", _info(amf.info))
        if amf.clip:
            yield from _element("aces:clipId", _clip(amf.clip))
        yield from _element("aces:pipeline", _pipeline(amf.pipeline, amf.version))
        for pipeline in amf.archived:
            yield from _element("aces:archivedPipeline", _pipeline(pipeline, amf.version))

    yield from _element("aces:acesMetadataFile", parts(), attributes)


def _info(info: Info) -> Iterator[str]:
    yield from _leaf("aces:description", info.description)
    for author in info.authors:
        names = (
            *_leaf("aces:name", author.name),
            *_leaf("aces:emailAddress", author.email),
        )
        yield from _element("aces:author", iter(names))
    if info.created or info.modified:
        dates = (
            *_leaf("aces:creationDateTime", info.created),
            *_leaf("aces:modificationDateTime", info.modified),
        )
        yield from _element("aces:dateTime", iter(dates))
    yield from _leaf("aces:uuid", info.uuid)


def _clip(clip: ClipId) -> Iterator[str]:
    yield from _leaf("aces:clipName", clip.name)
    if clip.sequence:
        pattern, index, first, last = clip.sequence
        attributes = f' idx={_quoted(index)} min="{first}" max="{last}"'
        yield from _leaf("aces:sequence", pattern, attributes)
    yield from _leaf("aces:file", clip.file)
    yield from _leaf("aces:uuid", clip.uuid)


def _quoted(text: str) -> str:
    return quoteattr(text, {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;"})


def _pipeline(pipeline: Pipeline, version: str) -> Iterator[str]:
    def info() -> Iterator[str]:
        yield from _info(pipeline.info)
        names = ("majorVersion", "minorVersion", "patchVersion")
        numbers = zip(names, pipeline.system_version.split("."), strict=False)
        leaves = (line for name, text in numbers for line in _leaf(f"aces:{name}", text))
        yield from _element("aces:systemVersion", leaves)

    yield from _element("aces:pipelineInfo", info())
    for number, step in enumerate(pipeline.steps):
        if number == pipeline.working_location:
            yield "<aces:workingLocation/>"
        yield from _step(step, version)
    if pipeline.working_location == len(pipeline.steps):
        yield "<aces:workingLocation/>"


def _step(step: ColourStep, version: str) -> Iterator[str]:
    says_applied = version == "2.0" or step.stage != "output" or step.applied
    attributes = f' applied="{str(step.applied).lower()}"' if says_applied else ""

    def parts() -> Iterator[str]:
        yield from _leaf("aces:description", step.description)
        yield from _hash(step.hash)
        if step.working:
            yield from _element("aces:cdlWorkingSpace", _working(step.working))
        if step.cdl:
            yield from _cdl(step.cdl)
        if step.cdl_id is not None:
            yield f"<cdl:ColorCorrectionRef ref={_quoted(step.cdl_id)}/>"
        if step.reference:
            yield from _named(step.reference)
        for part in step.parts:
            yield from _reference(part)

    yield from _element(f"aces:{_TAGS[step.stage]}", parts(), attributes)


def _reference(reference: Reference) -> Iterator[str]:
    def parts() -> Iterator[str]:
        yield from _leaf("aces:description", reference.description)
        yield from _hash(reference.hash)
        yield from _named(reference)

    yield from _element(f"aces:{reference.part}", parts())


def _named(reference: Reference) -> Iterator[str]:
    yield from _leaf("aces:uuid", reference.uuid)
    yield from _leaf("aces:file", reference.file)
    yield from _leaf("aces:transformId", reference.transform_id)


def _hash(digest: FileHash | None) -> Iterator[str]:
    if digest:
        yield from _leaf("aces:hash", digest.value, f' algorithm="{HASH_URIS[digest.algorithm]}"')


def _working(space: WorkingSpace) -> Iterator[str]:
    if space.into:
        yield from _reference(space.into)
    yield from _reference(space.back)


def _cdl(cdl: Cdl) -> Iterator[str]:
    sop, sat = ("ASC_SOP", "ASC_SAT") if cdl.asc_names else ("SOPNode", "SatNode")

    def sop_parts() -> Iterator[str]:
        for note in cdl.sop_notes:
            yield from _leaf("cdl:Description", note)
        for name, values in (("Slope", cdl.slope), ("Offset", cdl.offset), ("Power", cdl.power)):
            yield from _leaf(f"cdl:{name}", " ".join(_number(v) for v in values))

    def sat_parts() -> Iterator[str]:
        for note in cdl.sat_notes:
            yield from _leaf("cdl:Description", note)
        yield from _leaf("cdl:Saturation", _number(cdl.saturation))

    yield from _element(f"cdl:{sop}", sop_parts())
    yield from _element(f"cdl:{sat}", sat_parts())


def _number(value: float) -> str:
    """Shortest text that reads back as the same double; XML Schema writes INF."""
    return repr(float(value)).replace("inf", "INF").replace("nan", "NaN")
