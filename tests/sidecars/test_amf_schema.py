"""The structure check beside the published schema files, over real files and mutations."""

from __future__ import annotations

import copy
import random
import re
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from functions.contract.errors import InvalidRequest, LimitExceeded
from functions.sidecars.amf.read import check_amf
from functions.sidecars.amf.structure import check_structure, version_of
from functions.sidecars.findings import errors_of
from functions.sidecars.safe_xml import MAX_BYTES, parse_xml

AMF = "{urn:ampas:aces:amf:v2.0}"
CDL = "{urn:ASC:CDL:v1.01}"
# Left out, since the check refuses what libxml2 lets through against its standard: NaN inside a
# bound, base64 with foreign characters; and "v1x5", which the schema's unescaped dots allow.
TEXTS = [
    "", " ", "x", "0", "7", "10", "+3", "-0", "03", "1.0", "-1", "1e3", "INF", "-INF",
    "1 2 3", "1 2", "1 2 3 4", "0 0 0", "-1 1 1", "1\n2\t3", "INF 1 1", "true", "TRUE",
    "1,2,3", ".5 5. 1", "a b", "a%20b", "a%2", "ä.cube", "..%2Fx", "http://x/y#z", "a\\b", "[x]",
    "//h/p", "file:///x", ":x", "1:x", "a:b", "a[b", "x#y#z", "?", "%", "{a}", "a|b", "a^b",
    "2026-01-31T12:00:00", "2026-02-30T12:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31",
    "2024-02-29T12:00:00Z", "2023-02-29T12:00:00Z", "0000-01-01T00:00:00Z", "-0004-01-01T00:00:00Z",
    "2026-01-31T12:00:60Z", "2026-01-31T12:00:00.5+14:00", "2026-01-31T12:00:00+14:01",
    "12026-01-31T12:00:00Z", "2026-13-01T00:00:00Z",
    "2026-01-31T12:00:00-05:00", "2026-01-31T12:00:00.Z", "2026-01-31T12:61:00Z",
    "urn:uuid:afe122be-59d3-4360-ad69-33c10108fa7a",
    " urn:uuid:AFE122BE-59d3-4360-ad69-33c10108fa7a",
    "urn:uuid:afe122be", "URN:uuid:afe122be-59d3-4360-ad69-33c10108fa7a",
    "4GYskVNKvJ8K1ltFxVqpgw==", "4GYskVNKvJ8K1ltFxVqpgx==", "4GYs kVNK", "4GYs=", "AAA=", "AAB=",
    "me@here", "a@b@c", "@", "me@", "me @ here",
    "urn:ampas:aces:transformId:v2.0:CSC.Arri.LogC4_to_ACES.a2.v1",
    "urn:ampas:aces:transformId:v2.0:CSC.LogC4_to_ACES.a2.v1",
    "urn:ampas:aces:transformId:v2.0:Input.Acme.Cam.a2.v1",
    "urn:ampas:aces:transformId:v2.0:Look.Academy.X.a2.v1",
    "urn:ampas:aces:transformId:v2.0:Output.Academy.X.a2.v1",
    "urn:ampas:aces:transformId:v2.0:Output.Academy.X Y.a2.v1",
    "urn:ampas:aces:transformId:v2.0:InvOutput.Academy.X.a2.v1",
    "urn:ampas:aces:transformId:v1.5:IDT.Acme.Camera.a1.v1",
    "urn:ampas:aces:transformId:v1.5:ACEScsc.Academy.ACEScct_to_ACES.a1.0.3",
    "urn:ampas:aces:transformId:v1.5:ACEScsc.ACEScct_to_ACES.a1.0.3",
    "urn:ampas:aces:transformId:v1.5:ACEScsc.Acme.X.a1.v1",
    "urn:ampas:aces:transformId:v1.5:LMT.Academy.GamutCompress.a1.3.0",
    "urn:ampas:aces:transformId:v1.5:LMT.Acme.GamutCompress.a1.3.0",
    "urn:ampas:aces:transformId:v1.5:RRT.a1.0.3", "urn:ampas:aces:transformId:v1.5:InvRRT.a1.0.3",
    "urn:ampas:aces:transformId:v1.5:RRTODT.Acme.X.a1.v3",
    "urn:ampas:aces:transformId:v1.5:ODT.Academy.P3D60_48nits.a1.0.3",
    "urn:ampas:aces:transformId:v1.5:InvODT.Academy.Rec709_100nits_dim.a1.0.3",
    " urn:ampas:aces:transformId:v1.5:RRT.a1.0.3",
    "http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2001/04/xmldsig-more#md5",
    "http://www.w3.org/2001/04/xmlenc#sha512",
]  # fmt: skip
BASE64_ONLY = re.compile(r"[A-Za-z0-9+/= ]*")
ATTRIBUTES = ["applied", "algorithm", "version", "idx", "min", "max", "ref", "lang", "unknown"]
NAMES = [
    AMF + "description", AMF + "hash", AMF + "uuid", AMF + "file", AMF + "transformId",
    AMF + "workingLocation", AMF + "lookTransform", AMF + "outputTransform", AMF + "clipId",
    AMF + "inverseOutputTransform", AMF + "author", AMF + "archivedPipeline", AMF + "name",
    CDL + "SOPNode", CDL + "ASC_SOP", CDL + "SatNode", CDL + "ASC_SAT", CDL + "ColorCorrectionRef",
    CDL + "ASC_CC_XML", CDL + "Description", "{urn:other}thing", "thing",
]  # fmt: skip


