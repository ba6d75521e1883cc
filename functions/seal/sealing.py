"""Seal and check: what is read, compared, written and told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from functions.contract import uris
from functions.contract.errors import InvalidRequest, SourceNotFound, StoreUnavailable
from functions.contract.operation import Result, Work
from functions.contract.store import Stat, Store
from functions.footage.mhl_history import (
    History,
    broken_references,
    load_history,
    outside_chain,
)
from functions.seal.comparing import differences, raise_for, some
from functions.seal.dates import in_name, newest, parse_date, written
from functions.seal.generation import Sealed, Signature, generations
from functions.seal.hashing import Hashed, hash_files, owner_of, wanted_formats
from functions.seal.request import SealRequest
from functions.seal.tree import OURS, Folder, files, left_out, walk
from functions.sidecars.mhl.digests import digest_of
from functions.sidecars.mhl.read import read_chain
from functions.sidecars.mhl.values import CHAIN, FOLDER, Author, Generation, Reference
from functions.sidecars.mhl.write import write_chain, write_hash_list

Looked = tuple[list[Folder], dict[str, History], tuple[str, ...]]
"""Folders, histories by path, and the patterns of what is left out."""

_Chain = tuple[Generation, ...]


def create(request: SealRequest, looked: Looked, work: Work) -> Result:
    """Write the next generation of every history; raise for what failed or is missing."""
    folders, histories, patterns = looked
    stats = _stats(folders)
    date = _date(request, stats, work)
    hashed = hash_files(files(iter(folders)), histories, request.formats, work)
    # A worker that was killed may have written some of the generations of this very unit:
    # where the last one is what would be written without it, it is this unit's own.
    before = {path: history.before_last() for path, history in histories.items()}
    signature = Signature(
        created=written(date),
        author=Author(name=request.author) if request.author else None,
        location=request.location,
        comment=request.comment,
    )
    again = _seal(request, folders, hashed, before, patterns, signature, date)
    base = {
        path: before[path] if _is_newest(history, *again[path][1:]) else history
        for path, history in histories.items()
    }
    made = _seal(request, folders, hashed, base, patterns, signature, date)
    manifests = _commit(request, work, made)
    report = _report({path: sealed for path, (sealed, _, _) in made.items()}, hashed, [])
    report = _with_references(report, request, histories, patterns, work)
    # What is new is what a generation is made for.
    raise_for({**report, "new": []}, request.input, "sealed hash")
    return Result(report={**report, "manifests": manifests})


def check(request: SealRequest, looked: Looked, work: Work) -> Result:
    """Compare the folder with its histories; `verify` hashes every file, `diff` none."""
    folders, histories, patterns = looked
    if not histories["."].lists:
        raise SourceNotFound(f"{request.input} has no history: it was never sealed")
    if request.mode == "verify":
        found = hash_files(files(iter(folders)), histories, (), work)
    else:
        found = []
        for child in files(iter(folders)):
            history, own = owner_of(child.path, histories)
            assert child.stat is not None
            found.append(Hashed(child, child.stat, history, own, {}))
    nobody = Signature(created="")
    ignored = left_out(_all_patterns(patterns, histories))
    sealed = generations(folders, found, histories, (), nobody, renames=False, ignored=ignored)
    sizes = [each for each in found if _other_size(each)]
    report = {
        **_report(sealed, found, sizes),
        "odd": _odd(folders),
        "ignored": [name for name in _sealed_paths(histories) if ignored(name)],
        "outside_chain": [
            f"{_prefix(path)}{FOLDER}/{name}"
            for path, history in histories.items()
            for name in outside_chain(work.store, _history_root(request, path), history)
        ],
    }
    if request.mode == "diff":
        unsized = [each.child.path for each in found if each.history.size(each.own) is None]
        new = set(report["new"])
        report["unsized"] = [path for path in unsized if path not in new]
    report = _with_references(report, request, histories, patterns, work)
    told = differences(report, sealed, found, work if request.mode == "verify" else None)
    raise_for(told, request.input, "size" if request.mode == "diff" else "sealed hash")
    return Result(report=told)


def plan(request: SealRequest, looked: Looked, work: Work) -> dict[str, Any]:
    """What `create` would write, or what would be compared."""
    folders, histories, patterns = looked
    stats = _stats(folders)
    outputs = []
    if request.mode == "create":
        date = _date(request, stats, work)
        outputs = [_place(request, history, date) for history in histories.values()]
    return {
        "files": len(stats),
        "bytes": sum(stat.bytes for stat in stats),
        "histories": {path: len(history.generations) for path, history in histories.items()},
        "ignored": list(patterns),
        "formats": list(request.formats) if request.mode == "create" else [],
        "outputs": outputs,
    }


def all_files(request: SealRequest, looked: Looked, store: Store) -> list[Stat]:
    """Every file that is read: for a check, the histories too."""
    folders, histories, _ = looked
    found = _stats(folders)
    if request.mode != "create":
        for path in histories:
            found += store.list(_history_root(request, path) + FOLDER + "/")
    return found


def look(request: SealRequest, store: Store) -> Looked:
    """What is in the folder. Raises InvalidRequest for names that no manifest can hold."""
    root = load_history(store, _history_root(request, "."))
    patterns = tuple(dict.fromkeys((*OURS, *root.ignore, *request.ignore)))
    folders = list(walk(store, request.input, patterns))
    histories = {".": root}
    if request.output is None or request.output.rstrip("/") == request.input.rstrip("/"):
        for folder in folders:
            if folder.sealed and folder.path != ".":
                history = load_history(store, _history_root(request, folder.path), folder.path)
                if history.generations:
                    histories[folder.path] = history
    if len(histories) > 1:
        folders = list(walk(store, request.input, _all_patterns(patterns, histories)))
    if request.mode == "create" and (odd := _odd(folders)):
        raise InvalidRequest(
            f"{len(odd)} things in the folder can stand in no manifest: {some(odd)}; rename "
            "or remove them, or leave them out by `ignore`",
            field="input",
        )
    return folders, histories, patterns


def _odd(folders: Sequence[Folder]) -> list[str]:
    return [f"{path} ({kind})" for f in folders for path, kind in sorted(f.odd.items())]


def _all_patterns(patterns: tuple[str, ...], histories: dict[str, History]) -> tuple[str, ...]:
    """With those of the histories below, each for its own folder."""
    below = (
        _seen_from_root(path, p) for path, h in histories.items() if path != "." for p in h.ignore
    )
    return (*patterns, *below)


def _seen_from_root(path: str, pattern: str) -> str:
    """A pattern of a history below, as one of the root."""
    inner = pattern.lstrip("/")
    anchored = "/" in pattern.rstrip("/")
    return f"/{path}/{inner}" if anchored else f"/{path}/**/{inner}"


def _history_root(request: SealRequest, path: str) -> str:
    root = uris.folder(request.output or request.input)
    return root if path == "." else f"{root}{path}/"


def _prefix(path: str) -> str:
    return "" if path == "." else f"{path}/"


def _sealed_paths(histories: dict[str, History]) -> list[str]:
    return sorted(_prefix(path) + name for path, h in histories.items() for name in h.known())


def _with_references(
    report: dict[str, Any],
    request: SealRequest,
    histories: dict[str, History],
    patterns: tuple[str, ...],
    work: Work,
) -> dict[str, Any]:
    """The report with manifests of histories below that are gone, or others than were sealed."""
    if len(histories) == 1 and not histories["."].lists:
        return report
    ignored = left_out(_all_patterns(patterns, histories))
    missing, failed = list(report["missing"]), list(report["failed"])
    for path, history in histories.items():
        root = _history_root(request, path)
        for found, names in zip(
            (missing, failed), broken_references(work.store, root, history.lists), strict=True
        ):
            whole = (_prefix(path) + name for name in names)
            found += [name for name in whole if not ignored(name.partition(f"/{FOLDER}/")[0] + "/")]
    return {**report, "missing": sorted(missing), "failed": sorted(set(failed))}


def _stats(folders: Sequence[Folder]) -> list[Stat]:
    return [child.stat for child in files(iter(folders)) if child.stat is not None]


def _date(request: SealRequest, stats: Sequence[Stat], work: Work) -> datetime:
    if request.date is not None:
        return parse_date(request.date)
    date = newest(stats)
    work.assume("date", f"{written(date)}: the newest file's")
    return date


def _is_newest(history: History, name: str, data: bytes) -> bool:
    """Whether the last generation is this manifest."""
    last = history.generations[-1] if history.generations else None
    return last is not None and last.name == name and last.c4 == digest_of("c4", data)


def _place(request: SealRequest, history: History, date: datetime) -> str:
    """Path of the next manifest, relative to the output."""
    named = uris.basename(_history_root(request, history.path).rstrip("/")) or "root"
    name = f"{history.next_number:04d}_{named}_{in_name(date)}.mhl"
    inside = "" if history.path == "." else f"{history.path}/"
    return f"{inside}{FOLDER}/{name}"


def _seal(
    request: SealRequest,
    folders: Sequence[Folder],
    hashed: Sequence[Hashed],
    histories: dict[str, History],
    patterns: tuple[str, ...],
    signature: Signature,
    date: datetime,
) -> dict[str, tuple[Sealed, str, bytes]]:
    """New generations with their manifests' names and bytes, innermost first."""
    mine = []
    for each in hashed:
        history = histories[each.history.path]
        wanted = wanted_formats(history, each.own, request.formats)
        values = {name: each.values[name] for name in wanted}
        mine.append(Hashed(each.child, each.stat, history, each.own, values))
    new = generations(
        folders,
        mine,
        histories,
        request.formats,
        signature,
        renames=request.renames,
        ignored=left_out(_all_patterns(patterns, histories)),
    )
    made: dict[str, tuple[Sealed, str, bytes]] = {}
    references: dict[str, list[Reference]] = {path: [] for path in histories}
    for path in sorted(histories, key=lambda p: (p != ".", p.count("/"), p), reverse=True):
        sealed = new[path]
        ignore = patterns if path == "." else tuple(dict.fromkeys((*OURS, *sealed.history.ignore)))
        data = write_hash_list(sealed.hash_list(signature, ignore, references[path][::-1]))
        place = _place(request, sealed.history, date)
        made[path] = (sealed, uris.basename(place), data)
        if path != ".":
            parent = owner_of(path, histories, above=True)[0].path
            inside = place if parent == "." else place[len(parent) + 1 :]
            references[parent].append(Reference(path=inside, c4=digest_of("c4", data)))
    return made


