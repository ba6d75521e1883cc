"""What the description of a QuickTime track says beside its codec: obeyed, or told by name."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest

from functions.contract.frames import FrameRange
from tests.media.edited_movies import box, boxes, rewritten
from tests.media.remux_movies import write_numbered
from tests.media.test_timeline import opened

SIZE = (288, 128)


def colr(kind: bytes, *codes: int, tail: bytes = b"") -> bytes:
    return box(b"colr", kind + struct.pack(">3H", *codes) + tail)


def described(folder: Path, kind: str, *more: bytes) -> Any:
    """A movie of BT.2020 by its codec, where that says it, whose description holds `more`."""
    source = write_numbered(folder / "A.mov", FrameRange(0, 2), kind, size=SIZE, sound=None)

    def change(path: tuple[bytes, ...], content: bytes, track: int) -> bytes | None:
        if path[-1] != b"stsd" or track:
            return None
        ((name, entry),) = boxes(content[8:])
        kept = b"".join(box(k, c) for k, c in boxes(entry[78:]) if k in (b"avcC", b"fiel"))
        return content[:8] + box(name, entry[:78] + kept + b"".join(more))

    return opened(rewritten(source, folder / "B.mov", change))


@pytest.mark.parametrize("kind", ["prores", "h264"])
def test_the_containers_words_go_before_the_codecs(tmp_path: Path, kind: str) -> None:
    """Matrix and range of the pictures are those of `colr`, as the clip's curve is; where the
    codec says another thing, that is told."""
    clip = described(tmp_path, kind, colr(b"nclx", 1, 1, 1, tail=b"\x80"))
    (picture,) = clip.pictures(FrameRange(0, 1))
    tags = clip.facts.picture.colour
    assert (tags.primaries, tags.transfer, tags.matrix, tags.full) == (*["bt709"] * 3, True)
    assert (picture.matrix, picture.full) == ("bt709", True)
    apart = [note for note in clip.notes if "codec says" in note]
    assert bool(apart) == (kind == "h264")
    assert all("matrix 9, not 1" in note for note in apart)
    clip.close()


def test_without_its_own_words_the_codecs_count(tmp_path: Path) -> None:
    """A description that says nothing leaves the stream's."""
    clip = described(tmp_path, "h264")
    (picture,) = clip.pictures(FrameRange(0, 1))
    assert (picture.matrix, picture.full, clip.notes) == ("bt2020nc", False, ())
    clip.close()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (box(b"clap", struct.pack(">8I", 280, 1, 120, 1, 0, 1, 0, 1)), "clean aperture"),
        (box(b"clap", struct.pack(">8I", *SIZE[:1], 1, SIZE[1], 1, 0, 1, 0, 1)), None),
        (box(b"gama", struct.pack(">I", 144179)), "gamma (gama) of 2.2"),
        (box(b"gama", struct.pack(">I", 144179)) + colr(b"nclc", 1, 1, 1), None),
        (box(b"colr", b"prof" + bytes(132)), "ICC profile"),
        (colr(b"nclc", 1, 1, 1) + colr(b"nclx", 9, 16, 9, tail=b"\0"), "disagree"),
        (colr(b"nclc", 1, 1, 1) + colr(b"nclx", 1, 1, 1, tail=b"\0"), None),
    ],
)
def test_what_is_not_done_is_told(tmp_path: Path, more: bytes, words: str | None) -> None:
    """A crop, a gamma or a profile that nothing uses has a sentence; what changes nothing has
    none."""
    clip = described(tmp_path, "prores", more)
    assert len(clip.notes) == (words is not None)
    assert words is None or words in clip.notes[0]
    clip.close()
