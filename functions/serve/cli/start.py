"""The command `rushes`: `serve` alone skips the command line's library, 20 ms of each start."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

# What gunicorn imports for applications by name, its own command line, pages and dates, and what
# that imports: 40 modules, a sixth of the server's imports.
_UNUSED = ("argparse", "email.utils", "glob", "html", "importlib.metadata", "shlex")


class _Later(ModuleType):
    """Stands for a module in the names of its importers; the first look inside imports it."""

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


@contextmanager
def later(*names: str) -> Iterator[None]:
    """Who imports these modules inside gets them when it uses them; who does outside, at once.

    Not importlib.util.LazyLoader: that leaves its modules to everybody, and until Python 3.12.3
    two threads that looked into one at once could find it half made.
    """
    standing = {name: _Later(name) for name in names if name not in sys.modules}
    sys.modules.update(standing)
    try:
        yield
    finally:
        for name, module in standing.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]


def serve(environ: Mapping[str, str]) -> int:
    """Run the server as `rushes serve` does; the exit code when it cannot start."""
    gc.disable()  # the server enables it when its modules are loaded
    with later(*_UNUSED):
        for name in ("gunicorn.app.base", "gunicorn.arbiter", "gunicorn.workers.gthread"):
            import_module(name)
    from functions.contract.errors import RushesError
    from functions.serve.http.server import serve as serve_http
    from functions.serve.run.settings import Settings

    try:
        serve_http(Settings.read(environ))
    except RushesError as error:
        from functions.contract.uris import escaped

        print(f"rushes: {escaped(error.detail)}", file=sys.stderr)
        return error.exit_code
    return 0


def run(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run the command; its exit code."""
    if list(arguments) == ["serve"]:
        return serve(environ)
    from functions.serve.cli.main import run_cli

    return run_cli(list(arguments))


def main() -> None:
    """Entry point of the command `rushes`."""
    # No pixel passes through BLAS; its thread pool costs a start 10 ms and a core's attention.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.exit(run(sys.argv[1:], os.environ))
