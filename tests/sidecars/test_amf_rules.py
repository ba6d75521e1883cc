"""Verdicts on AMF files: the shared sets, and one broken rule at a time."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from functions.contract.errors import InvalidRequest, LimitExceeded, SourceNotFound
from functions.sidecars.amf.read import check_amf, read_amf

HEAD = (
    '<aces:acesMetadataFile xmlns:aces="urn:ampas:aces:amf:v2.0" xmlns:cdl="urn:ASC:CDL:v1.01"'
    ' version="2.0">'
)
UUIDS = [f"urn:uuid:00000000-0000-4000-8000-00000000000{n}" for n in range(6)]
ODD_UUID = "urn:uuid:AAAAAAAA-0000-4000-8000-000000000000"
EARLIER = "2026-01-31T12:00:00+01:00"
DATES = (
    "<aces:dateTime><aces:creationDateTime>2026-01-31T12:00:00Z</aces:creationDateTime>"
    "<aces:modificationDateTime>2026-02-01T12:00:00Z</aces:modificationDateTime></aces:dateTime>"
)
AUTHOR = "<aces:author><aces:name>DIT</aces:name></aces:author>"
TID = "urn:ampas:aces:transformId:"
LOGC4 = f"{TID}v2.0:CSC.Arri.LogC4_to_ACES.a2.v1"
REC709 = f"{TID}v2.0:Output.Academy.Rec709-D65_100nit_in_Rec709-D65_BT1886.a2.v1"
CCT = (
    f"{TID}v2.0:CSC.Academy.ACES_to_ACEScct.a2.v1",
    f"{TID}v2.0:CSC.Academy.ACEScct_to_ACES.a2.v1",
)


def file(
    steps: str = "", *, author: str = AUTHOR, uuids: tuple[str, str] = (UUIDS[0], UUIDS[1]),
    system: str = "2.0.0", clip: str = "", dates: str = DATES, archived: str = "",
) -> bytes:  # fmt: skip
    """A version 2 file around some steps."""
    numbers = zip(("major", "minor", "patch"), system.split("."), strict=True)
    version = "".join(f"<aces:{n}Version>{v}</aces:{n}Version>" for n, v in numbers)
    info = f"<aces:systemVersion>{version}</aces:systemVersion>"
    return (
        f"{HEAD}<aces:amfInfo>{author}{dates}<aces:uuid>{uuids[0]}</aces:uuid></aces:amfInfo>{clip}"
        f"<aces:pipeline><aces:pipelineInfo>{DATES}<aces:uuid>{uuids[1]}</aces:uuid>{info}"
        f"</aces:pipelineInfo>{steps}</aces:pipeline>{archived}</aces:acesMetadataFile>"
    ).encode()


def clip(inner: str, name: str = "A") -> str:
    """A clip id."""
    return f"<aces:clipId><aces:clipName>{name}</aces:clipName>{inner}</aces:clipId>"


def input_step(tid: str = LOGC4, applied: str = "false") -> str:
    """An input transform."""
    return (
        f'<aces:inputTransform applied="{applied}"><aces:transformId>{tid}</aces:transformId>'
        "</aces:inputTransform>"
    )


def output_step(applied: str = "false", tid: str = REC709) -> str:
    """An output transform."""
    return (
        f'<aces:outputTransform applied="{applied}"><aces:transformId>{tid}</aces:transformId>'
        "</aces:outputTransform>"
    )


def file_look(name: str, applied: str = "false", digest: str = "") -> str:
    """A look that is a file."""
    return (
        f'<aces:lookTransform applied="{applied}"><aces:description>Look</aces:description>'
        f"{digest}<aces:file>{name}</aces:file></aces:lookTransform>"
    )


def cdl_look(
    slope: str = "1.1 1 1", offset: str = "0 0 0", power: str = "1 1 1", saturation: str = "1",
    *, spaces: tuple[str, str] = CCT, applied: str = "false", description: str = "Grade",
) -> str:  # fmt: skip
    """A look that is a CDL in a working space."""
    into = (
        f"<aces:toCdlWorkingSpace><aces:transformId>{spaces[0]}</aces:transformId>"
        "</aces:toCdlWorkingSpace>"
    )
    return (
        f'<aces:lookTransform applied="{applied}">'
        f"<aces:description>{description}</aces:description><aces:cdlWorkingSpace>"
        f"{into if spaces[0] else ''}<aces:fromCdlWorkingSpace>"
        f"<aces:transformId>{spaces[1]}</aces:transformId></aces:fromCdlWorkingSpace>"
        f"</aces:cdlWorkingSpace><cdl:SOPNode><cdl:Slope>{slope}</cdl:Slope>"
        f"<cdl:Offset>{offset}</cdl:Offset><cdl:Power>{power}</cdl:Power></cdl:SOPNode>"
        f"<cdl:SatNode><cdl:Saturation>{saturation}</cdl:Saturation></cdl:SatNode></aces:lookTransform>"
    )


def codes(data: bytes, severity: str = "error", **options: object) -> list[str]:
    """Codes of the findings of one severity."""
    findings = check_amf(data, **options).findings  # type: ignore[arg-type]
    return [f.code for f in findings if f.severity == severity]


def beside(path: Path) -> Callable[[str], bytes]:
    """Content of files that lie in the same folder."""

    def content(name: str) -> bytes:
        try:
            return (path.parent / name).read_bytes()
        except FileNotFoundError as error:
            raise SourceNotFound(f"no {name}") from error

    return content


@pytest.mark.parametrize("folder", ["valid", "generated_aces1", "examples"])
def test_good_files_are_accepted(shared_data: Path, folder: str) -> None:
    """Every file of the sets that are said to be valid can be read and used."""
    paths = sorted((shared_data / "amf" / folder).glob("*.amf"))
    assert len(paths) >= 8
    for path in paths:
        content = beside(path) if folder == "valid" else None
        assert check_amf(path.read_bytes(), file_content=content).errors == (), path.name
        assert read_amf(path.read_bytes()).steps is not None


WHY = {
    "01": ("applied_order", "Look 3 - Applied (ILLEGAL).*before it is not"),
    "02": ("applied_order", "Look 4 - Applied.*before it is not"),
    "03": ("value", "-0.5 1.0 1.0.*slope out of range"),
    "04": ("value", "-0.5.*saturation out of range"),
    "05": ("extreme_cdl", "slope of look .* is 8 7.5 6"),
    "06": ("look_without_description", "has no description"),
    "07": ("no_author", "nobody says who applied"),
    "08": ("absolute_path", "%2FLibrary.*absolute path"),
    "09": ("path_climbs_out", "climbs out"),
    "10": ("value", "is empty where the id of a color space conversion"),
    "11": ("value", "is empty where the id of an output device"),
    "12": ("working_space_mismatch", "goes into ACEScct and comes back from ACEScc"),
}


def test_bad_files_are_refused_for_what_their_names_say(shared_data: Path) -> None:
    """Each invalid file is refused, and the sentence says the defect that its name states."""
    paths = sorted((shared_data / "amf/invalid").glob("*.amf"))
    assert len(paths) == 12
    for path in paths:
        code, sentence = WHY[path.name.split("_")[1]]
        hits = [f for f in check_amf(path.read_bytes()).errors if f.code == code]
        assert hits, path.name
        assert re.search(sentence.replace("(", r"\(").replace(")", r"\)"), hits[0].sentence)
        assert hits[0].line
        assert hits[0].where
        with pytest.raises(InvalidRequest) as error:
            read_amf(path.read_bytes())
        assert error.value.facts["field"] == "amf"
        assert code in {f["code"] for f in error.value.facts["findings"]}


def test_a_plain_file_has_no_findings() -> None:
    """The file that the tests below break is itself good."""
    assert check_amf(file(input_step() + cdl_look() + output_step())).findings == ()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (file(input_step() + cdl_look(applied="true")), "applied_order"),
        (file(input_step(applied="false") + output_step("true")), "applied_order"),
        (file(cdl_look() + cdl_look(applied="1")), "applied_order"),
        (file("<aces:workingLocation/>" * 2), "working_locations"),
        (file("<aces:workingLocation/>" * 3), "working_locations"),
        (file(uuids=(UUIDS[0], UUIDS[0])), "duplicate_uuid"),
        (file(uuids=("urn:uuid:" + "a" * 8 + ODD_UUID[17:], ODD_UUID)), "duplicate_uuid"),
        (file(clip=clip(f"<aces:uuid>{UUIDS[1]}</aces:uuid>")), "duplicate_uuid"),
        (file(clip=clip('<aces:sequence idx="#" min="9" max="3"/>')), "sequence_range"),
        (file(dates=DATES.replace("2026-02", "2025-02")), "modified_before_created"),
        (file(dates=DATES.replace("2026-02-01T12:00:00Z", EARLIER)), "modified_before_created"),
        (file(system="3.0.0"), "unknown_aces_version"),
        (file(input_step(), system="1.3.0"), "mixed_aces_versions"),
        (file(output_step(tid=f"{TID}v1.5:RRTODT.Academy.X.a1.1.0")), "mixed_aces_versions"),
        (file(input_step(f"{TID}v2.0:CSC.Arri.ACES_to_LogC4.a2.v1")), "input_direction"),
        (file(cdl_look(spaces=(CCT[1], CCT[0]))), "working_space_direction"),
        (file(cdl_look(spaces=("", CCT[0]))), "working_space_direction"),
        (file(cdl_look(spaces=(CCT[0].replace("cct", "cc"), CCT[1]))), "working_space_mismatch"),
        (file(cdl_look(slope="6 1 1")), "extreme_cdl"),
        (file(cdl_look(offset="0 INF 0")), "extreme_cdl"),
        (file(cdl_look(offset="0 -1.6 0")), "extreme_cdl"),
        (file(cdl_look(offset="0 NaN 0")), "extreme_cdl"),
        (file(cdl_look(power="0.001 1 1")), "extreme_cdl"),
        (file(cdl_look(saturation="40")), "extreme_cdl"),
        (file(cdl_look(description=" ")), "look_without_description"),
        (file(input_step(applied="true"), author=""), "no_author"),
        (file(file_look("%2e%2e/x.clf")), "path_climbs_out"),
        (file(file_look("a/..%5C..%5Cx.clf")), "path_climbs_out"),
        (file(file_look("%252e%252e%252fx.clf")), "path_climbs_out"),
        (file(file_look("..")), "path_climbs_out"),
        (file(file_look("/x.clf")), "absolute_path"),
        (file(file_look("C:/x.clf")), "absolute_path"),
        (file(file_look("%5C%5Cserver/x.clf")), "absolute_path"),
        (file(file_look("file:///x.clf")), "absolute_path"),
        (file(file_look("FILE:x.clf")), "absolute_path"),
        (file(file_look("https://host/x.clf")), "remote_path"),
        (file(file_look("luts%5Cx.clf")), "odd_path"),
        (file(file_look("x%00.clf")), "odd_path"),
        (file(file_look("")), "empty_path"),
        (b"<not-amf/>", "not_an_amf"),
        (b"{}", "not_xml"),
        (HEAD.replace("v2.0", "v3.0").replace('">', '"/>').encode(), "not_an_amf"),
    ],
)  # fmt: skip
def test_each_broken_rule_is_an_error(data: bytes, code: str) -> None:
    """One broken rule makes exactly the error that names it."""
    assert set(codes(data)) == {code}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (file(cdl_look(slope="1 1 1")), "identity_cdl"),
        (file(cdl_look(saturation="0")), "zero_cdl"),
        (file(author=""), "no_author"),
        (file(system="1.9.0"), "unknown_aces_version"),
        (file(file_look("x.cube")), "not_clf"),
        (file(file_look("x.doc")), "odd_suffix"),
        (file(input_step(applied="true") + cdl_look() + output_step("true")), "look_left_behind"),
        (file(clip=clip("<aces:file>/Volumes/A.mxf</aces:file>")), "absolute_path"),
        (file(clip=clip("<aces:file>A.mxf</aces:file>", " ")), "no_clip_name"),
    ],
)  # fmt: skip
def test_oddities_are_warnings(data: bytes, code: str) -> None:
    """What is odd but usable is said, and the file is used."""
    assert set(codes(data, "warning")) == {code}
    assert codes(data) == []


def test_strong_grades_are_grades() -> None:
    """Numbers at the edge of what is meant are accepted without a word."""
    strong = cdl_look("5 0.01 1", "-1.5 1.5 0", "0.1 5 1", "4")
    assert check_amf(file(strong)).findings == ()


def test_all_problems_are_said_at_once() -> None:
    """One error names every broken rule, with its line and place."""
    data = file(file_look("../x.clf") + cdl_look(slope="9 9 9", description=""), system="3.0.0")
    with pytest.raises(InvalidRequest) as error:
        read_amf(data)
    found = {f["code"] for f in error.value.facts["findings"]}
    assert found == {
        "path_climbs_out",
        "extreme_cdl",
        "look_without_description",
        "unknown_aces_version",
    }
    assert "pipeline/lookTransform[2]" in str(error.value)


def test_a_file_too_large_is_over_the_limit() -> None:
    """Size is bounded before anything is parsed."""
    with pytest.raises(LimitExceeded):
        check_amf(file() + b" " * (5 << 20))


def hashed(algorithm: str, value: str) -> str:
    """A hash element."""
    return f'<aces:hash algorithm="{algorithm}">{value}</aces:hash>'


SHA = "http://www.w3.org/2001/04/xmlenc#sha256"


@pytest.mark.parametrize("applied", ["false", "true"])
def test_file_hashes_are_checked(applied: str) -> None:
    """Another content than the hashed one is an error while the look is still needed."""
    content = {"luts/my look.clf": b"<ProcessList/>"}
    digest = hashlib.sha256(b"<ProcessList/>").digest()
    good = hashed(SHA, base64.b64encode(digest).decode())
    as_hex = hashed(SHA, digest.hex())
    bad = hashed(SHA, base64.b64encode(hashlib.sha256(b"other").digest()).decode())
    severity = "error" if applied == "false" else "warning"
    look = "luts/my%20look.clf"
    for fine in (good, as_hex, ""):
        assert codes(file(file_look(look, applied, fine)), severity, file_content=content.get) == []
    data = file(file_look(look, applied, bad))
    assert codes(data, severity, file_content=content.get) == ["hash_mismatch"]
    assert codes(data, severity, file_content={}.get) == ["file_missing"]
    assert codes(data, severity) == []


def test_a_hash_of_the_wrong_length_is_said() -> None:
    """A digest that its algorithm can not have made is a warning."""
    data = file(file_look("x.clf", digest=hashed(SHA, "AAAA")))
    assert codes(data, "warning") == ["hash_shape"]


def test_a_path_that_climbs_out_is_never_asked_for() -> None:
    """Content is asked only for names inside the AMF's folder."""
    asked: list[str] = []

    def content(name: str) -> bytes | None:
        asked.append(name)
        return b""

    looks = "".join(map(file_look, ["../a.clf", "/b.clf", "file:///c.clf", "./d.clf", "e/f.clf"]))
    check_amf(file(looks), file_content=content)
    assert asked == ["d.clf", "e/f.clf"]


