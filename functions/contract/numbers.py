"""Numbers as files of this field write them: read right or refused, never half-read.

One reader for CDLs, ALE, EDL, LUT files and XML. Python's `float` takes `1_0`, `infinity` and
digits of any script, and a pattern that looks for a number inside a text takes `0` of `0,9`:
both are wrong quietly. Every refusal is a ValueError whose text completes a sentence
("line 7: '0;9' is not a number").
"""

from __future__ import annotations

import math
import re
from fractions import Fraction

_LONGEST = 64
_REAL = re.compile(r"[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_RATIO = re.compile(r"([+-]?\d+)\s*/\s*(\d+)", re.ASCII)


def read_number(text: str) -> float:
    """A finite number with a point or a comma for its decimals, a sign, an exponent.

    Raises ValueError for anything else, a value that is no finite double included.

    Examples
    --------
    >>> read_number("0,9"), read_number("+1.2e-05"), read_number(" .5 ")
    (0.9, 1.2e-05, 0.5)
    """
    value = float(_real(text))
    if not math.isfinite(value):
        raise ValueError(f"{_shown(text)} is too large for a number")
    return value


def read_numbers(text: str, count: int) -> tuple[float, ...]:
    """`count` numbers with blanks, commas or semicolons between them.

    A comma is a decimal one where the numbers come out only that way: `0,9 1,0 1,1` are three,
    and so are `0.9, 1, 1.1`. Raises ValueError where neither way gives `count` numbers.

    Examples
    --------
    >>> read_numbers("0,9 1,0 1,1", 3)
    (0.9, 1.0, 1.1)
    >>> read_numbers("0.9,1,1.1", 3)
    (0.9, 1.0, 1.1)
    """
    text = text.strip()
    # A comma before a blank, and a semicolon anywhere, stand between numbers.
    words = [word for word in re.split(r"[\s;]+", text) if word != ","]
    if len(words) > 1:
        words = [word.strip(",") for word in words]
    if len(words) != count and "," in text:
        words = text.replace(",", " ").split()
    if len(words) != count:
        wanted = "one number" if count == 1 else f"{count} numbers"
        raise ValueError(f"{_shown(text)} is not {wanted}")
    return tuple(read_number(word) for word in words)


def read_whole(text: str, largest: int = 2**53) -> int:
    """A whole number of at most `largest` in size. Raises ValueError.

    Examples
    --------
    >>> read_whole("+0042")
    42
    """
    text = text.strip()
    if len(text) > _LONGEST or not _WHOLE.fullmatch(text):
        raise ValueError(f"{_shown(text)} is not a whole number")
    value = int(text)
    if abs(value) > largest:
        raise ValueError(f"{_shown(text)} is too large, at most {largest} is read")
    return value


def read_exact(text: str) -> Fraction:
    """A number or a ratio (`1001/24000`) without rounding. Raises ValueError.

    Examples
    --------
    >>> read_exact("1001/24000"), read_exact("23.976")
    (Fraction(1001, 24000), Fraction(2997, 125))
    """
    text = text.strip()
    if len(text) <= _LONGEST and (ratio := _RATIO.fullmatch(text)):
        if not int(ratio[2]):
            raise ValueError(f"{_shown(text)} divides by zero")
        return Fraction(int(ratio[1]), int(ratio[2]))
    value = Fraction(_real(text))
    if value and not 1e-60 < abs(value) < 1e60:
        raise ValueError(f"{_shown(text)} is too large or too small for a number")
    return value


def _real(text: str) -> str:
    """The number with a point for its decimals."""
    word = text.strip()
    if len(word) > _LONGEST or not _REAL.fullmatch(word):
        raise ValueError(f"{_shown(text)} is not a number")
    return word.replace(",", ".")


def _shown(text: str) -> str:
    text = text.strip()
    return repr(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}...")
