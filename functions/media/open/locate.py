"""Which files a clip's URI names: one file, a numbered pattern, or a folder of one sequence."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from itertools import islice

from functions.contract import uris
from functions.contract.errors import InvalidRequest, RushesError, SourceNotFound
from functions.contract.store import Stat, Store, remembered
from functions.media.stills.sequence import Listing, listing_of

_PLACE = re.compile(r"%0?(\d*)d|#+|@+")
_NUMBERED = re.compile(r"^(.*?)(\d+)(\D*)$")
_MAX_DIGITS = 15
# What cameras and people lay beside a sequence's pictures.
_BESIDE = re.compile(
    r"\.(ale|amf|aac|aiff|bwf|ccc|cdl|cube|csv|db|docx?|edl|fdl|html|ini|json|lut|m4a|mhl|mp3|otio"
    r"|pdf|rmd|rtf|sha1|md5|txt|wav|xml|xmp|xxh64|yaml|yml)$",
    re.IGNORECASE,
)
_SHOWN = 8
_MOST_NEAR = 2000  # names that are looked at for one that was meant


def find(uri: str, store: Store) -> Listing:
    """The files that a canonical URI names.

    `A001.%06d.dng`, `A001.%d.dng`, `A001.######.dng` and `A001.@@@@@@.dng` (as many digits as
    signs) are patterns; a folder must hold exactly one sequence beside its sidecars. A folder
    that is really called like a pattern is that folder.

    Raises SourceNotFound: no such file, or none that fits the pattern. InvalidRequest: a folder
    that holds no sequence or several, a pattern with two places.
    """
    return remembered(store, ("files of", uri), lambda: _find(uri, store))


def _find(uri: str, store: Store) -> Listing:
    if uri.endswith("/"):
        return _in_folder(uri, store)
    places = list(_PLACE.finditer(uris.basename(uri)))
    if places:
        try:
            return _by_pattern(uri, places, store)
        except (InvalidRequest, SourceNotFound):
            if not _is_folder(uri, store):
                raise
            return _in_folder(uris.folder(uri), store)
    try:
        stat = store.stat(uri)
    except (InvalidRequest, SourceNotFound) as error:
        # An object store has no folders that a stat could find: only names that start so.
        if isinstance(error, InvalidRequest) or _is_prefix(uri, store):
            return _in_folder(uris.folder(uri), store)
        raise SourceNotFound(f"{error}{_near(uri, store)}", **error.facts) from error
    return _single(stat)


def _near(uri: str, store: Store) -> str:
    """What stands beside a name that is not there and is spelled almost so."""
    import difflib  # a first frame does without

    parent = uris.parent(uri)
    with suppress(RushesError):
        listed = islice((stat.uri for stat in store.list(parent)), _MOST_NEAR)
        names = [uris.basename(each.rstrip("/")) for each in (*listed, *store.folders(parent))]
        near = difflib.get_close_matches(uris.basename(uri), names, 3, 0.7)
        return f" (did you mean {' or '.join(near)}?)" if near else ""
    return ""


def _single(stat: Stat) -> Listing:
    stem = uris.basename(stat.uri)
    return Listing({0: stat}, stem.rpartition(".")[0] or stem, 6, numbered=False)


def _is_folder(uri: str, store: Store) -> bool:
    """Whether a name with signs of a pattern is a folder's own."""
    return uris.folder(uri) in store.folders(uris.parent(uri))


def _is_prefix(uri: str, store: Store) -> bool:
    if uris.scheme_of(uri) == "file":
        return False
    return next(iter(store.list(uris.folder(uri))), None) is not None


def _by_pattern(uri: str, places: list[re.Match[str]], store: Store) -> Listing:
    name, parent = uris.basename(uri), uris.parent(uri)
    # A folder may hold a thousand clips: this one's files alone are asked for.
    start = name[: min(place.start() for place in places)]
    listed = {uris.basename(stat.uri): stat for stat in store.list(parent, start)}
    if name in listed:  # a file that is really called so
        return _single(listed[name])
    if len(places) != 1:
        raise InvalidRequest(f"{name!r} has {len(places)} places for a frame number", field="input")
    place = places[0]
    width = int(place[1] or 0) if place[0].startswith("%") else len(place[0])
    if width > _MAX_DIGITS:
        raise InvalidRequest(f"{name!r} has frame numbers of {width} digits", field="input")
    prefix, suffix = name[: place.start()], name[place.end() :]
    files = {}
    for listed_name, stat in listed.items():
        digits = listed_name[len(prefix) : len(listed_name) - len(suffix)]
        fits = listed_name.startswith(prefix) and listed_name.endswith(suffix)
        if fits and (_written_so(digits, width) or _below_zero(prefix, digits, width)):
            files[int(digits)] = stat
    if not files:
        raise SourceNotFound(f"no file fits {name!r} in {parent}", uri=uri)
    return listing_of(files, _clip_name(prefix, parent), max(width, 1))


