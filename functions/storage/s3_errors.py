"""What the S3 client said, as the contract's errors.

The client tells apart what its traits need and puts the rest into one error whose text has
the HTTP status and S3's own code; both are read from there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import obstore.exceptions as said

from functions.contract.errors import (
    InvalidRequest,
    Refused,
    RushesError,
    SourceNotFound,
    StoreUnavailable,
)

_STATUS = re.compile(r"returned non-2xx status code: (\d{3})")
_CODE = re.compile(r"<Code>(\w+)</Code>")
_CREDENTIALS = re.compile(r"Error performing \w+ \S+/latest/(api/token|meta-data/iam)")
# Answers of the 400s that another attempt may well cure.
_PASSING = {408, 409, 423, 425, 429}
_PASSING_CODES = {"RequestTimeout", "SlowDown", "ExpiredToken", "RequestTimeTooSkewed"}
_WRONG_NAME = {"KeyTooLongError", "InvalidBucketName", "InvalidURI", "EntityTooLarge"}


def status_of(error: BaseException) -> int | None:
    """The HTTP status in the client's text, None when there was no answer."""
    match = _STATUS.search(str(error))
    return int(match[1]) if match else None


@contextmanager
def mapped(uri: str) -> Iterator[None]:
    """Errors of the client inside come out as the contract's."""
    try:
        yield
    except RushesError:
        raise
    except FileNotFoundError as error:
        raise _not_found(uri, str(error)) from error
    except (said.BaseError, OSError, ValueError) as error:
        raise _contract_error(uri, error) from error
    except BaseException as error:
        # A panic of the client passes every `except Exception` on its way up.
        if type(error).__name__ != "PanicException":
            raise
        raise StoreUnavailable(f"{uri}: {_first_line(str(error))}", uri=uri) from error


def _contract_error(uri: str, error: Exception) -> RushesError:
    text = str(error)
    status, code = status_of(error), _code(text)
    why = f" ({code})" if code else ""
    if isinstance(error, said.PermissionDeniedError | said.UnauthenticatedError):
        return Refused(f"{uri}: the store denies it{why}", uri=uri)
    if isinstance(error, said.PreconditionError):
        return StoreUnavailable(f"{uri} changed while it was read", uri=uri)
    if isinstance(error, said.InvalidPathError | ValueError) or code in _WRONG_NAME:
        return InvalidRequest(f"{uri}: the store takes no such name{why}", uri=uri)
    if _CREDENTIALS.search(text):
        return StoreUnavailable(f"{uri}: no S3 key was given, and the machine lends none", uri=uri)
    # Without S3's own code the answer was another's: a proxy, or whoever lends credentials.
    if status is not None and code is not None and code not in _PASSING_CODES:
        if status == 404:
            return _not_found(uri, text)
        if status in (401, 403):
            return Refused(f"{uri}: the store denies it{why}", uri=uri)
        if status < 500 and status not in _PASSING:
            return Refused(f"{uri}: the store answered {status}{why}", uri=uri)
    return StoreUnavailable(f"{uri}: {_first_line(text)}", uri=uri)


def _not_found(uri: str, text: str) -> RushesError:
    if _code(text) == "NoSuchBucket":
        return SourceNotFound(f"{uri}: there is no such bucket", uri=uri)
    return SourceNotFound(f"{uri} is not there", uri=uri)


def _code(text: str) -> str | None:
    match = _CODE.search(text)
    return match[1] if match else None


def _first_line(text: str) -> str:
    # Below it the client prints its own structures, which say nothing to a person.
    return text.partition("\n")[0].removeprefix("Generic S3 error: ").strip()
