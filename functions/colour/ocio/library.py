"""OpenColorIO at the door of this room: configs, files as bytes, float processors, its errors."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from itertools import count
from threading import local
from typing import Any

import numpy as np
import numpy.typing as npt

from functions.colour.ocio.finite import not_finite
from functions.colour.ocio.lut_text import plain_table
from functions.contract.errors import InvalidRequest, Refused, RushesError

Floats = npt.NDArray[np.float32]
Evaluate = Callable[[Floats], Floats]
# ACES 1.3 and ACES 2 as the library carries them: the last studio config of each.
BUILT_IN = {
    "1.3": "studio-config-v2.2.0_aces-v1.3_ocio-v2.4",
    "2": "studio-config-v5.0.0_aces-v2.1_ocio-v2.6",
}
# Configs on disk are larger than this only by mistake.
LARGEST_CONFIG = 16 * 2**20
# The library falls back to the disk where a proxy has nothing for an absolute path; it is given
# this, which no format reads, in place of whatever lies there.
_CLOSED = b"\0"
_shelves = count()
_asked = local()


class NotFinite(ValueError):
    """A transform has a number that no picture can go through."""


@lru_cache(maxsize=1)
def library() -> Any:
    """PyOpenColorIO, quiet: what it has to say comes as exceptions."""
    ocio: Any = import_module("PyOpenColorIO")
    ocio.SetLoggingLevel(ocio.LOGGING_LEVEL_NONE)
    return ocio


@lru_cache(maxsize=2)
def built_in(aces: str) -> Any:
    """The built-in studio config of "1.3" or "2"."""
    return library().Config.CreateFromBuiltinConfig(BUILT_IN[aces])


@contextmanager
def library_errors_as(what: str, field: str | None = None) -> Iterator[None]:
    """The library's exceptions as one sentence about `what`.

    Raises InvalidRequest, and Refused where it asked for a file that it was not given.
    """
    ocio = library()
    _asked.problem = None
    try:
        yield
    except UnicodeDecodeError as problem:
        # Its sentence quotes the file, wherever a character ends.
        raise InvalidRequest(f"{what}: it is not text", field=field) from problem
    except NotFinite as problem:
        raise InvalidRequest(f"{what}: {problem}", field=field) from problem
    except (ocio.Exception, ocio.ExceptionMissingFile) as problem:
        if isinstance(_asked.problem, RushesError):
            kind = Refused if isinstance(_asked.problem, Refused) else InvalidRequest
            raise kind(f"{what}: {_asked.problem.detail}", field=field) from problem
        raise InvalidRequest(f"{what}: {sentence(problem)}", field=field) from problem


def sentence(problem: BaseException) -> str:
    """The library's message without paths that only it knows, on one line."""
    text = re.sub(r"\s+", " ", str(problem)).strip()
    text = re.sub(r"^The specified transform file '[^']*' could not be loaded\. ?", "", text)
    text = re.sub(r"\bshelf-\d+/", "", text)
    text = re.sub(r"^The transform file: .*? failed while building ops with this error: ", "", text)
    text = re.sub(r"^All formats have been tried.*? failed with: ", "", text)
    text = re.sub(r"^Error parsing CTF/CLF file \([^)]*\)\. Error is: ", "", text)
    text = re.sub(r"^(?:CTF/CLF )?[Pp]arsing error[.:]? ", "", text)
    return re.sub(r"\.\.+ ", ". ", text).strip(" .") or type(problem).__name__


def user_config(data: bytes) -> Any:
    """A user's config, .ocio text.

    Raises
    ------
    InvalidRequest: no config, or one that is not valid.
    """
    if len(data) > LARGEST_CONFIG:
        raise InvalidRequest(f"an OCIO config of {len(data)} bytes is too large", field="config")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise InvalidRequest("the OCIO config is not UTF-8 text", field="config") from problem
    with library_errors_as("the OCIO config is not valid", "config"):
        config = _by_itself(library().Config.CreateFromStream(text))
        config.validate()
    return config


def _by_itself(config: Any) -> Any:
    """The config, its variables as it declares them: the process's own hold secrets and paths."""
    ocio = library()
    declared = {
        name: config.getEnvironmentVarDefault(name) for name in config.getEnvironmentVarNames()
    }
    config.setEnvironmentMode(ocio.ENV_ENVIRONMENT_LOAD_PREDEFINED)
    for name, _ in list(config.getCurrentContext().getStringVars()):
        config.addEnvironmentVar(name, declared.get(name))
    return config


