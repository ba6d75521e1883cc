"""What the command line says of an operation: options in sections, their units, an example."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

import click

from functions.contract.operation import Example

ANSWER = "Request and answer"
_ALWAYS = ("request_file", "to", "token_file", "as_json")
_COLUMNS = 80


class OperationCommand(click.Command):
    """Options by what they are about, and an example that can be typed.

    sections : of options, by field; the others are the operation's own
    example : the operation's, as a request
    """

    def __init__(
        self, *given: Any, sections: Mapping[str, str], example: Example | None, **more: Any
    ) -> None:
        super().__init__(*given, **more)
        self.sections, self.example = sections, example

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        titles = [title for title in dict.fromkeys(self.sections.values()) if title != ANSWER]
        sections: dict[str, list[tuple[str, str]]] = {n: [] for n in ("Options", *titles, ANSWER)}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            # What an argument is stands in the usage line.
            if record is not None and not isinstance(param, click.Argument):
                last = "--help" in param.opts or param.name in _ALWAYS
                title = ANSWER if last else self.sections.get(param.name or "", "Options")
                sections[title].append(record)
        for name, records in sections.items():
            if records:
                with formatter.section(name):
                    formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if self.example is not None:
            with formatter.section("Example"):
                # As it is typed: the formatter would fill its lines.
                text = typed(ctx.command_path, self.example.request)
                formatter.write("".join(f"  {line}\n" for line in text.splitlines()))


def typed(command: str, request: Mapping[str, Any]) -> str:
    """A request as a person types it, with files of their own in place of buckets: in lines that
    fit, each but the last with a backslash at its end."""
    if "clips" in request:
        return f"{command} job.json"
    places = [request[p] for p in ("input", "parts", "output") if p in request]
    words = [_word(each) for place in places for each in _listed(place)]
    for field, value in request.items():
        if field not in ("input", "parts", "output"):
            flag = "--" + field.replace("_", "-")
            if isinstance(value, bool):
                words.append(flag if value else f"--no-{flag[2:]}")
                continue
            words += [f"{flag} {_word(each)}" for each in _listed(value)]
    lines = [command]
    for word in words:
        if len(f"{lines[-1]} {word}") > _COLUMNS - 6:
            lines[-1] += " \\"
            lines.append(f"  {word}")
        else:
            lines[-1] += f" {word}"
    return "\n".join(lines)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _word(value: Any) -> str:
    text = str(value).removeprefix("s3://")
    return text if text.isascii() and not set(text) & set(" '\"\\$`;&|<>()*?#") else repr(text)


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
