"""Which pages the site has, and how their links are turned to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath

ROOT = Path(__file__).resolve().parents[1]
OF_THE_PROJECT = {
    "README.md": "index.md",
    "ARCHITECTURE.md": "project/architecture.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "CHANGELOG.md": "project/changelog.md",
    "SECURITY.md": "project/reporting.md",
}
"""Pages of the top folder, and their places on the site."""

_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
_CODE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)


class DeadLinkError(Exception):
    """A page refers to a file that is not there."""


def sources(root: Path = ROOT) -> dict[str, str]:
    """Place in the repository to place on the site, of every page that people write."""
    written = {
        path.relative_to(root).as_posix(): path.relative_to(root / "docs").as_posix()
        for path in sorted((root / "docs").rglob("*.md"))
    }
    return OF_THE_PROJECT | written


def files(root: Path = ROOT) -> dict[str, str]:
    """The same of every other file that pages show or lead to."""
    return {
        path.relative_to(root).as_posix(): path.relative_to(root / "docs").as_posix()
        for path in sorted((root / "docs").rglob("*"))
        if path.suffix in {".png", ".jpg", ".svg", ".json"}
    }


def on_the_site(text: str, source: str, places: Mapping[str, str], root: Path = ROOT) -> str:
    """A page's text with its links turned: to the site's pages where those have the file, to the
    bare words where the repository alone does.

    source : the page's own place in the repository
    places : of every page and picture, as `sources` and `files` give them

    Raises DeadLinkError for a file that is nowhere.
    """
    here = PurePosixPath(places[source]).parent.as_posix()

    def turned(found: re.Match[str]) -> str:
        picture, words, target = found.groups()
        if "://" in target or target.startswith("#"):
            return found[0]
        path, _, anchor = target.partition("#")
        name = normpath((PurePosixPath(source).parent / path).as_posix())
        if name in places:
            there = relpath(places[name], here) + (f"#{anchor}" if anchor else "")
            return f"{picture}[{words}]({there})"
        if picture or not (root / name).exists():
            raise DeadLinkError(f"{source}: {target} is not there")
        return words

    pieces, at = [], 0
    for block in _CODE.finditer(text):
        pieces += [_LINK.sub(turned, text[at : block.start()]), block[0]]
        at = block.end()
    return "".join([*pieces, _LINK.sub(turned, text[at:])])
