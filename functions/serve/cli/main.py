"""The command line: `rushes <operation> INPUT OUTPUT --option value`, and the tools around.

A command is imported when it is chosen: help and usage errors cost no library that works
on pictures, and no web server.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import click
from click.exceptions import NoArgsIsHelpError

from functions.contract.errors import InternalError, RushesError
from functions.contract.version import VERSION
from functions.serve.cli.terminal import echo
from functions.serve.cli.usage import misspelt, one_sentence
from functions.serve.run.catalog import Catalog

_TOOLS: Mapping[str, str] = {
    "explain": "what an operation would do, from headers only",
    "serve": "run the HTTP server of $FUNCTION (none = all) on $PORT",
    "console": "jobs, clips, failures and plans in a browser",
    "find": "clips in an index of footage, by reel, scene, camera, timecode, seal",
    "status": "how far a job is, from its receipts",
    "wait": "return when a job is over",
    "pause": "let a job send nothing more for now",
    "resume": "let a paused or cancelled job go on",
    "cancel": "end a job's dispatcher; what is done stays",
    "settings": "every setting, its value and where that is from",
    "formats": "every format of camera files, and what is done with it",
    "completion": "what makes a shell complete words: bash, zsh or fish",
    "openapi": "the OpenAPI document of the functions",
}
# Operations whose command is more than their request: modules beside this one.
_FACES = ("pull", "report")
# Tools with a module of their own.
_OWN = ("console", "find")
INTERRUPTED = 130
_USAGE = 2


class Operations(click.Group):
    """One command for each operation of the catalog."""

    def __init__(self, catalog: Catalog, **attrs: Any) -> None:
        super().__init__(**attrs)
        self.catalog = catalog

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.catalog.names())

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            misspelt(error, args[0], self.list_commands(ctx), ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Operations"):
            formatter.write_dl([(n, self.catalog.summary(n)) for n in self.catalog.names()])


class Rushes(Operations):
    """Operations of the catalog, then tools."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), *_TOOLS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in self.catalog:
            if cmd_name in _FACES:
                return _maker_in(cmd_name, cmd_name)(self.catalog)
            return _maker_in("operation_command")(self.catalog, cmd_name)
        if cmd_name == "explain":
            about, metavar = _TOOLS[cmd_name], "OPERATION ..."
            return Explain(self.catalog, name=cmd_name, help=about, subcommand_metavar=metavar)
        if cmd_name in _TOOLS:
            module = import_module(f"{__package__}.{cmd_name if cmd_name in _OWN else 'tools'}")
            tool: click.Command = getattr(module, cmd_name)
            return tool
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_commands(ctx, formatter)
        with formatter.section("Tools"):
            formatter.write_dl(list(_TOOLS.items()))


class Explain(Operations):
    """`rushes explain OPERATION ...` takes what the operation itself takes."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.catalog:
            return None
        return _maker_in("operation_command")(self.catalog, cmd_name, only_explain=True)


def make_cli(catalog: Catalog | None = None) -> click.Group:
    """The command line of a catalog."""
    catalog = catalog or Catalog()
    group = Rushes(
        catalog,
        name="rushes",
        help="Serverless functions for camera files: raw clip in, ACES frames out.",
        epilog="Exit codes: 2 usage, 3 a job with failed units, 10-16 errors that a retry "
        "does not cure, 20-22 errors that it may.",
        context_settings={
            "help_option_names": ["-h", "--help"],
            "max_content_width": 100,
            "obj": catalog,  # of the tools that ask for it
        },
        no_args_is_help=True,
    )
    return click.version_option(VERSION, prog_name="rushes")(group)


def main(args: list[str] | None = None, catalog: Catalog | None = None) -> None:
    """Entry point of the command `rushes`."""
    arguments = sys.argv[1:] if args is None else args
    sys.exit(run_cli(arguments, catalog))


def run_cli(arguments: list[str], catalog: Catalog | None = None) -> int:
    """Run and return the exit code: no traceback reaches a person."""
    try:
        result = make_cli(catalog).main(arguments, prog_name="rushes", standalone_mode=False)
        sys.stdout.flush()
    except NoArgsIsHelpError as error:
        error.show()
        return _USAGE
    except click.UsageError as error:
        echo(one_sentence(error), err=True)
        return _USAGE
    except click.ClickException as error:
        echo(f"rushes: {error.format_message()}", err=True)
        return _USAGE
    except (click.Abort, KeyboardInterrupt):
        echo("rushes: interrupted", err=True)
        return INTERRUPTED
    except RushesError as error:
        return _complain(error, "--json" in arguments)
    except BrokenPipeError:
        # The reader has gone (`rushes ... | head`); Python must not try to flush again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    return result if isinstance(result, int) else 0


def _complain(error: RushesError, as_json: bool) -> int:
    from functions.serve.cli import printing

    echo(f"rushes: {error.detail}", err=True)
    if as_json:
        echo(printing.as_json(error.problem()))
    if isinstance(error, InternalError) and error.__cause__ is not None:
        import traceback

        last = traceback.extract_tb(error.__cause__.__traceback__)[-1:]
        for frame in last:
            echo(f"rushes: at {frame.name}, line {frame.lineno} of {frame.filename}", err=True)
    return error.exit_code


def _maker_in(module: str, name: str = "operation_command") -> Callable[..., click.Command]:
    """What makes a command of a catalog, from a module beside this one."""
    maker: Callable[..., click.Command] = getattr(import_module(f"{__package__}.{module}"), name)
    return maker


if __name__ == "__main__":
    main()
