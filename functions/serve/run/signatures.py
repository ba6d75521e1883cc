"""The public Python face of every operation: signatures for help(), and the stub of `rushes`.

`python -m functions.serve.run.signatures` writes `rushes/__init__.pyi`; a test fails while that
file is not as it would be written.
"""

from __future__ import annotations

import inspect
import sys
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from functions.contract.errors import leaves
from functions.contract.operation import Operation
from functions.contract.receipt import Receipt
from functions.contract.request import field_schema, is_uri
from functions.serve.run.catalog import Catalog

_STUB = Path(__file__).resolve().parents[3] / "rushes" / "__init__.pyi"

_HEAD = '''\
# Written by `python -m functions.serve.run.signatures`: do not edit.
"""rushes from Python: the operations as functions of this process, and a client."""

from pathlib import Path
from typing import Any, Literal

{errors}
from functions.contract.receipt import Receipt as Receipt
from functions.serve.run.catalog import Catalog

__version__: str

def call(operation: str, /, **fields: Any) -> Receipt: ...
def explain(operation: str, /, **fields: Any) -> dict[str, Any]: ...
'''

_CLIENT = """
class Client:
    def __init__(
        self,
        url: str,
        token: str | None = None,
        timeout: float | None = 3660.0,
        catalog: Catalog | None = None,
        attempts: int = 1,
    ) -> None: ...
    def call(self, operation: str, /, **fields: Any) -> Receipt: ...
    def explain(self, operation: str, /, **fields: Any) -> dict[str, Any]: ...
"""


def signature(operation: Operation) -> inspect.Signature:
    """Its request's fields as keywords, and the receipt that it gives."""
    parameters = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if field.required else field.default,
            annotation=_text(operation, name, hint),
        )
        for name, field, hint in _fields(operation)
    ]
    return inspect.Signature(parameters, return_annotation=Receipt)


def document(operation: Operation) -> str:
    """What help() tells: the summary, and a line a field."""
    lines = [operation.summary[:1].upper() + operation.summary[1:] + ".", ""]
    for name, _, _ in _fields(operation):
        schema = field_schema(operation.request, name)
        told = [schema, *schema.get("anyOf", ())]
        about = next((each["description"] for each in told if "description" in each), "")
        lines.append(f"{name} : {about}")
    return "\n".join([*lines, "", "Returns the Receipt. Raises a RushesError."])


def stub(catalog: Catalog) -> str:
    """The text of `rushes/__init__.pyi`."""
    names = sorted({leaf.__name__ for leaf in leaves()} | {"RushesError"})
    errors = [f"from functions.contract.errors import {name} as {name}" for name in names]
    operations = [catalog.load(name) for name in catalog.names()]
    text = _HEAD.format(errors="\n".join(errors))
    text += "".join(_function(each, "") for each in operations)
    return text + _CLIENT + "".join(_function(each, "    ") for each in operations)


def _function(operation: Operation, indent: str) -> str:
    lines = [f"{indent}def {operation.name}("]
    lines += [f"{indent}    self,"] if indent else []
    lines.append(f"{indent}    *,")
    for name, field, hint in _fields(operation):
        default = "" if field.required else f" = {field.default!r}".replace("'", '"')
        lines.append(f"{indent}    {name}: {_text(operation, name, hint)}{default},")
    return "\n".join([*lines, f"{indent}) -> Receipt: ...\n"])


def _fields(operation: Operation) -> Iterator[tuple[str, msgspec.structs.FieldInfo, Any]]:
    """Fields as people meet them: what must be said, the operation's own, what all have."""
    hints = typing.get_type_hints(operation.request, include_extras=True)
    fields = [f for f in msgspec.structs.fields(operation.request) if f.name != "explain"]
    own = sorted(fields, key=lambda f: (not f.required, f.name == "overwrite"))
    return ((field.name, field, hints[field.name]) for field in own)


def _text(operation: Operation, name: str, hint: Any) -> str:
    return _hint(hint, uri=is_uri(operation.request, name))


def _hint(hint: Any, *, uri: bool) -> str:
    """An annotation as people write it; where a URI goes, a path goes too."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _hint(arguments[0], uri=uri)
    if origin in (Union, types.UnionType):
        return " | ".join(_hint(each, uri=uri) for each in arguments)
    if origin is Literal:
        return f"Literal[{', '.join(repr(each) for each in arguments)}]".replace("'", '"')
    if origin is tuple:
        inner = _hint(arguments[0], uri=uri)
        # A list of text alone is no list of text or paths to a type checker.
        lists = "list[str] | list[Path] | " if uri else ""
        return f"{lists}list[{inner}] | tuple[{inner}, ...]"
    if origin in (list, dict):
        inner = ", ".join(_hint(each, uri=uri) for each in arguments)
        return f"{origin.__name__}[{inner}]"
    if hint is type(None):
        return "None"
    if hint is Any:
        return "Any"
    return "str | Path" if hint is str and uri else str(hint.__name__)


if __name__ == "__main__":
    _STUB.write_text(stub(Catalog()))
    print(f"wrote {_STUB}", file=sys.stderr)
