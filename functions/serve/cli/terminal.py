"""What the command line writes: names of strangers move no cursor and turn no line round."""

from __future__ import annotations

from pathlib import Path

import click

from functions.contract.uris import escaped


def echo(text: str, *, err: bool = False) -> None:
    """Write a text to standard output, or to standard error."""
    click.echo(escaped(text), err=err)


def write_file(path: Path, content: bytes) -> None:
    """Write a file that a person named. Raises click.UsageError where that is not possible."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}") from error
