"""Input colour spaces from what clips say of themselves."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from functions.colour.tags import input_space, spaces
from functions.contract.camera import CameraRecord
from functions.contract.errors import UnsupportedMedia
from functions.contract.picture import ColourTags


@pytest.mark.parametrize(
    ("tags", "camera", "name"),
    [
        ({"log": "LOG-C"}, {"make": "ARRI", "model": "ALEXA Mini"}, "ARRI LogC3 (EI800)"),
        ({"log": "LOG-C"}, {"make": "ARRI", "model": "ALEXA 35"}, "ARRI LogC4"),
        ({"log": "LogC4", "gamut": "ARRI Wide Gamut 4"}, {}, "ARRI LogC4"),
        ({"log": "LogC3", "gamut": "AWG3"}, {"iso": 800}, "ARRI LogC3 (EI800)"),
        ({"log": "s-log3-cine", "gamut": "s-gamut3-cine"}, {}, "S-Log3 S-Gamut3.Cine"),
        ({"log": "s-log3-cine"}, {}, "S-Log3 S-Gamut3.Cine"),
        ({"log": "S-Gamut3/S-Log3"}, {}, "S-Log3 S-Gamut3"),
        ({"log": "Canon Log 3", "gamut": "Cinema Gamut"}, {}, "CanonLog3 CinemaGamut D55"),
        ({"log": "C-Log2", "gamut": "C.Gamut"}, {}, "CanonLog2 CinemaGamut D55"),
        ({"log": "REDLog3G10", "gamut": "REDWideGamutRGB"}, {}, "Log3G10 REDWideGamutRGB"),
        ({"log": "V-Log", "gamut": "V-Gamut"}, {}, "V-Log V-Gamut"),
        ({"log": "Film Gen 5"}, {}, "BMDFilm WideGamut Gen5"),
        ({"log": "D-Log", "primaries": "bt709", "transfer": "bt709"}, {}, "D-Log D-Gamut"),
        ({"log": "Apple Log"}, {}, "Apple Log"),
        ({"log": "HLG"}, {}, "Rec.2100-HLG - Display"),
        ({"primaries": "bt2020", "transfer": "arib-std-b67"}, {}, "Rec.2100-HLG - Display"),
        ({"primaries": "bt2020", "transfer": "smpte2084"}, {}, "Rec.2100-PQ - Display"),
        ({"primaries": "bt709", "transfer": "bt709"}, {}, "Rec.1886 Rec.709 - Display"),
        ({"primaries": "bt709", "transfer": "smpte170m"}, {}, "Rec.1886 Rec.709 - Display"),
        ({"gamut": "AP0", "transfer": "linear"}, {}, "ACES2065-1"),
        ({"primaries": "bt709", "transfer": "linear"}, {}, "Linear Rec.709 (sRGB)"),
    ],
)
def test_what_a_clip_says_is_its_space(
    tags: dict[str, Any], camera: dict[str, Any], name: str
) -> None:
    """Every spelling leads to the one colour space that it means."""
    assert input_space(ColourTags(**tags), CameraRecord(**camera)).name == name


@pytest.mark.parametrize(
    ("tags", "camera", "words", "choices"),
    [
        ({}, {}, "does not say", spaces()),
        ({"primaries": "unknown", "transfer": "unspecified"}, {}, "does not say", spaces()),
        ({"log": "S-Log3"}, {}, "no gamut", ("S-Log3 S-Gamut3", "S-Log3 S-Gamut3.Cine")),
        ({"log": "S-Log2", "gamut": "S-Gamut"}, {}, "S-Log2 has no colour space", spaces()),
        ({"log": "D-Log M"}, {}, "D-Log M", spaces()),
        ({"log": "Mystery"}, {}, "not known", spaces()),
        ({"log": "LogC3", "gamut": "BT.2020"}, {}, "pair", ("ARRI LogC3 (EI800)",)),
        ({"log": "LogC3"}, {"iso": 1600}, "EI 1600", ("ARRI LogC3 (EI800)",)),
        ({"transfer": "smpte2084"}, {}, "no primaries",
         ("Rec.2100-PQ - Display", "ST2084-P3-D65 - Display")),
        ({"primaries": "bt470bg", "transfer": "bt709"}, {}, "BT.601",
         ("Rec.1886 Rec.709 - Display",)),
        ({"gamut": "V-Gamut"}, {}, "no curve", ("Linear V-Gamut", "V-Log V-Gamut")),
    ],
)  # fmt: skip
def test_what_is_not_clear_is_an_error_that_lists_the_choices(
    tags: dict[str, Any], camera: dict[str, Any], words: str, choices: tuple[str, ...]
) -> None:
    """Nothing is guessed: the sentence names what was found and every space that may be meant."""
    with pytest.raises(UnsupportedMedia, match=words) as caught:
        input_space(ColourTags(**tags), CameraRecord(**camera))
    assert caught.value.facts["field"] == "source"
    assert caught.value.facts["choices"] == list(choices)
    assert all(name in caught.value.detail for name in choices)


def test_every_space_is_one_that_opencolorio_has() -> None:
    """The names are colour spaces of the built-in studio config of ACES 2."""
    config = import_module("PyOpenColorIO").Config.CreateFromBuiltinConfig(
        "studio-config-v5.0.0_aces-v2.1_ocio-v2.6"
    )
    assert {name for name in spaces() if config.getColorSpace(name) is None} == set()
