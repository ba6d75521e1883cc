"""Tables written as text, .cube and .3dl, checked line by line before a library half-reads them.

OpenColorIO takes `0` of `0,9`, passes over lines that it does not understand, and refuses what
Resolve writes. Here every line is understood or refused by its number, and what comes out is the
plain form that the library reads.

.cube: Adobe's Cube LUT Specification 1.0 (DOMAIN_MIN, DOMAIN_MAX) and Resolve's (a 1D shaper
before the cube, LUT_1D_INPUT_RANGE, LUT_3D_INPUT_RANGE). .3dl: Autodesk Lustre's and Flame's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from functions.contract.errors import InvalidRequest
from functions.contract.numbers import read_number, read_numbers, read_whole

_PLAIN = re.compile(r"[0-9+\-.eE \t\n]*")
_LINE_END = re.compile(r"\r\n|\r|\n")
_LONGEST_LINE = 250
_LARGEST = float(np.finfo(np.float32).max)
_SIZES = {"LUT_1D_SIZE": (2, 65536), "LUT_3D_SIZE": (2, 256)}
_COUNTS = {"DOMAIN_MIN": 3, "DOMAIN_MAX": 3, "LUT_1D_INPUT_RANGE": 2, "LUT_3D_INPUT_RANGE": 2}
# What Resolve does to code values before and after such a table is written nowhere.
_REFUSED = ("LUT_IN_VIDEO_RANGE", "LUT_OUT_VIDEO_RANGE")


def plain_table(name: str, data: bytes) -> bytes:
    """The table as the library reads it; files of other kinds as they are.

    name : decides by its suffix

    Raises InvalidRequest that names the line or keyword.
    """
    kind = name.rpartition(".")[2].lower()
    if kind not in ("cube", "3dl"):
        return data
    try:
        text = data.decode("utf-8-sig", "replace")
        lines = [(n, line.strip()) for n, line in enumerate(_LINE_END.split(text), start=1)]
        lines = [(n, line) for n, line in lines if line and not line.startswith("#")]
        return (_cube(lines) if kind == "cube" else _mesh(lines)).encode()
    except ValueError as problem:
        raise InvalidRequest(f"{name}: {problem}", field="amf") from problem


def _cube(lines: Sequence[tuple[int, str]]) -> str:
    found: dict[str, tuple[float, ...]] = {}
    first = 0
    for number, line in lines:
        keyword = line.split(None, 1)[0]
        if not keyword[:1].isalpha():
            break
        first += 1
        rest = line[len(keyword) :].strip()
        if keyword == "TITLE":
            continue
        if keyword in found:
            raise ValueError(f"line {number}: {keyword} stands twice")
        found[keyword] = _value(number, keyword, rest)
    rows = lines[first:]
    _check(found)
    cube, curve = (int(found.get(k, (0,))[0]) for k in ("LUT_3D_SIZE", "LUT_1D_SIZE"))
    wanted = curve + cube**3
    if len(rows) != wanted:
        raise ValueError(f"it has {len(rows)} rows of numbers, and {wanted} by its size")
    head = [
        f"{keyword} {' '.join(f'{v:.17g}' for v in found[keyword])}"
        for keyword in ("LUT_1D_SIZE", "LUT_1D_INPUT_RANGE", "LUT_3D_SIZE", "LUT_3D_INPUT_RANGE",
                        "DOMAIN_MIN", "DOMAIN_MAX")
        if keyword in found
    ]  # fmt: skip
    return "\n".join([*head, *_rows(rows)]) + "\n"


def _value(number: int, keyword: str, rest: str) -> tuple[float, ...]:
    if keyword in _REFUSED:
        raise ValueError(f"line {number}: {keyword} is not done: write the table for full range")
    try:
        if keyword in _SIZES:
            low, high = _SIZES[keyword]
            size = read_whole(rest)
            if not low <= size <= high:
                raise ValueError(f"{size} is not between {low} and {high}")
            return (float(size),)
        if keyword in _COUNTS:
            return read_numbers(rest, _COUNTS[keyword])
    except ValueError as problem:
        raise ValueError(f"line {number}: {keyword}: {problem}") from problem
    raise ValueError(f"line {number}: {keyword[:40]!r} is no keyword of a .cube file")


def _check(found: dict[str, tuple[float, ...]]) -> None:
    if not found.keys() & _SIZES.keys():
        raise ValueError("it says neither LUT_1D_SIZE nor LUT_3D_SIZE")
    for of in ("1D", "3D"):
        if f"LUT_{of}_INPUT_RANGE" in found and f"LUT_{of}_SIZE" not in found:
            raise ValueError(f"LUT_{of}_INPUT_RANGE is of a table that is not there")
    domain = [keyword for keyword in ("DOMAIN_MIN", "DOMAIN_MAX") if keyword in found]
    if domain and (len(found.keys() & _SIZES.keys()) == 2 or any("RANGE" in k for k in found)):
        raise ValueError(f"{domain[0]} and Resolve's shaper or input range are in one file")
    lows = found.get("DOMAIN_MIN", (0.0, 0.0, 0.0))
    highs = found.get("DOMAIN_MAX", (1.0, 1.0, 1.0))
    pairs = [*zip(lows, highs, strict=True), *(v for k, v in found.items() if "RANGE" in k)]
    if any(low >= high for low, high in pairs):
        raise ValueError("its domain or input range is empty")


def _rows(rows: Sequence[tuple[int, str]]) -> list[str]:
    """Rows of three finite numbers, as they are where they are plain."""
    text = "\n".join(line for _, line in rows)
    if _PLAIN.fullmatch(text) and all(len(line.split()) == 3 for _, line in rows):
        try:
            values = np.array(text.split(), np.float64)
        except ValueError:
            values = np.array([np.nan])
        if (np.abs(values) <= _LARGEST).all():
            return [line for _, line in rows]
    return [_row(number, line) for number, line in rows]


def _row(number: int, line: str) -> str:
    try:
        if len(line) > _LONGEST_LINE:
            raise ValueError(f"{line[:40]!r}... is not three numbers")
        values = read_numbers(line, 3)
        if any(abs(value) > _LARGEST for value in values):
            raise ValueError(f"{line!r} is beyond what a table holds")
    except ValueError as problem:
        raise ValueError(f"line {number}: {problem}") from problem
    return " ".join(f"{value:.9g}" for value in values)


def _mesh(lines: Sequence[tuple[int, str]]) -> str:
    """.3dl: whole numbers alone, and the few words that Lustre writes around them."""
    kept = []
    for number, line in lines:
        words = line.split()
        if words[0][:1].isalpha() or words[0].upper() == "3DMESH":
            _mesh_word(number, words)
            kept.append(line)
            continue
        try:
            kept.append(" ".join(str(read_whole(word)) for word in words))
        except ValueError as problem:
            raise ValueError(f"line {number}: {problem}") from problem
    return "\n".join(kept) + "\n"


def _mesh_word(number: int, words: Sequence[str]) -> None:
    word = words[0].lower()
    if word == "gamma" and len(words) == 2 and read_number(words[1]) == 1:
        return
    if word not in ("3dmesh", "mesh", "lut8"):
        raise ValueError(f"line {number}: {' '.join(words)[:40]!r} is not done")
