"""The command `rushes`: `serve` alone skips the command line's library, 20 ms of each start."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping, Sequence


def serve(environ: Mapping[str, str]) -> int:
    """Run the server as `rushes serve` does; the exit code when it cannot start."""
    gc.disable()  # the server enables it when its modules are loaded
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
