"""Texts of variables as values: each raises ValueError with what is wrong with one."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from functions.contract import uris
from functions.storage import EVERYTHING


def read_whole(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise ValueError(f"{text!r} is not a whole number") from None
        if not low <= value <= high:
            raise ValueError(f"{value} is not between {low} and {high}")
        return value

    return parse


def read_seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a number of seconds") from None
    if not 0 < value <= 30 * 86400:
        raise ValueError(f"{text} seconds are not more than 0 and at most 30 days")
    return value


def read_one_of(*options: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.lower() not in options:
            raise ValueError(f"{text!r} is none of {', '.join(options)}")
        return text.lower()

    return parse


_YES, _NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


def read_flag(text: str) -> bool:
    return read_one_of(*_YES, *_NO)(text) in _YES


def _read_each(read: Callable[[str], str]) -> Callable[[str], tuple[str, ...]]:
    """Several values by spaces or commas, each once."""

    def parse(text: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(read(word) for word in re.split(r"[\s,]+", text) if word))

    return parse


def _read_root(word: str) -> str:
    if word in EVERYTHING:
        return word
    return uris.folder(uris.canonical("file://" + word if word.startswith("/") else word))


read_roots = _read_each(_read_root)


def _read_address(form: str, what: str = "an http or https address") -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not re.match(form, text):
            raise ValueError(f"{text!r} is not {what}")
        return text

    return parse


_read_server = _read_address(r"https?://[^/\s]+")
read_callback = _read_address(r"https?://[^/\s]+\S*$")
read_sink = _read_address(
    r"(openfaas:)?https?://[^/\s]+", "http(s)://... or openfaas:http(s)://..."
)
read_sinks = _read_each(read_sink)


def read_endpoint(text: str) -> str:
    return _read_server(text).rstrip("/")


def read_keys(text: str) -> str:
    """A file that is there, or an address that nobody on the way can answer for."""
    if re.match(r"^https://[^/\s@]+(/\S*)?$", text):
        return text
    if "://" in text or not Path(text).is_file():
        raise ValueError(f"{text!r} is neither a file nor an https address")
    return str(Path(text).absolute())


def read_folder(text: str) -> Path:
    path = Path(text).absolute()
    if not path.is_dir():
        raise ValueError(f"{text!r} is not a folder")
    if not os.access(path, os.W_OK | os.X_OK):
        raise ValueError(f"{text!r} takes no files: it is read-only here")
    return path


def read_token_file(text: str) -> Path:
    path = Path(text).absolute()
    try:
        empty = not path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{text!r} cannot be read: {error}") from error
    if empty:
        raise ValueError(f"{text!r} holds no token")
    return path


def oidc_problems(values: Mapping[str, Any]) -> list[dict[str, str]]:
    """Variables of identity tokens that are missing beside others."""
    names = ("audience", "issuer", "keys")
    given = [name for name in names if values.get(f"oidc_{name}") is not None]
    if not given:
        return []
    return [
        {"field": f"RUSHES_OIDC_{name.upper()}", "detail": f"RUSHES_OIDC_{name.upper()} is missing"}
        for name in names
        if name not in given and f"oidc_{name}" in values
    ]