@dataclass(frozen=True, slots=True)
class Shelf:
    """A config whose transforms find files by name among bytes, and nothing on the disk.

    config : OpenColorIO's; alive as long as `proxy`, which it does not hold itself
    """

    config: Any
    proxy: Any


def shelf(config: Any | None, files: Mapping[str, bytes]) -> Shelf:
    """`config` (None: one without spaces) with `files` beside it: closed, nothing else is read.

    files : by the path that the config makes of its search paths; an absolute one is such a path
    """
    ocio = library()
    text = (raw() if config is None else config).serialize()
    # The library keeps files by name for the whole process, and another job's may be named alike:
    # the names of each shelf are its own, but for absolute ones.
    ocio.ClearAllCaches()
    folder = f"shelf-{next(_shelves)}"

    def find(name: str) -> bytes | None:
        path = name.replace("\\", "/").removeprefix(f"{folder}/").removeprefix("./")
        if path.startswith("/") and path not in files:
            _asked.problem = Refused(f"{path!r} is outside the allowed roots, or not there")
            return _CLOSED
        return files.get(path, files.get(path.rpartition("/")[2]))

    def content(name: str) -> bytes | None:
        found = find(name)
        try:
            if found is None or found is _CLOSED:
                return found
            return plain_table(name.rpartition("/")[2], found)
        except RushesError as problem:
            # The library would try its other formats, and say that all have failed.
            _asked.problem = problem
            return _CLOSED

    class Proxy(ocio.PyConfigIOProxy):  # type: ignore[misc, name-defined]
        def getConfigData(self) -> str:  # noqa: N802
            return str(text)

        def getLutData(self, name: str) -> Any:  # noqa: N802
            found = content(name)
            if found is None:
                raise ocio.ExceptionMissingFile(f"the file {name!r} is not there")
            # An empty answer would be taken for "look on the disk".
            return bytearray(found or _CLOSED)

        def getFastLutFileHash(self, name: str) -> str:  # noqa: N802
            found = find(name)
            return "" if found is None else hashlib.sha256(found).hexdigest()

    proxy = Proxy()
    made = _by_itself(ocio.Config.CreateFromConfigIOProxy(proxy))
    made.setWorkingDir(folder)
    return Shelf(made, proxy)


def group(transforms: Sequence[Any]) -> Any:
    """Transforms in a row as one."""
    made = library().GroupTransform()
    for transform in transforms:
        made.appendTransform(transform)
    return made


def operations(processor: Any) -> list[Any]:
    """A processor as plain transforms that need no config, lossless.

    Raises NotFinite, which `library_errors_as` makes a sentence.
    """
    ocio = library()
    plain = processor.getOptimizedProcessor(
        ocio.BIT_DEPTH_F32, ocio.BIT_DEPTH_F32, ocio.OPTIMIZATION_LOSSLESS
    )
    made = list(plain.createGroupTransform())
    if (wrong := not_finite(made)) is not None:
        raise NotFinite(
            f"a {wrong.removesuffix('Transform')} has a number that is infinite or none"
        )
    return made


@lru_cache(maxsize=1)
def raw() -> Any:
    """A config without spaces."""
    return library().Config.CreateRaw()


def evaluator(transforms: Sequence[Any]) -> Evaluate:
    """The library's own CPU processor, float in and out, nothing approximated.

    Returns
    -------
    a function of (..., 3) float32, which answers in a new array
    """
    ocio = library()
    processor = (
        raw()
        .getProcessor(group(transforms))
        .getOptimizedCPUProcessor(
            ocio.BIT_DEPTH_F32, ocio.BIT_DEPTH_F32, ocio.OPTIMIZATION_LOSSLESS
        )
    )

    def run(rgb: Floats) -> Floats:
        made = np.array(rgb, np.float32, order="C")
        if made.size:
            processor.applyRGB(made.reshape(-1, 1, 3))
        return made

    return run


def planar(evaluate: Evaluate) -> Evaluate:
    """The same for (3, H, W)."""

    def run(planes: Floats) -> Floats:
        return np.ascontiguousarray(evaluate(planes.transpose(1, 2, 0)).transpose(2, 0, 1))

    return run
