"""The bill of materials and the licences."""

from __future__ import annotations

import json
import re
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from image import bill, contents

STATUS = """\
Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both files, for this environment."""
    folder = tmp_path_factory.mktemp("bill")
    status = folder / "status"
    status.write_text(STATUS)
    items = contents.closure("rushes", extras=frozenset({"oidc", "otel"}))
    site = Path(str(distribution("numpy").locate_file("")))
    bill.write(items, site, folder / "share", status)
    bill.write(items, site, folder / "again", status)
    return folder


@pytest.fixture(scope="module")
def found(written: Path) -> dict[str, Any]:
    """The bill."""
    made = json.loads((written / "share" / "sbom.cdx.json").read_text())
    assert isinstance(made, dict)
    return made


def test_it_is_cyclonedx(found: dict[str, Any]) -> None:
    """Format, version, number, and the project as what the bill is of."""
    assert (found["bomFormat"], found["specVersion"], found["version"]) == ("CycloneDX", "1.6", 1)
    assert found["serialNumber"].startswith("urn:uuid:")
    subject = found["metadata"]["component"]
    assert (subject["type"], subject["name"]) == ("application", "rushes")
    assert {"timestamp"}.isdisjoint(found["metadata"])
    for part in found["components"]:
        inside = [json.dumps(each, sort_keys=True) for each in part.get("components", ())]
        assert len(inside) == len(set(inside)), part["name"]


def test_the_bill_is_what_is_locked(found: dict[str, Any]) -> None:
    """Every package of Python's index, with its version, stands in the lock file so."""
    text = (Path(__file__).parents[2] / "requirements" / "run.txt").read_text()
    locked: dict[str, set[str]] = {}  # several where versions of Python differ
    for name, version in re.findall(r"^([\w.-]+)==([^ ;\\]+)", text, re.M):
        locked.setdefault(canonicalize_name(name), set()).add(version)
    listed = {
        canonicalize_name(part["name"]): part["version"]
        for part in found["components"]
        if part.get("purl", "").startswith("pkg:pypi/")
    }
    listed.pop(canonicalize_name("rushes"), None)
    assert len(listed) > 25
    assert {n: v for n, v in listed.items() if v not in locked.get(n, ())} == {}


def test_the_same_contents_make_the_same_bill(written: Path) -> None:
    """No clock and no random number."""
    for name in ("sbom.cdx.json", "LICENCES.txt"):
        assert (written / "share" / name).read_bytes() == (written / "again" / name).read_bytes()


def test_parts_of_wheels_are_named(found: dict[str, Any]) -> None:
    """Libraries that a wheel carries, and crates that its own bill names."""
    parts = {c["name"]: {p["name"] for p in c.get("components", ())} for c in found["components"]}
    assert {"libavcodec", "libx264", "libx265"} <= parts["av"]
    assert "libavcodec" not in parts["flask"]
    assert "object_store" in parts["obstore"]


def test_packages_of_the_base_are_those_that_are_installed(found: dict[str, Any]) -> None:
    """What was removed and left its configuration is not there any more."""
    debian = [c["purl"] for c in found["components"] if c["purl"].startswith("pkg:deb/")]
    assert debian == ["pkg:deb/debian/libc6@2.36-9?arch=amd64"]


def test_every_distribution_has_a_licence(found: dict[str, Any]) -> None:
    """A new dependency without one that we can read needs a line in licences.tsv."""
    unknown = [
        part["name"]
        for part in found["components"]
        if part["purl"].startswith("pkg:pypi/")
        and part["licenses"] == [{"expression": bill.UNKNOWN}]
    ]
    assert unknown == []


def test_ffmpeg_is_told_with_what_is_linked_to_it(written: Path) -> None:
    """Its own word, its configuration, and the libraries that say more."""
    text = (written / "share" / "LICENCES.txt").read_text()
    said = bill.ffmpeg()
    assert said["license"] in text
    assert said["configuration"] in text
    assert "libx264" in text
    assert "GPL-3.0-or-later" in text
