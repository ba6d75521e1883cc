"""What a worker and a child tell one another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from functions.contract.operation import Limits
from functions.serve.run.catalog import Entry

Way = Literal["run", "explain", "prepare"]


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What a fork server and its children are told of the process that they serve: no secret.

    served, threads, limits, roots : as in its settings
    catalog : its operations
    loads : the operation whose modules are loaded before they are asked for
    """

    roots: tuple[str, ...]
    threads: int
    served: bool
    limits: Limits
    catalog: dict[str, Entry]
    loads: str | None = None


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """A fork server's first word: what confines its children, and what serves the kernels' calls.

    fault : why it cannot be of use
    """

    holds: tuple[str, ...] = ()
    kernels: dict[str, Any] | None = None
    fault: str | None = None


class Fork(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """To the fork server: a child for one unit; with it come the child's socket and that on which
    its end is told.

    cpu : seconds of all its cores together
    """

    operation: str
    scratch: str
    memory: int
    cpu: int | None = None


class Learn(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """To the fork server: modules that a unit needed and the next one may need again."""

    modules: tuple[str, ...]


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """The fork server of a child that is no more: as `os.waitstatus_to_exitcode` says it."""

    code: int


class Call(msgspec.Struct, frozen=True):
    """What a child is to do; `progress`: whether somebody watches."""

    way: Way
    operation: str
    fields: dict[str, Any]
    progress: bool = False


class Note(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A child of its unit, on the way and at the end. With `opens` comes one more socket."""

    unit: str | None = None
    opens: bool = False
    progress: tuple[int, int, str] | None = None
    end: End | None = None


class End(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The outcome: one of result and problem.

    traceback : of a fault of ours
    stages : see `telemetry.log.Course`
    kernels : calls and units of kernels that the unit used
    modules : that the unit had to load
    """

    result: Any = None
    problem: dict[str, Any] | None = None
    traceback: str | None = None
    stages: dict[str, tuple[float, float, float, int]] = {}
    kernels: dict[str, Any] | None = None
    modules: tuple[str, ...] = ()


class Ask(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A child of the storage or a sink: a verb and what it is about. Content comes as a file."""

    verb: str
    uri: str = ""
    start: str = ""
    offset: int = 0
    length: int = 0
    handle: int = 0
    operation: str = ""
    fields: Mapping[str, Any] = {}


class Reply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The worker's answer."""

    result: Any = None
    problem: dict[str, Any] | None = None
