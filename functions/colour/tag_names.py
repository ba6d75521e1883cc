"""Spellings of curves and gamuts, and the colour spaces that they mean: data of `tags`.

Keys are letters and digits alone, lower case.
"""

from __future__ import annotations

from dataclasses import dataclass

REC709 = "rec709"


@dataclass(frozen=True, slots=True)
class Curve:
    """A camera's curve.

    names : its spellings
    gamuts : colour space by gamut
    own : the gamut it always comes with; None where a camera has more than one for it
    """

    title: str
    names: tuple[str, ...]
    gamuts: dict[str, str]
    own: str | None = None


CURVES: tuple[Curve, ...] = (
    Curve("LogC3", ("logc", "logc3", "arrilogc", "arrilogc3"),
          {"awg3": "ARRI LogC3 (EI800)"}, "awg3"),
    Curve("LogC4", ("logc4", "arrilogc4"), {"awg4": "ARRI LogC4"}, "awg4"),
    Curve("S-Log3", ("slog3", "slog3cine"),
          {"sgamut3": "S-Log3 S-Gamut3", "sgamut3cine": "S-Log3 S-Gamut3.Cine"}),
    Curve("S-Log", ("slog", "slog1"), {"sgamut": "S-Log S-Gamut"}, "sgamut"),
    Curve("Canon Log 2", ("clog2", "canonlog2"),
          {"cinemagamut": "CanonLog2 CinemaGamut D55", "bt2020": "CanonLog2 BT.2020"}),
    Curve("Canon Log 3", ("clog3", "canonlog3"),
          {"cinemagamut": "CanonLog3 CinemaGamut D55", "bt2020": "CanonLog3 BT.2020"}),
    Curve("Log3G10", ("log3g10", "redlog3g10"), {"rwg": "Log3G10 REDWideGamutRGB"}, "rwg"),
    Curve("V-Log", ("vlog", "panasonicvlog"), {"vgamut": "V-Log V-Gamut"}, "vgamut"),
    Curve("Blackmagic Film Gen 5",
          ("bmdfilmgen5", "bmdfilm5", "blackmagicfilmgen5", "blackmagicdesignfilmgen5",
           "filmgen5", "blackmagicdesignfilm5"),
          {"bmdwg5": "BMDFilm WideGamut Gen5"}, "bmdwg5"),
    Curve("DaVinci Intermediate", ("davinciintermediate",),
          {"dwg": "DaVinci Intermediate WideGamut"}, "dwg"),
    Curve("D-Log", ("dlog", "djidlog"), {"dgamut": "D-Log D-Gamut"}, "dgamut"),
    Curve("Apple Log", ("applelog", "applelog1"), {"bt2020": "Apple Log"}, "bt2020"),
    Curve("Apple Log 2", ("applelog2",), {"applewg": "Apple Log 2"}, "applewg"),
    Curve("ACEScct", ("acescct",), {"ap1": "ACEScct"}, "ap1"),
    Curve("ACEScc", ("acescc",), {"ap1": "ACEScc"}, "ap1"),
)  # fmt: skip
CURVE_NAMES: dict[str, Curve] = {name: curve for curve in CURVES for name in curve.names}

GAMUTS: dict[str, str] = {
    "awg": "awg3", "alexawidegamut": "awg3", "arriwidegamut": "awg3", "arriwidegamut3": "awg3",
    "arriwg": "awg3", "arriwg3": "awg3", "arriwidegamut4": "awg4", "arriwg4": "awg4",
    "cgamut": "cinemagamut", "canoncinemagamut": "cinemagamut",
    "redwidegamutrgb": "rwg", "redwidegamut": "rwg",
    "bmdwidegamut": "bmdwg5", "bmdwidegamutgen5": "bmdwg5", "blackmagicwidegamut": "bmdwg5",
    "blackmagicwidegamutgen5": "bmdwg5", "blackmagicdesignwidegamutgen5": "bmdwg5",
    "davinciwidegamut": "dwg", "applewidegamut": "applewg", "djidgamut": "dgamut",
    "rec2020": "bt2020", "bt2020": "bt2020", "itur2020": "bt2020",
    "acesap1": "ap1", "acescg": "ap1", "acesap0": "ap0", "aces": "ap0", "aces20651": "ap0",
    "rec709": "bt709", "srgb": "bt709", "p3d65": "smpte432", "displayp3": "smpte432",
}  # fmt: skip
"""Spellings of a gamut to its key in `CURVES` and `LINEAR_GAMUTS`; a key means itself."""

