"""When a job will be ready, as its dispatcher last saw it: a small object beside the plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from functions.contract import uris
from functions.contract.errors import RushesError
from functions.contract.store import Store
from functions.jobs.plan import JOBS_FOLDER
from functions.storage.documents import read_document


class Pace(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Times are seconds since 1970.

    at : when this was told
    ready_at : when the job will be ready at the rate so far; None while nobody knows
    ready_by : when it must be
    in_time : whether it will be; None where nobody asks or knows
    at_work : units that were sent and had not ended then
    """

    at: float
    ready_at: float | None = None
    ready_by: float | None = None
    in_time: bool | None = None
    at_work: tuple[str, ...] = ()

    def words(self) -> str:
        """`ready about 2026-12-01 18:20 UTC, 20 min late`, `..., in time`; empty while unknown."""
        if self.ready_at is None:
            return ""
        told = f"ready about {_clock(self.ready_at)}"
        if self.ready_by is None:
            return told
        late = self.ready_at - self.ready_by
        return f"{told}, {f'{span(late)} late' if late > 0 else 'in time'}"


def pace_uri(output: str, job: str) -> str:
    """Where it stands."""
    return uris.join(output, JOBS_FOLDER, f"{job}.pace")


def read_pace(output: str, job: str, store: Store) -> Pace | None:
    """What a dispatcher told last; None where none has."""
    try:
        return read_document(store, pace_uri(output, job), Pace)
    except RushesError:
        return None


def span(seconds: float) -> str:
    """`50 s`, `3 min`, `2.5 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def met_deadline(report: Mapping[str, Any], ready_by: float | None, now: float) -> dict[str, Any]:
    """What a report says of a job that has a time: whether all of it was done by then."""
    if ready_by is None:
        return {}
    done = report["state"] == "done"
    return {"ready_by": _clock(ready_by), "in_time": done and now <= ready_by}


def _clock(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (ValueError, OverflowError, OSError):  # no year from 1 to 9999
        return f"{seconds:g} s after 1970"
