"""Which reader plug-ins are installed: entry points of the group `rushes.readers`.

Nobody pays for plug-ins who has none: `importlib.metadata` takes 90 ms, a look into the files that
it would read takes one, and only where a file is none that we read by ourselves.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import msgspec

from functions.contract.clip import Clip
from functions.contract.errors import UnsupportedMedia
from functions.contract.operation import Limits
from functions.contract.store import Stat, Store
from functions.media.open.formats import FORMATS, Format
from functions.media.plugins.module_path import module_folders

GROUP = "rushes.readers"


class ReaderPlugin(Protocol):
    """What an entry point names: an object, or a class that is called without arguments.

    Its module is imported to ask `match`, so that an SDK is imported in `open` and `version`
    alone: those two run in a child process, which may crash.

    name : of the format, as people call it ("RED R3D"); files : endings of its names, "r3d"
    """

    name: str
    files: str

    def match(self, head: bytes, name: str) -> bool:
        """Whether a file is its own, by its first 4096 bytes and its name."""
        ...

    def version(self) -> str:
        """Of the SDK below it, which shapes pixels: part of each unit's identity."""
        ...

    def open(self, stat: Stat, store: Store, limits: Limits) -> Clip:
        """Headers of one file. Its clip gives raw frames (`layout` is "cfa", "linear" or
        "mono"). `store` has one verb more here: `local(uri)`, a path for an SDK that wants one.
        Raises the contract's errors; any other is told as `damaged_source`."""
        ...


class Installed(msgspec.Struct, frozen=True):
    """One plug-in. package, version : of the distribution that brings it."""

    entry: str
    value: str
    package: str
    version: str

    @property
    def title(self) -> str:
        """For receipts: `rushes-red 1.2`."""
        return f"{self.package} {self.version}"

    def load(self) -> ReaderPlugin:
        """The object that the entry point names."""
        return load(self.value)


def load(value: str) -> ReaderPlugin:
    """The object of `module:attribute`, called where it is a class."""
    module, _, attribute = value.partition(":")
    found: Any = import_module(module)
    for name in attribute.split("."):
        found = getattr(found, name)
    return found() if isinstance(found, type) else found  # type: ignore[no-any-return]


@cache
def installed() -> tuple[Installed, ...]:
    """Every plug-in of this process's packages, by name of its entry point."""
    folders = [folder for folder in module_folders() if _mentioned(folder)]
    if not folders:
        return ()
    from importlib import metadata

    found = {
        each.name: Installed(each.name, each.value, package.name, package.version)
        for package in metadata.distributions(path=folders)
        for each in package.entry_points.select(group=GROUP)
    }
    return tuple(found[name] for name in sorted(found))


def _mentioned(folder: str) -> bool:
    """Whether any package of a folder names the group."""
    for path in Path(folder).glob("*.dist-info/entry_points.txt"):
        with suppress(OSError):
            if GROUP.encode() in path.read_bytes():
                return True
    return False


def matching(head: bytes, name: str) -> Installed | None:
    """The plug-in that reads a file of that start and name; None where none does.

    Raises UnsupportedMedia where two do, with both, and for one that cannot be asked.
    """
    found = [each for each in installed() if _matches(each, head, name)]
    if len(found) > 1:
        both = " and ".join(each.title for each in found)
        raise UnsupportedMedia(f"{both} both read {name}: uninstall one of the plug-ins")
    return found[0] if found else None


def _matches(plugin: Installed, head: bytes, name: str) -> bool:
    try:
        return bool(plugin.load().match(head, name))
    except Exception as error:
        raise UnsupportedMedia(
            f"the plug-in {plugin.title} does not answer: {type(error).__name__}: {error}"
        ) from error


def all_formats() -> tuple[Format, ...]:
    """What `rushes formats` lists: our own table, and a row for each plug-in."""
    rows = []
    for plugin in installed():
        try:
            found = plugin.load()
            name, files, note = found.name, found.files, ""
        except Exception as error:  # noqa: BLE001 - a list is no place to fail for one of it
            name, files, note = plugin.entry, "", f"does not load: {error}"
        rows.append(Format(name, files, "developed", f"plug-in {plugin.title}", "", note))
    return (*FORMATS, *rows)
