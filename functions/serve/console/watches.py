"""The jobs that somebody looks at: found below the places of this console, watched while asked."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from functions.contract import uris
from functions.contract.errors import RushesError, SourceNotFound
from functions.contract.store import Store
from functions.dispatch.control import control_uri, read_control
from functions.jobs.plan import Plan
from functions.jobs.status import current_job, plan_uri, read_plans, request_uri
from functions.jobs.watch import Watch

_MOST_WATCHED = 64
_MOST_FOLDERS, _DEEP = 400, 3
_FIND_SECONDS = 15.0
_OVER = ("done", "failed")


class Watched:
    """One job, with when it was looked at last.

    identity : of the plan that it was made of
    eyes : a name of its own, for marks: versions of another watch are not this one's
    """

    def __init__(self, plan: Plan, identity: str, store: Store) -> None:
        self.watch = Watch(plan, store)
        self.identity, self.eyes = identity, secrets.token_hex(6)
        self.control = "running"
        self._store = store
        self._lock = threading.Lock()
        self._due = 0.0
        # Listings of objects cost money.
        self._least = 1.0 if plan.output.startswith("file://") else 3.0
        try:
            store.stat(request_uri(plan.output, plan.job))
            self.can_retry = True
        except RushesError:
            self.can_retry = False

    def look(self) -> None:
        """Look again, where the last look is old enough. One thread looks, others go on."""
        if time.monotonic() < self._due or not self._lock.acquire(blocking=self._due == 0.0):
            return
        try:
            began = time.monotonic()
            if began < self._due:
                return
            self.watch.look(time.time())
            plan = self.watch.plan
            self.control = read_control(control_uri(plan.output, plan.job), self._store)
            ended = time.monotonic()
            pause = max(self._least, 4 * (ended - began))
            self._due = ended + (pause if self.watch.has_seen_all else 0.0)
        finally:
            self._lock.release()

    def at_once(self) -> None:
        """Let the next look be now: something was said."""
        self._due = 0.0

    def summary(self) -> dict[str, Any]:
        """The job in numbers, with what a person said of it."""
        told = self.watch.summary(time.time())
        if self.control != "running" and told["state"] not in _OVER:
            told["state"] = self.control
        return {**told, "can_retry": self.can_retry}


class Watches:
    """Watched jobs by output; the one that nobody asked for longest goes."""

    def __init__(self, store: Store, places: Iterable[str]) -> None:
        self._store, self.places = store, tuple(places)
        self._lock = threading.Lock()
        self._watched: OrderedDict[tuple[str, str], Watched] = OrderedDict()
        self._found: tuple[float, list[str]] = (0.0, [])

    def get(self, output: str, job: str | None = None) -> Watched:
        """The job at an output: the last one, or the one named, with its plan as it is now.

        Raises SourceNotFound where there is none.
        """
        output = uris.folder(uris.canonical(output, field="output"))
        name = job or current_job(output, self._store)
        if name is None:
            name = read_plans(output, self._store)[-1].job
        try:
            identity = self._store.stat(plan_uri(output, name)).identity
        except SourceNotFound:
            raise SourceNotFound(f"no job stands at {output}", uri=output) from None
        with self._lock:
            known = self._watched.get((output, name))
            if known is not None and known.identity == identity:
                self._watched.move_to_end((output, name))
                return known
        (plan, *_) = read_plans(output, self._store, name)
        fresh = Watched(plan, identity, self._store)
        with self._lock:
            self._watched[output, name] = fresh
            while len(self._watched) > _MOST_WATCHED:
                self._watched.popitem(last=False)
        return fresh

    def found(self) -> list[str]:
        """Outputs of jobs at and below the places, a few folders deep, looked for now and then."""
        until, known = self._found
        if time.monotonic() >= until:
            known = list(self._search())
            self._found = (time.monotonic() + _FIND_SECONDS, known)
        return known

    def _search(self) -> Iterable[str]:
        level, looked = list(self.places), 0
        for _ in range(_DEEP):
            below: list[str] = []
            for folder in level:
                looked += 1
                if looked > _MOST_FOLDERS:
                    return
                try:
                    if current_job(folder, self._store) is not None:
                        yield folder
                        continue
                    below += [f for f in self._store.folders(folder) if not _hidden(f)]
                except RushesError:
                    continue  # one folder that may not be read hides no others
            level = below


def _hidden(folder: str) -> bool:
    return uris.basename(folder).startswith(".")
