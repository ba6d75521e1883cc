"""XML of unknown origin to a tree: no DTD, no entities, no network, bounded in size and depth.

Entity tricks (quadratic blowup, external files) all begin with a document type; neither
AMF nor a CDL collection has one, so a document type is refused before the parser sees it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, Protocol

from functions.contract.errors import InvalidRequest, LimitExceeded

MAX_BYTES = 4 << 20
MAX_DEPTH = 32
MAX_ELEMENTS = 100_000
MAX_ATTRIBUTES = 64
_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
# Others could hide a document type from the scan below (UTF-7, EBCDIC).
_ENCODINGS = frozenset({b"utf-8", b"utf8", b"us-ascii", b"ascii", b"utf-16", b"iso-8859-1"})
_DOCTYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)


class Element(Protocol):
    """What is used of an lxml element; comments are elements whose tag is no text."""

    @property
    def tag(self) -> object: ...
    @property
    def text(self) -> str | None: ...
    @property
    def tail(self) -> str | None: ...
    @property
    def attrib(self) -> Mapping[str, str]: ...
    @property
    def sourceline(self) -> int | None: ...
    def __iter__(self) -> Iterator[Element]: ...
    def __hash__(self) -> int: ...


def parse_xml(
    data: bytes,
    *,
    field: str,
    what: str,
    max_bytes: int = MAX_BYTES,
    max_elements: int = MAX_ELEMENTS,
    max_depth: int = MAX_DEPTH,
) -> Element:
    """The root element.

    Raises LimitExceeded over `max_bytes`, `max_depth` levels, `max_elements` or 64 attributes
    of one, InvalidRequest for what is no well-formed XML, has a document type or an encoding
    other than UTF-8, UTF-16, Latin-1.
    """
    etree: Any = import_module("lxml.etree")

    if len(data) > max_bytes:
        raise LimitExceeded(f"{what} has {len(data)} bytes, at most {max_bytes} are read")
    # UTF-16 is read as its ASCII half: enough to see a declaration or a document type.
    ascii_half = data.replace(b"\x00", b"").removeprefix(b"\xef\xbb\xbf")
    ascii_half = ascii_half.removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff")
    declared = _ENCODING.match(ascii_half)
    if declared and declared[1].lower() not in _ENCODINGS:
        named = declared[1].decode("ascii")
        raise InvalidRequest(f"{what} is written in {named}: UTF-8 is read", field=field)
    if _DOCTYPE.search(ascii_half):
        raise InvalidRequest(
            f"{what} has a document type or entities, which no such file needs", field=field
        )
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False
    )
    try:
        root: Element = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InvalidRequest(f"{what} is not well-formed XML: {error}", field=field) from error
    _check_bounds(root, what, max_elements, max_depth)
    return root


def _check_bounds(root: Element, what: str, max_elements: int, max_depth: int) -> None:
    """Depth, number of elements and of attributes; the parser itself stops at 256 levels."""
    level, count = [root], 1
    for _ in range(max_depth):
        if any(len(element.attrib) > MAX_ATTRIBUTES for element in level):
            raise LimitExceeded(f"{what} has an element of more than {MAX_ATTRIBUTES} attributes")
        level = [child for element in level for child in element]
        count += len(level)
        if count > max_elements:
            raise LimitExceeded(f"{what} has more than {max_elements} elements")
        if not level:
            return
    raise LimitExceeded(f"{what} is nested deeper than {max_depth} levels")


def text_of(element: Element) -> str:
    """The element's own text; comments inside it are no text."""
    return (element.text or "") + "".join(child.tail or "" for child in element)
