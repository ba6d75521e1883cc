"""A job looked at again and again, from plan, receipts and notes: what ended is not listed anew.

A job of 10,000 units lists no folder twice whose units are all done, and a folder that holds many
receipts by the first digit of their names, some at each look.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from functions.contract import uris
from functions.contract.errors import RushesError
from functions.contract.store import Stat, Store
from functions.jobs.brief import Brief, read_brief
from functions.jobs.failure_notes import TAKEN_BACK, read_note
from functions.jobs.pace import Pace, read_pace
from functions.jobs.plan import Plan, PlannedClip, PlannedUnit, served_by
from functions.jobs.speed import Speed, speed
from functions.jobs.status import last_report, report_uri

MOST_LISTINGS = 48
"""Of one look."""
_MOST_READ = 64
_READERS = 16
_ONE_LISTING = 500  # receipts of one folder; more are listed by their first hex digit
_DIGITS = "0123456789abcdef"
_BELIEVED_SECONDS = 60.0
"""What a dispatcher told longer ago is not so any more."""
WAITING, DONE, FAILED, AT_WORK = ".", "d", "f", "r"

Shard = tuple[str, str]
"""An output folder, and how the names of its receipts begin."""


class Watch:
    """One job. Safe from many threads: one looks, the others see what it saw.

    version : grows with each change; a row has the version at which it changed last
    """

    def __init__(self, plan: Plan, store: Store) -> None:
        self.plan, self.version = plan, 1
        self._store, self._lock = store, threading.Lock()
        self._units = [(clip, unit) for clip in plan.clips for unit in clip.units]
        self._place = {unit.unit: at for at, (_, unit) in enumerate(self._units)}
        self._states = [WAITING] * len(self._units)
        self._ended: dict[int, float | None] = {}
        self._changed = [1] * len(plan.clips)
        self._index = {clip.index: at for at, clip in enumerate(plan.clips)}
        self._open = self._shards()
        self._turn: list[Shard] = list(self._open)
        self._unseen: dict[Shard, None] = dict.fromkeys(self._open)
        self._hot: list[Shard] = []
        self._notes: dict[int, tuple[str, dict[str, Any] | None]] = {}
        self._unread: list[int] = []
        self._briefs: dict[int, Brief] = {}
        self._report: dict[str, Any] = {}
        self._reported: dict[str, dict[str, Any]] = {}
        self._report_stat: Stat | None = None
        self._told: Pace | None = None
        self._sent: set[int] = set()
        self._joins = any(unit.after for _, unit in self._units)

    def _shards(self) -> dict[Shard, set[int]]:
        of_output: dict[str, list[int]] = defaultdict(list)
        for at, (clip, unit) in enumerate(self._units):
            output = clip.output_of(unit)
            if output is not None:
                of_output[output].append(at)
        found: dict[Shard, set[int]] = {}
        for output, places in of_output.items():
            many = len(places) > _ONE_LISTING
            for at in places:
                start = self._units[at][1].unit[:1] if many else ""
                found.setdefault((output, start), set()).add(at)
        return found

    def look(self, now: float) -> None:
        """Look at what is not done, as much as one look may list.

        now : seconds since 1970
        """
        with self._lock:
            before = self.version
            self._look_at_report()
            self._look_at_work(now)
            shards = self._next()
            with ThreadPoolExecutor(_READERS) as pool:
                for shard, stats in zip(shards, pool.map(self._listed, shards), strict=True):
                    self._take(shard, stats)
                self._read_notes(pool)
                self._read_briefs(pool)
            self._count_served()
            if self.version > before:
                self._hot = [shard for shard in self._hot if shard in self._open][:MOST_LISTINGS]

    def _next(self) -> list[Shard]:
        """What was never seen; then where something came last and what comes first in the job's
        order, and the rest in turn."""
        if len(self._open) <= MOST_LISTINGS:
            return list(self._open)
        if self._unseen:
            return list(self._unseen)[:MOST_LISTINGS]
        half = MOST_LISTINGS // 2
        first = list(dict.fromkeys([*self._hot[: half // 2], *list(self._open)[:half]]))[:half]
        self._turn = [shard for shard in self._turn if shard in self._open]
        rest = [shard for shard in self._turn if shard not in first][: MOST_LISTINGS - len(first)]
        self._turn = [shard for shard in self._turn if shard not in rest] + rest
        return first + rest

    def _look_at_work(self, now: float) -> None:
        """Which units a dispatcher has sent, as it told last."""
        told = read_pace(self.plan.output, self.plan.job, self._store)
        fresh = told is not None and self._running and now - told.at < _BELIEVED_SECONDS
        self._told = told if fresh else None
        sent = set(told.at_work) if told is not None and fresh else set()
        before, self._sent = self._sent, {self._place[u] for u in sent if u in self._place}
        for at in before | self._sent:
            if self._states[at] != DONE:
                self._judge(at)

    @property
    def _running(self) -> bool:
        return self._report.get("state") == "running"

    def _listed(self, shard: Shard) -> list[Stat]:
        output, start = shard
        return list(self._store.list(uris.folder(uris.join(output, ".rushes")), start))

    @property
    def has_seen_all(self) -> bool:
        """Whether each place was looked at once: before that, what is done is told too low."""
        return not self._unseen

    def _take(self, shard: Shard, stats: Iterable[Stat]) -> None:
        self._unseen.pop(shard, None)
        mine = self._open.get(shard, set())
        noted: dict[int, str] = {}
        came = False
        for stat in stats:
            name = uris.basename(stat.uri)
            unit = name.removesuffix(".json").removesuffix(".failed")
            at = self._place.get(unit)
            if at is None or at not in mine:
                continue
            if name != f"{unit}.json":
                if stat.bytes > len(TAKEN_BACK):
                    noted[at] = stat.identity
                continue
            self._done(at, stat.modified)
            mine.discard(at)
            came = True
        for at in [at for at in self._notes if at in mine and at not in noted]:
            del self._notes[at]
        for at, identity in noted.items():
            if at in mine and self._notes.get(at, ("", None))[0] != identity:
                self._notes[at] = (identity, None)
        for at in mine:
            self._judge(at)
        if came:
            self._hot = [shard, *(one for one in self._hot if one != shard)]
        if not mine:
            self._open.pop(shard, None)

    def _done(self, at: int, modified: float | None) -> None:
        self._set(at, DONE)
        self._ended[at] = modified
        self._notes.pop(at, None)
        # Of what chooses its frames itself the plan knows no number, and what was found is told.
        if not self._units[at][1].count:
            self._unread.append(at)

    def _judge(self, at: int) -> None:
        failed = at in self._notes or self._units[at][1].unit in self._reported
        self._set(at, FAILED if failed else AT_WORK if at in self._sent else WAITING)

    def _set(self, at: int, state: str) -> None:
        if self._states[at] != state:
            self._states[at] = state
            self.version += 1
            self._changed[self._index[self._units[at][0].index]] = self.version

    def _look_at_report(self) -> None:
        try:
            stat = self._store.stat(report_uri(self.plan.output, self.plan.job))
        except RushesError:
            return
        if self._report_stat is None or stat.identity != self._report_stat.identity:
            self._report, self._report_stat = last_report(self.plan, self._store), stat
            told = [each for each in self._report.get("failures", ()) if isinstance(each, dict)]
            self._reported = {str(each.get("unit")): each for each in told}
            self.version += 1
            for at, state in enumerate(self._states):
                if state != DONE:
                    self._judge(at)

    def _read_notes(self, pool: ThreadPoolExecutor) -> None:
        wanted = [at for at, (_, problem) in self._notes.items() if problem is None][:_MOST_READ]

        def read(at: int) -> dict[str, Any] | None:
            clip, unit = self._units[at]
            return read_note(str(clip.output_of(unit)), unit.unit, self._store)

        for at, problem in zip(wanted, pool.map(read, wanted), strict=True):
            if problem is not None:
                self._notes[at] = (self._notes[at][0], problem)
                self.version += 1

    def _read_briefs(self, pool: ThreadPoolExecutor) -> None:
        wanted, self._unread = self._unread[:_MOST_READ], self._unread[_MOST_READ:]

        def read(at: int) -> Brief | None:
            clip, unit = self._units[at]
            return read_brief(str(clip.output_of(unit)), unit.unit, self._store)

        for at, brief in zip(wanted, pool.map(read, wanted), strict=True):
            if brief is not None:
                self._briefs[at] = brief
                self.version += 1
                self._changed[self._index[self._units[at][0].index]] = self.version

    def _count_served(self) -> None:
        """Parts are gone when the movie that they were joined to stands."""
        if not self._joins:
            return
        standing = [u.unit for at, (_, u) in enumerate(self._units) if self._states[at] == DONE]
        for part in served_by(self.plan, standing):
            at = self._place[part]
            self._set(at, DONE)
            self._notes.pop(at, None)
            for places in self._open.values():
                places.discard(at)
        self._open = {shard: places for shard, places in self._open.items() if places}

    def summary(self, now: float) -> dict[str, Any]:
        """The job in numbers. `now` is in seconds since 1970, as the store's own times are."""
        with self._lock:
            cannot = sum(1 for clip in self.plan.clips if clip.problem is not None)
            total = len(self._units) + cannot
            done = self._states.count(DONE)
            failed = self._states.count(FAILED) + cannot
            began = self._report_stat.modified if self._report_stat else None
            at_work = self._running and done + failed < total
            run = self._speed(now, began) if at_work else Speed()
            told = self._told if at_work else None
            # Of quick units other ones are at work by now, and as many.
            sent = 0 if told is None else min(len(told.at_work), total - done - failed)
            return {
                "job": self.plan.job,
                "output": self.plan.output,
                "version": self.version,
                "units": total,
                "done": done,
                "failed": failed,
                "at_work": sent,
                "left": total - done - failed - sent,
                "clips": len(self.plan.clips),
                "frames": sum(unit.count for _, unit in self._units),
                "frames_done": sum(self._frames(at) for at in range(len(self._units))),
                "state": self._state(total, done, failed),
                "last": max((t for t in self._ended.values() if t is not None), default=None),
                "began": began,
                "wall_seconds": self._report.get("wall_seconds"),
                "retries": self._report.get("retries", 0),
                "seconds": self._report.get("seconds", {}),
                "frames_a_second": run.frames,
                "units_a_second": run.units,
                "eta_seconds": run.left,
                "told": None
                if told is None
                else {
                    "ready_at": told.ready_at,
                    "ready_by": told.ready_by,
                    "in_time": told.in_time,
                },
            }

    def _state(self, total: int, done: int, failed: int) -> str:
        if done == total:
            return "done"
        if done + failed == total:
            return "failed"
        # What a dispatcher that has gone left behind is called unfinished, not failed.
        told = self._report.get("state", "planned")
        return "unfinished" if told in ("failed", "done") else str(told)

    def _speed(self, now: float, began: float | None) -> Speed:
        ended = [
            (time, self._frames(at), self._weight(at))
            for at, time in self._ended.items()
            if time is not None
        ]
        left = sum(self._weight(at) for at, s in enumerate(self._states) if s in (WAITING, AT_WORK))
        return speed(ended, left, now, began)

    def _weight(self, at: int) -> float:
        unit = self._units[at][1]
        return unit.seconds or float(unit.count) or 1.0

    def _frames(self, at: int) -> int:
        if self._states[at] != DONE:
            return 0
        brief = self._briefs.get(at)
        return brief.frames.count if brief and brief.frames else self._units[at][1].count

    def rows(self, since: int = 0) -> list[dict[str, Any]]:
        """Clips that changed after a version, in the job's order."""
        with self._lock:
            wanted = [at for at, version in enumerate(self._changed) if version > since]
            if not wanted:
                return []
            first, starts = 0, []
            for clip in self.plan.clips:
                starts.append(first)
                first += len(clip.units)
            return [self._row(self.plan.clips[at], starts[at]) for at in wanted]

    def _row(self, clip: PlannedClip, start: int) -> dict[str, Any]:
        places = range(start, start + len(clip.units))
        found = [each for at in places if at in self._briefs for each in self._briefs[at].findings]
        return {
            **clip.described(),
            "units": len(clip.units),
            "states": "".join(self._states[start : start + len(clip.units)]),
            "frames": sum(self._frames(at) for at in places),
            "findings": sum(1 for each in found if each.get("severity") != "info"),
        }

    def failures(self) -> list[dict[str, Any]]:
        """What failed and has no receipt, in the job's order: (clip, unit, frames, problem)."""
        with self._lock:
            told = [
                _failure(clip, None, clip.problem)
                for clip in self.plan.clips
                if clip.problem is not None
            ]
            for at, (clip, unit) in enumerate(self._units):
                if self._states[at] == FAILED:
                    problem = self._reported.get(unit.unit, {}).get("problem")
                    told.append(_failure(clip, unit, problem or self._notes.get(at, ("", None))[1]))
            return told

    def findings(self) -> list[dict[str, Any]]:
        """What units found, with their clip: errors and warnings first."""
        with self._lock:
            found = [
                {**each, "clip": self._units[at][0].index, "name": self._units[at][0].name}
                for at in sorted(self._briefs)
                for each in self._briefs[at].findings
            ]
        order = {"error": 0, "warning": 1}
        return sorted(found, key=lambda each: order.get(str(each.get("severity")), 2))

    def clip(self, index: int) -> PlannedClip | None:
        """A planned clip by its index."""
        at = self._index.get(index)
        return None if at is None else self.plan.clips[at]

    def unit(self, name: str) -> tuple[PlannedClip, PlannedUnit, str] | None:
        """A planned unit with its clip and its state."""
        at = self._place.get(name)
        return None if at is None else (*self._units[at], self._states[at])


def _failure(
    clip: PlannedClip, unit: PlannedUnit | None, problem: dict[str, Any] | None
) -> dict[str, Any]:
    return {
        "clip": clip.index,
        "name": clip.name,
        "input": clip.input,
        "operation": clip.operation,
        "unit": None if unit is None else unit.unit,
        "frames": clip.frames if unit is None else unit.frames,
        "problem": problem or {"code": "", "detail": "the note cannot be read just now"},
    }