def ccc_look(name: str, cdl_id: str) -> str:
    """A look that is a CDL of a collection."""
    return re.sub(
        "<cdl:SOPNode>.*</cdl:SatNode>",
        f'<cdl:ColorCorrectionRef ref="{cdl_id}"/><aces:file>{name}</aces:file>',
        cdl_look(),
    )


def test_a_cdl_must_be_in_its_collection() -> None:
    """The id is looked up in the file, and what there is is said."""
    ccc = b'<C xmlns="urn:ASC:CDL:v1.01"><ColorCorrection id="A"/><ColorCorrection id="B"/></C>'
    data = file(ccc_look("x.ccc", "B"))
    assert codes(data, file_content={"x.ccc": ccc}.get) == []
    data = file(ccc_look("x.ccc", "C"))
    (missing,) = check_amf(data, file_content={"x.ccc": ccc}.get).errors
    assert missing.code == "cdl_missing"
    assert "A, B" in missing.sentence
    assert codes(data, file_content={"x.ccc": b"<!DOCTYPE x><x/>"}.get) == ["cdl_file_broken"]
    assert codes(file(ccc_look("x.clf", "C")), "warning") == ["odd_suffix"]


def test_unknown_ids_are_errors_where_they_are_needed() -> None:
    """An id that nobody knows is an error to apply, and a warning once it is applied."""
    data = file(input_step(f"{TID}v2.0:CSC.Acme.Cam_to_ACES.a2.v1") + output_step())
    assert codes(data, known_id={REC709}.__contains__) == ["unknown_transform_id"]
    done = data.replace(b'inputTransform applied="false"', b'inputTransform applied="true"')
    assert codes(done, known_id={REC709}.__contains__) == []
    assert codes(done, "warning", known_id={REC709}.__contains__) == ["unknown_transform_id"]
    assert codes(data) == []


