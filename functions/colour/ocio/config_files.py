"""The files that a user's OCIO config names, as they may lie beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from functions.colour.ocio.library import library, user_config


def config_files(data: bytes) -> tuple[tuple[str, ...], ...]:
    """For each file of the config the names it may have, the first that is there counts.

    Names are relative to the config, its search paths before them, or absolute where the config
    writes them so. Variables have the values that the config declares; files with other ones in
    their names are left out: nothing here has a shot's context.

    Raises InvalidRequest for what is no config.
    """
    config = user_config(data)
    ocio = library()
    resolved = config.getCurrentContext().resolveStringVar
    named = dict.fromkeys(
        str(resolved(one.getSrc()))
        for transform in _transforms(config)
        for one in _flat(transform)
        if isinstance(one, ocio.FileTransform)
    )
    folders = [str(resolved(path)).rstrip("/") for path in config.getSearchPaths()]
    return tuple(
        tuple(name for name in _places(name, folders) if "$" not in name and "%" not in name)
        for name in named
        if name
    )


def _places(name: str, folders: Iterable[str]) -> Iterator[str]:
    if not name.startswith("/"):
        yield from (f"{folder}/{name}" for folder in folders)
    yield name


def _transforms(config: Any) -> Iterator[Any]:
    ocio = library()
    to, back = ocio.COLORSPACE_DIR_TO_REFERENCE, ocio.COLORSPACE_DIR_FROM_REFERENCE
    spaces = config.getColorSpaces(ocio.SEARCH_REFERENCE_SPACE_ALL, ocio.COLORSPACE_ALL)
    for space in spaces:
        yield from (space.getTransform(to), space.getTransform(back))
    for look in config.getLooks():
        yield from (look.getTransform(), look.getInverseTransform())
    views = (ocio.VIEWTRANSFORM_DIR_TO_REFERENCE, ocio.VIEWTRANSFORM_DIR_FROM_REFERENCE)
    for view in config.getViewTransforms():
        yield from (view.getTransform(direction) for direction in views)
    ways = (ocio.TRANSFORM_DIR_FORWARD, ocio.TRANSFORM_DIR_INVERSE)
    for one in config.getNamedTransforms():
        yield from (one.getTransform(direction) for direction in ways)


def _flat(transform: Any) -> Iterator[Any]:
    if isinstance(transform, library().GroupTransform):
        yield from chain.from_iterable(_flat(one) for one in transform)
    elif transform is not None:
        yield transform
