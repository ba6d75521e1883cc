"""Jobs to try platforms with: planned by the dispatcher's own planner, from made-up headers."""

from __future__ import annotations

import random
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from functions.contract.clip import ClipFacts
from functions.contract.frames import FrameRange, parse_frames
from functions.contract.operation import Operation, Prepared
from functions.dispatch.job import PRIORITIES, parse_job
from functions.dispatch.planning import draw
from functions.dispatch.sizing import Sizer
from functions.jobs.outcome import Parcel
from functions.jobs.plan import Sizing
from functions.jobs.samples import Sample, Samples
from functions.serve.run.catalog import Catalog

_OUTPUT = "file:///job/"
_HANDLES = 16
PLATE_FRAME = 0.5
"""Seconds of a 4K plate's frame: an assumption, of the order of `make bench`."""


def turnover(plates: int = 3000, seed: int = 1, name: str = "A") -> list[Parcel]:
    """Plates of an episode: shots of 40 frames in the middle, some of hundreds, with handles."""
    lengths = random.Random(seed)
    clips = []
    for number in range(plates):
        frames = _HANDLES + max(8, min(1000, round(40 * lengths.lognormvariate(0, 0.8))))
        shot = {"operation": "plate", "input": f"file:///{name}{number}.mov"}
        clips.append({**shot, "frames": f"1001-{1000 + frames}"})
    # Three receipts of plates stand: what a plate takes is known before the first is sent.
    receipts = [
        Sample(
            operation="plate",
            sizing=Sizing(),
            platform="model",
            constant=frames,
            seconds=PLATE_FRAME * frames,
        )
        for frames in (50.0, 60.0, 70.0)
    ]
    return _parcels(clips, Samples(tuple(receipts)), {})


def raw_clips(clips: int, frames: int, target: float | None) -> list[Parcel]:
    """Raw clips that are cut to units of `target` seconds; of the usual length for None."""
    found = [{"operation": "debayer", "input": f"file:///C{n}_%06d.dng"} for n in range(clips)]
    units = {} if target is None else {"target_seconds": target}
    return _parcels(found, Samples(), units, frames)


def _parcels(
    clips: list[dict[str, Any]], samples: Samples, units: Mapping[str, float], frames: int = 1
) -> list[Parcel]:
    catalog = Catalog()
    loaded: dict[str, Operation] = {}

    def operation_of(name: str) -> Operation:
        return loaded.setdefault(name, catalog.load(name))

    def headers(uri: str, wanted: str | None) -> tuple[ClipFacts, FrameRange]:
        facts = ClipFacts(
            container="dng",
            codec="raw",
            layout="cfa",
            width=4096,
            height=2160,
            name=uri.rpartition("/")[2].partition("_")[0],
            rate=Fraction(24),
        )
        return facts, parse_frames(wanted) if wanted else FrameRange(1, frames + 1)

    def prepare(operation: str, fields: Mapping[str, Any]) -> Prepared:
        unit = f"{fields['input']}:{fields.get('frames')}"
        return Prepared(
            operation=operation,
            unit=unit,
            request=dict(fields),
            output=str(fields["output"]),
            receipt=None,
        )

    job = parse_job(_OUTPUT, clips, {}, units)
    plan = draw(
        job,
        headers,
        prepare,
        operation_of,
        most_frames=100_000,
        sizer=Sizer(lambda: samples, 3600.0),
    ).plan
    return [
        Parcel(
            unit=unit.unit,
            operation=clip.operation,
            request={},
            output=None,
            clip=clip.index,
            frames=unit.frames,
            count=unit.count,
            seconds=unit.seconds,
            rank=PRIORITIES.index(clip.priority),
        )
        for clip in plan.clips
        for unit in clip.units
    ]
