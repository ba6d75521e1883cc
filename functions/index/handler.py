"""index: everything below a root, inspected into one searchable file.

Each card's clips are read by their headers into a shard of JSON lines whose name says the card's
state; all shards make one SQLite file, published under the next number. What has not changed by
its files' entity tags or modification times is not read again, a clip that cannot be read is an
entry with its error. A job makes each card a unit of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from functions.contract.operation import Example, Opened, Operation, Work
from functions.index.request import IndexRequest
from functions.index.splitting import pieces


def open_unit(request: IndexRequest, work: Work) -> Opened:
    """One root or card; its code is imported when there is one."""
    from functions.index.unit import IndexUnit

    return IndexUnit(request, work)


def lines(report: Mapping[str, Any]) -> Iterable[str]:
    """What a person reads of the report."""
    from functions.index.summary import lines as of_report

    return of_report(report)


OPERATION = Operation(
    name="index",
    request=IndexRequest,
    open=open_unit,
    summary="what was shot, as one searchable file: clips, cards, seals, thumbnails",
    example=Example(request={"input": "s3://camera/", "output": "s3://index/show/"}),
    pieces=pieces,
    lines=lines,
    shapes=(
        "functions.index",
        "functions.footage",
        "functions.picture",
        "functions.media",
        "functions.colour",
        "functions.sidecars",
        "kernels",
    ),
)
