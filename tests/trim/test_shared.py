"""Real camera files: each is cut, and another reader agrees about what came out."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import av
import pytest

import rushes
from functions.contract.errors import DamagedSource, InvalidRequest, RushesError, UnsupportedMedia
from tests.media.other_reader import pictures, probe, stream, timecode

WHOLE = {
    "Meridian-Apple_ProResProxy-HDR10.mxf": ("prores", 5, "00:01:15;26"),
    "Sequence_1-Apple_ProRes_422.mov": ("prores", 2, None),
    "Sequence_1-Apple_ProRes_422_HQ.mov": ("prores", 2, None),
    "Sony-00001_imx_d10.mxf": ("mpeg2video", 4, "07:12:10:00"),
    "bmx_d10_sample.mxf": ("mpeg2video", 2, "23:58:30:00"),
    "cineform_yuv10b_hd.mov": ("cfhd", 1, "00:00:00:00"),
    "dnxhr444_cid1270.mov": ("dnxhd", 1, "00:47:10:07"),
    "dnxhr_cid1271_12bit.mov": ("dnxhd", 1, "01:00:00:00"),
    "dnxhr_lb_opatom_track_01_v02.mxf": ("dnxhd", 10, "01:00:00:00"),
    "imf_phdr_j2k_video.mxf": ("jpeg2000", 24, "00:00:00:00"),
    "interlaced_crop.mp4": ("h264", 126, None),
    "iphone_dv84_hevc10.mov": ("hevc", 100, None),
    "mov-3elist.mov": ("h264", 48, None),
    "opatom_essencegroup_alpha_raw.mxf": ("rawvideo", 1, "01:00:00:00"),
    "open-incomplete-header.mxf": ("h264", 1, "00:00:00:00"),
    "prores4444_with_transparency.mov": ("prores", 1, "01:00:00:00"),
    "quicktime-hvc1.mov": ("hevc", 35, None),
    "thezerotheorem-cut.mp4": ("h264", 13, None),
    "uuid540.mp4": ("h264", 31, None),
    "video1.mxf": ("jpeg2000", 1, "00:00:00:00"),
    "with-gps.mov": ("h264", 120, None),
}
PART = {
    # file: frames, frames that come out, start timecode
    "Meridian-Apple_ProResProxy-HDR10.mxf": ("2-4", (2, 4), "00:01:15;28"),
    "Sequence_1-Apple_ProRes_422_HQ.mov": ("1", (1, 1), None),
    "Sony-00001_imx_d10.mxf": ("1-2", (1, 2), "07:12:10:01"),
    "dnxhr_lb_opatom_track_01_v02.mxf": ("01:00:00:07-01:00:00:08", (7, 8), "01:00:00:07"),
    "imf_phdr_j2k_video.mxf": ("2-3", (2, 3), "00:00:00:02"),
    "interlaced_crop.mp4": ("30-40", (24, 40), None),
    "iphone_dv84_hevc10.mov": ("5-12", (0, 12), None),
    "mov-3elist.mov": ("14-30", (12, 30), None),
    "quicktime-hvc1.mov": ("33-34", (32, 34), None),
    "thezerotheorem-cut.mp4": ("12", (12, 12), None),
    "uuid540.mp4": ("2-20", (0, 20), None),
    "with-gps.mov": ("31-50", (30, 50), None),
}


def trimmed(folder: Path, name: str, to: Path, **fields: Any) -> tuple[Path, Any]:
    receipt = rushes.trim(
        input=f"file://{folder / 'video' / name}", output=f"file://{to}/", **fields
    )
    return Path(receipt.outputs[0].uri.removeprefix("file://")), receipt


def digests(found: list[bytes]) -> list[str]:
    return [hashlib.sha1(one).hexdigest() for one in found]


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_a_whole_camera_file(shared_data: Path, tmp_path: Path, name: str) -> None:
    """Codec, frame count, colour, sound and timecode of the copy are those of the source."""
    codec, count, label = WHOLE[name]
    path, receipt = trimmed(shared_data, name, tmp_path)
    assert receipt.frames.count == count
    ours, theirs = probe(path), probe(shared_data / "video" / name, count=False)
    video, was = stream(ours), stream(theirs)
    assert (video["codec_name"], video["nb_read_frames"]) == (codec, str(count))
    assert timecode(ours) == timecode(theirs) == label
    for tag in ("profile", "pix_fmt", "width", "height", "color_transfer", "color_space",
                "color_primaries", "color_range", "field_order", "sample_aspect_ratio",
                "codec_tag_string", "time_base"):  # fmt: skip
        assert video.get(tag) == was.get(tag), tag
    assert len(video.get("side_data_list", ())) == len(was.get("side_data_list", ()))
    reel = [f.get("tags", {}).get("reel_name") for f in (video, was)]
    assert reel[0] == reel[1]
    assert len(ours["streams"]) == len(theirs["streams"])


@pytest.mark.parametrize("name", sorted(PART))
def test_a_part_of_a_camera_file(shared_data: Path, tmp_path: Path, name: str) -> None:
    """The pictures of the part are the source's own, decoded by the same decoder."""
    frames, (first, last), label = PART[name]
    path, receipt = trimmed(shared_data, name, tmp_path, frames=frames, snap=True)
    assert (receipt.frames.first, receipt.frames.last) == (first, last)
    whole = digests(pictures(shared_data / "video" / name, last + 1))
    assert digests(pictures(path)) == whole[first : last + 1]
    found = probe(path)
    assert stream(found)["nb_read_frames"] == str(last - first + 1)
    assert timecode(found) == label


