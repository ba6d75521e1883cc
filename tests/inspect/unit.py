"""A unit of work for tests: a store, and a dict in place of an output folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import xxhash

from functions.contract.operation import Limits
from functions.contract.receipt import Output
from functions.contract.request import decode
from functions.contract.store import Content, Store
from functions.inspect.request import InspectRequest
from functions.inspect.unit import InspectUnit


class Unit:
    """What `inspect` uses of `contract.operation.Work`."""

    threads = 1
    scratch = Path()

    def __init__(self, store: Store, check: Callable[[], None] | None = None) -> None:
        self.store = store
        self.limits = Limits()
        self.committed: dict[str, bytes] = {}
        self.check = check or (lambda: None)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        yield

    def assume(self, name: str, value: Any) -> None:
        """Defaults are of no interest here."""

    def commit(self, name: str, content: Content, frame: int | None = None) -> Output:
        assert isinstance(content, bytes)
        self.committed[name] = content
        return Output(uri=name, bytes=len(content), xxh64=xxhash.xxh64_hexdigest(content))


def inspected(store: Store, uri: str, **fields: Any) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Report, and what was committed by name."""
    unit = Unit(store)
    request = decode(InspectRequest, {"input": uri, **fields})
    with closing(InspectUnit(request, unit)) as opened:
        report = opened.run().report
    assert report is not None
    return report, unit.committed


def codes(report: dict[str, Any]) -> set[str]:
    """Codes of the report's findings."""
    return {finding["code"] for finding in report.get("findings", ())}
