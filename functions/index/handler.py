"""index: everything below a root, inspected into one searchable file.

Each card's clips are read by their headers into a shard of JSON lines whose name says the card's
state; all shards make one SQLite file, published under the next number. What has not changed by
its files' entity tags or modification times is not read again, a clip that cannot be read is an
entry with its error. A job makes each card a unit of its own.
"""

from __future__ import annotations

from functions.contract.operation import Example, Operation, imported
from functions.index.request import IndexRequest
from functions.index.splitting import pieces

OPERATION = Operation(
    name="index",
    request=IndexRequest,
    open=imported("functions.index.unit", "IndexUnit"),
    summary="what was shot, as one searchable file: clips, cards, seals, thumbnails",
    example=Example(request={"input": "s3://camera/", "output": "s3://index/show/"}),
    pieces=pieces,
    lines=imported("functions.index.summary", "lines"),
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
