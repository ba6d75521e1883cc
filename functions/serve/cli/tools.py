"""The commands that are no operation: serve, settings, openapi, and asking after jobs."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import click

from functions.contract import uris
from functions.serve.cli import printing
from functions.serve.cli.bare_paths import file_uri
from functions.serve.cli.operation_command import JOB_FAILED
from functions.serve.cli.terminal import echo
from functions.serve.run.catalog import Catalog
from functions.serve.run.settings import Settings, describe

if TYPE_CHECKING:
    from functions.contract.store import Store
    from functions.dispatch.control import State
    from functions.jobs.status import JobStatus

_as_json = click.option("--json", "as_json", is_flag=True, help="as JSON")


@click.command(help="Run the HTTP server of $FUNCTION (none = all) on $PORT, under gunicorn.")
@click.option("--function", metavar="OPERATION", help="serve this operation  [default: $FUNCTION]")
@click.option("--host", metavar="ADDRESS", help="address to listen at  [default: $RUSHES_HOST]")
@click.option(
    "--port",
    metavar="NUMBER",
    type=click.IntRange(0, 65535),
    help="0 is any free one  [default: $PORT]",
)
@click.option(
    "--workers",
    metavar="COUNT",
    type=click.IntRange(1, 256),
    help="processes  [default: $RUSHES_WORKERS]",
)
@click.pass_obj
def serve(
    catalog: Catalog,
    function: str | None,
    host: str | None,
    port: int | None,
    workers: int | None,
) -> None:
    from functions.serve.http.server import serve as serve_http

    typed = {"FUNCTION": function, "RUSHES_HOST": host, "PORT": port, "RUSHES_WORKERS": workers}
    given = {name: str(value) for name, value in typed.items() if value is not None}
    serve_http(Settings.read({**os.environ, **given}), catalog=catalog)


@click.command(help='Print what makes a shell complete words: eval "$(rushes completion bash)".')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    from click.shell_completion import get_completion_class

    made = get_completion_class(shell)
    assert made is not None
    # The words come from the command itself, which the shell asks by this variable.
    echo(made(click.Command("rushes"), {}, "rushes", "_RUSHES_COMPLETE").source())


@click.command(help="List every setting, its value and where that is from; secrets are masked.")
@_as_json
def settings(as_json: bool) -> None:
    shown = describe(os.environ)
    kernels = _kernels()
    if as_json:
        rows = {s.name: {"value": s.value, "from": s.source, "about": s.about} for s in shown}
        echo(printing.as_json({"settings": rows, "kernels": kernels}))
        return
    table = [("setting", "value", "from", "what for")]
    table += [(s.name, s.value, s.source, s.about) for s in shown]
    echo(printing.table(table))
    echo("\nkernels  " + ", ".join(f"{k} {v}" for k, v in kernels.items()))


@click.command(help="List every format of camera files: what is done with it, and by what.")
@_as_json
def formats(as_json: bool) -> None:
    from functions.media.plugins.installed import all_formats

    if as_json:
        echo(printing.as_json({"formats": all_formats()}))
        return
    table = [("format", "files", "is", "by", "held against", "note")]
    table += [(f.name, f.files, f.done, f.by, f.verified, f.note) for f in all_formats()]
    echo(printing.table(table))


@click.command(help="Print the OpenAPI 3.1 document of the functions.")
@click.pass_obj
def openapi(catalog: Catalog) -> None:
    from functions.serve.http.openapi import document

    function = Settings.read(os.environ).function
    names = (function,) if function else catalog.names()
    echo(printing.as_json(document(catalog, names, root=function)))


@click.command(help="Tell how far the jobs at JOB_OUTPUT are, from receipts only.")
@click.argument("job_output")
@_as_json
def status(job_output: str, as_json: bool) -> None:
    from functions.jobs.status import read_job

    _tell(read_job(_place(job_output), _store()), as_json)


def _control(name: str, state: State, about: str) -> click.Command:
    @click.command(name, help=about)
    @click.argument("job_output")
    @click.option("--job", metavar="NAME", help="the job of this name  [default: the last one]")
    def command(job_output: str, job: str | None) -> None:
        from functions.dispatch.control import say
        from functions.jobs.status import read_plans

        store = _store()
        for plan in read_plans(_place(job_output), store, job):
            say(plan.output, plan.job, state, store)
            echo(f"job {plan.job} at {plan.output}: {state}")

    return command


pause = _control(
    "pause", "paused", "Let the job at JOB_OUTPUT send nothing more; units at work go on."
)
resume = _control(
    "resume",
    "running",
    "Let the job at JOB_OUTPUT go on; one that was cancelled, when it is dispatched again.",
)
cancel = _control(
    "cancel", "cancelled", "End the dispatcher of the job at JOB_OUTPUT; what is done stays."
)


@click.command(help="Return when the jobs at JOB_OUTPUT are over: done, or failed.")
@click.argument("job_output")
@click.option("--job", metavar="NAME", help="only the job of this name")
@click.option(
    "--patience", metavar="SECONDS", type=float, help="give up after so long without progress"
)
@_as_json
def wait(job_output: str, job: str | None, patience: float | None, as_json: bool) -> None:
    from functions.jobs import status as jobs

    found = jobs.wait(_place(job_output), _store(), time.sleep, job=job, patience=patience)
    _tell(found, as_json)
    if not all(each.complete for each in found):
        raise SystemExit(JOB_FAILED)


def _tell(found: tuple[JobStatus, ...], as_json: bool) -> None:
    from functions.jobs.status import lines

    if as_json:
        echo(printing.as_json(found))
        return
    for each in found:
        for line in lines(each):
            echo(line)


def _place(text: str) -> str:
    return uris.canonical(file_uri(text), field="job_output")


def _store() -> Store:
    from functions.storage import open_store

    found = Settings.read(os.environ)
    return open_store(found.roots, found.s3)


def _kernels() -> dict[str, Any]:
    try:
        import kernels
    except ImportError as error:
        return {"mode": "none", "why": str(error)}
    return kernels.runtime()