def test_the_valid_files_name_ids_that_opencolorio_knows(shared_data: Path) -> None:
    """Every id of the valid set is in a built-in config, by attribute or by description."""
    ocio = pytest.importorskip("PyOpenColorIO")
    known: set[str] = set()
    for name, *_ in ocio.BuiltinConfigRegistry().getBuiltinConfigs():
        if not name.startswith("studio"):
            continue
        config = ocio.Config.CreateFromBuiltinConfig(name)
        spaces = config.getColorSpaces(ocio.SEARCH_REFERENCE_SPACE_ALL, ocio.COLORSPACE_ALL)
        for thing in (*spaces, *config.getViewTransforms(), *config.getLooks()):
            text = thing.getDescription()
            if hasattr(thing, "getInterchangeAttribute"):
                text += "\n" + thing.getInterchangeAttribute("amf_transform_ids")
            known |= set(re.findall(TID + r"\S+", text))
    for path in sorted((shared_data / "amf/valid").glob("*.amf")):
        assert codes(path.read_bytes(), known_id=known.__contains__) == [], path.name
    assert f"{TID}v2.0:CSC.Acme.Nothing_to_ACES.a2.v1" not in known


def test_very_many_looks_are_judged_in_one_pass() -> None:
    """A hostile file of ten thousand looks gets its verdict; each finding has its own place."""
    data = file(file_look("../x.clf") * 10_000)
    findings = check_amf(data).errors
    assert len(findings) == 10_000
    assert findings[-1].where == "pipeline/lookTransform[10000]"
    with pytest.raises(InvalidRequest, match="and 9992 more") as error:
        read_amf(data)
    assert len(error.value.facts["findings"]) == 100
