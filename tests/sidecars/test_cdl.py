"""CDL files: the field's spellings, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from functions.contract.amf import Cdl, ColourStep, Reference
from functions.contract.errors import InvalidRequest, LimitExceeded
from functions.sidecars.amf.read import read_amf
from functions.sidecars.cdl.read import cdl_of, read_cdls
from functions.sidecars.cdl.write import rewritten

SOP = "<Slope>1.1 1 0.9</Slope><Offset>-0.01 0 0.02</Offset><Power>1 0.9 1</Power>"
GRADE = Cdl(slope=(1.1, 1.0, 0.9), offset=(-0.01, 0.0, 0.02), power=(1.0, 0.9, 1.0), saturation=0.8)


def cc(inner: str, key: str = ' id="A"') -> bytes:
    """One correction."""
    return f"<ColorCorrection{key}>{inner}</ColorCorrection>".encode()


def ccc(*corrections: bytes) -> bytes:
    """A collection."""
    return b"<ColorCorrectionCollection>" + b"".join(corrections) + b"</ColorCorrectionCollection>"


def sat(value: str, node: str = "SatNode") -> str:
    """A saturation node."""
    return f"<{node}><Saturation>{value}</Saturation></{node}>"


@pytest.mark.parametrize(
    "data",
    [
        cc(f"<SOPNode>{SOP}</SOPNode>{sat('0.8')}"),
        cc(f"<SOPNode>{SOP}</SOPNode>{sat('0.8', 'SATNode')}"),
        cc(f"<ASC_SOP>{SOP}</ASC_SOP>{sat('0.8', 'ASC_SAT')}"),
        cc(f"<SOPNode>{SOP}</SOPNode>{sat('0.8')}", ' xmlns="urn:ASC:CDL:v1.2" id="A"'),
        ccc(cc(f"{sat('0.8')}<SOPNode>{SOP}</SOPNode><!-- c -->")),
        cc(f"<SOPNode>{SOP}</SOPNode>{sat('0.8')}<v:UI xmlns:v='urn:v'>1</v:UI>"),
        b"<ColorDecisionList><ColorDecision>"
        + cc(f"<Description>x</Description><SOPNode>{SOP}</SOPNode>{sat('0.8')}")
        + b"</ColorDecision></ColorDecisionList>",
    ],
)
def test_every_spelling_is_read(data: bytes) -> None:
    """Single corrections, collections and decision lists, of any namespace, give the numbers."""
    assert read_cdls(data, name="x") == {"A": GRADE}


def test_missing_nodes_change_nothing() -> None:
    """A correction of saturation alone has an identity SOP, and the other way round."""
    assert read_cdls(cc(sat("0.5")), name="x") == {"A": Cdl(saturation=0.5)}
    assert read_cdls(cc(""), name="x")["A"].is_identity


def test_notes_are_kept_and_order_too() -> None:
    """Descriptions stay with their node, corrections in the file's order."""
    noted = f"<SOPNode><Description>warm</Description>{SOP}</SOPNode>"
    found = read_cdls(ccc(cc(noted, ' id="B"'), cc("", ' id="A"')), name="x")
    assert list(found) == ["B", "A"]
    assert found["B"].sop_notes == ("warm",)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not well-formed"),
        (b"<x/>", "no CDL"),
        (ccc(cc("", ""), cc("")), "one of them has no id"),
        (ccc(cc(""), cc("")), "'A' twice"),
        (cc(sat("-1")), "out of range"),
        (cc(sat("1 2")), "one number"),
        (cc(sat("INF")), "is not a number"),
        (cc(sat("0;9")), "not one number"),
        (cc(sat("1_0")), "is not a number"),
        (cc(sat("1e999")), "too large"),
        (cc("<SOPNode><Gain>1 1 1</Gain></SOPNode>"), "nothing that a CDL has"),
        (cc("<SOPNode><Slope>1 1</Slope></SOPNode>"), "3 numbers"),
        (cc("<Slope>2 2 2</Slope>"), "slope of CDL 'A' .* nothing that a CDL has"),
        (cc("<SOP><Slope>2 2 2</Slope></SOP>"), "sop of CDL 'A' .* nothing that a CDL has"),
        (cc(f"<SOPNode>{SOP}</SOPNode><LUT>a.cube</LUT>"), "lut of CDL .* nothing that a CDL has"),
        (cc("<SOPNode><Slope>1 NaN 1</Slope></SOPNode>"), "is not a number"),
        (cc("<SOPNode><Offset>1 NaN 1</Offset></SOPNode>"), "is not a number"),
        (cc("<SOPNode><Power>0 1 1</Power></SOPNode>"), "above 0"),
        (cc(f"<SOPNode>{SOP}{SOP}</SOPNode>"), "twice"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", "document type"),
    ],
)
def test_what_is_no_cdl_is_refused(data: bytes, said: str) -> None:
    """Broken files and numbers that no CDL has are invalid requests that say which."""
    with pytest.raises(InvalidRequest, match=said):
        read_cdls(data, name="show.ccc")


