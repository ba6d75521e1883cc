"""How S3 is reached: given from above, read from no environment here."""

from __future__ import annotations

import msgspec


class S3Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Where S3 is and who asks.

    endpoint : URL of the service, without the bucket; None is AWS itself
    region : None is us-east-1, or what the machine's own AWS configuration says
    access_key_id, secret_access_key, session_token : None leaves it to the machine's own
        credentials (web identity, container, instance metadata)
    allow_http : whether an endpoint without TLS may be used
    virtual_hosted_style : the bucket in the host name and not in the path
    answer_seconds : the longest silence of a server before it counts as gone
    retry_seconds : after so long no further retry of one request begins
    """

    endpoint: str | None = None
    region: str | None = None
    access_key_id: str | None = None
    secret_access_key: str | None = None
    session_token: str | None = None
    allow_http: bool = False
    virtual_hosted_style: bool = False
    answer_seconds: float = 30.0
    retry_seconds: float = 20.0

    def __repr__(self) -> str:
        # Settings end up in logs and tracebacks; the secret must not.
        return f"S3Settings(endpoint={self.endpoint!r}, access_key_id={self.access_key_id!r})"
