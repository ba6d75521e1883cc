"""The bearer token of RUSHES_TOKEN_FILE, read anew when the file changes."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from pathlib import Path

from functions.contract.errors import InternalError, Refused


class Token:
    """What callers must show, where a file says so."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._token = b""

    @property
    def key(self) -> Callable[[], bytes] | None:
        """The token as it is when it is asked for; None where none is wanted."""
        return None if self._path is None else self._current

    def refusal(self, header: str | None) -> tuple[Refused, int] | None:
        """A 401 without a token, a 403 with a wrong one, None with the right one."""
        if self._path is None:
            return None
        scheme, _, shown = (header or "").partition(" ")
        if scheme.lower() != "bearer" or not shown.strip():
            return Refused("this function wants a bearer token"), 401
        if not hmac.compare_digest(shown.strip().encode(), self._current()):
            return Refused("the bearer token is not this function's"), 403
        return None

    def _current(self) -> bytes:
        assert self._path is not None
        try:
            stat = self._path.stat()
            seen = (stat.st_mtime_ns, stat.st_ino)
            if seen != self._seen:
                fresh = self._path.read_bytes().strip()
                # A secret that is being rotated may be empty for a moment; nobody gets in by that.
                if fresh:
                    self._token, self._seen = fresh, seen
        except OSError as error:
            if not self._token:
                raise InternalError("the token file cannot be read") from error
        return self._token
