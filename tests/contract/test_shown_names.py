"""Names of strangers where people read them."""

from __future__ import annotations

import json
import unicodedata

import pytest

from functions.contract.uris import escaped


def test_every_control_and_direction_is_escaped() -> None:
    """Whatever Unicode calls a control, a line break or a bidirectional format character."""
    odd = [
        chr(n)
        for n in range(0x30000)
        if unicodedata.category(chr(n)) in ("Cc", "Zl", "Zp", "Cs")
        or unicodedata.bidirectional(chr(n))
        in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
        or chr(n) in "\u200e\u200f\u061c"
    ]
    kept = [char for char in odd if escaped(char) == char]
    assert kept == ["\t", "\n"]


@pytest.mark.parametrize("text", ["A001_C002.mov", "café", "日本語", "שלום", "a\\u001b", "x\ty"])
def test_other_names_are_as_they_are(text: str) -> None:
    """Letters of every script stay, those that are read from the right too."""
    assert escaped(text) == text


def test_json_means_what_it_meant() -> None:
    """An escaped document reads as the same values."""
    value = {"name": "a\x1b[2J\u202egpj.exe\x9b\x7f\u2028\n\\u0041"}
    assert json.loads(escaped(json.dumps(value, ensure_ascii=False))) == value
