"""rushes from Python: the operations as functions of this process, and a client.

    import rushes

    receipt = rushes.debayer(input="A001/", output="frames/", frames="1001-1024")
    receipt = rushes.Client("http://localhost:8080").debayer(input="s3://...", output="s3://...")

Each operation takes its request's fields by name (`rushes <operation> --help` lists them),
returns the Receipt and raises a RushesError. Bare paths, as text or as `Path`, mean files, as on
the command line. `__init__.pyi` has the signatures.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from functions.contract.errors import (
    Busy,
    DamagedSource,
    DeadlineExceeded,
    InternalError,
    InvalidRequest,
    LimitExceeded,
    OutputConflict,
    Refused,
    RushesError,
    SourceNotFound,
    StoreUnavailable,
    UnsupportedMedia,
)
from functions.contract.version import VERSION
from functions.serve.run.catalog import Catalog

if TYPE_CHECKING:
    from functions.contract.receipt import Receipt
    from functions.serve.http.client import Client

__all__ = [
    "Busy",
    "Client",
    "DamagedSource",
    "DeadlineExceeded",
    "InternalError",
    "InvalidRequest",
    "LimitExceeded",
    "OutputConflict",
    "Receipt",
    "Refused",
    "RushesError",
    "SourceNotFound",
    "StoreUnavailable",
    "UnsupportedMedia",
    "__version__",
    "call",
    "explain",
]

__version__ = VERSION

_CATALOG = Catalog()


def call(operation: str, /, **fields: Any) -> Receipt:
    """Do one unit here, with the storage and limits of this process's environment."""
    from functions.serve.run.in_process import run_here

    return run_here(_CATALOG, operation, fields)


def explain(operation: str, /, **fields: Any) -> dict[str, Any]:
    """What the operation would do, from headers only."""
    from functions.serve.run.in_process import explain_here

    return explain_here(_CATALOG, operation, fields)


def __getattr__(name: str) -> Callable[..., Receipt]:
    """Operations by name; classes that most callers never touch are imported when they are."""
    if name in _CATALOG:
        return _function(name)
    later = {"Client": "functions.serve.http.client", "Receipt": "functions.contract.receipt"}
    if name in later:
        found: Callable[..., Receipt] = getattr(import_module(later[name]), name)
        return found
    raise AttributeError(f"module 'rushes' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*__all__, *_CATALOG.names()})


def _function(name: str) -> Callable[..., Receipt]:
    def operation(**fields: Any) -> Receipt:
        return call(name, **fields)

    from functions.serve.run.signatures import document, signature

    chosen = _CATALOG.load(name)
    operation.__name__ = operation.__qualname__ = name
    operation.__doc__ = document(chosen)
    operation.__signature__ = signature(chosen)  # type: ignore[attr-defined]
    return operation
