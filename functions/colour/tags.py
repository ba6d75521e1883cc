"""A clip's own colour tags to the name of an input colour space; never a guess.

The names that come out are those of `spaces`: colour spaces of the ACES studio configs of
OpenColorIO, or this room's short ones. Cameras
write their curve and gamut in many spellings (QuickTime keys, Sony's NonRealTimeMeta, RDD 18
acquisition metadata, Panasonic's ClipContent): letters and digits alone are compared.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from functions.colour.tag_names import (
    CURVE_NAMES,
    CURVES,
    DISPLAY_NAMES,
    DISPLAYS,
    GAMUTS,
    LINEAR_GAMUTS,
    LINEAR_PRIMARIES,
    PRIMARIES,
    SDR_SPACES,
    SLOG2,
    WITHOUT_SPACE,
)
from functions.contract.camera import CameraRecord
from functions.contract.errors import UnsupportedMedia
from functions.contract.picture import ColourTags

_UNSAID = {"", "unknown", "unspecified", "reserved"}
# BT.601, 709 and 2020 share one curve (BT.2020-2, table 4, to 10 bits).
_SDR = {"bt709", "smpte170m", "bt2020-10", "bt2020-12"}
# ARRI wrote "LOG-C" alone until there was another; these cameras only know the other.
_LOGC4_MODELS = ("alexa35", "alexa265")
_LOGC3_EI = (160, 1600)


@dataclass(frozen=True, slots=True)
class InputSpace:
    """name : colour space of the clip's samples; why : what said so, in words."""

    name: str
    why: str


def input_space(tags: ColourTags, camera: CameraRecord | None = None) -> InputSpace:
    """The colour space that a clip says its samples are in.

    Parameters
    ----------
    tags : of the clip. A camera's own curve counts before the container's tags, which
        cameras fill in for players
    camera : make, model and exposure index, where a curve's name alone is not enough

    Raises
    ------
    UnsupportedMedia (`field` "source", `choices`): nothing is said, what is said is no
        space that there is, or leaves more than one; the sentence lists what could be meant.
    """
    if tags.conflict is not None:
        raise _unclear(f"the clip's colour is unclear: {tags.conflict}", ())
    log = plain(tags.log)
    if log in DISPLAY_NAMES:
        return InputSpace(DISPLAY_NAMES[log], f"the camera's tag {tags.log}")
    if log and log != "linear":
        return _camera_curve(tags, camera or CameraRecord())
    gamut = _gamut(tags.gamut)
    linear = log == "linear" or tags.transfer == "linear"
    if gamut and linear:
        if gamut not in LINEAR_GAMUTS:
            raise _unclear(
                f"the clip is linear in {tags.gamut!r}, which is no gamut known here", ()
            )
        return InputSpace(LINEAR_GAMUTS[gamut], f"the tags {tags.gamut}, linear")
    if gamut:
        fitting = tuple(
            sorted(
                {c.gamuts[gamut] for c in CURVES if gamut in c.gamuts}
                | {LINEAR_GAMUTS[g] for g in (gamut,) if g in LINEAR_GAMUTS}
            )
        )
        raise _unclear(f"the clip's gamut is {tags.gamut!r} and no curve is said", fitting)
    return _by_container(tags)


def spaces() -> tuple[str, ...]:
    """Every name that a clip's tags may lead to, sorted."""
    cameras = {name for curve in CURVES for name in curve.gamuts.values()}
    linear = {*LINEAR_GAMUTS.values(), *LINEAR_PRIMARIES.values()}
    displays = {*DISPLAYS.values(), *SDR_SPACES.values()}
    return tuple(sorted(cameras | linear | displays | set(SLOG2)))


def plain(text: str | None) -> str:
    """`S-Gamut3.Cine` to `sgamut3cine`."""
    return re.sub(r"[^a-z0-9]+", "", (text or "").lower())


def _gamut(text: str | None) -> str:
    name = plain(text)
    return GAMUTS.get(name, name) if name not in _UNSAID else ""


