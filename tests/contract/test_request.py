"""Requests: all problems at once, one canonical form, one identity."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from msgspec import Meta

from functions.contract.errors import InvalidRequest, Refused
from functions.contract.operation import Request
from functions.contract.request import canonical_request, decode, is_uri, request_schema
from functions.contract.store import Stat
from functions.serve.run.identity import _sources, code_version, unit_of

URI = {"format": "uri"}


class Sample(Request, frozen=True, kw_only=True):
    """A request of no operation."""

    input: Annotated[str, Meta(description="clip", extra_json_schema=URI)]
    output: Annotated[str, Meta(description="folder", extra_json_schema=URI)]
    method: Literal["fast", "best"] = "best"
    amf: Annotated[str, Meta(description="sidecar", extra_json_schema=URI)] | None = None
    handles: Annotated[int, Meta(ge=0)] = 0


GOOD = {"input": "file:///a//b", "output": "s3://plates/x/"}


def test_every_bad_field_is_named_at_once() -> None:
    """Unknown, missing, mistyped and out-of-range fields come in one answer."""
    with pytest.raises(InvalidRequest) as caught:
        decode(Sample, {"inptu": 1, "output": "x", "method": "magic", "handles": -1})
    named = {p["field"] for p in caught.value.facts["problems"]}
    assert named == {"inptu", "input", "output", "method", "handles"}
    assert all(p["field"] in str(caught.value) for p in caught.value.facts["problems"])


def test_half_a_character_is_a_bad_field() -> None:
    """A lone surrogate, as a name of bytes that are no UTF-8 becomes, has no JSON."""
    with pytest.raises(InvalidRequest) as caught:
        decode(Sample, {**GOOD, "method": "\udcff", "handles": "\udcff", "amf": "/a/\udcff.amf"})
    named = [each["field"] for each in caught.value.facts["problems"]]
    assert named == ["method", "amf", "handles"]


def test_numbers_are_not_read_from_strings() -> None:
    """A string is no number, a number no string, a fraction no count."""
    for handles in ("3", 1.5, None, True):
        with pytest.raises(InvalidRequest):
            decode(Sample, {**GOOD, "handles": handles})


def test_a_request_is_an_object() -> None:
    """A list or a string is not a request."""
    for fields in ([], "x", None, 3):
        with pytest.raises(InvalidRequest):
            decode(Sample, fields)  # type: ignore[arg-type]


def test_uris_become_canonical_and_climbing_is_refused() -> None:
    """Fields marked as URIs are folded to one form, also those that may be left out."""
    request = decode(Sample, {**GOOD, "amf": "file:///a/./b.amf"})
    assert (request.input, request.amf) == ("file:///a/b", "file:///a/b.amf")
    with pytest.raises(Refused):
        decode(Sample, {**GOOD, "amf": "file:///a/../b.amf"})
    assert is_uri(Sample, "amf")
    assert not is_uri(Sample, "method")


def test_said_defaults_and_left_out_fields_are_the_same_request() -> None:
    """Canonical requests hold what differs from the default, without how to answer."""
    plain = canonical_request(decode(Sample, GOOD))
    said = {**GOOD, "method": "best", "handles": 0, "overwrite": True, "explain": False}
    assert canonical_request(decode(Sample, said)) == plain
    assert plain == {"input": "file:///a/b", "output": "s3://plates/x/"}


def test_the_schema_is_flat_and_closed() -> None:
    """The JSON Schema names every field and admits no other."""
    schema = request_schema(Sample)
    assert schema["required"] == ["input", "output"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["method"]["enum"] == ["best", "fast"]


def test_identity_follows_what_shapes_the_output() -> None:
    """The unit changes with operation, request, any input and the code, and with nothing else."""
    stat = Stat("file:///a", 10, "1")
    other = Stat("file:///b", 10, "1")
    base = unit_of("debayer", {"a": 1, "b": 2}, [stat, other], ())
    assert base == unit_of("debayer", {"b": 2, "a": 1}, [other, stat], ())
    assert len(base) == 32
    changed = {
        unit_of("plate", {"a": 1, "b": 2}, [stat, other], ()),
        unit_of("debayer", {"a": 1, "b": 3}, [stat, other], ()),
        unit_of("debayer", {"a": 1, "b": 2}, [stat], ()),
        unit_of("debayer", {"a": 1, "b": 2}, [Stat("file:///a", 11, "1"), other], ()),
        unit_of("debayer", {"a": 1, "b": 2}, [Stat("file:///a", 10, "2"), other], ()),
        unit_of("debayer", {"a": 1, "b": 2}, [stat, other], ("functions.contract",)),
        base,
    }
    assert len(changed) == 7


def test_the_code_version_reads_packages_and_modules() -> None:
    """A package counts whole, a module alone."""
    assert code_version(("functions.contract",)) != code_version(("functions.contract.errors",))
    assert code_version(()) == code_version(())
    # Numbers that colour pixels count as the code does.
    assert "spectral.json" in [path.rpartition("/")[2] for path, _ in _sources("functions.colour")]


class Weighed(Request, frozen=True, kw_only=True):
    """A request whose fields are weighed together."""

    low: int
    high: int

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise InvalidRequest("low is above high", field="low")


def test_what_is_wrong_between_fields_comes_with_the_rest() -> None:
    """An unknown field does not hide that two known ones contradict each other."""
    with pytest.raises(InvalidRequest) as caught:
        decode(Weighed, {"low": 2, "high": 1, "midle": 0})
    assert [p["field"] for p in caught.value.facts["problems"]] == ["midle", "low"]
    with pytest.raises(InvalidRequest) as caught:
        decode(Weighed, {"low": 2, "high": "1"})
    assert [p["field"] for p in caught.value.facts["problems"]] == ["high"]


class Looked(Request, frozen=True, kw_only=True):
    """A request with a list of URIs."""

    looks: Annotated[tuple[str, ...], Meta(extra_json_schema={"format": "uri"})] = ()


def test_every_uri_of_a_list_is_made_canonical() -> None:
    """A list of URIs folds each to its one form, and refuses one that climbs out."""
    made = decode(Looked, {"looks": ["file:///a//b.cube", "s3://show/./c.clf"]})
    assert made.looks == ("file:///a/b.cube", "s3://show/c.clf")
    with pytest.raises(Refused):
        decode(Looked, {"looks": ["file:///a/../b.cube"]})
