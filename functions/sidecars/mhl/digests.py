"""Hashes as ASC MHL writes them, of files and of folders.

The C4 id is SMPTE ST 2114:2017: "c4" and 88 digits to the base 58 of a SHA-512. Hashes of
folders: content is the hash of the sorted hashes of what is inside, structure the hash of
the sorted hashes of names and hashes (ASC MHL specification, "Directory Hashes").
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

_DIGITS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_C4_LENGTH = 88


class Digester:
    """Several hashes of one stream of bytes, which is read once.

    formats : of `mhl.FORMATS`, and "sha256"
    """

    def __init__(self, formats: Sequence[str]) -> None:
        self._hashes = {name: _new(name) for name in formats}

    def update(self, block: bytes | bytearray | memoryview) -> None:
        """Add bytes; releases the interpreter's lock for large blocks."""
        for each in self._hashes.values():
            each.update(block)

    def values(self) -> dict[str, str]:
        """Each format's hash as text."""
        return {name: _text(name, each.digest()) for name, each in self._hashes.items()}


def digest_of(format: str, content: bytes) -> str:
    """One hash of bytes.

    Examples
    --------
    >>> digest_of("xxh64", b"abcd\\n")
    '0ea03b369a463d9d'
    """
    digester = Digester((format,))
    digester.update(content)
    return digester.values()[format]


class FolderDigests:
    """Content and structure hash of one folder in one format, child by child."""

    def __init__(self, format: str) -> None:
        self._format = format
        self._content: list[bytes] = []
        self._structure: list[bytes] = []

    def add_file(self, name: str, value: str) -> None:
        """A file of the folder with its hash."""
        self._content.append(_raw(self._format, value))
        self._structure.append(self._named(name, value))

    def add_folder(self, name: str, content: str, structure: str) -> None:
        """A folder of the folder with both of its hashes."""
        self._content.append(_raw(self._format, content))
        self._structure.append(self._named(name, structure))

    def values(self) -> tuple[str, str]:
        """(content, structure); of an empty folder the hash of nothing."""
        return self._over(self._content), self._over(self._structure)

    def _named(self, name: str, value: str) -> bytes:
        whole = name.encode() + _raw(self._format, value)
        return _raw(self._format, digest_of(self._format, whole))

    def _over(self, parts: Iterable[bytes]) -> str:
        # The digits of C4 stand in the order of their codes, so bytes sort as texts do.
        return digest_of(self._format, b"".join(sorted(parts)))


def _new(name: str) -> Any:
    if name == "c4":
        return hashlib.sha512(usedforsecurity=False)
    if name in ("md5", "sha1", "sha256"):
        return hashlib.new(name, usedforsecurity=False)
    import xxhash

    return {"xxh64": xxhash.xxh64, "xxh3": xxhash.xxh3_64, "xxh128": xxhash.xxh3_128}[name]()


def _text(name: str, digest: bytes) -> str:
    if name != "c4":
        return digest.hex()
    number, digits = int.from_bytes(digest, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        digits = _DIGITS[digit] + digits
    return "c4" + digits.rjust(_C4_LENGTH, _DIGITS[0])


def _raw(name: str, value: str) -> bytes:
    """The bytes of a hash that is written as text."""
    if name != "c4":
        return bytes.fromhex(value)
    number = 0
    for digit in value[2:]:
        number = number * 58 + _DIGITS.index(digit)
    return number.to_bytes(64, "big")
