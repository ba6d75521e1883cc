"""A folder held against its history: what differs, is missing, renamed or new, and its telling."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from functions.contract.errors import DamagedSource, SourceNotFound
from functions.contract.operation import Work
from functions.footage.mhl_history import History
from functions.seal.generation import Sealed
from functions.seal.hashing import Hashed, hashes_of

_NAMED = 10  # files that a sentence names; the report has all
_TOLD = ("failed", "missing", "renamed", "new", "normalised", "outside_chain")


def differences(
    report: Mapping[str, Any],
    sealed: Mapping[str, Sealed],
    found: Sequence[Hashed],
    work: Work | None,
) -> dict[str, Any]:
    """The report with `renamed` and `normalised`, pairs of the sealed name and the one there is.

    A renamed file is neither missing nor new. Names that differ by Unicode normalisation alone
    (macOS and some archives write é as e and an accent) are told beside.

    work : to read new files for their hashes; without it no file is known to be renamed
    """
    by_path = {each.child.path: each for each in found}
    pairs: list[tuple[str, str]] = []
    if work is not None:
        for path, goal in sealed.items():
            new = [by_path[_joined(path, name)] for name in goal.added]
            for old, now in _renamed(goal.history, goal.missing, new, work):
                pairs.append((_joined(path, old), _joined(path, now)))
    gone, come = {old for old, _ in pairs}, {now for _, now in pairs}
    plain = {_plain(name): name for name in report["missing"]}
    return {
        **report,
        "missing": [name for name in report["missing"] if name not in gone],
        "new": [name for name in report["new"] if name not in come],
        "renamed": sorted(pairs),
        "normalised": [
            (plain[_plain(name)], name) for name in report["new"] if _plain(name) in plain
        ],
    }


def raise_for(report: Mapping[str, Any], root: str, what: str) -> None:
    """Raise when a folder is not what was sealed, with all that differs in one sentence.

    what : that a file differs in, "size" or "sealed hash"

    Raises DamagedSource for files that differ, and for new and renamed ones; SourceNotFound where
    files are missing and none differs.
    """
    failed, missing = report["failed"], report["missing"]
    told = {
        f"of other {what}": failed,
        "missing": missing,
        "renamed": [" -> ".join(pair) for pair in report.get("renamed", ())],
        "new, in no generation": report["new"],
        "with a name that differs only by Unicode normalisation": [
            shown for _, shown in report.get("normalised", ())
        ],
        "manifests that no chain names": report.get("outside_chain", ()),
    }
    said = "; ".join(f"{len(names)} {how}: {some(names)}" for how, names in told.items() if names)
    if not said:
        return
    kind = SourceNotFound if missing and not failed else DamagedSource
    facts = {name: report[name] for name in _TOLD if report.get(name)}
    raise kind(f"{report['files']} files checked, {said}", uri=root, **facts)


def lines(report: Mapping[str, Any]) -> list[str]:
    """What a summary says of a seal or check that found nothing wrong."""
    new = f", {len(report['new'])} new" if report["new"] else ""
    told = {
        "cannot stand in a manifest": report.get("odd"),
        "sealed, and left out by the patterns to ignore": report.get("ignored"),
        "sealed without a size, of which the name alone is compared": report.get("unsized"),
    }
    return [
        f"{report['files']} files, {report['verified']} as sealed before{new}",
        *(f"{how}: {some(names)}" for how, names in told.items() if names),
    ]


def some(names: Sequence[str]) -> str:
    """The first ten, and how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _renamed(
    history: History, missing: Sequence[str], new: Sequence[Hashed], work: Work
) -> list[tuple[str, str]]:
    """New files that have the size and every hash of a missing one, each once."""
    left: dict[int | None, list[str]] = {}
    for name in missing:
        left.setdefault(history.size(name), []).append(name)
    pairs = []
    for each in new:
        of_size = (left.get(each.stat.bytes, []), left.get(None, []))
        names = [name for names in of_size for name in names]
        if not names:
            continue
        formats = {f for name in names for f in _formats(history, name)}
        values = hashes_of(each.stat, sorted(formats), work)
        for name in names:
            wanted = _formats(history, name)
            if wanted and all(values[f].lower() == v.lower() for f, v in wanted.items()):
                pairs.append((name, each.own))
                for candidates in of_size:
                    if name in candidates:
                        candidates.remove(name)
                break
    return pairs


def _formats(history: History, name: str) -> dict[str, str]:
    found = {f: history.first(name, f) for f in history.formats(name)}
    return {f: digest.value for f, digest in found.items() if digest is not None}


def _joined(path: str, name: str) -> str:
    return name if path == "." else f"{path}/{name}"


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name)
