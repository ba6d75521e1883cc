"""The console's files, as they are shipped, and what a browser may do with them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""Nothing is fetched from elsewhere, no script or style stands in a page, none is made of text."""

_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
_KINDS = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


@cache
def _shipped() -> dict[str, bytes]:
    """Every file by its name; the path of a request is looked up here and never opened."""
    found: dict[str, bytes] = {}

    def walk(folder: Traversable, start: str) -> None:
        for entry in folder.iterdir():
            if entry.is_dir():
                walk(entry, f"{start}{entry.name}/")
            elif entry.name.rpartition(".")[2] in _KINDS:
                found[start + entry.name] = entry.read_bytes()

    walk(files("functions.serve.console") / "assets", "")
    return found


def shipped(name: str) -> tuple[bytes, dict[str, str]] | None:
    """A file's content and headers; None where there is none of this name."""
    content = _shipped().get(name)
    if content is None:
        return None
    return content, {**_HEADERS, "Content-Type": _KINDS[name.rpartition(".")[2]]}