def test_the_only_correction_needs_no_id() -> None:
    """One that has none is named as its file, prefixed or not."""
    assert list(read_cdls(cc(sat("0.5"), ""), name="show/warm.cdl")) == ["warm"]
    text = cc(sat("0.5"), "").decode()
    for tag in ("ColorCorrection", "SatNode", "Saturation"):
        text = text.replace(f"<{tag}", f"<c:{tag}").replace(f"</{tag}", f"</c:{tag}")
    text = text.replace("xmlns=", "xmlns:c=")
    text = text if "xmlns:c" in text else text.replace("Correction", 'Correction xmlns:c="u"', 1)
    assert read_cdls(text.encode(), name="warm.cc") == {"warm": Cdl(saturation=0.5)}


def test_a_cc_holds_one_correction() -> None:
    """Which of several is meant, a name of the file does not say (ASC CDL v1.2)."""
    two = ccc(cc(sat("0.5")), cc(sat("0.6"), ' id="B"'))
    with pytest.raises(InvalidRequest, match=r"a \.cc holds one"):
        read_cdls(two, name="look.CC")
    assert list(read_cdls(two, name="look.ccc")) == ["A", "B"]


def test_decimal_commas_are_decimals() -> None:
    """0,9 is nine tenths, and neither 0 nor two numbers."""
    node = "<SOPNode><Slope>0,9 1,0 1,1</Slope></SOPNode>"
    (found,) = read_cdls(cc(node + sat("0,5")), name="x").values()
    assert (found.slope, found.saturation) == ((0.9, 1.0, 1.1), 0.5)


def test_files_are_rewritten_for_strict_readers() -> None:
    """What goes to a library has an id, no prefix and points; other files stay as they are."""
    odd = cc("<SOPNode><Slope>0,9 1,0 1,1</Slope></SOPNode>", "")
    for name in ("a.cc", "a.cdl", "a.ccc"):
        made = rewritten(odd, name)
        assert b"<ColorCorrection" in made
        assert b'id="a"' in made
        assert b"0.9 1 1.1" in made
        assert read_cdls(made, name=name) == read_cdls(odd, name=name)
    assert rewritten(b"anything", "a.cube") == b"anything"


def test_a_collection_too_large_is_over_the_limit() -> None:
    """Size is bounded as for an AMF."""
    with pytest.raises(LimitExceeded):
        read_cdls(cc("") + b" " * (5 << 20), name="x")


def test_a_step_finds_its_cdl(shared_data: Path) -> None:
    """An id of a collection beside the AMF gives the collection's numbers."""
    folder = shared_data / "amf/valid"
    amf = read_amf((folder / "30_cdl_reference_from_ccc.amf").read_bytes())
    found = [cdl_of(step, lambda name: (folder / name).read_bytes()) for step in amf.steps]
    assert found[0] is found[2] is None
    assert found[1] is not None
    assert found[1].slope == (1.024, 0.9855, 0.8645)
    assert found[1].saturation == 1.1


def test_an_inline_cdl_asks_for_no_file() -> None:
    """Numbers in the AMF itself are its CDL."""
    step = ColourStep(stage="look", cdl=GRADE)
    assert cdl_of(step, lambda name: pytest.fail(f"asked for {name}")) == GRADE


@pytest.mark.parametrize(
    ("file", "said"),
    [("a.ccc", "no CDL 'B'; there is: A"), ("../a.ccc", "climbs out"), (None, "no file")],
)
def test_a_cdl_that_can_not_be_found_is_said(file: str | None, said: str) -> None:
    """A missing id, a path that climbs out and a missing file name are invalid requests."""
    reference = Reference(file=file) if file else None
    step = ColourStep(stage="look", cdl_id="B", reference=reference)
    with pytest.raises(InvalidRequest, match=said):
        cdl_of(step, lambda _: cc(""))
