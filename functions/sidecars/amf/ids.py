"""ACES transform ids: `urn:ampas:aces:transformId:v2.0:CSC.Arri.LogC4_to_ACES.a2.v1`.

S-2014-002 "ACES System Versioning" (ids of URN version 1.5, ACES 1.x) and its successor for
ACES 2 (URN version 2.0). An id says what kind of transform it is, who issued it, and for
which ACES; whether it exists is for a config to know, not for its spelling.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

PREFIX = "urn:ampas:aces:transformId:"
Kind = Literal[
    "input",
    "look",
    "inverse look",
    "output",
    "inverse output",
    "output device",
    "inverse output device",
    "reference rendering",
    "inverse reference rendering",
    "color space conversion",
]
# First word of an id, URN version it belongs to, what it is.
_KINDS: dict[str, tuple[str, Kind]] = {
    "IDT": ("1.5", "input"),
    "LMT": ("1.5", "look"),
    "InvLMT": ("1.5", "inverse look"),
    "RRTODT": ("1.5", "output"),
    "InvRRTODT": ("1.5", "inverse output"),
    "ODT": ("1.5", "output device"),
    "InvODT": ("1.5", "inverse output device"),
    "RRT": ("1.5", "reference rendering"),
    "InvRRT": ("1.5", "inverse reference rendering"),
    "ACEScsc": ("1.5", "color space conversion"),
    "Input": ("2.0", "input"),
    "Look": ("2.0", "look"),
    "InvLook": ("2.0", "inverse look"),
    "Output": ("2.0", "output"),
    "InvOutput": ("2.0", "inverse output"),
    "CSC": ("2.0", "color space conversion"),
}
_SHAPE = re.compile(
    r"urn:ampas:aces:transformId:v(?P<urn>\d+\.\d+):(?P<word>[A-Za-z]+)"
    r"(?:\.(?P<issuer>[^.\s]+))?(?:\.(?P<name>\S+))?"
    r"\.a(?P<aces>\d+)\.(?P<revision>v?\d+(?:\.\d+)*)"
)
# Beyond this the two free parts of the schema's patterns cost the square of the length.
MAX_LENGTH = 500
# The id of ACES 1.3.1's gamut compression breaks the schema's pattern, and is real.
_OUTSIDE_SCHEMA = {
    "look": re.compile(rf"{PREFIX}v1\.5:LMT\.Academy\.\S+\.a\d+\.v\d+\.\d+"),
}


@dataclass(frozen=True, slots=True)
class TransformId:
    """A parsed id.

    kind : what the transform does
    urn : version of the id's spelling, "1.5" (ACES 1) or "2.0" (ACES 2)
    issuer : "Academy", "ARRI", ...; "" for RRT, which has none
    name : "LogC4_to_ACES"
    aces : major ACES version that the `a` of the id names
    revision : "v1", "1.0.3" without the leading major version
    """

    text: str
    kind: Kind
    urn: str
    issuer: str
    name: str
    aces: int
    revision: str

    @property
    def aces_major(self) -> int:
        """Major version of the ACES system that the id may be used in."""
        return 1 if self.urn == "1.5" else 2

    @property
    def ends(self) -> tuple[str, str] | None:
        """("ACES", "ACEScct") of a conversion named `ACES_to_ACEScct`, or None."""
        first, found, second = self.name.partition("_to_")
        return (first, second) if found and first and second else None


def parse_id(text: str) -> TransformId | None:
    """The parts of an id, or None for what is none.

    >>> parse_id("urn:ampas:aces:transformId:v2.0:CSC.Arri.LogC4_to_ACES.a2.v1").ends
    ('LogC4', 'ACES')
    """
    found = _SHAPE.fullmatch(text) if len(text) <= MAX_LENGTH else None
    if not found or found["word"] not in _KINDS:
        return None
    urn, kind = _KINDS[found["word"]]
    if found["urn"] != urn:
        return None
    issuer, name = found["issuer"] or "", found["name"] or ""
    if issuer and not name:
        # ACEScsc.ACEScct_to_ACES.a1.0.3: no issuer is the Academy.
        issuer, name = "Academy", issuer
    return TransformId(text, kind, urn, issuer, name, int(found["aces"]), found["revision"])


def outside_schema(kind: str, text: str) -> bool:
    """A real id that the schema's pattern refuses."""
    pattern = _OUTSIDE_SCHEMA.get(kind)
    return bool(pattern and pattern.fullmatch(text))
