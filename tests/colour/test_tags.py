"""Input colour spaces from what clips say of themselves."""

from __future__ import annotations

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
        ({"log": "LogC3"}, {"iso": 1600}, "arri-logc3-ei1600"),
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
        ({"log": "S-Log", "gamut": "S-Gamut"}, {}, "S-Log S-Gamut"),
        ({"log": "C-Log2", "gamut": "BT.2020"}, {}, "CanonLog2 BT.2020"),
        ({"log": "HLG"}, {}, "rec2100-hlg"),
        ({"primaries": "bt2020", "transfer": "arib-std-b67"}, {}, "rec2100-hlg"),
        ({"primaries": "bt2020", "transfer": "smpte2084"}, {}, "rec2100-pq"),
        ({"primaries": "bt709", "transfer": "bt709"}, {}, "rec709"),
        ({"primaries": "bt709", "transfer": "smpte170m"}, {}, "rec709"),
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
        ({"log": "S-Log2", "gamut": "S-Gamut"}, {}, "either light",
         ("S-Log2 S-Gamut Daylight", "S-Log2 S-Gamut Tungsten")),
        ({"log": "D-Log M"}, {}, "D-Log M", spaces()),
        ({"log": "Mystery"}, {}, "not known", spaces()),
        ({"log": "LogC3", "gamut": "BT.2020"}, {}, "pair", ("ARRI LogC3 (EI800)",)),
        ({"log": "LogC3"}, {"iso": 3200}, "EI 3200", ("ARRI LogC3 (EI800)",)),
        ({"transfer": "smpte2084"}, {}, "no primaries",
         ("p3d65-pq", "rec2100-pq")),
        ({"primaries": "smpte431", "transfer": "bt709"}, {}, "P3-DCI",
         ("rec709",)),
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


def test_every_space_is_one_that_the_room_knows() -> None:
    """Every name that tags lead to is found by the room that builds chains."""
    from functions.colour.spaces import find_space

    names = (*spaces(), "arri-logc3-ei160", "arri-logc3-ei1600")
    assert {name for name in names if find_space(name) is None} == set()