def test_an_empty_edit_is_no_part_of_the_cut(shared_data: Path, tmp_path: Path) -> None:
    """Five seconds of nothing before the picture are gone: the cut begins with its frame."""
    path, _ = trimmed(shared_data, "empty_edit_5s.mp4", tmp_path, frames="10-19")
    found = stream(probe(path))
    assert (found["start_time"], found["nb_frames"]) == ("0.000000", "10")


def test_sound_of_a_phone_ends_with_its_pictures(shared_data: Path, tmp_path: Path) -> None:
    """AAC priming and edit list of the source are resolved: the sound lasts as the picture."""
    path, receipt = trimmed(shared_data, "quicktime-hvc1.mov", tmp_path, frames="5-12", snap=True)
    with av.open(str(path)) as container:
        heard = sum(frame.samples for frame in container.decode(audio=0))
    assert abs(heard - 13 * 44100 / 30) < 1024
    assert receipt.report["sound"][0]["hidden_before"] == 2112


@pytest.mark.parametrize(
    ("name", "frames", "frame"),
    [
        ("displaymatrix_truncated.mov", "24-60", 34),
        ("truncated_133445_frames_in24.mp4", "0-9", 0),
        ("SonyXAVC_LongGOP.mxf", "2-20", 8),
        ("mov-3elist-encrypted.mov", "0-5", 0),
    ],
)
def test_sources_that_cannot_be_trusted(
    shared_data: Path, tmp_path: Path, name: str, frames: str, frame: int
) -> None:
    """Short and encrypted sources are errors that name the first frame that is not there."""
    with pytest.raises(DamagedSource) as error:
        trimmed(shared_data, name, tmp_path, frames=frames)
    assert error.value.facts["frame"] == frame


def test_what_is_whole_of_a_short_source(shared_data: Path, tmp_path: Path) -> None:
    """Frames before the end of a short movie are cut as if it were whole."""
    path, _ = trimmed(shared_data, "displaymatrix_truncated.mov", tmp_path, frames="0-20")
    assert stream(probe(path))["nb_read_frames"] == "21"
    assert stream(probe(path))["side_data_list"][0]["rotation"] in (90, -90, 270, -270)


def test_xavc_needs_its_first_key_frame(shared_data: Path, tmp_path: Path) -> None:
    """A clip that begins inside a group is told where it can be cut."""
    with pytest.raises(UnsupportedMedia, match="the first is frame 2"):
        trimmed(shared_data, "SonyXAVC_LongGOP.mxf", tmp_path, frames="0-4", snap=True)
    path, receipt = trimmed(shared_data, "SonyXAVC_LongGOP.mxf", tmp_path, frames="2-4")
    assert receipt.report["leading_pictures_kept"] == 2
    assert timecode(probe(path)) == "08:00:37:07"


@pytest.mark.parametrize(
    "name", ["cfhd_444.avi", "Sony_ILCE-7M3_A7M3_.mts", "hdr10tags-both.mkv", "audio1.mxf"]
)
def test_what_is_not_cut(shared_data: Path, tmp_path: Path, name: str) -> None:
    """Other containers, and sound alone, end in one sentence."""
    with pytest.raises(UnsupportedMedia):
        trimmed(shared_data, name, tmp_path)


def test_bad_files_end_in_a_sentence(shared_data: Path, tmp_path: Path) -> None:
    """Fuzzed and empty containers give errors of the contract, no crash and no output."""
    for path in sorted((shared_data / "video_bad").iterdir()):
        with pytest.raises(RushesError) as error:
            rushes.trim(input=f"file://{path}", output=f"file://{tmp_path}/out/")
        assert error.value.code in ("damaged_source", "unsupported_media", "invalid_request")
    assert not (tmp_path / "out").exists() or not any((tmp_path / "out").glob("*.m*"))


def test_dpx_is_copied(shared_data: Path, tmp_path: Path) -> None:
    """A single still is copied under its name."""
    path, _ = trimmed(shared_data, "cyan.dpx", tmp_path)
    assert path.read_bytes() == (shared_data / "video" / "cyan.dpx").read_bytes()


def test_a_range_outside_names_the_clip(shared_data: Path, tmp_path: Path) -> None:
    """Frames past the end are refused with the clip's own range."""
    with pytest.raises(InvalidRequest, match="own 0-4"):
        trimmed(shared_data, "Meridian-Apple_ProResProxy-HDR10.mxf", tmp_path, frames="3-9")
