"""The receipt: its JSON, what a REPL and a notebook show of it, where it stands."""

from __future__ import annotations

from typing import Any

import msgspec

from functions.contract.receipt import Frames, Output, Receipt, failure_uri, receipt_uri


def receipt(**more: Any) -> Receipt:
    """A receipt of nothing, but for `more`."""
    fields: dict[str, Any] = {
        "rushes": "1.0", "operation": "plate", "unit": "ab" * 16, "status": "done", "request": {},
        "assumed": {}, "inputs": (), "outputs": (), "frames": None, "seconds": {}, "machine": {},
    }  # fmt: skip
    return Receipt(**fields | more)


def files(*names: str) -> tuple[Output, ...]:
    """Outputs of these names."""
    return tuple(Output(uri=f"file:///o/{n}", bytes=1, xxh64="0" * 16) for n in names)


def test_it_shows_in_one_line() -> None:
    """Frames, files and seconds, each only where there are any."""
    full = receipt(frames=Frames(1001, 1024, 24), outputs=files("a", "b"), seconds={"total": 1.25})
    assert repr(full) == "<Receipt plate done: 24 frames 1001-1024, 2 files, 1.2 s>"
    assert repr(receipt(status="reused")) == "<Receipt plate reused>"


def test_a_notebook_shows_a_table_and_no_markup_of_names() -> None:
    """What files and defaults are called is text there, whatever it is."""
    made = receipt(outputs=files("<b>.exr", "z.exr"), assumed={"rate": "<i>24</i>"})
    shown = made._repr_html_()
    assert "<b>" not in shown and "<i>" not in shown
    assert "&lt;b&gt;.exr</td>" in shown and "<th>assumed rate</th>" in shown
    assert "<th>last</th><td>file:///o/z.exr</td>" in shown
    alone = receipt(outputs=files("a.exr"))._repr_html_()
    assert "<th>first</th>" in alone and "<th>last</th>" not in alone


def test_its_json_is_read_back() -> None:
    """Indented, ending in a line's end, in the contract's order, and nothing is lost."""
    made = receipt(outputs=files("a.exr"), frames=Frames(1, 2, 2))
    text = made.json()
    assert text.endswith(b"}\n") and text.startswith(b'{\n "rushes": "1.0",\n "operation"')
    assert msgspec.json.decode(text, type=Receipt) == made


def test_where_it_stands() -> None:
    """Receipt and failure note of a unit are two names in one folder."""
    assert receipt_uri("s3://b/x/", "u1") == "s3://b/x/.rushes/u1.json"
    assert failure_uri("s3://b/x/", "u1") == "s3://b/x/.rushes/u1.failed.json"
