"""The parts of the AMF reader by themselves: content models, ids, explanations, odd bytes."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from functions.contract.errors import LimitExceeded
from functions.sidecars.amf.explain import explain
from functions.sidecars.amf.ids import parse_id
from functions.sidecars.amf.read import check_amf, read_amf
from functions.sidecars.fdl.read import check_fdl

URN = "urn:ampas:aces:transformId:"


@pytest.mark.parametrize(
    ("text", "kind", "issuer", "name", "major", "ends"),
    [
        (
            "v2.0:CSC.Arri.LogC4_to_ACES.a2.v1",
            "color space conversion",
            "Arri",
            "LogC4_to_ACES",
            2,
            ("LogC4", "ACES"),
        ),
        (
            "v1.5:ACEScsc.Academy.ACES_to_ACEScct.a1.0.3",
            "color space conversion",
            "Academy",
            "ACES_to_ACEScct",
            1,
            ("ACES", "ACEScct"),
        ),
        (
            "v1.5:ACEScsc.ACEScct_to_ACES.a1.0.3",
            "color space conversion",
            "Academy",
            "ACEScct_to_ACES",
            1,
            ("ACEScct", "ACES"),
        ),
        ("v1.5:RRT.a1.0.3", "reference rendering", "", "", 1, None),
        ("v1.5:InvRRT.a1.0.3", "inverse reference rendering", "", "", 1, None),
        (
            "v1.5:IDT.ARRI.Alexa-v3-logC-EI800.a1.v2",
            "input",
            "ARRI",
            "Alexa-v3-logC-EI800",
            1,
            None,
        ),
        (
            "v1.5:LMT.Academy.ReferenceGamutCompress.a1.v1.0",
            "look",
            "Academy",
            "ReferenceGamutCompress",
            1,
            None,
        ),
        (
            "v2.0:CSC.Canon.CLog3_CGamut_to_ACES.a1.v1",
            "color space conversion",
            "Canon",
            "CLog3_CGamut_to_ACES",
            2,
            ("CLog3_CGamut", "ACES"),
        ),
        (
            "v1.5:RRTODT.Academy.Rec2020_1000nits_15nits_ST2084.a1.1.0",
            "output",
            "Academy",
            "Rec2020_1000nits_15nits_ST2084",
            1,
            None,
        ),
        ("v2.0:InvOutput.Academy.X.a2.v1", "inverse output", "Academy", "X", 2, None),
    ],
)
def test_ids_are_taken_apart(
    text: str, kind: str, issuer: str, name: str, major: int, ends: tuple[str, str] | None
) -> None:
    """Kind, issuer, name, ACES version and the ends of a conversion are read from an id."""
    found = parse_id(URN + text)
    assert found is not None
    assert (found.kind, found.issuer, found.name) == (kind, issuer, name)
    assert (found.aces_major, found.ends) == (major, ends)


@pytest.mark.parametrize(
    "text", ["", "CSC.Arri.LogC4_to_ACES.a2.v1", "v1.5:CSC.Arri.X.a2.v1", "v2.0:IDT.A.B.a1.v1",
             "v3.0:CSC.A.B.a2.v1", "v2.0:Csc.A.B.a2.v1", "v2.0:CSC.A.B", "v2.0:CSC.A.B C.a2.v1"],
)  # fmt: skip
def test_what_is_no_id_is_none(text: str) -> None:
    """Unknown kinds, wrong URN versions and missing versions are no ids."""
    assert parse_id(URN + text) is None


def test_an_id_has_a_length() -> None:
    """A text of many parts is no id, and is not searched for one."""
    assert parse_id(URN + "v2.0:CSC." + "a." * 300 + "a2.v1") is None
    assert parse_id(URN + "v2.0:CSC." + "a." * 100 + "a2.v1") is not None


def test_every_shared_id_is_understood(shared_data: Path) -> None:
    """Each id of each shared file is taken apart."""
    texts = {
        text
        for path in (shared_data / "amf").glob("*/*.amf")
        for text in re.findall(URN + r"[^<]+", path.read_text())
    }
    assert len(texts) > 80
    assert [text for text in texts if parse_id(text) is None] == []


def test_steps_are_explained_in_order(shared_data: Path) -> None:
    """Each step has a line with its state, its name and its content."""
    path = shared_data / "amf/valid/09_applied_non_applied_sequence.amf"
    lines = explain(read_amf(path.read_bytes())).splitlines()
    assert lines[0] == "AMF 2.0, ACES 2.0.0, 6 steps"
    assert [line.split()[1] for line in lines[1:]] == [
        "applied", "applied", "applied", "kept", "kept", "applied",
    ]  # fmt: skip
    assert 'look "Hero Grade - APPLIED": CDL slope 1.15 1 0.9, offset 0 0 0' in lines[2]
    assert lines[2].endswith("saturation 1.1, in ACEScct")
    example = explain(read_amf((shared_data / "amf/examples/example5.amf").read_bytes()))
    assert example.index("1. to do") < example.index("working location") < example.index("2. to do")
    assert "file showLook.clf" in example
    minimum = (shared_data / "amf/examples/exampleMinimum.amf").read_bytes()
    assert "ACES2065-1 as they are" in explain(read_amf(minimum))


def test_damaged_bytes_never_surprise(shared_data: Path) -> None:
    """Flipped, cut and doubled bytes of real files give findings or values, no other error."""
    dice = random.Random(7)
    amfs = [p.read_bytes() for p in sorted((shared_data / "amf").glob("[ve]*/*.amf"))]
    fdls = [p.read_bytes() for p in sorted((shared_data / "fdl/New_Source_Files").glob("*.fdl"))]
    broken = 0
    for number in range(600):
        check, data = (
            (check_amf, dice.choice(amfs)) if number % 2 else (check_fdl, dice.choice(fdls))
        )
        bad = bytearray(data)
        for _ in range(dice.randrange(1, 4)):
            at = dice.randrange(len(bad))
            how = dice.randrange(3)
            if how == 0:
                bad[at] = dice.randrange(256)
            elif how == 1:
                del bad[at : at + dice.randrange(1, 40)]
            else:
                bad[at:at] = bad[at : at + dice.randrange(1, 40)]
        try:
            found = check(bytes(bad))  # type: ignore[operator]
        except LimitExceeded:
            continue
        broken += bool(found if isinstance(found, tuple) else found.findings)
    assert broken > 300
