"""The files that a user's OCIO config names, as they may lie beside it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from functions.colour.ocio.library import library, user_config


def config_files(data: bytes) -> tuple[tuple[str, ...], ...]:
    """For each file of the config the names it may have, the first that is there counts.

    Names are relative to the config, its search paths before them. Files with variables in
    their names are left out: nothing here has a shot's context.

    Raises InvalidRequest for what is no config.
    """
    config = user_config(data)
    ocio = library()
    named = dict.fromkeys(
        str(one.getSrc())
        for transform in _transforms(config)
        for one in _flat(transform)
        if isinstance(one, ocio.FileTransform)
    )
    paths = [str(path).strip("/") for path in config.getSearchPaths()]
    return tuple(
        (*(f"{path}/{name}" for path in paths if path), name)
        for name in named
        if name and "$" not in name and "%" not in name
    )


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
