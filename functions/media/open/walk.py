"""Every clip below a folder: movies one by one, numbered stills as sequences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from operator import itemgetter

from functions.contract import uris
from functions.contract.store import Stat, Store
from functions.media.open.locate import sequences_in
from functions.media.stills.sequence import Listing

# A take of its own each, though cameras number them: A001_C001.mov, A001_C002.mov.
_MOVIE = re.compile(
    r"\.(avi|braw|cine|crm|m2ts|m4v|mcraw|mkv|mlv|mov|mp4|mpg|mts|mxf|nev|r3d|rmf|ts|webm)$",
    re.IGNORECASE,
)
_STILL = re.compile(
    r"\.(3fr|ari|arw|arx|cin|cr2|cr3|dng|dpx|erf|exr|iiq|jp2|jpe?g|mef|mos|mrw|nef|nrw|orf|pef|png|raf"
    r"|raw|rw2|srw|tga|tiff?|x3f)$",
    re.IGNORECASE,
)
_HIDDEN = {"ascmhl", "lost+found"}


def clips_below(uri: str, store: Store) -> Iterator[str]:
    """Canonical URIs that `open_clip` takes, by folder and name; what is no picture is left out.

    A folder that holds one sequence and no movie is named as a folder, other sequences by
    a pattern.
    """
    for folder in folders_below(uri, store):
        yield from (clip for clip, _ in clips_in(folder, store))


def clips_in(uri: str, store: Store) -> Iterator[tuple[str, tuple[Stat, ...]]]:
    """Those of one folder itself, each with its files; see `clips_below`."""
    sequences, names = sequences_in(uri, store)
    movies = sorted(name for name in names if _MOVIE.search(name))
    stills = [each for each in sequences if _STILL.search(uris.basename(each.first.uri))]
    if len(stills) == 1 and not movies and len(stills[0].files) > 1:
        yield uri, tuple(stills[0].files.values())
    else:
        named = sorted(((_pattern(each, uri), each) for each in stills), key=itemgetter(0))
        yield from ((name, tuple(each.files.values())) for name, each in named)
    if movies:
        stats = {stat.uri: stat for stat in store.list(uri)}
        yield from ((uri + name, (stats[uri + name],)) for name in movies)


def folders_below(uri: str, store: Store, without: str = "") -> Iterator[str]:
    """The folder and those in it that may hold clips, each before what is in it, by name.

    without : a folder that is passed over
    """
    uri = uris.folder(uri)
    yield uri
    for folder in store.folders(uri):
        name = uris.basename(folder.rstrip("/"))
        if not name.startswith(".") and name not in _HIDDEN and folder != without:
            yield from folders_below(folder, store, without)


def _pattern(listing: Listing, folder: str) -> str:
    stem, dot, extension = uris.basename(listing.first.uri).rpartition(".")
    found = re.search(r"\d+(?=\D*$)", stem)
    assert found is not None, "a sequence has numbers"
    before = stem[: found.start()]
    if next(iter(listing.files)) < 0:
        before = before.removesuffix("-")
    return f"{folder}{before}%0{listing.padding}d{stem[found.end() :]}{dot}{extension}"
