"""Headers of recorders' files that do not add up, and what of their sound is not kept."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

import rushes
from functions.contract.errors import DamagedSource, UnsupportedMedia
from functions.media.wave.header import WaveFacts, read_wave
from tests.media.waves import bext, chunk, counting, ixml, packed, wave

SOUND = counting(100_000, 4800, 2)


def facts(content: bytes) -> WaveFacts:
    return read_wave(lambda at, length: content[at : at + length], len(content))


def counted(content: bytes, size: int) -> bytes:
    at = content.index(b"data") + 4
    return content[:at] + struct.pack("<I", size) + content[at + 4 :]


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF])
def test_a_recording_that_was_not_finished(size: int) -> None:
    """A recorder that loses power leaves no count of its sound: the file is not empty, it is
    damaged."""
    with pytest.raises(DamagedSource, match="was not finished"):
        facts(counted(wave(SOUND), size))
    empty = facts(counted(wave(SOUND[:0]), 0) + chunk(b"bext", bytes(602)))
    assert (empty.samples, empty.time_reference) == (0, 0)


def test_sound_in_several_chunks_is_refused() -> None:
    """RIFF allows one `data`; a second one would be lost."""
    with pytest.raises(UnsupportedMedia, match="several chunks"):
        facts(wave(SOUND) + chunk(b"data", packed(SOUND, 24)))


def test_two_stamps_that_differ_are_told(tmp_path: Path) -> None:
    """`bext` (EBU Tech 3285) goes before iXML, and both are named."""
    words = {"TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI": 0, "TIMECODE_RATE": "24/1"}
    for low, told in ((1000, False), (50_000, True)):
        own = ixml(**words, TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO=low)
        path = tmp_path / f"A{low}.wav"
        path.write_bytes(wave(SOUND, 48000, 24, bext(1000), own))
        out = f"{tmp_path}/out{low}/"
        trimmed = rushes.trim(input=str(path), output=out, rate="24")
        made = rushes.transcode(input=str(path), output=f"{out}b/", rate="24")
        for receipt in (trimmed, made):
            said = str(receipt.assumed.get("time_reference", ""))
            assert ("1000" in said and "50000" in said) == told


def test_floats_over_full_scale_are_told(tmp_path: Path) -> None:
    """Recorders of 32-bit floats keep peaks that 24 bits do not hold."""
    for peak, told in ((0.9, False), (2.0, True)):
        path = tmp_path / f"A{peak}.wav"
        path.write_bytes(wave(np.full((4800, 1), peak), 48000, 0))
        receipt = rushes.transcode(input=str(path), output=f"{tmp_path}/out{peak}/", rate="24")
        assert ("+6.0 dB" in str(receipt.assumed.get("peaks", ""))) == told


def test_loudspeakers_are_kept(tmp_path: Path) -> None:
    """The mask of WAVEFORMATEXTENSIBLE goes on where all channels are written in their order."""
    six = counting(1, 4800, 6)
    content = wave(six)
    form = content[content.index(b"fmt ") + 8 :][:16]
    wide = struct.pack("<H", 0xFFFE) + form[2:] + struct.pack("<HHI", 22, 24, 0x3F)
    wide += b"\1\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"
    path = tmp_path / "A.wav"
    path.write_bytes(content.replace(chunk(b"fmt ", form), chunk(b"fmt ", wide)))
    for channels, mask in ((None, 0x3F), ("2,1,3", 0)):
        wanted = {"channels": channels} if channels else {}
        out = tmp_path / str(channels)
        rushes.transcode(input=str(path), output=f"{out}/", rate="24", **wanted)
        made = facts(next(out.glob("*.wav")).read_bytes())
        assert made.mask == mask and made.channels == (6 if channels is None else 3)


def test_inspect_tells_what_is_odd(tmp_path: Path) -> None:
    """An unfinished recording, stamps that differ, and what trim and transcode do not read."""
    words = {"TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI": 0, "TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO": 5000}
    apart = wave(SOUND, 48000, 24, bext(1000), ixml(**words))
    eight = bytearray(wave(SOUND, 48000, 16))
    at = eight.index(b"fmt ") + 8
    struct.pack_into("<HHIIHH", eight, at, 1, 4, 48000, 192_000, 4, 8)
    for content, code in (
        (wave(SOUND), None),
        (counted(wave(SOUND), 0), "truncated"),
        (apart, "timecode-odd"),
        (bytes(eight), "not-applied"),
    ):
        path = tmp_path / "A.wav"
        path.write_bytes(content)
        report = rushes.inspect(input=str(path)).report
        assert report is not None
        found = {finding["code"] for finding in report["findings"]}
        assert found == {"no-pictures", *([code] if code else [])}
