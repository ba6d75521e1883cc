"""Why units of a job failed before it was dispatched again, until somebody has tried them anew."""

from __future__ import annotations

from typing import Any

import msgspec

from functions.contract.errors import RushesError
from functions.contract.store import Store
from functions.jobs.failure_notes import give_back, take_back
from functions.jobs.outcome import Outcome, Parcel
from functions.jobs.plan import Plan
from functions.jobs.status import last_report


class Earlier:
    """Takes notes of earlier failures back, and keeps what they and the last report said."""

    def __init__(self, plan: Plan, parcels: list[Parcel], store: Store) -> None:
        self._store = store
        self._outputs = {p.unit: p.output for p in parcels if p.output is not None}
        reported = {f.get("unit"): f for f in last_report(plan, store).get("failures", ())}
        self._notes = take_back(((output, unit) for unit, output in self._outputs.items()), store)
        self._failures: dict[str, dict[str, Any]] = {}
        for parcel in parcels:
            problem = self._notes.get(parcel.unit)
            before = reported.get(parcel.unit)
            if problem is None and before is None:
                continue
            clip = plan.clips[parcel.clip]
            self._failures[parcel.unit] = {
                "clip": clip.index,
                "operation": clip.operation,
                "input": clip.input,
                "unit": parcel.unit,
                "frames": parcel.frames,
                "attempts": 1,
                **(before or {}),
                **({} if problem is None else {"problem": problem}),
            }

    def settle(self, outcome: Outcome) -> Outcome:
        """The outcome, or what is known of the unit where nobody has tried it now."""
        before = self._failures.pop(outcome.parcel.unit, None)
        if not outcome.undelivered or before is None:
            return outcome
        self._say_again(outcome.parcel.unit)
        return msgspec.structs.replace(outcome, problem=before["problem"])

    def give_back(self) -> list[dict[str, Any]]:
        """What is left of it: nobody has tried these; their notes say it again."""
        for unit in self._failures:
            self._say_again(unit)
        return list(self._failures.values())

    def _say_again(self, unit: str) -> None:
        problem = self._notes.get(unit)
        if problem is not None:
            try:
                give_back(self._outputs[unit], unit, problem, self._store)
            except RushesError:
                return  # the report says it too
