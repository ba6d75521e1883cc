"""What ships beside the frames, and what a second pull under the same name may do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest

import rushes
from functions.contract.errors import DamagedSource, OutputConflict
from functions.sidecars.amf.read import check_amf
from functions.sidecars.cdl.read import read_cdls
from functions.sidecars.fdl.read import choose, read_fdl
from tests.media.dngs import LONG, write_dng
from tests.picture.test_framing import blobs
from tests.plate.takes import files, plate, write_take
from tests.seal.reference_tool import ascmhl

BASE = "ABC_010_PL01_v001"
CUBE = "LUT_3D_SIZE 2\n" + "\n".join(f"{r} {g} {b}" for b in (0, 1) for g in (0, 1) for r in (0, 1))


@pytest.fixture
def take(tmp_path: Path) -> Path:
    return write_take(tmp_path)


@pytest.mark.parametrize(
    "fields",
    [
        {"frames": "103-108"},
        {"frames": "104-106", "handles": 2},
        {"frames": "104-106", "width": 12},
        {"frames": "104-107", "numbering": "clip"},
    ],
)
def test_another_pull_under_one_name_adds_nothing(
    take: Path, tmp_path: Path, fields: dict[str, Any]
) -> None:
    """A wider range, another size, other numbers: the conflict is told before a frame is
    written, so no package holds frames of two pulls."""
    plate(take, tmp_path / "out", frames="104-106")
    before = files(tmp_path / "out")
    with pytest.raises(OutputConflict):
        plate(take, tmp_path / "out", **fields)
    assert files(tmp_path / "out") == before


def test_of_two_pulls_at_once_one_is_whole(take: Path, tmp_path: Path) -> None:
    """Two workers pull other frames under one name at the same time: one package stands, of
    one of them, and the other is told."""

    def pull(frames: str) -> bool:
        try:
            plate(take, tmp_path / "out", frames=frames)
        except OutputConflict:
            return False
        return True

    ranges = ("104-109", "105-110")
    with ThreadPoolExecutor(2) as pool:
        won = list(pool.map(pull, ranges))
    assert sorted(won) == [False, True]
    plate(take, tmp_path / "alone", frames=ranges[won.index(True)])
    assert files(tmp_path / "out") == files(tmp_path / "alone")


@pytest.mark.parametrize("package", [False, True])
def test_a_conflict_names_the_next_free_version(take: Path, tmp_path: Path, package: bool) -> None:
    """Above all versions of this plate that stand, whether the output is the package or holds
    it; those of other plates do not count."""
    for name in ("ABC_010_PL01_v007", "ABC_010_PL02_v009", "ABC_011_PL01_v011"):
        (tmp_path / "out" / name).mkdir(parents=True)
    output = tmp_path / "out" / BASE if package else tmp_path / "out"
    plate(take, output, frames="104")
    with pytest.raises(OutputConflict, match="say version 8"):
        plate(take, output, frames="105")
    plate(take, tmp_path / "out", frames="105", version=8)


def test_a_plate_that_nobody_corrected_has_a_neutral_cdl(take: Path, tmp_path: Path) -> None:
    """`.cc` and `.cdl` are in every package; without a correction they change nothing."""
    plate(take, tmp_path, frames="104")
    for suffix in ("cc", "cdl"):
        data = (tmp_path / BASE / f"{BASE}.{suffix}").read_bytes()
        (cdl,) = read_cdls(data, name=suffix).values()
        assert cdl.is_identity


def test_looks_are_called_legally_in_the_package(take: Path, tmp_path: Path) -> None:
    """A look with spaces, brackets and accents in its name ships under a legal one, which
    the AMF names, with the hash of its content; lint has nothing to say about names."""
    looks = []
    for name in ("my look (v1) \u00e9.cube", "my look [v1] \u00e8.cube", f"{BASE}.mov.cube"):
        looks.append(tmp_path / name)
        looks[-1].write_text(CUBE + f"\n# {name}\n")
    plate(take, tmp_path / "out", frames="104", looks=[str(each) for each in looks])
    package = tmp_path / "out" / BASE
    names = sorted(p.name for p in package.glob("*.cube"))
    assert names == [f"{BASE}.mov.cube", "my_look_v1_-2.cube", "my_look_v1_.cube"]
    checked = check_amf(
        (package / f"{BASE}.amf").read_bytes(),
        file_content=lambda name: (package / name).read_bytes(),
    )
    assert checked.amf is not None
    assert [f for f in checked.findings if f.severity == "error"] == []
    named = [
        step.reference.file for step in checked.amf.steps if step.stage == "look" and step.reference
    ]
    assert sorted(str(each) for each in named) == names
    assert (package / str(named[0])).read_bytes() == looks[0].read_bytes()
    report = rushes.call("lint", input=str(package)).report
    assert report is not None
    assert report["counts"]["error"] == 0
    ascmhl("verify", package)


def test_the_golden_canvas_through_plate(tmp_path: Path, shared_data: Path) -> None:
    """4448x3096 framed 4004x2252 and made 3840 wide: a plate of 4266x2970 in the folder of
    that name whose FDL frames 3840 by 2159.76 of it; UHD wide, so nothing is flagged."""
    image, _ = blobs(4448, 3096)
    take = tmp_path / "A001"
    take.mkdir()
    cfa = np.round(1000 + image * 60000).astype(np.uint16)
    tags = {50714: (LONG, 1000), 50717: (LONG, 65000)}
    (take / "A001_0001.dng").write_bytes(write_dng(cfa, 16, tags=tags))
    fdl = shared_data / "fdl/Original_Source_Files/B_4448x3096_1x_FramingChart.fdl"
    receipt = plate(
        take,
        tmp_path / "out",
        fdl=str(fdl),
        width=3840,
        start=1001,
        method="fast",
        proxy=True,
        compression="none",
    )
    package = tmp_path / "out" / BASE
    header = OpenEXR.File(
        str(package / "4266x2970" / f"{BASE}.1001.exr"), header_only=True
    ).header()
    assert header["dataWindow"][1].tolist() == header["displayWindow"][1].tolist() == [4265, 2969]
    assert header["acesImageContainerFlag"] == 1
    layers = choose(read_fdl((package / f"{BASE}.fdl").read_bytes()), size=(4266, 2970)).layers
    framing = (layers.framing.width, layers.framing.height)
    assert framing == pytest.approx((3840, 2252 * 3840 / 4004), abs=1e-6)
    assert receipt.report is not None
    assert receipt.report["notes"] == []
    report = rushes.call("lint", input=str(package)).report
    assert report is not None
    assert report["findings"] == []


def test_a_clip_that_gives_no_frame_leaves_nothing(take: Path, tmp_path: Path) -> None:
    """A first frame that is damaged is an error before anything stands under the plate's name."""
    first = take / "A001.000104.dng"
    first.write_bytes(first.read_bytes()[:-400])
    with pytest.raises(DamagedSource):
        plate(take, tmp_path / "out", frames="104")
    assert files(tmp_path / "out") == {}
    plate(take, tmp_path / "out", frames="105")


