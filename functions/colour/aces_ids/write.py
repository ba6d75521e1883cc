"""The way back from our names to ACES transform ids: what an AMF of our own says."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from functions.colour.camera.spaces import TITLES
from functions.colour.ocio.library import built_in
from functions.colour.outputs import VIEWS, Aces
from functions.colour.spaces import SHORT, find_space

PREFIX = "urn:ampas:aces:transformId:"
_ID = re.compile(rf"{PREFIX}\S+")
_RRT = f"{PREFIX}v1.5:RRT.a1.0.3"
_CONVERSIONS = {"2": ":CSC.", "1.3": ":ACEScsc."}


@lru_cache(maxsize=64)
def input_id(space: str, aces: Aces = "2") -> str | None:
    """The id of the way from a colour space into ACES2065-1; None where that ACES has none."""
    if aces == "1.3":
        own = [one for one in _space_ids(space, aces) if ":IDT." in one]
        if own:
            return own[0]
    return _conversion(space, aces, into=True) or own_id(space, aces)


@lru_cache(maxsize=64)
def working_ids(space: str, aces: Aces = "2") -> tuple[str, str] | None:
    """Ids of the ways (into, back from) a CDL's working space, None where one is missing."""
    into = _conversion(space, aces, into=False)
    back = _conversion(space, aces, into=True)
    return (into, back) if into and back else None


@lru_cache(maxsize=64)
def output_ids(output: str, aces: Aces = "2", *, back: bool = False) -> tuple[str, ...]:
    """Ids of an output by its short name, "rec709": one, or in ACES 1.3 the reference rendering
    and the output device; none where it is not told apart. back : of their inverses."""
    found = VIEWS[aces].get(output)
    if found is None:
        return ()
    display, view, _ = found
    config = built_in(aces)
    rendered = _ids(config.getViewTransform(view))
    shown = _ids(config.getColorSpace(display))
    both = [one for one in rendered if one in shown]
    inverse = "Inv" if back else ""
    for word, ahead in (
        ("Output", ()),
        ("RRTODT", ()),
        ("ODT", (_RRT.replace("RRT", f"{inverse}RRT"),)),
    ):
        fitting = [one for one in both if f":{inverse}{word}." in one]
        if len(fitting) == 1:
            return (*ahead, fitting[0])
    return ()


def _conversion(space: str, aces: Aces, *, into: bool) -> str | None:
    ways = [one for one in _space_ids(space, aces) if _CONVERSIONS[aces] in one]
    fitting = [one for one in ways if ("_to_ACES." in one) == into]
    return fitting[0] if fitting else None


def _space_ids(space: str, aces: Aces) -> list[str]:
    found = find_space(space)
    name = SHORT.get(space, found.name if found else space)
    element = built_in(aces).getColorSpace(name)
    return [] if element is None else _ids(element)


def _ids(element: Any) -> list[str]:
    said = element.getInterchangeAttribute("amf_transform_ids") or element.getDescription()
    return _ID.findall(said)


_OWN = {
    "slog1-sgamut": "SLog1_SGamut_10i",
    "slog2-sgamut-daylight": "SLog2_SGamut_Daylight_10i",
    "slog2-sgamut-tungsten": "SLog2_SGamut_Tungsten_10i",
}


def own_id(space: str, aces: Aces) -> str | None:
    """Of a space that no config has."""
    short = next((name for name, title in TITLES.items() if space in (name, title)), "")
    if short.startswith("clog") and aces == "2":
        words = short.replace("clog", "CLog").replace("-bt", "_BT")
        return f"{PREFIX}v2.0:CSC.Canon.{words}_to_ACES.a1.v1"
    if short not in _OWN:
        return None
    if aces == "1.3":
        return f"{PREFIX}v1.5:IDT.Sony.{_OWN[short]}.a1.v1"
    return f"{PREFIX}v2.0:CSC.Sony.{_OWN[short]}_to_ACES.a2.v1"
