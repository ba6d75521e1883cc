"""Names of colour spaces: ours, the built-in configs', a user's config's."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from functions.colour.camera.spaces import NAMES, TITLES, own_space
from functions.colour.ocio.library import (
    built_in,
    group,
    library,
    library_errors_as,
    operations,
    raw,
)
from functions.contract.errors import InvalidRequest
from kernels.colour.curves import logc3_numbers

# Short name to the name in the built-in config of ACES 2, grouped as a person looks for them.
SHORT = {
    "aces": "ACES2065-1",
    "acescg": "ACEScg",
    "acescct": "ACEScct",
    "acescc": "ACEScc",
    "adx10": "ADX10",
    "adx16": "ADX16",
    "arri-logc3": "ARRI LogC3 (EI800)",
    "arri-logc4": "ARRI LogC4",
    "arri-linear-awg3": "Linear ARRI Wide Gamut 3",
    "arri-linear-awg4": "Linear ARRI Wide Gamut 4",
    "slog3-sgamut3": "S-Log3 S-Gamut3",
    "slog3-sgamut3cine": "S-Log3 S-Gamut3.Cine",
    "slog3-venice-sgamut3": "S-Log3 Venice S-Gamut3",
    "slog3-venice-sgamut3cine": "S-Log3 Venice S-Gamut3.Cine",
    "clog2-cgamut": "CanonLog2 CinemaGamut D55",
    "clog3-cgamut": "CanonLog3 CinemaGamut D55",
    "log3g10-rwg": "Log3G10 REDWideGamutRGB",
    "vlog-vgamut": "V-Log V-Gamut",
    "bmdfilm-gen5": "BMDFilm WideGamut Gen5",
    "davinci-intermediate": "DaVinci Intermediate WideGamut",
    "dji-dlog": "D-Log D-Gamut",
    "apple-log": "Apple Log",
    "apple-log2": "Apple Log 2",
    "rec709": "Gamma 2.4 Encoded Rec.709",
    "rec709-camera": "Camera Rec.709",
    "srgb": "sRGB Encoded Rec.709 (sRGB)",
    "srgb-p3d65": "sRGB Encoded P3-D65",
    "rec2100-pq": "Rec.2100-PQ - Display",
    "rec2100-hlg": "Rec.2100-HLG - Display",
    "p3d65-pq": "ST2084-P3-D65 - Display",
    "p3d65": "Gamma 2.6 P3-D65 - Display",
    "linear-rec709": "Linear Rec.709 (sRGB)",
    "linear-p3d65": "Linear P3-D65",
    "linear-rec2020": "Linear Rec.2020",
}
# EI of LogC3 beside 800: the same gamut, other numbers of the curve.
_LOGC3 = re.compile(r"(?:arri-?)?(?:alexa-?)?(?:v3-?)?log-?c(?:3)?-?ei(\d+)", re.IGNORECASE)
SCENE_LINEAR = "scene-linear"


@dataclass(frozen=True, slots=True)
class Space:
    """A colour space as plain transforms.

    name : as a person reads it
    to_aces, from_aces : OpenColorIO transforms, to and from ACES2065-1
    scene_linear : whether its samples are scene-linear light
    """

    name: str
    to_aces: tuple[Any, ...]
    from_aces: tuple[Any, ...]
    scene_linear: bool


def source_spaces() -> tuple[str, ...]:
    """Our short names of the colour spaces that a clip's samples may be in."""
    return (*SHORT, *NAMES)


def plain(name: str) -> str:
    """A name as it is compared: P3-D65 is p3d65."""
    return re.sub(r"[^0-9a-z]", "", name.lower())


def find_space(name: str, config: Any | None = None) -> Space | None:
    """A space by a user's config's name or alias, our short name, or a built-in one's.

    name : any case; our short names with or without hyphens
    config : the user's, asked first
    """
    if config is not None:
        found = config.getColorSpace(name)
        if found is not None:
            return _of_config(config, found.getName())
    return _built_in_space(name)


def need_space(name: str, config: Any | None = None, field: str = "source") -> Space:
    """As `find_space`.

    Raises
    ------
    InvalidRequest: nothing has that name; the sentence lists near ones.
    """
    found = find_space(name, config)
    if found is None:
        raise InvalidRequest(
            f"colour space {name!r} is not known; {near(name, known_names(config))}", field=field
        )
    return found


