"""`rushes` with a debayer that writes down each time it runs: dispatcher and servers alike.

python -c "from tests.dispatch.logged import main; main()" dispatch JOB.json
"""

from __future__ import annotations

import os
import sys

import msgspec

from functions.contract import uris
from functions.contract.operation import Result
from functions.contract.receipt import Receipt
from functions.debayer import handler
from functions.debayer.request import DebayerRequest
from functions.debayer.unit import DebayerUnit
from functions.serve.cli import main as cli
from functions.serve.local import server as local
from functions.serve.run.catalog import Catalog, Entry
from functions.serve.run.settings import Settings
from functions.storage import open_store

START = "from tests.dispatch.logged import main; main()"
LOG = "KILL_TEST_LOG"


class LoggedUnit(DebayerUnit):
    """The real debayer, after one line: `<output> <frames> <"anew" or "stood">`."""

    def run(self) -> Result:
        """Log, and go on."""
        _log(self.request)
        return super().run()


def _log(request: DebayerRequest) -> None:
    stood = "stood" if _stands(request) else "anew"
    line = f"{request.output} {request.frames} {stood}\n".encode()
    log = os.open(os.environ[LOG], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(log, line)  # one write: whole even when the next instruction is the last
    finally:
        os.close(log)


def _stands(request: DebayerRequest) -> bool:
    # A store of its own: what is read here must not be told in the receipt.
    settings = Settings.read(os.environ)
    store = open_store(settings.roots, settings.s3)
    folder = uris.folder(uris.join(request.output, ".rushes"))
    stood = [s.uri for s in store.list(folder) if not s.uri.endswith(".failed.json")]
    receipts = [msgspec.json.decode(store.read(uri), type=Receipt) for uri in stood]
    return any(r.request.get("frames") == request.frames for r in receipts)


OPERATION = msgspec.structs.replace(handler.OPERATION, open=LoggedUnit)


def main() -> None:
    """The command line with this debayer, here and in the local functions."""
    local._serve = lambda: [sys.executable, "-c", START, "serve"]
    catalog = Catalog(
        {
            "debayer": Entry("tests.dispatch.logged", "debayer, written down"),
            "dispatch": Entry("functions.dispatch.handler", "the real one"),
        }
    )
    cli.main(sys.argv[1:], catalog)
