"""How a transcode is made in parts: movies that join, and sound apart where it cannot be cut."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from functions.contract.clip import ClipFacts
from functions.contract.segments import FRAME_SECONDS, Parts, cadence, sound_apart

# Nanoseconds per pixel: decoding, colour, scaling and encoding together.
_PIXEL = 60.0


def splitting(fields: Mapping[str, Any]) -> Callable[[ClipFacts], Parts]:
    """See `contract.segments.Splitting`."""
    return partial(_parts, fields)


def container_of(fields: Mapping[str, Any]) -> str:
    """Where a request's movie goes: what it says, else the codec's usual one."""
    from functions.media.write.codec_profiles import profile_of

    found = profile_of(str(fields.get("codec") or "prores-422"))
    return str(fields.get("container") or (found[1].containers[0] if found else "mov"))


def ending(fields: Mapping[str, Any]) -> str:
    """Of the movie's name; "" where there is none."""
    if fields.get("stills"):
        return ""
    return container_of(fields).partition("-")[0]


def _parts(fields: Mapping[str, Any], facts: ClipFacts) -> Parts:
    """Parts begin where the whole movie has a key frame, and where samples and frames meet."""
    from functions.media.write.codec_profiles import profile_of

    seconds = FRAME_SECONDS + facts.width * facts.height * _PIXEL * 1e-9
    if fields.get("stills"):
        return Parts(way="frames", seconds=seconds)
    found = profile_of(str(fields.get("codec") or "prores-422"))
    gop = found[1].gop if found else 0
    container = container_of(fields)
    heard = bool(facts.picture.audio or fields.get("sound")) and fields.get("only") != "picture"
    apart = heard and sound_apart({**fields, "container": container})
    return Parts(
        way="movie",
        seconds=seconds,
        multiple=math.lcm(max(1, gop), cadence(facts.rate)),
        # OP-Atom has a file for each stream: there is nothing to put side by side.
        joins=container != "mxf-opatom" and fields.get("only") != "sound" and facts.width > 0,
        joiner="stitch",
        sound_apart=apart,
        each=lambda whole, name: {"only": "picture"} if apart else {},
    )
