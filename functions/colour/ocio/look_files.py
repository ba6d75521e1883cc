"""Look and transform files as bytes: CLF, CTF, .cube, .3dl and the CDL files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from functions.colour.ocio.library import library, operations, shelf, told_as
from functions.contract.errors import InvalidRequest, SourceNotFound

CDL_SUFFIXES = ("cc", "ccc", "cdl")
_XML_SUFFIXES = ("clf", "ctf", *CDL_SUFFIXES)
_URN_UUID = re.compile(r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SMPTE = "http://www.smpte-ra.org/ns/2136-1/"
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
    with told_as(f"file {name!r} can not be used", "amf"):
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
