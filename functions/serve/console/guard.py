"""What a browser's request to the console and, from its pages, to the operations must show."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

from flask import Request, Response

from functions.contract.errors import Refused
from functions.serve.console.sessions import FORM_HEADER, SESSION_SECONDS, Sessions
from functions.serve.run.settings import Settings

_OPEN = "open"
"""The session of everybody, where no token is wanted."""
_READS = ("GET", "HEAD")


class Guard:
    """Knows the sessions of browsers.

    key : the token as it is now, None where none is wanted
    secret : this process's own
    """

    def __init__(self, settings: Settings, key: Callable[[], bytes] | None, secret: bytes) -> None:
        self._settings, self._wanted = settings, key is not None
        self._sessions = Sessions(key or (lambda: secret), time.time)

    def session(self, request: Request) -> str | None:
        """The session that a request belongs to; None where it must show the token."""
        if not self._wanted:
            return _OPEN
        return self._sessions.name_of(request.cookies.get(_cookie(request)))

    def refusal(self, request: Request, session: str) -> Refused | None:
        """Why a request of a session is not done: it came from elsewhere, or its form did."""
        if not self._wanted and not self._is_own_name(request.host):
            return Refused(
                f"this server is for this machine alone, and {request.host!r} is another name"
            )
        if request.method in _READS:
            return None
        if (other := of_another_site(request)) is not None:
            return other
        if not self._sessions.is_form(session, request.headers.get(FORM_HEADER)):
            return Refused(f"{FORM_HEADER} is not that of this session: load the page anew")
        return None

    def form(self, session: str) -> str:
        """What requests of this session carry in `sessions.FORM_HEADER`."""
        return self._sessions.form(session)

    def begin(self, request: Request, response: Response) -> None:
        """Give a browser that has shown the token its session."""
        response.set_cookie(
            _cookie(request),
            self._sessions.begin(),
            max_age=SESSION_SECONDS,
            secure=request.is_secure,
            httponly=True,
            samesite="Strict",
        )

    def _is_own_name(self, host: str) -> bool:
        """A page elsewhere may have a name that leads to this machine (DNS rebinding): a server
        that listens here alone answers to its own names."""
        if self._settings.host not in ("127.0.0.1", "::1", "localhost"):
            return True
        try:
            name = urlsplit(f"//{host}").hostname or ""
            return name == "localhost" or ipaddress.ip_address(name).is_loopback
        except ValueError:
            return False


def of_another_site(request: Request) -> Refused | None:
    """A web page of another site must not drive a server on somebody's own machine."""
    origin = request.headers.get("Origin")
    with suppress(ValueError):  # `http://[`
        if origin is None or urlsplit(origin).netloc == request.host:
            return None
    return Refused(f"requests from pages of {origin!r} are off")


def _cookie(request: Request) -> str:
    # Browsers do not keep cookies of two ports apart.
    port = request.host.rpartition(":")[2]
    return f"rushes_console_{port if port.isdecimal() else 'web'}"
