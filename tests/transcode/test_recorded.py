"""Recorders' sound in a movie, to the sample: every sample of the files carries its number."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

import rushes
from functions.contract.errors import DamagedSource, InvalidRequest, UnsupportedMedia
from functions.contract.segments import samples_before
from functions.contract.timecode import Timecode
from tests.media.movies import movie
from tests.media.waves import bext, counting, ixml, wave

NTSC = Fraction(24000, 1001)
FRAMES = 12


def film(folder: Path, rate: Fraction = NTSC, start: str = "10:00:00:00") -> Path:
    """A clip of grey pictures whose timecode begins there."""
    path = folder / "A001.mov"
    path.write_bytes(movie(FRAMES, rate=rate, timecode=start))
    return path


def midnight(label: str, rate: Fraction, sampled: int = 48000) -> Fraction:
    """Samples since midnight of a label, of a clock that is in step with it."""
    return Timecode.parse(label, rate).frame / rate * sampled


def made(clip: Path, out: Path, *files: Path, **fields: Any) -> tuple[Any, list[Any]]:
    """Receipt, and the 24 bit samples of each stream as FFmpeg reads them."""
    receipt: Any = rushes.transcode(
        input=str(clip), output=str(out), source="rec709", codec="prores-proxy",
        sound=tuple(str(f) for f in files), **fields,
    )  # fmt: skip
    (path,) = out.glob("*.mov")
    streams = []
    with av.open(str(path)) as container:
        for stream in container.streams.audio:
            container.seek(0)
            blocks = [f.to_ndarray().reshape(-1, stream.channels) for f in container.decode(stream)]
            streams.append(np.concatenate(blocks) >> 8)
    return receipt, streams


def count(rate: Fraction, sampled: int = 48000) -> int:
    return samples_before(FRAMES, rate, sampled)


@pytest.mark.parametrize("bits", [24, 32])
@pytest.mark.parametrize("wide", [False, True])
def test_the_sample_at_the_timecode_is_heard(bits: int, wide: bool, tmp_path: Path) -> None:
    """Two seconds into a file of 24 or 32 bits, RIFF or RF64, with every channel of a poly."""
    begin = int(midnight("09:59:58:00", NTSC))
    samples = counting(0, 150_000, 2) << (bits - 24)
    file = tmp_path / "T01.wav"
    file.write_bytes(wave(samples, 48000, bits, bext(begin), wide=wide))
    receipt, (heard,) = made(film(tmp_path), tmp_path / "o", file)
    first = 2 * 24 * 2002
    np.testing.assert_array_equal(heard, counting(first, count(NTSC), 2))
    told = receipt.report["recorded"][0]
    assert (told["first_sample"], told["rounded"], told["drift"]) == (first, 0.0, None)
    assert receipt.assumed["recorder_rate"].startswith("24000/1001")


def test_another_program_reads_our_test_files_time(tmp_path: Path) -> None:
    """The time reference of the generated file is FFmpeg's, so the test's clock is no own one."""
    file = tmp_path / "a.wav"
    file.write_bytes(wave(counting(0, 10), 48000, 24, bext(1_728_172_800)))
    with av.open(str(file)) as container:
        assert container.metadata["time_reference"] == "1728172800"


def test_parts_are_the_whole(tmp_path: Path) -> None:
    """Frames 5 to 8 have the samples that belong to them, and the receipt their first."""
    file = tmp_path / "T01.wav"
    file.write_bytes(wave(counting(0, 60_000), 48000, 24, bext(int(midnight("10:00:00:00", NTSC)))))
    receipt, (heard,) = made(film(tmp_path), tmp_path / "o", file, frames="5-8")
    np.testing.assert_array_equal(heard, counting(5 * 2002, 4 * 2002))
    assert receipt.report["recorded"][0]["first_sample"] == 5 * 2002


def test_drop_frame_and_the_nearest_sample(tmp_path: Path) -> None:
    """29.97 has 1601.6 samples a frame: the nearest whole one, and what was rounded is told."""
    rate = Fraction(30000, 1001)
    clip = film(tmp_path, rate, "10:01:00;02")
    file = tmp_path / "T01.wav"
    begin = round(midnight("10:00:59;29", rate)) - 100
    speed = ixml(TIMECODE_RATE="30000/1001", TIMECODE_FLAG="DF", FILE_SAMPLE_RATE=48000)
    file.write_bytes(wave(counting(0, 60_000), 48000, 24, bext(begin), speed))
    receipt, (heard,) = made(clip, tmp_path / "o", file)
    exact = Timecode.parse("10:01:00;02", rate).frame / rate * 48000 - begin
    assert heard[0, 0] == round(exact)
    assert abs(receipt.report["recorded"][0]["rounded"]) <= 0.5
    assert receipt.report["recorded"][0]["rounded"] == pytest.approx(
        float(round(exact) - exact), abs=1e-5
    )


@pytest.mark.parametrize(
    ("rate", "start", "before"),
    [(NTSC, "00:00:01:00", "23:59:59:00"), (Fraction(30000, 1001), "00:00:01;00", "23:59:59;00")],
)
def test_midnight_may_lie_between(rate: Fraction, start: str, before: str, tmp_path: Path) -> None:
    """A file that began before midnight is two seconds in, a second after it."""
    file = tmp_path / "T.wav"
    file.write_bytes(wave(counting(0, 150_000), 48000, 24, bext(int(midnight(before, rate)))))
    _, (heard,) = made(film(tmp_path, rate, start), tmp_path / "o", file)
    apart = 2 * 24 * 2002 if rate == NTSC else round(60 * Fraction(48048, 30))
    assert abs(int(heard[0, 0]) - apart) <= 1


def test_48048_stamped_48000_plays_without_a_change(tmp_path: Path) -> None:
    """24 frames recorded at 48048, shown at 23.976: 2002 samples a frame, none is resampled."""
    begin = Timecode.parse("10:00:00:00", Fraction(24)).frame * 2000 - 7 * 2000
    speed = ixml(
        TIMECODE_RATE="24/1", TIMECODE_FLAG="NDF", FILE_SAMPLE_RATE=48000,
        DIGITIZER_SAMPLE_RATE=48048, TIMESTAMP_SAMPLE_RATE=48000,
    )  # fmt: skip
    file = tmp_path / "F.wav"
    file.write_bytes(wave(counting(0, 90_000), 48000, 24, bext(begin), speed))
    receipt, (heard,) = made(film(tmp_path), tmp_path / "o", file)
    np.testing.assert_array_equal(heard, counting(7 * 2002, count(NTSC)))
    assert "sound_speed" not in receipt.assumed


@pytest.mark.parametrize("speed", ["frames", "samples"])
def test_24_recorded_and_23976_shown_is_pulled_down_or_drifts(speed: str, tmp_path: Path) -> None:
    """2000 samples a frame become 2002 by resampling; or they stay and the drift is told."""
    ramp = (np.arange(60_000)[:, None] * 100).astype(np.int64)
    begin = Timecode.parse("10:00:00:00", Fraction(24)).frame * 2000 - 1000
    said = ixml(TIMECODE_RATE="24/1", FILE_SAMPLE_RATE=48000)
    file = tmp_path / "T.wav"
    file.write_bytes(wave(ramp, 48000, 24, bext(begin), said))
    receipt, (heard,) = made(film(tmp_path), tmp_path / "o", file, sound_speed=speed)
    pace = Fraction(1000, 1001) if speed == "frames" else 1
    numbers = np.arange(count(NTSC))
    wanted = (1000 + numbers * float(pace)) * 100
    assert np.abs(heard[100:-100, 0] - wanted[100:-100]).max() <= (3 if speed == "frames" else 0)
    drift = receipt.report["recorded"][0]["drift"]
    if speed == "frames":
        assert drift is None
        assert receipt.assumed["sound_speed"].startswith("1000/1001")
    else:
        assert drift == f"{48000 * 3600 / 1000:.1f} samples an hour"
        assert "drifts" in receipt.assumed["sound_speed"]


def test_mono_files_stand_beside_each_other_and_takes_follow(tmp_path: Path) -> None:
    """Two monos are two streams; a file that goes on where another ended is the same stream."""
    begin = int(midnight("10:00:00:00", NTSC))
    parts = {"A_1.wav": (0, 9000), "B_1.wav": (9000, 40_000), "A_2.wav": (0, 50_000)}
    for name, (first, length) in parts.items():
        samples = counting(first + (500_000 if "2" in name else 0), length)
        (tmp_path / name).write_bytes(wave(samples, 48000, 24, bext(begin + first)))
    other = tmp_path / "other.wav"
    other.write_bytes(wave(counting(0, 100), 48000, 24, bext(0)))
    files = [tmp_path / name for name in (*parts, "other.wav")]
    receipt, streams = made(film(tmp_path), tmp_path / "o", *files)
    assert len(streams) == 2
    np.testing.assert_array_equal(streams[0], counting(0, count(NTSC)))
    np.testing.assert_array_equal(streams[1], counting(500_000, count(NTSC)))
    assert receipt.assumed["not_heard"].startswith("other.wav")
    assert [t["file"] for t in receipt.report["recorded"]] == ["A_1.wav", "B_1.wav", "A_2.wav"]
    _, mixed = made(film(tmp_path), tmp_path / "c", *files, channels="2,1;0")
    np.testing.assert_array_equal(mixed[0], np.concatenate([streams[1], streams[0]], 1))
    assert not mixed[1].any()


def test_silence_where_no_file_is_and_offsets(tmp_path: Path) -> None:
    """A file that begins within the clip is silent before; an offset moves it by its samples."""
    begin = int(midnight("10:00:00:03", NTSC))
    file = tmp_path / "late.wav"
    file.write_bytes(wave(counting(1, 4000), 48000, 24, bext(begin)))
    receipt, (heard,) = made(film(tmp_path), tmp_path / "o", file)
    assert not heard[: 3 * 2002].any()
    np.testing.assert_array_equal(heard[3 * 2002 : 3 * 2002 + 4000], counting(1, 4000))
    assert not heard[3 * 2002 + 4000 :].any()
    assert "0.417 s" in receipt.assumed["silence"]
    _, (later,) = made(film(tmp_path), tmp_path / "later", file, sound_offset=10)
    np.testing.assert_array_equal(later[10:], heard[:-10])
    _, (free,) = made(film(tmp_path), tmp_path / "free", file, sound_sync="start", sound_offset=-5)
    np.testing.assert_array_equal(free[:3995], counting(6, 3995))


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    """With a sentence each, and no movie."""
    clip = film(tmp_path)
    plain, far, short = (tmp_path / f"{n}.wav" for n in ("plain", "far", "short"))
    plain.write_bytes(wave(counting(0, 100)))
    far.write_bytes(wave(counting(0, 100), 48000, 24, bext(0)))
    begin = bext(int(midnight("10:00:00:00", NTSC)))
    short.write_bytes(wave(counting(0, 40_000), 48000, 24, begin)[:-9000])
    drop = tmp_path / "drop.wav"
    drop.write_bytes(wave(counting(0, 9), 48000, 24, bext(5), ixml(TIMECODE_FLAG="DF")))
    for files, error, words in (
        ([plain], InvalidRequest, "plain.wav carries no timecode"),
        ([far], InvalidRequest, "far.wav 00:00:00:00 to"),
        ([drop], InvalidRequest, "counts drop frame"),
        ([short], DamagedSource, "short.wav"),
        ([clip], UnsupportedMedia, "no WAVE file"),
        ([far, far], InvalidRequest, "named twice"),
    ):
        with pytest.raises(error, match=words):
            made(clip, tmp_path / "o", *files)
    for fields in ({"sound_offset": 5}, {"sound_speed": "samples"}, {"sound_sync": "start"}):
        with pytest.raises(InvalidRequest, match="no file is named"):
            made(clip, tmp_path / "o", **fields)
    with pytest.raises(InvalidRequest, match="left out"):
        made(clip, tmp_path / "o", far, audio="none")
    assert not list(tmp_path.glob("o/*.mov"))


def test_the_slate_of_the_recorder_is_told(tmp_path: Path) -> None:
    """Scene, take, tape and names of the tracks, from iXML; a file's content is the unit's."""
    begin = int(midnight("10:00:00:00", NTSC))
    slate = {"SCENE": "12A", "TAKE": "3", "TAPE": "DAY1"}
    said = ixml(TRACKS=["Boom", "Lav 1"], TIMECODE_RATE="24000/1001", **slate)
    file = tmp_path / "T.wav"
    file.write_bytes(wave(counting(0, 60_000, 2), 48000, 24, bext(begin), said))
    clip = film(tmp_path)
    told: Any = rushes.explain("transcode", input=str(clip), output=str(tmp_path / "e"),
                               source="rec709", sound=(str(file),))  # fmt: skip
    assert told["recorded"][0]["tracks"] == ["Boom", "Lav 1"]
    assert {told["recorded"][0][k] for k in ("scene", "take", "tape")} == {"12A", "3", "DAY1"}
    receipt, _ = made(clip, tmp_path / "o", file)
    assert any(i.uri.endswith("T.wav") for i in receipt.inputs)


@pytest.mark.parametrize(
    ("speed", "error", "words"),
    [
        ({"DIGITIZER_SAMPLE_RATE": 1}, DamagedSource, "DIGITIZER_SAMPLE_RATE is 1"),
        ({"TIMESTAMP_SAMPLE_RATE": 10**12}, DamagedSource, "TIMESTAMP_SAMPLE_RATE"),
        ({"TIMECODE_RATE": "239787/10007"}, UnsupportedMedia, "are not resampled"),
    ],
)
def test_rates_that_no_recorder_has_are_refused(
    speed: dict[str, Any], error: type[Exception], words: str, tmp_path: Path
) -> None:
    """A resampler's tables grow with them; nothing is made."""
    file = tmp_path / "T.wav"
    begin = bext(int(midnight("10:00:00:00", NTSC)))
    file.write_bytes(wave(counting(0, 9000), 48000, 24, begin, ixml(**speed)))
    with pytest.raises(error, match=words):
        made(film(tmp_path), tmp_path / "o", file)


def test_a_header_that_ends_in_its_sizes_is_a_sentence(tmp_path: Path) -> None:
    """RF64 that is cut short within `ds64` or just after it."""
    clip = film(tmp_path)
    data = wave(counting(0, 10), 48000, 24, wide=True)
    for length in range(12, 100, 4):
        file = tmp_path / "T.wav"
        file.write_bytes(data[:length])
        with pytest.raises((DamagedSource, UnsupportedMedia)):
            rushes.explain("transcode", input=str(clip), output=str(tmp_path / "o"),
                           source="rec709", sound=(str(file),))  # fmt: skip
