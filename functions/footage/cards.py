"""Cards and folders of a root with their clips, from listings alone.

A card is the folder that clips lie in; a folder that is itself one sequence belongs to the folder
above it, so that a magazine of a hundred takes is one card. What a card's entries depend on makes
its state: equal states have equal entries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

import msgspec

from functions.contract import uris
from functions.contract.errors import SourceNotFound
from functions.contract.store import Stat, Store
from functions.footage.entry import FORMAT, digest
from functions.media.acquisition.sidecar import sidecar_names
from functions.media.open.walk import clips_in, folders_below
from functions.media.plugins.installed import installed
from functions.sidecars.mhl.values import FOLDER

_COUNTER = re.compile(r"[._-]?%0?\d*d$")
_LONGEST_NAME = 60


class FoundClip(msgspec.Struct, frozen=True):
    """A clip, its files, and what lies beside it and is called like it: an AMF, and the document
    that its camera wrote."""

    uri: str
    files: tuple[Stat, ...]
    amf: Stat | None
    document: Stat | None = None

    @property
    def numbered(self) -> bool:
        """Whether it is a sequence of files."""
        return self.files[0].uri != self.uri


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A folder of clips.

    histories : folders with an `ascmhl` that may list its files, outermost first
    old_mhls : names of manifests of version 1 beside its files, which are not read
    state : of files, sidecars, manifests and options; 16 hex digits
    """

    uri: str
    clips: tuple[FoundClip, ...]
    histories: tuple[str, ...]
    old_mhls: tuple[str, ...]
    state: str

    @property
    def label(self) -> str:
        """Start of its shards' names: its own name, and a digest of where it is."""
        return f"{uris.legal_name(uris.basename(self.uri))[:_LONGEST_NAME]}-{digest(self.uri)}"

    @property
    def shard(self) -> str:
        """Where the entries of this state stand, below the index's folder."""
        return f"cards/{self.label}.{self.state}.jsonl"


class Footage:
    """What lies below a root.

    store : that remembers its listings
    output : the index's own folder, passed over where it lies below the root
    options : of the index, as they change entries
    """

    def __init__(self, root: str, store: Store, output: str, options: object) -> None:
        self.root, self._store = uris.folder(root), store
        self._output, self._beside = uris.folder(output), dict[str, dict[str, Stat]]()
        # A plug-in that came since may read what nobody could.
        plugins = [plugin.title for plugin in installed()]
        self.options = digest(FORMAT, plugins, options)

    @cached_property
    def cards(self) -> tuple[Card, ...]:
        """All cards by place. Raises SourceNotFound where there is no clip."""
        return tuple(self.card(uri) for uri in card_uris(self.root, self._store, self._output))

    @property
    def state(self) -> str:
        """Of all cards."""
        return digest(self.root, self.options, [(card.uri, card.state) for card in self.cards])

    def card(self, uri: str) -> Card:
        """One card. Raises SourceNotFound where the folder holds no clip of its own."""
        clips = tuple(
            FoundClip(clip, files, self._amf(clip, files[0]), self._document(files[0]))
            for clip, files in self._clips(uri)
        )
        if not clips:
            raise SourceNotFound(f"no clip in {uri}", uri=uri)
        folders = dict.fromkeys(
            [*self._above(uri), uri, *(uris.parent(clip.files[0].uri) for clip in clips)]
        )
        histories: list[str] = []
        old: list[str] = []
        told: list[Stat] = []
        for folder in folders:
            if f"{folder}{FOLDER}/" in self._store.folders(folder):
                histories.append(folder)
                told += self._store.list(f"{folder}{FOLDER}/")
            plain = [s for s in self._store.list(folder) if s.uri.lower().endswith(".mhl")]
            old += [uris.basename(stat.uri) for stat in plain]
            told += plain
        stats = [
            *told, *(stat for clip in clips for stat in clip.files),
            *(clip.amf for clip in clips if clip.amf is not None),
            *(clip.document for clip in clips if clip.document is not None),
        ]  # fmt: skip
        state = digest(
            uri, self.options, [c.uri for c in clips], [(s.uri, s.bytes, s.identity) for s in stats]
        )
        return Card(
            uri=uri, clips=clips, histories=tuple(histories), old_mhls=tuple(old), state=state
        )

    def _clips(self, card: str) -> Iterator[tuple[str, tuple[Stat, ...]]]:
        """Those that lie in the folder, and folders in it that are a sequence each."""
        # A root may be one sequence itself; another card's folder that is one is no card.
        inside = clips_in(card, self._store)
        yield from (each for each in inside if each[0] != card or card == self.root)
        for folder in self._store.folders(card):
            if folder != self._output and not uris.basename(folder).startswith("."):
                yield from (c for c in clips_in(folder, self._store) if c[0] == folder)

    def _above(self, folder: str) -> list[str]:
        """Folders from the root down to this one, without it."""
        inside = folder[len(self.root) :].strip("/").split("/")
        return [self.root + "".join(f"{name}/" for name in inside[:n]) for n in range(len(inside))]

    def _amf(self, clip: str, first: Stat) -> Stat | None:
        name = uris.basename(clip)
        stem = name if clip.endswith("/") else _COUNTER.sub("", name.rpartition(".")[0])
        wanted = (f"{stem}.amf".lower(), f"{name}.amf".lower())
        beside = self._sidecars(uris.parent(first.uri))
        return next((beside[each] for each in wanted if each in beside), None)

    def _document(self, first: Stat) -> Stat | None:
        names = sidecar_names(first.uri)
        beside = self._sidecars(uris.parent(first.uri)) if names else {}
        return next((beside[each] for each in names if each in beside), None)

    def _sidecars(self, folder: str) -> dict[str, Stat]:
        """AMFs and XML of a folder by their names in small letters, looked for once for all its
        clips."""
        if folder not in self._beside:
            self._beside[folder] = {
                name: stat
                for stat in self._store.list(folder)
                if (name := uris.basename(stat.uri).lower()).endswith((".amf", ".xml"))
            }
        return self._beside[folder]


def card_uris(root: str, store: Store, output: str) -> tuple[str, ...]:
    """Folders of cards below a root, as a walk meets them.

    output : the index's own folder, passed over

    Raises SourceNotFound where there is no clip.
    """
    root, found = uris.folder(root), dict[str, None]()
    for folder in folders_below(root, store, uris.folder(output)):
        for clip, _ in clips_in(folder, store):
            found[clip if clip == root else uris.parent(clip)] = None
    if not found:
        raise SourceNotFound(f"no clip below {root}", uri=root)
    return tuple(found)


def place_of(clip: str) -> str:
    """A key that sorts clips as `clips_below` meets them: of a folder sequences, then movies, then
    the folders in it."""
    *folders, name = clip.split("/")
    above = "".join(f"\x02{folder}/" for folder in folders)
    return above + (f"\x01{name}" if name and "%" not in name else f"\x00{name}")
