"""Look and transform files as bytes: CLF, CTF, .cube, .3dl and the CDL files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote
from xml.parsers import expat

from functions.colour.ocio.library import library, library_errors_as, operations, shelf
from functions.contract.errors import InvalidRequest, SourceNotFound

CDL_SUFFIXES = ("cc", "ccc", "cdl")
_XML_SUFFIXES = ("clf", "ctf", *CDL_SUFFIXES)
_URN_UUID = re.compile(r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SMPTE = "http://www.smpte-ra.org/ns/2136-1/"
# Children of a ProcessList: CLF 3's, and those that CTF has beside them.
_ELEMENTS = frozenset({
    "LUT1D", "LUT3D", "Matrix", "Range", "Log", "Exponent", "ASC_CDL", "Gamma", "ACES",
    "FixedFunction", "ExposureContrast", "GradingPrimary", "GradingRGBCurve", "GradingTone",
    "GradingHueCurve", "InverseLUT1D", "InverseLUT3D", "Reference",
})  # fmt: skip
_WORDS = frozenset({"Id", "Description", "InputDescriptor", "OutputDescriptor", "Info"})
_NO_NUMBER = re.compile(r"(?<![^\s])[+-]?(?:nan|inf|infinity)(?![^\s])", re.IGNORECASE)
# A 129-point cube as text is 60 MB; a table beyond this is no look.
LARGEST = 256 * 2**20


def file_transforms(
    reference: str, files: Mapping[str, bytes], *, cdl_id: str = "", back: bool = False
) -> tuple[Any, ...]:
    """A file's transforms, in order.

    Parameters
    ----------
    reference : as a sidecar writes it, percent-encoded or not; or the name in `files`
    files : name to content
    cdl_id : which CDL of a collection
    back : the inverse

    Raises
    ------
    SourceNotFound: no such file.
    InvalidRequest: a file that is none of its kind, or has no CDL of that id.
    """
    name, data = _content(reference, files)
    _check(name, data)
    ocio = library()
    direction = ocio.TRANSFORM_DIR_INVERSE if back else ocio.TRANSFORM_DIR_FORWARD
    transform = ocio.FileTransform(name, cdl_id, ocio.INTERP_BEST, direction)
    if suffix(name) in CDL_SUFFIXES:
        transform.setCDLStyle(ocio.CDL_NO_CLAMP)
    with library_errors_as(f"file {name!r} can not be used", "amf"):
        beside = shelf(None, {name: data})
        return tuple(operations(beside.config.getProcessor(transform)))


def suffix(name: str) -> str:
    """ "cube" of LOOK.CUBE."""
    return name.rpartition(".")[2].lower()


def plain_name(reference: str) -> str:
    """The file's name without folders and percent signs."""
    return unquote(reference).replace("\\", "/").rpartition("/")[2]


def _content(reference: str, files: Mapping[str, bytes]) -> tuple[str, bytes]:
    for name in (reference, unquote(reference), unquote(reference).removeprefix("./"),
                 plain_name(reference)):  # fmt: skip
        if name in files:
            return plain_name(name), bytes(files[name])
    raise SourceNotFound(f"file {plain_name(reference)!r} is not there", uri=reference)


def _check(name: str, data: bytes) -> None:
    """What the library lets pass and should not."""
    if len(data) > LARGEST:
        raise InvalidRequest(f"file {name!r} of {len(data)} bytes is too large", field="amf")
    kind = suffix(name)
    if kind not in _XML_SUFFIXES:
        return
    text = data.decode("utf-8", "replace")
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise InvalidRequest(f"file {name!r} declares entities, which no look needs", field="amf")
    if re.search(r"<(?:\w+:)?Reference\s[^>]*\balias\s*=", text):
        raise InvalidRequest(
            f"file {name!r} stands for a table of another machine (Reference by alias)", field="amf"
        )
    if kind in CDL_SUFFIXES:
        return
    _nodes(name, data)
    if kind != "clf":
        return
    version = re.search(r"compCLFversion\s*=\s*[\"']([^\"']*)", text)
    modern = _SMPTE in text or (version is not None and version[1].startswith(("3", "ST2136")))
    if modern and re.search(r"<(?:\w+:)?IndexMap[\s>]", text):
        raise InvalidRequest(
            f"file {name!r} has an IndexMap, which CLF 3 does not know", field="amf"
        )
    said = re.search(r"<(?:\w+:)?Id>\s*([^<]*?)\s*</", text)
    if _SMPTE in text and said and not _URN_UUID.fullmatch(said[1]):
        raise InvalidRequest(
            f"file {name!r} has the Id {said[1]!r}, which is no urn:uuid", field="amf"
        )


def _nodes(name: str, data: bytes) -> None:
    """Refuse a transform that nobody knows, and numbers that are none: the library passes over
    the one and takes a number of its own for the other. What is not well-formed it says itself."""
    parser = expat.ParserCreate()
    path: list[str] = []
    numbers: list[str] = []
    strange: list[str] = []
    by_halves = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal by_halves
        path.append(tag.rpartition(":")[2])
        if len(path) == 2:
            by_halves = attributes.get("halfDomain") == "true"
            if path[1] not in _ELEMENTS | _WORDS:
                strange.append(path[1])
        if len(path) > 1 and path[1] in _ELEMENTS:
            numbers.extend(attributes.values())

    def text(words: str) -> None:
        # A table by halves has entries for inputs that are no numbers.
        if len(path) > 2 and path[1] in _ELEMENTS and path[-1] not in _WORDS and not by_halves:
            numbers.append(words)

    def end(_: str) -> None:
        path.pop()

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = text
    parser.buffer_text = True
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError):  # an encoding that nobody knows, too
        return
    if strange:
        raise InvalidRequest(f"file {name!r} has <{strange[0]}>, which is not done", field="amf")
    for words in numbers:
        if odd := _NO_NUMBER.search(words):
            raise InvalidRequest(f"file {name!r} has {odd[0]!r} for a number", field="amf")
