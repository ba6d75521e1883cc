"""`rushes pull`: a turnover from editorial becomes a job of plates."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from functions.contract import uris
from functions.contract.errors import InvalidRequest, RushesError, SourceNotFound
from functions.serve.cli import printing
from functions.serve.cli.bare_paths import file_uri
from functions.serve.run.catalog import Catalog

if TYPE_CHECKING:
    from functions.contract.operation import Limits
    from functions.contract.store import Store
    from functions.turnover.matching import Match, Media, Miss
    from functions.turnover.model import Turnover

_RATES = {"23.976": Fraction(24000, 1001), "23.98": Fraction(24000, 1001),
          "29.97": Fraction(30000, 1001), "59.94": Fraction(60000, 1001)}  # fmt: skip
_AT_ONCE = 8
HELP = (
    "Read TIMELINE (.otio, .edl, .fcpxml, .aaf, .ale), match its events to the clips below "
    "--media by name, reel and timecode, and write the job that `rushes dispatch` runs."
)


@dataclass(slots=True)
class Index:
    """Clips of a media folder, and what could not be read there."""

    media: list[Media] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)


def pull(catalog: Catalog) -> click.Command:
    """`rushes pull`."""

    @click.command(help=HELP)
    @click.argument("timeline")
    @click.option(
        "--media", metavar="FOLDER", required=True, help="folder or prefix of camera media"
    )
    @click.option("--output", metavar="FOLDER", required=True, help="root of the plates")
    @click.option(
        "--handles",
        metavar="FRAMES",
        type=click.IntRange(0, 10_000),
        default=8,
        show_default=True,
        help="before and after each event",
    )
    @click.option(
        "--rate", metavar="FPS", help="of an EDL's or ALE's timecode: 24, 23.976, 30000/1001"
    )
    @click.option(
        "--operation", metavar="NAME", default="plate", show_default=True, help="of every clip"
    )
    @click.option(
        "--show", metavar="NAME", help="start of the shots' names  [default: the timeline's title]"
    )
    @click.option(
        "--step",
        metavar="NUMBER",
        type=click.IntRange(1, 1000),
        default=10,
        show_default=True,
        help="from one shot's number to the next",
    )
    @click.option(
        "--element", metavar="NAME", default="PL01", show_default=True, help="of every plate"
    )
    @click.option(
        "--defaults", metavar="JSON", default="{}", help="more fields of every clip, as JSON"
    )
    @click.option("--job", "target", metavar="FILE", help="file for the job, - for standard output")
    @click.option("--strict", is_flag=True, help="end with 13 when an event has no clip")
    def command(timeline: str, **fields: Any) -> None:
        _run(catalog, timeline, **fields)

    return command


def _run(
    catalog: Catalog,
    timeline: str,
    *,
    media: str,
    output: str,
    handles: int,
    rate: str | None,
    operation: str,
    show: str | None,
    step: int,
    element: str,
    defaults: str,
    target: str | None,
    strict: bool,
) -> None:
    import msgspec

    from functions.serve.run.settings import Settings
    from functions.storage import open_store
    from functions.turnover.matching import match_events
    from functions.turnover.pulling import Naming, job_of, next_versions, shot_names
    from functions.turnover.read import read_turnover

    if operation not in catalog:
        raise InvalidRequest(f"there is no operation {operation!r}", field="operation")
    try:
        more = msgspec.json.decode(defaults, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise InvalidRequest(f"--defaults is a JSON object: {error}", field="defaults") from error
    settings = Settings.read(os.environ)
    store = open_store(settings.roots, settings.s3, settings.scratch)
    source, root = file_uri(timeline), file_uri(output)
    turnover = read_turnover(store.read(source), uris.basename(source), _rate(rate))
    index = index_of(file_uri(media), store, settings.limits)
    if not index.media:
        raise SourceNotFound(f"no clip below {media} that could be read", uri=file_uri(media))
    matches, misses = match_events(turnover.events, index.media)
    naming = Naming(show=show, step=step, element=element)
    names = shot_names(turnover.events, turnover.title, naming)
    job = job_of(
        matches,
        {event.number: name for event, name in zip(turnover.events, names, strict=True)},
        operation=operation,
        output=uris.folder(root),
        handles=handles,
        naming=naming,
        versions=next_versions(store, root),
        defaults=more,
    )
    _say(turnover, index, matches, misses)
    if matches:
        content = msgspec.json.format(msgspec.json.encode(job), indent=1) + b"\n"
        where = target or f"{Path(uris.basename(source)).stem}.job.json"
        if where == "-":
            sys.stdout.write(content.decode())
        else:
            Path(where).write_bytes(content)
            click.echo(f"job of {len(matches)} clips: {where}", err=True)
    if misses and (strict or not matches):
        raise SourceNotFound(f"{len(misses)} of {len(turnover.events)} events have no clip")


def index_of(folder: str, store: Store, limits: Limits) -> Index:
    """Name, reel, timecode and length of every clip below a folder, from its headers."""
    from functions.dispatch.listing import ListedOnce
    from functions.media.open.walk import clips_below

    index = Index()
    store = ListedOnce(store)

    def one(uri: str) -> Media | tuple[str, str]:
        try:
            return _indexed(uri, store, limits)
        except RushesError as error:
            if error.retryable:
                raise
            return uri, error.detail

    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="index") as pool:
        for found in pool.map(one, list(clips_below(folder, store))):
            if isinstance(found, tuple):
                index.skipped.append(found)
            else:
                index.media.append(found)
    return index


def _indexed(uri: str, store: Store, limits: Limits) -> Media:
    from functions.media import open_clip
    from functions.turnover.matching import Media

    clip = open_clip(uri, store, limits)
    try:
        facts, numbers = clip.facts, clip.numbers()
    finally:
        clip.close()
    return Media(
        uri=uri,
        name=facts.name,
        reel=facts.camera.reel,
        first=numbers.start,
        count=len(numbers),
        start=None if facts.start is None else facts.start.frame,
        rate=facts.rate,
        drop=facts.start is not None and facts.start.drop,
        numbered=uri.endswith("/") or "%" in uri,
    )


def _rate(text: str | None) -> Fraction | None:
    if text is None:
        return None
    try:
        rate = _RATES.get(text) or Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise InvalidRequest(f"rate {text!r} is no rate: 24, 23.976, 30000/1001") from error
    if not 1 <= rate <= 1000:
        raise InvalidRequest(f"rate {text!r} is no rate of a timeline", field="rate")
    return rate


def _say(
    turnover: Turnover, index: Index, matches: Iterable[Match], misses: Iterable[Miss]
) -> None:
    """What was found and what was not, on standard error: the job may go to the other."""
    rows = [("event", "clip", "frames", "notes")]
    for match in matches:
        notes = list(match.event.notes)
        if match.event.head or match.event.tail:
            notes.insert(0, f"transition {match.event.head}+{match.event.tail}")
        if match.event.speed not in (0, 1):
            notes.insert(0, f"speed {float(match.event.speed):.3f}")
        frames = f"{match.first}-{match.last}"
        rows.append((match.event.number, match.media.name, frames, "; ".join(notes)))
    click.echo(f"{turnover.title}: {len(turnover.events)} events", err=True)
    for name, value in turnover.assumed:
        click.echo(f"assumed {name}: {value}", err=True)
    if len(rows) > 1:
        click.echo(printing.table(rows), err=True)
    for miss in misses:
        click.echo(f"not pulled: {miss.event.called}: {miss.why}", err=True)
    for uri, why in index.skipped:
        click.echo(f"not indexed: {uri}: {why}", err=True)
