"""Texts of AMF elements and attributes as values: XML Schema's simple types, and AMF's own."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import datetime

Check = Callable[[str], str | None]

SPACE = " \t\r\n"
_FLOAT = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|-?INF|NaN", re.ASCII)
_DATE = re.compile(
    r"-?([1-9]\d{4,}|\d{4})-(0[1-9]|1[0-2])-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?"
    r"(Z|[+-](0\d|1[0-3]):[0-5]\d|[+-]14:00)?",
    re.ASCII,
)
_BASE64 = re.compile(
    r"([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=|[A-Za-z0-9+/][AQgw]==)?"
)
_UUID = re.compile(r"urn:uuid:[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
HASH_NAMES = {
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    "http://www.w3.org/2000/09/xmldsig#sha1": "sha1",
    "http://www.w3.org/2001/04/xmldsig-more#md5": "md5",
}
HASH_URIS = {name: uri for uri, name in HASH_NAMES.items()}


def collapse(text: str) -> str:
    """Outer white space gone, inner runs one space, as XML Schema's `collapse`."""
    return " ".join(text.strip(SPACE).split())


def is_true(text: str) -> bool:
    """The value of an xs:boolean."""
    return collapse(text) in ("true", "1")


def parse_date(text: str) -> tuple[int, datetime, bool] | None:
    """(year, moment with the year folded into 2000-2003, has a zone) or None.

    Years of any length are legal in XML Schema, Python's calendar ends at 9999.
    """
    found = _DATE.fullmatch(collapse(text))
    if not found:
        return None
    year, month, day = int(found[1]), int(found[2]), int(found[3])
    hour, minute, second = int(found[4]), int(found[5]), int(found[6])
    if year == 0 or (hour == 24 and (minute, second) != (0, 0)):
        return None
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    zone = (found[8] or "Z").replace("Z", "+00:00")
    folded = f"{2000 if leap else 2001}-{found[2]}-{day:02d}T{hour % 24:02d}:{found[5]}:{found[6]}"
    if not 1 <= month <= 12:
        return None
    try:
        return year, datetime.fromisoformat(folded + zone), found[8] is not None
    except ValueError:
        return None


def is_uuid(text: str) -> bool:
    """Whether a text is `urn:uuid:` and a uuid."""
    return _UUID.fullmatch(collapse(text)) is not None


def is_base64(text: str) -> bool:
    """Whether a text is xs:base64Binary: libxml2 lets foreign characters stand in one."""
    return _BASE64.fullmatch("".join(text.split())) is not None


def floats(text: str) -> tuple[float, ...] | None:
    """A list of xs:float, or None."""
    words = text.split()
    if not all(_FLOAT.fullmatch(word) for word in words):
        return None
    return tuple(float(word.replace("INF", "inf")) for word in words)


def cdl_numbers(count: int, name: str, lowest: float, *, open_end: bool = False) -> Check:
    """`count` xs:float of at least `lowest`, or above it."""

    def check(text: str) -> str | None:
        values = floats(text)
        if values is None or len(values) != count:
            wanted = "one number" if count == 1 else f"{count} numbers"
            return f"is not {wanted}, as the {name} of a CDL is"
        # XML Schema orders NaN beside every number: it breaks any bound.
        fine = (v > lowest if open_end else v >= lowest for v in values)
        if not math.isinf(lowest) and not all(fine):
            bound = "above" if open_end else "at least"
            return f"has a {name} out of range: it is {bound} {lowest:g}"
        return None

    return check
