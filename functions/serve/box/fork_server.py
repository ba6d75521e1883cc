"""The process that children are forked from: started anew, with no secret, and one thread.

It never reads a file of a stranger's. What units import stays loaded here, so that a child begins
with all of it; a fork of a process with threads could inherit their locks. Its standard input is
the worker's socket; when that closes, all ends.
"""

from __future__ import annotations

import contextlib
import gc
import os
import selectors
import signal
import socket
import sys
import tempfile
from functools import partial
from importlib import import_module
from typing import Any

import msgspec

from functions.contract.errors import RushesError
from functions.contract.receipt import Receipt
from functions.contract.request import decode
from functions.media.plugins.installed import installed
from functions.serve.box.child import IGNORED, STOP, confined, is_module, run_child
from functions.serve.box.messages import Ended, Fork, Held, Learn, Ready
from functions.serve.box.wire import Channel, Closed
from functions.serve.run.catalog import Catalog
from functions.serve.run.identity import code_version

_FIRST_FILE = 3
_FORK_OR_LEARN: Any = Fork | Learn
# Packages that units load late; whatever a child says, nothing else is imported for it.
PACKAGES = frozenset(
    {
        "functions", "kernels", "numpy", "av", "imagecodecs", "rawpy", "OpenEXR", "OpenImageIO",
        "PyOpenColorIO", "lxml", "aaf2", "fdl", "fdl_ffi", "tifffile", "xxhash", "msgspec",
        "freetype", "uharfbuzz", "pathspec", "fractions", "decimal", "concurrent", "mmap",
        "zipfile", "html", "xml", "csv", "unicodedata", "statistics", "difflib", "calendar",
        "datetime",
    }
)  # fmt: skip


def main() -> None:
    """Serve the worker at standard input until it goes."""
    sock = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    # What libraries print belongs into the log; standard output is a command's answer.
    os.dup2(2, 1)
    for number in IGNORED:
        signal.signal(number, signal.SIG_IGN)
    with contextlib.suppress(Closed):
        ForkServer(Channel(sock)).run()
    os._exit(0)


class ForkServer:
    """One worker's."""

    def __init__(self, worker: Channel) -> None:
        self._worker = worker
        self._held, _, _ = worker.receive(Held)
        self._catalog = Catalog(self._held.catalog)
        self._children: dict[int, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        self._loaded: set[str] = set()

    def run(self) -> None:
        """Get ready, say so, and fork until the worker goes."""
        try:
            self._worker.send(self._warm_up())
        except Closed:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the worker has to say it
            self._worker.send(Ready(fault=f"{type(error).__name__}: {error}"))
        if self._held.loads is not None:
            self._load(self._held.loads)
        woken, wake = socket.socketpair()
        for each in (woken, wake):
            each.setblocking(False)
        signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._selector.register(self._worker.sock, selectors.EVENT_READ, self._hear)
        self._selector.register(woken, selectors.EVENT_READ, partial(self._reap, woken))
        try:
            while True:
                for key, _ in self._selector.select():
                    key.data()
        finally:
            for pid in self._children:
                os.kill(pid, signal.SIGKILL)

    def _warm_up(self) -> Ready:
        installed()  # known to every child
        shapes = {s for name in self._catalog.names() for s in self._shapes(name)}
        facts = import_module("kernels").warm() if "kernels" in shapes else None
        return Ready(holds=tuple(self._holds()), kernels=facts)

    def _shapes(self, name: str) -> tuple[str, ...]:
        if self._held.loads not in (None, name):
            return ()
        return self._catalog.load(name).shapes

    def _holds(self) -> list[str]:
        """What confines a child here, as a child found it."""
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            code = 1
            with contextlib.suppress(BaseException):
                trial = Fork(operation="", scratch=tempfile.gettempdir(), memory=1 << 30, cpu=60)
                os.write(write, msgspec.json.encode(confined(trial, self._held)))
                code = 0
            os._exit(code)
        os.close(write)
        with os.fdopen(read, "rb") as told:
            said = told.read()
        os.waitpid(pid, 0)
        return msgspec.json.decode(said or b"[]", type=list[str])

    def _hear(self) -> None:
        message, _, files = self._worker.receive(_FORK_OR_LEARN)
        if isinstance(message, Learn):
            self._learn(message.modules)
            return
        sock, told = (socket.socket(fileno=each) for each in files)
        self._load(message.operation)
        gc.freeze()  # the collector of a child then leaves these pages shared
        pid = os.fork()
        if pid == 0:
            self._be_child(sock, message)
        sock.close()
        self._children[pid] = told
        self._selector.register(told, selectors.EVENT_READ, partial(self._obey, pid, told))

    def _be_child(self, sock: socket.socket, fork: Fork) -> None:
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            # Other children's sockets, and the worker's.
            kept = sock.fileno()
            os.closerange(_FIRST_FILE, kept)
            os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX"))
            code = run_child(sock, fork, self._held)
        except BaseException as error:  # noqa: BLE001 - the worker sees that there was no end
            print(f"rushes: a unit's process: {error!r}", file=sys.stderr)
        finally:
            sys.stderr.flush()
            os._exit(code)

    def _obey(self, pid: int, told: socket.socket) -> None:
        """The worker wants a child to give up, or has given it up."""
        try:
            said = told.recv(1)
        except OSError:
            said = b""
        if pid in self._children:
            os.kill(pid, STOP if said else signal.SIGKILL)
        if not said:
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(told)

    def _reap(self, woken: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError):
            woken.recv(4096)
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            told = self._children.pop(pid)
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(told)
            with told, contextlib.suppress(Closed):
                Channel(told).send(Ended(code=os.waitstatus_to_exitcode(status)))

    def _load(self, operation: str) -> None:
        """Import what every unit of an operation imports; a fault is the unit's."""
        if operation in self._loaded or operation not in self._catalog:
            return
        self._loaded.add(operation)
        with contextlib.suppress(Exception):
            known = self._catalog.load(operation)
            for name in known.loads:
                import_module(name)
            # What is asked once a process, children need not ask again.
            code_version(known.shapes)
            with contextlib.suppress(RushesError):
                decode(known.request, {})
            with contextlib.suppress(msgspec.MsgspecError):
                msgspec.json.decode(b"{}", type=Receipt)

    def _learn(self, modules: tuple[str, ...]) -> None:
        """Import what a unit had to, so that the next one need not."""
        for name in modules:
            if name.partition(".")[0] in PACKAGES and is_module(name) and name not in sys.modules:
                with contextlib.suppress(Exception):
                    import_module(name)


if __name__ == "__main__":
    main()
