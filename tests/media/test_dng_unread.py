"""What of a DNG is not read is refused or told by its name, and never taken for something else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from functions.contract.errors import DamagedSource, RushesError, UnsupportedMedia
from functions.contract.operation import Limits
from functions.media import open_clip
from tests.media.dngs import (
    ASCII,
    BYTE,
    DOUBLE,
    LONG,
    RATIONAL,
    SHORT,
    SRATIONAL,
    UNDEFINED,
    noisy,
    write_dng,
)
from tests.media.memory_store import ROOT, MemoryStore

XTRANS = "GBGGRGRGRBGBGBGGRGGRGGBGBGBRGRGRGGBG"
NUMBERS = {"R": 0, "G": 1, "B": 2, "C": 3, "M": 4, "Y": 5, "W": 6}


def opened(content: bytes) -> Any:
    return open_clip(ROOT + "x.dng", MemoryStore({"x.dng": content}), Limits())


def cells(rows: int, columns: int, pattern: str) -> dict[int, tuple[int, Any]]:
    return {33421: (SHORT, (rows, columns)), 33422: (BYTE, tuple(NUMBERS[c] for c in pattern))}


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        (cells(6, 6, XTRANS), "X-Trans"),
        (cells(4, 4, "RRGGRRGGGGBBGGBB"), "quad Bayer"),
        (cells(6, 6, "RRRGGGRRRGGGRRRGGGGGGBBBGGGBBBGGGBBB"), "nona Bayer"),
        (cells(2, 6, "RGGRGBGBRGBG"), "2x6"),
        (cells(2, 2, "RGGW"), "RGGW"),
        (cells(2, 2, "GGRB"), "GGRB"),
        (cells(1, 2, "RG"), "1x2"),
        (cells(2, 2, "CMYG") | {50710: (BYTE, (3, 4, 5))}, "CFAPlaneColor"),
        ({50710: (BYTE, (1, 0, 2))}, "CFAPlaneColor"),
        ({50711: (SHORT, 2)}, "CFALayout 2"),
        ({50711: (SHORT, 6)}, "CFALayout 6"),
        ({50974: (SHORT, (2, 2))}, "SubTileBlockSize"),
    ],
)
def test_layouts_are_refused_by_name(tags: dict[int, Any], words: str) -> None:
    """A sensor or storage that is no plain Bayer grid is unsupported media, with its name."""
    content = write_dng(noisy((48, 72), 12), 16, tags=tags)
    with pytest.raises(UnsupportedMedia, match=words):
        opened(content)


def test_bits_the_other_way_round_are_refused() -> None:
    """FillOrder 2 is named; tifffile writes no such file, so another tag is made that one."""
    content = write_dng(noisy((48, 72), 12), 16, tags={51125: (SHORT, 2)})
    entry = (51125).to_bytes(2, "little") + SHORT.to_bytes(2, "little")
    assert content.count(entry) == 1
    with pytest.raises(UnsupportedMedia, match="FillOrder 2"):
        opened(content.replace(entry, (266).to_bytes(2, "little") + entry[2:]))


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({50975: (LONG, 0)}, "50975"),
        ({33422: (BYTE, (0, 1, 1))}, "CFAPattern"),
        ({50778: (SHORT, 255), 50721: (SRATIONAL, (1, 1, 0, 1, 0, 1) * 3),
          52533: (UNDEFINED, b"\7\0\0\0\0\0\0\0")}, "IlluminantData"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_damage(tags: dict[int, Any], words: str) -> None:
    """Numbers that make no layout and no light are damage, with their tag."""
    with pytest.raises(DamagedSource, match=words):
        opened(write_dng(noisy((48, 72), 12), 16, tags=tags))


TURN = np.full(4, 1.0).tobytes()


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({50940: (DOUBLE, (0.0, 0.0, 1.0, 1.0))}, "ProfileToneCurve"),
        ({50937: (LONG, (6, 2, 1))}, "ProfileHueSatMap"),
        ({50981: (LONG, (6, 2, 1))}, "ProfileLookTable"),
        ({52525: (UNDEFINED, TURN)}, "ProfileGainTableMap"),
        ({52544: (UNDEFINED, TURN)}, "ProfileGainTableMap2"),
        ({52543: (UNDEFINED, TURN)}, "RGBTables"),
        ({50831: (UNDEFINED, TURN)}, "AsShotICCProfile"),
        ({50933: (LONG, (8, 9))}, "ExtraCameraProfiles"),
        ({50934: (ASCII, "Film"), 50936: (ASCII, "Flat")}, "AsShotProfileName is 'Film'"),
        (
            {50728: (RATIONAL, (1, 2, 1, 1, 3, 4)), 50729: (RATIONAL, (1, 3, 1, 3))},
            "AsShotWhiteXY is not used",
        ),
        ({50879: (SHORT, 1)}, "ColorimetricReference"),
        ({50734: (RATIONAL, (9, 10))}, "LinearResponseLimit"),
        ({51125: (RATIONAL, (0, 1, 0, 1, 1, 2, 1, 1))}, "DefaultUserCrop"),
        ({274: (SHORT, 6)}, "Orientation 6"),
        ({274: (SHORT, 9)}, "Orientation 9"),
        ({50719: (LONG, (4, 4)), 50720: (LONG, (90, 40))}, "90x40 at 4, 4 does not fit in 72x48"),
        ({50719: (LONG, (72, 48)), 50720: (LONG, (5, 5))}, "72x48 at 0, 0 are read"),
        ({50719: (SRATIONAL, (-4, 1, 0, 1)), 50720: (LONG, (5, 5))}, "5x5 at -4, 0"),
        ({50720: (RATIONAL, (10, 0, 10, 1))}, "default crop makes no sense"),
        ({50719: (LONG, 4)}, "default crop makes no sense"),
        ({50718: (RATIONAL, (1, 1, 0, 1))}, "DefaultScale"),
        ({50718: (RATIONAL, (1, 1, 100, 1))}, "DefaultScale"),
        ({51044: (SRATIONAL, (24, 0))}, "FrameRate is no rate"),
        ({51043: (BYTE, (1, 2, 3, 4, 0, 0, 0, 0))}, "TimeCodes stands without"),
        (
            {51043: (BYTE, (0x29, 0, 0, 1, 0, 0, 0, 0)), 51044: (SRATIONAL, (24, 1))},
            "TimeCodes is no label at 24",
        ),
    ],
)
def test_what_is_not_applied_is_told(tags: dict[int, Any], words: str) -> None:
    """A tag that would change the picture and is not applied stands in the clip's notes."""
    clip = opened(write_dng(noisy((48, 72), 12), 16, tags=tags))
    assert any(words in note for note in clip.notes)


