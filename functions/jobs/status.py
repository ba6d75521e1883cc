"""How far a job is, from plan and receipts in the storage alone: any machine can ask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from functions.contract import uris
from functions.contract.errors import DamagedSource, DeadlineExceeded, SourceNotFound
from functions.contract.receipt import Receipt, receipt_uri
from functions.contract.store import Store
from functions.jobs.dead_letters import dead_letters
from functions.jobs.failure_notes import Marks, failures, marks
from functions.jobs.failure_notes import look as look_for
from functions.jobs.pace import Pace, read_pace
from functions.jobs.plan import (
    JOBS_FOLDER,
    Cuts,
    Drawn,
    Plan,
    PlannedUnit,
    Standing,
    served,
    served_by,
    standing_of,
)
from functions.jobs.report import Ledger, Reported, failure_lines, letter_lines
from functions.storage.documents import find_document, read_document

_READERS = 16
_LOOK_FIRST = 0.5
_LOOK_LONGEST = 10.0


class ClipStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Units of one clip; `missing` names the frames (or units) without a receipt."""

    index: int
    operation: str
    name: str
    output: str | None
    units: int
    done: int
    missing: tuple[str, ...]
    problem: dict[str, Any] | None = None


class JobStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One job.

    total, done : units; a clip that could not be planned counts as one that is not done
    failures : what the last dispatch of the job reported, or a function noted beside its
        output, and is still without a receipt
    dead_letters : URIs of events that a broker gave up, of units without a receipt; where asked for
    pace : when it will be ready, as its dispatcher told last
    """

    job: str
    output: str
    total: int
    done: int
    frames: int
    frames_done: int
    clips: tuple[ClipStatus, ...]
    failures: tuple[dict[str, Any], ...] = ()
    pace: Pace | None = None
    dead_letters: tuple[str, ...] = ()

    @property
    def missing(self) -> int:
        """Units without a receipt."""
        return self.total - self.done

    @property
    def complete(self) -> bool:
        """Whether every unit's receipt stands."""
        return self.missing == 0

    @property
    def over(self) -> bool:
        """Whether nothing more will come by itself: all is done, or has failed."""
        return self.missing <= len(self.failures)


def plan_uri(output: str, job: str) -> str:
    """Where a job's plan stands."""
    return uris.join(output, JOBS_FOLDER, f"{job}.json")


def report_uri(output: str, job: str) -> str:
    """Where a job's last report stands."""
    return uris.join(output, JOBS_FOLDER, f"{job}.report.json")


def request_uri(output: str, job: str) -> str:
    """Where the request of `dispatch` stands that makes a job."""
    return uris.join(output, JOBS_FOLDER, f"{job}.request")


def current_uri(output: str) -> str:
    """Where the name of the job stands that was dispatched last at this output."""
    return uris.join(output, JOBS_FOLDER, "current")


def commit_request(plan: Plan, request: Mapping[str, Any], store: Store) -> None:
    """Keep the request that makes a job: whoever sends it again goes on with the job."""
    _keep(request_uri(plan.output, plan.job), msgspec.json.encode(request) + b"\n", store)


def commit_plan(plan: Plan, store: Store) -> None:
    """Make the plan visible before anything is sent, and the one of its output.

    A plan of the same job that stands with other units is of changed sources or of another
    version of the code: what it names will not be made any more.
    """
    _keep(plan_uri(plan.output, plan.job), plan.json(), store)
    if current_job(plan.output, store) != plan.job:
        store.put(current_uri(plan.output), f"{plan.job}\n".encode())


def _keep(uri: str, content: bytes, store: Store) -> None:
    if not store.put_if_absent(uri, content) and store.read(uri) != content:
        store.put(uri, content)


def read_request(output: str, job: str, store: Store) -> dict[str, Any]:
    """The request that dispatched a job. Raises SourceNotFound where none is kept,
    DamagedSource where it is none."""
    return read_document(store, request_uri(output, job), dict[str, Any])


def current_job(output: str, store: Store) -> str | None:
    """The job that was dispatched last at an output; None where none is named."""
    try:
        return store.read(current_uri(output)).decode("ascii", "replace").strip()
    except SourceNotFound:
        return None


def commit_report(report: dict[str, Any], store: Store, *, keep: bool) -> None:
    """Leave the report; `keep` a standing one when there was nothing to do."""
    content = msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n"
    uri = report_uri(report["output"], report["job"])
    if keep:
        store.put_if_absent(uri, content)
    else:
        store.put(uri, content)


