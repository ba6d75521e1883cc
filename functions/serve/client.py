"""Calls functions that run elsewhere, over HTTP; errors come back as the contract's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from functions.contract.errors import (
    DeadlineExceeded,
    InternalError,
    InvalidRequest,
    RushesError,
    StoreUnavailable,
    from_problem,
)
from functions.contract.receipt import Receipt
from functions.serve.catalog import Catalog
from functions.serve.jsonbody import read_object
from functions.serve.paths import with_uris

_CONNECT_SECONDS = 10.0


class Client:
    """A functions server somewhere.

        client = Client("http://localhost:8080")
        receipt = client.debayer(input="s3://camera/A001/", output="s3://plates/A001/")

    url : of a server of one function or of several
    token : what RUSHES_TOKEN_FILE holds on the other side
    timeout : seconds to wait for an answer; None waits for ever

    Each call raises the contract's errors, StoreUnavailable when nobody answers and
    DeadlineExceeded when it took too long. Nothing is retried: a unit sent twice is one
    unit, so a caller may.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        timeout: float | None = 3660.0,
        catalog: Catalog | None = None,
    ) -> None:
        if not url.startswith(("http://", "https://")):
            raise InvalidRequest(f"{url!r} is not an http(s) address", field="url")
        self._url = url.rstrip("/")
        self._token = token
        self._timeout = timeout
        self._catalog = catalog or Catalog()

    def call(self, operation: str, /, **fields: Any) -> Receipt:
        """Do one unit there. Bare paths become file URIs, for a storage that both share."""
        answer = self._post(operation, fields)
        try:
            return msgspec.convert(answer, Receipt)
        except msgspec.ValidationError as error:
            raise InternalError(f"{self._url} answered with no receipt: {error}") from error

    def explain(self, operation: str, /, **fields: Any) -> dict[str, Any]:
        """What `call` would do, from headers only."""
        return self._post(operation, {**fields, "explain": True})

    def __getattr__(self, name: str) -> Callable[..., Receipt]:
        if name.startswith("_") or name not in self._catalog:
            raise AttributeError(f"no operation {name!r}: {', '.join(self._catalog.names())}")

        def operation(**fields: Any) -> Receipt:
            return self.call(name, **fields)

        operation.__name__ = name
        operation.__doc__ = self._catalog.summary(name)
        return operation

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._catalog.names()]

    def _post(self, operation: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        import requests

        headers = {"content-type": "application/json"}
        if self._token:
            headers["authorization"] = f"Bearer {self._token}"
        body = msgspec.json.encode(with_uris(self._catalog, operation, fields))
        try:
            response = requests.post(
                f"{self._url}/{operation}",
                data=body,
                headers=headers,
                timeout=(_CONNECT_SECONDS, self._timeout),
                allow_redirects=False,
            )
        except requests.Timeout as error:
            raise DeadlineExceeded(f"{self._url} did not answer in time") from error
        except requests.ConnectionError as error:
            raise StoreUnavailable(f"{self._url} cannot be reached: {error}") from error
        except requests.RequestException as error:
            raise InvalidRequest(f"{self._url}: {error}", field="url") from error
        if response.status_code == 200:
            return read_object(response.content, f"the answer of {self._url}")
        raise _error_of(response.status_code, response.headers, response.content)


def _error_of(status: int, headers: Mapping[str, str], body: bytes) -> RushesError:
    from functions.serve.events import read_answer

    answer = read_answer(status, headers, body)
    problem = answer.problem if answer is not None else None
    if problem is None:
        return InternalError(f"the server answered {status} and did no work")
    if answer is not None and answer.seconds_to_retry is not None:
        problem = {"retry_after": answer.seconds_to_retry, **problem}
    return from_problem(problem)
