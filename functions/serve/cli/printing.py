"""Receipts, plans and settings for people."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from functions.contract import uris
from functions.contract.operation import Operation
from functions.contract.receipt import Receipt

_NAMES, _SPANS, _STATE = 3, 8, 7
_SIZE = {"width", "height"}
_SPAN = {"first", "last", "count"}
_NOT_FOR_PEOPLE = {"inks"}  # 23 colours of a slate: only --json has them


def as_json(value: Any) -> str:
    """Indented JSON, as receipts are written; one line where a pod's log is JSON by the line."""
    plain = msgspec.json.encode(value)
    by_line = os.environ.get("RUSHES_LOG") == "json"
    return (plain if by_line else msgspec.json.format(plain, indent=1)).decode()


def summary(receipt: Receipt, operation: Operation) -> str:
    """A few lines: what became of it, how long it took, where the outputs are."""
    # A job's receipt is done when it has been run; people ask whether its units are.
    status = "failed" if failed_units(receipt, operation) else receipt.status
    head = [f"{receipt.operation}: {status}"]
    if receipt.frames is not None:
        frames = receipt.frames
        span = str(frames.first) if frames.count == 1 else f"{frames.first}-{frames.last}"
        head.append(f"{frames.count} frame{'s' if frames.count != 1 else ''} ({span})")
    if receipt.status == "done":
        head.append(f"{receipt.seconds.get('total', 0.0):.2f} s")
    lines = [", ".join(head)]
    lines += [f"  assumed {name}: {_short(value)}" for name, value in receipt.assumed.items()]
    lines += _report(receipt, operation)
    lines += _outputs(receipt)
    return "\n".join(lines)


def failed_units(receipt: Receipt, operation: Operation) -> bool:
    """Whether this is a job that did not come to its end."""
    report = receipt.report or {}
    failed, missing = report.get("failed"), report.get("missing")
    told = operation.tells_of_a_job and failed
    return bool(told or (operation.dispatches and (failed or missing)))


def plan(found: Mapping[str, Any]) -> str:
    """What explain says, indented."""
    return "\n".join(_tree(found))


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell; the last one runs free."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
    return "\n".join(
        "  ".join(
            [*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[-1]]
        ).rstrip()
        for row in rows
    )


def size(count: int) -> str:
    """`1.4 GB`, in powers of ten as storage is sold and `ls` is not."""
    value, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if value < 1000 or unit == "TB":
            break
        value /= 1000
    return f"{count} B" if unit == "B" else f"{value:.1f} {unit}"


def _outputs(receipt: Receipt) -> list[str]:
    outputs = receipt.outputs
    if not outputs:
        return []
    total = size(sum(o.bytes for o in outputs))
    names = [_place(o.uri) for o in outputs]
    if len(names) > 4:
        names = [names[0], "...", names[-1]]
    files = f"{len(outputs)} file{'s' if len(outputs) != 1 else ''}"
    return [f"  {name}" for name in names] + [f"  {files}, {total}"]


def _report(receipt: Receipt, operation: Operation) -> Iterable[str]:
    report = receipt.report or {}
    if operation.lines is not None and report:
        yield from (f"  {line}" for line in operation.lines(report) if line)
    if "verdict" in report:
        counts = report.get("counts") or {}
        said = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
        yield f"  verdict: {report['verdict']}" + (f" ({said})" if said else "")
    yield from (f"  {line}" for line in findings(_dicts(report.get("findings"))))