@pytest.fixture(scope="module")
def schema(shared_data: Path) -> Any:
    """The published schema of version 2."""
    return etree.XMLSchema(etree.parse(str(shared_data / "amf/schema/acesMetadataFile.xsd")))


def files(shared_data: Path) -> list[Path]:
    """Every version 2 file at hand."""
    found = sorted((shared_data / "amf").glob("*/*.amf"))
    return [p for p in found if b"urn:ampas:aces:amf:v2.0" in p.read_bytes()]


def ours(root: Any) -> bool:
    """Our verdict."""
    version = version_of(root)
    return version == "2.0" and not errors_of(check_structure(root, version))


def mutate(root: Any, dice: random.Random) -> str:
    """Change one thing in the tree; says what."""
    everything = [e for e in root.iter() if isinstance(e.tag, str)]
    element = dice.choice(everything)
    how = dice.randrange(9)
    parent = element.getparent()
    if how == 0 and parent is not None:
        parent.remove(element)
    elif how == 1 and parent is not None:
        parent.insert(dice.randrange(len(parent) + 1), copy.deepcopy(element))
    elif how == 2 and len(element) > 1:
        element.append(element[0])
    elif how == 3:
        element.set(dice.choice(ATTRIBUTES), dice.choice(TEXTS))
    elif how == 4 and element.attrib:
        del element.attrib[dice.choice(list(element.attrib))]
    elif how == 5:
        element.tag = dice.choice(NAMES)
    elif how == 6:
        element.insert(dice.randrange(len(element) + 1), etree.Element(dice.choice(NAMES)))
    elif how == 7:
        element.insert(0, etree.Comment("no content"))
    else:
        leaves = [e for e in everything if len(e) == 0] if dice.random() < 0.9 else everything
        element = dice.choice(leaves)
        texts = [t for t in TEXTS if element.tag != AMF + "hash" or BASE64_ONLY.fullmatch(t)]
        element.text = dice.choice(texts)
    return f"{how} {element.tag} {element.text!r} {dict(element.attrib)}"


def test_every_real_file_gets_the_schema_verdict(shared_data: Path, schema: Any) -> None:
    """The check and the published schema agree on every file at hand."""
    judged = [
        (p.name, parse_xml(p.read_bytes(), field="amf", what="AMF")) for p in files(shared_data)
    ]
    assert len(judged) > 100
    assert [name for name, root in judged if ours(root) != schema.validate(root)] == []


