"""`rushes` of the image. `rushes serve` alone, which the image starts, skips the command line's
library: 20 ms of each start."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping, Sequence


def serve(environ: Mapping[str, str]) -> int:
    """Run the server as `rushes serve` does; the exit code when it cannot start."""
    gc.disable()  # the server enables it when its modules are loaded
    from functions.contract.errors import RushesError
    from functions.serve.server import serve as serve_http
    from functions.serve.settings import Settings

    try:
        serve_http(Settings.read(environ))
    except RushesError as error:
        print(f"rushes: {error.detail}", file=sys.stderr)
        return error.exit_code
    return 0


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """The command; returns its exit code."""
    if list(arguments) == ["serve"]:
        return serve(environ)
    from functions.serve.cli import run_cli

    return run_cli(list(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
