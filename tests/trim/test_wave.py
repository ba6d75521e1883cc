"""WAVE files cut and rewritten by timecode: samples that carry their number, and their time."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

import rushes
from functions.contract.errors import DamagedSource, InvalidRequest, UnsupportedMedia
from functions.contract.timecode import Timecode
from functions.media.wave.header import WaveFacts, read_wave
from tests.media.waves import bext, chunk, counting, ixml, wave

NTSC = Fraction(24000, 1001)
LABEL = "10:00:00:00"
BEGIN = Timecode.parse(LABEL, NTSC).frame * 2002


def take(folder: Path, *more: bytes, channels: int = 2, rate: int = 48000) -> Path:
    """Three seconds of 24 bits from 10:00:00:00 on."""
    path = folder / "T01.wav"
    path.write_bytes(wave(counting(0, 3 * 48048, channels), rate, 24, bext(BEGIN), *more))
    return path


def read(path: Path) -> tuple[Any, dict[str, str]]:
    """Samples of 24 bits and metadata, as FFmpeg reads them."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        blocks = [f.to_ndarray().reshape(-1, stream.channels) for f in container.decode(stream)]
        return np.concatenate(blocks) >> 8, dict(container.metadata)


def ixml_of(path: Path) -> str:
    data = path.read_bytes()
    at = data.index(b"iXML")
    return data[at + 8 : at + 8 + struct.unpack_from("<I", data, at + 4)[0]].decode()


SPEED = {
    "TIMECODE_RATE": "24000/1001", "TIMECODE_FLAG": "NDF", "FILE_SAMPLE_RATE": 48000,
    "TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI": BEGIN >> 32,
    "TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO": BEGIN & 0xFFFFFFFF, "TIMESTAMP_SAMPLE_RATE": 48000,
}  # fmt: skip


@pytest.mark.parametrize("frames", ["10:00:01:00-10:00:01:11", "24-35"])
def test_a_range_is_the_samples_of_its_timecode(frames: str, tmp_path: Path) -> None:
    """Half a second from a second on, in numbers or timecode; bext and iXML begin there."""
    receipt: Any = rushes.trim(
        input=str(take(tmp_path, ixml(**SPEED))), output=str(tmp_path / "o"), frames=frames
    )
    (path,) = (tmp_path / "o").glob("*.wav")
    assert path.name == "T01_24-35.wav"
    samples, said = read(path)
    np.testing.assert_array_equal(samples, counting(24 * 2002, 12 * 2002, 2))
    assert said["time_reference"] == str(BEGIN + 24 * 2002)
    low = f"_LO>{(BEGIN + 24 * 2002) & 0xFFFFFFFF}<"
    assert low in ixml_of(path)
    assert receipt.report["timecode"] == "10:00:01:00"
    assert receipt.frames.first == 24


def test_a_trim_of_a_trim_is_the_trim(tmp_path: Path) -> None:
    """Time goes with the samples: cutting twice gives the bytes of cutting once."""
    source = take(tmp_path, ixml(**SPEED))
    rushes.trim(input=str(source), output=str(tmp_path / "a"), frames="10:00:00:10-10:00:02:00")
    (first,) = (tmp_path / "a").glob("*.wav")
    for name, path in (("b", first), ("c", source)):
        rushes.trim(input=str(path), output=str(tmp_path / name), name="x",
                    frames="10:00:01:00-10:00:01:05")  # fmt: skip
    assert (tmp_path / "b/x.wav").read_bytes() == (tmp_path / "c/x.wav").read_bytes()


def test_a_rate_is_asked_for_where_none_is_said(tmp_path: Path) -> None:
    """bext alone has no rate of frames; what is of the whole file is left out and told."""
    source = take(tmp_path, chunk(b"cue ", bytes(28)), channels=1)
    out: Any = {"input": str(source), "output": str(tmp_path / "o")}
    with pytest.raises(InvalidRequest, match="say `rate`"):
        rushes.trim(frames="0-5", **out)
    receipt = rushes.trim(frames="10:00:00:02-10:00:00:03", rate="24000/1001", **out)
    (path,) = (tmp_path / "o").glob("*.wav")
    np.testing.assert_array_equal(read(path)[0], counting(2 * 2002, 2 * 2002))
    assert receipt.assumed["chunks"].endswith(": cue")
    with pytest.raises(InvalidRequest, match="10:00:00:00 to 10:00:03:00"):
        rushes.trim(frames="09:00:00:00-09:00:00:03", rate="24000/1001", **out)
    with pytest.raises(InvalidRequest, match="one piece"):
        rushes.trim(frames="0-9x2", rate="24", **out)


