"""What callers show: the bearer token of RUSHES_TOKEN_FILE, read anew when the file changes, or an
identity token where those are taken."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import TYPE_CHECKING

from functions.contract.errors import InternalError, Refused
from functions.serve.run.settings import Settings

if TYPE_CHECKING:
    from functions.serve.http.oidc import IdentityTokens


class Token:
    """What callers must show, where the settings say so.

    secret : the process's own, which signs where no token is there to sign with
    """

    def __init__(self, settings: Settings, secret: bytes = b"") -> None:
        self._path = settings.token_file
        self._secret = secret
        self._identities: IdentityTokens | None = None
        if settings.oidc_audience is not None:
            from functions.serve.http.oidc import IdentityTokens

            self._identities = IdentityTokens(settings)
        self._seen: tuple[int, int] | None = None
        self._token = b""

    @property
    def key(self) -> Callable[[], bytes] | None:
        """What sessions are signed with, as it is when it is asked for; None where nobody need show
        anything."""
        if self._path is None and self._identities is not None:
            return lambda: self._secret
        return None if self._path is None else self._current

    def refusal(self, header: str | None) -> tuple[Refused, int] | None:
        """A 401 without a token, a 403 with a wrong one, None with the right one."""
        if self._path is None and self._identities is None:
            return None
        scheme, _, shown = (header or "").partition(" ")
        if scheme.lower() != "bearer" or not shown.strip():
            return Refused("this function wants a bearer token"), 401
        shown = shown.strip()
        if self._path is not None and hmac.compare_digest(shown.encode(), self._current()):
            return None
        # A token of three parts is one that says who it is.
        if self._identities is not None and (self._path is None or shown.count(".") == 2):
            refused = self._identities.refusal(shown)
            return None if refused is None else (refused, 403)
        return Refused("the bearer token is not this function's"), 403

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
