"""Which loudspeaker each channel of a stream is for, without FFmpeg's memory freed twice.

PyAV 18 copies a layout of channels by its outer structure and frees what that points to with each
copy. Where a file lists its channels one by one (AV_CHANNEL_ORDER_CUSTOM: `chan` of QuickTime with
descriptions, as 7.1 and unnamed tracks of recorders have it), the list is then freed twice and the
process ends. Its Python objects are therefore kept for good: a few dozen bytes a decoded block.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

from functions.contract.picture import AudioFacts

# Names that mean one order of channels and nothing else, so that they can be written again.
NAMED = frozenset((
    "mono", "stereo", "2.1", "3.0", "3.0(back)", "4.0", "quad", "quad(side)", "3.1", "5.0",
    "5.0(side)", "4.1", "5.1", "5.1(side)", "6.0", "6.0(front)", "hexagonal", "6.1", "6.1(back)",
    "6.1(front)", "7.0", "7.0(front)", "7.1", "7.1(wide)", "7.1(wide-side)", "octagonal",
))  # fmt: skip


def channels_of(context: Any) -> tuple[int, str]:
    """How many channels a stream has, and FFmpeg's name of their layout, `5.1(side)`.

    context : PyAV's codec context, whose own `channels` makes a copy too; None for a codec that
        FFmpeg does not know
    """
    if context is None:
        return 0, ""
    layout = context.layout
    _keep(layout)
    return int(layout.nb_channels), str(layout.name) if layout.nb_channels else ""


def kept_layouts(
    streams: Sequence[AudioFacts], chosen: Sequence[Sequence[tuple[int, int]]]
) -> tuple[tuple[str | None, ...], tuple[str, ...]]:
    """The layout of each stream that is written, None for unnamed channels; and the layouts of
    streams whose names are lost on the way.

    chosen : (stream, channel) of each channel that is written, as `channel_map` has them
    """
    kept: list[str | None] = []
    lost = []
    for places in chosen:
        stream = streams[places[0][0]] if places and places[0][0] >= 0 else None
        whole = stream is not None and list(places) == [
            (places[0][0], channel) for channel in range(stream.channels)
        ]
        layout = stream.layout if stream is not None else ""
        kept.append(layout if whole and layout in NAMED else None)
        # "6 channels" names none of them.
        if kept[-1] is None and layout and not layout.endswith("channels") and len(places) > 2:
            lost.append(layout)
    return tuple(kept), tuple(lost)


def decoded_sound(packet: Any) -> list[Any]:
    """The blocks of a packet of sound, as PyAV decodes them."""
    frames: list[Any] = packet.decode()
    for frame in frames:
        _keep(frame.layout)
    return frames


def _keep(layout: Any) -> None:
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(layout))
