"""What FFmpeg's decoders say of damage: they conceal it and mark few of the pictures.

FFmpeg has one log for the whole process. Its level stays at errors; each reader takes what its
own thread is told, so a decoder that is listened to must have one thread.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

# Said of healthy movies too, where decoding begins at a key frame of an open group.
_HARMLESS = ("mmco: unref short failure", "number of reference frames (", "No start code is found")
CHECKS = "crccheck"
"""`err_detect`: checksums. Its other flags find fault with healthy MPEG-2 of fields."""


def listen() -> None:
    """Let errors through to whoever listens, and nothing to standard error."""
    import av.logging

    if av.logging.get_level() != av.logging.ERROR:
        av.logging.set_skip_repeated(False)
        logging.getLogger("libav").setLevel(logging.CRITICAL + 1)
        av.logging.set_level(av.logging.ERROR)


class Told:
    """Sentences of one decoder, taken away by `take`."""

    def __init__(self, logs: list[tuple[int, str, str]]) -> None:
        self._logs = logs

    def take(self) -> str | None:
        """The first error since the last time; None if there was none."""
        found = [text.strip() for level, _, text in self._logs if level <= 16]
        self._logs.clear()
        return next((text for text in found if not text.startswith(_HARMLESS)), None)


@contextmanager
def told() -> Iterator[Told]:
    """What FFmpeg says in this thread while the block runs."""
    import av.logging

    listen()
    with av.logging.Capture(local=True) as logs:
        yield Told(logs)


def header_elements(stream: Any) -> dict[str, int]:
    """Syntax elements of a stream's headers by name, the last of each; nothing is decoded.

    Of codecs that FFmpeg traces: MPEG-2, H.264, HEVC, AV1.
    """
    import av.error
    import av.logging
    from av.bitstream import BitStreamFilterContext

    listen()
    found: dict[str, int] = {}
    with av.logging.Capture(local=True) as logs:
        av.logging.set_level(av.logging.INFO)
        try:
            BitStreamFilterContext("trace_headers", stream)
        except (av.error.FFmpegError, ValueError):
            return {}
        finally:
            av.logging.set_level(av.logging.ERROR)
        for _, name, text in logs:
            words = text.split()
            if name == "trace_headers" and len(words) >= 4 and words[-2] == "=":
                with suppress(ValueError):
                    found[words[1]] = int(words[-1])
    return found
