"""`rushes console`: jobs below some folders as pages, in a process of its own."""

from __future__ import annotations

import os
import secrets
from contextlib import ExitStack

import click
import msgspec

from functions.contract import uris
from functions.serve.cli.bare_paths import file_uri
from functions.serve.run.catalog import Catalog
from functions.serve.run.settings import Settings

PORT = 8090
_STREAMS, _PICTURES = 16, 2


@click.command(
    help="Show the jobs at and below each PLACE in a browser: folders or prefixes, the current "
    "folder where none is said. All is read from plans, receipts and notes there."
)
@click.argument("places", metavar="[PLACE]...", nargs=-1)
@click.option(
    "--port",
    metavar="NUMBER",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="0 is any free one",
)
@click.option("--host", metavar="ADDRESS", help="address to listen at  [default: 127.0.0.1]")
@click.pass_obj
def console(catalog: Catalog, places: tuple[str, ...], port: int, host: str | None) -> None:
    from functions.serve.console.options import ConsoleOptions
    from functions.serve.http.server import serve
    from functions.serve.run.scratch import LOCAL, scratch_folder

    settings = Settings.read(os.environ)
    settings = msgspec.structs.replace(
        settings, function=None, host=host or "127.0.0.1", port=port, workers=1, log="text"
    )
    standard = ("./",) if settings.open_to_all_storage else settings.roots
    with ExitStack() as stack:
        link = ""
        if settings.token_file is None:
            # Other people of this machine can reach the port too.
            folder = stack.enter_context(scratch_folder(settings.scratch, LOCAL))
            link = f"#token={secrets.token_urlsafe(24)}"
            file = folder / "token"
            file.touch(mode=0o600)
            file.write_text(link.removeprefix("#token="))
            settings = msgspec.structs.replace(settings, token_file=file)
        options = ConsoleOptions(
            places=tuple(_place(place) for place in places or standard),
            streams=_STREAMS,
            pictures=_PICTURES,
            more_threads=_STREAMS,
            link=link,
        )
        serve(settings, catalog=catalog, console=options)


def _place(text: str) -> str:
    return uris.folder(uris.canonical(file_uri(text), field="place"))
