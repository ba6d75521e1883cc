"""The strict number reader against values written out by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.contract.numbers import read_exact, read_number, read_numbers, read_whole


@pytest.mark.parametrize(
    ("text", "value"),
    [("0,9", 0.9), ("+1.5", 1.5), ("-,5", -0.5), ("1.2e-05", 0.000012), ("1E+2", 100), ("7.", 7)],
)
def test_numbers_of_every_writing_are_read(text: str, value: float) -> None:
    """Commas, signs and exponents give the value that a person reads."""
    assert read_number(text) == value


@pytest.mark.parametrize(
    "text",
    ["", "-", "1_0", "nan", "inf", "1e999", "1,000.5", "0.9.1", "0x10", "1 2", "٣", "9" * 300],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    """Nothing is taken from a text that is not a number as a whole."""
    with pytest.raises(ValueError, match=r"."):
        read_number(text)


@pytest.mark.parametrize(
    "text", ["0,9 1,0 1,1", "0.9 1 1.1", "0.9, 1.0, 1.1", "0.9,1,1.1", "0,9; 1; 1,1", "0,9, 1, 1,1"]
)
def test_three_numbers_with_commas_between_or_inside(text: str) -> None:
    """A comma is a decimal or a separator, whichever gives three numbers."""
    assert read_numbers(text, 3) == (0.9, 1.0, 1.1)


@pytest.mark.parametrize("text", ["1 2", "1 2 3 4", "1,2,3,4", "1 2 x", "0,9,1,0,1,1"])
def test_another_count_of_numbers_is_refused(text: str) -> None:
    """Two, four or six numbers are never read as three."""
    with pytest.raises(ValueError, match=r"is not"):
        read_numbers(text, 3)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_python_s_own_text_of_a_number_comes_back(value: float) -> None:
    """Whatever float prints is read to the same value, with a comma for the point too."""
    assert read_number(repr(value)) == value
    assert read_number(repr(value).replace(".", ",")) == value


def test_ratios_and_decimals_are_exact() -> None:
    """1001/24000 and 23.976 keep every digit; a zero below is refused."""
    assert read_exact("1001/24000") == Fraction(1001, 24000)
    assert read_exact("23,976") == Fraction(2997, 125)
    with pytest.raises(ValueError, match="zero"):
        read_exact("1/0")
    with pytest.raises(ValueError, match="too"):
        read_exact("1e999")


def test_whole_numbers_are_bounded() -> None:
    """Digits beyond a bound are refused before they are made a number."""
    assert read_whole("-0012") == -12
    for text in ("1" * 5000, "12.0", "1e3", str(2**53 + 1)):
        with pytest.raises(ValueError, match="is"):
            read_whole(text)
