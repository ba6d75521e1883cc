"""Plates as clips of OpenTimelineIO: an image sequence with its ranges.

References
----------
OpenTimelineIO 0.18, `ImageSequenceReference`.
"""

from __future__ import annotations

import opentimelineio as otio

from rushes_publish_example.plate import Plate, Unpublishable


def media_reference(plate: Plate) -> otio.schema.ImageSequenceReference:
    """All frames, handles too. Time is the source's timecode, or the frame number without one."""
    if plate.rate is None:
        raise Unpublishable("the receipt tells no rate: a timeline cannot hold this plate")
    rate = float(plate.rate)
    start = otio.opentime.RationalTime(plate.first, rate)
    if plate.timecode is not None:
        first = otio.opentime.from_timecode(plate.timecode, rate)
        start = first + otio.opentime.RationalTime(plate.skipped, rate)
    return otio.schema.ImageSequenceReference(
        target_url_base=plate.folder,
        name_prefix=f"{plate.base}.",
        name_suffix=".exr",
        start_frame=plate.first,
        frame_step=1,
        rate=rate,
        frame_zero_padding=plate.padding,
        available_range=otio.opentime.TimeRange(
            start, otio.opentime.RationalTime(len(plate.files), rate)
        ),
        metadata={"rushes": {"unit": plate.unit, "beside": plate.beside}},
    )


def clip(plate: Plate) -> otio.schema.Clip:
    """The cut, without handles, on all frames."""
    media = media_reference(plate)
    before = otio.opentime.RationalTime(plate.cut_first - plate.first, media.rate)
    count = plate.cut_last - plate.cut_first + 1
    return otio.schema.Clip(
        name=plate.base,
        media_reference=media,
        source_range=otio.opentime.TimeRange(
            media.available_range.start_time + before, otio.opentime.RationalTime(count, media.rate)
        ),
    )
