"""Who may look: a browser's session, signed with the server's token, and the forms of its pages.

A page sends the token once, in a header, and gets a cookie that no script reads and no other site
sends. Nothing is remembered: the signature is made with the token, so every worker and pod knows
it, and a token that is exchanged ends all sessions.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from hashlib import sha256

SESSION_SECONDS = 12 * 3600
FORM_HEADER = "X-Rushes-Form"


class Sessions:
    """Makes and knows sessions.

    key : the token as it is now, or the process's own secret where there is none
    clock : seconds since 1970
    """

    def __init__(self, key: Callable[[], bytes], clock: Callable[[], float]) -> None:
        self._key, self._clock = key, clock

    def begin(self) -> str:
        """The value of a new cookie: when it ends, a name, and the signature."""
        said = f"{int(self._clock()) + SESSION_SECONDS}.{secrets.token_urlsafe(12)}"
        return f"{said}.{self._sign('session', said)}"

    def name_of(self, cookie: str | None) -> str | None:
        """The session that a cookie is of; None for one that is over, or not ours."""
        said, _, signature = (cookie or "").rpartition(".")
        end, _, name = said.partition(".")
        if not hmac.compare_digest(signature.encode(), self._sign("session", said).encode()):
            return None
        return name if end.isdecimal() and int(end) > self._clock() else None

    def form(self, session: str) -> str:
        """What each request of this session that changes something must carry."""
        return self._sign("form", session)

    def is_form(self, session: str, said: str | None) -> bool:
        """Whether a request carries it."""
        return hmac.compare_digest((said or "").encode(), self.form(session).encode())

    def _sign(self, kind: str, text: str) -> str:
        return hmac.new(self._key(), f"rushes {kind} {text}".encode(), sha256).hexdigest()
