"""A job's report page: receipts read, first, middle and last frame shown through the work."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

from functions.contract.errors import RushesError
from functions.contract.operation import Work
from functions.contract.receipt import Output, Receipt, receipt_uri
from functions.contract.store import Store
from functions.jobs.page import ClipPage, Thumbnail, job_page
from functions.jobs.plan import Plan, PlannedClip
from functions.storage.documents import find_document

_WIDTH = 320
_READERS = 8
_STILLS = re.compile(r"\.(exr|dpx|tiff?)$", re.IGNORECASE)
_MOVIES = re.compile(r"\.(mov|mp4|mxf)$", re.IGNORECASE)
_PARTS = "/.rushes/"


def report_page(plan: Plan, report: Mapping[str, Any], work: Work) -> bytes:
    """The page of one job, from plan, receipts and the frames that stand.

    report : the job's, of `functions.jobs.status.report_of`
    """
    clips = []
    for clip, row in zip(plan.clips, report["clips"], strict=True):
        work.check()
        clips.append(_clip(clip, row, work))
        work.progress(len(clips), len(plan.clips))
    return job_page(report, clips)


def _clip(clip: PlannedClip, row: Mapping[str, Any], work: Work) -> ClipPage:
    receipts = _receipts(clip, work.store)
    warnings = [clip.problem["detail"]] if clip.problem is not None else []
    for receipt in receipts:
        warnings += [f"assumed {name}: {value}" for name, value in receipt.assumed.items()]
        warnings += _noted(receipt.report or {})
    units = [
        (
            f"{r.frames.first}-{r.frames.last}" if r.frames else "",
            r.unit,
            float(r.seconds.get("total", 0)),
            r.seconds,
        )
        for r in receipts
    ]
    outputs = [output for receipt in receipts for output in receipt.outputs]
    return ClipPage(
        row=row,
        units=units,
        warnings=list(dict.fromkeys(warnings)),
        thumbnails=_thumbnails(outputs, work),
    )


def _receipts(clip: PlannedClip, store: Store) -> list[Receipt]:
    places = [(clip.output_of(unit), unit.unit) for unit in clip.units]
    wanted = [receipt_uri(output, unit) for output, unit in places if output is not None]

    def read(uri: str) -> Receipt | None:
        return find_document(store, uri, Receipt)

    with ThreadPoolExecutor(_READERS) as pool:
        return [found for found in pool.map(read, wanted) if found is not None]


def _noted(report: Mapping[str, Any]) -> list[str]:
    """Sentences of an operation's own report."""
    told = [str(each) for each in _listed(report.get("notes"))]
    findings = [each for each in _listed(report.get("findings")) if isinstance(each, dict)]
    worth = [each for each in findings if each.get("severity") != "info"]
    return told + [f"{each.get('code')}: {each.get('detail')}" for each in worth]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _thumbnails(outputs: Sequence[Output], work: Work) -> list[Thumbnail]:
    """First, middle and last frame; what does not show is left out: a report must not fail."""
    frames = [o for o in outputs if o.frame is not None and _STILLS.search(o.uri)]
    amf = next((o.uri for o in outputs if o.uri.endswith(".amf")), None)
    found = []
    for output in _three(sorted(frames, key=lambda o: o.frame or 0)):
        found += _shown(output.uri, None, f"frame {output.frame}", amf, work)
    if frames:
        return found
    movies = [o.uri for o in outputs if _MOVIES.search(o.uri) and _PARTS not in o.uri]
    for uri in movies[:1]:
        for number in _three(_numbers(uri, work)):
            found += _shown(uri, number, f"frame {number}", None, work)
    return found


def _numbers(uri: str, work: Work) -> Sequence[int]:
    from functions.media import open_clip

    try:
        with closing(open_clip(uri, work.store, work.limits)) as clip:
            return range(clip.numbers().start, clip.numbers().stop)
    except RushesError as error:
        _raise_what_a_retry_cures(error)
        return ()


def _three(found: Sequence[Any]) -> list[Any]:
    places = sorted({0, len(found) // 2, len(found) - 1}) if found else []
    return [found[place] for place in places]


def _shown(
    uri: str, number: int | None, caption: str, amf: str | None, work: Work
) -> list[Thumbnail]:
    from functions.media.preview.contact_sheet import png
    from functions.picture.thumbnail import thumbnail

    try:
        pixels = thumbnail(uri, number, amf, work, width=_WIDTH)
    except RushesError as error:
        _raise_what_a_retry_cures(error)
        return []
    return [Thumbnail(png(pixels), caption, pixels.shape[1], pixels.shape[0])]


def _raise_what_a_retry_cures(error: RushesError) -> None:
    """A page that a storage's bad minute left without pictures must not be kept."""
    if error.retryable:
        raise error