def _camera_curve(tags: ColourTags, camera: CameraRecord) -> InputSpace:
    assert tags.log is not None
    # Some write curve and gamut into one tag: "S-Gamut3.Cine/S-Log3".
    parts = [part.strip() for part in re.split(r"[/,;]| - ", tags.log) if plain(part)]
    found = next((part for part in parts if plain(part) in CURVE_NAMES), tags.log)
    beside = next((part for part in parts if part != found), None)
    name = plain(found)
    model = plain(f"{camera.make or ''} {camera.model or ''}")
    if name == "logc" and any(each in model for each in _LOGC4_MODELS):
        name = "logc4"
    if name == "slog2":
        raise _unclear("the clip's curve is S-Log2, which has a space for either light", SLOG2)
    curve = CURVE_NAMES.get(name)
    if curve is None:
        title = WITHOUT_SPACE.get(name)
        why = f"{title} has no colour space here" if title else "that curve is not known here"
        raise _unclear(f"the clip's curve is {tags.log!r}, and {why}", ())
    said = tags.gamut if _gamut(tags.gamut) else beside
    if said is None and name == "slog3cine":
        said = "S-Gamut3.Cine"
    choices = tuple(sorted(set(curve.gamuts.values())))
    gamut = _gamut(said) if said else curve.own
    if gamut is None:
        raise _unclear(f"the clip's curve is {curve.title} and no gamut is said", choices)
    if gamut not in curve.gamuts:
        raise _unclear(
            f"the clip's curve is {curve.title} and its gamut {said!r}, a pair that has no "
            "colour space here",
            choices,
        )
    space = curve.gamuts[gamut]
    if curve.title == "LogC3" and camera.iso and camera.iso != 800:
        # The curve changes with the exposure index; above 1600 it is no plain formula.
        if not _LOGC3_EI[0] <= camera.iso <= _LOGC3_EI[1]:
            raise _unclear(f"the clip's curve is LogC3 at EI {camera.iso}", choices)
        space = f"arri-logc3-ei{camera.iso}"
    words = tags.log if said is None or said == beside else f"{tags.log}, {said}"
    return InputSpace(space, f"the camera's tags {words}")


def _by_container(tags: ColourTags) -> InputSpace:
    """What FFmpeg's names of primaries and transfer say."""
    primaries = None if (tags.primaries or "") in _UNSAID else tags.primaries
    transfer = None if (tags.transfer or "") in _UNSAID else tags.transfer
    if primaries is None and transfer is None:
        raise _unclear("the clip does not say its colour space", ())
    if primaries is None or transfer is None:
        missing = "primaries" if primaries is None else "transfer"
        fitting = _displays_like(primaries, transfer)
        said = f"primaries {primaries}" if primaries else f"transfer {transfer}"
        raise _unclear(f"the clip says {said} and no {missing}", fitting)
    why = f"the tags {primaries} and {transfer}"
    if transfer == "linear" and primaries in LINEAR_PRIMARIES:
        return InputSpace(LINEAR_PRIMARIES[primaries], why)
    if (primaries, transfer) in DISPLAYS:
        return InputSpace(DISPLAYS[primaries, transfer], why)
    if transfer in _SDR and primaries in SDR_SPACES:
        return InputSpace(SDR_SPACES[primaries], why)
    names = PRIMARIES.get(primaries, primaries)
    fitting = _displays_like(primaries, transfer)
    raise _unclear(
        f"the clip says {names} with transfer {transfer}, a pair without a colour space", fitting
    )


def _displays_like(primaries: str | None, transfer: str | None) -> tuple[str, ...]:
    """Displays that have one of the two."""
    return tuple(
        sorted(name for (p, t), name in DISPLAYS.items() if p == primaries or t == transfer)
    )


def _unclear(said: str, choices: tuple[str, ...]) -> UnsupportedMedia:
    names = choices or spaces()
    return UnsupportedMedia(
        f"{said}; name what is meant in `source`: {', '.join(names)}",
        field="source",
        choices=list(names),
        why=said,
    )
