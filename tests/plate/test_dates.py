"""Dates of what is written: the request's, the camera's, the file's own; never a clock."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import av
import numpy as np
import OpenEXR
import OpenImageIO
import pytest

import rushes
from functions.contract.errors import InvalidRequest
from functions.picture.dates import date_in
from functions.sidecars.amf.read import read_amf
from tests.media.movies import movie


def dated_movie(folder: Path, date: str | None = "2024-05-06T07:08:09Z") -> Path:
    """A clip whose header has such a date."""
    path = folder / "A001.mov"
    plain = folder / "plain.mov"
    plain.write_bytes(movie(3, timecode="10:00:00:00"))
    said = ["-metadata", f"creation_time={date}"] if date else ["-map_metadata", "-1"]
    subprocess.run(["ffmpeg", "-v", "error", "-i", plain, "-c", "copy", *said, path], check=True)
    return path


def plate(clip: Path, out: Path, **fields: Any) -> tuple[Any, Path]:
    """Receipt and the package's folder."""
    receipt = rushes.plate(
        input=str(clip), output=str(out), shot="ABC_010", source="rec709", proxy=False, **fields
    )
    return receipt, out / "ABC_010_PL01_v001"


def told_by(package: Path) -> tuple[str, str]:
    """Date of the seal, and of the AMF."""
    (mhl,) = package.glob("ascmhl/*.mhl")
    (amf,) = package.glob("*.amf")
    text = mhl.read_text()
    at = text.index("<creationdate>") + 14
    info = read_amf(amf.read_bytes()).info
    return text[at : text.index("<", at)], info.created


def test_a_movies_own_date_is_that_of_seal_and_amf(tmp_path: Path) -> None:
    """Not 1970, the same on every day, and told; a request's date comes first."""
    clip = dated_movie(tmp_path)
    receipt, package = plate(clip, tmp_path / "o")
    assert told_by(package) == ("2024-05-06T07:08:09+00:00", "2024-05-06T07:08:09Z")
    assert receipt.assumed["date"] == "2024-05-06T07:08:09+00:00: the file's"
    _, package = plate(clip, tmp_path / "p", date="2025-01-02T03:04:05+02:00")
    assert told_by(package)[0] == "2025-01-02T01:04:05+00:00"


def test_without_any_date_it_is_said(tmp_path: Path) -> None:
    """1970 stands where nobody says one, and the receipt says so."""
    receipt, package = plate(dated_movie(tmp_path, None), tmp_path / "o")
    assert told_by(package)[0] == "1970-01-01T00:00:00+00:00"
    assert "neither request, camera nor file" in receipt.assumed["date"]


@pytest.mark.parametrize("kind", ["exr", "dpx", "tif"])
def test_a_stills_own_date(kind: str, tmp_path: Path) -> None:
    """`capDate` of an EXR, the header's of a DPX, DateTime of a TIFF."""
    path = tmp_path / f"A001.0001.{kind}"
    pixels = np.full((16, 24, 3), 0.25, np.float32)
    if kind == "exr":
        header = {"capDate": "2024:05:06 07:08:09", "type": OpenEXR.scanlineimage}
        OpenEXR.File(header, {"RGB": pixels.astype(np.float16)}).write(str(path))
    else:
        image = OpenImageIO.ImageBuf(OpenImageIO.ImageSpec(24, 16, 3, "uint16"))
        image.specmod().attribute("DateTime", "2024:05:06 07:08:09")
        image.set_pixels(OpenImageIO.ROI(), pixels)
        assert image.write(str(path))
    _, package = plate(path, tmp_path / "o")
    assert told_by(package) == ("2024-05-06T07:08:09+00:00", "2024-05-06T07:08:09Z")


@pytest.mark.parametrize("container", ["mov", "mxf"])
def test_a_movie_is_dated_as_asked(container: str, tmp_path: Path) -> None:
    """The request's date or the file's is in the header, to FFmpeg and exiftool; else none is."""
    clip = dated_movie(tmp_path)
    found = {}
    for date in (None, "file", "2025-01-02T03:04:05Z"):
        out = tmp_path / str(date).replace(":", "")
        fields: Any = {} if date is None else {"date": date}
        rushes.transcode(input=str(clip), output=str(out), source="rec709", codec="prores-proxy",
                         container=container, **fields)  # fmt: skip
        with av.open(str(out / f"A001.{container}")) as file:
            said = file.metadata.get("creation_time") or file.metadata.get("modification_date")
        found[date] = (said or "")[:19]
    assert found["file"] == "2024-05-06T07:08:09"
    assert found["2025-01-02T03:04:05Z"] == "2025-01-02T03:04:05"
    assert found[None][:4] in ("", "0000", "-001")


def test_dates_that_are_none_are_refused(tmp_path: Path) -> None:
    """Words, and a file's date where the file has none."""
    clip = dated_movie(tmp_path, None)
    for date, words in (("yesterday", "is not as 2026"), ("file", "says no date of its own")):
        with pytest.raises(InvalidRequest, match=words):
            rushes.transcode(
                input=str(clip), output=str(tmp_path / "o"), source="rec709", date=date
            )
    assert date_in("1904-01-01T00:00:00Z") is None
    assert str(date_in("2026:01:31 09:15:00")) == "2026-01-31 09:15:00+00:00"
