"""Y'CbCr in MXF is described as such: what FFmpeg calls R'G'B' is told right, nothing moves."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from functions.media.containers.klv import Reader, is_essence, is_fill
from functions.media.write import movie as movie_out
from functions.media.write.codec_profiles import PROFILES, Container
from functions.media.write.movie import MovieSpec, MovieWriter
from functions.media.write.mxf_descriptor import describe_as_yuv
from tests.media.other_reader import probe, stream

RGBA, CDCI = (bytes.fromhex(f"060e2b34025301010d010101010{kind}00") for kind in ("129", "128"))
PRIMER = bytes.fromhex("060e2b34020501010d01020101050100")


def write(path: Path, container: Container = "mxf", codec: str = "dnxhr-444") -> Path:
    spec = MovieSpec(
        container=container, rate=Fraction(24), profile=PROFILES[codec], width=256, height=128,
        primaries="bt709", transfer="bt709",
    )  # fmt: skip
    with MovieWriter(path, spec) as movie:
        for number in range(2):
            movie.picture(np.full((3, 128, 256), 20000 * number + 9000, np.uint16))
    return path


def raw(path: Path, monkeypatch: pytest.MonkeyPatch, container: Container = "mxf") -> Path:
    """The file as FFmpeg leaves it."""
    with monkeypatch.context() as patch:
        patch.setattr(movie_out, "describe_as_yuv", lambda *_: None)
        return write(path, container)


def triplets(content: bytes) -> list[tuple[bytes, int, bytes]]:
    found = Reader(io.BytesIO(content), len(content)).walk(0, len(content))
    return [(one.key, one.at, content[one.value : one.end]) for one in found]


@pytest.mark.parametrize("container", ["mxf", "mxf-opatom"])
def test_levels_are_told(tmp_path: Path, container: Container) -> None:
    """ffprobe finds narrow range, and exiftool depth, subsampling and reference levels."""
    path = write(tmp_path / "a.mxf", container)
    found = probe(path)
    assert found["said"] == "" and stream(found)["nb_read_frames"] == "2"
    assert (stream(found)["color_range"], stream(found)["pix_fmt"]) == ("tv", "yuv444p10le")
    if shutil.which("exiftool") is None:
        pytest.skip("no exiftool here")
    words = ["exiftool", "-j", "-n", str(path)]
    told = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)[0]
    assert told["ComponentDepth"] == 10 and told["HorizontalSubsampling"] == 1
    assert (told["BlackReferenceLevel"], told["WhiteReferenceLevel"]) == (64, 940)
    assert told["ColorRangeLevels"] == 897
    assert not {"PixelLayout", "ComponentMinRef", "ComponentMaxRef"} & told.keys()


def test_nothing_else_moves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every triplet but sets behind the descriptor, primer and filler stands where it stood."""
    before = raw(tmp_path / "raw.mxf", monkeypatch).read_bytes()
    after = write(tmp_path / "a.mxf").read_bytes()
    assert RGBA in before and RGBA not in after and CDCI in after
    assert len(before) == len(after)
    old, new = triplets(before), triplets(after)
    assert [key for key, _, _ in new] == [CDCI if key == RGBA else key for key, _, _ in old]
    for (key, at, value), (_, place, other) in zip(old, new, strict=True):
        if key not in (RGBA, PRIMER) and not is_fill(key):
            assert value == other
        if key[8:13] != RGBA[8:13] and not is_fill(key):
            assert at == place, key.hex()
    first = next(at for key, at, _ in old if is_essence(key))
    assert before[first:] == after[first:]


def test_every_tag_has_a_name(tmp_path: Path) -> None:
    """The primer names each local tag of the descriptor, as in a file that FFmpeg describes so."""
    other = dict(_primer(write(tmp_path / "b.mxf", codec="dnxhr-hqx").read_bytes()))
    content = write(tmp_path / "a.mxf").read_bytes()
    names = dict(_primer(content))
    (body,) = (value for key, _, value in triplets(content) if key == CDCI)
    at = 0
    while at < len(body):
        tag = body[at : at + 2]
        assert names[tag] == other.get(tag, names[tag]), tag.hex()
        at += 4 + int.from_bytes(body[at + 2 : at + 4], "big")
    assert at == len(body)


def _primer(content: bytes) -> list[tuple[bytes, bytes]]:
    (table,) = (value for key, _, value in triplets(content) if key == PRIMER)
    return [(table[at : at + 2], table[at + 2 : at + 18]) for at in range(8, len(table), 18)]


def test_metadata_without_a_filler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the metadata ends at its last set, room is made for a filler and no byte moves."""
    content = raw(tmp_path / "raw.mxf", monkeypatch).read_bytes()
    sets = [place for place, (key, _, _) in enumerate(triplets(content)) if key[:13] == RGBA[:13]]
    (_, at, _), (_, stop, _) = triplets(content)[sets[-1] + 1 : sets[-1] + 3]
    path = tmp_path / "bare.mxf"
    path.write_bytes(content[:at] + content[stop:])
    describe_as_yuv(path, 10)
    found = path.read_bytes()
    assert len(found) == len(content) - (stop - at) and found[at:] == content[stop:]
    assert CDCI in found and triplets(found)[-1][2] == triplets(content)[-1][2]


def test_what_is_described_right_stays(tmp_path: Path) -> None:
    """A file without an R'G'B' descriptor is not touched."""
    path = write(tmp_path / "a.mxf", codec="dnxhr-hqx")
    content = path.read_bytes()
    describe_as_yuv(path, 10)
    assert path.read_bytes() == content
