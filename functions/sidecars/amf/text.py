"""Texts that AMF elements and attributes hold: XML Schema's simple types, and AMF's own.

Each check answers None, or the rest of the sentence "<text> is not ...".
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation

Check = Callable[[str], str | None]

SPACE = " \t\r\n"
_BOOLEAN = frozenset({"true", "false", "1", "0"})
_FLOAT = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|-?INF|NaN", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_DATE = re.compile(
    r"-?([1-9]\d{4,}|\d{4})-(0[1-9]|1[0-2])-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?"
    r"(Z|[+-](0\d|1[0-3]):[0-5]\d|[+-]14:00)?",
    re.ASCII,
)
_BASE64 = re.compile(
    r"([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=|[A-Za-z0-9+/][AQgw]==)?"
)
_UUID = re.compile(r"urn:uuid:[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_EMAIL = {"1.0": re.compile(r"[^@]+@[^.]+\..+"), "2.0": re.compile(r"[^@]+@[^@]+")}
# RFC 3986, with every character outside ASCII, the space and <>"{}|\\^` let in: XML Schema
# escapes those by itself.
_CHAR = r"(?:[^][%#?/]|%[0-9A-Fa-f]{2})"
_PATH = rf"(?:{_CHAR}|/)*"
_HOST = r"(?:\[[^]]*\]|(?:[^][%#?/:@]|%[0-9A-Fa-f]{2})*)"
_AUTHORITY = rf"//(?:(?:[^][%#?/@]|%[0-9A-Fa-f]{{2}})*@)?{_HOST}(?::\d{{0,9}})?"
_URI = re.compile(
    rf"(?:[A-Za-z][A-Za-z0-9+.-]*:(?:{_AUTHORITY}(?:/{_PATH})?|(?!//){_PATH})"
    rf"|{_AUTHORITY}(?:/{_PATH})?|(?!//)/{_PATH}"
    rf"|(?!//)(?:[^][%#?/:]|%[0-9A-Fa-f]{{2}})*(?:/{_PATH})?)"
    rf"(?:\?(?:{_CHAR}|[/?])*)?(?:\#(?:{_CHAR}|[][/?])*)?"
)
_HASHES = {
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    "http://www.w3.org/2000/09/xmldsig#sha1": "sha1",
    "http://www.w3.org/2001/04/xmldsig-more#md5": "md5",
}
HASH_NAMES = _HASHES
HASH_URIS = {name: uri for uri, name in _HASHES.items()}


def collapse(text: str) -> str:
    """Outer white space gone, inner runs one space, as XML Schema's `collapse`."""
    return " ".join(text.strip(SPACE).split())


def any_text(text: str) -> str | None:
    """xs:string."""
    return None


def boolean(text: str) -> str | None:
    """xs:boolean."""
    return None if collapse(text) in _BOOLEAN else "is neither true nor false"


def is_true(text: str) -> bool:
    """The value of an xs:boolean."""
    return collapse(text) in ("true", "1")


def date_time(text: str) -> str | None:
    """xs:dateTime."""
    return None if parse_date(text) is not None else "is not a date and time (2026-01-31T12:00:00Z)"


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


def any_uri(text: str) -> str | None:
    """xs:anyURI, as libxml2 reads RFC 3986."""
    if _URI.fullmatch(collapse(text)):
        return None
    return "is not a URI"


def uuid(text: str) -> str | None:
    """dcml:UUIDType."""
    return None if _UUID.fullmatch(collapse(text)) else "is not a uuid (urn:uuid:8-4-4-4-12 digits)"


def base64_binary(text: str) -> str | None:
    """xs:base64Binary."""
    packed = "".join(text.split())
    return None if _BASE64.fullmatch(packed) else "is not base64"


def hash_algorithm(text: str) -> str | None:
    """aces:hashAlgoType."""
    return None if collapse(text) in _HASHES else "is none of the algorithms sha256, sha1, md5"


def not_negative_integer(text: str) -> str | None:
    """xs:nonNegativeInteger."""
    tidy = collapse(text)
    if re.fullmatch(r"\+?\d+|-0+", tidy, re.ASCII):
        return None
    return "is not a whole number of zero or more"


def digit(text: str) -> str | None:
    """aces:singleDigitType."""
    tidy = collapse(text)
    return None if re.fullmatch(r"[+]?0*\d|-0+", tidy, re.ASCII) else "is not one digit, 0 to 9"


def email(version: str) -> Check:
    """aces:emailAddressType of that AMF version."""
    pattern = _EMAIL[version]

    def check(text: str) -> str | None:
        return None if pattern.fullmatch(text) else "is not an e-mail address"

    return check


def format_version(version: str) -> Check:
    """The fixed version attribute, compared as a number."""
    wanted = Decimal(version)

    def check(text: str) -> str | None:
        tidy = collapse(text)
        try:
            if _DECIMAL.fullmatch(tidy) and Decimal(tidy) == wanted:
                return None
        except InvalidOperation:
            pass
        return f"is not the version {version} that the namespace promises"

    return check


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
