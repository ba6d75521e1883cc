"""One report of one job."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from typing import Any

import msgspec
import xxhash

from functions.contract.errors import InvalidRequest, SourceNotFound
from functions.contract.operation import Result, Work
from functions.contract.store import Stat
from functions.jobs.failure_notes import marked_files
from functions.jobs.plan import Plan
from functions.jobs.status import plan_uri, read_plans, report_of, report_uri
from functions.report.request import ReportRequest


class ReportUnit:
    """A job's plan, read once."""

    def __init__(self, request: ReportRequest, work: Work) -> None:
        self.request, self.work = request, work

    @cached_property
    def _plan(self) -> Plan:
        plans = read_plans(self.request.input, self.work.store, self.request.job)
        if len(plans) != 1:
            names = ", ".join(plan.job for plan in plans)
            raise InvalidRequest(
                f"a report is of one job, and there are {names}: name one", field="job"
            )
        return plans[0]

    @cached_property
    def _marked(self) -> tuple[Stat, ...]:
        return marked_files(self._plan.places(), self.work.store)

    def sources(self) -> tuple[Stat, ...]:
        """The plan, the dispatcher's last report, and one stat for all receipts and notes."""
        plan, store = self._plan, self.work.store
        digest = xxhash.xxh64()
        for stat in self._marked:
            digest.update(f"{stat.uri}\0{stat.bytes}\0{stat.identity}\n".encode("utf-8", "replace"))
        standing = Stat(plan.output, 0, f"{len(self._marked)} files {digest.hexdigest()}")
        found = [store.stat(plan_uri(plan.output, plan.job)), standing]
        with suppress(SourceNotFound):
            found.append(store.stat(report_uri(plan.output, plan.job)))
        return tuple(found)

    def explain(self) -> dict[str, Any]:
        """Which job it would be of, and what files would be written."""
        plan = self._plan
        kinds = ["json", *(["html"] if self.request.html else [])]
        files = [f"{plan.job}.report.{kind}" for kind in kinds]
        return {
            "job": plan.job,
            "clips": len(plan.clips),
            "units": sum(len(clip.units) for clip in plan.clips),
            "files": [] if self.request.output is None else files,
        }

    def run(self) -> Result:
        """The job report, and its files where there is an output.

        A job with failed units is no failure of its report: `failed` and `state` say it.
        """
        plan, work = self._plan, self.work
        report = report_of(plan, work.store)
        if self.request.output is not None:
            content = msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n"
            work.commit(f"{plan.job}.report.json", content)
        if self.request.html:
            from functions.report.pages import report_page

            work.commit(f"{plan.job}.report.html", report_page(plan, report, work))
        return Result(report=report)

    def close(self) -> None:
        """Nothing stays open."""
