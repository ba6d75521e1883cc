"""What an AMF may hold, as tables: S-2019-001, its schema of version 2.0 and of version 1.0.

One row a kind of element: its content model or its text, and its attributes. The tests
compare the verdict of these tables with that of the published schema, over real files and
thousands of mutations of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from functions.sidecars.amf import text as simple
from functions.sidecars.amf.ids import transform_id

Version = Literal["1.0", "2.0"]
NAMESPACES: dict[str, Version] = {
    "urn:ampas:aces:amf:v1.0": "1.0",
    "urn:ampas:aces:amf:v2.0": "2.0",
}
CDL = "urn:ASC:CDL:v1.01"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
Attributes = dict[str, tuple[simple.Check, bool]]
# Substitution groups of the CDL schema: these stand wherever the other name may.
SAME_AS = {
    "cdl:ASC_SOP": "cdl:SOPNode",
    "cdl:ASC_SAT": "cdl:SatNode",
    "cdl:ASC_CC_XML": "cdl:ColorCorrectionRef",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of element.

    model : content model; None where the element holds text
    text : check of its text; ignored where there is a model
    attributes : name to (check, required)
    """

    model: str | None = None
    text: simple.Check = simple.any_text
    attributes: Attributes = field(default_factory=dict)


def _reference(kind: str, version: Version) -> dict[str, Kind]:
    """A transform that is a uuid, a file or the id of one kind."""
    return {
        "": Kind("description? hash? (uuid | file | transformId)"),
        "/transformId": Kind(text=transform_id(kind, version)),
    }


def _under(name: str, kinds: dict[str, Kind]) -> dict[str, Kind]:
    return {name + suffix: kind for suffix, kind in kinds.items()}


_INFO = {"1.0": "description? author* dateTime uuid?", "2.0": "description? author* dateTime uuid"}
# Writers of version 1 (OpenColorIO's example among them) leave the pipeline's date out.
_PIPELINE_INFO = {
    "1.0": "description? author* dateTime? uuid? systemVersion",
    "2.0": "description? author* dateTime uuid systemVersion",
}
_PIPELINE = {
    "1.0": "pipelineInfo inputTransform? lookTransform* outputTransform",
    "2.0": "pipelineInfo inputTransform? (workingLocation | lookTransform)* outputTransform?",
}
_LOOK = {
    "1.0": "description? hash? (uuid | file | transformId"
    " | cdlWorkingSpace (cdl:SOPNode cdl:SatNode | cdl:ColorCorrectionRef))",
    "2.0": "description? hash? (uuid | file | transformId"
    " | cdlWorkingSpace (cdl:SOPNode cdl:SatNode | cdl:ColorCorrectionRef file))",
}
_AUTHOR = {"1.0": "name emailAddress", "2.0": "name emailAddress?"}
_APPLIED: Attributes = {"applied": (simple.boolean, True)}
# Version 1 has no such attribute on the output; written by the same tools, and harmless.
_OUTPUT_APPLIED: dict[str, Attributes] = {
    "1.0": {"applied": (simple.boolean, False)},
    "2.0": _APPLIED,
}


def kinds_of(version: Version) -> dict[str, Kind]:
    """Kinds by element name; a name with a parent ("lookTransform/transformId") goes first."""
    table = {
        "acesMetadataFile": Kind(
            "amfInfo clipId? pipeline archivedPipeline*",
            attributes={"version": (simple.format_version(version), True)},
        ),
        "amfInfo": Kind(_INFO[version]),
        "pipelineInfo": Kind(_PIPELINE_INFO[version]),
        "description": Kind(),
        "author": Kind(_AUTHOR[version]),
        "name": Kind(),
        "emailAddress": Kind(text=simple.email(version)),
        "dateTime": Kind("creationDateTime modificationDateTime"),
        "creationDateTime": Kind(text=simple.date_time),
        "modificationDateTime": Kind(text=simple.date_time),
        "uuid": Kind(text=simple.uuid),
        "systemVersion": Kind("majorVersion minorVersion patchVersion"),
        "majorVersion": Kind(text=simple.digit),
        "minorVersion": Kind(text=simple.digit),
        "patchVersion": Kind(text=simple.digit),
        "clipId": Kind("clipName (sequence | file | uuid)"),
        "clipName": Kind(),
        "sequence": Kind(
            attributes={
                "idx": (simple.any_text, True),
                "min": (simple.not_negative_integer, True),
                "max": (simple.not_negative_integer, True),
            }
        ),
        "file": Kind(text=simple.any_uri),
        "hash": Kind(
            text=simple.base64_binary, attributes={"algorithm": (simple.hash_algorithm, True)}
        ),
        "pipeline": Kind(_PIPELINE[version]),
        "archivedPipeline": Kind(_PIPELINE[version]),
        "workingLocation": Kind(""),
        "inputTransform": Kind(
            "description? hash? (uuid | file | transformId | inverseOutputTransform"
            " | inverseOutputDeviceTransform inverseReferenceRenderingTransform)",
            attributes=_APPLIED,
        ),
        "inputTransform/transformId": Kind(
            text=transform_id("input 1.0" if version == "1.0" else "input", version)
        ),
        "lookTransform": Kind(_LOOK[version], attributes=_APPLIED),
        "lookTransform/transformId": Kind(text=transform_id("look", version)),
        "outputTransform": Kind(
            "description? hash? (uuid | file | transformId"
            " | referenceRenderingTransform outputDeviceTransform)",
            attributes=_OUTPUT_APPLIED[version],
        ),
        "outputTransform/transformId": Kind(text=transform_id("output", version)),
        "cdlWorkingSpace": Kind("toCdlWorkingSpace? fromCdlWorkingSpace"),
        "cdl:SOPNode": Kind("cdl:Description* cdl:Slope cdl:Offset cdl:Power"),
        "cdl:SatNode": Kind("cdl:Description* cdl:Saturation"),
        "cdl:ColorCorrectionRef": Kind(
            "cdl:Description* cdl:InputDescription? cdl:ViewingDescription?",
            attributes={"ref": (simple.any_uri, True)},
        ),
        "cdl:Description": Kind(),
        "cdl:InputDescription": Kind(),
        "cdl:ViewingDescription": Kind(),
        "cdl:Slope": Kind(text=simple.cdl_numbers(3, "slope", 0.0)),
        "cdl:Offset": Kind(text=simple.cdl_numbers(3, "offset", float("-inf"))),
        "cdl:Power": Kind(text=simple.cdl_numbers(3, "power", 0.0, open_end=True)),
        "cdl:Saturation": Kind(text=simple.cdl_numbers(1, "saturation", 0.0)),
    }
    for name, kind in (
        ("toCdlWorkingSpace", "color space conversion"),
        ("fromCdlWorkingSpace", "color space conversion"),
        ("inverseOutputTransform", "inverse output"),
        ("inverseOutputDeviceTransform", "inverse output device"),
        ("inverseReferenceRenderingTransform", "inverse reference rendering"),
        ("referenceRenderingTransform", "reference rendering"),
        ("outputDeviceTransform", "output device"),
    ):
        table |= _under(name, _reference(kind, version))
    return table
