"""Units that a sink has accepted: awaited in the storage, by their receipts and notes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from functions.contract.errors import (
    DamagedSource,
    StoreUnavailable,
)
from functions.contract.receipt import Receipt, failure_uri, receipt_uri
from functions.jobs.failure_notes import TAKEN_BACK
from tests.dispatch.delivering import OUT, deliver, parcels
from tests.dispatch.fakes import FakeSink, FakeWork, receipt_for


def test_an_accepted_unit_is_awaited_in_the_storage() -> None:
    """An asynchronous sink answers nothing; the receipt is polled for, less and less often."""
    work = FakeWork()
    sink = FakeSink(work.store, asynchronous=True)
    (parcel,) = parcels(1)
    uri = receipt_uri(OUT, "u0")

    class Later(FakeWork):
        def pause(self, seconds: float) -> None:
            super().pause(seconds)
            if sum(self.slept) > 20:
                receipt = receipt_for("debayer", parcel.unit, parcel.request)
                self.store.put_if_absent(uri, receipt.json())

    later = Later(store=work.store)
    sink.do = lambda operation, unit, request: receipt_for(operation, unit, request)  # type: ignore[method-assign]
    (outcome,) = deliver(later, sink).values()
    assert outcome.receipt is not None
    assert sink.sent == {"u0": 1}
    assert later.slept == sorted(later.slept)
    assert len(later.slept) < 12


def test_an_accepted_unit_without_a_receipt_is_sent_again_and_then_failed() -> None:
    """An event that was lost is sent anew when patience ends; attempts bound that too."""
    work = FakeWork()
    sink = FakeSink(work.store, asynchronous=True)
    sink.do = lambda operation, unit, request: receipt_for(operation, unit, request)  # type: ignore[method-assign]
    (outcome,) = deliver(work, sink, attempts=2, patience=30.0).values()
    assert sink.sent == {"u0": 2}
    assert outcome.problem is not None
    assert outcome.problem["code"] == "deadline_exceeded"


def test_a_unit_that_failed_for_good_is_not_awaited() -> None:
    """The function's note is the outcome at the first look, and nothing is sent again."""
    work = FakeWork()
    sink = FakeSink(work.store, asynchronous=True)
    error = DamagedSource("cut short", frame=7)

    def fail(operation: str, unit: str, request: Mapping[str, Any]) -> Receipt:
        sink.fail(unit, request, error)
        return receipt_for(operation, unit, request)

    sink.do = fail  # type: ignore[method-assign]
    (outcome,) = deliver(work, sink, patience=3600.0).values()
    assert outcome.problem == error.problem()
    assert (sink.sent["u0"], len(work.slept)) == (1, 1)


def test_a_receipt_wins_over_a_note() -> None:
    """Another delivery went well between the look for a receipt and the look for a note."""
    work = FakeWork()
    sink = FakeSink(work.store, asynchronous=True)
    read = work.store.read

    def late(uri: str) -> bytes:
        content = read(uri)
        if uri.endswith(".failed.json"):
            receipt = receipt_for("debayer", "u0", parcels(1)[0].request)
            work.store.put(receipt_uri(OUT, "u0"), receipt.json())
        return content

    def fail(operation: str, unit: str, request: Mapping[str, Any]) -> Receipt:
        sink.fail(unit, request, DamagedSource("cut short"))
        return receipt_for(operation, unit, request)

    sink.do = fail  # type: ignore[method-assign]
    work.store.read = late  # type: ignore[method-assign]
    (outcome,) = deliver(work, sink).values()
    assert outcome.receipt is not None


@pytest.mark.parametrize("content", [TAKEN_BACK, b"", b"{", b"[]", b'{"code": "x"}'])
def test_a_note_that_says_nothing_is_none(content: bytes) -> None:
    """One that was taken back, or is no problem, is looked past until the receipt stands."""
    work = FakeWork()
    work.store.put(failure_uri(OUT, "u0"), content)
    (outcome,) = deliver(work, FakeSink(work.store, asynchronous=True)).values()
    assert outcome.receipt is not None


def test_a_storage_that_hiccups_while_polled_is_polled_again() -> None:
    """A poll that fails tells nothing about the unit."""
    work = FakeWork()
    read, reads = work.store.read, []

    def sometimes(uri: str) -> bytes:
        reads.append(uri)
        if len(reads) < 3:
            raise StoreUnavailable("away")
        return read(uri)

    work.store.read = sometimes  # type: ignore[method-assign]
    (outcome,) = deliver(work, FakeSink(work.store, asynchronous=True)).values()
    assert outcome.receipt is not None
    assert len(reads) == 4
