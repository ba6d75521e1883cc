"""A disk that is looked at directly, and system calls that fail."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def names(folder: Path) -> list[str]:
    """Everything in a folder, hidden or not."""
    return sorted(path.name for path in folder.iterdir())


def fail(code: int) -> Callable[..., object]:
    """A system call that fails."""

    def call(*_: object, **__: object) -> object:
        raise OSError(code, os.strerror(code))

    return call
