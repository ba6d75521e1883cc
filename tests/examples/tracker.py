"""Stand-ins of trackers listen on loopback; how their rows are kept and found."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from werkzeug.serving import make_server

Row = dict[str, Any]


class Table:
    """Rows of one kind; `unique` names the fields that no two rows may share."""

    def __init__(self, *unique: str) -> None:
        self.rows: list[Row] = []
        self._unique = unique

    def find(self, **wanted: Any) -> list[Row]:
        """Rows whose fields have these values."""
        return [row for row in self.rows if all(row.get(k) == v for k, v in wanted.items())]

    def add(self, **row: Any) -> Row | None:
        """The new row, with an id; None where one of its kind stands."""
        if self._unique and self.find(**{name: row.get(name) for name in self._unique}):
            return None
        row.setdefault("id", str(uuid.uuid4()))
        self.rows.append(row)
        return row


@contextmanager
def listening(app: Flask) -> Iterator[str]:
    """The address of an app on loopback."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
