"""The structure of an AMF, checked against the tables of its version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

from functions.sidecars.amf.content_model import NEVER, after, expected, may_end, model
from functions.sidecars.amf.ids import outside_schema
from functions.sidecars.amf.schema import CDL, NAMESPACES, SAME_AS, XSI, Kind, Version, kinds_of
from functions.sidecars.amf.text import SPACE
from functions.sidecars.findings import Finding
from functions.sidecars.safe_xml import Element, text_of

_SHOWN = 60
_LOCATIONS = frozenset({f"{{{XSI}}}schemaLocation", f"{{{XSI}}}noNamespaceSchemaLocation"})


def version_of(root: Element) -> Version | None:
    """The format's version that the root's namespace says; None for what is no AMF."""
    namespace, name = _split(root.tag)
    return NAMESPACES.get(namespace) if name == "acesMetadataFile" else None


def check_structure(
    root: Element, version: Version, places: Mapping[Element, str] | None = None
) -> tuple[Finding, ...]:
    """Everything in which a file differs from the schema of its version."""
    return tuple(_Walk(root, version, places or places_of(root)).findings)


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


def _split(tag: object) -> tuple[str, str]:
    text = tag if isinstance(tag, str) else ""
    namespace, brace, name = text[1:].rpartition("}")
    return (namespace, name) if brace else ("", text)


@lru_cache(maxsize=2)
def _kinds(version: Version) -> dict[str, Kind]:
    return kinds_of(version)


class _Walk:
    """One pass over the tree, depth first, in the order of the file."""

    def __init__(self, root: Element, version: Version, places: Mapping[Element, str]) -> None:
        self.places = places
        self.findings: list[Finding] = []
        self.kinds = _kinds(version)
        # Both versions' elements have the same names: only the right namespace counts.
        self.namespace = _split(root.tag)[0]
        self.element(root, self.kinds["acesMetadataFile"])

    def say(self, code: str, sentence: str, element: Element) -> None:
        self.findings.append(
            Finding(
                severity="error",
                code=code,
                sentence=sentence,
                where=self.places[element],
                line=element.sourceline,
            )
        )

    def element(self, element: Element, kind: Kind) -> None:
        self.attributes(element, kind)
        if kind.model is None:
            self.text(element, kind)
        else:
            self.children(element, kind.model)

    def attributes(self, element: Element, kind: Kind) -> None:
        name = name_of(element)
        given = {str(key): str(value) for key, value in element.attrib.items()}
        for key, value in given.items():
            if key in kind.attributes:
                wrong = kind.attributes[key][0](value)
                if wrong:
                    self.say("attribute", f"attribute {key}: {_quote(value)} {wrong}", element)
            elif key not in _LOCATIONS:
                self.say("attribute", f"{name} has no attribute {key!r}", element)
        for key, (_, required) in kind.attributes.items():
            if required and key not in given:
                self.say("attribute", f"{name} lacks its attribute {key!r}", element)

    def text(self, element: Element, kind: Kind) -> None:
        name, text = name_of(element), text_of(element)
        for child in elements(element):
            self.say("structure", f"{name} holds text, no element {name_of(child)}", child)
        wrong = kind.text(text)
        if wrong:
            self.say("value", f"{name}: {_quote(text)} {wrong}", element)
        elif name == "transformId" and outside_schema("look", text):
            self.findings.append(
                Finding(
                    severity="warning",
                    code="id_outside_schema",
                    sentence=f"{_quote(text)} is a real id, but the schema's pattern refuses it",
                    where=self.places[element],
                    line=element.sourceline,
                )
            )

    def children(self, element: Element, content: str) -> None:
        name, rest = name_of(element), model(content)
        # An element without content may hold no white space either.
        if text_of(element).strip(SPACE) or (not content and text_of(element)):
            self.say("structure", f"{name} holds text where only elements may stand", element)
        told = False
        for child in elements(element):
            child_name = self.own_name(child)
            step = after(rest, SAME_AS.get(child_name, child_name))
            if step == NEVER and not told:
                # One sentence a parent: what follows the first slip is mostly its echo.
                told = True
                self.say(
                    "structure",
                    f"{child_name} may not stand here: {_wanted(name, expected(rest))}",
                    child,
                )
            rest = step if step != NEVER else rest
            known = self.kind_of(name, child_name)
            if known:
                self.element(child, known)
        if not told and not may_end(rest):
            self.say(
                "structure", f"{name} is not complete: {_wanted(name, expected(rest))}", element
            )

    def own_name(self, child: Element) -> str:
        namespace, name = _split(child.tag)
        return (
            name
            if namespace == self.namespace
            else (f"cdl:{name}" if namespace == CDL else f"{{{namespace}}}{name}")
        )

    def kind_of(self, parent: str, name: str) -> Kind | None:
        name = SAME_AS.get(name, name)
        return self.kinds.get(f"{parent}/{name}") or self.kinds.get(name)


def _quote(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "...")


def _wanted(parent: str, names: tuple[str, ...]) -> str:
    if not names:
        return f"nothing more belongs in {parent}"
    return f"{parent} should go on with {' or '.join(names)}"
