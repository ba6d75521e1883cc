"""AMF bytes to values, with every finding about them.

`read_amf` is for those who want to use the file: it raises when anything is wrong.
`check_amf` is for those who judge it: it answers the findings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, cast

from functions.contract.amf import (
    Amf,
    Author,
    Cdl,
    ClipId,
    ColourStep,
    FileHash,
    Info,
    Part,
    Pipeline,
    Reference,
    Stage,
    WorkingSpace,
)
from functions.contract.camera import Triple
from functions.contract.errors import InvalidRequest, LimitExceeded
from functions.sidecars.amf.files import FileContent
from functions.sidecars.amf.rules import check_rules
from functions.sidecars.amf.spaces import KnownId
from functions.sidecars.amf.structure import (
    check_structure,
    elements,
    name_of,
    places_of,
    version_of,
)
from functions.sidecars.amf.text import HASH_NAMES, collapse, floats, is_true
from functions.sidecars.findings import Finding, errors_of, refuse_errors
from functions.sidecars.safe_xml import Element, parse_xml, text_of

At = Callable[[Element], dict[str, Any]]
# libxml2 walks over an element's brothers for the path of each fault: a second for
# as many faults as this. Real files have hundreds.
MAX_ELEMENTS = 35_000
_STAGES: dict[str, Stage] = {
    "inputTransform": "input",
    "lookTransform": "look",
    "outputTransform": "output",
}
_PARTS = frozenset(
    {
        "inverseOutputTransform",
        "inverseOutputDeviceTransform",
        "inverseReferenceRenderingTransform",
        "referenceRenderingTransform",
        "outputDeviceTransform",
    }
)


@dataclass(frozen=True, slots=True)
class CheckedAmf:
    """A file and all that was found; `amf` is None where the structure itself is broken."""

    amf: Amf | None
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Findings that forbid the use of the file."""
        return errors_of(self.findings)


def read_amf(
    data: bytes, *, known_id: KnownId | None = None, file_content: FileContent | None = None
) -> Amf:
    """The file's values, fit to be used.

    Parameters as in `check_amf`. Raises InvalidRequest (field "amf") that names every
    error, LimitExceeded for a file too large or too deep.
    """
    checked = check_amf(data, known_id=known_id, file_content=file_content)
    refuse_errors(checked.findings, field="amf", what="the AMF")
    if checked.amf is None:  # unreachable: a broken structure always has an error
        raise InvalidRequest("the AMF could not be read", field="amf")
    return checked.amf


def check_amf(
    data: bytes, *, known_id: KnownId | None = None, file_content: FileContent | None = None
) -> CheckedAmf:
    """Everything that is wrong with a file, or odd: all at once, never an error for content.

    Parameters
    ----------
    data : the file's bytes
    known_id : whether a transform id can be resolved; an unknown one that is still to be
        applied is then an error. Without it no id is looked up.
    file_content : content of a file named relative to the AMF's folder ("luts/My Look.clf",
        percent signs decoded), None or SourceNotFound where there is none. Hashes and CDL
        ids are then checked. Names that climb out are never asked for.

    Raises LimitExceeded for a file too large or too deep, and nothing else.
    """
    try:
        root = parse_xml(data, field="amf", what="the AMF", max_elements=MAX_ELEMENTS)
    except LimitExceeded:
        raise
    except InvalidRequest as error:
        return CheckedAmf(None, (_broken("not_xml", error.detail),))
    version = version_of(root)
    if version is None:
        said = (
            f"the root element is {root.tag}, not acesMetadataFile of AMF 1.0 or 2.0 "
            "(namespace urn:ampas:aces:amf:v1.0 or v2.0)"
        )
        return CheckedAmf(None, (_broken("not_an_amf", said),))
    places = places_of(root)
    structure = check_structure(root, version, places)
    if errors_of(structure):
        return CheckedAmf(None, structure)
    amf = _amf(root, version, partial(_at, places))
    findings = (*structure, *check_rules(amf, known_id, file_content))
    return CheckedAmf(amf, tuple(sorted(findings, key=lambda f: (f.severity, f.line or 0))))


def _broken(code: str, sentence: str) -> Finding:
    return Finding(severity="error", code=code, sentence=sentence)


def _children(element: Element) -> dict[str, list[Element]]:
    found: dict[str, list[Element]] = {}
    for child in elements(element):
        found.setdefault(name_of(child), []).append(child)
    return found


def _text(found: dict[str, list[Element]], name: str) -> str | None:
    return text_of(found[name][0]) if name in found else None


def _tidy(found: dict[str, list[Element]], name: str) -> str | None:
    text = _text(found, name)
    return None if text is None else collapse(text)


def _at(places: Mapping[Element, str], element: Element) -> dict[str, Any]:
    return {"line": element.sourceline, "where": places[element]}


def _amf(root: Element, version: Literal["1.0", "2.0"], at: At) -> Amf:
    found = _children(root)
    clip = found.get("clipId")
    return Amf(
        version=version,
        info=_info(found["amfInfo"][0], at),
        clip=_clip(clip[0], at) if clip else None,
        pipeline=_pipeline(found["pipeline"][0], at),
        archived=tuple(_pipeline(p, at) for p in found.get("archivedPipeline", ())),
    )