def known_names(config: Any | None = None) -> list[str]:
    """Every name that `find_space` knows, ours first."""
    names = list(source_spaces())
    for one in (config, built_in("2")):
        if one is not None:
            for space in one.getColorSpaces():
                names += [space.getName(), *space.getAliases()]
    return list(dict.fromkeys(names))


def near(name: str, known: Iterable[str], count: int = 5) -> str:
    """ "near it: a, b, c" for an error's sentence."""
    by_plain: dict[str, str] = {}
    for one in known:
        by_plain.setdefault(plain(one), one)
    wanted = plain(name)
    close = difflib.get_close_matches(wanted, by_plain, count, 0.5)
    if wanted:
        close += [one for one in by_plain if wanted in one or (one in wanted and len(one) > 3)]
    found = [by_plain[one] for one in dict.fromkeys(close)][:count]
    return f"near it: {', '.join(found)}" if found else f"there is: {', '.join(SHORT)}"


@lru_cache(maxsize=64)
def _built_in_space(name: str) -> Space | None:
    wanted = plain(name)
    for short, long in SHORT.items():
        if plain(short) == wanted:
            return _of_config(built_in("2"), long)
    for short in NAMES:
        if wanted in (plain(short), plain(TITLES[short])):
            there, back = own_space(short)
            return Space(TITLES[short], there, back, False)
    ei = _LOGC3.fullmatch(name)
    if ei:
        return logc3(int(ei[1]))
    for aces in ("2", "1.3"):
        config = built_in(aces)
        found = config.getColorSpace(name)
        if found is not None:
            return _of_config(config, found.getName())
    return None


def logc3(ei: int) -> Space:
    """ARRI LogC3 in Wide Gamut 3 at an exposure index.

    Raises
    ------
    InvalidRequest: an exposure index whose curve is no plain formula.
    """
    ocio = library()
    try:
        a, b, c, d, e, _, cut = logc3_numbers(ei)
    except ValueError as problem:
        raise InvalidRequest(str(problem), field="source") from problem
    usual = _of_config(built_in("2"), SHORT["arri-logc3"])
    if ei == 800:
        return usual
    log = ocio.LogCameraTransform(
        linSideBreak=[cut] * 3, base=10, logSideSlope=[c] * 3, logSideOffset=[d] * 3,
        linSideSlope=[a] * 3, linSideOffset=[b] * 3, linearSlope=[e] * 3,
    )  # fmt: skip
    back = log.__deepcopy__({})
    back.setDirection(ocio.TRANSFORM_DIR_INVERSE)
    return Space(
        f"ARRI LogC3 (EI{ei})", (back, *usual.to_aces[1:]), (*usual.from_aces[:-1], log), False
    )


def aces_space(config: Any) -> str:
    """What a config calls ACES2065-1.

    Raises
    ------
    InvalidRequest: it does not say.
    """
    found = config.getColorSpace("aces_interchange") or config.getColorSpace("ACES2065-1")
    if found is None:
        raise InvalidRequest(
            "the OCIO config has no role aces_interchange, so that nothing says what ACES2065-1 is",
            field="config",
        )
    return str(found.getName())


def _of_config(config: Any, name: str) -> Space:
    aces = aces_space(config)
    ocio = library()
    space = config.getColorSpace(name)
    if space.isData():
        raise InvalidRequest(f"{name!r} is data, not colour", field="source")
    with library_errors_as(f"colour space {name!r}", "source"):
        there = operations(config.getProcessor(name, aces))
        back = operations(config.getProcessor(aces, name))
    is_display = space.getReferenceSpaceType() == ocio.REFERENCE_SPACE_DISPLAY
    linear = space.getEncoding() == SCENE_LINEAR or (
        not space.getEncoding() and not is_display and _is_matrix(there)
    )
    return Space(name, tuple(there), tuple(back), linear)


def _is_matrix(transforms: list[Any]) -> bool:
    matrix = library().MatrixTransform
    return all(isinstance(one, matrix) for one in transforms)


def joined(transforms: Iterable[Any]) -> list[Any]:
    """Transforms in a row, with what cancels or merges gone."""
    return operations(raw().getProcessor(group(list(transforms))))
