"""An operation as a command: its options are made from the schema of its request."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from functions.contract.errors import InvalidRequest, LimitExceeded
from functions.contract.receipt import Receipt
from functions.contract.request import NOT_JSON, request_schema
from functions.serve.cli.bare_paths import with_uris
from functions.serve.cli.named_file import with_named_file
from functions.serve.cli.terminal import echo
from functions.serve.cli.usage import OperationCommand, choices_in_help
from functions.serve.http.json_body import read_object
from functions.serve.run.catalog import Catalog

if TYPE_CHECKING:
    from cloudevents.core.base import BaseCloudEvent

JOB_FAILED = 3
LARGEST_REQUEST = 64 << 20
"""Bytes of a request from a file: a job of 100 000 clips has 30 MB."""

_EVERYWHERE = ("overwrite", "explain")


class Json(click.ParamType[Any]):
    """A list or an object, written as JSON."""

    name = "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        import msgspec

        try:
            return msgspec.json.decode(value) if isinstance(value, str) else value
        except NOT_JSON as error:
            self.fail(f"{value!r} is not JSON: {error}", param, ctx)


class Listed(Json):
    """One of a list: plain text, or more of them as a JSON list."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, str) and not value.startswith("["):
            return value
        return super().convert(value, param, ctx)


_TYPES: Mapping[str, click.ParamType[Any]] = {
    "integer": click.INT, "number": click.FLOAT, "string": click.STRING, "array": Listed(),
}  # fmt: skip


def _one_list(value: Any) -> Any:
    """The values of an option that was said more than once, JSON lists among them, as one list."""
    if not isinstance(value, tuple):
        return value
    parts = (each if isinstance(each, list) else [each] for each in value)
    return [item for part in parts for item in part]


def operation_command(catalog: Catalog, name: str, *, only_explain: bool = False) -> click.Command:
    """The command of one operation; importing its handler is all that this costs."""
    operation = catalog.load(name)
    properties: dict[str, Any] = request_schema(operation.request)["properties"]
    # A job is a file; all else is said as to cp: what it is made of, then where it goes.
    job = "clips" in properties
    required = request_schema(operation.request).get("required", ())
    places = [f for f in ("input", "parts", "output") if f in properties and not job]
    params: list[click.Parameter] = [_argument(place, place in required) for place in places]
    if not places:
        params.append(click.Argument(["request_file"], metavar="JOB.json", required=False))
    hidden = {"explain"} if only_explain else set()
    needed = [f for f in required if f not in places and not job]
    # What every operation has comes after what is its own.
    own = sorted(properties, key=lambda field: field in _EVERYWHERE)
    params += [option_of(f, properties[f]) for f in own if f not in places and f not in hidden]
    if places:
        params.append(
            click.Option(
                ["--request", "request_file"],
                metavar="FILE",
                help="the whole request as JSON (- is standard input); bare paths in it start "
                "from its own folder, options go over it",
            )
        )
    params += [
        click.Option(["--to"], metavar="URL", help="send it to a function that runs there"),
        click.Option(["--token-file"], metavar="FILE", help="with --to: the bearer token"),
        click.Option(["--json", "as_json"], is_flag=True, help="print the whole receipt"),
    ]

    def body(
        request_file: str | None,
        to: str | None,
        token_file: str | None,
        as_json: bool,
        **given: Any,
    ) -> None:
        fields, event = fields_of(catalog, name, request_file, given)
        fields = with_named_file(operation, fields, given.get("output"))
        if only_explain:
            fields["explain"] = True
        for place in places:
            if place in required and place not in fields and request_file is None:
                raise click.UsageError(f"Missing argument '{place.upper()}'.")
        for field in needed:
            if field not in fields and request_file is None:
                raise click.UsageError(_missing(field, properties[field]))
        if not places and request_file is None:
            raise click.UsageError("Missing argument 'JOB.json'.")
        sink = None
        if operation.dispatches and to is None and given.get("sink"):
            # What a person typed is that person's own; one in a file must be on the list.
            sink = str(fields.pop("sink"))
        from functions.serve.cli import printing

        found = ask(catalog, name, fields, to, token_file, event, sink)
        if not isinstance(found, Receipt):
            echo(printing.as_json(found) if as_json else printing.plan(found))
            return
        echo(printing.as_json(found) if as_json else printing.summary(found, operation))
        if printing.failed_units(found, operation):
            raise SystemExit(JOB_FAILED)

    return OperationCommand(
        name,
        params=params,
        callback=body,
        sections=sections_of(properties),
        example=operation.example,
        help=operation.summary[:1].upper() + operation.summary[1:] + ".",
    )


def fields_of(
    catalog: Catalog, name: str, request_file: str | None, typed: Mapping[str, Any]
) -> tuple[dict[str, Any], BaseCloudEvent | None]:
    """(a request out of a file and of what was typed, which goes over it; the event in the file)"""
    fields, folder, event = _read_request(name, request_file)
    # Bare paths in a file are relative to the file, those on the line to the person.
    fields = with_uris(catalog, name, fields, folder)
    said = {k: _one_list(v) for k, v in typed.items() if v not in (None, ())}
    return fields | with_uris(catalog, name, said), event


def ask(
    catalog: Catalog,
    name: str,
    fields: dict[str, Any],
    to: str | None,
    token_file: str | None,
    event: BaseCloudEvent | None,
    sink: str | None = None,
) -> Receipt | dict[str, Any]:
    """The receipt, or the plan where one was asked for: from here, or from a function elsewhere."""
    explained = fields.get("explain") is True
    if to is not None:
        from functions.serve.http.client import Client

        client = Client(to, token=_token_of(token_file), catalog=catalog)
        return client.explain(name, **fields) if explained else client.call(name, **fields)
    from functions.serve.run.in_process import explain_here, run_asked

    if explained:
        return explain_here(catalog, name, fields)
    return run_asked(catalog, name, fields, event, sink)


def _argument(place: str, required: bool) -> click.Argument:
    """Told as required in help, and looked for when a file with the request has been read."""
    name, count = place.upper(), 1
    if place == "parts":
        name, count = "PARTS...", -1
    elif not required:
        name = f"[{name}]"
    return click.Argument([place], metavar=name, nargs=count, required=False, type=click.Path())


def _missing(field: str, schema: Mapping[str, Any]) -> str:
    choices = [str(choice) for choice in _kind(schema)[1]]
    said = f": one of {', '.join(choices)}" if choices else ""
    return f"Missing option '--{field.replace('_', '-')}'{said}."


def option_of(field: str, schema: Mapping[str, Any]) -> click.Option:
    """The option of a field, from its schema."""
    flag = "--" + field.replace("_", "-")
    kind, choices = _kind(schema)
    about = _said(schema, "description") or ""
    if kind == "boolean":
        about = _with_default(about, schema) if field not in _EVERYWHERE else about
        return click.Option([f"{flag}/--no-{flag[2:]}", field], default=None, help=about or None)
    metavar, names = _said(schema, "x-unit"), [str(c) for c in choices]
    if names:
        metavar = None
        if choices_in_help(flag, names):
            metavar = "NAME"
            # A description that tells of each has named them.
            if not all(name in about for name in names):
                about = f"{about}: one of {', '.join(names)}"
    return click.Option(
        [flag, field],
        type=click.Choice(names) if names else _TYPES.get(kind) or Json(),
        multiple=kind == "array",
        default=None,
        metavar=metavar,
        help=_with_default(about, schema) or None,
        shell_complete=None if names else _offered(schema),
    )


def _offered(schema: Mapping[str, Any]) -> Callable[[click.Context, click.Parameter, str], Any]:
    """What a shell offers for a field: the names that it knows, files where it takes a URI."""
    told = [schema, *schema.get("anyOf", ()), schema.get("items", {})]
    names = [str(name) for each in told for name in each.get("x-names", ())]
    files = any(each.get("format") == "uri" for each in told)

    def offer(context: click.Context, param: click.Parameter, typed: str) -> Any:
        from click.shell_completion import CompletionItem

        if files:
            return [CompletionItem(typed, type="file")]
        return [CompletionItem(name) for name in names if name.startswith(typed)]

    return offer


def _with_default(about: str, schema: Mapping[str, Any]) -> str:
    default = schema.get("default")
    if isinstance(default, bool):
        default = "yes" if default else "no"
    elif isinstance(default, list):
        default = ", ".join(map(str, default)) or None
    if default is None:
        # Of a field that may be null, what counts then.
        default = _said(schema, "default")
    if default is None or isinstance(default, dict):
        return about
    return f"{about}  [default: {default}]".lstrip()


def sections_of(properties: Mapping[str, Any]) -> dict[str, str]:
    """The section of help that each field stands in, where not among the operation's own."""
    found = {field: _said(schema, "x-section") for field, schema in properties.items()}
    return {field: title for field, title in found.items() if title is not None}


def _said(schema: Mapping[str, Any], word: str) -> str | None:
    """What a field's schema says under a word, of the field or of its kind."""
    told = [schema, *schema.get("anyOf", ())]
    return next((str(s[word]) for s in told if s.get(word) is not None), None)


def _kind(schema: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """(JSON type, choices) of a field; a field that may be null is of its other type."""
    options = [s for s in schema.get("anyOf", [schema]) if s.get("type") != "null"]
    if len(options) != 1:
        return "any", []
    (only,) = options
    choices = [c for c in only.get("enum", []) if c is not None]
    kind = only.get("type", "string" if choices else "any")
    if isinstance(kind, list):
        rest = [k for k in kind if k != "null"]
        kind = rest[0] if len(rest) == 1 else "any"
    return str(kind), choices


def _read_request(
    name: str, file: str | None
) -> tuple[dict[str, Any], Path | None, BaseCloudEvent | None]:
    """(fields, folder that relative paths start from, the event that the file is)."""
    if file is None:
        return {}, None, None
    if file == "-":
        fields, event = _fields(name, _within(sys.stdin.buffer, file), "standard input")
        return fields, None, event
    path = Path(file)
    try:
        with path.open("rb") as stream:
            text = _within(stream, file)
    except OSError as error:
        raise click.UsageError(f"{file}: {error.strerror}") from error
    fields, event = _fields(name, text, file)
    return fields, path.absolute().parent, event


def _within(stream: BinaryIO, file: str) -> bytes:
    """What a file or pipe gives, as far as anybody's request goes."""
    text = stream.read(LARGEST_REQUEST + 1)
    if len(text) > LARGEST_REQUEST:
        raise LimitExceeded(f"{file} has more than {LARGEST_REQUEST} bytes, which no request has")
    return text


def _fields(name: str, text: bytes, told: str) -> tuple[dict[str, Any], BaseCloudEvent | None]:
    """A request, or the request that an event of this operation carries (Knative's JobSink
    hands a Job its event as a file)."""
    found = read_object(text, told)
    if "specversion" not in found:
        return found, None
    from functions.serve.events.cloudevents import meaning, read_event, request_of

    event = read_event("structured", {}, text)
    if meaning(event) != (name, "requested"):
        raise InvalidRequest(f"{told} is an event of type {event.get_type()!r}", field="type")
    return request_of(event), event


def _token_of(file: str | None) -> str | None:
    """The bearer token in a file."""
    if file is None:
        return None
    try:
        return Path(file).read_text().strip()
    except OSError as error:
        raise InvalidRequest(f"--token-file {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"--token-file {file}: it is no text") from error
