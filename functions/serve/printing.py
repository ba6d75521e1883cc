"""Receipts, plans and settings for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from functions.contract import uris
from functions.contract.receipt import Receipt


def as_json(value: Any) -> str:
    """Indented JSON, as receipts are written."""
    return msgspec.json.format(msgspec.json.encode(value), indent=1).decode()


def summary(receipt: Receipt) -> str:
    """A few lines: what became of it, how long it took, where the outputs are."""
    head = [f"{receipt.operation}: {receipt.status}"]
    if receipt.frames is not None:
        frames = receipt.frames
        span = str(frames.first) if frames.count == 1 else f"{frames.first}-{frames.last}"
        head.append(f"{frames.count} frame{'s' if frames.count != 1 else ''} ({span})")
    if receipt.status == "done":
        head.append(f"{receipt.seconds.get('total', 0.0):.2f} s")
    lines = [", ".join(head)]
    lines += [f"  assumed {name}: {_short(value)}" for name, value in receipt.assumed.items()]
    lines += _report(receipt)
    lines += _outputs(receipt)
    return "\n".join(lines)


def failed_units(receipt: Receipt) -> bool:
    """Whether this is a job that did not come to its end."""
    report = receipt.report or {}
    return receipt.operation == "dispatch" and bool(report.get("failed") or report.get("missing"))


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


def _report(receipt: Receipt) -> Iterable[str]:
    report = receipt.report or {}
    if receipt.operation == "dispatch":
        from functions.dispatch.report import lines

        yield from (f"  {line}" for line in lines(report))
        return
    for finding in _dicts(report.get("findings")):
        words = [str(finding[k]) for k in ("severity", "code", "detail") if finding.get(k)]
        yield f"  {': '.join(words) or _short(finding)}"


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
        if isinstance(value, Mapping) and value:
            yield f"{pad}{name}:"
            yield from _tree(value, depth + 1)
        elif isinstance(value, str) and "\n" in value:
            yield f"{pad}{name}:"
            yield from (f"{pad}  {line}".rstrip() for line in value.splitlines())
        elif _numbers(value):
            yield f"{pad}{name}: {', '.join(f'{number:g}' for number in value)}"
        elif isinstance(value, list | tuple) and value:
            yield f"{pad}{name}:"
            for item in value:
                if isinstance(item, Mapping):
                    first, *rest = _tree(item, depth + 2)
                    yield f"{pad}  - {first.lstrip()}"
                    yield from rest
                else:
                    yield f"{pad}  - {item}"
        elif value not in (None, [], {}, ()):
            yield f"{pad}{name}: {str(value).lower() if isinstance(value, bool) else value}"
