"""What one document of a camera says, and how it comes into the clip's record."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import msgspec

from functions.contract.camera import CameraRecord

_NAMED = 12  # of what is not understood, in one sentence
_NEAR = 0.02  # of a number: documents round
# Of these a document tells other moments or other words than the headers, and neither is wrong.
_APART = frozenset(("captured", "timecode", "software", "reel", "clip"))


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a document says.

    source : what it is called in a sentence
    camera : fields of a `CameraRecord`
    log, gamut : curve and gamut by the camera's own words
    unread : names of what it says and is not understood here
    """

    source: str
    camera: dict[str, Any] = {}
    log: str | None = None
    gamut: str | None = None
    unread: tuple[str, ...] = ()


def merged(camera: CameraRecord, told: Iterable[Told]) -> tuple[CameraRecord, tuple[str, ...]]:
    """The record with what it lacked, the first document first; and a sentence for each word that
    contradicts it, and for what is not understood."""
    notes: list[str] = []
    blank = CameraRecord()
    for one in told:
        found: dict[str, Any] = {}
        for field, value in one.camera.items():
            own = getattr(camera, field)
            if own == getattr(blank, field):
                found[field] = value
            elif field not in _APART and not _alike(own, value):
                notes.append(f"{one.source} says {field} {value}, which is {own} by what counts")
        camera = msgspec.structs.replace(camera, **found)
        if one.unread:
            more = "" if len(one.unread) <= _NAMED else f" and {len(one.unread) - _NAMED} more"
            notes.append(
                f"{one.source} holds what is not read: {', '.join(one.unread[:_NAMED])}{more}"
            )
    return camera, tuple(notes)


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return math.isclose(one, other, rel_tol=_NEAR)
    if isinstance(one, str) and isinstance(other, str):
        # A maker's name stands before its model in one place and not in another.
        short, long = sorted((one.strip().lower(), other.strip().lower()), key=len)
        return long.endswith(short)
    return bool(one == other)


def printable(text: str) -> str:
    """Without what no terminal should get."""
    return "".join(letter for letter in text if letter.isprintable()).strip()


def text_of(raw: bytes) -> str | None:
    """Bytes up to their first NUL, as cameras write words; None where that is blank."""
    return printable(raw.partition(b"\0")[0].decode("utf-8", "replace")) or None


def number(text: str) -> float | None:
    """What a value begins with: `5600K`, `180.00deg`, `1/50s`; None for no number above zero."""
    digits = text.strip().lower()
    for unit in ("msec", "ms"):
        if digits.endswith(unit):
            value = number(digits.removesuffix(unit))
            return value / 1000 if value else None
    top, slash, bottom = digits.partition("/")
    try:
        value = float(top.rstrip("abcdefghijklmnopqrstuvwxyz° "))
        if slash:
            value /= float(bottom.rstrip("abcdefghijklmnopqrstuvwxyz° "))
    except (ValueError, ZeroDivisionError):
        return None
    return value if math.isfinite(value) and value > 0 else None
