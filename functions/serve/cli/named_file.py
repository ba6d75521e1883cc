"""`rushes transcode in.mov out.mov`: an output that is called as a movie is that file, and one that
is called as a still names stills."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from functions.contract.operation import Operation

_MOVIES = ("mov", "mp4", "mxf")
_STILLS = {
    "jpg": "jpeg", "jpeg": "jpeg", "png": "png", "tif": "tiff", "tiff": "tiff", "exr": "exr",
}  # fmt: skip


def with_named_file(
    operation: Operation, fields: Mapping[str, Any], output: str | None
) -> dict[str, Any]:
    """The request with a folder and a name where its output was typed as one movie.

    output : as typed; a folder that is there, or a slash at its end, is no file

    Raises click.UsageError where the request makes no such file.
    """
    said = dict(fields)
    path = Path(output or "")
    suffix = path.suffix.lower().lstrip(".")
    known = operation.request.__struct_fields__
    still = _STILLS.get(suffix) if "stills" in known else None
    named = suffix in _MOVIES or still is not None
    if output is None or not named or output.endswith("/") or path.is_dir():
        return said
    if still is not None:
        if said.setdefault("stills", still) != still:
            raise click.UsageError(f"{output} and --stills {said['stills']} are two formats.")
    else:
        if "container" in known:
            said.setdefault("container", suffix)
        ending = operation.ending(said) if operation.ending is not None else None
        if ending != suffix:
            makes = f"the file would be a .{ending}" if ending else f"{operation.name} makes files"
            raise click.UsageError(
                f"{output} is called as a movie, and {makes}: name a folder, with / at its end."
            )
    if said.get("name", path.stem) != path.stem:
        raise click.UsageError(f"{output} and --name {said['name']} are two names of one file.")
    folder, _, _ = str(said["output"]).rpartition("/")
    return {**said, "output": f"{folder}/", "name": path.stem}
