"""Where a test of storage happens, in a form that another process can be told."""

from __future__ import annotations

import msgspec

from functions.contract import uris
from functions.contract.store import Store
from functions.storage import S3Settings, open_store


class Place(msgspec.Struct, frozen=True):
    """An allowed root, with its trailing slash, and how to reach it."""

    root: str
    s3: S3Settings | None

    def store(self) -> Store:
        """Opened anew, as another worker would."""
        return open_store((self.root,), self.s3)

    def uri(self, *names: str) -> str:
        """Something inside the root."""
        return uris.join(self.root, *names)