def read_cuts(output: str, job: str, store: Store) -> tuple[Cuts | None, Cuts | None]:
    """How the plan of a job is cut that stands, and the plan that it supersedes at this output;
    None where there is none that can be read."""
    before = current_job(output, store)
    superseded = _cuts(plan_uri(output, before), store) if before not in (None, job) else None
    return _cuts(plan_uri(output, job), store), superseded


def _cuts(uri: str, store: Store) -> Cuts | None:
    return find_document(store, uri, Cuts)


def read_plans(output: str, store: Store, job: str | None = None) -> tuple[Plan, ...]:
    """The plan of this output: of the job that was dispatched last, or of a job by its name.

    A newer plan supersedes those before it: what they left undone nobody waits for. Several come
    only of outputs where none is named as the last.

    Raises SourceNotFound if there is none, DamagedSource for what is none.
    """
    folder = uris.folder(uris.join(output, JOBS_FOLDER))
    names = [
        stat.uri
        for stat in store.list(folder)
        if stat.uri.endswith(".json") and not stat.uri.endswith(".report.json")
    ]
    chosen = job or current_job(output, store)
    if chosen is not None and plan_uri(output, chosen) in names:
        names = [plan_uri(output, chosen)]
    elif job is not None:
        raise SourceNotFound(f"no job {job} stands at {output}", uri=output)
    if not names:
        raise SourceNotFound(f"no job stands at {output}", uri=output)
    return tuple(_plan(uri, store) for uri in names)


def read_job(output: str, store: Store, job: str | None = None) -> tuple[JobStatus, ...]:
    """The job at this output, as `read_plans`. Raises SourceNotFound if there is none."""
    return tuple(_with_letters(plan, store) for plan in read_plans(output, store, job))


def _with_letters(plan: Plan, store: Store) -> JobStatus:
    found = _marks_of(plan, store)
    letters = _letters(plan, found.receipts, store)
    return msgspec.structs.replace(status_of(plan, store, found), dead_letters=letters)


def _letters(plan: Plan, receipts: frozenset[str], store: Store) -> tuple[str, ...]:
    """The job's own letters and those of its units: of folders where something is missing."""
    places = {output for output, unit in plan.places() if unit not in receipts}
    return dead_letters({plan.output, *places}, receipts, store)


def status_of(plan: Plan, store: Store, found: Marks | None = None) -> JobStatus:
    """One job's status: a listing for each folder that its units write to.

    found : what stands, where it is known
    """
    found = found or _marks_of(plan, store)
    standing = found.receipts
    clips = []
    frames = frames_done = 0
    for clip in plan.clips:
        missing = tuple(_label(u) for u in clip.units if u.unit not in standing)
        frames += sum(u.count for u in clip.units)
        frames_done += sum(u.count for u in clip.units if u.unit in standing)
        clips.append(
            ClipStatus(
                index=clip.index,
                operation=clip.operation,
                name=clip.name,
                output=clip.output,
                units=len(clip.units) or int(clip.problem is not None),
                done=len(clip.units) - len(missing),
                missing=missing,
                problem=clip.problem,
            )
        )
    last = last_report(plan, store)
    return JobStatus(
        job=plan.job,
        output=plan.output,
        total=sum(c.units for c in clips),
        done=sum(c.done for c in clips),
        frames=frames,
        frames_done=frames_done,
        clips=tuple(clips),
        failures=tuple(failures(plan, found, last.get("failures", ()), store)),
        pace=read_pace(plan.output, plan.job, store),
    )


def wait(
    output: str,
    store: Store,
    pause: Callable[[float], None],
    *,
    job: str | None = None,
    patience: float | None = None,
    told: Callable[[JobStatus], None] = lambda status: None,
) -> tuple[JobStatus, ...]:
    """Return when the job at this output, or the one named, is over: done, or failed.

    Parameters
    ----------
    pause : sleeps; may raise to stop.
    patience : seconds without any progress after which DeadlineExceeded is raised; None
        waits for ever.
    told : called with each status that was read.
    """
    known = [(plan, _marks_of(plan, store)) for plan in read_plans(output, store, job)]
    before, idle, look = -1, 0.0, _LOOK_FIRST
    while True:
        statuses = tuple(status_of(plan, store, found) for plan, found in known)
        for status in statuses:
            told(status)
        if all(status.over for status in statuses):
            return statuses
        done = sum(status.done for status in statuses)
        if done != before:
            before, idle, look = done, 0.0, _LOOK_FIRST
        if patience is not None and idle >= patience:
            total = sum(status.total for status in statuses)
            raise DeadlineExceeded(
                f"{done} of {total} units done, and none came in {idle:g} seconds", uri=output
            )
        pause(look)
        idle += look
        look = min(look * 1.5, _LOOK_LONGEST)
        known = [(plan, _marks_since(plan, found, store)) for plan, found in known]


