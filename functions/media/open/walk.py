"""Every clip below a folder: movies one by one, numbered stills as sequences."""

from __future__ import annotations

import re
from collections.abc import Iterator

from functions.contract import uris
from functions.contract.store import Store
from functions.media.open.locate import sequences_in
from functions.media.stills.sequence import Listing

# A take of its own each, though cameras number them: A001_C001.mov, A001_C002.mov.
_MOVIE = re.compile(
    r"\.(ari|arx|avi|braw|cine|crm|m2ts|m4v|mkv|mlv|mov|mp4|mpg|mts|mxf|nev|r3d|rmf|ts|webm)$",
    re.IGNORECASE,
)
_STILL = re.compile(
    r"\.(3fr|arw|cin|cr2|cr3|dng|dpx|erf|exr|iiq|jp2|jpe?g|mef|mos|mrw|nef|nrw|orf|pef|png|raf"
    r"|raw|rw2|srw|tga|tiff?|x3f)$",
    re.IGNORECASE,
)
_HIDDEN = {"ascmhl", "lost+found"}


def clips_below(uri: str, store: Store) -> Iterator[str]:
    """Canonical URIs that `open_clip` takes, by folder and name; what is no picture is left out.

    A folder that holds one sequence and no movie is named as a folder, other sequences by
    a pattern.
    """
    uri = uris.folder(uri)
    sequences, names = sequences_in(uri, store)
    movies = sorted(name for name in names if _MOVIE.search(name))
    stills = [each for each in sequences if _STILL.search(uris.basename(each.first.uri))]
    if len(stills) == 1 and not movies and len(stills[0].files) > 1:
        yield uri
    else:
        yield from sorted(_pattern(each, uri) for each in stills)
    yield from (uri + name for name in movies)
    for folder in store.folders(uri):
        name = uris.basename(folder.rstrip("/"))
        if not name.startswith(".") and name not in _HIDDEN:
            yield from clips_below(folder, store)


def _pattern(listing: Listing, folder: str) -> str:
    stem, dot, extension = uris.basename(listing.first.uri).rpartition(".")
    found = re.search(r"\d+(?=\D*$)", stem)
    assert found is not None, "a sequence has numbers"
    before = stem[: found.start()]
    if next(iter(listing.files)) < 0:
        before = before.removesuffix("-")
    return f"{folder}{before}%0{listing.padding}d{stem[found.end() :]}{dot}{extension}"
