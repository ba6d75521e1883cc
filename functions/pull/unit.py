"""One turnover matched to its media."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

import msgspec
import xxhash

from functions.contract import uris
from functions.contract.errors import InvalidRequest, SourceNotFound
from functions.contract.operation import Result, Work
from functions.contract.store import Stat, Store
from functions.contract.timecode import nominal_rate
from functions.pull.index import Index, changed, index_of, published
from functions.pull.job import job_of, plan_shots
from functions.pull.naming import Naming, next_versions, shot_names
from functions.pull.plates_timeline import plates_timeline
from functions.pull.request import PullRequest
from functions.pull.sidecar_folder import SidecarFolder
from functions.pull.summary import report
from functions.storage.listed_once import ListedOnce
from functions.turnover.matching import Match, Miss, match_events
from functions.turnover.model import Turnover
from functions.turnover.rates import parse_rate
from functions.turnover.read import MAX_BYTES, inside_bundle, read_turnover

_MOST_RATES = 8
_MANY = 10  # labels, of which all in one half of a second are chance once in a thousand lists
_SHOWN = 4


class PullUnit:
    """A turnover, read once, and an index of the media, made once."""

    def __init__(self, request: PullRequest, work: Work) -> None:
        self.request, self.work = request, work
        self._uri = inside_bundle(request.input)

    @cached_property
    def _stat(self) -> Stat:
        stat = self.work.store.stat(self._uri)
        if stat.bytes > MAX_BYTES:
            from functions.contract.errors import LimitExceeded

            raise LimitExceeded(
                f"{stat.uri} has {stat.bytes} bytes, at most {MAX_BYTES} are read", uri=stat.uri
            )
        return stat

    def sources(self) -> tuple[Stat, ...]:
        """The turnover, and one stat for all that lies below each folder of media and for the
        plates that stand: they decide what the job is."""
        if not self.request.files:
            return (self._stat,)
        folders = [
            _stat_of_folder(uris.folder(each), self._listed)
            if file is None
            else self.work.store.stat(file)
            for each, file in self._places.items()
        ]
        standing = Stat(self.request.output, 0, repr(sorted(self._versions.items())))
        return (self._stat, *folders, standing)

    @cached_property
    def _listed(self) -> ListedOnce:
        return ListedOnce(self.work.store)

    @cached_property
    def _places(self) -> dict[str, str | None]:
        return {each: published(each, self.work.store) for each in self.request.media}

    @cached_property
    def _versions(self) -> dict[str, int]:
        return next_versions(self.work.store, self.request.output)

    def explain(self) -> dict[str, Any]:
        """What became of each event, and the job."""
        return self._report()

    def run(self) -> Result:
        """The job, the timeline of its plates, and what became of each event.

        Raises SourceNotFound where nothing is pulled, or with `strict` not everything; its
        fact `report` says what an answer would have said.
        """
        found = self._report()
        counts = found["counts"]
        missing = counts["not_matched"] + counts["not_possible"]
        if missing and (self.request.strict or not counts["pulled"]):
            raise SourceNotFound(found["summary"], uri=self.request.input, report=found)
        if self.request.files:
            self._commit(found)
        return Result(report=found, final=self.request.files)

    def _commit(self, found: dict[str, Any]) -> None:
        """The job and its timeline, beside the plates; those of a re-pull have its version."""
        stem = uris.legal_name(PurePosixPath(uris.basename(self.request.input.rstrip("/"))).stem)
        version = max((each["version"] for each in found["pulled"]), default=1)
        name = stem if version == 1 else f"{stem}_v{version:03d}"
        for kind, content in (("job.json", found["job"]), ("plates.otio", found.get("timeline"))):
            if content is not None:
                text = msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n"
                self.work.commit(f"{name}.{kind}", text)

    def close(self) -> None:
        """Nothing stays open."""

    def _report(self) -> dict[str, Any]:
        request, store = self.request, self.work.store
        data = store.read(self._stat.uri)
        name = uris.basename(request.input.rstrip("/"))
        said = None if request.rate is None else parse_rate(request.rate)
        first = read_turnover(data, name, said)
        index = index_of(self._places, self._listed, self.work.limits, self.work.check)
        if not index.media:
            folders = ", ".join(request.media)
            raise SourceNotFound(f"no clip below {folders} that could be read", uri=folders)
        turnover, matches, misses = _matched(first, data, name, index)
        for key, value in turnover.assumed:
            self.work.assume(key, value)
        amfs = SidecarFolder(request.amf, ".amf", store, "amf")
        fdls = SidecarFolder(request.fdl, ".fdl", store, "fdl")
        matches, stale = self._standing(matches, index)
        matches, stepped = _complete(matches, request.operation)
        matches = [_without(each, amfs, fdls) for each in matches]
        naming = Naming(
            show=request.show,
            by=request.shots,
            pattern=request.pattern,
            step=request.step,
            element=request.element,
        )
        names = shot_names(turnover.events, turnover.title, naming)
        by_event = {id(event): each for event, each in zip(turnover.events, names, strict=True)}
        shots = plan_shots(matches, by_event, request, self._versions)
        found = report(turnover, shots, [*misses, *stale, *stepped], index, request.operation)
        if index.files:
            found["indexes"] = index.files
        if request.source is not None:
            clips = {s.match.media.name for s in shots if s.match.media.untagged}
            if clips:
                which = ", ".join(sorted(clips)[:_SHOWN])
                self.work.assume("source", f"{request.source} for {len(clips)} clips: {which}")
        if request.source or "source" in (request.defaults or {}):
            found["untagged"] = []
        if request.amf:
            bare = {s.match.media.uri for s in shots if amfs.of(s.match.media) is None}
            found["untagged"] = [each for each in found["untagged"] if each["uri"] in bare]
        found["job"] = job_of(shots, request, amfs, fdls)
        if request.operation == "plate":
            found["timeline"] = plates_timeline(turnover, shots, request.start)
        return found

    def _standing(self, matches: list[Match], index: Index) -> tuple[list[Match], list[Miss]]:
        """Those whose clips are as their index has them; the others are told."""
        stale = changed([each.media.uri for each in matches], index, self._listed)
        why = "{} is not as it was when it was indexed: index its footage again"
        return (
            [each for each in matches if each.media.uri not in stale],
            [
                Miss(each.event, why.format(each.media.uri))
                for each in matches
                if each.media.uri in stale
            ],
        )


def _matched(
    turnover: Turnover, data: bytes, name: str, index: Index
) -> tuple[Turnover, list[Match], list[Miss]]:
    """As it was read, or at the rate of the media where it was read at an assumed one."""
    found = turnover, *match_events(turnover.events, index.media)
    if "rate" not in dict(turnover.assumed):
        return found
    counting = {nominal_rate(turnover.rate)}
    # Of rates that count alike one is enough; the commonest goes first.
    rates = [each.rate for each in index.media if each.rate is not None]
    for rate in sorted(set(rates), key=lambda each: (-rates.count(each), each))[:_MOST_RATES]:
        if nominal_rate(rate) in counting:
            continue
        counting.add(nominal_rate(rate))
        try:
            other = read_turnover(data, name, rate)
        except InvalidRequest:
            continue
        if not _uses(other):
            continue
        matches, misses = match_events(other.events, index.media)
        if len(matches) > len(found[1]):
            why = (("rate", f"{rate} frames per second: its media count so"),)
            found = replace(other, assumed=(*other.assumed, *why)), matches, misses
    return found


def _without(match: Match, *folders: SidecarFolder) -> Match:
    """With a note for each folder of sidecars that has none for its clip."""
    missed = [said for each in folders if (said := each.missed(match.media)) is not None]
    return replace(match, notes=(*match.notes, *missed)) if missed else match


def _uses(turnover: Turnover) -> bool:
    """Whether labels go into the upper half of a second, as of many at a rate some do.

    A list in 30 frames a second of media in 60 would else be read in 60, and mean other frames.
    """
    ends = [
        int(event.label(at).rpartition(":")[2].rpartition(";")[2])
        for event in turnover.events
        if event.labels and not event.trouble
        for at in (event.start, event.start + event.length)
    ]
    return len(ends) < _MANY or 2 * max(ends) >= nominal_rate(turnover.rate)


def _stat_of_folder(folder: str, store: Store) -> Stat:
    """All files below a folder as one stat."""
    digest, count, todo = xxhash.xxh64(), 0, [folder]
    while todo:
        each = todo.pop()
        for stat in store.list(each):
            count += 1
            digest.update(f"{stat.uri}\0{stat.bytes}\0{stat.identity}\n".encode("utf-8", "replace"))
        todo += reversed(store.folders(each))
    return Stat(folder, 0, f"{count} files {digest.hexdigest()}")


def _complete(matches: list[Match], operation: str) -> tuple[list[Match], list[Miss]]:
    """Of plates, those that have every frame; the others are told."""
    if operation != "plate":
        return matches, []
    fine = [each for each in matches if each.frames.step == 1]
    odd = [
        Miss(
            each.event,
            f"its sequence has each {each.frames.step}th frame of {each.media.name} alone, and a "
            "plate has every frame",
        )
        for each in matches
        if each.frames.step != 1
    ]
    return fine, odd