def report_of(plan: Plan, store: Store) -> dict[str, Any]:
    """The job report, summed up anew from the receipts that stand.

    What only a dispatcher knows (wall seconds, retries, failures) is the last one's word.
    """
    wanted = [(receipt_uri(output, unit), unit) for output, unit in plan.places()]
    found = _marks_of(plan, store)
    with ThreadPoolExecutor(_READERS) as pool:
        read = pool.map(
            lambda one: (one[1], _standing_at(one[0], store)),
            [w for w in wanted if w[1] in found.receipts],
        )
        standing = {unit: made for unit, made in read if made is not None}
    units = {unit.unit: unit for clip in plan.clips for unit in clip.units}
    for part in served_by(plan, standing):
        standing[part] = served(units[part])
    fresh = Ledger(Drawn(plan=plan, standing=standing)).report(0.0)
    last = last_report(plan, store)
    seen = Marks(frozenset(standing), found.notes)
    failed = failures(plan, seen, last.get("failures", ()), store)
    now = int(last.get("done", 0))
    dispatchers = (
        *("retries", "wall_seconds", "frames_made", "frames_per_second"),
        *("ready_by", "in_time"),
    )
    known: dict[str, Any] = {name: last[name] for name in dispatchers if name in last}
    stands = len(standing)
    of_clip = Counter(failure["clip"] for failure in failed)
    missing = fresh["units"] - stands - len(failed)
    state = "done" if stands == fresh["units"] else "running" if missing else "failed"
    return {
        **fresh,
        **known,
        "state": state,
        "done": min(now, stands),
        "reused": stands - min(now, stands),
        "failed": len(failed),
        "missing": missing,
        "clips": [{**row, "failed": of_clip[row["clip"]]} for row in fresh["clips"]],
        "failures": failed,
        "dead_letters": list(_letters(plan, seen.receipts, store)),
    }


def lines(status: JobStatus) -> Iterable[str]:
    """The status for a terminal: one line of sums, a line for each clip that is not done."""
    state = "complete" if status.complete else f"{status.missing} missing"
    # Of operations that choose their frames themselves (plates) a plan knows no number.
    frames = f"{status.frames_done} of {status.frames} frames, " if status.frames else ""
    yield (
        f"job {status.job} at {status.output}: {status.done} of {status.total} units, "
        f"{frames}{state}"
    )
    if status.pace is not None and not status.over and (words := status.pace.words()):
        yield f"  {words}"
    for clip in status.clips:
        if clip.problem is not None:
            yield f"  {clip.name}: failed: {clip.problem['code']}: {clip.problem['detail']}"
        elif clip.missing:
            some = ", ".join(clip.missing[:4]) + (", ..." if len(clip.missing) > 4 else "")
            yield f"  {clip.name}: {clip.done}/{clip.units} units, missing {some}"
    yield from failure_lines(f for f in status.failures if f.get("unit") is not None)
    yield from letter_lines(status.dead_letters)


def _label(unit: PlannedUnit) -> str:
    if unit.operation is not None:
        return f"{unit.operation} {unit.frames or unit.unit}"
    return unit.frames or unit.unit


def _marks_of(plan: Plan, store: Store) -> Marks:
    """Units of the plan whose receipts stand or whose parts have served, and noted failures."""
    found = marks(plan.places(), store)
    served = served_by(plan, found.receipts).keys()
    return msgspec.structs.replace(found, receipts=found.receipts | served)


def _marks_since(plan: Plan, before: Marks, store: Store) -> Marks:
    """The same a while later: only what was missing is looked for."""
    places = plan.places()
    crowds = Counter(output for output, _ in places)
    news = look_for([place for place in places if place[1] not in before.receipts], store, crowds)
    receipts = before.receipts | news.receipts
    return Marks(receipts | served_by(plan, receipts).keys(), news.notes)


def _standing_at(uri: str, store: Store) -> Standing | None:
    receipt = find_document(store, uri, Receipt)
    return None if receipt is None else standing_of(receipt)


def last_report(plan: Plan, store: Store) -> dict[str, Any]:
    """What the last dispatcher of a job reported; empty where none has, or it does not read."""
    found = find_document(store, report_uri(plan.output, plan.job), dict[str, Any])
    try:
        msgspec.convert(found, Reported | None)
    except msgspec.ValidationError:
        return {}
    return found or {}


def _plan(uri: str, store: Store) -> Plan:
    try:
        return read_document(store, uri, Plan)
    except DamagedSource as error:
        raise DamagedSource(f"no plan of a job: {error.detail}", uri=uri) from error
