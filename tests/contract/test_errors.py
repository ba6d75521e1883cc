"""The error tree is the contract's table, and survives a trip as a problem object."""

from __future__ import annotations

import json

import pytest

from functions.contract import errors

TABLE = """
invalid_request 400 10 never
unsupported_media 415 11 never
damaged_source 422 12 never
source_not_found 404 13 never
output_conflict 409 14 never
refused 403 15 never
limit_exceeded 413 16 never
store_unavailable 503 20 yes
deadline_exceeded 504 21 yes
busy 429 22 yes
internal_error 500 1 never
"""


def test_codes_statuses_and_exits_are_the_contracts() -> None:
    """Every leaf has the code, HTTP status, exit code and retry of the contract's table."""
    rows = [
        f"{e.code} {e.status} {e.exit_code} {'yes' if e.retryable else 'never'}"
        for e in errors.leaves()
    ]
    assert rows == TABLE.split("\n")[1:-1]


@pytest.mark.parametrize("leaf", errors.leaves())
def test_a_problem_comes_back_as_the_same_error(leaf: type[errors.RushesError]) -> None:
    """A problem object read from JSON gives the error it was made from."""
    error = leaf("frame 7 is cut off", frame=7, uri="file:///a", field=None)
    problem = json.loads(json.dumps(error.problem()))
    assert problem["type"].endswith(leaf.code)
    assert "field" not in problem
    again = errors.from_problem(problem)
    assert type(again) is leaf
    assert (str(again), again.facts) == ("frame 7 is cut off", {"frame": 7, "uri": "file:///a"})


def test_a_strange_problem_is_an_internal_error() -> None:
    """A problem with an unknown code or nothing in it still becomes an error."""
    assert isinstance(errors.from_problem({"code": "teapot"}), errors.InternalError)
    assert isinstance(errors.from_problem({}), errors.InternalError)


def test_leaves_are_the_builtins_that_a_caller_expects() -> None:
    """A caller who knows only Python's own errors can catch ours."""
    assert issubclass(errors.InvalidRequest, ValueError)
    assert issubclass(errors.SourceNotFound, FileNotFoundError)
    assert issubclass(errors.Refused, PermissionError)
    assert issubclass(errors.DeadlineExceeded, TimeoutError)
    assert str(errors.SourceNotFound("no such clip")) == "no such clip"
