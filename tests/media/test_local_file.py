"""Libraries that read from paths get the file that the store allowed, whatever its name becomes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest

from functions.contract.errors import Refused
from functions.media.stills.facts import PictureReader
from functions.media.stills.local_file import local_file
from functions.storage.file import FileStore
from functions.storage.recording import RecordingStore
from tests.media.memory_store import MemoryStore
from tests.media.still_files import checker, tiff


class Exchanged(FileStore):
    """A store after whose look, or after whose opening, a link takes the file's place."""

    def __init__(self, root: Path, swap: Callable[[], None], when: str) -> None:
        super().__init__([root])
        self._swap, self._when = swap, when

    def stat(self, uri: str) -> Any:
        found = super().stat(uri)
        if self._when == "stat":
            self._swap()
        return found

    def read(self, uri: str) -> bytes:
        content = super().read(uri)
        if self._when == "open":
            self._swap()
        return content

    def open(self, uri: str) -> BinaryIO:
        opened = super().open(uri)
        if self._when == "open":
            self._swap()
        return opened


@pytest.mark.parametrize("recorded", [False, True])
@pytest.mark.parametrize("when", ["stat", "open"])
def test_a_link_that_is_exchanged_is_not_followed(
    tmp_path: Path, when: str, recorded: bool
) -> None:
    """A link out of the roots in place of a still: before it is opened it is refused, afterwards
    the header is that of the file that was there."""
    root = tmp_path / "root"
    root.mkdir()
    still, secret = root / "a.tif", tmp_path / "secret.tif"
    still.write_bytes(tiff(checker(8, 24)))
    secret.write_bytes(tiff(checker(16, 32)))

    def swap() -> None:
        still.unlink(missing_ok=True)
        still.symlink_to(secret)

    files = Exchanged(root, swap, when)
    store = RecordingStore(files) if recorded else files
    stat = store.stat(f"file://{still}")
    if when == "stat":
        with pytest.raises(Refused):
            PictureReader("TIFF", 1 << 20).header(store, stat)
    else:
        header = PictureReader("TIFF", 1 << 20).header(store, stat)
        assert (header.width, header.height) == (24, 8)
    assert still.is_symlink()


def test_without_a_descriptor_it_is_a_copy(tmp_path: Path) -> None:
    """The same bytes under the same name from any store, and nothing is left behind."""
    content = np.arange(300_000, dtype="u2").tobytes()
    store = MemoryStore({"A%1.0001.exr": content})
    with local_file(store, "s3://camera/A%1.0001.exr") as path:
        assert (path.name, path.read_bytes()) == ("A%1.0001.exr", content)
    assert not path.parent.exists()
    (tmp_path / "a.exr").write_bytes(content)
    with local_file(FileStore([tmp_path]), f"file://{tmp_path}/a.exr") as path:
        assert (path.name, path.read_bytes(), path.is_symlink()) == ("a.exr", content, True)
    assert not path.parent.exists()
