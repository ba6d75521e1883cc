"""OTIO: what does not read is told, and never the whole media; image sequences count as theirs."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest

from functions.turnover.matching import Match, match_events
from functions.turnover.model import Turnover
from functions.turnover.placing import Media
from functions.turnover.read import read_turnover
from tests.turnover.test_features_otio import otio, otio_clip, span, time


def turnover(*children: dict[str, Any], **track: Any) -> Turnover:
    whole = {"OTIO_SCHEMA": "Track.1", "kind": "Video", "children": list(children), **track}
    document = {"OTIO_SCHEMA": "Timeline.1", "tracks": {"OTIO_SCHEMA": "Stack.1",
                "children": [whole]}}  # fmt: skip
    return read_turnover(json.dumps(document).encode(), "t.otio")


MEDIA = {"OTIO_SCHEMA": "ExternalReference.1", "target_url": "A.mov",
         "available_range": span(0, 1000)}  # fmt: skip
BROKEN = [
    span(10, -5), {"start_time": time(10), "duration": {"value": 5, "rate": 0}},
    {"start_time": {"value": "10", "rate": "24"}, "duration": time(5)}, span(10, float("inf")),
    span(float("nan"), 5), span(1e13, 5), {"start_time": time(1)}, "10-14",
]  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN)
def test_a_range_that_does_not_read_is_not_the_whole_media(broken: Any) -> None:
    """A clip or a compound with such a range is told, beside others that are read."""
    clip = otio_clip("A", 0, 5, media_reference=MEDIA) | {"source_range": broken}
    stack = {"OTIO_SCHEMA": "Stack.1", "children": [otio_clip("B", 0, 9)], "source_range": broken}
    found = turnover(otio_clip("C", 3, 4), clip, stack)
    assert [(e.name, bool(e.trouble)) for e in found.events] == [
        ("C", False), ("A", True), ("B", True),
    ]  # fmt: skip
    assert found.notes == ("a range does not read: what follows it may stand elsewhere",)


def test_a_clip_of_no_known_range_is_told_alone_on_its_track() -> None:
    """A track of nothing else has no length, and its clip is not lost with it."""
    (event,) = otio({"OTIO_SCHEMA": "Clip.1", "name": "A"})
    assert "no source range" in str(event.trouble)


def test_transitions_kinds_and_references_that_are_not_understood_are_named() -> None:
    """Each would show other frames or other media than it says."""
    over = {"OTIO_SCHEMA": "Transition.1", "in_offset": time(-3), "out_offset": {"value": "2"}}
    found = turnover(otio_clip("A", 0, 9), over, otio_clip("B", 0, 9), kind="Depth")
    assert found.notes == (
        "a track of the kind Depth is taken for pictures",
        "a transition's offsets do not read: pulled without it",
    )
    clip = otio_clip("A", 0, 9, media_references={"LOW": MEDIA}, active_media_reference_key="HIGH")
    assert "'HIGH', is not in the document" in otio(clip)[0].notes[0]
    media = {**MEDIA, "available_range": span(0, -1)}
    (event,) = otio(otio_clip("A", 0, 9, media_reference=media))
    assert event.notes == ("the range of its media does not read: it is not used",)
    (event,) = otio(otio_clip("A", 0, 9, effects={"OTIO_SCHEMA": "LinearTimeWarp.1"}))
    assert event.trouble == "its effects do not read: pull it by hand"
    clip = otio_clip("A", 0, 9, metadata={"cdl": {"SOPNode": {"Slope": [2, 2, 2]}}})
    (event,) = otio(clip)
    assert (event.cdl, event.notes) == (
        None, ("its CDL is left out: it has no slope, offset, power or saturation",)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rate", "step", "begins"), [(24, 1, 0), (24, 2, 0), (24, 3, 100), (12, 1, 0), (12, 2, 48)]
)
def test_files_of_an_image_sequence_are_those_that_the_library_names(
    rate: int, step: int, begins: int
) -> None:
    """OpenTimelineIO counts files at the sequence's own rate; of each second file one is two's."""
    import opentimelineio as library

    moment, length = library.opentime.RationalTime, library.opentime.TimeRange
    reference = library.schema.ImageSequenceReference(
        name_prefix="A.", name_suffix=".exr", start_frame=1001, frame_step=step, rate=rate,
        available_range=length(moment(begins, 24), moment(240, 24)),
    )  # fmt: skip
    (event,) = otio(
        otio_clip("A", begins + 10, 24, media_reference=json.loads(reference.to_json_string()))
    )
    media = Media(uri="file:///m/A/", name="A", reel=None, first=1001, count=240, start=None,
                  rate=None, numbered=True)  # fmt: skip
    ((found,), _) = match_events([event], [media])
    assert isinstance(found, Match)
    files = [
        1001 + (reference.frame_for_time(moment(begins + at, 24)) - 1001) // step * step
        for at in range(10, 34)
    ]
    assert list(found.frames) == sorted(set(files))
    assert event.rate == Fraction(rate)
