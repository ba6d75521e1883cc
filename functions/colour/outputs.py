"""Outputs by name: displays and views of the built-in configs, and how encoders call them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from functions.colour.chain.values import OutputTags
from functions.colour.ocio.library import built_in, library, library_errors_as, operations
from functions.colour.spaces import SHORT, aces_space, find_space, known_names, near, plain
from functions.contract.errors import InvalidRequest

Aces = Literal["1.3", "2"]
# What a studio gets that says nothing: ACES 1.3 is what most shows in work were graded through,
# but a clip without any decision belongs to none of them, and 2 is what the Academy and the
# library's default config recommend for whatever starts now.
DEFAULT_ACES: Aces = "2"

REC709 = OutputTags("bt709", "bt709", "bt709", 100.0)
SRGB = OutputTags("bt709", "iec61966-2-1", "bt709", 100.0)
GAMMA22 = OutputTags("bt709", "gamma22", "bt709", 100.0)
P3_D65 = OutputTags("smpte432", None, None, 48.0)
P3_DCI = OutputTags("smpte431", None, None, 48.0)
P3_D60 = OutputTags(None, None, None, 48.0)
DISPLAY_P3 = OutputTags("smpte432", "iec61966-2-1", None, 100.0)
REC2020 = OutputTags("bt2020", "bt2020-10", "bt2020nc", 100.0)
HLG = OutputTags("bt2020", "arib-std-b67", "bt2020nc", 1000.0)
LINEAR = OutputTags(None, "linear", None)
UNNAMED = OutputTags(None, None, None)


def pq_tags(
    peak: float, primaries: str = "bt2020", matrix: str | None = "bt2020nc",
    mastering: str | None = None,
) -> OutputTags:  # fmt: skip
    return OutputTags(primaries, "smpte2084", matrix, peak, mastering)


def _p3_pq(peak: float) -> OutputTags:
    return pq_tags(peak, "smpte432", None, "smpte432")


_VIDEO, _CINEMA = "ACES 1.0 - SDR Video", "ACES 1.0 - SDR Cinema"
_SDR_709, _SDR_P3 = "ACES 2.0 - SDR 100 nits (Rec.709)", "ACES 2.0 - SDR 100 nits (P3 D65)"
View = tuple[str, str, OutputTags]
_PQ_DISPLAY, _P3_PQ_DISPLAY = "Rec.2100-PQ - Display", "ST2084-P3-D65 - Display"
_P3_2 = "Gamma 2.6 P3-D65 - Display"
# Name to display, view and tags. The plain name is what a delivery of that kind usually asks for.
VIEWS: dict[Aces, dict[str, View]] = {
    "1.3": {
        "rec709": ("Rec.1886 Rec.709 - Display", _VIDEO, REC709),
        "rec709-d60sim": ("Rec.1886 Rec.709 - Display", f"{_VIDEO} (D60 sim on D65)", REC709),
        "srgb": ("sRGB - Display", _VIDEO, SRGB),
        "display-p3": ("Display P3 - Display", _VIDEO, DISPLAY_P3),
        "rec2020": ("Rec.1886 Rec.2020 - Display", _VIDEO, REC2020),
        "p3d65": ("P3-D65 - Display", _CINEMA, P3_D65),
        "p3d60": ("P3-D60 - Display", _CINEMA, P3_D60),
        "p3dci": ("P3-DCI - Display", f"{_CINEMA} (D60 sim on DCI)", P3_DCI),
        "p3d65-pq-108": (_P3_PQ_DISPLAY, "ACES 1.1 - HDR Cinema (108 nits & P3 lim)", _p3_pq(108)),
        "rec2100-hlg": (
            "Rec.2100-HLG - Display", "ACES 1.1 - HDR Video (1000 nits & Rec.2020 lim)", HLG,
        ),
    },
    "2": {
        "rec709": ("Rec.1886 Rec.709 - Display", _SDR_709, REC709),
        "srgb": ("sRGB - Display", _SDR_709, SRGB),
        "rec709-g22": ("Gamma 2.2 Rec.709 - Display", _SDR_709, GAMMA22),
        "display-p3": ("Display P3 - Display", _SDR_P3, DISPLAY_P3),
        "p3d65": (_P3_2, _SDR_P3, P3_D65),
        "p3d65-rec709": (_P3_2, _SDR_709, P3_D65),
        "p3d65-pq-108": (_P3_PQ_DISPLAY, "ACES 2.0 - HDR 108 nits (P3 D65)", _p3_pq(108)),
        "rec2100-hlg": ("Rec.2100-HLG - Display", "ACES 2.0 - HDR 1000 nits (P3 D65)", HLG),
    },
}  # fmt: skip
for _nits in (1000, 2000, 4000):
    VIEWS["1.3"][f"rec2100-pq-{_nits}"] = (
        _PQ_DISPLAY, f"ACES 1.1 - HDR Video ({_nits} nits & Rec.2020 lim)",
        pq_tags(_nits, mastering="bt2020"),
    )  # fmt: skip
    VIEWS["1.3"][f"p3d65-pq-{_nits}"] = (
        _P3_PQ_DISPLAY, f"ACES 1.1 - HDR Video ({_nits} nits & P3 lim)", _p3_pq(_nits),
    )  # fmt: skip
for _nits in (500, 1000, 2000, 4000):
    _view = f"ACES 2.0 - HDR {_nits} nits (P3 D65)"
    VIEWS["2"][f"rec2100-pq-{_nits}"] = (_PQ_DISPLAY, _view, pq_tags(_nits, mastering="smpte432"))
    VIEWS["2"][f"rec2100-pq-{_nits}-rec2020"] = (
        _PQ_DISPLAY, f"ACES 2.0 - HDR {_nits} nits (Rec.2020)",
        pq_tags(_nits, mastering="bt2020"),
    )  # fmt: skip
    VIEWS["2"][f"p3d65-pq-{_nits}"] = (_P3_PQ_DISPLAY, _view, _p3_pq(_nits))
for _views in VIEWS.values():
    _views["rec2100-pq"] = _views["rec2100-pq-1000"]
    _views["p3d65-pq"] = _views["p3d65-pq-1000"]

# Spaces that hold a picture made for a display, and the peak of that display in cd/m2.
DISPLAY_SPACES = {
    "rec709": 100.0, "srgb": 100.0, "srgb-p3d65": 100.0, "p3d65": 48.0, "rec2100-pq": 10000.0,
    "rec2100-hlg": 1000.0, "p3d65-pq": 10000.0, "bt601-525": 100.0, "bt601-625": 100.0,
    "bt2020": 100.0,
}  # fmt: skip
# The output by whose rendering a picture on such a display is taken to be made, where its
# rendering has to be undone; others by their peak.
_RENDERED_AS = {
    "rec709": "rec709", "srgb": "srgb", "srgb-p3d65": "display-p3", "p3d65": "p3d65",
    "rec2100-pq": "rec2100-pq", "rec2100-hlg": "rec2100-hlg", "p3d65-pq": "p3d65-pq",
}  # fmt: skip
_RENDERED_BY_PEAK = {100.0: "rec709", 48.0: "p3d65", 1000.0: "rec2100-hlg", 10000.0: "rec2100-pq"}
_TAGS_OF_SPACE = {
    "rec709": REC709, "srgb": SRGB, "srgb-p3d65": DISPLAY_P3, "p3d65": P3_D65,
    "rec2100-pq": pq_tags(10000.0), "rec2100-hlg": HLG,
    "p3d65-pq": pq_tags(10000.0, "smpte432", None),
    "bt601-525": OutputTags("smpte170m", "smpte170m", "smpte170m", 100.0),
    "bt601-625": OutputTags("bt470bg", "smpte170m", "bt470bg", 100.0), "bt2020": REC2020,
    "rec709-camera": REC709, "linear-rec709": OutputTags("bt709", "linear", "bt709"),
    "linear-p3d65": OutputTags("smpte432", "linear", None),
    "linear-rec2020": OutputTags("bt2020", "linear", "bt2020nc"),
    "apple-log": OutputTags("bt2020", None, "bt2020nc"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Output:
    """Where a chain ends.

    name : ours, or as it was asked for
    text : as a person reads it
    from_aces : OpenColorIO transforms from ACES2065-1
    scene_linear : whether what comes out is scene-linear light
    """

    name: str
    text: str
    from_aces: tuple[Any, ...]
    scene_linear: bool
    tags: OutputTags


def outputs() -> tuple[str, ...]:
    """Names of outputs, of either ACES; any colour space of `source_spaces` is one too."""
    views = dict.fromkeys([*VIEWS["2"], *VIEWS["1.3"]])
    return ("aces", "acescg", *views, "source")


def find_output(name: str, aces: Aces, config: Any | None = None) -> Output:
    """An output by our name, "display/view" of a config, or the name of a colour space.

    config : the user's, asked first

    Raises
    ------
    InvalidRequest: nothing has that name; the sentence lists near ones.
    """
    if config is not None and "/" in name:
        display, _, view = (part.strip() for part in name.partition("/"))
        if view in list(config.getViews(display)):
            return _of_view(config, name, display, view, UNNAMED)
    if config is None or config.getColorSpace(name) is None:
        for short, (display, view, tags) in VIEWS[aces].items():
            if plain(short) == plain(name):
                return _of_view(built_in(aces), short, display, view, tags)
    space = find_space(name, config)
    if space is None:
        other: Aces = "2" if aces == "1.3" else "1.3"
        if plain(name) in {plain(one) for one in VIEWS[other]}:
            raise InvalidRequest(f"output {name!r} is none of ACES {aces}, only of ACES {other}",
                                 field="output")  # fmt: skip
        known = [*outputs(), *known_names(config), *_user_views(config)]
        raise InvalidRequest(f"output {name!r} is not known; {near(name, known)}", field="output")
    short = next((one for one, long in SHORT.items() if long == space.name), name)
    tags = _TAGS_OF_SPACE.get(short, LINEAR if space.scene_linear else UNNAMED)
    return Output(short, space.name, space.from_aces, space.scene_linear, tags)


def _user_views(config: Any | None) -> list[str]:
    if config is None:
        return []
    return [f"{display}/{view}" for display in config.getDisplays()
            for view in config.getViews(display)]  # fmt: skip


def _of_view(config: Any, name: str, display: str, view: str, tags: OutputTags) -> Output:
    ocio = library()
    with library_errors_as(f"view {view!r} of display {display!r}", "output"):
        processor = config.getProcessor(
            aces_space(config), display, view, ocio.TRANSFORM_DIR_FORWARD
        )
        return Output(name, f"{display}, {view}", tuple(operations(processor)), False, tags)


def undone(space: str, aces: Aces) -> Output:
    """The way back from a display's picture to scene-referred light: its rendering undone.

    space : one of DISPLAY_SPACES

    The output's `from_aces` leads from ACES2065-1, as the display space's colours are in it
    (`colorimetric`), to the ACES2065-1 that an ACES rendering for that display would show so.
    """
    name = _RENDERED_AS.get(space) or _RENDERED_BY_PEAK[DISPLAY_SPACES[space]]
    display, view, tags = VIEWS[aces][name]
    config, ocio = built_in(aces), library()
    with library_errors_as(f"view {view!r} of display {display!r}", "output"):
        back = operations(
            config.getProcessor(aces_space(config), display, view, ocio.TRANSFORM_DIR_INVERSE)
        )
    return Output(name, view, (*colorimetric(name, aces), *back), True, tags)


def displays_alike(space: str, output: str, aces: Aces) -> bool:
    """Whether a display space holds the codes of an output's display, as they stand.

    space : one of DISPLAY_SPACES; output : of `Output.name`
    """
    views = VIEWS[aces]
    mine, theirs = views.get(_RENDERED_AS.get(space, "")), views.get(output)
    return mine is not None and theirs is not None and mine[0] == theirs[0]


def colorimetric(name: str, aces: Aces) -> tuple[Any, ...]:
    """ACES2065-1 to an output's display without rendering: its colours as they are.

    name : of `Output.name`
    """
    found = VIEWS[aces].get(name)
    if found is None:
        return find_output(name, aces).from_aces
    config = built_in(aces)
    with library_errors_as(f"display {found[0]!r}", "output"):
        return tuple(operations(config.getProcessor(aces_space(config), found[0])))