def test_mutated_files_get_the_schema_verdict(shared_data: Path, schema: Any) -> None:
    """The check and the published schema agree on many broken and changed files."""
    dice = random.Random(20190001)
    roots = [etree.fromstring(p.read_bytes()) for p in files(shared_data)]
    differ, seen = [], {True: 0, False: 0}
    for _ in range(1500):
        root = copy.deepcopy(dice.choice(roots))
        what = [mutate(root, dice) for _ in range(dice.choice((1, 1, 1, 2)))]
        again = etree.fromstring(etree.tostring(root))
        verdict = schema.validate(again)
        seen[verdict] += 1
        if ours(again) != verdict:
            differ.append((verdict, what))
    assert differ == []
    assert min(seen.values()) > 200


@pytest.mark.parametrize("path", [
    "amfInfo/author/emailAddress", "amfInfo/uuid", "amfInfo/dateTime/creationDateTime",
    "pipeline/pipelineInfo/systemVersion/minorVersion", "clipId/file", "clipId/sequence/@min",
    "pipeline/lookTransform/hash", "pipeline/lookTransform/@applied", "pipeline/lookTransform/file",
    "pipeline/lookTransform/hash/@algorithm", "@version", "pipeline/inputTransform/transformId",
    "pipeline/lookTransform/SOPNode/Slope", "pipeline/lookTransform/SOPNode/Offset",
    "pipeline/lookTransform/SOPNode/Power", "pipeline/lookTransform/SatNode/Saturation",
    "pipeline/outputTransform/transformId", "pipeline/workingLocation", "pipeline",
    "pipeline/outputTransform/outputDeviceTransform/transformId",
    "pipeline/outputTransform/referenceRenderingTransform/transformId",
    "pipeline/lookTransform/transformId",
    "pipeline/lookTransform/cdlWorkingSpace/fromCdlWorkingSpace/transformId",
])  # fmt: skip
def test_every_text_in_every_place_gets_the_schema_verdict(
    shared_data: Path, schema: Any, path: str
) -> None:
    """Odd texts, put into each kind of element and attribute, are judged as the schema does."""
    differ, judged = [], 0
    for source in [
        *(f"examples/example{n}.amf" for n in (1, 2, 3, 5)),
        "valid/04_basic_grading_single_lmt.amf",
        "valid/14_complex_metadata.amf",
        "valid/16_gamut_compress_lmt.amf",
    ]:
        data = (shared_data / "amf" / source).read_bytes()
        for text in TEXTS:
            root = etree.fromstring(data)
            if path.endswith("/hash") and not BASE64_ONLY.fullmatch(text):
                continue
            if put(root, path, text):
                again = etree.fromstring(etree.tostring(root))
                judged += 1
                if ours(again) != schema.validate(again):
                    differ.append((source, text))
    assert differ == []
    assert judged > 0


def put(root: Any, path: str, text: str) -> bool:
    """Set the text or attribute at the first such path, whatever the namespaces."""
    names, _, attribute = path.partition("@")
    xpath = "." + "".join(f"/*[local-name()='{n}']" for n in names.split("/") if n)
    hits = root.xpath(xpath)
    if not hits or (attribute and attribute not in hits[0].attrib):
        return False
    if attribute:
        hits[0].set(attribute, text)
    else:
        hits[0].text = text
    return True


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not xml",
        b"<a>",
        b"<a/>" + b"<b/>",
        b'<?xml version="1.0" encoding="UTF-7"?><a/>',
        b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
        b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
        "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>".encode("utf-16"),
        b"<a>&undeclared;</a>",
        b"\x00\xff\xfe<a/>",
    ],
)
def test_hostile_xml_is_refused(data: bytes) -> None:
    """What is broken, has a document type or hides one in an encoding is an invalid request."""
    with pytest.raises(InvalidRequest) as error:
        parse_xml(data, field="amf", what="the AMF")
    assert error.value.facts["field"] == "amf"


