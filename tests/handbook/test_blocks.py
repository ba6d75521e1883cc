"""Every block of code of the documents is run, or stands in a list with the reason."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from tests.handbook.blocks import PAGES, ROOT, Block, alike, blocks_of, outside_fences, told_wrong
from tests.handbook.elsewhere import NOT_RUN
from tests.handbook.shell import place
from tests.handbook.stock import lay

IN_SECTIONS = {"docs/cookbook.md"}
"""Pages each of whose sections stands alone: tests/handbook/test_cookbook.py."""


def reason(block: Block) -> str | None:
    """Why a block is not run here; None where it is."""
    if block.language == "text":
        return "no command"
    first = block.text.strip().splitlines()[0]
    return next(
        (why for begin, why in NOT_RUN.get(block.page, {}).items() if first.startswith(begin)), None
    )


@pytest.mark.parametrize(
    "page", [page for page in PAGES if blocks_of(page) and page not in IN_SECTIONS]
)
def test_the_blocks_of_a_page_are_run_in_their_order(
    page: str, stock: Path, tmp_path: Path
) -> None:
    """Commands end as the page shows, Python runs, JSON, YAML and TOML are such; what is not run
    is of right syntax, and names commands, options and files that are there."""
    lay(stock, tmp_path)
    root = f"file://{tmp_path}/"
    hosts = {
        "s3://camera/A001/": f"{root}A001/", "s3://": root, "file:///camera/": f"{root}camera/",
        "file:///frames/": f"{root}served/", "/mnt/": f"{tmp_path}/",
        "/plates": f"{tmp_path}/plates",
    }  # fmt: skip
    with place(tmp_path, hosts) as here:
        for block in blocks_of(page):
            if reason(block) is None:
                here.run(block)
            else:
                assert told_wrong(block) == "", block.name


def test_no_entry_of_the_list_is_left_over() -> None:
    """Each reason belongs to a block that is there."""
    for page, entries in NOT_RUN.items():
        firsts = [block.text.strip().splitlines()[0] for block in blocks_of(page)]
        left = [begin for begin in entries if not any(f.startswith(begin) for f in firsts)]
        assert left == [], page


@pytest.mark.parametrize("page", PAGES)
def test_no_code_stands_outside_of_fences(page: str) -> None:
    """A block by indentation alone has no language, and nobody would run it."""
    lines = ["", *outside_fences((ROOT / page).read_text()).splitlines()]
    assert [
        line for above, line in pairwise(lines) if not above.strip() and line.startswith("    ")
    ] == []


def test_what_is_wrong_is_found() -> None:
    """A misspelt option, command or target, a file that is not there, a quote that stays open."""

    def block(text: str, language: str = "sh") -> str:
        return told_wrong(Block("x.md", "", 1, language, "", text))

    assert block("rushes debayer A001/ frames/ --compression zip && make test") == ""
    assert "--compresion" in block("rushes debayer A001/ frames/ --compresion zip")
    assert "frobnicate" in block("TOKEN=x rushes frobnicate")
    assert "'7'" in block("rushes lint a --pixels 7")
    assert "tset" in block("make tset")
    assert "gone.yaml" in block("kubectl apply -f knative/gone.yaml")
    assert block("echo 'open") != ""
    assert "make test" in block("make test", "text")


def test_output_is_held_against_what_is_shown() -> None:
    """Seconds and ids may differ, words and numbers may not; dots are what is left out."""
    printed = "debayer: done, 4 frames (1-4), 0.41 s\n  a\n  b\n  unit 0123456789abcdef\n"
    assert alike(
        ["debayer: done, 4 frames (1-4), 0.02 s", "...", "  unit fedcba9876543210"], printed
    )
    assert not alike(["debayer: done, 5 frames (1-4), 0.41 s", "..."], printed)
    assert not alike(["debayer: done, 4 frames (1-4), 0.41 s"], printed)
    assert alike(["debayer: ...", "  a", "..."], printed)
