"""The bill of materials (CycloneDX 1.6, JSON) and the list of licences that lie in the image.

Made from the metadata of what is installed, from the wheels' own bills (PEP 770), from the
library files in them and from the base's package database. No clock and no random number.

References
----------
CycloneDX v1.6, https://cyclonedx.org/docs/1.6/json/ ; package URLs, https://github.com/package-url.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageMetadata
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

Component = dict[str, Any]
UNKNOWN = "NOASSERTION"
_TABLE = Path(__file__).with_name("licences.tsv")
_CLASSIFIERS = {
    "MIT License": "MIT",
    "BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
# `libavcodec-5e6b81c2.so.62.28.102`: name, the wheel's mark, version.
_LIBRARY = re.compile(
    r"^(?P<name>[\w+]+?(?:-[a-z]+)?)(?:-[0-9a-f]{8})*\.so(?:\.(?P<version>[\d.]+))?$"
)


def table() -> dict[str, tuple[str, str]]:
    """Name to (SPDX expression, project), from licences.tsv."""
    lines = [line.split("\t") for line in _TABLE.read_text().splitlines() if line[:1] != "#"]
    return {name: (licence, project) for name, licence, project in lines}


def licence(item: Distribution) -> str:
    """SPDX expression of a distribution, from its metadata or our table."""
    metadata: PackageMetadata = item.metadata
    known = table().get(f"distribution:{canonicalize_name(item.name)}")
    if known is not None:
        return known[0]
    if "License-Expression" in metadata:
        return str(metadata["License-Expression"])
    for line in metadata.get_all("Classifier") or ():
        name = line.rpartition(" :: ")[2]
        if line.startswith("License ::") and name in _CLASSIFIERS:
            return _CLASSIFIERS[name]
    short = str(metadata["License"] or "") if "License" in metadata else ""
    return short if re.fullmatch(r"[A-Za-z0-9.+-]{3,40}", short) else UNKNOWN


def libraries(folder: Path) -> Iterator[tuple[str, str, str, Path]]:
    """(name, version, SPDX expression, file) of every library that is no extension module."""
    known = table()
    for file in sorted(folder.rglob("*.so*")):
        match = _LIBRARY.match(file.name)
        if match is None or not match["name"].startswith("lib") or file.is_symlink():
            continue
        spdx = known.get(match["name"], (UNKNOWN, ""))[0]
        yield match["name"], match["version"] or "", spdx, file


def ffmpeg() -> dict[str, str]:
    """What the FFmpeg in the wheel `av` says of itself."""
    from av import ffmpeg_version_info
    from av._core import library_meta

    codec = library_meta["libavcodec"]
    return {
        "version": str(ffmpeg_version_info),
        "license": str(codec["license"]),
        "configuration": str(codec["configuration"]),
    }


def _component(kind: str, name: str, version: str, spdx: str, purl: str = "") -> Component:
    made: Component = {"type": kind, "name": name}
    if version:
        made["version"] = version
    if purl:
        made["purl"] = purl
        made["bom-ref"] = purl
    if spdx:
        made["licenses"] = [{"expression": spdx}]
    return made


def _distribution(item: Distribution, site: Path) -> Component:
    name = str(canonicalize_name(item.name))
    purl = f"pkg:pypi/{name}@{item.version}"
    made = _component("library", name, item.version, licence(item), purl)
    inside = []
    for bill in sorted(Path(str(item.locate_file(""))).glob(f"{_info(item)}/sboms/*.json")):
        for part in json.loads(bill.read_text()).get("components", ()):
            same = part.get("purl", "").split("?")[0] == purl
            if not same:
                inside.append(
                    {k: part[k] for k in ("type", "name", "version", "purl") if k in part}
                )
    shipped = {path.split("/")[0] for path in _owned(site, item)} - {".."}
    for folder in sorted(shipped):
        for library, version, spdx, file in libraries(site / folder):
            part = _component("library", library, version, spdx)
            part["properties"] = [{"name": "rushes:file", "value": str(file.relative_to(site))}]
            inside.append(part)
    if inside:
        # A wheel's bill names a package once for each of its files.
        once = {json.dumps(part, sort_keys=True): part for part in inside}
        made["components"] = list(once.values())
    return made


def _info(item: Distribution) -> str:
    paths = [str(file) for file in item.files or ()]
    return next(path.split("/")[0] for path in paths if path.endswith(".dist-info/METADATA"))


def _owned(site: Path, item: Distribution) -> list[str]:
    record = site / _info(item) / "RECORD"
    return (
        [line.split(",")[0] for line in record.read_text().splitlines()] if record.exists() else []
    )


def packages(status: Path | None) -> Iterator[Component]:
    """Components of the base from its dpkg status; none for a base without dpkg."""
    if status is None or not status.is_file():
        return
    for block in status.read_text(errors="replace").split("\n\n"):
        facts = dict(re.findall(r"^([A-Z][\w-]*): (.*)$", block, re.M))
        if facts.get("Status", "").endswith(" installed"):
            name, version = facts["Package"], facts["Version"]
            purl = f"pkg:deb/debian/{name}@{version}?arch={facts['Architecture']}"
            yield _component("library", name, version, "", purl)


def write(items: list[Distribution], site: Path, share: Path, status: Path | None) -> None:
    """Write `sbom.cdx.json` and `LICENCES.txt` into a folder; `site` is the finished tree."""
    share.mkdir(parents=True)
    found = [_distribution(item, site) for item in items]
    (own,) = [part for part in found if part["name"] == "rushes"]
    movie = ffmpeg()
    own["type"] = "application"
    own["properties"] = [{"name": f"ffmpeg:{key}", "value": value} for key, value in movie.items()]
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": own},
        "components": [*(part for part in found if part is not own), *packages(status)],
    }
    # The same contents have the same number.
    number = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(bill, sort_keys=True))
    bill["serialNumber"] = f"urn:uuid:{number}"
    (share / "sbom.cdx.json").write_text(json.dumps(bill, indent=1, sort_keys=True) + "\n")
    (share / "LICENCES.txt").write_text("\n".join(_list(items, site, movie)) + "\n")


def _list(items: list[Distribution], site: Path, movie: dict[str, str]) -> Iterator[str]:
    yield "Licences of what lies in this image, as SPDX expressions. Texts: in each *.dist-info"
    yield "folder of site-packages; of the base's own packages: /usr/share/doc/*/copyright."
    yield ""
    yield "Distributions"
    for item in items:
        yield f"  {canonicalize_name(item.name):28} {item.version:14} {licence(item)}"
    yield ""
    yield "Libraries inside the wheels, as files"
    for name, version, spdx, file in libraries(site):
        yield f"  {name:28} {version:14} {spdx}  ({file.relative_to(site).parts[0]})"
    yield "What wheels link statically is named by their own bills and texts."
    yield ""
    yield f"FFmpeg {movie['version']}, in the wheel of av"
    yield f"  says of itself: {movie['license']}"
    yield f"  configured with: {movie['configuration']}"
    yield "  It is linked to x264 and x265, which are GPL-2.0-or-later, though it was configured"
    yield "  without --enable-gpl. Whoever passes this image on passes on those libraries: take the"
    yield "  terms of FFmpeg with them to be GPL-3.0-or-later. rushes calls it as the wheel has it."
