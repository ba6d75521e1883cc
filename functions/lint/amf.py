"""An AMF by its own rules, and whether it speaks of the frames that it lies beside."""

from __future__ import annotations

from collections.abc import Iterator

from functions.contract import uris
from functions.contract.amf import Amf, Cdl, ClipId
from functions.contract.store import Store, read_within
from functions.lint.findings import Finding, error, info, warning
from functions.lint.names import plate_name
from functions.lint.tree import Delivery

_LARGEST = 256 << 20  # bytes of an AMF, or of a table beside it


def check_plates_amf(
    path: str,
    root: str,
    delivery: Delivery,
    store: Store,
    looks: dict[str, list[Cdl]],
    *,
    plate: bool,
) -> Iterator[Finding]:
    """All findings of one file; its looks' CDLs that are not applied go into `looks`."""
    from functions.sidecars.amf.read import check_amf

    folder = path.rpartition("/")[0]

    def content(name: str) -> bytes | None:
        inside = f"{folder}/{name}".lstrip("/")
        stat = delivery.paths.get(inside)
        return None if stat is None else read_within(store, stat.uri, _LARGEST)

    checked = check_amf(read_within(store, uris.join(root, path), _LARGEST), file_content=content)
    for found in checked.findings:
        make = error if found.severity == "error" else warning
        yield make(f"amf-{found.code.replace('_', '-')}", found.sentence, path)
    if checked.amf is None or not plate:
        return
    steps = checked.amf.steps
    looks[path] = [each.cdl for each in steps if each.cdl is not None and not each.applied]
    if any(each.cdl_id for each in steps):
        del looks[path]  # the numbers are in another file
    yield from _steps(checked.amf, path)
    if checked.amf.clip is not None:
        yield from _clip(checked.amf.clip, path, delivery)


def _steps(amf: Amf, path: str) -> Iterator[Finding]:
    """A plate is scene-linear ACES: the input is applied, looks and output are not."""
    for step in amf.steps:
        if step.stage == "input" and not step.applied:
            yield error("amf-input", "the input transform is not marked applied", path)
        if step.stage == "look" and step.applied:
            yield warning("amf-look-applied", "a look is marked applied: plates carry none", path)
        if step.stage == "output" and step.applied:
            yield error("amf-output-applied", "the output transform is marked applied", path)


def _clip(clip: ClipId, path: str, delivery: Delivery) -> Iterator[Finding]:
    """Names and numbers of the frames. The camera's clip may stand there as well as the plate."""
    if clip.sequence is None:
        said = (clip.file or clip.name).rpartition("/")[2].partition(".")[0]
        yield from _named(said, path, delivery)
        return
    pattern, mark, first, last = clip.sequence
    name = pattern.rpartition("/")[2]
    base = name.partition(mark)[0].rstrip("._") if mark else name
    named = [each for each in delivery.sequences if each.base == base]
    if not named:
        yield from _named(base, path, delivery)
    for sequence in named:
        numbers = [file.number for file in sequence.files]
        if (min(numbers), max(numbers)) != (first, last):
            detail = f"clipId says frames {first}-{last}, there are {min(numbers)}-{max(numbers)}"
            yield error("amf-frames", detail, path)
        digits, there = (
            name.count(mark) if mark else 0,
            {len(file.digits) for file in sequence.files},
        )
        if digits > 1 and digits not in there:
            detail = f"clipId says {digits} digits a frame number, there are {max(there)}"
            yield error("amf-frames", detail, path)


def _named(said: str, path: str, delivery: Delivery) -> Iterator[Finding]:
    there = sorted({each.base for each in delivery.sequences})
    if said in there or not there:
        return
    if plate_name(said) is not None:
        yield error("amf-clip", f"clipId is about {said}, here is {', '.join(there[:3])}", path)
    else:
        yield info("amf-clip", f"clipId is about the clip {said}", path)
