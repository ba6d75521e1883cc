"""ARRI's JSON documents in the header metadata of MXF: slate, camera, lens, medium, look.

Reference: files of ALEXA 35 as SwiftMediaMetadata 1.6 describes them: sets with a document and the
address of its schema, https://www.arri.com/schema/json/camera/<name>/v1-0-0. Their local tags are
the file's own (dynamic, SMPTE ST 377-1, 9.2), so that both are found by what they hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from functions.contract.request import NOT_JSON
from functions.media.acquisition.values import Told, number, printable
from functions.media.containers.mxf_sets import metadata_sets

_SCHEMA = re.compile(r"arri\.com/schema/json/(?:[\w-]+/)*([\w-]+)/v[\d._-]+")
_URL = "arri.com/schema/json/".encode("utf-16-be")
_FIELDS = {
    "camera_device": {
        "cameraModel": "model",
        "cameraSerialNumber": "serial",
        "cameraSoftwarePackageName": "firmware",
    },
    "lens_device": {"lensModel": "lens", "lensSerialNumber": "lens_serial"},
    "slate_info": {"scene": "scene", "take": "take"},
    "recording_medium": {"mediumSerialNumber": "card"},
    "custom_lut3d_design": {"lut3DID": "look"},
}


def read_arri_json(metadata: bytes, source: str) -> Told | None:
    """What the documents of header metadata say together; None where there is none."""
    documents = sorted(_documents(metadata), key=lambda each: each[0])
    found: dict[str, Any] = {"make": "ARRI"}
    unread: list[str] = []
    for schema, document in documents:
        known = _FIELDS.get(schema, {})
        for name, value in document.items():
            if value in (None, "", [], {}):
                continue
            if name in known and isinstance(value, (str, int)):
                found.setdefault(known[name], printable(str(value)))
            elif name == "lensSqueezeFactor" and (squeeze := number(str(value))):
                found.setdefault("squeeze", squeeze)
            else:
                unread.append(f"{schema} {printable(name)}")
    if not documents:
        return None
    return Told(source=source, camera=found, unread=tuple(unread))


def _documents(metadata: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    """(schema, document) of each set that holds both."""
    if _URL not in metadata:
        return
    for one in metadata_sets(metadata, of_any=True):
        values = [one.raw(tag) for tag in one.fields]
        addresses = [each.decode("utf-16-be", "replace") for each in values if _URL in each]
        schema = _SCHEMA.search(addresses[0]) if addresses else None
        text = next((each for each in values if each.lstrip()[:1] == b"{"), None)
        if schema is None or text is None:
            continue
        try:
            document = msgspec.json.decode(text.rstrip(b"\0"))
        except NOT_JSON:
            continue
        if isinstance(document, dict):
            yield schema[1], document
