"""One index of a root, or one card of it."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cached_property, partial
from typing import Any

import msgspec

from functions.contract import uris
from functions.contract.errors import DamagedSource, OutputConflict, RushesError, SourceNotFound
from functions.contract.operation import Result, Work
from functions.contract.store import Stat
from functions.footage import generations
from functions.footage.cards import Card, Footage, FoundClip, place_of
from functions.footage.database import build
from functions.footage.entry import Entry, digest, identity_of
from functions.footage.generations import Generation
from functions.footage.headers import read_headers
from functions.footage.seals import Seals, seal_of
from functions.footage.shards import read_shard, write_shard
from functions.index.request import IndexRequest
from functions.index.thumbnails import Thumbnails

_READERS = 8  # headers are waited for, not computed
_AHEAD = 256  # clips that are read before their card's turn


class IndexUnit:
    """What lies below a root, listed once."""

    def __init__(self, request: IndexRequest, work: Work) -> None:
        self.request, self.work = request, work
        self._footage = Footage(
            request.input, work.store, request.output, [request.thumbnails, request.checksum]
        )
        self._seals, self._thumbnails = Seals(work.store), Thumbnails(work)
        self._counts: Counter[str] = Counter()

    @cached_property
    def _log(self) -> list[int]:
        """Read before the footage is listed: what is published meanwhile must not be passed."""
        return generations.history(self.request.output, self.work.store)

    @cached_property
    def _cards(self) -> tuple[Card, ...]:
        if self.request.card is not None:
            return (self._footage.card(uris.folder(self.request.card)),)
        return self._footage.cards

    def sources(self) -> tuple[Stat, ...]:
        """A card by its state; a root by its own, and by what was published before it."""
        if self.request.card is not None:
            (card,) = self._cards
            return (Stat(card.uri, 0, card.state),)
        _ = self._log
        state, output = self._footage.state, self.request.output
        known = generations.before(output, state, self.work.store)
        return (Stat(self._footage.root, 0, state), Stat(output, 0, str(known)))

    def explain(self) -> dict[str, Any]:
        """Cards and clips, and what of them would be looked at."""
        todo = self._missing()
        return {
            "cards": len(self._cards),
            "clips": sum(len(card.clips) for card in self._cards),
            "to_inspect": {card.uri: len(card.clips) for card in todo},
        }

    def run(self) -> Result:
        """The shards that are missing; of a root the index of all, published.

        Raises StoreUnavailable where another writer published another state meanwhile.
        """
        self._inspect(self._missing())
        if self.request.card is not None:
            return Result(report={"cards": 1, **self._report()})
        state, log = self._footage.state, self._log
        name = f"footage-{state}.sqlite"
        latest = generations.read(self.request.output, log[-1], self.work.store) if log else None
        stands = latest is not None and latest.state == state and self._exists(name)
        if latest is not None and stands and not self.request.overwrite:
            made, entries = latest, None
        else:
            entries = self._entries()
            self._build(name, entries)
            made = Generation(
                generation=log[-1] + 1 if log else 1,
                root=self._footage.root,
                state=state,
                file=name,
                cards=len(self._cards),
                clips=len(entries),
            )
            if latest is None or latest.state != state:
                generations.publish(self.request.output, made, self.work.store)
            else:
                made = latest
        report = {"file": made.file, "generation": made.generation, "cards": made.cards}
        return Result(report={**report, "clips": made.clips, **self._report(), **_sums(entries)})

    def close(self) -> None:
        """Nothing stays open."""

    def _report(self) -> dict[str, int]:
        return {name: self._counts[name] for name in ("inspected", "kept", "unreadable")}

    def _exists(self, name: str) -> bool:
        with suppress(SourceNotFound):
            self.work.store.stat(uris.join(self.request.output, name))
            return True
        return False

    @cached_property
    def _shards(self) -> dict[str, Stat]:
        """Every shard that stands, by its name below the index's folder."""
        start = self._cards[0].label if self.request.card is not None else ""
        listed = self.work.store.list(uris.join(self.request.output, "cards") + "/", start)
        return {f"cards/{uris.basename(stat.uri)}": stat for stat in listed}

    def _missing(self) -> list[Card]:
        if self.request.overwrite and not self.request.gather:
            return list(self._cards)
        return [card for card in self._cards if card.shard not in self._shards]

    def _inspect(self, cards: Sequence[Card]) -> None:
        """Shards of cards, each as soon as its clips are read: what is killed goes on there."""
        waiting: deque[tuple[Card, dict[str, Entry], list[Future[Entry]]]] = deque()
        total, ahead = sum(len(card.clips) for card in cards), 0
        with ThreadPoolExecutor(_READERS, thread_name_prefix="index") as pool:
            try:
                for card in cards:
                    known = self._entries_before(card)
                    read = partial(self._entry, card=card, known=known)
                    waiting.append((card, known, [pool.submit(read, clip) for clip in card.clips]))
                    ahead += len(card.clips)
                    while ahead > _AHEAD:
                        ahead -= self._finish(*waiting.popleft(), total)
                while waiting:
                    self._finish(*waiting.popleft(), total)
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    def _finish(
        self, card: Card, known: dict[str, Entry], read: list[Future[Entry]], total: int
    ) -> int:
        entries = [each.result() for each in read]
        kept = sum(entry.key in known for entry in entries)
        self._counts["kept"] += kept
        self._counts["inspected"] += len(entries) - kept
        self._counts["unreadable"] += sum(entry.error is not None for entry in entries)
        content = write_shard(card.uri, card.state, self._footage.options, entries)
        # Another worker's shard of the same state stands: whose does not matter.
        with suppress(OutputConflict):
            self.work.commit(card.shard, content)
        self.work.progress(sum(self._counts[n] for n in ("inspected", "kept")), total, card.uri)
        return len(entries)

    def _entries_before(self, card: Card) -> dict[str, Entry]:
        """Entries of the card's newest shard, by key: what has not changed is not read again."""
        if self.request.overwrite:
            return {}
        older = [
            stat for name, stat in self._shards.items() if name.startswith(f"cards/{card.label}.")
        ]
        for stat in sorted(older, key=lambda each: each.modified or 0.0, reverse=True):
            try:
                head, entries = read_shard(stat.uri, self.work.store)
            except DamagedSource:
                continue
            if head.options == self._footage.options:
                return {entry.key: entry for entry in entries}
        return {}

    def _entry(self, clip: FoundClip, *, card: Card, known: dict[str, Entry]) -> Entry:
        work = self.work
        work.check()
        listed = self._seals.listed(clip, card)
        files = identity_of(clip.files)
        beside = [s and [s.bytes, s.identity] for s in (clip.amf, clip.document)]
        key = digest(clip.uri, files, beside, self._footage.options, listed.key)
        if key in known:
            return known[key]
        seal = seal_of(listed, work, hashes=self.request.checksum)
        try:
            entry = read_headers(
                clip.uri, work.store, work.limits, card=card.uri, key=key, document=clip.document
            )
        except Exception as error:
            if isinstance(error, RushesError) and error.retryable:
                raise
            return Entry(
                uri=clip.uri,
                card=card.uri,
                identity=files,
                key=key,
                name=uris.basename(clip.uri),
                files=len(clip.files),
                bytes=sum(stat.bytes for stat in clip.files),
                seal=seal,
                code=error.code if isinstance(error, RushesError) else "internal_error",
                error=error.detail
                if isinstance(error, RushesError)
                else f"its reader failed: {error}",
            )
        if not self.request.thumbnails:
            return msgspec.structs.replace(entry, seal=seal)
        name, reason = self._thumbnails.make(clip, key)
        return msgspec.structs.replace(entry, seal=seal, thumbnail=name, no_thumbnail=reason)

    def _entries(self) -> list[Entry]:
        """Of all cards, as a walk of the folders meets their clips."""
        found = [entry for card in self._cards for entry in self._shard(card)]
        return sorted(found, key=lambda entry: place_of(entry.uri))

    def _shard(self, card: Card) -> list[Entry]:
        self.work.check()
        return read_shard(uris.join(self.request.output, card.shard), self.work.store)[1]

    def _build(self, name: str, entries: Sequence[Entry]) -> None:
        if self._exists(name) and not self.request.overwrite:
            return
        path = self.work.scratch / name
        about = {
            "root": self._footage.root,
            "state": self._footage.state,
            "clips": str(len(entries)),
            "cards": str(len(self._cards)),
        }
        build(path, entries, about)
        with suppress(OutputConflict):
            self.work.commit(name, path)


def _sums(entries: Sequence[Entry] | None) -> dict[str, Any]:
    """How many clips are sealed, and how many cannot be read."""
    if entries is None:
        return {}
    seals = Counter(entry.seal.state for entry in entries)
    return {"bytes": sum(entry.bytes for entry in entries), "seals": dict(sorted(seals.items()))}
