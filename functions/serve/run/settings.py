"""Settings: from the environment only, read once, every bad one named at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from functions.contract.errors import InvalidRequest, RushesError
from functions.contract.operation import Limits
from functions.serve.run.environment import BadSecret, Row, all_names, look_up
from functions.serve.run.machine import available_threads, usable_memory
from functions.serve.run.scratch import default_parent
from functions.serve.run.values import (
    oidc_problems,
    read_callback,
    read_endpoint,
    read_flag,
    read_folder,
    read_keys,
    read_one_of,
    read_roots,
    read_seconds,
    read_sink,
    read_sinks,
    read_token_file,
    read_whole,
)
from functions.storage import EVERYTHING, S3Settings


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What one process was told by its environment. What each field is for is told in `ROWS`;
    beside that:

    roots : canonical
    grace : the unit in flight is asked to give up when four fifths have gone
    sink_typed : `sink` is what a person typed, and not K_SINK
    sink_token_file : RUSHES_TOKEN_FILE's token is this server's own and goes to no sink
    traces : whether it is reached, and how, is the SDK's matter
    oidc_audience, oidc_issuer, oidc_keys : all three or none
    """

    function: str | None = None
    host: str = "127.0.0.1"
    port: int = 8080
    roots: tuple[str, ...] = EVERYTHING
    scratch: Path = default_parent()
    limits: Limits = Limits()
    token_file: Path | None = None
    oidc_audience: str | None = None
    oidc_issuer: str | None = None
    oidc_keys: str | None = None
    s3: S3Settings = S3Settings()
    threads: int = 1
    workers: int = 1
    grace: float = 25.0
    box: bool = False
    body: int = 1 << 20
    log: Literal["json", "text"] = "json"
    sink: str | None = None
    sink_typed: bool = False
    sinks: tuple[str, ...] = ()
    sink_token_file: Path | None = None
    job_sink: str | None = None
    callback: str | None = None
    traces: str | None = None

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Settings:
        """The settings that an environment holds.

        Raises InvalidRequest with `problems`, one {"field", "detail"} a bad variable.
        """
        values: dict[str, Any] = {}
        problems = _strangers(environ)
        for row in ROWS:
            name = row.names[0]
            try:
                name, text, _ = look_up(row, environ)
                values[row.field] = _value(row, text)
            except (ValueError, RushesError) as error:
                name = error.name if isinstance(error, BadSecret) else name
                problems.append({"field": name, "detail": f"{name}: {error}"})
        problems += oidc_problems(values)
        if problems:
            raise InvalidRequest(
                "; ".join(p["detail"] for p in problems),
                field=problems[0]["field"],
                problems=problems,
            )
        if not environ.get("RUSHES_LIMITS_MEMORY", "").strip():
            values["limits_memory"] //= values["workers"]
        limits = Limits(**{k[7:]: values.pop(k) for k in tuple(values) if k.startswith("limits_")})
        found = {k[3:]: values.pop(k) for k in tuple(values) if k.startswith("s3_")}
        return cls(limits=limits, s3=_s3(found), **values)

    @property
    def token_wanted(self) -> bool:
        """Whether callers must show who they are."""
        return self.token_file is not None or self.oidc_audience is not None

    @property
    def open_to_all_storage(self) -> bool:
        """Whether nothing narrows what a request may name."""
        return self.roots == EVERYTHING


class Shown(msgspec.Struct, frozen=True):
    """One line of `rushes settings`."""

    name: str
    value: str
    source: str
    about: str


def describe(environ: Mapping[str, str]) -> tuple[Shown, ...]:
    """Every setting with its value and where that is from; secrets are masked."""
    Settings.read(environ)
    lines = []
    for row in ROWS:
        name, text, source = look_up(row, environ)
        value = _value(row, text)
        if row.field == "threads" and text is None:
            source = "cores and memory of this cgroup"
        lines.append(Shown(name, _shown(value, row.secret), source, row.about))
    return tuple(lines)


def _value(row: Row, text: str | None) -> Any:
    if text is not None:
        return row.parse(text)
    return _DEFAULTS[row.field] if row.default is None else row.default()


def _shown(value: Any, secret: bool) -> str:
    if value is None or value == "":
        return "-"
    if secret:
        return "********"
    if isinstance(value, tuple):
        return " ".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


# What Kubernetes puts in every pod for a Service called rushes or rushes-debayer.
_LINK = re.compile(r"_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)\w*)?)$")


def _strangers(environ: Mapping[str, str]) -> list[dict[str, str]]:
    """RUSHES_ names that are no setting: RUSHES_ROOT, unseen, would leave all storage open."""
    known = {name for row in ROWS for name in all_names(row)}
    problems = []
    for name in sorted(environ):
        if name.startswith("RUSHES_") and name not in known and not _LINK.search(name):
            import difflib  # a start does without

            near = difflib.get_close_matches(name, known, 1)
            hint = f": did you mean {near[0]}?" if near else ""
            problems.append({"field": name, "detail": f"{name} is no setting{hint}"})
    return problems


def _s3(found: dict[str, Any]) -> S3Settings:
    # AWS tools speak plain http to an endpoint that is written so; only a clear "no" forbids.
    if found["allow_http"] is None:
        found["allow_http"] = (found["endpoint"] or "").startswith("http://")
    # A bucket as a host name needs wildcard DNS, which servers of one's own rarely have.
    if found["virtual_hosted_style"] is None:
        found["virtual_hosted_style"] = found["endpoint"] is None
    return S3Settings(**found)


