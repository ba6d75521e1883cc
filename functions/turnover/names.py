"""Names of clips as editorial writes them, reduced to what tells one clip from another."""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 1024
_SHORT_REELS = (8, 16, 32)  # CMX 3600 and its longer kinds have no room for more
# A place for frame numbers at the end: name.%04d, name.####, name.@@@@, name.[1001-1200].
_PLACE = re.compile(r"(?:%0?\d{0,2}d|#{1,20}|@{1,20}|\[\d{1,15}(?:-\d{1,15})?\])$")
_BRACKET = re.compile(r"\[(\d{1,15})(?:-\d{1,15})?\]$")
_EXTENSION = re.compile(r"[A-Za-z0-9]{2,6}")


def key_of(name: str) -> str:
    """Letters and digits of a name without its extension, take remark or frame numbers.

    Examples
    --------
    >>> key_of("A001-C004.mxf (LAY3)"), key_of("ABC_010.[1001-1100].exr"), key_of("día.mov")
    ('a001c004', 'abc010', 'dia')
    """
    return _letters(_stem(name))


def member_key(name: str) -> str:
    """Of a file of a numbered sequence, the key of the sequence; empty for another name.

    Examples
    --------
    >>> member_key("ZZ100_501.take_1.0001.exr"), member_key("A001_C004.mov")
    ('zz100501take1', 'a001c')
    """
    stem = _stem(name)
    shorter = stem.rstrip("0123456789")
    return _letters(shorter) if shorter != stem else ""


def first_number(name: str) -> int | None:
    """The first file number that a name of a sequence says, or that of a file of it.

    Examples
    --------
    >>> first_number("ABC_010.[1001-1100].exr"), first_number("ABC_010.1001.exr")
    (1001, 1001)
    """
    name = name[:_LONGEST].strip()
    stem, dot, extension = name.rpartition(".")
    if dot and _EXTENSION.fullmatch(extension) and not extension.isdecimal():
        name = stem
    bracket = _BRACKET.search(name)
    digits = bracket[1] if bracket else name[len(name.rstrip("0123456789")) :]
    return int(digits) if digits and len(digits) <= 15 else None


def short_keys(name: str) -> str:
    """The key of a reel that a list cut to its width, whose clip's name goes on; else empty."""
    return _letters(name) if len(name.strip()) in _SHORT_REELS else ""


def _stem(name: str) -> str:
    name = name[:_LONGEST].strip()
    if name.endswith(")") and not name.startswith("("):
        name = name.partition("(")[0].rstrip()
    stem, dot, extension = name.rpartition(".")
    if dot and stem and _EXTENSION.fullmatch(extension) and not extension.isdecimal():
        name = stem
    return _PLACE.sub("", name)


def _letters(name: str) -> str:
    """Letters and digits of any script, without accents and case."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(each for each in plain if each.isalnum())
