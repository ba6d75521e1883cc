"""How one setting is found in an environment: by its names, or in a file that holds a secret.

Docker, Kubernetes and OpenFaaS mount secrets as files. A value in the environment is seen by
whoever may describe the pod, and goes to every child process; a file is not.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec


class Row(msgspec.Struct, frozen=True):
    """One setting: its variable (and older names of it), how it is read, what it is for.

    default : what counts where nothing is set, in place of the field's own default
    secret : never shown
    file : `<name>_FILE` may name a file that holds the value, as platforms mount secrets
    """

    names: tuple[str, ...]
    field: str
    parse: Callable[[str], Any]
    about: str
    default: Callable[[], Any] | None = None
    secret: bool = False
    file: bool = False


class BadSecret(ValueError):
    """A secret that is told twice, or in a file that is not to be read.

    name : of the variable that names the file
    """

    def __init__(self, name: str, said: str) -> None:
        super().__init__(said)
        self.name = name


def all_names(row: Row) -> tuple[str, ...]:
    """Every variable that a setting is read from."""
    return (*row.names, *(f"{name}_FILE" for name in row.names if row.file))


def look_up(row: Row, environ: Mapping[str, str]) -> tuple[str, str | None, str]:
    """The name that is set, its text, and where that is from.

    Empty is the same as not set, as in Compose files. Raises BadSecret for what is told
    twice, and for a file that is not to be read.
    """
    given = [name for name in all_names(row) if environ.get(name, "").strip()]
    if not given:
        return row.names[0], None, "default"
    # Of two older names the first counts; of a value and a file nobody can tell which is stale.
    files = [name for name in given if name not in row.names]
    if files and len(given) > 1:
        raise BadSecret(files[0], f"is set, and {given[0]} is too: one of them")
    text = environ[given[0]].strip()
    return (given[0], _secret(given[0], text), "file") if files else (given[0], text, "environment")


_PLAIN = re.compile(
    r"PATH|HOME|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|SVT_LOG|OPENBLAS_NUM_THREADS|MALLOC_\w+|NUMBA_\w+"
    r"|COVERAGE_\w+|LD_LIBRARY_PATH"
)


def plain_environment() -> dict[str, str]:
    """What this process's environment holds of use to a process that is to know no secret."""
    return {name: value for name, value in os.environ.items() if _PLAIN.fullmatch(name)}


def _secret(name: str, text: str) -> str:
    try:
        found = Path(text).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise BadSecret(name, f"{text!r} cannot be read: {why}") from error
    if not found:
        raise BadSecret(name, f"{text!r} holds nothing")
    return found
