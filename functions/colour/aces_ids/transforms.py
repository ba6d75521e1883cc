"""ACES transform ids turned into transforms, through what the built-in configs say of themselves.

The config of ACES 2 has the ids as attributes (`amf_transform_ids`), the config of ACES 1.3 in its
descriptions. What an id does is read from its kind: `X_to_ACES` goes in, `ACES_to_X` goes out,
`InvX` goes back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from functions.colour.aces_ids.unsupported import PREFIX, advice_on
from functions.colour.chain.values import OutputTags
from functions.colour.ocio.library import (
    built_in,
    group,
    library,
    library_errors_as,
    operations,
    raw,
)
from functions.colour.outputs import UNNAMED, VIEWS, Aces
from functions.colour.spaces import aces_space, logc3, near, need_space
from functions.contract.errors import InvalidRequest

_ID = re.compile(r"urn:ampas:aces:transformId:\S+")
_ALEXA = re.compile(r"IDT\.ARRI\.Alexa-v3-logC-EI(\d+)\.a1\.v\d+")
# Names of the CTL release that the config, which has another revision's, does not list.
_SAME = {
    "v1.5:LMT.Academy.GamutCompress.a1.3.0": "v1.5:LMT.Academy.ReferenceGamutCompress.a1.v1.0",
    "v1.5:InvLMT.Academy.GamutCompress.a1.3.0":
        "v1.5:InvLMT.Academy.ReferenceGamutCompress.a1.v1.0",
    "v1.5:IDT.Canon.CanonLog2_CinemaGamut_D55.a1.v2":
        "v1.5:ACEScsc.Academy.CLog2_CGamut_to_ACES.a1.1.0",
    "v1.5:IDT.Canon.CanonLog3_CinemaGamut_D55.a1.v2":
        "v1.5:ACEScsc.Academy.CLog3_CGamut_to_ACES.a1.1.0",
    # Canon: the old transforms for daylight and the new ones make the same picture.
    "v1.5:IDT.Canon.CanonLog2_BT2020_D55.a1.v2": "v2.0:CSC.Canon.CLog2_BT2020_to_ACES.a1.v1",
    "v1.5:IDT.Canon.CanonLog3_BT2020_D55.a1.v2": "v2.0:CSC.Canon.CLog3_BT2020_to_ACES.a1.v1",
}  # fmt: skip
# Transforms that the library has and no config names.
_BUILT_IN = {
    "v1.5:LMT.Academy.BlueLightArtifactFix.a1.1.0": "ACES-LMT - BLUE_LIGHT_ARTIFACT_FIX",
}
Kind = Literal["into", "out of", "look", "output", "inverse output"]


@dataclass(frozen=True, slots=True)
class Found:
    """What an id stands for.

    kind : "into" ACES2065-1, "out of" it, "look" (ACES to ACES), "output" (to display code
        values), "inverse output" (from them)
    name : as a person reads it
    transforms : OpenColorIO's, in order
    scene_linear : of the space that is left or reached, for "into" and "out of"
    output : our name of an output, "" if we have none
    """

    kind: Kind
    name: str
    transforms: tuple[Any, ...]
    scene_linear: bool = False
    output: str = ""
    tags: OutputTags = UNNAMED


@dataclass(slots=True)
class _Entry:
    """Where an id stands in a config."""

    aces: Aces
    spaces: list[str] = field(default_factory=list)
    views: list[str] = field(default_factory=list)
    looks: list[str] = field(default_factory=list)


def is_id(text: str) -> bool:
    """Whether a text looks like an ACES transform id."""
    return text.startswith(PREFIX)


def known_id(text: str) -> bool:
    """Whether `resolve_id` has a transform for it."""
    try:
        resolve_id(text)
    except InvalidRequest:
        return False
    return True


def known_ids() -> tuple[str, ...]:
    """Every id of the built-in configs, those of ACES 2 first."""
    return tuple(_index())


@lru_cache(maxsize=64)
def resolve_id(text: str) -> Found:
    """The transform that an id stands for.

    Raises
    ------
    InvalidRequest: nothing here has that id; the sentence lists near ones.
    """
    short = text.removeprefix(PREFIX)
    short = _SAME.get(short, short)
    if short in _BUILT_IN:
        return _library_transform(short)
    alexa = _ALEXA.fullmatch(short.partition(":")[2])
    if alexa and 50 <= int(alexa[1]) <= 1600:
        space = logc3(int(alexa[1]))
        return Found("into", space.name, space.to_aces)
    entry = _index().get(PREFIX + short) or _loosely().get(_loose(short))
    if entry is None:
        more = _more(short)
        if more is not None:
            return more
        raise InvalidRequest(_unknown(text, short), field="amf")
    word, name = _words(short)
    back = word.startswith("Inv")
    if entry.looks:
        return _look(entry, entry.looks[0], back)
    if entry.views:
        return _output(text, entry, back)
    space = need_space(entry.spaces[0])
    if name.startswith("ACES_to_"):
        return Found("out of", space.name, space.from_aces, space.scene_linear)
    return Found("into", space.name, space.to_aces, space.scene_linear)


def _more(short: str) -> Found | None:
    """What the library can do and no config lists."""
    from functions.colour.aces_ids.extra import camera_of, output_of

    camera = camera_of(short)
    if camera is not None:
        name, transforms, out = camera
        return Found("out of" if out else "into", name, transforms)
    output = output_of(short)
    if output is not None:
        name, transforms, tags, back = output
        return Found("inverse output" if back else "output", name, transforms, False, "", tags)
    # A way out of ACES of which the way in is listed.
    there = re.sub(r"[.]ACES_to_(\w+)[.]", r".\1_to_ACES.", short)
    entry = _index().get(PREFIX + there) if there != short else None
    if entry is not None and entry.spaces:
        space = need_space(entry.spaces[0])
        return Found("out of", space.name, space.from_aces, space.scene_linear)
    return None


def aces_of(text: str) -> Aces:
    """The ACES that an id belongs to."""
    return "2" if text.removeprefix(PREFIX).startswith("v2") else "1.3"


def _unknown(text: str, short: str) -> str:
    advice = advice_on(text)
    if advice:
        return f"transform id {text} is real, but nothing here has that transform: {advice}"
    if _words(short)[0] in ("RRT", "InvRRT"):
        return f"{text} is half of an output transform: it needs its output device transform"
    same = [one for one in known_ids() if one.removeprefix(PREFIX)[:4] == short[:4]]
    listed = near(short, [one.removeprefix(PREFIX) for one in same or known_ids()], 3)
    return f"transform id {text} is not known; {listed if 'near' in listed else 'none is near'}"


def _words(short: str) -> tuple[str, str]:
    """ "CSC" and "LogC3_to_ACES" of v2.0:CSC.Arri.LogC3_to_ACES.a2.v1."""
    parts = short.partition(":")[2].split(".")
    named = [part for part in parts[1:] if "_to_" in part]
    return parts[0], named[0] if named else parts[-1]


def _loose(short: str) -> str:
    """What is left of an id when case and the ACES of its `a` are no matter.

    Canon and DJI numbered their ids for ACES 2 `a1`, the others `a2`; some tools write the
    number of the system, and some write RED where the Academy writes Red.
    """
    urn, _, rest = short.partition(":")
    return (
        f"{urn}:{re.sub(r'[.]a[0-9]+[.]', '.a.', rest)}".lower() if urn == "v2.0" else short.lower()
    )


@lru_cache(maxsize=1)
def _loosely() -> dict[str, _Entry]:
    return {_loose(text.removeprefix(PREFIX)): entry for text, entry in _index().items()}


@lru_cache(maxsize=1)
def _index() -> dict[str, _Entry]:
    """Id to its places, of both configs."""
    found: dict[str, _Entry] = {}
    order: tuple[Aces, Aces] = ("2", "1.3")
    for aces in order:
        config = built_in(aces)
        for kind, elements in (
            ("spaces", config.getColorSpaces()),
            ("views", config.getViewTransforms()),
            ("looks", config.getLooks()),
        ):
            for element in elements:
                said = element.getInterchangeAttribute("amf_transform_ids")
                for text in _ID.findall(said or element.getDescription()):
                    getattr(found.setdefault(text, _Entry(aces)), kind).append(element.getName())
    return found


def _library_transform(short: str) -> Found:
    ocio = library()
    style = _BUILT_IN[short]
    transform = ocio.BuiltinTransform(style)
    made = tuple(operations(raw().getProcessor(transform)))
    return Found("into" if style.endswith("_to_ACES2065-1") else "look", style, made)


def _look(entry: _Entry, name: str, back: bool) -> Found:
    ocio = library()
    config = built_in(entry.aces)
    aces = aces_space(config)
    direction = ocio.TRANSFORM_DIR_INVERSE if back else ocio.TRANSFORM_DIR_FORWARD
    look = ocio.LookTransform(aces, aces, name, False, direction)
    made = tuple(operations(config.getProcessor(look)))
    return Found("look", f"inverse of {name}" if back else name, made)


def _output(text: str, entry: _Entry, back: bool) -> Found:
    ocio = library()
    config = built_in(entry.aces)
    for display in config.getDisplays():
        for view in config.getViews(display):
            space = config.getDisplayViewColorSpaceName(display, view)
            space = display if space in ("<USE_DISPLAY_NAME>", "") else space
            if space in entry.spaces and view in entry.views:
                direction = ocio.TRANSFORM_DIR_INVERSE if back else ocio.TRANSFORM_DIR_FORWARD
                with library_errors_as(text, "amf"):
                    processor = config.getProcessor(aces_space(config), display, view, direction)
                    made = tuple(operations(processor))
                names = [(name, tags) for name, (d, v, tags) in VIEWS[entry.aces].items()
                         if (d, v) == (display, view)]  # fmt: skip
                short, tags = names[-1] if names else ("", UNNAMED)
                kind: Kind = "inverse output" if back else "output"
                return Found(kind, f"{display}, {view}", made, False, short, tags)
    if not entry.spaces and "_in_XYZ-E_" in text:
        return _dcdm(config, entry.views[0], back)
    raise InvalidRequest(f"{text} stands for no display and view of its config", field="amf")


def _dcdm(config: Any, view: str, back: bool) -> Found:
    """A view in the encoding of a digital cinema master, which no config has as a display."""
    ocio = library()
    render = config.getViewTransform(view).getTransform(ocio.VIEWTRANSFORM_DIR_FROM_REFERENCE)
    whole = group([render, ocio.BuiltinTransform("DISPLAY - CIE-XYZ-D65_to_DCDM-D65")])
    if back:
        whole.setDirection(ocio.TRANSFORM_DIR_INVERSE)
    tags = OutputTags("smpte428", "smpte428", None, 48.0)
    made = tuple(operations(config.getProcessor(whole)))
    return Found("inverse output" if back else "output", f"DCDM, {view}", made, False, "", tags)
