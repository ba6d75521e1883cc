"""Tables as text: what writers of the field write is read, and what is odd is refused by name."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from functions.colour.ocio.look_files import file_transforms
from functions.contract.errors import InvalidRequest
from tests.colour import truth

RGB = np.array([[0.1, 0.5, 0.9], [0.0, 1.0, 0.3]], np.float32)
MIX = np.array([[0.5, 0.3, 0.0], [0.0, 0.7, 0.2], [0.1, 0.0, 0.8]])


def cube_rows(size: int, high: float = 1.0) -> str:
    """A cube that does the matrix MIX over 0 to `high`; linear, so that no interpolation errs."""
    steps = np.linspace(0, high, size)
    rows = [MIX @ (r, g, b) for b in steps for g in steps for r in steps]
    return "".join(" ".join(f"{v:.9f}" for v in row) + "\n" for row in rows)


def through(name: str, text: str | bytes) -> npt.NDArray[np.floating]:
    """RGB through the file."""
    data = text if isinstance(text, bytes) else text.encode()
    return np.asarray(truth.of_transforms(*file_transforms(name, {name: data}))(RGB))


SHAPER = "LUT_1D_SIZE 3\nLUT_1D_INPUT_RANGE 0 2\nLUT_3D_SIZE 3\n0 0 0\n.5 .5 .5\n1 1 1\n"


@pytest.mark.parametrize(
    "text",
    [
        "LUT_3D_SIZE 3\n" + cube_rows(3),
        'TITLE "a # b"\n# c\n\nLUT_3D_SIZE 3\nDOMAIN_MIN 0 0 0\nDOMAIN_MAX 1 1 1\n' + cube_rows(3),
        "LUT_3D_SIZE 3\nLUT_3D_INPUT_RANGE 0.0 2.0\n" + cube_rows(3, 2.0),
        "LUT_3D_SIZE 3\nDOMAIN_MIN 0 0 0\nDOMAIN_MAX 2 2 2\n" + cube_rows(3, 2.0),
        'TITLE "Resolve"\n' + SHAPER + cube_rows(3, 2.0),
        SHAPER + cube_rows(3, 2.0),
        ("LUT_3D_SIZE 3\n" + cube_rows(3)).replace(".", ","),
        ("LUT_3D_SIZE 3\n" + cube_rows(3)).replace("\n", "\r\n"),
        ("LUT_3D_SIZE 3\n" + cube_rows(3)).replace("\n", "\r"),
        b"\xef\xbb\xbfTITLE \"caf\xe9\"\nLUT_3D_SIZE 3\n" + cube_rows(3).encode(),
    ],
    ids=["plain", "title", "range", "domain", "titled", "shaper", "commas", "crlf", "cr", "bom"],
)  # fmt: skip
def test_cubes_are_read(text: str | bytes) -> None:
    """Adobe's and Resolve's forms, with a title and a shaper too, points or commas."""
    assert np.abs(through("a.cube", text) - RGB @ MIX.T).max() < 1e-6


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("LUT_3D_SIZE 3\nLUT_IN_VIDEO_RANGE\n" + cube_rows(3), "LUT_IN_VIDEO_RANGE"),
        ("LUT_3D_SIZE 3\nLUT_OUT_VIDEO_RANGE\n" + cube_rows(3), "LUT_OUT_VIDEO_RANGE"),
        ("LUT_3D_SIZE 3\nLUT_1D_INPUT_RANGE 0 1\n" + cube_rows(3), "LUT_1D_INPUT_RANGE"),
        ("LUT_3D_SIZE 3\nLUT_WOBBLE 1\n" + cube_rows(3), "LUT_WOBBLE"),
        ("LUT_3D_SIZE 3\nLUT_3D_SIZE 3\n" + cube_rows(3), "twice"),
        ("LUT_3D_SIZE 3\n" + cube_rows(2), "8 rows"),
        ("LUT_3D_SIZE 2\n" + cube_rows(3), "27 rows"),
        ("LUT_3D_SIZE 2\n" + "0 0 inf\n" * 8, "line 2"),
        ("LUT_3D_SIZE 2\n" + "0 0 nan\n" * 8, "line 2"),
        ("LUT_3D_SIZE 2\n" + "0 0 1e39\n" * 8, "line 2"),
        ("LUT_3D_SIZE 2\n" + "0 0 1\n" * 7 + "0 0\n", "line 9"),
        ("LUT_3D_SIZE 2\n" + "0 0 1 0\n" + "0 0\n" + "0 0 1\n" * 6, "line 2"),
        ("LUT_3D_SIZE 2\n" + "0 0 0.5x\n" * 8, "line 2"),
        ("LUT_3D_SIZE 2\n" + "0 0 1.5.5\n" * 8, "line 2"),
        ("LUT_3D_SIZE 2\n" + "0 0 1e\n" * 8, "line 2"),
        ("LUT_3D_SIZE 9999999999\n", "LUT_3D_SIZE"),
        ("LUT_3D_SIZE two\n", "LUT_3D_SIZE"),
        ("LUT_3D_SIZE 2\nDOMAIN_MIN 0 0 0\nDOMAIN_MAX 0 1 1\n" + cube_rows(2), "empty"),
        ("LUT_3D_SIZE 2\nDOMAIN_MAX nan 1 1\n" + cube_rows(2), "DOMAIN_MAX"),
        ("", "neither"),
        ("\x00\x01", "neither"),
    ],
)
def test_what_is_odd_in_a_cube_is_named(text: str, named: str) -> None:
    """A keyword that is not done, a row that is no row and a size that does not fit."""
    with pytest.raises(InvalidRequest, match=named):
        through("a.cube", text)


MESH = "\n".join(
    f"{r * 341} {g * 341} {b * 341}" for r in range(4) for g in range(4) for b in range(4)
)


def test_a_mesh_is_read_and_its_words_are_known() -> None:
    """.3dl of whole numbers; `gamma 1.0` says nothing, any other gamma is refused."""
    head = "0 341 682 1023\n"
    assert np.abs(through("a.3dl", head + MESH) - RGB).max() < 1e-3
    assert np.abs(through("a.3dl", head + MESH + "\ngamma 1.0\n") - RGB).max() < 1e-3
    for tail in ("gamma 2.2", "wobble 1", "0,9 0,8 0,7", "1.5 2 3", "٣ 2 1"):
        with pytest.raises(InvalidRequest, match=r"line 66"):
            through("a.3dl", head + MESH + "\n" + tail)


PROCESS = """<?xml version="1.0"?><ProcessList id="c" compCLFversion="3.0">{}</ProcessList>"""
MATRIX = """<Matrix inBitDepth="32f" outBitDepth="32f"><Array dim="3 3">{} 0 0 0 1 0 0 0 1</Array>
</Matrix>"""
RANGE = """<Range inBitDepth="32f" outBitDepth="32f"><minInValue>0</minInValue>
<maxInValue>{}</maxInValue><minOutValue>0</minOutValue><maxOutValue>1</maxOutValue></Range>"""
LUT = """<LUT1D inBitDepth="32f" outBitDepth="32f"><Array dim="2 1">0 {}</Array></LUT1D>"""
LOG = """<Log inBitDepth="32f" outBitDepth="32f" style="linToLog"><LogParams base="10"
linSideSlope="{}" linSideOffset="0.1" logSideSlope="0.2" logSideOffset="0.1"/></Log>"""
CDL = """<ASC_CDL inBitDepth="32f" outBitDepth="32f" style="Fwd"><SOPNode><Slope>{} 1 1</Slope>
<Offset>0 0 0</Offset><Power>1 1 1</Power></SOPNode></ASC_CDL>"""


@pytest.mark.parametrize("node", [MATRIX, RANGE, LUT, LOG, CDL])
@pytest.mark.parametrize("number", ["Infinity", "-Infinity", "NaN", "1e308", "1,5"])
def test_numbers_of_a_transform_file_are_finite(node: str, number: str) -> None:
    """Infinity, no number and what overflows in any node of a CLF name the file, and no kernel."""
    with pytest.raises(InvalidRequest, match=r"a\.clf"):
        through("a.clf", PROCESS.format(node.format(number)))


def test_a_node_that_nobody_knows_is_refused() -> None:
    """OpenColorIO passes over elements that it does not know; they would change the picture."""
    known = MATRIX.format("1.5")
    assert through("a.clf", PROCESS.format(known))[0, 0] == pytest.approx(0.15)
    for name in ("a.clf", "a.ctf"):
        with pytest.raises(InvalidRequest, match="Vignette"):
            through(name, PROCESS.format(known + "<Vignette/>"))


@pytest.mark.parametrize("encoding", ["UTB-8", "UTFNaN", "rot13", "utf-7", "idna", "big5"])
def test_an_encoding_that_is_none_is_the_files_fault(encoding: str) -> None:
    """A declaration with an odd encoding is an invalid request, or read as what it says."""
    text = PROCESS.format(MATRIX.format("1.5")).replace("?>", f' encoding="{encoding}"?>')
    with pytest.raises(InvalidRequest, match=r"a\.clf"):
        through("a.clf", text)
