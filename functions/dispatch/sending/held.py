"""Units that wait for others: a movie's joining unit for its parts."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable

from functions.jobs.outcome import Outcome, Parcel


class Held:
    """Parcels that wait for others. Safe from many threads."""

    def __init__(self, parcels: Iterable[Parcel] = ()) -> None:
        self._lock = threading.Lock()
        self._parcels = {parcel.unit: parcel for parcel in parcels}
        self._missing = {unit: set(parcel.after) for unit, parcel in self._parcels.items()}
        self._waiters: dict[str, list[str]] = {}
        for unit, parcel in self._parcels.items():
            for part in parcel.after:
                self._waiters.setdefault(part, []).append(unit)
        self._free: deque[Parcel] = deque()

    @property
    def has_free(self) -> bool:
        """Whether `freed` would give one."""
        return bool(self._free)

    def freed(self) -> Parcel | None:
        """A parcel that waits for nothing any more, None if there is none."""
        with self._lock:
            return self._free.popleft() if self._free else None

    def settle(self, outcome: Outcome) -> list[Outcome]:
        """Free what waited for this unit alone; with a problem, what waited has failed too."""
        failed: list[Outcome] = []
        with self._lock:
            ended = [outcome]
            while ended:
                one = ended.pop()
                for unit in self._waiters.pop(one.parcel.unit, ()):
                    parcel = self._parcels.get(unit)
                    if parcel is None:
                        continue
                    if one.problem is not None:
                        ended.append(_not_sent(self._parcels.pop(unit), one))
                        failed.append(ended[-1])
                        continue
                    self._missing[unit].discard(one.parcel.unit)
                    if not self._missing[unit]:
                        self._free.append(self._parcels.pop(unit))
        return failed


def _not_sent(parcel: Parcel, part: Outcome) -> Outcome:
    problem = dict(part.problem or {})
    where = f"frames {part.parcel.frames}" if part.parcel.frames else part.parcel.unit
    said = f"not joined, for a part failed: {where}: {problem.get('detail', '')}"
    return Outcome(
        parcel=parcel, attempts=1, problem={**problem, "detail": said, "retryable": False}
    )
