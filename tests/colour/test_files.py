"""Look files: legal ones do what OpenColorIO does with them, others end in a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from functions.colour.chain.build import build_chain
from functions.colour.ocio.look_files import file_transforms
from functions.contract.errors import InvalidRequest, SourceNotFound
from tests.colour import truth

ROOT = Path(__file__).resolve().parents[3] / "shared" / "data" / "colour"
CLFS = sorted([*ROOT.glob("clf/*.clf"), *ROOT.glob("aces_clf/*.clf")])
# One that is not named so: the library reads index maps of two entries only.
ILLEGAL = [one for one in CLFS if one.name.startswith("illegal") or "indexMap_test4" in one.name]
LEGAL = [one for one in CLFS if one not in ILLEGAL]
OTHERS = sorted([*ROOT.glob("lut/*"), *ROOT.glob("cdl/*")])


def ids(files: list[Path]) -> list[str]:
    return [one.name for one in files]


def library_reads(file: Path, *, cdl: bool = False) -> truth.Run:
    """The file by OpenColorIO from the disk."""
    transform = truth.ocio.FileTransform(str(file), interpolation=truth.ocio.INTERP_BEST)
    if cdl:
        transform.setCDLStyle(truth.ocio.CDL_NO_CLAMP)
    return truth.run(truth.ocio.Config.CreateRaw().getProcessor(transform))


def light() -> np.ndarray[Any, np.dtype[np.float32]]:
    """Colours from far below 0.0 to far above 1.0."""
    rng = np.random.default_rng(9)
    parts = [rng.uniform(0, 1, (3000, 3)), rng.uniform(-0.5, 2, (1000, 3)),
             np.exp2(rng.uniform(-10, 8, (1000, 3)))]  # fmt: skip
    return np.concatenate(parts).astype(np.float32)


@pytest.mark.parametrize("file", LEGAL, ids=ids(LEGAL))
def test_legal_clf(file: Path) -> None:
    """A legal CLF as a look gives what the library gives, within two steps of a half."""
    chain = build_chain(
        "aces", None, "aces", looks=[file.name], files={file.name: file.read_bytes()}
    )
    rgb = light()
    wanted, slack = library_reads(file)(rgb), truth.unsure(library_reads(file), rgb)
    made = chain.apply(np.ascontiguousarray(rgb[None]))[0]
    told = np.isfinite(wanted).all(-1) & (np.abs(wanted).max(-1) < 60000)
    assert told.mean() > 0.5
    assert truth.half_units(made[told], wanted[told], slack[told]) <= 2.0


@pytest.mark.parametrize("file", ILLEGAL, ids=ids(ILLEGAL))
def test_illegal_clf(file: Path) -> None:
    """An illegal CLF is refused with one sentence that names the file and no folder."""
    with pytest.raises(InvalidRequest) as raised:
        build_chain("aces", None, "aces", looks=[file.name], files={file.name: file.read_bytes()})
    said = str(raised.value)
    assert file.name in said and len(said) < 300 and "\n" not in said
    assert str(ROOT) not in said and len(said) > len(file.name) + 30


@pytest.mark.parametrize("file", OTHERS, ids=ids(OTHERS))
def test_other_formats(file: Path) -> None:
    """Tables and CDL files work in the look space, and give what the library gives there."""
    is_cdl = file.suffix in (".cc", ".ccc", ".cdl")
    chain = build_chain("aces", None, "aces", looks=[file.name],
                        files={file.name: file.read_bytes()})  # fmt: skip
    rgb = light()
    inside = truth.run(truth.config("2").getProcessor("ACES2065-1", "ACEScct"))(rgb)
    wanted = truth.to_aces("ACEScct")(library_reads(file, cdl=is_cdl)(inside))
    made = chain.apply(np.ascontiguousarray(rgb[None]))[0]
    told = np.abs(wanted).max(-1) < 60000
    assert truth.half_units(made[told], wanted[told]) <= 2.0
    assert dict(chain.assumed)["look_space"] == "acescct"
    assert "ACEScct" in chain.lines[0].text


def test_look_space() -> None:
    """A table works where the request says that it works."""
    cube = b"LUT_1D_SIZE 2\n0 0 0\n0.5 0.5 0.5\n"
    chain = build_chain("aces", None, "aces", looks=["half.cube"], files={"half.cube": cube},
                        look_space="acescg")  # fmt: skip
    grey = np.full((1, 4, 3), 0.5, np.float32)
    assert np.allclose(chain.apply(grey), 0.25, rtol=1e-4)


def test_collection_by_id() -> None:
    """Of a collection the CDL that is named is taken, and an unknown id is an error."""
    collection = b"""<ColorCorrectionCollection xmlns="urn:ASC:CDL:v1.01">
      <ColorCorrection id="one"><SOPNode><Slope>2 2 2</Slope><Offset>0 0 0</Offset>
        <Power>1 1 1</Power></SOPNode></ColorCorrection>
      <ColorCorrection id="two"><SOPNode><Slope>3 3 3</Slope><Offset>0 0 0</Offset>
        <Power>1 1 1</Power></SOPNode></ColorCorrection></ColorCorrectionCollection>"""
    files = {"show.ccc": collection}
    grey = np.full((1, 4, 3), 0.18, np.float32)
    chain = build_chain("aces", None, "aces", looks=["show.ccc#two"], files=files,
                        look_space="aces")  # fmt: skip
    assert np.allclose(chain.apply(grey), 0.54, rtol=1e-4)
    with pytest.raises(InvalidRequest, match="three"):
        build_chain("aces", None, "aces", looks=["show.ccc#three"], files=files)


def test_same_name_other_content() -> None:
    """Two jobs whose look files are named alike each get their own."""
    grey = np.full((1, 4, 3), 0.5, np.float32)
    for top in (0.5, 0.25):
        cube = f"LUT_1D_SIZE 2\n0 0 0\n{top} {top} {top}\n".encode()
        chain = build_chain("aces", None, "aces", looks=["look.cube"], files={"look.cube": cube},
                            look_space="aces")  # fmt: skip
        assert np.allclose(chain.apply(grey), 0.5 * top, rtol=1e-4)


def test_names_in_sidecars() -> None:
    """A file is found by the percent-encoded name that a sidecar writes, with ./ or without."""
    cube = b"LUT_1D_SIZE 2\n0 0 0\n1 1 1\n"
    assert file_transforms("./my%20look.cube", {"my look.cube": cube})
    with pytest.raises(SourceNotFound, match="other"):
        file_transforms("other.cube", {"my look.cube": cube})


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("look.cube", b""),
        ("look.cube", b"LUT_3D_SIZE 3\n0 0 0\n"),
        ("look.3dl", b"\x00\x01\x02"),
        ("look.clf", b"<!DOCTYPE x [<!ENTITY a 'b'>]><ProcessList/>"),
        ("look.cc", b"<ColorCorrection"),
        ("look.xyz", b"hello"),
    ],
)
def test_broken_files(name: str, data: bytes) -> None:
    """A file that is none of its kind is refused with a sentence that names it."""
    with pytest.raises(InvalidRequest, match=name):
        build_chain("aces", None, "aces", looks=[name], files={name: data})
