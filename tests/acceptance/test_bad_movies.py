"""Movies that cannot be trusted end in one error of every operation on movies, never in a frame."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import rushes
from functions.contract.errors import DamagedSource, RushesError, UnsupportedMedia

BAD = (
    "video_bad/MXF.mxf", "video_bad/QuickTime.mov", "video_bad/issue_2340_poc.mp4",
    "video_bad/issue_2366_poc.mp4", "video_bad/issue_2377_poc.mp4",
    "video_bad/issue_ghsa_fgw8_p7pr_37cp_poc.mov", "video/mov-3elist-encrypted.mov",
    "video/audio1.mxf", "video_imf/PhotonApp5Test/reel1.mxf",
)  # fmt: skip
ASKED: dict[str, tuple[str, dict[str, Any]]] = {
    "transcode": ("transcode", {"codec": "h264", "source": "rec709"}),
    "deliver-frames": ("deliver", {"profile": "rec709-dpx", "source": "rec709"}),
    "deliver-movie": ("deliver", {"profile": "prores-422-hq", "source": "rec709", "slate": 2}),
    "trim": ("trim", {"frames": "0-1"}),
}


def left(folder: Path) -> list[str]:
    return [p.name for p in folder.rglob("*") if p.is_file() and p.suffix != ".json"]


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("asked", ASKED)
def test_nothing_is_made_of_a_bad_movie(
    shared_data: Path, tmp_path: Path, asked: str, name: str
) -> None:
    """Exit 11 or 12, a sentence that names the file, and no file."""
    operation, fields = ASKED[asked]
    with pytest.raises((DamagedSource, UnsupportedMedia)) as raised:
        rushes.call(operation, input=str(shared_data / name), output=str(tmp_path), **fields)
    assert "Traceback" not in raised.value.detail and len(raised.value.detail) < 300
    assert not left(tmp_path)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_movie_is_no_part(shared_data: Path, tmp_path: Path, name: str) -> None:
    """stitch takes none of them, alone or as one of several."""
    uri = (shared_data / name).as_uri()
    for parts in ([uri], [uri, uri]):
        with pytest.raises((DamagedSource, UnsupportedMedia)):
            rushes.call("stitch", parts=parts, output=str(tmp_path), name="m")
    assert not left(tmp_path)


@pytest.mark.parametrize("asked", ASKED)
def test_a_movie_cut_short_is_made_up_to_no_end(
    shared_data: Path, tmp_path: Path, asked: str
) -> None:
    """Asked for frames that are missing, no movie is left; a master's frames before them stand."""
    operation, fields = ASKED[asked]
    clip = shared_data / "video" / "displaymatrix_truncated.mov"
    with pytest.raises(RushesError) as raised:
        rushes.call(
            operation, input=str(clip), output=str(tmp_path), **{**fields, "frames": "24-40"}
        )
    assert isinstance(raised.value, DamagedSource) and "truncated" in raised.value.detail
    assert all(name.endswith(".dpx") and int(name[-10:-4]) < 32 for name in left(tmp_path))
