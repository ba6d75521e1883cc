"""`python -m deploy`: write stack.yml and knative/ for every operation of the catalog.

With `--check` nothing is written; exit 1 names each file that is not as it would be written.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from deploy import components, dashboard, knative, openfaas
from deploy.shapes import SHAPES
from functions.serve.run.catalog import OPERATIONS

ROOT = Path(__file__).resolve().parents[1]


def written(operations: Iterable[str] = tuple(OPERATIONS)) -> dict[str, str]:
    """Text of every file, by its path below the repository.

    Raises KeyError for an operation that has no shape.
    """
    names = tuple(operations)
    files = {f"knative/{name}.yaml": knative.function(name) for name in names}
    files["knative/kustomization.yaml"] = knative.kustomization(names)
    files["knative/priorities/kustomization.yaml"] = components.priorities(names)
    files["knative/zero-start/kustomization.yaml"] = components.zero_start()
    files["knative/amd64/kustomization.yaml"] = components.amd64()
    files["deploy/overlays/small/kustomization.yaml"] = components.small(names)
    files["knative/grafana/kustomization.yaml"] = dashboard.component()
    files["knative/grafana/rushes.json"] = dashboard.dashboard()
    files["stack.yml"] = openfaas.stack(names, "community")
    files["stack.pro.yml"] = openfaas.stack(names, "pro")
    return files


def stale(root: Path = ROOT) -> list[str]:
    """Sentences about files that differ from what would be written."""
    told = [f"{name}: in the catalog, without a shape" for name in OPERATIONS if name not in SHAPES]
    if told:
        return told
    for path, text in written().items():
        file = root / path
        if not file.is_file() or file.read_text() != text:
            told.append(f"{path}: not as `python -m deploy` writes it")
    return told


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m deploy", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only tell what is stale")
    if parser.parse_args(arguments).check:
        told = stale()
        for sentence in told:
            print(sentence, file=sys.stderr)
        return 1 if told else 0
    missing = [name for name in OPERATIONS if name not in SHAPES]
    if missing:
        print(f"deploy/shapes.py has no entry for {', '.join(missing)}", file=sys.stderr)
        return 1
    for path, text in written().items():
        file = ROOT / path
        if not file.is_file() or file.read_text() != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
