"""A file for libraries that read from paths alone: the very one that the store has opened."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from functions.contract import uris
from functions.contract.store import Store


@contextmanager
def local_file(store: Store, uri: str) -> Iterator[Path]:
    """A path under a name like the file's own, for as long as the context lasts.

    The store looks at what it has opened, so a link that is put in the file's place meanwhile leads
    a library nowhere else: the path leads to the open file (proc(5), /proc/pid/fd), or is a copy
    where the store has no descriptor to show.
    """
    with store.open(uri) as stream, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / uris.basename(uri)
        try:
            descriptor = stream.fileno()
        except OSError:
            with path.open("wb") as copy:
                shutil.copyfileobj(stream, copy, 1 << 20)
        else:
            path.symlink_to(f"/proc/self/fd/{descriptor}")
        yield path