def test_whole_files_keep_their_samples(tmp_path: Path) -> None:
    """Without frames all of it; 44.1 kHz floats as they are."""
    values = (np.arange(1000)[:, None] / 1000 - 0.5).astype(np.float32)
    path = tmp_path / "f.wav"
    path.write_bytes(wave(values, 44100, 0))
    rushes.trim(input=str(path), output=str(tmp_path / "o"))
    with av.open(str(tmp_path / "o" / "f.wav")) as container:
        found = np.concatenate([f.to_ndarray().reshape(-1) for f in container.decode(audio=0)])
    np.testing.assert_array_equal(found, values[:, 0])


def test_sound_is_transcoded_alone(tmp_path: Path) -> None:
    """Channels are chosen, 16 bits become 24, and the time reference stays the sample's."""
    samples = counting(0, 3 * 48048, 2) % 30_000
    path = tmp_path / "T02.wav"
    path.write_bytes(wave(samples, 48000, 16, bext(BEGIN), ixml(**SPEED)))
    fields: Any = {"input": str(path), "output": str(tmp_path / "o")}
    receipt: Any = rushes.transcode(frames="10:00:00:12-10:00:00:23", channels="2;1,0", **fields)
    assert receipt.report["sound"]["files"] == ["T02_1.wav", "T02_2.wav"]
    one, said = read(tmp_path / "o" / "T02_1.wav")
    two, _ = read(tmp_path / "o" / "T02_2.wav")
    np.testing.assert_array_equal(one[:, 0], samples[12 * 2002 : 24 * 2002, 1] << 8)
    np.testing.assert_array_equal(two[:, 0], samples[12 * 2002 : 24 * 2002, 0] << 8)
    assert not two[:, 1].any()
    assert said["time_reference"] == str(BEGIN + 12 * 2002)
    assert receipt.assumed["depth"] == "24 bits, of int 16"
    assert "iXML" in receipt.assumed["chunks"]


def test_resampled_sound_keeps_its_time(tmp_path: Path) -> None:
    """A slow ramp at 96 kHz is the same ramp at 48: every second sample, at half the reference."""
    path = tmp_path / "hi.wav"
    path.write_bytes(wave(np.arange(40_000)[:, None] * 50, 96_000, 24, bext(960_000)))
    rushes.transcode(input=str(path), output=str(tmp_path / "o"))
    samples, said = read(tmp_path / "o" / "hi.wav")
    assert said["time_reference"] == "480000"
    assert len(samples) == 20_000
    inner = slice(200, -200)
    assert np.abs(samples[inner, 0] - np.arange(20_000)[inner] * 100).max() <= 2


def test_what_is_of_pictures_is_refused(tmp_path: Path) -> None:
    """A look, a codec and a burn-in mean nothing to sound; rate means nothing to a movie."""
    path = take(tmp_path)
    for field, value in (("codec", "h264"), ("width", 64), ("burn_in", ("frame",))):
        with pytest.raises(InvalidRequest, match=f"{field} is of pictures"):
            rushes.transcode(input=str(path), output=str(tmp_path / "o"), **{field: value})
    text = tmp_path / "bad.wav"
    form = chunk(b"fmt ", struct.pack("<HHIIHH", 85, 2, 48000, 1, 1, 0))
    text.write_bytes(b"RIFF" + bytes(4) + b"WAVE" + form + chunk(b"data", b""))
    with pytest.raises(UnsupportedMedia, match="format 85"):
        rushes.transcode(input=str(text), output=str(tmp_path / "o"))
    with pytest.raises(UnsupportedMedia, match="format 85"):
        rushes.trim(input=str(text), output=str(tmp_path / "o"))


def facts(*before: bytes, after: bytes = b"") -> WaveFacts:
    """Of a file of a hundred samples."""
    content = wave(counting(0, 100), 48000, 24, *before, after=after)
    return read_wave(lambda at, length: content[at : at + length], len(content))


def test_headers_that_cannot_be() -> None:
    """A bext that is cut short says no time, a rate past any number is none, and a time that 62
    bits do not hold is damage."""
    assert facts(after=bext(7)).time_reference == 7
    assert facts(after=bext(7)[:-300]).time_reference is None
    assert facts(ixml(TIMECODE_RATE="1e999999999")).timecode_rate is None
    with pytest.raises(DamagedSource, match="time reference"):
        facts(bext((1 << 64) - 1))