def _info(element: Element, at: At) -> Info:
    found = _children(element)
    dates = _children(found["dateTime"][0]) if "dateTime" in found else {}
    return Info(
        description=_text(found, "description"),
        authors=tuple(_author(a) for a in found.get("author", ())),
        created=_tidy(dates, "creationDateTime") or "",
        modified=_tidy(dates, "modificationDateTime") or "",
        uuid=_tidy(found, "uuid"),
        **at(element),
    )


def _author(element: Element) -> Author:
    found = _children(element)
    return Author(name=_text(found, "name") or "", email=_text(found, "emailAddress"))


def _clip(element: Element, at: At) -> ClipId:
    found = _children(element)
    sequence = None
    if "sequence" in found:
        given = found["sequence"][0]
        first, last = (int(collapse(given.attrib[key])) for key in ("min", "max"))
        sequence = (text_of(given), given.attrib["idx"], first, last)
    return ClipId(
        name=_text(found, "clipName") or "",
        sequence=sequence,
        file=_tidy(found, "file"),
        uuid=_tidy(found, "uuid"),
        **at(element),
    )


def _pipeline(element: Element, at: At) -> Pipeline:
    found = _children(element)
    info = found["pipelineInfo"][0]
    numbers = elements(_children(info)["systemVersion"][0])
    steps: list[ColourStep] = []
    marker = None
    for child in elements(element):
        if name_of(child) == "workingLocation":
            marker = len(steps) if marker is None else -1
        elif name_of(child) in _STAGES:
            steps.append(_step(child, at))
    return Pipeline(
        info=_info(info, at),
        system_version=".".join(str(int(collapse(text_of(n)))) for n in numbers),
        steps=tuple(steps),
        working_location=marker,
    )


def _step(element: Element, at: At) -> ColourStep:
    found = _children(element)
    own = _reference(element, None, at)
    # The step's own description and hash stand on the step.
    bare = Reference(transform_id=own.transform_id, file=own.file, uuid=own.uuid, **at(element))
    named = any((own.transform_id is not None, own.file is not None, own.uuid is not None))
    cdl_ref = found.get("cdl:ColorCorrectionRef") or found.get("cdl:ASC_CC_XML")
    return ColourStep(
        stage=_STAGES[name_of(element)],
        applied=is_true(element.attrib.get("applied", "false")),
        description=own.description,
        hash=own.hash,
        reference=bare if named else None,
        parts=tuple(
            _reference(child, cast(Part, name_of(child)), at)
            for child in elements(element)
            if name_of(child) in _PARTS
        ),
        cdl=_cdl(found),
        cdl_id=collapse(cdl_ref[0].attrib["ref"]) if cdl_ref else None,
        working=_working(found["cdlWorkingSpace"][0], at) if "cdlWorkingSpace" in found else None,
        **at(element),
    )


def _reference(element: Element, part: Part | None, at: At) -> Reference:
    found = _children(element)
    digest = None
    if "hash" in found:
        given = found["hash"][0]
        algorithm = HASH_NAMES[collapse(given.attrib["algorithm"])]
        digest = FileHash(algorithm=cast(Any, algorithm), value="".join(text_of(given).split()))
    return Reference(
        transform_id=_text(found, "transformId"),
        file=_tidy(found, "file"),
        uuid=_tidy(found, "uuid"),
        description=_text(found, "description"),
        hash=digest,
        part=part,
        **at(element),
    )


def _working(element: Element, at: At) -> WorkingSpace:
    found = _children(element)
    into = found.get("toCdlWorkingSpace")
    return WorkingSpace(
        into=_reference(into[0], "toCdlWorkingSpace", at) if into else None,
        back=_reference(found["fromCdlWorkingSpace"][0], "fromCdlWorkingSpace", at),
    )


def _cdl(found: dict[str, list[Element]]) -> Cdl | None:
    asc_names = "cdl:ASC_SOP" in found
    sop_nodes = found.get("cdl:ASC_SOP") or found.get("cdl:SOPNode")
    sat_nodes = found.get("cdl:ASC_SAT") or found.get("cdl:SatNode")
    if not sop_nodes or not sat_nodes:
        return None
    sop, sat = _children(sop_nodes[0]), _children(sat_nodes[0])

    def numbers(node: dict[str, list[Element]], name: str) -> tuple[float, ...]:
        return floats(text_of(node[name][0])) or ()

    return Cdl(
        slope=cast(Triple, numbers(sop, "cdl:Slope")),
        offset=cast(Triple, numbers(sop, "cdl:Offset")),
        power=cast(Triple, numbers(sop, "cdl:Power")),
        saturation=numbers(sat, "cdl:Saturation")[0],
        sop_notes=tuple(text_of(d) for d in sop.get("cdl:Description", ())),
        sat_notes=tuple(text_of(d) for d in sat.get("cdl:Description", ())),
        asc_names=asc_names,
    )
