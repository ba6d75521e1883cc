"""What is above white keeps its colour; only what the sensor could not measure is repaired."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rushes
from tests.debayer.test_dng_matrix import LIGHTS, patches, seen_by
from tests.media.dng_cases import Array, Case, stored_picture, write
from tests.media.dng_model import delta_e, linear, to_aces

LIGHT = LIGHTS["two"]


def developed(case: Case, stored: Array, folder: Path, **more: Any) -> Array:
    (folder / "x.dng").write_bytes(write(case, stored))
    rushes.debayer(input=str(folder / "x.dng"), output=str(folder / "out"), **more)
    return patches(folder / "out")


@pytest.mark.parametrize(
    ("case", "times"),
    [
        (Case(name="float", kind="linear", floating=True, bits=32, **LIGHT), 6.0),
        (Case(name="half", kind="linear", floating=True, bits=16, **LIGHT), 4.0),
        (Case(name="float CFA", floating=True, bits=32, **LIGHT), 4.0),
        (Case(name="LinearRaw", kind="linear", white=(16383.0,), **LIGHT), 4.0),
        (Case(name="CFA", white=(16383.0,), **LIGHT), 4.0),
        (Case(name="CFA, 4x4", white=(16383.0,), black=((64.0,) * 4,) * 4, **LIGHT), 3.0),
        (Case(name="just under white", **LIGHT), 1.2),
    ],
    ids=lambda value: value.name if isinstance(value, Case) else "",
)
def test_above_white_colours_stay(case: Case, times: float, tmp_path: Path) -> None:
    """Samples above white, in floats and in whole numbers, are light like any other."""
    stored = stored_picture(case, seen_by(case) * times)
    expected = linear(case, stored) @ to_aces(case).T
    found = developed(case, stored, tmp_path)
    # Half floats hold three digits and a half: colours this bright are scaled down to compare.
    assert delta_e(found / times, expected / times).max() <= 0.12


def clipped(highlights: str, tmp_path: Path, white: float = 4095.0) -> Array:
    """(3,) camera RGB of a grey that is three times too bright for a sensor."""
    case = Case(
        name="grey", bits=12, white=(white,), neutral=(0.5, 1.0, 0.7), lights=LIGHT["lights"]
    )
    light = np.full((24, 3), 3.0) * np.array(case.neutral)
    stored = np.minimum(stored_picture(case, light), 4095)
    found = developed(case, stored, tmp_path, highlights=highlights, space="camera")
    return np.asarray(found[0])


@pytest.mark.parametrize(
    ("highlights", "expected"),
    [("repair", (2.0, 2.0, 2.0)), ("keep", (2.0, 1.0, 1 / 0.7)), ("clip", (1.0, 1.0, 1.0))],
)
def test_a_clipped_grey(highlights: str, expected: tuple[float, ...], tmp_path: Path) -> None:
    """Repaired it is grey at the highest gain, kept it is the gains, clipped it is 1."""
    np.testing.assert_allclose(clipped(highlights, tmp_path), expected, rtol=1e-3)


def test_a_sensor_that_clips_above_its_white(tmp_path: Path) -> None:
    """Where white is stated below the sensor's ceiling, the ceiling is where channels clip."""
    np.testing.assert_allclose(
        clipped("repair", tmp_path, 3700.0), (2 * 4095 / 3700,) * 3, rtol=1e-3
    )


@pytest.mark.parametrize("part", [0.96, 0.975, 0.99])
def test_a_magenta_close_to_white(part: float, tmp_path: Path) -> None:
    """Green at 0.96 to 0.99 of white is a measurement, whatever red and blue are."""
    case = Case(name="magenta", bits=14, neutral=(0.5, 1.0, 0.6), lights=LIGHT["lights"])
    stored = stored_picture(case, np.full((24, 3), (0.95, part, 0.9)))
    found = developed(case, stored, tmp_path)
    expected = linear(case, stored) @ to_aces(case).T
    assert delta_e(found, expected).max() <= 0.12


def test_another_word_is_refused(tmp_path: Path) -> None:
    """Highlights are kept, repaired or clipped, and nothing else."""
    with pytest.raises(rushes.InvalidRequest, match="highlights"):
        clipped("neutral", tmp_path)
