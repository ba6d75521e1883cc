"""Jobs as people write them."""

from __future__ import annotations

from typing import Any

import pytest

from functions.contract.errors import InvalidRequest
from functions.contract.request import decode, request_schema
from functions.dispatch.job import Units, clip_name, parse_job
from functions.dispatch.request import DispatchRequest

OUT = "file:///job/"


def fields_of(error: pytest.ExceptionInfo[InvalidRequest]) -> list[str]:
    """The paths that an error names."""
    return [problem["field"] for problem in error.value.facts["problems"]]


def test_defaults_fill_what_a_clip_does_not_say() -> None:
    """A clip's own field wins over the default, and the operation may be a default."""
    job = parse_job(
        OUT,
        [{"input": "file:///a.dng"}, {"input": "file:///b.dng", "method": "fast"}],
        {"operation": "debayer", "method": "best"},
    )
    assert [clip.operation for clip in job.clips] == ["debayer", "debayer"]
    assert [clip.fields["method"] for clip in job.clips] == ["best", "fast"]


def test_outputs_are_absolute_or_names_inside_the_job() -> None:
    """A clip's output is a URI of its own, a folder of the job, or left to the plan."""
    clips = [
        {"operation": "debayer", "input": "file:///a", "output": "s3://bucket/x"},
        {"operation": "debayer", "input": "file:///a", "output": "day1/a"},
        {"operation": "debayer", "input": "file:///a"},
    ]
    job = parse_job(OUT, clips)
    assert [c.output for c in job.clips] == ["s3://bucket/x/", "file:///job/day1/a/", None]


def test_all_bad_fields_are_named_at_once_with_their_paths() -> None:
    """One error names what is wrong in units, in defaults and in every clip."""
    with pytest.raises(InvalidRequest) as error:
        parse_job(
            OUT,
            [
                {"input": "file:///a"},
                {"operation": 7},
                {"operation": "debayer", "output": "../up"},
                {"operation": "debayer", "explain": True, "output": 3},
                {"operation": "dispatch"},
            ],
            {"output": "x"},
            {"target_seconds": 0, "frames": 1.5, "minutes": 3},
        )
    assert set(fields_of(error)) == {
        "clips[0].operation",
        "clips[1].operation",
        "clips[2].output",
        "clips[3].explain",
        "clips[3].output",
        "clips[4].operation",
        "defaults.output",
        "units.target_seconds",
        "units.frames",
        "units.minutes",
    }
    assert "clips[2].output" in error.value.detail


def test_a_job_without_clips_is_refused() -> None:
    """An empty list of clips is a mistake and no finished job."""
    with pytest.raises(InvalidRequest, match="one clip or more"):
        parse_job(OUT, [])


@pytest.mark.parametrize(
    ("units", "meant"),
    [
        ({}, Units()),
        ({"target_seconds": 5}, Units(target_seconds=5.0)),
        ({"frames": 24.0}, Units(frames=24)),
    ],
)
def test_units_are_seconds_or_frames(units: dict[str, float], meant: Units) -> None:
    """Thirty seconds if nothing is said; whole numbers may come as JSON floats."""
    assert parse_job(OUT, [{"operation": "debayer"}], {}, units).units == meant


@pytest.mark.parametrize("units", [{"frames": 0}, {"frames": True}, {"target_seconds": "30"}])
def test_units_of_another_kind_are_refused(units: dict[str, Any]) -> None:
    """No unit is empty, and text and truth values are no numbers."""
    with pytest.raises(InvalidRequest, match="units"):
        parse_job(OUT, [{"operation": "debayer"}], {}, units)


def test_the_job_id_is_of_what_is_made_and_not_of_how_it_is_sent() -> None:
    """Sink, attempts and key order leave the id alone; a clip's field changes it."""

    def id_of(**changes: Any) -> str:
        clips = [{"operation": "debayer", "input": "file:///a.dng"}]
        return decode(DispatchRequest, {"output": OUT, "clips": clips, **changes}).job().id

    swapped = [{"input": "file:///a.dng", "operation": "debayer"}]
    assert id_of() == id_of(sink="http://x", attempts=9, in_flight=3) == id_of(clips=swapped)
    assert id_of() == id_of(output="file:///job")
    other = [{"operation": "debayer", "input": "file:///a.dng", "method": "fast"}]
    assert id_of() != id_of(clips=other)


def test_a_request_is_checked_when_it_is_decoded() -> None:
    """The decoder gives the job's own errors, so every door names them the same way."""
    with pytest.raises(InvalidRequest) as error:
        decode(DispatchRequest, {"output": OUT, "clips": [{}, {"operation": "dispatch"}]})
    assert fields_of(error) == ["clips[0].operation", "clips[1].operation"]


def test_the_schema_stands_alone() -> None:
    """No reference leaves the request's schema, which openapi.json shows as it is."""
    assert "$ref" not in str(request_schema(DispatchRequest))


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("s3://camera/A001/A001_%06d.dng", "A001"),
        ("s3://camera/A001/A001.######.dng", "A001"),
        ("file:///x/A001_C002.mov", "A001_C002"),
        ("file:///x/my clip (1).mlv", "my_clip_1"),
        ("file:///x/A001.RDM/", "A001.RDM"),
        ("file:///x/%06d.dng", "clip"),
    ],
)
def test_a_clip_has_a_name_without_being_opened(uri: str, name: str) -> None:
    """Counters and extensions go, odd characters become underscores."""
    assert clip_name(uri) == name
