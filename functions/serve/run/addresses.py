"""Addresses in settings: of a storage, of sinks, of where answers go."""

from __future__ import annotations

import re
from pathlib import Path


def read_endpoint(text: str) -> str:
    """An address of a server. As all here, raises ValueError for another form."""
    if not re.match(r"^https?://[^/\s]+", text):
        raise ValueError(f"{text!r} is not an http or https address")
    return text.rstrip("/")


def read_sink(text: str) -> str:
    """Where events go."""
    if not re.match(r"^(openfaas:)?https?://[^/\s]+", text):
        raise ValueError(f"{text!r} is not http(s)://... or openfaas:http(s)://...")
    return text


def read_sinks(text: str) -> tuple[str, ...]:
    """Several, by spaces or commas."""
    return tuple(dict.fromkeys(read_sink(word) for word in re.split(r"[\s,]+", text) if word))


def read_callback(text: str) -> str:
    """Where a gateway posts answers."""
    if not re.match(r"^https?://[^/\s]+\S*$", text):
        raise ValueError(f"{text!r} is not an http or https address")
    return text


def read_keys(text: str) -> str:
    """A file that is there, or an address that nobody on the way can answer for."""
    if re.match(r"^https://[^/\s@]+(/\S*)?$", text):
        return text
    if "://" in text or not Path(text).is_file():
        raise ValueError(f"{text!r} is neither a file nor an https address")
    return str(Path(text).absolute())
