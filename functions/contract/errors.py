"""Every error that rushes answers with, as one tree.

    RushesError                                  HTTP  exit  retry
    ├── InvalidRequest     (ValueError)           400    10  never
    ├── UnsupportedMedia                          415    11  never
    ├── DamagedSource                             422    12  never
    ├── SourceNotFound     (FileNotFoundError)    404    13  never
    ├── OutputConflict     (FileExistsError)      409    14  never
    ├── Refused            (PermissionError)      403    15  never
    ├── LimitExceeded                             413    16  never
    ├── StoreUnavailable   (ConnectionError)      503    20  yes
    ├── DeadlineExceeded   (TimeoutError)         504    21  yes
    ├── Busy                                      429    22  yes
    └── InternalError                             500     1  never

Each one is a sentence for a person (`detail`) and facts for a program (`field`, `uri`,
`frame`). `problem()` gives the RFC 9457 object that every door answers with.
"""

from __future__ import annotations

from typing import Any, ClassVar

PROBLEM_TYPE = "https://rushes.dev/problems/"


class RushesError(Exception):
    """Root of the tree; never raised itself.

    Parameters
    ----------
    detail : one sentence that says what happened and with what.
    facts : `field`, `uri`, `frame`, and whatever else a program can act on; values that
        are None are left out.
    """

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1
    retryable: ClassVar[bool] = False
    title: ClassVar[str] = "Something went wrong inside rushes"

    def __init__(self, detail: str, /, **facts: Any) -> None:
        # By its place alone: a fact of another server's problem may have any name.
        super().__init__(detail)
        self.detail = detail
        self.facts: dict[str, Any] = {k: v for k, v in facts.items() if v is not None}

    def __str__(self) -> str:
        # The builtin parents of some leaves (OSError) print their own way.
        return self.detail

    def problem(self) -> dict[str, Any]:
        """The `application/problem+json` object of RFC 9457, section 3."""
        return {
            "type": PROBLEM_TYPE + self.code,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "retryable": self.retryable,
            **self.facts,
        }


class InvalidRequest(RushesError, ValueError):
    """A field is missing, unknown or of the wrong type; all bad fields are named at once."""

    code = "invalid_request"
    status = 400
    exit_code = 10
    title = "The request is not valid"


class UnsupportedMedia(RushesError):
    """A format or variant that we do not read, named with what was found."""

    code = "unsupported_media"
    status = 415
    exit_code = 11
    title = "This media is not supported"


class DamagedSource(RushesError):
    """Truncated, corrupt, all-zero or encrypted picture data."""

    code = "damaged_source"
    status = 422
    exit_code = 12
    title = "The source is damaged"


def truncated(detail: str, **facts: Any) -> DamagedSource:
    """The error of bytes that end too early; its fact `damage` is "truncated"."""
    return DamagedSource(f"truncated: {detail}", **{"damage": "truncated", **facts})


class SourceNotFound(RushesError, FileNotFoundError):
    """The clip, a frame of it or a sidecar is not there."""

    code = "source_not_found"
    status = 404
    exit_code = 13
    title = "The source was not found"


class OutputConflict(RushesError, FileExistsError):
    """Other content already stands at the output."""

    code = "output_conflict"
    status = 409
    exit_code = 14
    title = "Other content already stands at the output"


class Refused(RushesError, PermissionError):
    """A URI outside the allowed roots, a scheme that is off, a path that climbs out."""

    code = "refused"
    status = 403
    exit_code = 15
    title = "Refused"


class LimitExceeded(RushesError):
    """More pixels, frames or bytes than this function's limits."""

    code = "limit_exceeded"
    status = 413
    exit_code = 16
    title = "Over this function's limits"


class StoreUnavailable(RushesError, ConnectionError):
    """The storage, or a function that was called, did not answer."""

    code = "store_unavailable"
    status = 503
    exit_code = 20
    retryable = True
    title = "The storage is unavailable"


class DeadlineExceeded(RushesError, TimeoutError):
    """The unit took longer than this function may."""

    code = "deadline_exceeded"
    status = 504
    exit_code = 21
    retryable = True
    title = "The unit ran out of time"


class Busy(RushesError):
    """This worker is at its work already, or shutting down; ask again after `retry_after`."""

    code = "busy"
    status = 429
    exit_code = 22
    retryable = True
    title = "Busy"


class InternalError(RushesError):
    """A fault of rushes itself: never the caller's doing, and not cured by a retry."""


def leaves() -> tuple[type[RushesError], ...]:
    """Every concrete error, in the order of the tree above."""
    return (
        InvalidRequest,
        UnsupportedMedia,
        DamagedSource,
        SourceNotFound,
        OutputConflict,
        Refused,
        LimitExceeded,
        StoreUnavailable,
        DeadlineExceeded,
        Busy,
        InternalError,
    )


def from_problem(problem: dict[str, Any]) -> RushesError:
    """The error that a problem object describes, for clients of a remote function."""
    known = {"type", "title", "status", "detail", "code", "retryable"}
    by_code = {leaf.code: leaf for leaf in leaves()}
    kind = by_code.get(str(problem.get("code")), InternalError)
    facts = {k: v for k, v in problem.items() if k not in known and k.isidentifier()}
    return kind(str(problem.get("detail") or problem.get("title") or "no detail"), **facts)
