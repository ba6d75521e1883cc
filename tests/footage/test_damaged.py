"""What is no generation, no card and no entry of an index is told, whatever its bytes are."""

from __future__ import annotations

from pathlib import Path

import pytest

import rushes
from functions.contract.errors import DamagedSource
from functions.footage import generations, shards
from functions.footage.database import read_entry
from functions.storage import open_store

NO_DOCUMENT = {
    "cut short": b'{"file": ',
    "of another shape": b"[1, 2]",
    "no text": b'{"file": "\xff\xfe"}',
    "brackets without end": b"[" * 50_000,
}


@pytest.mark.parametrize("content", NO_DOCUMENT.values(), ids=NO_DOCUMENT)
def test_a_damaged_document_is_an_error_with_its_address(content: bytes, tmp_path: Path) -> None:
    """Each reader of the room, and of a part's receipt, names the file."""
    store = open_store(("file:///",), None)
    uri = f"{tmp_path.as_uri()}/"
    log = Path(generations._uri(uri, 1).removeprefix("file://"))
    log.parent.mkdir(parents=True)
    for file in (log, tmp_path / "card", tmp_path / ".rushes" / f"{'a' * 32}.json"):
        file.write_bytes(content)
    with pytest.raises(DamagedSource, match=log.name):
        generations.read(uri, 1, store)
    with pytest.raises(DamagedSource, match="card"):
        shards.read_shard(f"{uri}card", store)
    with pytest.raises(DamagedSource, match="is no receipt"):
        rushes.stitch(parts=[f"{uri}.rushes/{'a' * 32}.json"] * 2, output=f"{uri}out/")
    with pytest.raises(DamagedSource, match="an index"):
        read_entry(content.decode(errors="replace"), "an index")
