"""Every file of a delivery against its ASC MHL histories."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from functions.contract import uris
from functions.contract.errors import RushesError, SourceNotFound
from functions.contract.operation import Work
from functions.contract.store import read_within
from functions.lint.findings import Finding, error, warning
from functions.lint.tree import Delivery
from functions.sidecars.mhl.values import CHAIN, LARGEST

_BLOCK = 4 << 20


def check_seals(delivery: Delivery, root: str, work: Work, *, hashes: bool) -> Iterator[Finding]:
    """Every history of the delivery: chain, manifests, files that it lists, and their hashes."""
    if not delivery.sealed:
        yield warning("no-mhl", "the delivery has no ASC MHL: nothing proves the copy")
    covered: set[str] = set()
    broken: list[str] = []
    for place in sorted(delivery.sealed):
        where = f"{place}/ascmhl".lstrip("/")
        try:
            yield from _history(place, root, delivery, work, covered, hashes=hashes)
        except SourceNotFound as wrong:
            name = uris.basename(str(wrong.facts.get("uri", "")))
            what = "the chain file" if name == CHAIN else f"{name}, which the chain names,"
            yield error("mhl-chain", f"{what} is not there", where)
            broken.append(place)
        except RushesError as wrong:
            if wrong.retryable:
                raise
            yield error("mhl-unreadable", wrong.detail, where)
            broken.append(place)
    if delivery.sealed:
        for path in sorted(set(delivery.paths) - covered):
            # Nobody knows what a history that cannot be read lists.
            if not any(not place or path.startswith(f"{place}/") for place in broken):
                yield warning("mhl-unlisted", "no manifest lists the file", path)


def _history(
    place: str, root: str, delivery: Delivery, work: Work, covered: set[str], *, hashes: bool
) -> Iterator[Finding]:
    import pathspec

    from functions.footage.mhl_history import broken_references
    from functions.sidecars.mhl.digests import Digester, digest_of
    from functions.sidecars.mhl.read import read_chain, read_hash_list

    folder = uris.join(root, *([place] if place else []), "ascmhl") + "/"
    first: dict[str, tuple[str, str]] = {}
    sizes: dict[str, int] = {}
    ignored: tuple[str, ...] = ()
    lists = []
    for generation in read_chain(read_within(work.store, folder + CHAIN, LARGEST), CHAIN):
        data = read_within(work.store, folder + generation.name, LARGEST)
        if digest_of("c4", data) != generation.c4:
            detail = f"{generation.name} is not as the chain names it: it was edited since"
            yield error("mhl-changed", detail, f"{place}/ascmhl/{generation.name}".lstrip("/"))
        sealed = read_hash_list(data, generation.name)
        ignored = sealed.ignore
        lists.append(sealed)
        for entry in sealed.files:
            path = f"{place}/{entry.path}".lstrip("/")
            if entry.previous:
                first.pop(f"{place}/{entry.previous}".lstrip("/"), None)
                sizes.pop(f"{place}/{entry.previous}".lstrip("/"), None)
            if entry.digests:
                first.setdefault(path, (entry.digests[0].format, entry.digests[0].value))
            if entry.size is not None:
                sizes.setdefault(path, entry.size)
    missing, changed = broken_references(work.store, uris.parent(folder), lists)
    for names, code, what in (
        (missing, "mhl-missing", "is not there"),
        (changed, "mhl-changed", "is not what it was then"),
    ):
        for name in names:
            detail = f"a manifest refers to this one of a history below, which {what}"
            yield error(code, detail, f"{place}/{name}".lstrip("/"))
    covered |= set(first)
    inside = f"{place}/" if place else ""
    with contextlib.suppress(ValueError):  # patterns that are none ignore nothing
        matches = pathspec.GitIgnoreSpec.from_lines(ignored).match_file
        left_out = {
            path
            for path in (*delivery.paths, *first)
            if path.startswith(inside) and matches(path[len(inside) :])
        }
        covered |= left_out
        # Sealed once and ignored since: whether it is there or not says nothing.
        first = {path: sealed for path, sealed in first.items() if path not in left_out}
    for path, (format, value) in sorted(first.items()):
        stat = delivery.paths.get(path)
        if stat is None:
            yield error("mhl-missing", "a manifest lists the file, and it is not there", path)
        elif stat.bytes != sizes.get(path, stat.bytes):
            detail = f"it has {stat.bytes} bytes, and was sealed with {sizes[path]}"
            yield error("mhl-mismatch", detail, path)
        elif hashes:
            digester = Digester((format,))
            with work.store.open(stat.uri) as stream:
                while block := stream.read(_BLOCK):
                    work.check()
                    digester.update(block)
            if digester.values()[format].lower() != value.lower():
                yield error("mhl-mismatch", f"its {format} is not the sealed one", path)