def _commit(
    request: SealRequest, work: Work, made: dict[str, tuple[Sealed, str, bytes]]
) -> list[str]:
    """Each manifest, then the chain that makes it count, innermost first."""
    chains = {}
    for path, (sealed, name, data) in made.items():
        history = sealed.history
        last = Generation(number=history.next_number, name=name, c4=digest_of("c4", data))
        uri = _history_root(request, path) + f"{FOLDER}/{CHAIN}"
        chains[path] = (uri, history.generations, (*history.generations, last))
        _is_in_chain(*chains[path], work)
    manifests = []
    for path, (_, name, data) in made.items():
        inside = f"{FOLDER}/" if path == "." else f"{path}/{FOLDER}/"
        work.commit(inside + name, data)
        manifests.append(inside + name)
        uri, before, after = chains[path]
        # The one file of a history that is meant to change.
        first = not before and work.store.put_if_absent(uri, write_chain(after))
        if not first and not _is_in_chain(uri, before, after, work):
            work.store.put(uri, write_chain(after))
    return manifests


def _is_in_chain(uri: str, before: _Chain, after: _Chain, work: Work) -> bool:
    """Whether the chain names the new generation already.

    Raises StoreUnavailable where it is neither as it was read nor as it is to be: somebody
    else sealed meanwhile, and a generation that no chain names would be lost.
    """
    try:
        stands = read_chain(work.store.read(uri), CHAIN)
    except SourceNotFound:
        stands = ()
    if stands not in (before, after):
        raise StoreUnavailable(f"{uri} was extended by somebody else meanwhile", uri=uri)
    return stands == after


def _other_size(each: Hashed) -> bool:
    size = each.history.size(each.own)
    return size is not None and size != each.stat.bytes


def _report(
    sealed: dict[str, Sealed], hashed: Sequence[Hashed], sizes: Sequence[Hashed]
) -> dict[str, Any]:
    def all_of(what: str) -> list[str]:
        return sorted(
            name if path == "." else f"{path}/{name}"
            for path, each in sealed.items()
            for name in getattr(each, what)
        )

    return {
        "files": len(hashed),
        "bytes": sum(each.stat.bytes for each in hashed),
        "verified": sum(each.verified for each in sealed.values()) - len(sizes),
        "new": all_of("added"),
        "failed": sorted({*all_of("failed"), *(each.child.path for each in sizes)}),
        "missing": all_of("missing"),
    }
