"""The table of formats: what `sniff` knows is in it, and the document is made from it."""

from __future__ import annotations

from pathlib import Path

from functions.media.open.formats import FORMATS
from functions.media.open.sniff import _SIGNS, Family

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "formats.md"


def test_every_sign_is_in_the_table() -> None:
    """A format that is told by its first bytes has a row, and a refused one is refused."""
    rows = {each.name: each for each in FORMATS}
    for family, name, _ in _SIGNS:
        assert name in rows, name
        unread = rows[name].done in ("inspected", "refused")
        assert unread == (family is Family.KNOWN), name


def test_a_refusal_says_why() -> None:
    """What is not read has a note, and no reader; what is read has one."""
    for each in FORMATS:
        assert bool(each.by) == (each.done != "refused"), each.name
        assert each.note or each.done not in ("inspected", "refused"), each.name


def test_the_document_is_the_table() -> None:
    """docs/formats.md has a row for each format, as the table says it."""
    rows = [
        f"| {f.name} | {f.files} | {f.done} | {f.by} | {f.verified} | {f.note} |" for f in FORMATS
    ]
    lines = DOCUMENT.read_text().splitlines()
    assert [line for line in lines if line.startswith("| ")][2:] == rows
