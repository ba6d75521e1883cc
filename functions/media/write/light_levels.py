"""What a PQ movie says of the light it was made for: SMPTE ST 2086 and CTA-861.3.

FFmpeg writes both where a stream has them as side data, which PyAV cannot give it: the boxes `mdcv`
and `clli` (ISO/IEC 14496-12, 12.1.5) are put into the sample entry of a finished MOV or MP4, and
encoders that have messages of their own for them (ITU-T H.264 and H.265, D.2; AV1, 6.7) are told.
"""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

from functions.media.containers.boxes import Box, boxes_in, movie_box, tree

_FIXED = 78  # bytes of a video sample entry before its boxes
# An encoder's option, and in it the words for the mastering display and for the light.
_WORDS = {
    "libsvtav1": ("svtav1-params", "mastering-display", "content-light"),
    "libx264": ("x264-params", "mastering-display", "cll"),
    "libx265": ("x265-params", "master-display", "max-cll"),
}
_OFFSETS = {b"stco": ">I", b"co64": ">Q"}


def encoder_words(encoder: str, mastering: bytes | None, content: bytes | None) -> dict[str, str]:
    """An encoder's parameters by its own option's name; {} where it has none."""
    if encoder not in _WORDS:
        return {}
    option, display, light = _WORDS[encoder]
    words: list[str] = []
    if mastering:
        n = struct.unpack(">8H2I", mastering)
        places, levels = [str(x) for x in n[:8]], [str(x) for x in n[8:]]
        if encoder == "libsvtav1":  # in CIE xy and cd/m2
            places, levels = (
                [f"{x / 50000:.5f}" for x in n[:8]],
                [f"{x / 10000:.4f}" for x in n[8:]],
            )
        points = zip(("G", "B", "R", "WP"), places[::2], places[1::2], strict=True)
        volume = "".join(f"{name}({x},{y})" for name, x, y in points)
        words.append(f"{display}={volume}L({','.join(levels)})")
    if content:
        words.append(f"{light}=" + "{},{}".format(*struct.unpack(">HH", content)))
    return {option: ":".join(words)} if words else {}


def describe_light(path: Path, mastering: bytes | None, content: bytes | None) -> None:
    """Put the boxes into the picture's sample entry of a finished movie, index in front.

    mastering, content : bodies of `mdcv` and `clli`
    """
    added = [(b"mdcv", mastering), (b"clli", content)]
    boxes = b"".join(Box(kind, body).bytes() for kind, body in added if body)
    if not boxes:
        return
    with path.open("rb") as file:
        at, end, content = movie_box(file)
        moov = tree(b"moov", content)
        for track in moov.all(b"trak"):
            table = track.find(b"mdia", b"minf", b"stbl")
            assert table is not None and table.children is not None
            for box in table.children:
                if box.kind == b"stsd":
                    box.body = _with_boxes(box.body, boxes)
        grown = len(moov.bytes()) - (end - at)
        for track in moov.all(b"trak"):
            for box in (track.find(b"mdia", b"minf", b"stbl") or Box(b"")).children or ():
                if box.kind in _OFFSETS:
                    box.body = _moved(box.body, _OFFSETS[box.kind], grown)
        target = path.with_name(path.name + ".light")
        with target.open("wb") as out:
            file.seek(0)
            out.write(file.read(at) + moov.bytes())
            file.seek(end)
            shutil.copyfileobj(file, out, 1 << 20)
    target.replace(path)


def _with_boxes(body: bytes, boxes: bytes) -> bytes:
    """A sample description whose picture entry, one that has colours, has the boxes as well."""
    made = body[:8]
    for kind, entry in boxes_in(body[8:]):
        inner = dict(boxes_in(entry[_FIXED:])) if len(entry) > _FIXED else {}
        if b"colr" in inner:
            # Behind the colours: what ends an entry of QuickTime may be no box.
            place = entry.index(b"colr") + 4 + len(inner[b"colr"])
            entry = entry[:place] + boxes + entry[place:]
        made += Box(kind, entry).bytes()
    return made


def _moved(body: bytes, form: str, by: int) -> bytes:
    """A table of chunk offsets, each so much further on."""
    size = struct.calcsize(form)
    offsets = struct.unpack(f">{(len(body) - 8) // size}{form[1]}", body[8:])
    return body[:8] + struct.pack(f">{len(offsets)}{form[1]}", *(one + by for one in offsets))
