"""`rushes report`: a job's numbers in the terminal, its page as a file, or the operation itself."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from functions.contract import uris
from functions.contract.errors import InvalidRequest
from functions.serve.cli import printing
from functions.serve.cli.bare_paths import file_uri
from functions.serve.cli.operation_command import JOB_FAILED, operation_command
from functions.serve.cli.terminal import echo, write_file
from functions.serve.run.catalog import Catalog

if TYPE_CHECKING:
    from functions.jobs.plan import Plan
    from functions.serve.run.settings import Settings

_NAME = "report"
_INTO_OUTPUT = ""


def report(catalog: Catalog) -> click.Command:
    """`rushes report JOB-OUTPUT [OUTPUT]`: with OUTPUT it is the operation, which leaves files
    there; without it the jobs are summed up here, and `--html FILE` is the page alone."""
    command = operation_command(catalog, _NAME)
    ask = command.callback
    assert ask is not None

    def body(html: str | None, **given: Any) -> None:
        plain = not any(given[name] for name in ("output", "request_file", "to", "explain"))
        if plain and html == _INTO_OUTPUT:
            raise click.UsageError("--html needs a FILE, or an OUTPUT that the page goes into.")
        if not plain and html:
            raise click.UsageError("--html takes no FILE here: the page goes into OUTPUT.")
        if not plain:
            ask(html=None if html is None else True, **given)
            return
        if given["input"] is None:
            raise click.UsageError("Missing argument 'INPUT'.")
        _sum_up(given["input"], given["job"], html, given["as_json"])

    page = click.Option(
        ["--html"],
        is_flag=False,
        flag_value=_INTO_OUTPUT,
        type=click.Path(dir_okay=False),
        help="write a page that shows frames of each clip: into FILE, or into OUTPUT",
    )
    page.metavar = "FILE"
    command.params = [page if each.name == "html" else each for each in command.params]
    command.callback = body
    return command


def _sum_up(place: str, job: str | None, html: str | None, as_json: bool) -> None:
    """What became of the jobs at a place, which may be several."""
    from functions.jobs.report import lines
    from functions.jobs.status import read_plans, report_of
    from functions.serve.run.settings import Settings
    from functions.storage import open_store

    settings = Settings.read(os.environ)
    store = open_store(settings.roots, settings.s3)
    plans = read_plans(uris.canonical(file_uri(place), field="input"), store, job)
    if html is not None and len(plans) != 1:
        names = ", ".join(plan.job for plan in plans)
        raise InvalidRequest(f"a page is of one job, and there are {names}: name one by --job")
    reports = [report_of(plan, store) for plan in plans]
    if html is not None:
        write_file(Path(html), _page(plans[0], reports[0], settings))
    if as_json:
        echo(printing.as_json(reports))
    for each in () if as_json else reports:
        echo("\n".join(lines(each)))
    if any(each.get("failed") for each in reports):
        raise SystemExit(JOB_FAILED)


def _page(plan: Plan, found: Mapping[str, Any], settings: Settings) -> bytes:
    from functions.report.pages import report_page
    from functions.serve.run.scratch import scratch_folder
    from functions.serve.run.work import UnitWork
    from functions.storage import open_store

    store = open_store(settings.roots, settings.s3, settings.scratch)
    work = UnitWork(
        store=store, outputs_store=store, limits=settings.limits, threads=settings.threads
    )
    with scratch_folder(settings.scratch) as scratch:
        work.begin(scratch)
        return report_page(plan, found, work)
