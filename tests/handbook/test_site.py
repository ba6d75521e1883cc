"""The site: complete, built without a warning, and without another host's files."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from functions.contract.errors import leaves
from functions.contract.request import decode
from functions.serve.run.catalog import Catalog
from handbook.__main__ import MKDOCS, ROOT, build, places
from handbook.operations import page
from handbook.pages import DeadLinkError, on_the_site, sources

NAMES = Catalog().names()


class Loads(HTMLParser):
    """What a browser would fetch to show a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Addresses that are fetched, and none that is only followed."""
        given = dict(attrs)
        if tag == "link" and given.get("rel") not in ("canonical", "prev", "next", "edit"):
            self.found.append(given.get("href") or "")
        elif tag != "a":
            self.found += [given.get(name) or "" for name in ("src", "srcset", "data", "poster")]


def test_the_site_is_built_and_needs_no_other_host(tmp_path: Path) -> None:
    """mkdocs has no warning (a link or an anchor that leads nowhere is one), every page is there,
    and nothing that a browser would fetch lies elsewhere."""
    if not MKDOCS.exists():
        pytest.skip("the site's own environment is not here: `make docs` makes it")
    assert build(tmp_path) == 0
    site = tmp_path / "site"
    made = [f"operations/{name}.md" for name in NAMES]
    for place in (*sources().values(), *made):
        text = (site / place).with_suffix(".html").read_text()
        loads = Loads()
        loads.feed(text)
        assert [each for each in loads.found if re.match(r"\w+:|//", each)] == [], place
    sheets = "".join(path.read_text() for path in site.rglob("*.css"))
    assert re.findall(r"(?:url\(|@import\s)[\"']?(?:https?:)?//[^)]*", sheets) == []


def test_every_link_of_the_pages_leads_somewhere() -> None:
    """Files that the documents name by a link are there, with and without mkdocs."""
    for source in sources():
        on_the_site((ROOT / source).read_text(), source, places())


def test_a_link_is_turned_or_told() -> None:
    """To the site's page, to plain words for a file of the repository alone, or an error; what
    stands in a block of code is no link."""
    known = {"docs/guide.md": "guide.md", "README.md": "index.md"}
    text = "[a](docs/guide.md#jobs) [b](Makefile) [c](https://d.e)\n```\n[f](gone)\n```\n"
    turned = "[a](guide.md#jobs) b [c](https://d.e)\n```\n[f](gone)\n```\n"
    assert on_the_site(text, "README.md", known) == turned
    assert on_the_site("[a](../README.md)", "docs/guide.md", known) == "[a](index.md)"
    with pytest.raises(DeadLinkError):
        on_the_site("[a](docs/gone.md)", "README.md", known)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_every_field_and_its_example_is_a_request(name: str) -> None:
    """No field of the request is missing, and the JSON of the page decodes."""
    operation = Catalog().load(name)
    text = page(operation)
    rows = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    assert sorted(rows) == sorted(f.name for f in msgspec.structs.fields(operation.request))
    (body,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    decode(operation.request, json.loads(body))
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    compile(code, name, "exec")


def test_every_code_of_an_error_has_a_paragraph() -> None:
    """docs/problems.md tells of each leaf of the tree of errors, by its own numbers."""
    text = (ROOT / "docs" / "problems.md").read_text()
    heads = re.findall(r"^### (\w+)\n(?=\w)", text, re.MULTILINE)
    assert heads == [leaf.code for leaf in leaves()]
    for leaf in leaves():
        again = "yes" if leaf.retryable else "no"
        row = f"| [{leaf.code}](#{leaf.code}) | {leaf.status} | {leaf.exit_code} | {again} |"
        assert row in text
