"""k3d/: what of the local cluster can be tried without one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from functions.serve.run.catalog import OPERATIONS
from k3d.ledger import Pods, documents, pulled
from tests.deploy.manifests import ROOT
from tests.deploy.schemas import Definitions
from tests.deploy.test_knative import kustomize

FOLDER = ROOT / "k3d"
SCRIPTS = sorted(FOLDER.glob("*.sh"))
STEPS = [file for file in SCRIPTS if file.name[0].isdigit()]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda file: str(file.name))
def test_a_script_is_bash(script: Path) -> None:
    """Each one parses, and shellcheck, where it is installed, finds nothing."""
    subprocess.run(["bash", "-n", str(script)], check=True)
    if shutil.which("shellcheck"):
        done = subprocess.run(["shellcheck", script.name], cwd=FOLDER, capture_output=True)
        assert done.stdout.decode() == ""


@pytest.mark.parametrize("script", STEPS, ids=lambda file: str(file.name))
def test_a_step_without_its_tools_is_one_sentence(script: Path, tmp_path: Path) -> None:
    """Where docker, k3d or a cluster are missing, a step ends with a sentence that names it."""
    for name in ("bash", "dirname", "sed", "head", "mktemp", "rm"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    if script.name != "10-check.sh":
        # A k3d that knows no cluster and makes none.
        (tmp_path / "k3d").write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / "k3d").chmod(0o755)
    done = subprocess.run(
        [str(tmp_path / "bash"), str(script)],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("k3d: ")
    missing = "docker is not installed" if script.name == "10-check.sh" else "cluster"
    assert missing in last


def test_nothing_is_unpinned() -> None:
    """Every release and image that is fetched has a version."""
    settings = (FOLDER / "settings.sh").read_text()
    for name in ("K3S_IMAGE", "SERVING", "KOURIER", "EVENTING"):
        assert f"{name}:-" in settings
    text = "\n".join(file.read_text() for file in [*SCRIPTS, FOLDER / "storage.yaml"])
    assert "latest" not in text


def test_a_wait_for_all_leaves_a_second_for_each() -> None:
    """kubectl's --timeout is for all objects together, and it asks for one after the other.

    26 Triggers that were ready took it 3.6 s on a cluster: with 3 s no wait ever ends well.
    """
    triggers = sum(d["kind"] == "Trigger" for d in kustomize(FOLDER / "overlay"))
    waits = [
        line
        for script in SCRIPTS
        for line in script.read_text().splitlines()
        if " wait " in line and " --all " in line
    ]
    assert waits and triggers
    for line in waits:
        found = re.search(r" --timeout=(\d+)s$", line)
        assert found is not None and int(found[1]) >= triggers, line


def test_the_overlay_builds(shared_data: Path) -> None:
    """Its Services fit their definitions, come from its registry and stay small."""
    definitions = Definitions(shared_data / "manifests")
    built = kustomize(FOLDER / "overlay")
    ours = [d for d in built if ".knative.dev/" in d["apiVersion"]]
    assert [p for document in ours for p in definitions.problems(document)] == []
    services = {
        d["metadata"]["name"]: d["spec"]["template"]
        for d in built
        if d["apiVersion"] == "serving.knative.dev/v1"
    }
    assert {f"rushes-{name}" for name in OPERATIONS} < services.keys()
    for template in services.values():
        (container,) = template["spec"]["containers"]
        assert container["image"] == "k3d-rushes-registry:5000/rushes:local"
    debayer = services["rushes-debayer"]
    assert debayer["metadata"]["annotations"]["autoscaling.knative.dev/max-scale"] == "2"
    assert debayer["spec"]["priorityClassName"] == "rushes-batch"
    (settings,) = [d for d in built if d["metadata"]["name"] == "rushes-settings"]
    assert settings["data"]["AWS_ENDPOINT_URL_S3"].startswith("http://s3.rushes.svc")


def seen(kind: str, name: str, *true: str, running: bool = False) -> dict[str, Any]:
    """An event of kubectl's watch."""
    states = [{"name": "rushes", "state": {"running": {}} if running else {"waiting": {}}}]
    conditions = [{"type": condition, "status": "True"} for condition in true]
    status = {"conditions": conditions, "containerStatuses": states}
    return {"type": kind, "object": {"metadata": {"name": name}, "status": status}}


def test_the_ledger_goes_from_none_to_many_to_none() -> None:
    """Each step has the time when it was first seen, and the most pods at once are counted."""
    pods = Pods()
    for at, name in ((1.0, "a"), (1.5, "b")):
        pods.event(seen("ADDED", name), at)
        pods.event(seen("MODIFIED", name, "PodScheduled"), at + 0.1)
        pods.event(seen("MODIFIED", name, "PodScheduled", running=True), at + 0.5)
        pods.line(name, '{"event": "ready", "seconds": 0.07}', at + 0.6)
        pods.event(seen("MODIFIED", name, "PodScheduled", "Ready", running=True), at + 0.7)
        pods.line(name, "rushes: serving debayer at http://0.0.0.0:8080", at + 0.7)
        pods.line(name, '{"event": "unit", "status": "done"}', at + 2)
    assert not pods.over()
    for at, name in ((9.0, "b"), (10.0, "a")):
        pods.event(seen("DELETED", name, "PodScheduled"), at)
    assert pods.over()
    assert pods.most() == 2
    assert pods.seen["a"] == {
        "created": 1.0,
        "scheduled": 1.1,
        "running": 1.5,
        "loaded": 1.6,
        "ready": 1.7,
        "first unit": 3.0,
        "gone": 10.0,
    }
    told = list(pods.table(4.0, [0.42]))
    assert "pods: 0 to 2 to 0" in told
    assert "pulls: 0.42 s" in told
    assert told[-1] == "idle to zero: 6.00 s"


def test_pulls_are_read_from_the_nodes_words() -> None:
    """Seconds and milliseconds, and nothing where the image was there."""
    words = [
        'Successfully pulled image "x" in 842ms (842ms including waiting). Image size: 1 bytes.',
        'Successfully pulled image "x" in 2.5s (3s including waiting)',
        'Container image "x" already present on machine',
    ]
    assert pulled({"items": [{"message": w} for w in words]}) == [0.842, 2.5]


def test_a_stream_of_documents_is_cut_where_they_end() -> None:
    """kubectl writes one object after another, each over many lines."""
    text = json.dumps({"a": 1}, indent=1) + "\n" + json.dumps({"b": {"c": 2}}, indent=4) + "\n"
    assert list(documents(text.splitlines(keepends=True))) == [{"a": 1}, {"b": {"c": 2}}]
