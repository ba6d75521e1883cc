"""`rushes find`: what an index of footage answers, as a table or as JSON lines."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import click
import msgspec

from functions.contract.request import request_schema
from functions.footage.search import Question, Shelf, read_question
from functions.serve.cli import printing
from functions.serve.cli.bare_paths import file_uri
from functions.serve.cli.operation_command import option_of
from functions.serve.cli.terminal import echo
from functions.serve.run.settings import Settings

_HEAD = ("clip", "reel", "camera", "lens", "fps", "size", "timecode", "date", "seal", "")


def _option(name: str, schema: Mapping[str, Any]) -> click.Option:
    option = option_of(name, schema)
    if schema.get("type") != "boolean":
        return option
    return click.Option([f"--{name.replace('_', '-')}"], is_flag=True, help=schema["description"])


_ASKED: Mapping[str, Any] = request_schema(Question)["properties"]


@click.command(
    params=[
        click.Argument(["input"], metavar="INDEX", type=click.Path()),
        *(_option(name, schema) for name, schema in _ASKED.items() if name != "input"),
        click.Option(["--json", "as_json"], is_flag=True, help="a JSON object a clip and line"),
    ],
    help="Find clips in the INDEX that `rushes index` made: its folder, or its .sqlite file.",
)
def find(as_json: bool, **given: Any) -> None:
    from functions.storage import open_store

    settings = Settings.read(os.environ)
    asked = {name: value for name, value in given.items() if value is not None}
    question = read_question({**asked, "input": file_uri(given["input"])})
    answer = Shelf().find(question, open_store(settings.roots, settings.s3))
    clips = answer["clips"]
    if as_json:
        for clip in clips:
            echo(msgspec.json.encode(clip).decode())
    elif clips:
        echo(printing.table([_HEAD, *(_row(clip) for clip in clips)]))
    left = answer["found"] - len(clips)
    told = f"{answer['found']} clip{'s' if answer['found'] != 1 else ''}"
    echo(told + (f", {left} not shown: --limit" if left else ""), err=True)


def _row(clip: Mapping[str, Any]) -> tuple[str, ...]:
    camera = clip.get("camera") or {}
    make, model = (str(camera.get(key) or "") for key in ("make", "model"))
    label = "-".join(str(clip[key]) for key in ("start", "last") if clip.get(key))
    frames = f"{clip.get('count', 0)} frames"
    return (
        clip["name"],
        clip.get("reel") or "",
        str(camera.get("unique_model") or (model if make in model else f"{make} {model}")).strip(),
        str(camera.get("lens") or ""),
        clip.get("rate") or "",
        f"{clip['width']}x{clip['height']}" if clip.get("width") else "",
        label or frames,
        clip.get("date") or "",
        clip.get("seal", {}).get("state", "not-sealed"),
        clip.get("error") or clip.get("seal", {}).get("detail") or "",
    )
