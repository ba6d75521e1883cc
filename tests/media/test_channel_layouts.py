"""Which loudspeaker each channel is for: read without a crash, kept, or told where it is lost."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

import rushes
from functions.contract.errors import UnsupportedMedia
from tests.media.edited_movies import Edit, box, boxes, movie_ticks, rewritten, with_edits

_READ = """
import sys
from tests.media.test_movie_details import clip_of
from functions.media.movie.sound import Sound
clip = clip_of(open(sys.argv[1], "rb").read(), "A.mov")
sound = Sound(clip, 48000, 1 << 20)
(block,) = sound.samples(0, 4000)
sound.close(), clip.close()
print(clip.facts.picture.audio[0].layout, block.shape, *(block[2000] >> 8))
"""


def surround(path: Path, layout: str, channels: int) -> Path:
    """Two black pictures, and sound whose channels hold 1000, 2000, ... of 24 bits."""
    with av.open(str(path), "w") as out:
        picture = out.add_stream("prores_ks", rate=24)
        sound = out.add_stream("pcm_s24le", rate=48000, layout=layout)
        assert isinstance(picture, av.VideoStream)
        assert isinstance(sound, av.AudioStream)
        picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv422p10le"
        for number in range(2):
            frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")
            frame = frame.reformat(format="yuv422p10le")
            frame.pts = number
            out.mux(picture.encode(frame))
        out.mux(picture.encode(None))
        codes = np.tile(np.arange(1, channels + 1, dtype=np.int32) * 1000 << 8, 4000)
        block = av.AudioFrame.from_ndarray(codes.reshape(1, -1), "s32", layout)
        block.sample_rate, block.pts = 48000, 0
        out.mux([*sound.encode(block), *sound.encode(None)])
    return path


def listed(path: tuple[bytes, ...], content: bytes, track: int) -> bytes | None:
    """QuickTime File Format, `chan`: tag 0, and a description for each of four channels."""
    at = content.find(b"chan") - 4
    if path[-1] != b"stsd" or at < 0:
        return None
    rows = b"".join(struct.pack(">II3f", label, 0, 0, 0, 0) for label in (3, 2, 1, 9))
    made = box(b"chan", bytes(12) + struct.pack(">I", 4) + rows)
    old = int.from_bytes(content[at : at + 4], "big")
    ((codec, entry),) = boxes(content[8:])
    at -= 16
    return content[:8] + box(codec, entry[:at] + made + entry[at + old :])


def test_channels_that_a_file_lists_one_by_one(tmp_path: Path) -> None:
    """A description for each channel is read and the sound decodes: the library freed such a list
    twice, which ended the process."""
    path = rewritten(surround(tmp_path / "B.mov", "4.0", 4), tmp_path / "A.mov", listed)
    told = subprocess.run(
        [sys.executable, "-c", _READ, str(path)], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    assert told.stdout.strip() == "4 channels (FC+FR+FL+BC) (4000, 4) 1000 2000 3000 4000"


@pytest.mark.parametrize(
    ("container", "channels", "kept", "told"),
    [("mov", None, "5.1", False), ("mxf", None, None, True), ("mov", "1,2,3", None, True)],
)
def test_a_layout_is_kept_or_told(
    tmp_path: Path, container: str, channels: str | None, kept: str | None, told: bool
) -> None:
    """5.1 stays 5.1 where the container can say it and all channels are written in their order."""
    path = surround(tmp_path / "A.mov", "5.1", 6)
    codec = "dnxhr-lb" if container == "mxf" else "prores-proxy"
    size = {"width": 256, "height": 192} if container == "mxf" else {}
    wanted = {"channels": channels} if channels else {}
    receipt = rushes.transcode(
        input=str(path), output=f"{tmp_path}/out/", codec=codec, space="source",
        container=container, **size, **wanted,
    )  # fmt: skip
    assert ("channel_layout" in receipt.assumed) == told
    with av.open(str(next((tmp_path / "out").glob(f"*.{container}")))) as made:
        layout = made.streams.audio[0].codec_context.layout.name
    assert kept is None or layout == kept


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        ([(1, 0), (1, -1), (1, 1000)], "gap within its sound"),
        ([(2, 0, 2.0)], "speed 2"),
        ([(1, -1), (1, 0), (1, -1)], None),
    ],
)
def test_edits_of_sound_that_are_not_done(
    tmp_path: Path, edits: list[Edit], words: str | None
) -> None:
    """A gap in the middle, after which FFmpeg plays another place, and another speed are refused
    where sound is asked for, and told; silence before and after is obeyed."""
    plain = surround(tmp_path / "B.mov", "mono", 1)
    ticks = movie_ticks(plain) // 24
    counted = [(edit[0] * ticks, *edit[1:]) for edit in edits]
    path = with_edits(plain, tmp_path / "A.mov", {1: counted})  # type: ignore[dict-item]
    wanted = {"input": str(path), "output": f"{tmp_path}/out/", "codec": "prores-proxy",
              "space": "source"}  # fmt: skip
    if words is None:
        assert "notes" not in rushes.transcode(**wanted).assumed  # type: ignore[arg-type]
        return
    with pytest.raises(UnsupportedMedia, match=words):
        rushes.transcode(**wanted)  # type: ignore[arg-type]
    receipt = rushes.transcode(**wanted, audio="none")  # type: ignore[arg-type]
    assert words in str(receipt.assumed["notes"])