def _written_so(digits: str, width: int) -> bool:
    """Whether printf writes a number like this at that width: padded, longer when it must."""
    if not digits.isascii() or not digits.isdecimal() or len(digits) > _MAX_DIGITS:
        return False
    return len(digits) == width or (len(digits) > width and digits == str(int(digits)))


def _below_zero(prefix: str, digits: str, width: int) -> bool:
    """Whether it is a negative number: a minus behind a mark, and not one between two words.

    Some count the minus among the digits of the padding, and some do not.
    """
    if not digits.startswith("-") or (prefix and prefix[-1].isalnum()):
        return False
    return _written_so(digits[1:], width) or _written_so(digits[1:], max(1, width - 1))


def _clip_name(prefix: str, parent: str) -> str:
    return prefix.rstrip(" ._-") or uris.basename(parent) or "clip"


def sequences_in(uri: str, store: Store) -> tuple[list[Listing], list[str]]:
    """Numbered sequences of one folder, and the names of all files that are no sidecars."""
    groups: dict[tuple[str, str], dict[str, Stat]] = defaultdict(dict)
    names = []
    for stat in store.list(uri):
        name = uris.basename(stat.uri)
        if name.startswith(".") or _BESIDE.search(name):
            continue
        names.append(name)
        match = _NUMBERED.match(name.rpartition(".")[0] or name)
        if match and len(match[2]) <= _MAX_DIGITS:
            prefix, digits = match[1], match[2]
            if prefix.endswith("-") and not prefix[-2:-1].isalnum():
                prefix, digits = prefix[:-1], f"-{digits}"
            key = prefix, match[3] + name[len(name.rpartition(".")[0]) :]
            groups[key][digits] = stat
    found = [
        listing_of(
            {int(digits): group[digits] for digits in chosen}, _clip_name(prefix, uri), width
        )
        for (prefix, _), group in groups.items()
        for width, chosen in _by_width(group)
    ]
    return found, names


def _in_folder(uri: str, store: Store) -> Listing:
    found, names = sequences_in(uri, store)
    several = [listing for listing in found if len(listing.files) > 1] or found
    if len(several) != 1:
        folders = store.folders(uri)
        if not names and not folders:
            raise SourceNotFound(f"{uri} holds nothing", uri=uri)
        raise InvalidRequest(
            f"{uri} does not hold exactly one sequence: {_told(several, names, folders)}",
            field="input",
            uri=uri,
        )
    return several[0]


def _by_width(digits: Iterable[str]) -> list[tuple[int, list[str]]]:
    """Spellings of numbers as sequences: each padding with the longer numbers that fit it."""
    above = [d for d in digits if not d.startswith("-")] or [d[1:] for d in digits]
    widths = sorted({len(d) for d in above if len(d) == 1 or d.startswith("0")})
    plain = [d for d in above if not (len(d) > 1 and d.startswith("0"))]
    if not widths:
        widths = [min(len(d) for d in plain)]
    found: dict[int, list[str]] = {width: [] for width in widths}
    for spelled in digits:
        fitting = [w for w in widths if _written_so(spelled, w) or _below_zero("", spelled, w)]
        if fitting:
            found[fitting[-1]].append(spelled)
        else:
            found.setdefault(len(spelled), []).append(spelled)
    return [(width, chosen) for width, chosen in found.items() if chosen]


def _told(found: list[Listing], names: list[str], folders: tuple[str, ...]) -> str:
    if found:
        told = [f"{uris.basename(one.first.uri)} ({one.span()})" for one in found]
    else:
        told = names + [uris.basename(folder) + "/" for folder in folders]
    more = f" and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
    return (", ".join(told[:_SHOWN]) or "nothing") + more