LINEAR_GAMUTS: dict[str, str] = {
    "ap0": "ACES2065-1",
    "ap1": "ACEScg",
    "awg3": "Linear ARRI Wide Gamut 3",
    "awg4": "Linear ARRI Wide Gamut 4",
    "sgamut3": "Linear S-Gamut3",
    "sgamut3cine": "Linear S-Gamut3.Cine",
    "cinemagamut": "Linear CinemaGamut D55",
    "rwg": "Linear REDWideGamutRGB",
    "vgamut": "Linear V-Gamut",
    "bmdwg5": "Linear BMD WideGamut Gen5",
    "dwg": "Linear DaVinci WideGamut",
    "dgamut": "Linear D-Gamut",
    "applewg": "Linear Apple Wide Gamut",
    "bt709": "Linear Rec.709 (sRGB)",
    "bt2020": "Linear Rec.2020",
    "smpte432": "Linear P3-D65",
}
LINEAR_PRIMARIES: dict[str, str] = {
    name: LINEAR_GAMUTS[name] for name in ("bt709", "bt2020", "smpte432", "ap0", "ap1")
}

DISPLAYS: dict[tuple[str, str], str] = {
    ("bt709", "bt709"): REC709,
    ("bt709", "iec61966-2-1"): "srgb",
    ("bt709", "gamma22"): "Gamma 2.2 Encoded Rec.709",
    ("smpte432", "iec61966-2-1"): "srgb-p3d65",
    ("smpte432", "smpte2084"): "p3d65-pq",
    ("bt2020", "smpte2084"): "rec2100-pq",
    ("bt2020", "arib-std-b67"): "rec2100-hlg",
}
"""(primaries, transfer), FFmpeg's names, to spaces of pictures made for a display."""

SDR_SPACES: dict[str, str] = {
    "bt709": REC709,
    "smpte170m": "bt601-525",
    "smpte240m": "bt601-525",
    "bt470bg": "bt601-625",
    "ebu3213": "bt601-625",
    "bt2020": "bt2020",
}
"""Primaries that come with the one curve of BT.601, 709 and 2020. ST 240M's are those of 525
lines, EBU Tech 3213's nearly those of 625."""

DISPLAY_NAMES: dict[str, str] = {
    "rec709": REC709, "bt709": REC709,
    "hlg": DISPLAYS["bt2020", "arib-std-b67"], "rec2100hlg": DISPLAYS["bt2020", "arib-std-b67"],
    "pq": DISPLAYS["bt2020", "smpte2084"], "rec2100pq": DISPLAYS["bt2020", "smpte2084"],
    "srgb": DISPLAYS["bt709", "iec61966-2-1"],
}  # fmt: skip
"""Cameras name these where others stand the curve's name."""

SLOG2 = ("S-Log2 S-Gamut Daylight", "S-Log2 S-Gamut Tungsten")
"""No tag says which light Sony's own transforms of S-Log2 are to be for."""

WITHOUT_SPACE: dict[str, str] = {
    "clog": "Canon Log", "canonlog": "Canon Log",
    "dlogm": "D-Log M", "dlog2": "D-Log2", "flog": "F-Log", "flog2": "F-Log2", "nlog": "N-Log",
    "llog": "L-Log", "vlogl": "V-Log L", "redlogfilm": "REDlogFilm", "cineon": "Cineon",
    "protune": "Protune", "blackmagicdesignfilm": "Blackmagic Design Film",
    "bmdfilm": "Blackmagic Design Film", "bmdfilmgen4": "Blackmagic Film Gen 4",
}  # fmt: skip
"""Curves of the field with a colour space in none of the configs, for the sentence."""

PRIMARIES: dict[str, str] = {
    "bt470bg": "BT.601 625 primaries",
    "smpte170m": "BT.601 525 primaries",
    "bt2020": "BT.2020 primaries",
    "bt709": "BT.709 primaries",
    "smpte432": "P3-D65 primaries",
    "smpte431": "P3-DCI primaries",
}
