"""`rushes pull`: a turnover becomes a job of plates, and a timeline of them beside it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import click

from functions.contract.errors import InvalidRequest, SourceNotFound
from functions.contract.receipt import Receipt
from functions.contract.request import request_schema
from functions.serve.cli import printing
from functions.serve.cli.operation_command import ask, fields_of, operation_command, option_of
from functions.serve.cli.terminal import echo, write_file
from functions.serve.run.catalog import Catalog

_NAME = "pull"
# Said in another way here, or not at all: a pull of one's own leaves its files where one stands.
_OWN = ("input", "output", "overwrite", "strict", "files")
_SHOWN = 6
# Ranges that click tells as wrong usage, before anything is read.
_RANGES = {"handles": click.IntRange(0, 10_000), "step": click.IntRange(1, 1000),
           "start": click.IntRange(0, 9_999_999)}  # fmt: skip


def pull(catalog: Catalog) -> click.Command:
    """`rushes pull TIMELINE --media FOLDER --output FOLDER`."""
    command = operation_command(catalog, _NAME)
    properties: dict[str, Any] = request_schema(catalog.load(_NAME).request)["properties"]
    for param in command.params:
        param.type = _RANGES.get(str(param.name), param.type)
    command.params = [
        click.Argument(["input"], metavar="TIMELINE", required=False),
        click.Argument(["place"], metavar="[OUTPUT]", required=False),
        option_of("output", properties["output"]),
        *(param for param in command.params if param.name not in _OWN),
        click.Option(["--strict"], is_flag=True, help="end with 13 when an event is not pulled"),
        click.Option(
            ["--job", "target"], metavar="FILE", help="file for the job, - for standard output"
        ),
    ]

    def body(
        place: str | None,
        strict: bool,
        target: str | None,
        request_file: str | None,
        to: str | None,
        token_file: str | None,
        as_json: bool,
        **given: Any,
    ) -> None:
        given["output"] = given["output"] or place
        asked, event = fields_of(catalog, _NAME, request_file, given)
        for name, said in (("input", "argument 'TIMELINE'"), ("media", "option '--media'"),
                           ("output", "option '--output'")):  # fmt: skip
            if name not in asked:
                raise click.UsageError(f"Missing {said}.")
        if asked.get("operation", properties["operation"]["default"]) not in catalog:
            raise InvalidRequest(f"there is no operation {asked['operation']!r}", field="operation")
        if request_file is None:
            # A person gets the files where they stand; a request says where it wants them.
            asked["files"] = False
        try:
            answer = ask(catalog, _NAME, asked, to, token_file, event)
        except SourceNotFound as error:
            # What became of each event is told before the sentence that ends it.
            if isinstance(error.facts.get("report"), Mapping):
                _say(error.facts["report"], error.facts["report"].get("assumed") or {})
            raise
        found = (answer.report or {}) if isinstance(answer, Receipt) else answer
        _say(found, answer.assumed if isinstance(answer, Receipt) else found.get("assumed") or {})
        if as_json:
            echo(printing.as_json(answer))
        if asked.get("files") is False and not asked.get("explain"):
            _write(found, target, asked)
        missing = found["counts"]["not_matched"] + found["counts"]["not_possible"]
        if missing and strict:
            raise SourceNotFound(found["summary"])

    command.callback = body
    command.help = (
        "Read TIMELINE (.edl, .otio, .otioz, .fcpxml, .xml of Final Cut Pro 7, .aaf, .ale, "
        ".csv), match its events to the clips below --media, and write the job that "
        "`rushes dispatch` runs, with a timeline of its plates beside it."
    )
    return command


def _write(found: Mapping[str, Any], target: str | None, fields: Mapping[str, Any]) -> None:
    """The job and its timeline as files."""
    if not found["counts"]["pulled"]:
        return
    job = printing.as_json(found["job"]) + "\n"
    if target == "-":
        sys.stdout.write(job)
        return
    where = Path(target or f"{PurePosixPath(str(fields['input']).rstrip('/')).stem}.job.json")
    write_file(where, job.encode())
    echo(f"job of {found['counts']['pulled']} clips: {where}", err=True)
    if found.get("timeline"):
        name = where.name.removesuffix(".json").removesuffix(".job")
        beside = where.with_name(f"{name}.plates.otio")
        write_file(beside, f"{printing.as_json(found['timeline'])}\n".encode())
        echo(f"timeline of its plates: {beside}", err=True)


def _say(found: Mapping[str, Any], assumed: Mapping[str, Any]) -> None:
    """What was found and what was not, on standard error: the job may go to the other."""
    echo(f"{found['title']}: {found['summary']}", err=True)
    for name, value in assumed.items():
        echo(f"assumed {name}: {value}", err=True)
    for note in found["notes"]:
        echo(f"note: {note}", err=True)
    rows = [("event", "shot", "clip", "frames", "handles", "speed", "notes")]
    for each in found["pulled"]:
        speed = "" if each["speed"] == 1 else f"{each['speed']:.4g}"
        handles = "+".join(str(side) for side in each["handles"])
        notes = "; ".join(each["notes"])
        rows.append((each["event"], each["name"], each["clip"], each["frames"], handles, speed,
                     notes))  # fmt: skip
    if len(rows) > 1:
        echo(printing.table(rows), err=True)
    for each in found["not_pulled"]:
        echo(f"not pulled: {each['name']}: {each['why']}", err=True)
    if untagged := found["untagged"]:
        names = ", ".join(each["clip"] for each in untagged[:_SHOWN])
        more = f" and {len(untagged) - _SHOWN} more" if len(untagged) > _SHOWN else ""
        echo(f"colour not known, say --source or --amf: {names}{more}: "
                   f"{untagged[0]['why']}", err=True)  # fmt: skip
    for each in found["skipped"]:
        echo(f"not indexed: {each['uri']}: {each['why']}", err=True)
