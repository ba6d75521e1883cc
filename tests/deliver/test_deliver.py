"""Masters: what is in the files equals OpenColorIO's own answer, and other readers open them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import OpenEXR
import OpenImageIO
import pytest

import rushes
from functions.contract.errors import InvalidRequest
from functions.contract.receipt import Receipt
from tests.deliver.library import P3_PQ, REC709, by_ocio
from tests.media.dngs import RATIONAL, noisy, write_dng
from tests.plate.takes import write_take


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_take(tmp_path_factory.mktemp("take"), range(100, 104))


def deliver(take: Path, output: Path, profile: str, **fields: Any) -> Receipt:
    return rushes.call("deliver", input=str(take), output=str(output), profile=profile, **fields)


def developed(take: Path, folder: Path) -> npt.NDArray[np.float32]:
    """(H, W, 3) of frame 100 in ACES2065-1, by debayer."""
    rushes.call("debayer", input=str(take), output=str(folder), frames="100")
    (path,) = folder.glob("*.exr")
    pixels: npt.NDArray[np.float32] = OpenEXR.File(str(path)).channels()["RGB"].pixels
    return pixels.astype(np.float32)


def test_dpx_holds_the_output_transforms_code_values(take: Path, tmp_path: Path) -> None:
    """Every sample of a Rec.709 DPX is within one step of OpenColorIO's value."""
    deliver(take, tmp_path / "m", "rec709-dpx", frames="100", name="M", start=86400)
    image = OpenImageIO.ImageBuf(str(tmp_path / "m" / "M.86400.dpx"))
    found = image.get_pixels(OpenImageIO.UINT16).astype(np.int64) >> 6
    expected = by_ocio(developed(take, tmp_path / "d"), REC709) * 1023
    # Half a step of the exact tier, and half of rounding to 10 bits.
    assert np.abs(found - np.clip(expected, 0, 1023)).max() <= 1.0
    spec = image.spec()
    assert spec.get_string_attribute("dpx:Transfer") == "ITU-R 709-4"
    assert spec.get_int_attribute("dpx:FramePosition") == 86400
    assert spec.get_string_attribute("dpx:TimeCode") == "01:00:00:04"
    assert spec.getattribute("oiio:BitsPerSample") == 10


def test_tiff_holds_pq_of_p3(take: Path, tmp_path: Path) -> None:
    """Every sample of a P3-D65 PQ TIFF is within half a 10-bit step of OpenColorIO's."""
    deliver(take, tmp_path / "m", "p3d65-pq-tiff", frames="100", name="M")
    (path,) = (tmp_path / "m").glob("*.tif")
    pixels = OpenImageIO.ImageBuf(str(path)).get_pixels(OpenImageIO.UINT16)
    expected = by_ocio(developed(take, tmp_path / "d"), P3_PQ)
    assert np.abs(pixels / 65535.0 - np.clip(expected, 0, 1)).max() <= 0.5 / 1023 + 1 / 65535


def test_aces_exr_is_what_debayer_makes(take: Path, tmp_path: Path) -> None:
    """Without looks an ACES master holds the developed light itself."""
    deliver(take, tmp_path / "m", "aces-exr", frames="100", name="M")
    pixels = OpenEXR.File(str(next((tmp_path / "m").glob("*.exr")))).channels()["RGB"].pixels
    assert np.array_equal(pixels.astype(np.float32), developed(take, tmp_path / "d"))


