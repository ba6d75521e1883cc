"""What modules import at their top, held against what is there: the build ends where a file that
was left out is asked for by one that was not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

EXPLAINED = {"kernels": "they compile where no native object fits, and here one does"}
"""Packages of which modules may ask for what is left out, and why."""


def asked(source: bytes, package: tuple[str, ...]) -> Iterator[str]:
    """Paths, without an ending, of the modules that a module of this package imports when it is
    imported. What is tried or depends on something is not among them. Of `from a import b` both
    are told, since b may be a module."""
    waiting: list[ast.stmt] = [*ast.parse(source).body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.ClassDef | ast.With):
            waiting += node.body
        elif isinstance(node, ast.Import):
            yield from (alias.name.replace(".", "/") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else ()
            module = "/".join((*above, *(node.module or "").split("."))).rstrip("/")
            yield module
            yield from (f"{module}/{alias.name}" for alias in node.names)


def is_module(site: Path, path: str) -> bool:
    """Whether a package, a source or an object of this name lies there."""
    place = site / path
    found = (place.rglob("*.py"), place.parent.glob(f"{place.name}.*so"))
    return place.with_name(f"{place.name}.py").is_file() or any(map(any, found))


def unmet(made: tuple[Path, ...], whole: Path) -> Iterator[str]:
    """A line for each module of the trees made that asks for what only the whole one has."""
    for site in made:
        for file in sorted(site.rglob("*.py")):
            package = file.relative_to(site).parent.parts
            if package[:1] and package[0] in EXPLAINED:
                continue
            try:
                names = sorted(set(asked(file.read_bytes(), package)))
            except SyntaxError:  # of another version of Python
                continue
            for name in names:
                if is_module(whole, name) and not any(is_module(each, name) for each in made):
                    yield f"{file.relative_to(site)} imports {name.replace('/', '.')}"
