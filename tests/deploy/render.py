"""What kustomize makes of a folder, of the few things that our own folders use.

Resources, components, JSON 6902 patches by target, images and the namespace; where kubectl is
installed, a test holds this against it.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.manifests import Document

CLUSTER_WIDE = {"Namespace", "PriorityClass"}


def render(folder: Path) -> list[Document]:
    """Documents as they would be applied."""
    return _apply(folder, [])


def _apply(folder: Path, found: list[Document]) -> list[Document]:
    plan = yaml.safe_load((folder / "kustomization.yaml").read_text())
    unknown = plan.keys() - {
        "apiVersion", "kind", "namespace", "resources", "components", "patches", "images",
        "configMapGenerator", "generatorOptions", "configurations",
    }  # fmt: skip
    assert not unknown, f"{folder}: this renderer does not know {unknown}"
    for name in plan.get("resources", ()):
        path = folder / name
        found += render(path) if path.is_dir() else _documents(path)
    for item in plan.get("configMapGenerator", ()):
        data = {Path(name).name: (folder / name).read_text() for name in item["files"]}
        meta = {"name": item["name"]}
        found.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data})
    for name in plan.get("components", ()):
        found = _apply(folder / name, found)
    for patch in plan.get("patches", ()):
        chosen = [d for d in found if _meant(d, patch["target"])]
        assert chosen, f"{folder}: nothing is {patch['target']}"
        for document in chosen:
            for step in yaml.safe_load(patch["patch"]):
                _patched(document, step)
    for image in plan.get("images", ()):
        for document in found:
            _named(document, image)
    if "namespace" in plan:
        for document in found:
            if document["kind"] not in CLUSTER_WIDE:
                document["metadata"]["namespace"] = plan["namespace"]
    return found


def _documents(path: Path) -> list[Document]:
    return [d for d in yaml.load_all(path.read_text(), yaml.CSafeLoader) if d is not None]


def _meant(document: Document, target: dict[str, str]) -> bool:
    group, _, _ = document["apiVersion"].rpartition("/")
    return (
        target.get("group", group) == group
        and target.get("kind", document["kind"]) == document["kind"]
        and re.fullmatch(target.get("name", ".*"), document["metadata"]["name"]) is not None
    )


def _patched(document: Document, step: dict[str, Any]) -> None:
    keys = [part.replace("~1", "/").replace("~0", "~") for part in step["path"][1:].split("/")]
    holder: Any = document
    for key in keys[:-1]:
        holder = holder[int(key) if isinstance(holder, list) else key]
    if step["op"] == "replace":
        assert keys[-1] in holder, f"replace of {step['path']}, which is not there"
    else:
        assert step["op"] == "add"
    holder[keys[-1]] = copy.deepcopy(step["value"])


def _named(value: Any, image: dict[str, str]) -> None:
    for holder in containers(value):
        name, _, tag = holder["image"].partition(":") if "image" in holder else ("", "", "")
        if name == image["name"]:
            holder["image"] = f"{image.get('newName', name)}:{image.get('newTag', tag)}"


def containers(value: Any) -> Iterator[Document]:
    """Every container of any kind of document."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        if key in ("containers", "initContainers"):
            yield from item
        elif isinstance(item, (dict, list)):
            yield from containers(item)