@pytest.mark.parametrize("profile", ["aces-exr", "p3d65-pq-tiff", "rec709-dpx"])
def test_the_same_master_on_any_number_of_threads(
    take: Path, tmp_path: Path, profile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One thread or three, and again a second later: the same files."""
    made = []
    for threads in ("1", "3"):
        monkeypatch.setenv("RUSHES_THREADS", threads)
        output = tmp_path / threads
        deliver(take, output, profile)
        made.append({p.name: p.read_bytes() for p in output.iterdir() if p.is_file()})
    assert made[0] == made[1]
    assert len(made[0]) >= 5


def test_framing_makes_the_size(take: Path, tmp_path: Path) -> None:
    """A container of another shape is filled by the whole picture and padded with black."""
    receipt = deliver(take, tmp_path, "rec709-dpx", frames="100", width=32, height=16, name="M")
    (path,) = tmp_path.glob("*.dpx")
    pixels = OpenImageIO.ImageBuf(str(path)).get_pixels(OpenImageIO.UINT16)
    assert pixels.shape == (16, 32, 3)
    assert not pixels[:, :4].any()
    assert not pixels[:, -4:].any()
    assert pixels[:, 5:-5].any()
    assert receipt.report is not None
    assert receipt.report["canvas"] == {"width": 32, "height": 16}
    assert (tmp_path / "M.fdl").exists()


def test_explain_names_what_would_be_written(take: Path, tmp_path: Path) -> None:
    """Numbers, names and colour steps are told from headers; nothing is written."""
    told = rushes.explain(
        "deliver",
        input=str(take),
        output=str(tmp_path / "m"),
        profile="rec709-dpx",
        start=1001,
        name="M",
    )
    assert told["outputs"] == {
        "first": "M.1001.dpx",
        "last": "M.1004.dpx",
        "count": 4,
        "beside": ["M.amf"],
    }
    assert not (tmp_path / "m").exists()


def test_wrong_requests_are_told(take: Path, tmp_path: Path) -> None:
    """A profile that is none, and a start for stepped frames, end in a sentence."""
    with pytest.raises(InvalidRequest, match="profile"):
        deliver(take, tmp_path, "vhs")
    with pytest.raises(InvalidRequest, match="start and a step"):
        deliver(take, tmp_path, "rec709-dpx", frames="100-103x2", start=1)


@pytest.mark.parametrize(
    ("profile", "codec", "kind", "pixels"),
    [
        ("prores-4444", "prores", "4444", "yuv444p"),
        ("prores-422-hq", "prores", "HQ", "yuv422p10le"),
        ("dnxhr-444", "dnxhd", "DNXHR 444", "yuv444p10le"),
    ],
)
def test_movie_masters(
    take: Path, tmp_path: Path, profile: str, codec: str, kind: str, pixels: str
) -> None:
    """Codec, profile, frames, timecode, reel and tags of a movie master, by FFmpeg's reader."""
    import av

    # DNxHR wants 256 pixels across; the picture is padded.
    deliver(take, tmp_path, profile, width=256, height=128, name="M")
    (path,) = [p for p in tmp_path.iterdir() if p.suffix in (".mov", ".mxf")]
    with av.open(str(path)) as movie:
        stream = movie.streams.video[0]
        context = stream.codec_context
        assert (context.name, stream.profile) == (codec, kind)
        assert context.pix_fmt is not None
        assert context.pix_fmt.startswith(pixels)
        assert sum(1 for _ in movie.decode(stream)) == 4
        assert (int(context.color_primaries), int(context.color_trc)) == (1, 1)
        assert stream.average_rate == 24
        tags = [s.metadata for s in movie.streams] + [movie.metadata]
        assert any(t.get("timecode") == "01:00:00:04" for t in tags)
        assert any(t.get("reel_name") == "A001" for t in tags)


def test_fields_are_one_picture_or_stay(shared_data: Path, tmp_path: Path) -> None:
    """An interlaced clip is made progressive, which is told; kept, its order of fields is."""
    from tests.media.other_reader import probe, stream

    clip = shared_data / "video" / "interlaced_crop.mp4"
    fields: dict[str, Any] = {"frames": "20-22", "source": "rec709", "name": "M"}
    told = deliver(clip, tmp_path / "a", "prores-422-hq", **fields)
    assert "bwdif" in told.assumed["fields"] and "encode_prores" in told.assumed["encoder"]
    assert stream(probe(tmp_path / "a" / "M.mov")).get("field_order") in (None, "progressive")
    deliver(clip, tmp_path / "b", "prores-422-hq", fields="keep", **fields)
    assert stream(probe(tmp_path / "b" / "M.mov"))["field_order"] == "tt"
    one, other = (_rows(tmp_path / name / "M.mov") for name in ("a", "b"))
    assert np.abs(np.diff(other, axis=0)).mean() > np.abs(np.diff(one, axis=0)).mean()
    with pytest.raises(InvalidRequest, match="not written interlaced"):
        deliver(clip, tmp_path / "c", "dnxhr-444", fields="keep", **fields)


def _rows(path: Path) -> npt.NDArray[np.float64]:
    import av

    with av.open(str(path)) as movie:
        frame = next(movie.decode(video=0))
        held: Any = frame.planes[0]
        rows = np.frombuffer(held, np.uint16).reshape(held.height, -1)
        return rows[:, : held.width].astype(np.float64)


def test_uneven_times_are_told(shared_data: Path, tmp_path: Path) -> None:
    """A master of a clip with a variable rate shows each picture once, without sound."""
    clip = shared_data / "video" / "mjpeg_field_order.avi"
    fields: dict[str, Any] = {"frames": "0-2", "source": "rec709", "name": "M"}
    told = deliver(clip, tmp_path, "prores-422-hq", **fields)
    assert "one frame" in told.assumed["times"]
    import av

    with av.open(str(tmp_path / "M.mov")) as movie:
        assert not movie.streams.audio and movie.streams.video[0].frames == 3


def test_channels_of_a_master(shared_data: Path, tmp_path: Path) -> None:
    """Streams of sound are what the request makes of the clip's channels, 48 kHz, or none."""
    import av

    clip = shared_data / "video" / "thezerotheorem-cut.mp4"
    fields: dict[str, Any] = {"source": "rec709", "width": 256, "height": 144, "name": "M"}
    for say, layout in (
        ({}, [2]), ({"channels": "2,1;1"}, [2, 1]), ({"audio": "none"}, []),
    ):  # fmt: skip
        folder = tmp_path / str(len(layout))
        deliver(clip, folder, "prores-422-hq", **fields, **say)
        with av.open(str(folder / "M.mov")) as movie:
            assert [s.codec_context.channels for s in movie.streams.audio] == layout
            assert all(s.duration == 26026 and s.rate == 48000 for s in movie.streams.audio)


def test_stills_without_a_rate_are_told_one(shared_data: Path, tmp_path: Path) -> None:
    """The request's rate is a movie's and a header's, with its timecode; 24 is assumed else, and
    a clip that has another refuses it."""
    from fractions import Fraction

    import av

    clip = shared_data / "video" / "lighthouse_rgb48.dpx"
    fields: dict[str, Any] = {"source": "rec709", "name": "M"}
    say = {"rate": "30000/1001", "timecode": "01:00:00;02"}
    told = deliver(clip, tmp_path / "a", "prores-422-hq", **say, **fields)
    assert "rate" not in told.assumed
    with av.open(str(tmp_path / "a" / "M.mov")) as movie:
        assert movie.streams.video[0].average_rate == Fraction(30000, 1001)
        assert any(s.metadata.get("timecode") == "01:00:00;02" for s in movie.streams)
    deliver(clip, tmp_path / "b", "rec709-dpx", **say, **fields)
    spec = OpenImageIO.ImageBuf(str(next((tmp_path / "b").glob("*.dpx")))).spec()
    assert spec.get_float_attribute("dpx:FrameRate") == pytest.approx(29.97, abs=0.001)
    assert "24" in deliver(clip, tmp_path / "c", "prores-422-hq", **fields).assumed["rate"]
    with pytest.raises(InvalidRequest, match="rate"):
        deliver(clip, tmp_path / "d", "prores-422-hq", rate="0", **fields)
    other = shared_data / "video" / "thezerotheorem-cut.mp4"
    with pytest.raises(InvalidRequest, match="24000/1001 frames per second, not 25"):
        deliver(other, tmp_path / "d", "prores-422-hq", rate="25", **fields)


@pytest.mark.parametrize("profile", ["rec709-dpx", "p3d65-pq-tiff", "prores-422-hq"])
def test_a_squeeze_that_is_kept_is_said(profile: str, tmp_path: Path) -> None:
    """Pictures of an anamorphic lens go out as they are, with pixels that are twice as wide."""
    take = tmp_path / "A001"
    take.mkdir()
    tags = {50718: (RATIONAL, (2, 1, 1, 1))}
    (take / "A001.000100.dng").write_bytes(write_dng(noisy((16, 24), 12), 12, tags=tags))
    deliver(take, tmp_path / "m", profile, name="M")
    path = next(one for one in (tmp_path / "m").iterdir() if one.suffix in (".dpx", ".tif", ".mov"))
    if path.suffix != ".mov":
        spec = OpenImageIO.ImageBuf(str(path)).spec()
        assert spec.get_float_attribute("PixelAspectRatio") == 2
    else:
        with av.open(str(path)) as movie:
            assert movie.streams.video[0].sample_aspect_ratio == 2
