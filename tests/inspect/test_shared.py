"""inspect over every shared clip: what is wrong is named, and nothing else than the contract's
errors comes out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from functions.contract.errors import RushesError
from functions.storage import open_store
from tests.inspect.unit import codes, inspected

FINDINGS = {
    "raw/M19-0333-cut.MLV": {"frame-count-mismatch"},
    "raw/gopro_hero6_vc5.GPR": {"not-applied"},
    "raw/gopro_fusion_back_vc5.GPR": {"not-applied"},
    "raw/phantom_chart1_2048x1080_gbrg.cine": {"not-applied"},
    "raw/phantom_legacy_128x128_mono16_97f.cine": set(),
    "raw_bad/DNG.dng": {"truncated"},
    "raw_bad/IMG_1361_truncated_proraw.dng": {"truncated", "not-applied"},
    "raw_bad/Issue_247-1.nef": {"no-raw"},
    "raw_bad/Issue_247-2.nef": {"no-raw"},
    "raw_bad/Panasonic.rw2": {"truncated"},
    # Its codec says full range, its descriptor video levels.
    "video/SonyXAVC_LongGOP.mxf": {"frame-count-mismatch", "damaged-frame", "not-applied"},
    "video/audio1.mxf": {"no-pictures"},
    "video/displaymatrix_truncated.mov": {
        "truncated",
        "frame-count-mismatch",
        "damaged-frame",
        "rotated",
        "vfr",
    },
    "video/empty_edit_5s.mp4": {"empty-edit"},
    "video/mov-3elist-encrypted.mov": {"encrypted"},
    "video/mov-3elist.mov": set(),
    "video/truncated_133445_frames_in24.mp4": {"header-only", "timecode-odd"},
    "video/with-gps.mov": {"rotated"},
    "raw_bad/Red.r3d": {"unsupported-codec"},
    "video_bad/MXF.mxf": {"header-only"},
    "video_bad/QuickTime.mov": {"header-only"},
}
ERRORS = {
    "raw_bad/CanonRaw.cr2": "unsupported_media",
    "raw_bad/CanonRaw.cr3": "damaged_source",
    "raw_bad/FujiFilm.raf": "damaged_source",
    "raw_bad/Nikon.nef": "damaged_source",
    "video_bad/issue_2340_poc.mp4": "damaged_source",
    "video_imf/PhotonApp5Test/reel1.mxf": "unsupported_media",
}


def report_of(folder: Path, name: str, **fields: Any) -> dict[str, Any]:
    store = open_store(("file:///",), None)
    return inspected(store, f"file://{folder.resolve() / name}", **fields)[0]


@pytest.mark.parametrize("name", FINDINGS)
def test_findings(shared_data: Path, name: str) -> None:
    """Exactly what is wrong or odd with each file is found."""
    assert codes(report_of(shared_data, name)) == FINDINGS[name]


@pytest.mark.parametrize("name", ERRORS)
def test_errors(shared_data: Path, name: str) -> None:
    """What cannot be opened ends with the contract's error and its code."""
    with pytest.raises(RushesError) as caught:
        report_of(shared_data, name)
    assert caught.value.code == ERRORS[name]


def test_high_dynamic_range_tags(shared_data: Path) -> None:
    """Transfer, mastering display and light levels of an HDR10 movie."""
    colour = report_of(shared_data, "video/hdr10tags-both.mkv")["colour"]
    assert (colour["primaries"], colour["transfer"], colour["matrix"]) == (
        "bt2020",
        "smpte2084",
        "bt2020nc",
    )
    assert colour["mastering"]["max_nits"] == 1000 and colour["mastering"]["min_nits"] == 0.001
    assert colour["mastering"]["red"] == [0.708, 0.29198]
    assert colour["content_light"] == {"max_cll": 1000, "max_fall": 300}


def test_dolby_vision_and_rotation(shared_data: Path) -> None:
    """A telephone's movie: profile 8.4, turned by 90 degrees, sound, and the camera's name."""
    report = report_of(shared_data, "video/iphone_dv84_hevc10.mov")
    assert report["colour"]["dolby_vision"] == "8.4"
    assert report["picture"]["rotation"] == 90
    assert (report["audio"][0]["codec"], report["audio"][0]["rate"]) == ("aac", 44100)
    assert report["camera"]["model"] == "iPhone 12 mini"


def test_sound_and_reel(shared_data: Path) -> None:
    """Channels and samples of sound, and the tape's name in an Avid file."""
    report = report_of(shared_data, "video/Sony-00001_imx_d10.mxf")
    assert (report["audio"][0]["channels"], report["audio"][0]["samples"]) == (8, 7680)
    assert report["picture"]["interlaced"] is True
    report = report_of(shared_data, "video/dnxhr_lb_opatom_track_01_v02.mxf")
    assert report["reel"] == "Example tape"


def test_every_shared_clip_ends_well(shared_data: Path) -> None:
    """Each file of the bad folders is reported or refused: no other exception, no empty word."""
    for path in sorted(
        (*(shared_data / "raw_bad").iterdir(), *(shared_data / "video_bad").iterdir())
    ):
        try:
            report = report_of(shared_data, str(path.relative_to(shared_data)), output="file:///o/")
        except RushesError as error:
            assert error.detail and error.code in ("damaged_source", "unsupported_media")
        else:
            assert {f["severity"] for f in report["findings"]} >= {"error"}, path.name
