"""Identity tokens (OpenID Connect), as Knative sends them: whose, for whom, until when.

What a token says of where its keys are is not listened to: keys are the settings' file or address.

References
----------
RFC 7519 (JWT), RFC 7517 (JWKS), RFC 8725 (best current practices). Knative Eventing: OIDC.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from functions.contract.errors import InternalError, InvalidRequest, Refused
from functions.serve.run.settings import Settings

if TYPE_CHECKING:
    import jwt

# No HMAC: whoever has a public key could sign with it.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
_LEEWAY_SECONDS = 30
_FRESH_SECONDS, _AGAIN_SECONDS = 3600.0, 30.0
_MOST_BYTES, _PART = 1 << 20, 64 << 10
_FETCH_SECONDS = 5.0


class IdentityTokens:
    """Knows tokens of one issuer for one audience.

    Raises InvalidRequest where the library that checks them is not installed.
    """

    def __init__(self, settings: Settings) -> None:
        assert settings.oidc_keys is not None
        self._audience, self._issuer = settings.oidc_audience, settings.oidc_issuer
        self._where = settings.oidc_keys
        self._lock = threading.Lock()
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._seen: object = None
        self._asked = -_FRESH_SECONDS
        try:
            import jwt
        except ImportError as error:
            raise InvalidRequest(
                "RUSHES_OIDC_AUDIENCE is set, and what checks tokens is not installed: install "
                "rushes with the extra oidc (rushes[oidc])"
            ) from error
        self._jwt = jwt

    def refusal(self, token: str) -> Refused | None:
        """Why a token is not taken; None for one that is good."""
        jwt = self._jwt
        try:
            header = jwt.get_unverified_header(token)
            key = self._key(header.get("kid"))
            if key is None:
                return Refused("the identity token is signed with a key that is not the issuer's")
            jwt.decode(
                token,
                key,
                algorithms=list(_ALGORITHMS),
                audience=self._audience,
                issuer=self._issuer,
                leeway=_LEEWAY_SECONDS,
                options={"require": ["exp", "aud", "iss"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            return Refused(f"the identity token is not taken: {error}")
        return None

    def _key(self, name: str | None) -> jwt.PyJWK | None:
        with self._lock:
            now = time.monotonic()
            age = now - self._asked
            if age > _FRESH_SECONDS or (name not in self._keys and age > _AGAIN_SECONDS):
                self._asked = now
                self._load()
            if name is None and len(self._keys) == 1:
                return next(iter(self._keys.values()))
            return self._keys.get(name)

    def _load(self) -> None:
        """The keys as they are now; those from before stay where they cannot be had."""
        try:
            found = self._jwt.PyJWKSet.from_json(self._content().decode())
        except (OSError, ValueError, self._jwt.PyJWTError) as error:
            if not self._keys:
                raise InternalError(
                    f"the keys of RUSHES_OIDC_KEYS cannot be had: {error}"
                ) from error
            return
        self._keys = {key.key_id: key for key in found.keys if key.key_type != "oct"}

    def _content(self) -> bytes:
        if not self._where.startswith("https://"):
            with Path(self._where).open("rb") as file:
                return file.read(_MOST_BYTES)
        import requests

        # Where the setting leads and no further: an answer that sends elsewhere is none.
        with requests.get(
            self._where, timeout=_FETCH_SECONDS, allow_redirects=False, stream=True
        ) as answer:
            if answer.status_code != 200:
                raise OSError(f"the answer is {answer.status_code}")
            content = b""
            # By parts and not from `raw`, whose errors are no OSError where an answer breaks off.
            for part in answer.iter_content(_PART):
                content += part
                if len(content) > _MOST_BYTES:
                    raise OSError(f"the answer has more than {_MOST_BYTES} bytes")
            return content
