"""Reads as much of PromQL as dashboards write, and refuses the rest: selectors and labels.

Reference: Prometheus documentation, "Querying basics", "Operators" and "Functions".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>\d+(?:\.\d+)?)
    |(?P<range>\[(?:\$__rate_interval|\d+[smhd])\])
    |(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)
    |(?P<match>=~|!~|!=|=)
    |(?P<text>"(?:[^"\\]|\\.)*")
    |(?P<sign>[(){},/*+-])
    )""",
    re.VERBOSE,
)
_FUNCTIONS = {"rate", "increase", "histogram_quantile", "scalar"}
_SUMS = {"sum", "count", "max", "min", "avg"}
_WITH_RANGE = {"rate", "increase"}


@dataclass
class Found:
    """What an expression asks of Prometheus.

    selectors : (metric, labels that its matchers name, whether a range follows)
    grouped : (labels that are kept, metrics below)
    """

    selectors: list[tuple[str, set[str], bool]] = field(default_factory=list)
    grouped: list[tuple[set[str], set[str]]] = field(default_factory=list)


class Reader:
    """One expression, read from left to right. Raises ValueError for what it does not know."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        at = 0
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None or match.lastgroup is None:
                raise ValueError(f"not read: {text[at:]!r}")
            self._tokens.append((match.lastgroup, match[match.lastgroup]))
            at = match.end()
        self._at = 0
        self.found = Found()

    def whole(self) -> Found:
        """All of it."""
        self._expression(None)
        if self._at != len(self._tokens):
            raise ValueError(f"left over: {self._tokens[self._at :]}")
        return self.found

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _next(self, kind: str, value: str | None = None) -> str:
        found = self._peek()
        if found[0] != kind or value not in (None, found[1]):
            raise ValueError(f"{value or kind} wanted, {found[1]!r} found")
        self._at += 1
        return found[1]

    def _expression(self, inside: str | None) -> set[str]:
        metrics = self._operand(inside)
        while self._peek() in (("sign", s) for s in "+-*/"):
            self._at += 1
            metrics = metrics | self._operand(inside)
        return metrics

    def _operand(self, inside: str | None) -> set[str]:
        kind, value = self._peek()
        if kind == "number":
            self._at += 1
            return set()
        if (kind, value) == ("sign", "("):
            return self._bracketed(None)
        name = self._next("name")
        if name in _SUMS:
            self._next("name", "by") if self._peek() == ("name", "by") else None
            kept = self._labels() if self._tokens[self._at - 1][1] == "by" else set()
            metrics = self._bracketed(None)
            self.found.grouped.append((kept, metrics))
            return metrics
        if self._peek() == ("sign", "("):
            if name not in _FUNCTIONS:
                raise ValueError(f"{name} is no function that is known here")
            return self._bracketed(name)
        return self._selector(name, inside)

    def _bracketed(self, function: str | None) -> set[str]:
        self._next("sign", "(")
        metrics = self._expression(function)
        while self._peek() == ("sign", ","):
            self._at += 1
            metrics = metrics | self._expression(function)
        self._next("sign", ")")
        return metrics

    def _labels(self) -> set[str]:
        self._next("sign", "(")
        labels = {self._next("name")}
        while self._peek() == ("sign", ","):
            self._at += 1
            labels.add(self._next("name"))
        self._next("sign", ")")
        return labels

    def _selector(self, metric: str, inside: str | None) -> set[str]:
        labels = set()
        if self._peek() == ("sign", "{"):
            self._at += 1
            while self._peek() != ("sign", "}"):
                labels.add(self._next("name"))
                self._next("match")
                self._next("text")
                if self._peek() == ("sign", ","):
                    self._at += 1
            self._next("sign", "}")
        ranged = self._peek()[0] == "range"
        self._at += ranged
        if ranged != (inside in _WITH_RANGE):
            raise ValueError(f"{metric}: a range is for rate and increase, and they need one")
        self.found.selectors.append((metric, labels, ranged))
        return {metric}
