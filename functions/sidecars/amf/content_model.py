"""Content models of XML elements, matched child by child.

A model is written as a DTD would: `description? hash? (uuid | file | transformId)`. It is
matched by derivatives (Brzozowski 1964, doi:10.1145/321239.321249): after each child the
rest of the model is a model again, so an error can name what was expected instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(r"\s*([A-Za-z:]+|[()|?*])")


@dataclass(frozen=True, slots=True)
class Model:
    """A node: "name", "seq", "alt", "star", "empty" or "never"."""

    kind: str
    name: str = ""
    parts: tuple[Model, ...] = ()


EMPTY = Model("empty")
NEVER = Model("never")


def _seq(first: Model, second: Model) -> Model:
    if NEVER in (first, second):
        return NEVER
    if first == EMPTY:
        return second
    return first if second == EMPTY else Model("seq", "", (first, second))


def _alt(first: Model, second: Model) -> Model:
    if first in (NEVER, second):
        return second
    return first if second == NEVER else Model("alt", "", (first, second))


@lru_cache(maxsize=256)
def model(text: str) -> Model:
    """The model that a text such as `a? (b | c)*` says."""
    tokens = _TOKEN.findall(text)
    tree, rest = _alternatives(tokens)
    if rest:
        raise ValueError(f"content model {text!r}: {rest[0]!r} is out of place")
    return tree


def _alternatives(tokens: list[str]) -> tuple[Model, list[str]]:
    tree, rest = _sequence(tokens)
    while rest[:1] == ["|"]:
        other, rest = _sequence(rest[1:])
        tree = _alt(tree, other)
    return tree, rest


def _sequence(tokens: list[str]) -> tuple[Model, list[str]]:
    tree, rest = EMPTY, tokens
    while rest and rest[0] not in "|)":
        item, rest = _item(rest)
        tree = _seq(tree, item)
    return tree, rest


def _item(tokens: list[str]) -> tuple[Model, list[str]]:
    if tokens[0] == "(":
        item, rest = _alternatives(tokens[1:])
        rest = rest[1:]
    else:
        item, rest = Model("name", tokens[0]), tokens[1:]
    if rest[:1] == ["?"]:
        return _alt(item, EMPTY), rest[1:]
    if rest[:1] == ["*"]:
        return Model("star", "", (item,)), rest[1:]
    return item, rest


@lru_cache(maxsize=4096)
def may_end(tree: Model) -> bool:
    """Whether nothing more is needed."""
    if tree.kind == "seq":
        return all(may_end(part) for part in tree.parts)
    if tree.kind == "alt":
        return any(may_end(part) for part in tree.parts)
    return tree.kind in ("empty", "star")


@lru_cache(maxsize=4096)
def expected(tree: Model) -> tuple[str, ...]:
    """Names that may come next, in the order the model has them."""
    if tree.kind == "name":
        return (tree.name,)
    if tree.kind == "seq":
        first, second = tree.parts
        names = expected(first) + (expected(second) if may_end(first) else ())
    else:
        names = tuple(name for part in tree.parts for name in expected(part))
    return tuple(dict.fromkeys(names))


@lru_cache(maxsize=4096)
def after(tree: Model, name: str) -> Model:
    """The rest of the model once `name` has come; NEVER if it may not come."""
    if tree.kind == "name":
        return EMPTY if tree.name == name else NEVER
    if tree.kind == "seq":
        first, second = tree.parts
        rest = _seq(after(first, name), second)
        return _alt(rest, after(second, name)) if may_end(first) else rest
    if tree.kind == "alt":
        first, second = tree.parts
        return _alt(after(first, name), after(second, name))
    if tree.kind == "star":
        return _seq(after(tree.parts[0], name), tree)
    return NEVER
