"""ARRIRAW through every door: the same receipt and the same bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.test_arriraw import take
from tests.acceptance.test_every_door import Fields, through_every_door

__all__ = ["take"]

REQUESTS: dict[str, Fields] = {
    "inspect": {"checksum": True},
    "debayer": {"frames": "1001-1003", "compression": "zip", "method": "fast", "exposure": 0.5},
    "plate": {"frames": "1002-1003", "shot": "AGM_104_010", "method": "draft", "width": 64},
    "transcode": {"frames": "1001-1002", "codec": "prores-proxy", "method": "draft"},
    "trim": {"frames": "1002-1003"},
    "index": {},
}


@pytest.mark.parametrize("operation", REQUESTS)
def test_a_take_of_arriraw_is_one_through_every_door(
    operation: str, take: Path, server: str, tmp_path: Path
) -> None:
    """Python, the command line, plain HTTP, binary and structured events, the client."""
    out = tmp_path / "out"
    fields = {"input": f"file://{take}/", **REQUESTS[operation], "output": f"file://{out}/"}
    through_every_door(operation, server, fields, out)
