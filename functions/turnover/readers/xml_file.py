"""XML turnovers to trees: the empty document type that applications write is let through."""

from __future__ import annotations

import re

from functions.contract.errors import InvalidRequest
from functions.sidecars.safe_xml import Element, parse_xml, text_of

_DOCTYPE = re.compile(rb"<!DOCTYPE\s{1,9}[a-z]{1,9}\s{0,9}>")
_DECLARED = re.compile(r"^\s{0,99}<\?xml[^>]{0,999}\?>")
_MAX_BYTES = 256 << 20
_MAX_ELEMENTS = 5_000_000
_MAX_DEPTH = 200


def read_xml(data: bytes, name: str, root_tag: str) -> Element:
    """The root element. Raises InvalidRequest for another root, entities, what is no XML."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            data = _DECLARED.sub("", data.decode("utf-16")).encode()
        except UnicodeError as error:
            raise InvalidRequest(f"{name} is no UTF-16: {error}", field="timeline") from error
    root = parse_xml(
        _DOCTYPE.sub(b"", data, count=1),
        field="timeline",
        what=name,
        max_bytes=_MAX_BYTES,
        max_elements=_MAX_ELEMENTS,
        max_depth=_MAX_DEPTH,
    )
    if root.tag != root_tag:
        raise InvalidRequest(
            f"{name} is no turnover that is read: its root is {root.tag}", field="timeline"
        )
    return root


def child(element: Element, *tags: str) -> Element | None:
    """The first element on a path of tags below this."""
    for tag in tags:
        found = next((each for each in element if each.tag == tag), None)
        if found is None:
            return None
        element = found
    return element


def text_at(element: Element, *tags: str) -> str | None:
    """Text of the first element on a path; None where it is missing or blank."""
    found = child(element, *tags)
    return (text_of(found).strip() or None) if found is not None else None


def elements(element: Element, *tags: str) -> list[Element]:
    """Children with one of these tags; any element where none is named."""
    return [each for each in element if (each.tag in tags if tags else isinstance(each.tag, str))]
