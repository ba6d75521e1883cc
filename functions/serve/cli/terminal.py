"""What the command line writes: names of strangers move no cursor and turn no line round."""

from __future__ import annotations

import click

from functions.contract.uris import escaped


def echo(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Write a text to standard output, or to standard error."""
    click.echo(escaped(text), err=err, nl=nl)
