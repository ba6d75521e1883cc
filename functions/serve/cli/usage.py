"""What the command line says of an operation: options in sections, their units, an example."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

import click

METAVARS: Mapping[str, str] = {
    "amf": "FILE",
    "attempts": "COUNT",
    "audio_rate": "HZ",
    "burn_in": "WORDS",
    "canvas": "NAME",
    "channels": "LIST",
    "codec": "CODEC",
    "config": "FILE",
    "context": "NAME",
    "date": "DATE",
    "decision": "NAME",
    "fdl": "FILE",
    "frames": "RANGE",
    "handles": "FRAMES",
    "height": "PIXELS",
    "in_flight": "COUNT",
    "leader": "FRAMES",
    "look_space": "SPACE",
    "looks": "FILE",
    "name": "NAME",
    "output": "FOLDER",
    "patience": "SECONDS",
    "plate": "NAME",
    "rate": "FPS",
    "shot": "NAME",
    "sink": "URL",
    "slate": "FRAMES",
    "sound": "FILE",
    "source": "SPACE",
    "start": "FRAME",
    "template": "NAME",
    "template_file": "FILE",
    "timecode": "HH:MM:SS:FF",
    "version": "NUMBER",
    "whole": "RANGE",
    "element": "NAME",
    "media": "FOLDER",
    "operation": "NAME",
    "pattern": "TEXT",
    "show": "NAME",
    "step": "NUMBER",
    "defaults": "JSON",
    "width": "PIXELS",
}
"""What stands behind an option: the unit of a number, the kind of a word."""

EXAMPLES: Mapping[str, str] = {
    "inspect": "rushes inspect A001_C001/ reports/ --checksum",
    "debayer": "rushes debayer A001_C001/ frames/ --frames 1001-1024 --compression zip",
    "trim": "rushes trim A001.mov cuts/ --frames 01:00:10:00-01:00:12:23",
    "stitch": "rushes stitch A001_part1.mov A001_part2.mov whole/ --name A001",
    "plate": "rushes plate A001_C001/ plates/ --shot AGM_104_010 \\\n"
    "  --frames 1009-1032 --handles 8 --amf A001.amf --fdl A001.fdl",
    "transcode": "rushes transcode A001_C001/ dailies/ --codec h264 --width 1920 \\\n"
    "  --amf A001.amf --burn-in timecode --burn-in text=DAY_3@top-left",
    "deliver": "rushes deliver A001_C001/ master/ --profile rec709-dpx --start 1001 \\\n"
    "  --slate 1 --amf A001.amf",
    "seal": "rushes seal A001_C001/ --author 'A. Person'",
    "lint": "rushes lint plates/AGM_104_010_PL01_v001/ --fail error",
    "pull": "rushes pull cut.edl plates/ --media camera/ --handles 8 --start 1001",
    "dispatch": "rushes dispatch job.json --sink http://broker.example/default",
}

_SECTIONS: Mapping[str, str] = {
    "Colour": "amf looks look_space aces config source space through tier",
    "Framing": "fdl context canvas decision template template_file layer width height fit "
    "preserve filter",
    "Request and answer": "overwrite explain request_file to token_file as_json",
}
_COLUMNS = 80


class OperationCommand(click.Command):
    """Options by what they are about, and an example that can be typed."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {"Options": [], **{n: [] for n in _SECTIONS}}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            # What an argument is stands in the usage line.
            if record is not None and not isinstance(param, click.Argument):
                last = "--help" in param.opts
                sections[[*_SECTIONS][-1] if last else _section(param.name)].append(record)
        for name, records in sections.items():
            if records:
                with formatter.section(name):
                    formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if example := EXAMPLES.get(self.name or ""):
            words = ctx.command_path.split()
            if "explain" in words:
                example = example.replace("rushes ", "rushes explain ", 1)
            with formatter.section("Example"):
                # As it is typed: the formatter would fill its lines.
                formatter.write("".join(f"  {line}\n" for line in example.splitlines()))


def _section(name: str | None) -> str:
    found = (title for title, names in _SECTIONS.items() if name in names.split())
    return next(found, "Options")


def choices_in_help(flag: str, choices: list[str]) -> bool:
    """Whether a choice is too long for the option's own line."""
    return 2 + len(flag) + 3 + len("|".join(choices)) > _COLUMNS


def misspelt(error: click.UsageError, said: str, known: list[str], ctx: click.Context) -> NoReturn:
    """A command that is not there: what was meant, or what there is."""
    import difflib

    near = difflib.get_close_matches(said, known, 1)
    hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(known)}."
    raise click.UsageError(f"{error.message} {hint}", ctx) from error


def one_sentence(error: click.UsageError) -> str:
    """`rushes debayer: No such option '--metod'. Did you mean ...`: wrong usage in a line."""
    path = error.ctx.command_path if error.ctx is not None else "rushes"
    message = error.format_message()
    if isinstance(error, click.NoSuchOption) and not error.possibilities and error.ctx is not None:
        options = [
            o.opts[0] for o in error.ctx.command.get_params(error.ctx) if o.opts[0][:1] == "-"
        ]
        message = f"{message} There are: {', '.join(options)}."
    return f"{path}: {message} ({path} --help)"
