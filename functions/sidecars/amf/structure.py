"""The structure of an AMF, validated by the Academy's own schema of its version.

What libxml2 lets through and must not be used is refused here: ids that are none, numbers that
are no number, base64 that is none.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from functions.sidecars.amf.ids import MAX_LENGTH, outside_schema, parse_id
from functions.sidecars.amf.text import floats, is_base64
from functions.sidecars.findings import LISTED, Finding
from functions.sidecars.safe_xml import Element, text_of

Version = Literal["1.0", "2.0"]
NAMESPACES: dict[str, Version] = {
    "urn:ampas:aces:amf:v1.0": "1.0",
    "urn:ampas:aces:amf:v2.0": "2.0",
}
CDL = "urn:ASC:CDL:v1.01"
_SCHEMAS = Path(__file__).with_name("xsd")
_SHOWN = 60
_NUMBERS = frozenset({"cdl:Slope", "cdl:Power", "cdl:Saturation"})
# A namespace in braces, and the element that a sentence of libxml2 begins with.
_NAMESPACE = re.compile(r"\{[^{}]*\}")
_BEGINNING = re.compile(r"Element '[^']*'(?:, attribute '(?P<attribute>[^']*)')?: ")
_FACET = re.compile(r"\[facet '\w+'\] ")
_STRUCTURE = ("ELEMENT_CONTENT", "CVC_COMPLEX_TYPE_2", "CVC_TYPE_3_1", "CVC_ELT")
_ATTRIBUTE = ("CVC_COMPLEX_TYPE_3", "CVC_COMPLEX_TYPE_4")


def version_of(root: Element) -> Version | None:
    """The format's version that the root's namespace says; None for what is no AMF."""
    namespace, name = _split(root.tag)
    return NAMESPACES.get(namespace) if name == "acesMetadataFile" else None


def check_structure(
    root: Element, version: Version, places: Mapping[Element, str] | None = None
) -> tuple[Finding, ...]:
    """What in a file differs from the schema of its version, the first hundred of it."""
    places = places_of(root) if places is None else places
    # Before the schema's patterns, whose two free parts cost the square of a text's length.
    found = [*_too_long(places)]
    if found:
        return tuple(found[:LISTED])
    schema = _schema(version)
    if not schema.validate(root):
        found = [_finding(root, error, places) for error in list(schema.error_log)[: 2 * LISTED]]
    found = [*dict.fromkeys(found), *_let_through(places)]
    return tuple(found[:LISTED])


def elements(parent: Element) -> list[Element]:
    """Children that are elements: no comments, no processing instructions."""
    return [child for child in parent if isinstance(child.tag, str)]


def name_of(element: Element) -> str:
    """`lookTransform`, `cdl:ASC_SOP`; `{namespace}name` for what belongs to neither."""
    namespace, name = _split(element.tag)
    if namespace in NAMESPACES:
        return name
    return f"cdl:{name}" if namespace == CDL else f"{{{namespace}}}{name}"


def places_of(root: Element) -> dict[Element, str]:
    """`pipeline/lookTransform[2]/file` of every element, counted from 1 where there are several.

    Made in one pass: asked one by one, a hostile file of many looks costs their square.
    """
    places: dict[Element, str] = {root: ""}
    todo = [root]
    while todo:
        parent = todo.pop()
        children = elements(parent)
        totals, seen = Counter(child.tag for child in children), Counter[object]()
        for child in children:
            seen[child.tag] += 1
            name = name_of(child).removeprefix("cdl:")
            name = f"{name}[{seen[child.tag]}]" if totals[child.tag] > 1 else name
            places[child] = f"{places[parent]}/{name}".lstrip("/")
            todo.append(child)
    return places


@lru_cache(maxsize=2)
def _schema(version: Version) -> Any:
    """The compiled schema. Its imports are the files beside it, never a network's."""
    etree: Any = import_module("lxml.etree")
    parser = etree.XMLParser(no_network=True, load_dtd=False, resolve_entities=False)
    return etree.XMLSchema(etree.parse(str(_SCHEMAS / f"acesMetadataFile-{version}.xsd"), parser))


