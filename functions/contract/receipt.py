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

    def __repr__(self) -> str:
        """One line: `<Receipt plate done: 24 frames 1001-1024, 30 files, 1.2 s>`."""
        told = ", ".join(text for text in (self._frames(), self._files(), self._seconds()) if text)
        return f"<Receipt {self.operation} {self.status}{': ' if told else ''}{told}>"

    def _repr_html_(self) -> str:
        """A table, in a notebook."""
        from html import escape  # a unit's start does not need its table of entities

        rows = {
            "frames": self._frames(),
            "outputs": self._files(),
            "first": self.outputs[0].uri if self.outputs else "",
            "last": self.outputs[-1].uri if len(self.outputs) > 1 else "",
            **{f"assumed {name}": str(value) for name, value in self.assumed.items()},
            "took": self._seconds(),
            "unit": self.unit,
        }
        cells = "".join(
            f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>"
            for name, text in rows.items()
            if text
        )
        title = f"{escape(self.operation)}: {self.status}"
        return f"<table><caption>{title}</caption>{cells}</table>"

    def _frames(self) -> str:
        found = self.frames
        return "" if found is None else f"{found.count} frames {found.first}-{found.last}"

    def _files(self) -> str:
        return f"{len(self.outputs)} files" if self.outputs else ""

    def _seconds(self) -> str:
        return f"{self.seconds['total']:.1f} s" if self.seconds.get("total") else ""


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