def movie(path: Path, frames: int, rate: Fraction, timecode: str, **fields: Any) -> Path:
    """A ProRes of grey steps with a start timecode, by FFmpeg."""
    import av

    with av.open(str(path), "w") as out:
        stream = out.add_stream("prores_ks", rate=rate, options={"profile": "2"})
        stream.width, stream.height, stream.pix_fmt = 64, 32, "yuv422p10le"
        stream.metadata["timecode"] = timecode
        context = stream.codec_context
        context.color_primaries, context.color_trc, context.colorspace = 1, 1, 1
        for number in range(frames):
            shade = np.full((32, 64, 3), 40 + number * 4, np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(shade, format="rgb24")))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("rate", "timecode", "cut", "shown_first", "numbers"),
    [
        # An hour of drop frame is 107 892 frames, not 108 000; ;00 and ;01 are no labels.
        (
            Fraction(30000, 1001),
            "00:59:59;28",
            "00:59:59;29-01:00:00;00",
            "00:59:59;28",
            (107891, 107892),
        ),
        (
            Fraction(30000, 1001),
            "00:00:59;28",
            "00:00:59;29-00:01:00;02",
            "00:00:59;28",
            (1799, 1800),
        ),
        (
            Fraction(24000, 1001),
            "00:59:59:22",
            "00:59:59:23-01:00:00:00",
            "00:59:59:22",
            (86399, 86400),
        ),
        (Fraction(25), "10:00:00:00", "10:00:00:02-10:00:00:03", "10:00:00:01", (900002, 900003)),
    ],
)
def test_numbers_count_the_frames_since_midnight(
    tmp_path: Path,
    rate: Fraction,
    timecode: str,
    cut: str,
    shown_first: str,
    numbers: tuple[int, int],
) -> None:
    """Of a movie with drop-frame and with plain timecode; each header has its own label, and
    the viewing movie starts with the first handle's."""
    import av

    clip = movie(tmp_path / "A001.mov", 6, rate, timecode)
    plate(clip, tmp_path / "out", frames=cut, handles=1, proxy=True)
    found = sorted((tmp_path / "out").rglob("*.exr"))
    first, last = numbers[0] - 1, numbers[1] + 1
    assert [int(p.name.split(".")[1]) for p in found] == list(range(first, last + 1))
    header = OpenEXR.File(str(found[1]), header_only=True).header()
    said = header["timeCode"]
    label = ";" if ";" in timecode else ":"
    text = f"{said.hours:02d}:{said.minutes:02d}:{said.seconds:02d}{label}{said.frame:02d}"
    assert text == cut.partition("-")[0]
    assert bool(said.dropFrame) == (";" in timecode)
    with av.open(str(tmp_path / "out" / BASE / f"{BASE}.mov")) as shown:
        stream = shown.streams.video[0]
        assert (stream.frames, stream.average_rate) == (4, rate)
        assert stream.metadata["timecode"] == shown_first