def findings(found: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """One line for each thing found: what many frames or files have alike stands once."""
    groups: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for each in found:
        said = tuple(str(each.get(k) or "") for k in ("severity", "code", "detail"))
        groups.setdefault((*said[:2], _alike(each, said[2])), []).append(each)
    for alike in groups.values():
        first = alike[0]
        words = [str(first[k]) for k in ("severity", "code") if first.get(k)]
        detail = str(first.get("detail") or "")
        where = _where(alike)
        if len(alike) > 1 and any(str(each.get("detail") or "") != detail for each in alike):
            detail = f"as {detail}"
        words += [f"{where}  {detail}" if where and detail else where or detail]
        yield ": ".join(word for word in words if word) or _short(first)


def _alike(finding: Mapping[str, Any], detail: str) -> str:
    """A sentence without its own frame's number and file, which say where and not what."""
    path = str(finding.get("path") or "")
    for name in (path, path.rpartition("/")[2]):
        detail = detail.replace(name, "*") if name else detail
    frame = finding.get("frame")
    return detail if frame is None else re.sub(rf"(?<!\d)0*{frame}(?!\d)", "#", detail)


def _where(alike: Sequence[Mapping[str, Any]]) -> str:
    """`42 frames: 1001-1042`, `3 files: a, b, c`, or nothing where the sentence says it."""
    numbers = sorted({each["frame"] for each in alike if each.get("frame") is not None})
    names = list(dict.fromkeys(str(each["path"]) for each in alike if each.get("path")))
    if len(numbers) > 1:
        return f"{len(numbers)} frames: {spans(numbers)}"
    if len(names) > 1:
        more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
        return f"{len(names)} files: {', '.join(names[:_NAMES])}{more}"
    if names and names[0] not in str(alike[0].get("detail")):
        return names[0]
    if len(alike) > 1:
        return f"{len(alike)} times"
    return ""


def spans(numbers: Sequence[int]) -> str:
    """`1001-1042`, `1-3, 7, 9-12`; of many pieces the first ones."""
    pieces: list[list[int]] = []
    for number in numbers:
        if pieces and number == pieces[-1][1] + 1:
            pieces[-1][1] = number
        else:
            pieces.append([number, number])
    told = [str(a) if a == b else f"{a}-{b}" for a, b in pieces[:_SPANS]]
    return ", ".join([*told, *(["..."] if len(pieces) > _SPANS else [])])


def _dicts(value: Any) -> list[Mapping[str, Any]]:
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, list | tuple) else []


def _place(uri: str) -> str:
    return uris.path_of(uri) if uri.startswith("file://") else uri


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= 100 else text[:97] + "..."


def _numbers(value: Any) -> bool:
    """Whether it is a short list of numbers: a rectangle, a scale."""
    if not isinstance(value, list | tuple) or not 2 <= len(value) <= 4:
        return False
    return all(isinstance(each, int | float) and not isinstance(each, bool) for each in value)


def _tree(found: Mapping[str, Any], depth: int = 0) -> Iterable[str]:
    pad = "  " * depth
    for name, value in found.items():
        if name in _NOT_FOR_PEOPLE:
            continue
        if (line := _one_line(value)) is not None:
            yield f"{pad}{name}: {line}"
        elif isinstance(value, Mapping) and value:
            yield f"{pad}{name}:"
            yield from _tree(value, depth + 1)
        elif isinstance(value, str) and "\n" in value:
            yield f"{pad}{name}:"
            yield from (f"{pad}  {line}".rstrip() for line in value.splitlines())
        elif isinstance(value, list | tuple) and value:
            yield f"{pad}{name}:"
            yield from _items(value, depth)
        elif value not in (None, [], {}, ()):
            yield f"{pad}{name}: {_word(value)}"


def _items(values: Sequence[Any], depth: int) -> Iterable[str]:
    pad = "  " * depth
    for number, item in enumerate(values, 1):
        if isinstance(item, Mapping) and item.keys() == {"state", "text"}:
            # Colour steps are read in order; what is left is for who comes after.
            yield f"{pad}  {number}. {item['state']:<{_STATE}} {item['text']}"
        elif isinstance(item, Mapping) and item:
            first, *rest = _tree(item, depth + 2)
            yield f"{pad}  - {first.lstrip()}"
            yield from rest
        else:
            yield f"{pad}  - {_word(item)}"


def _one_line(value: Any) -> str | None:
    """A size, a span of frames or a few numbers; None for all else."""
    if _numbers(value):
        return ", ".join(f"{number:g}" for number in value)
    if isinstance(value, Mapping) and value.keys() == _SIZE:
        return f"{value['width']} x {value['height']}"
    if isinstance(value, Mapping) and value.keys() in (_SPAN, _SPAN - {"count"}):
        span = f"{value['first']}-{value['last']}"
        if not isinstance(value["first"], int):
            return None
        return f"{span}, {value['count']} in all" if "count" in value else span
    return None


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
