"""Sockets whose answers nobody waits for: one thread for thousands of POSTs that stay open."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections.abc import Callable

_LOOK = 1.0


class Parking:
    """Calls back when a socket can be read, is closed, or has been silent for too long.

    The thread is started with the first socket. Safe from many threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._new: list[tuple[socket.socket, float, Callable[[], None]]] = []
        self._pair: tuple[socket.socket, socket.socket] | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    def park(self, sock: socket.socket, seconds: float, ready: Callable[[], None]) -> None:
        """Call `ready` once: when something has come, or after so many seconds without."""
        with self._lock:
            if not self._closed:
                self._new.append((sock, time.monotonic() + seconds, ready))
                if self._pair is None:
                    self._start()
        self._ring()

    def close(self) -> None:
        """Wait for nothing any more; the sockets are their owners'."""
        with self._lock:
            self._closed = True
        self._ring()
        if self._thread is not None:
            self._thread.join()
        for end in self._pair or ():
            end.close()

    def _start(self) -> None:
        self._pair = socket.socketpair()
        for end in self._pair:
            end.setblocking(False)
        self._thread = threading.Thread(
            target=self._wait, args=(self._pair[1],), name="parking", daemon=True
        )
        self._thread.start()

    def _ring(self) -> None:
        if self._pair is not None:
            with contextlib.suppress(OSError):  # full: it rings already; closed: nobody listens
                self._pair[0].send(b"!")

    def _wait(self, rung: socket.socket) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(rung, selectors.EVENT_READ)
            late = time.monotonic() + _LOOK
            while not self._closed:
                for key, _ in selector.select(_LOOK):
                    if key.fileobj is rung:
                        with contextlib.suppress(OSError):
                            rung.recv(4096)
                    else:
                        selector.unregister(key.fileobj)
                        key.data[1]()
                if time.monotonic() >= late:
                    late = time.monotonic() + _LOOK
                    self._wake_late(selector)
                self._take_new(selector)

    def _take_new(self, selector: selectors.BaseSelector) -> None:
        with self._lock:
            new, self._new = self._new, []
        for sock, until, ready in new:
            try:
                selector.register(sock, selectors.EVENT_READ, (until, ready))
            except (ValueError, KeyError, OSError):  # closed meanwhile: reading it will tell
                ready()

    @staticmethod
    def _wake_late(selector: selectors.BaseSelector) -> None:
        now = time.monotonic()
        late = [k for k in selector.get_map().values() if k.data is not None and k.data[0] <= now]
        for key in late:
            selector.unregister(key.fileobj)
            key.data[1]()
