"""ProRes of a movie: pictures by `kernels.encode_prores`, packets and sample entry with our mark.

FFmpeg writes the containers. Its stream is described by an encoder that is never given a picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
import numpy.typing as npt

from functions.media.containers.boxes import movie_box

if TYPE_CHECKING:
    from av import Packet
    from av.video.stream import VideoStream

    from functions.media.write.movie import MovieSpec

# Numbers of H.273 that a frame header may hold (RDD 36, 6.1.1): primaries, transfer, matrix.
_WRITTEN = ((1, 5, 6, 9, 11, 12), (1, 16, 18), (1, 6, 9))
_UNKNOWN = 2
_FIRST: dict[str, Literal["top", "bottom"] | None] = {
    "progressive": None, "tt": "top", "bb": "bottom",
}  # fmt: skip
# A sample entry of ProRes as FFmpeg begins it: its name, and its own mark as the vendor.
_ENTRY = re.compile(rb"(ap(?:co|cs|cn|ch|4h|4x)\0{7}\x01\0{4})FFMP")


class ProResFrames:
    """Planes of a frame to be written to, and the frame that they make.

    planes : Y', Cb, Cr, uint16
    """

    def __init__(self, spec: MovieSpec, colour: tuple[int, int, int], threads: int) -> None:
        profile = spec.profile
        assert profile is not None and profile.kernel is not None
        wide = spec.width // (1 if profile.subsampling == "444" else 2)
        self.planes: tuple[npt.NDArray[Any], ...] = tuple(
            np.empty((spec.height, side), np.uint16) for side in (spec.width, wide, wide)
        )
        self._spec, self._threads = spec, threads
        self._colour = cast(
            "tuple[int, int, int]",
            tuple(n if n in known else _UNKNOWN for n, known in zip(colour, _WRITTEN, strict=True)),
        )

    def packets(
        self, stream: VideoStream, alpha: npt.NDArray[Any] | None, number: int, repeat: int
    ) -> Iterator[Packet[Any]]:
        """What the planes hold, coded once.

        alpha : (H, W) over its kind's whole range; None is opaque where the movie has alpha
        number : frames of the movie before it
        """
        from av import Packet

        import kernels

        spec = self._spec
        assert spec.profile is not None and spec.profile.kernel is not None
        frame = kernels.encode_prores(
            self.planes,
            spec.profile.kernel,
            bits=spec.profile.bits,
            alpha=self._words(alpha) if spec.alpha else None,
            fields=_FIRST[spec.field_order],
            colour=self._colour,
            rate=spec.rate,
            pixel_aspect=spec.pixel_aspect,
            threads=self._threads,
        )
        for again in range(repeat):
            packet = Packet(frame)
            packet.stream, packet.time_base = stream, 1 / spec.rate
            packet.pts = packet.dts = number + again
            packet.duration, packet.is_keyframe = 1, True
            yield packet

    def _words(self, alpha: npt.NDArray[Any] | None) -> npt.NDArray[np.uint16]:
        """Alpha over 16 bits."""
        if alpha is None:
            return np.full(self.planes[0].shape, 65535, np.uint16)
        if alpha.dtype == np.uint16:
            return np.ascontiguousarray(alpha)
        return np.rint(alpha.astype(np.float32).clip(0, 1) * np.float32(65535)).astype(np.uint16)


def sign_entry(path: Path) -> None:
    """Put our mark into the sample entry of a finished MOV, as it stands in each frame."""
    from kernels.video.prores import ENCODER

    with path.open("r+b") as file:
        _, end, content = movie_box(file)
        for found in _ENTRY.finditer(content):
            file.seek(end - len(content) + found.end(1))
            file.write(ENCODER)
