"""ASC CDL files: .cc, .ccc and .cdl to their numbers.

ASC CDL v1.2. Files of the field have the v1.01 namespace, another or none, and write the
saturation node as SatNode or SATNode; all of these are read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from functions.contract.amf import Cdl, ColourStep
from functions.contract.camera import Triple
from functions.contract.errors import InvalidRequest
from functions.contract.numbers import read_numbers
from functions.sidecars.amf.text import cdl_numbers
from functions.sidecars.paths_beside import file_name, wrong_path
from functions.sidecars.safe_xml import Element, parse_xml, text_of

_SOP = frozenset({"sopnode", "asc_sop"})
_SAT = frozenset({"satnode", "asc_sat"})
_WORDS = frozenset({"", "description", "inputdescription", "viewingdescription"})
_COUNTS = {
    "slope": (3, 0.0, False),
    "offset": (3, float("-inf"), False),
    "power": (3, 0.0, True),
    "saturation": (1, 0.0, False),
}


def read_cdls(data: bytes, *, name: str, field: str = "amf") -> dict[str, Cdl]:
    """Corrections by id, in the file's order; a node that is not there changes nothing. The only
    one of a file may have no id: it is named as the file is.

    Parameters
    ----------
    name : of the file, for sentences

    Raises InvalidRequest for what is no safe XML, holds no correction or is a .cc of several, has
    one of several without an id or two of the same, or numbers that no CDL has; LimitExceeded
    for a file too large.
    """
    return {key or _stem(name): cdl for key, cdl in _corrections(data, name, field).items()}


def has_no_id(data: bytes, *, name: str) -> bool:
    """Whether the only correction of a file has none. Raises as `read_cdls`."""
    return "" in _corrections(data, name, "amf")


def _corrections(data: bytes, name: str, field: str) -> dict[str, Cdl]:
    root = parse_xml(data, field=field, what=f"file {name!r}")
    found: dict[str, Cdl] = {}
    todo = [root]
    while todo:
        element = todo.pop()
        if _local(element) == "colorcorrection":
            key = element.attrib.get("id", "")
            if key in found:
                raise InvalidRequest(f"file {name!r} holds CDL {key!r} twice", field=field)
            found[key] = _cdl(element, f"CDL {key!r} of file {name!r}", field)
        else:
            todo += [child for child in reversed(list(element)) if isinstance(child.tag, str)]
    if not found:
        raise InvalidRequest(f"file {name!r} holds no CDL", field=field)
    if len(found) > 1 and name.lower().endswith(".cc"):
        raise InvalidRequest(f"file {name!r} holds {len(found)} CDLs: a .cc holds one", field=field)
    if "" in found and len(found) > 1:
        raise InvalidRequest(
            f"file {name!r} holds {len(found)} CDLs and one of them has no id", field=field
        )
    return found


def cdl_of(step: ColourStep, content: Callable[[str], bytes]) -> Cdl | None:
    """The numbers of a step that is a CDL, inline or of its file; None for another step.

    Parameters
    ----------
    content : bytes of a file named relative to the AMF's folder; raises SourceNotFound

    Raises InvalidRequest for a file that is none, or that lacks the CDL.
    """
    if step.cdl is not None or step.cdl_id is None:
        return step.cdl
    if step.reference is None or step.reference.file is None:
        raise InvalidRequest(
            f"CDL {step.cdl_id!r} is asked for, but no file that holds it is named", field="amf"
        )
    wrong = wrong_path(step.reference.file)
    if wrong:
        raise InvalidRequest(f"file {step.reference.file!r} {wrong[1]}", field="amf")
    name = file_name(step.reference.file)
    found = read_cdls(content(name), name=name)
    if step.cdl_id not in found:
        there = ", ".join(list(found)[:8])
        raise InvalidRequest(
            f"file {name!r} holds no CDL {step.cdl_id!r}; there is: {there}", field="amf"
        )
    return found[step.cdl_id]


def _values(name: str, text: str, what: str, field: str) -> tuple[float, ...]:
    count, lowest, open_end = _COUNTS[name]
    try:
        values = read_numbers(text, count)
    except ValueError as problem:
        raise InvalidRequest(f"{name} of {what}: {problem}", field=field) from problem
    wrong = cdl_numbers(count, name, lowest, open_end=open_end)(" ".join(map(repr, values)))
    if wrong:
        raise InvalidRequest(f"{name} {text.strip()!r} of {what} {wrong}", field=field)
    return values


def _stem(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[0] or name


def _local(element: Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _space(element: Element) -> str:
    """Namespace: what others add in one of theirs is not the CDL's."""
    tag = element.tag
    return tag.rpartition("}")[0] if isinstance(tag, str) else ""


def _cdl(correction: Element, what: str, field: str) -> Cdl:
    numbers: dict[str, tuple[float, ...]] = {}
    notes: dict[str, list[str]] = {"sop": [], "sat": []}
    for node in correction:
        kind = "sop" if _local(node) in _SOP else "sat" if _local(node) in _SAT else ""
        if not kind and _local(node) not in _WORDS and _space(node) in ("", _space(correction)):
            raise InvalidRequest(f"{_local(node)} of {what} is nothing that a CDL has", field=field)
        for child in node if kind else ():
            name, text = _local(child), text_of(child)
            if name == "description":
                notes[kind].append(text)
            elif name in _COUNTS and name not in numbers:
                numbers[name] = _values(name, text, what, field)
            elif name:
                said = "stands twice" if name in numbers else "is nothing that a CDL has"
                raise InvalidRequest(f"{name} of {what} {said}", field=field)
    return Cdl(
        slope=cast(Triple, numbers.get("slope", (1.0, 1.0, 1.0))),
        offset=cast(Triple, numbers.get("offset", (0.0, 0.0, 0.0))),
        power=cast(Triple, numbers.get("power", (1.0, 1.0, 1.0))),
        saturation=numbers.get("saturation", (1.0,))[0],
        sop_notes=tuple(notes["sop"]),
        sat_notes=tuple(notes["sat"]),
    )
