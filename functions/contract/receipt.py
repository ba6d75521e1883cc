"""The receipt: the small JSON that a finished unit leaves beside its output."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from functions.contract import uris


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """A file or object that the unit read.

    xxh64 : of the whole content, 16 hex digits; None where only ranges of it were read
    """

    uri: str
    bytes: int
    xxh64: str | None


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """A file or object that the unit made; `frame` is None for what belongs to no one frame."""

    uri: str
    bytes: int
    xxh64: str
    frame: int | None = None


class Frames(msgspec.Struct, frozen=True):
    """First and last frame number, both included, and how many there are between."""

    first: int
    last: int
    count: int


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """Contract, section 3. `report` holds what the operation found out (inspect, dispatch)."""

    rushes: str
    operation: str
    unit: str
    status: Literal["done", "reused"]
    request: dict[str, Any]
    assumed: dict[str, Any]
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    frames: Frames | None
    seconds: dict[str, float]
    machine: dict[str, Any]
    report: dict[str, Any] | None = None

    def json(self) -> bytes:
        """Indented JSON with a final newline, keys in the order of the contract."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"


STAGES = ("fetch", "decode", "debayer", "colour", "encode", "commit", "total")
"""The keys of `seconds`, always all there."""


def receipt_uri(output: str, unit: str) -> str:
    """Where the receipt of a unit stands: `<output>/.rushes/<unit>.json`."""
    return uris.join(output, ".rushes", f"{unit}.json")


def failure_uri(output: str, unit: str) -> str:
    """Where a unit that failed for good says why: `<output>/.rushes/<unit>.failed.json`.

    It holds the problem object. A receipt of the same unit always wins over it.
    """
    return uris.join(output, ".rushes", f"{unit}.failed.json")