def _by_the_endpoint() -> None:
    """What `_s3` settles."""


def _defaults() -> dict[str, Any]:
    """The settings' own defaults by field, those of limits and S3 by their names here."""
    kinds = {"": Settings, "limits_": Limits, "s3_": S3Settings}
    return {
        start + name: default
        for start, kind in kinds.items()
        for name, default in zip(kind.__struct_fields__, kind.__struct_defaults__, strict=True)
    }


_BIG = 2**53
_DEFAULTS = _defaults()

ROWS: tuple[Row, ...] = (
    Row(("FUNCTION",), "function", str, "operation to serve; none = all"),
    Row(("PORT",), "port", read_whole(0, 65535), "port of `rushes serve`"),
    Row(("RUSHES_HOST",), "host", str,
        "address of `rushes serve`; the image sets 0.0.0.0: a pod's callers come from outside it"),
    Row(("RUSHES_ROOTS",), "roots", read_roots,
        "URI prefixes that may be read and written, by spaces or commas"),
    Row(("RUSHES_SCRATCH",), "scratch", read_folder, "folder for temporary files", default_parent),
    Row(("RUSHES_LIMITS_PIXELS",), "limits_pixels", read_whole(1, _BIG),
        "most pixels of one frame"),
    Row(("RUSHES_LIMITS_FRAMES",), "limits_frames", read_whole(1, _BIG),
        "most frames of one unit"),
    Row(("RUSHES_LIMITS_BYTES",), "limits_bytes", read_whole(1, _BIG),
        "most bytes of one input file"),
    Row(("RUSHES_LIMITS_SECONDS",), "limits_seconds", read_seconds, "most seconds of one unit"),
    Row(("RUSHES_LIMITS_MEMORY",), "limits_memory", read_whole(1 << 20, _BIG),
        "most bytes of memory of one unit; a worker's share of the container's or machine's",
        usable_memory),
    Row(("RUSHES_TOKEN_FILE",), "token_file", read_token_file,
        "file with the bearer token that POST demands"),
    Row(("RUSHES_OIDC_AUDIENCE",), "oidc_audience", str,
        "identity tokens (OIDC) for this audience are taken as the bearer token is"),
    Row(("RUSHES_OIDC_ISSUER",), "oidc_issuer", str, "who issues them: their `iss`"),
    Row(("RUSHES_OIDC_KEYS",), "oidc_keys", read_keys,
        "the issuer's keys (JWKS): a file, or an https address"),
    Row(("RUSHES_THREADS",), "threads", read_whole(1, 1024), "cores of one unit",
        available_threads),
    Row(("RUSHES_WORKERS",), "workers", read_whole(1, 256), "units at once in one server"),
    Row(("RUSHES_GRACE",), "grace", read_seconds,
        "seconds from SIGTERM to the end; a pod's own grace must be longer"),
    Row(("RUSHES_BOX",), "box", read_flag,
        "do each unit in a confined process of its own; the image sets it"),
    Row(("RUSHES_BODY",), "body", read_whole(1024, 1 << 30), "most bytes of a request"),
    Row(("RUSHES_LOG",), "log", read_one_of("json", "text"), "form of the log: json, text"),
    Row(("K_SINK",), "sink", read_sink, "where `dispatch` sends events"),
    Row(("RUSHES_SINKS",), "sinks", read_sinks,
        "sinks that a request or a job may name beside K_SINK, by spaces or commas"),
    Row(("RUSHES_SINK_TOKEN_FILE",), "sink_token_file", read_token_file,
        "file with the bearer token of the sink, or with a line `URL TOKEN` for each"),
    Row(("RUSHES_JOB_SINK",), "job_sink", read_callback, "JobSink for jobs out of time"),
    Row(("RUSHES_CALLBACK_URL",), "callback", read_callback,
        "where OpenFaaS posts the answer of each unit that `dispatch` sends (X-Callback-Url)"),
    Row(("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"), "traces", str,
        "where spans go, by OTLP over HTTP (and the other OTEL_ variables)"),
    Row(("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT", "S3_ENDPOINT_URL",
         "S3_ENDPOINT"),
        "s3_endpoint", read_endpoint, "address of an S3 server other than AWS"),
    Row(("AWS_REGION", "AWS_DEFAULT_REGION"), "s3_region", str, "S3 region"),
    Row(("AWS_ACCESS_KEY_ID",), "s3_access_key_id", str,
        "S3 key (or AWS_ACCESS_KEY_ID_FILE, a file that holds it)", file=True),
    Row(("AWS_SECRET_ACCESS_KEY",), "s3_secret_access_key", str,
        "S3 secret (or AWS_SECRET_ACCESS_KEY_FILE)", secret=True, file=True),
    Row(("AWS_SESSION_TOKEN",), "s3_session_token", str,
        "S3 session (or AWS_SESSION_TOKEN_FILE)", secret=True, file=True),
    Row(("AWS_ALLOW_HTTP",), "s3_allow_http", read_flag, "S3 without TLS; by the endpoint",
        _by_the_endpoint),
    Row(("AWS_VIRTUAL_HOSTED_STYLE_REQUEST",), "s3_virtual_hosted_style", read_flag,
        "bucket in the host name; not where an endpoint is set", _by_the_endpoint),
)  # fmt: skip
