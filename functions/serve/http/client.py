"""Calls functions that run elsewhere, over HTTP; errors come back as the contract's own."""

from __future__ import annotations

import random
import time
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
from functions.dispatch.sending.backoff import backoff
from functions.serve.cli.bare_paths import with_uris
from functions.serve.http.json_body import read_object
from functions.serve.run.catalog import Catalog

_CONNECT_SECONDS = 10.0


class Client:
    """A functions server somewhere.

        client = Client("http://localhost:8080")
        receipt = client.debayer(input="s3://camera/A001/", output="s3://plates/A001/")

    url : of a server of one function or of several
    token : what RUSHES_TOKEN_FILE holds on the other side
    timeout : seconds to wait for an answer; None waits for ever
    attempts : how often a call is sent in all, where its error is one that a retry may cure;
        never sooner than Retry-After says. A unit sent twice is one unit.

    Each call raises the contract's errors, StoreUnavailable when nobody answers,
    DeadlineExceeded when it took too long, InternalError when the answer is none of a
    function's.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        timeout: float | None = 3660.0,
        catalog: Catalog | None = None,
        attempts: int = 1,
    ) -> None:
        if attempts < 1:
            raise InvalidRequest("attempts are one or more", field="attempts")
        if not url.startswith(("http://", "https://")):
            raise InvalidRequest(f"{url!r} is not an http(s) address", field="url")
        self._url = url.rstrip("/")
        self._token = token
        self._timeout = timeout
        self._attempts = attempts
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
        body = msgspec.json.encode(with_uris(self._catalog, operation, fields))
        for attempt in range(1, self._attempts):
            try:
                return self._sent(operation, body)
            except RushesError as error:
                if not error.retryable:
                    raise
                asked = error.facts.get("retry_after")
                after = float(asked) if isinstance(asked, (int, float)) else None
                # No name to draw the jitter from: clients that call alike must not return alike.
                _pause(backoff(str(random.random()), attempt, after))  # noqa: S311
        return self._sent(operation, body)

    def _sent(self, operation: str, body: bytes) -> dict[str, Any]:
        import requests

        headers = {"content-type": "application/json"}
        if self._token:
            headers["authorization"] = f"Bearer {self._token}"
        try:
            response = requests.post(
                f"{self._url}/{operation}",
                data=body,
                headers=headers,
                timeout=(_CONNECT_SECONDS, self._timeout),
                allow_redirects=False,
            )
        except (requests.RequestException, ValueError) as error:  # urllib3's of odd names
            raise _unanswered(self._url, error) from error
        if response.status_code != 200 or not response.content.strip():
            raise _error_of(response.status_code, response.headers, response.content)
        try:
            return read_object(response.content, f"the answer of {self._url}")
        except InvalidRequest as error:
            raise InternalError(error.detail) from error


def _unanswered(url: str, error: Exception) -> RushesError:
    """What it means that requests has no whole answer."""
    import requests

    # A body that stalls is a ConnectionError there, around the timeout that it is.
    stalled = any("ReadTimeout" in type(each).__name__ for each in (error, *error.args))
    if stalled:
        return DeadlineExceeded(f"{url} did not answer in time")
    if isinstance(error, requests.ConnectTimeout):
        return StoreUnavailable(f"{url} cannot be reached in time")
    if isinstance(error, (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        return StoreUnavailable(f"{url} cannot be reached: {_reason(error)}")
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return InternalError(f"{url} answered with no readable body: {error}")
    return InvalidRequest(f"{url}: {error}", field="url")


def _reason(error: BaseException) -> str:
    """`Connection refused`, from below the pools and retries that tell of themselves."""
    below: BaseException | None = error
    while below is not None:
        error = below
        if isinstance(error, OSError) and error.strerror:
            return error.strerror
        told = (getattr(error, "reason", None), *error.args, error.__cause__)
        below = next((each for each in told if isinstance(each, BaseException)), None)
    return str(error)


_pause = time.sleep


def _error_of(status: int, headers: Mapping[str, str], body: bytes) -> RushesError:
    from functions.serve.events.cloudevents import read_answer

    answer = read_answer(status, headers, body)
    if answer is None or answer.problem is None:
        return InternalError(f"the server answered {status} and did no work")
    problem = answer.problem
    if answer.foreign and (status < 400 or status in (404, 500)):
        # Nobody behind a broker: whoever is asked here is no server of functions, or not there.
        kind = InvalidRequest if status == 404 else InternalError
        return kind(problem["detail"].replace("the sink", "the server", 1))
    if answer.seconds_to_retry is not None:
        problem = {"retry_after": answer.seconds_to_retry, **problem}
    return from_problem(problem)