def test_xml_is_bounded() -> None:
    """Too many bytes, elements or attributes, or too deep a nesting, is over the limits."""
    with pytest.raises(LimitExceeded, match="bytes"):
        parse_xml(b"<a>" + b" " * MAX_BYTES + b"</a>", field="amf", what="the AMF")
    with pytest.raises(LimitExceeded, match="elements"):
        parse_xml(b"<a>" + b"<b/>" * 100_000 + b"</a>", field="amf", what="the AMF")
    many = b"".join(b' a%d="1"' % n for n in range(65))
    with pytest.raises(LimitExceeded, match="attributes"):
        parse_xml(b"<a><b" + many + b"/></a>", field="amf", what="the AMF")
    with pytest.raises(LimitExceeded, match="nested"):
        parse_xml(b"<a>" * 40 + b"</a>" * 40, field="amf", what="the AMF")


@pytest.mark.parametrize(
    ("before", "after", "code", "where", "words"),
    [
        ("<aces:name>", "<aces:Name>x</aces:Name><aces:name>", "structure", "amfInfo/author/Name",
         "name"),
        ('<aces:inputTransform applied="false">', "<aces:inputTransform>", "attribute",
         "pipeline/inputTransform", "applied"),
        ("<aces:uuid>urn", "<aces:uuid>urm", "value", "amfInfo/uuid", "urm:uuid"),
        ("<cdl:Power>", "<cdl:Power>NaN ", "value", "pipeline/lookTransform/ASC_SOP/Power", ""),
        ("v2.0:CSC", "v2x0:CSC", "value", "pipeline/inputTransform/transformId", "v2x0"),
    ],
)  # fmt: skip
def test_a_finding_names_its_place(
    shared_data: Path, before: str, after: str, code: str, where: str, words: str
) -> None:
    """Each has a stable code, its element's path and line, and a sentence without namespaces."""
    text = (shared_data / "amf/valid/06_cdl_in_acescct.amf").read_text()
    assert before in text
    broken = text.replace(before, after, 1)
    root = parse_xml(broken.encode(), field="amf", what="AMF")
    found = check_structure(root, "2.0")
    assert (found[0].code, found[0].where) == (code, where)
    line = next(n for n, one in enumerate(broken.splitlines(), 1) if after.split(">")[0] in one)
    assert found[0].line == line
    assert words in found[0].sentence
    assert "{" not in found[0].sentence


def test_a_namespace_that_is_declared_further_in_is_no_trouble(shared_data: Path) -> None:
    """A prefix of the root that means another thing inside leaves a finding, if without a place."""
    text = (shared_data / "amf/valid/06_cdl_in_acescct.amf").read_text()
    broken = text.replace("<aces:author>", '<q:thing xmlns:q="urn:other"/><aces:author>', 1)
    root = parse_xml(broken.encode(), field="amf", what="AMF")
    assert [finding.code for finding in check_structure(root, "2.0")] == ["structure"]


@pytest.mark.timeout(60)
def test_a_file_of_very_many_faults_is_a_hundred_findings(shared_data: Path) -> None:
    """Looks that are all wrong, and ids that cost a pattern dearly, end in findings."""
    text = (shared_data / "amf/valid/06_cdl_in_acescct.amf").read_text()
    look = '<aces:lookTransform applied="x"><aces:file>a</aces:file></aces:lookTransform>'
    many = text.replace("<aces:outputTransform", look * 12_000 + "<aces:outputTransform", 1)
    assert len(check_amf(many.encode()).errors) == 100
    many = text.replace("<aces:outputTransform", look * 18_000 + "<aces:outputTransform", 1)
    with pytest.raises(LimitExceeded, match="35000 elements"):
        check_amf(many.encode())
    long = "urn:ampas:aces:transformId:v2.0:Look." + "a." * 200_000 + "x"
    look = f'<aces:lookTransform applied="true"><aces:transformId>{long}</aces:transformId>'
    one = text.replace("<aces:outputTransform", f"{look}</aces:lookTransform><aces:outputTransform")
    (found_one,) = check_structure(parse_xml(one.encode(), field="amf", what="AMF"), "2.0")
    assert "longer than the 500" in found_one.sentence