def _split(tag: object) -> tuple[str, str]:
    text = tag if isinstance(tag, str) else ""
    namespace, brace, name = text[1:].rpartition("}")
    return (namespace, name) if brace else ("", text)


def _finding(root: Element, error: Any, places: Mapping[Element, str]) -> Finding:
    """One sentence of libxml2, with its element's place."""
    kind = str(error.type_name).removeprefix("SCHEMAV_")
    element = _element(root, error)
    message = _NAMESPACE.sub("", error.message).replace("( ", "").replace(" )", "")
    begin = _BEGINNING.match(message)
    attribute = begin["attribute"] if begin else None
    rest = _FACET.sub("", message[begin.end() :] if begin else message).rstrip(".")
    code = "structure" if kind.startswith(_STRUCTURE) else "value"
    if attribute or kind.startswith(_ATTRIBUTE):
        code = "attribute"
    name = name_of(element) if element is not None else "the file"
    if element is not None and code == "value" and name == "transformId":
        text = text_of(element)
        if outside_schema("look", text):
            sentence = f"{_quote(text)} is a real id, but the schema's pattern refuses it"
            return _at(places, element, "id_outside_schema", sentence, warning=True)
        kind = _kind(element)
        rest = f"{_quote(text)} is not the id of {kind}"
        if not text.strip():
            rest = f"is empty where the id of {kind} should stand"
    elif element is not None and name in _NUMBERS and kind.startswith("CVC_MIN"):
        rest = f"{_quote(text_of(element))} has a {name[4:].lower()} out of range"
    what = f"{name}, attribute {attribute}" if attribute else name
    sentence = f"{what}: {rest[:1].lower()}{rest[1:]}"
    if element is None:
        return Finding(severity="error", code=code, sentence=sentence, line=error.line)
    return _at(places, element, code, sentence)


def _kind(element: Any) -> str:
    """What an id names by its place: "a look transform", "an output device transform"."""
    parent = name_of(element.getparent())
    if parent.endswith("CdlWorkingSpace"):
        return "a color space conversion"
    words = re.sub(r"([A-Z])", r" \1", parent).lower()
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _element(root: Element, error: Any) -> Element | None:
    """Where an error is: libxml2 says it by a path of the file's own prefixes."""
    tree: Any = root
    spaces = {prefix: uri for prefix, uri in tree.nsmap.items() if prefix}
    try:
        found = tree.xpath(error.path, namespaces=spaces)
    except Exception:  # noqa: BLE001 - a path of prefixes that are declared further in
        return None
    return found[0] if found else None


def _too_long(places: Mapping[Element, str]) -> Iterator[Finding]:
    for element in places:
        if name_of(element) == "transformId" and len(text_of(element)) > MAX_LENGTH:
            sentence = (
                f"transformId: {_quote(text_of(element))} is longer than the {MAX_LENGTH} "
                "characters that an id may have"
            )
            yield _at(places, element, "value", sentence)


def _let_through(places: Mapping[Element, str]) -> Iterator[Finding]:
    """What is valid for libxml2, and nothing that can be used."""
    for element in places:
        name = name_of(element)
        if (
            name == "transformId"
            and text_of(element).strip()
            and parse_id(text_of(element)) is None
        ):
            yield _at(places, element, "value", f"{name}: {_quote(text_of(element))} is no id")
        elif name in _NUMBERS and any(map(math.isnan, floats(text_of(element)) or ())):
            yield _at(places, element, "value", f"{name}: {_quote(text_of(element))} is no number")
        elif name == "hash" and not is_base64(text_of(element)):
            yield _at(places, element, "value", f"{name}: {_quote(text_of(element))} is not base64")


def _at(
    places: Mapping[Element, str], element: Element, code: str, sentence: str, *,
    warning: bool = False,
) -> Finding:  # fmt: skip
    return Finding(
        severity="warning" if warning else "error",
        code=code,
        sentence=sentence,
        where=places[element],
        line=element.sourceline,
    )


def _quote(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "...")
