"""The repository's deployment files as documents, read as kustomize and faas-cli read them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parents[2]
KNATIVE = ROOT / "knative"
STACK = ROOT / "stack.pro.yml"
COMMUNITY_STACK = ROOT / "stack.yml"

Document = dict[str, Any]


def parsed(text: str) -> Any:
    """The one document of a YAML text; libyaml's parser, a ninth of the time of Python's."""
    return yaml.load(text, yaml.CSafeLoader)


@dataclass
class Manifests:
    """What `kubectl apply -k knative` would apply, before images are renamed.

    documents : of the listed resources, in order
    secret : the example that a person fills in
    priorities : patches of the component, (name of the Service, class)
    """

    documents: list[Document]
    secret: Document = field(default_factory=dict)
    priorities: dict[str, str] = field(default_factory=dict)

    def of(self, kind: str, group: str = "") -> dict[str, Document]:
        """Documents of a kind by name; the two kinds called Service differ by their group."""
        return {
            document["metadata"]["name"]: document
            for document in self.documents
            if document["kind"] == kind and document["apiVersion"].startswith(group)
        }


def load_knative(folder: Path = KNATIVE) -> Manifests:
    """Read the kustomization of the repository."""
    kustomization = parsed((folder / "kustomization.yaml").read_text())
    documents = [
        document
        for name in kustomization["resources"]
        for document in yaml.load_all((folder / name).read_text(), yaml.CSafeLoader)
    ]
    component = parsed((folder / "priorities" / "kustomization.yaml").read_text())
    priorities = {}
    for patch in component["patches"]:
        (step,) = parsed(patch["patch"])
        assert (step["op"], step["path"]) == ("add", "/spec/template/spec/priorityClassName")
        priorities[patch["target"]["name"]] = step["value"]
    return Manifests(
        documents,
        parsed((folder / "secret.example.yaml").read_text()),
        priorities,
    )


_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")


def substitute(text: str, environ: Mapping[str, str]) -> str:
    """`${NAME}` and `${NAME:-default}`, as faas-cli replaces them in stack.yml.

    An empty variable takes the default, as in a shell.
    """
    return _VARIABLE.sub(lambda m: environ.get(m[1]) or m[2] or "", text)


def load_stack(environ: Mapping[str, str] | None = None, path: Path = STACK) -> Document:
    """stack.yml with an environment put in (none = the defaults)."""
    document = parsed(substitute(path.read_text(), environ or {}))
    assert isinstance(document, dict)
    return document
