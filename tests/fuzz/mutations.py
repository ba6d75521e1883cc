"""Bytes made wrong by chance, the same for the same seed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
_ODD_NUMBERS = (
    b"0", b"-1", b"2147483648", b"4294967295", b"-9223372036854775809", b"1e308", b"-1e308",
    b"NaN", b"Infinity", b"0,5", b"9" * 400, b"1e-400", b"",
)  # fmt: skip
_WORDS = (b"\x00\x00\x00\x00", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00")
_FILLERS = (
    b" " * 40_000, b"[" * 20_000, b"(" * 20_000, b"<a>" * 9_000, b"\x1b[2J", b"\xe2\x80\xae",
    b"\xff\xfe", b"&#0;", b"../../../etc/passwd", b"/etc/passwd", b"\r\n\r\n",
)  # fmt: skip


def mutated(data: bytes, chance: random.Random) -> bytes:
    """One to four changes."""
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        data = chance.choice(_KINDS)(data, chance)
    return data


def _flip(data: bytes, chance: random.Random) -> bytes:
    made = bytearray(data)
    for _ in range(min(len(made), chance.choice((1, 1, 2, 8, 64)))):
        made[chance.randrange(len(made))] ^= 1 << chance.randrange(8)
    return bytes(made)


def _early(data: bytes, chance: random.Random) -> bytes:
    """Headers decide most: a byte of the first ones."""
    if not data:
        return data
    made = bytearray(data)
    made[chance.randrange(min(len(made), 512))] = chance.randrange(256)
    return bytes(made)


def _word(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1) & ~1
    word = chance.choice(_WORDS)
    return data[:at] + word + data[at + len(word) :]


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _drop(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + data[at + chance.choice((1, 2, 4, 100, 5000)) :]


def _twice(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    part = data[at : at + chance.choice((1, 16, 300, 4096))]
    return data[:at] + part * chance.choice((2, 2, 50)) + data[at + len(part) :]


def _number(data: bytes, chance: random.Random) -> bytes:
    found = list(_NUMBER.finditer(data[:200_000]))
    if not found:
        return _flip(data, chance)
    one = chance.choice(found)
    return data[: one.start()] + chance.choice(_ODD_NUMBERS) + data[one.end() :]


def _fill(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(_FILLERS) + data[at:]


_KINDS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _flip, _flip, _early, _early, _word, _cut, _drop, _twice, _number, _number, _fill,
)  # fmt: skip
