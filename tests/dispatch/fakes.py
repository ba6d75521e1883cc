"""Stand-ins for what `run` touches: storage in memory, a clock that is only counted, a sink
that does units itself and writes down each one in a log."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from functions.contract import uris
from functions.contract.clip import ClipFacts
from functions.contract.errors import Busy, InvalidRequest, RushesError, SourceNotFound
from functions.contract.frames import FrameRange, parse_frames
from functions.contract.operation import Answer, Limits, Operation, Prepared, Sink
from functions.contract.receipt import Frames, Receipt, failure_uri, receipt_uri
from functions.contract.store import Content, Stat
from functions.serve.run.catalog import OPERATIONS, Catalog
from functions.serve.run.identity import unit_of

KNOWN = {
    "debayer": {"input", "output", "frames", "method", "compression", "name", "overwrite"},
    "inspect": {"input", "output", "overwrite"},
}


def operation_of(name: str) -> Operation | None:
    """What the project's own operations say of themselves."""
    return Catalog().load(name) if name in OPERATIONS else None


class MemoryStore:
    """A store of bytes by URI."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.listed: Counter[str] = Counter()
        self._lock = threading.Lock()

    def stat(self, uri: str) -> Stat:
        return Stat(uri, len(self.read(uri)), "1")

    def list(self, folder: str, start: str = "") -> Iterator[Stat]:
        with self._lock:
            self.listed[folder] += 1
            found = sorted(
                u
                for u in self.files
                if uris.parent(u) == (at := uris.folder(folder)) and u.startswith(at + start)
            )
        return iter([self.stat(uri) for uri in found])

    def folders(self, folder: str) -> tuple[str, ...]:
        return ()

    def unlisted(self, folder: str) -> dict[str, str]:
        return {}

    def read(self, uri: str) -> bytes:
        try:
            return self.files[uri]
        except KeyError:
            raise SourceNotFound(f"{uri} is not there", uri=uri) from None

    def read_range(self, uri: str, start: int, length: int) -> bytes:
        return self.read(uri)[start : start + length]

    def open(self, uri: str) -> BinaryIO:
        return BytesIO(self.read(uri))

    def put_if_absent(self, uri: str, content: Content) -> bool:
        assert not isinstance(content, Path)
        with self._lock:
            if uri in self.files:
                return False
            self.files[uri] = bytes(content)
            return True

    def put(self, uri: str, content: Content) -> None:
        assert not isinstance(content, Path)
        self.files[uri] = bytes(content)


def receipt_for(operation: str, unit: str, request: Mapping[str, Any]) -> Receipt:
    """What a function that did the unit would answer."""
    text = request.get("frames")
    wanted = parse_frames(text) if text else None
    frames = Frames(wanted.start, wanted.last, len(wanted)) if wanted else None
    return Receipt(
        rushes="0",
        operation=operation,
        unit=unit,
        status="done",
        request=dict(request),
        assumed={},
        inputs=(),
        outputs=(),
        frames=frames,
        seconds={"decode": 1.0, "total": 2.0},
        machine={},
    )


@dataclass
class FakeWork:
    """Implements the part of `Work` that dispatch uses.

    slept : every pause that was asked for, in seconds
    stop_after : raise Busy at this many calls of `check` and `pause`; None never
    """

    store: MemoryStore = field(default_factory=MemoryStore)
    open_sink: Callable[[str | None], AbstractContextManager[Sink]] | None = None
    limits: Limits = field(default_factory=Limits)
    slept: list[float] = field(default_factory=list)
    told: list[tuple[int, int, str]] = field(default_factory=list)
    stop_after: int | None = None
    unit_seconds: float = 3600.0
    prepared: int = 0
    _calls: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def fresh(self) -> MemoryStore:
        return self.store

    def check(self) -> None:
        with self._lock:
            self._calls += 1
            if self.stop_after is not None and self._calls > self.stop_after:
                raise Busy("stopped")

    def pause(self, seconds: float) -> None:
        self.check()
        with self._lock:
            self.slept.append(seconds)

    def progress(self, done: int, total: int, note: str = "") -> None:
        self.told.append((done, total, note))

    def prepare(self, operation: str, request: Mapping[str, Any]) -> Prepared:
        with self._lock:
            self.prepared += 1
        if operation not in KNOWN:
            raise InvalidRequest(f"there is no operation {operation!r}", field="operation")
        problems = [
            {"field": name, "detail": f"unknown field {name!r}"}
            for name in request
            if name not in KNOWN[operation]
        ]
        if "input" not in request:
            problems.append({"field": "input", "detail": "field 'input' is missing"})
        if request.get("method", "best") not in ("draft", "fast", "best"):
            problems.append({"field": "method", "detail": "field 'method': not one of them"})
        if problems:
            detail = "; ".join(p["detail"] for p in problems)
            raise InvalidRequest(detail, field=problems[0]["field"], problems=problems)
        plain = {k: v for k, v in sorted(request.items()) if k != "overwrite"}
        unit = unit_of(operation, plain, (), ())
        output = str(request["output"])
        receipt = None
        if (uri := receipt_uri(output, unit)) in self.store.files:
            receipt = msgspec.json.decode(self.store.files[uri], type=Receipt)
            assert (receipt.unit, receipt.request) == (unit, plain)
        return Prepared(
            operation=operation, unit=unit, request=plain, output=output, receipt=receipt
        )

    def operation(self, name: str) -> Operation | None:
        return operation_of(name)

    def sink(self, address: str | None, job: str | None = None) -> AbstractContextManager[Sink]:
        assert self.open_sink is not None, "nothing was to be sent"
        return self.open_sink(address)


class FakeSink:
    """Does units itself.

    misfortunes : for each unit in turn, what happens before it is done: an exception to
        raise or an Answer or None to give
    late : accepted units are done when the storage is looked at, `late` sends later
    log : units in the order in which they were done
    """

    def __init__(
        self,
        store: MemoryStore,
        misfortune: Callable[[str, Mapping[str, Any], int], Exception | Answer | None]
        | None = None,
        *,
        width: int = 2,
        asynchronous: bool = False,
    ) -> None:
        self.store = store
        self.misfortune = misfortune
        self.width = width
        self.asynchronous = asynchronous
        self.log: list[str] = []
        self.sent: Counter[str] = Counter()
        self.in_flight: Counter[str] = Counter()
        self.most_in_flight = 0
        self.most = width
        self.hung_up: list[str] = []
        self.ended: list[dict[str, Any]] = []
        self.closed = False
        self.opened_with: list[str | None] = []
        self._lock = threading.Lock()

    def send(self, operation: str, unit: str, request: Mapping[str, Any]) -> Answer | None:
        with self._lock:
            self.sent[unit] += 1
            attempt = self.sent[unit]
            self.in_flight[unit] += 1
            assert self.in_flight[unit] == 1, "a unit is sent twice at one time"
            self.most_in_flight = max(self.most_in_flight, sum(self.in_flight.values()))
        try:
            bad = self.misfortune(unit, request, attempt) if self.misfortune else None
            if isinstance(bad, Exception):
                raise bad
            if bad is not None:
                return bad
            receipt = self.do(operation, unit, request)
            return None if self.asynchronous else Answer(receipt)
        finally:
            with self._lock:
                self.in_flight[unit] -= 1

    def hang_up(self, unit: str) -> None:
        self.hung_up.append(unit)

    def job_ended(self, report: Mapping[str, Any]) -> None:
        self.ended.append(dict(report))

    def do(self, operation: str, unit: str, request: Mapping[str, Any]) -> Receipt:
        """Do the unit as a function would: skip it if its receipt stands."""
        plain = {k: v for k, v in sorted(request.items()) if k != "overwrite"}
        receipt = receipt_for(operation, unit, plain)
        uri = receipt_uri(str(request["output"]), unit)
        with self._lock:
            assert uri not in self.store.files, "done again after its receipt stood"
            self.log.append(unit)
            self.store.put(uri, receipt.json())
        return receipt

    def fail(self, unit: str, request: Mapping[str, Any], error: RushesError) -> None:
        """Fail the unit as a function does that a broker asked: a note, and no answer."""
        self.store.put(
            failure_uri(str(request["output"]), unit), msgspec.json.encode(error.problem())
        )

    @contextmanager
    def open(self, address: str | None) -> Iterator[Sink]:
        self.opened_with.append(address)
        try:
            yield self
        finally:
            self.closed = True


def facts(name: str = "A001", width: int = 4096, height: int = 2160) -> ClipFacts:
    """Headers of a raw clip."""
    return ClipFacts(
        container="dng",
        codec="raw",
        layout="cfa",
        width=width,
        height=height,
        name=name,
        rate=Fraction(24),
    )


def headers_of(
    first: int = 1001, last: int = 1100, **size: int
) -> Callable[[str, str | None], tuple[ClipFacts, FrameRange]]:
    """Headers of any URI: a clip of these frames, named after its folder or file."""

    def headers(uri: str, frames: str | None) -> tuple[ClipFacts, FrameRange]:
        name = uris.basename(uri).partition("_%")[0].partition(".")[0]
        if "missing" in uri:
            raise SourceNotFound(f"{uri} is not there", uri=uri)
        wanted = parse_frames(frames) if frames else FrameRange(first, last + 1)
        return facts(name, **size), wanted

    return headers
