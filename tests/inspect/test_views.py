"""Movies of more than one view, and pictures with data that the reader does not know."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

from functions.inspect.tags import frame_timecode
from functions.media.containers.atoms import scan_boxes
from functions.media.containers.boxes import read_layout
from tests.media.edited_movies import rewritten
from tests.media.movies import movie


class _Newer:
    """A picture whose side data is of a kind that came after PyAV, as MV-HEVC's views are."""

    @property
    def side_data(self) -> Any:
        raise ValueError("29 is not a valid Type")


def test_unknown_side_data_is_no_crash() -> None:
    """Of a picture with data of an unknown kind the rest is told."""
    picture: Any = _Newer()
    assert frame_timecode(picture, Fraction(24)) is None


def test_a_second_view_is_said(tmp_path: Path) -> None:
    """A layered description (`lhvC`) is seen, so that what is not read can be named."""
    source = tmp_path / "A.mov"
    source.write_bytes(movie(4, codec="libx265", options={"x265-params": "log-level=none"},
                             size=(64, 48), container="mov"))  # fmt: skip

    def change(path: tuple[bytes, ...], content: bytes, track: int) -> bytes | None:
        if path[-1] != b"stsd" or b"hvcC" not in content:
            return None
        more = struct.pack(">I4s", 14, b"lhvC") + bytes.fromhex("01f000fccf00")
        size = int.from_bytes(content[8:12], "big")
        entry = struct.pack(">I", size + len(more)) + content[12 : 8 + size] + more
        return content[:8] + entry + content[8 + size :]

    path = rewritten(source, tmp_path / "B.mov", change)
    for file, layered in ((source, False), (path, True)):
        with file.open("rb") as opened:
            assert scan_boxes(read_layout(opened, file.stat().st_size)).layered is layered
