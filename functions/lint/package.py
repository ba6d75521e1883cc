"""What ships beside the frames: AMF, CDL, FDL, viewing proxy, ASC MHL."""

from __future__ import annotations

from collections.abc import Iterator

from functions.contract import uris
from functions.contract.amf import Amf
from functions.contract.errors import RushesError, SourceNotFound
from functions.contract.operation import Work
from functions.contract.store import Store
from functions.lint.findings import Finding, error, info, warning
from functions.lint.tree import Delivery

_MOVIES = (".mov", ".mp4", ".mxf")
_BLOCK = 4 << 20


def check_package(delivery: Delivery, root: str, work: Work, *, plate: bool) -> Iterator[Finding]:
    """Sidecars by their own rules, and which of a plate's are not there."""
    store = work.store
    for path in delivery.others:
        lower = path.lower()
        if lower.endswith(".amf"):
            yield from _amf(path, root, delivery, store)
        elif lower.endswith((".cc", ".ccc", ".cdl")):
            yield from _cdl(path, root, store)
        elif lower.endswith(".fdl"):
            yield from _fdl(path, root, store)
    if not plate:
        return
    for suffixes, code, what in (
        ((".amf",), "no-amf", "AMF, which says what was applied"),
        ((".cc", ".cdl", ".ccc"), "no-cdl", ".cc or .cdl"),
        ((".fdl",), "no-fdl", "FDL"),
        (_MOVIES, "no-proxy", "viewing movie"),
    ):
        if not any(path.lower().endswith(suffixes) for path in delivery.others):
            yield warning(code, f"the delivery has no {what}")


def check_seals(delivery: Delivery, root: str, work: Work, *, hashes: bool) -> Iterator[Finding]:
    """Every history of the delivery: chain, manifests, files that it lists, and their hashes."""
    if not delivery.sealed:
        yield warning("no-mhl", "the delivery has no ASC MHL: nothing proves the copy")
    covered: set[str] = set()
    for place in sorted(delivery.sealed):
        try:
            yield from _history(place, root, delivery, work, covered, hashes=hashes)
        except SourceNotFound as wrong:
            yield error("mhl-chain", wrong.detail, f"{place}/ascmhl".lstrip("/"))
        except RushesError as wrong:
            if wrong.retryable:
                raise
            yield error("mhl-unreadable", wrong.detail, f"{place}/ascmhl".lstrip("/"))
    if delivery.sealed:
        for path in sorted(set(delivery.paths) - covered):
            yield warning("mhl-unlisted", "no manifest lists the file", path)


def _history(
    place: str, root: str, delivery: Delivery, work: Work, covered: set[str], *, hashes: bool
) -> Iterator[Finding]:
    from functions.sidecars.mhl import CHAIN
    from functions.sidecars.mhl_digests import Digester, digest_of
    from functions.sidecars.mhl_read import read_chain, read_hash_list

    folder = uris.join(root, *([place] if place else []), "ascmhl") + "/"
    first: dict[str, tuple[str, str]] = {}
    for generation in read_chain(work.store.read(folder + CHAIN), CHAIN):
        data = work.store.read(folder + generation.name)
        if digest_of("c4", data) != generation.c4:
            yield error("mhl-changed", f"{generation.name} is not the one that the chain names")
        for entry in read_hash_list(data, generation.name).files:
            path = f"{place}/{entry.path}".lstrip("/")
            if entry.previous:
                first.pop(f"{place}/{entry.previous}".lstrip("/"), None)
            if entry.digests:
                first.setdefault(path, (entry.digests[0].format, entry.digests[0].value))
    covered |= set(first)
    for path, (format, value) in sorted(first.items()):
        stat = delivery.paths.get(path)
        if stat is None:
            yield error("mhl-missing", "a manifest lists the file, and it is not there", path)
        elif hashes:
            digester = Digester((format,))
            with work.store.open(stat.uri) as stream:
                while block := stream.read(_BLOCK):
                    work.check()
                    digester.update(block)
            if digester.values()[format].lower() != value.lower():
                yield error("mhl-mismatch", f"its {format} is not the sealed one", path)


def _amf(path: str, root: str, delivery: Delivery, store: Store) -> Iterator[Finding]:
    from functions.sidecars.amf_read import check_amf

    folder = path.rpartition("/")[0]

    def content(name: str) -> bytes | None:
        inside = f"{folder}/{name}".lstrip("/")
        stat = delivery.paths.get(inside)
        return None if stat is None else store.read(stat.uri)

    checked = check_amf(store.read(uris.join(root, path)), file_content=content)
    for found in checked.findings:
        make = error if found.severity == "error" else warning
        yield make(f"amf-{found.code.replace('_', '-')}", found.sentence, path)
    if checked.amf is not None:
        yield from _amf_of_plate(checked.amf, path, delivery)


def _amf_of_plate(amf: Amf, path: str, delivery: Delivery) -> Iterator[Finding]:
    """A plate is scene-linear ACES: the input is applied, looks and output are not."""
    for step in amf.steps:
        if step.stage == "input" and not step.applied:
            yield error("amf-input", "the input transform is not marked applied", path)
        if step.stage == "look" and step.applied:
            yield warning("amf-look-applied", "a look is marked applied: plates carry none", path)
        if step.stage == "output" and step.applied:
            yield error("amf-output-applied", "the output transform is marked applied", path)
    clip = amf.clip
    if clip is not None and clip.sequence is not None:
        pattern, mark, first, last = clip.sequence
        base = pattern.partition("." + mark)[0].rpartition("/")[2]
        for sequence in delivery.sequences:
            numbers = [file.number for file in sequence.files]
            if sequence.base == base and (min(numbers), max(numbers)) != (first, last):
                detail = (
                    f"clipId says frames {first}-{last}, there are {min(numbers)}-{max(numbers)}"
                )
                yield error("amf-frames", detail, path)
        if not any(sequence.base == base for sequence in delivery.sequences):
            yield warning("amf-clip", f"clipId names {pattern}, which is not here", path)


def _cdl(path: str, root: str, store: Store) -> Iterator[Finding]:
    from functions.sidecars.cdl import read_cdls

    try:
        read_cdls(store.read(uris.join(root, path)), name=path)
    except RushesError as wrong:
        if wrong.retryable:
            raise
        # A single .cc needs no id; a collection does.
        if path.lower().endswith(".cc") and "without an id" in wrong.detail:
            yield info("cdl-id", wrong.detail, path)
        else:
            yield error("cdl", wrong.detail, path)


def _fdl(path: str, root: str, store: Store) -> Iterator[Finding]:
    from functions.sidecars.fdl_read import check_fdl

    try:
        for found in check_fdl(store.read(uris.join(root, path))):
            make = error if found.severity == "error" else warning
            yield make(f"fdl-{found.code.replace('_', '-')}", found.sentence, path)
    except RushesError as wrong:
        if wrong.retryable:
            raise
        yield error("fdl", wrong.detail, path)