def test_a_plain_file_has_nothing_to_tell() -> None:
    """Tags at their defaults are no news."""
    tags: dict[int, Any] = {
        50719: (RATIONAL, (1, 2, 0, 1)), 50720: (RATIONAL, (143, 2, 48, 1)),
        51043: (BYTE, (1, 2, 3, 4, 0, 0, 0, 0)), 51044: (SRATIONAL, (24, 1)),
        50718: (RATIONAL, (1, 1, 2, 1)),
        274: (SHORT, 1), 50879: (SHORT, 0), 50734: (RATIONAL, (1, 1)), 50711: (SHORT, 1),
        51125: (RATIONAL, (0, 1, 0, 1, 1, 1, 1, 1)), 50974: (SHORT, (1, 1)), 266: (SHORT, 1),
    }  # fmt: skip
    assert opened(write_dng(noisy((48, 72), 12), 16, tags=tags)).notes == ()


@pytest.mark.parametrize(
    ("kinds", "words"),
    [((0, 16), "enhanced image"), ((0, 0), "2 raw images"), ((0, 1), None)],
)
def test_other_raw_images_are_told(kinds: tuple[int, int], words: str | None) -> None:
    """Of two directories of one kind the largest is read; an enhanced one is named, a preview not
    (NewSubFileType, chapter 2)."""
    import io

    import tifffile

    file, tags = io.BytesIO(), [(33421, SHORT, 2, (2, 2), True)]
    tags.append((33422, BYTE, 4, bytes((0, 1, 1, 2)), True))  # type: ignore[arg-type]
    with tifffile.TiffWriter(file) as out:
        for number, kind in enumerate(kinds):
            out.write(
                noisy((48, 72 - 8 * number), 12), photometric=32803, subfiletype=kind,
                extratags=[*tags, (50706, BYTE, 4, bytes((1, 4, 0, 0)), True)], metadata=None,
            )  # fmt: skip
    notes = opened(file.getvalue()).notes
    assert (words is None and notes == ()) or any(words in note for note in notes if words)


def test_white_levels_that_are_too_few() -> None:
    """Two for three samples leave one unsaid."""
    with pytest.raises(DamagedSource, match="2 white levels for 3"):
        opened(write_dng(noisy((48, 72, 3), 16), 16, tags={50717: (LONG, (4095, 4000))}))


def test_a_refusal_names_its_file() -> None:
    """Who asked for a clip of many files learns which one it is."""
    with pytest.raises(RushesError, match=r"x\.dng"):
        opened(write_dng(noisy((48, 72), 12), 16, tags=cells(6, 6, XTRANS)))
