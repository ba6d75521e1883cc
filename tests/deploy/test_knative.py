"""knative/: valid against the real definitions, agreeing with the catalog, locked down."""

from __future__ import annotations

import copy
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from functions.serve.run.catalog import OPERATIONS
from tests.deploy.knative_rules import check
from tests.deploy.manifests import KNATIVE, Document, Manifests, load_knative
from tests.deploy.schemas import Definitions

Change = Callable[[Manifests], object]


@pytest.fixture
def found() -> Manifests:
    """The manifests as they are, to be spoiled."""
    return load_knative()


@pytest.fixture(scope="module")
def definitions(shared_data: Path) -> Definitions:
    """Knative's own CustomResourceDefinitions."""
    return Definitions(shared_data / "manifests")


def custom(found: Manifests) -> list[Document]:
    """Documents of kinds that Knative defines."""
    return [d for d in found.documents if ".knative.dev/" in d["apiVersion"]]


def test_all_rules_hold(found: Manifests) -> None:
    """The manifests say what they must, for every operation of the catalog."""
    assert check(found, OPERATIONS) == []


def test_every_manifest_fits_its_definition(found: Manifests, definitions: Definitions) -> None:
    """No field is unknown, missing or of another type for the real CRD schemas."""
    assert [p for document in custom(found) for p in definitions.problems(document)] == []


def test_an_operation_without_manifests_is_reported(found: Manifests) -> None:
    """A new line in the catalog fails until its Service, Triggers, JobSink and class exist."""
    told = check(found, [*OPERATIONS, "regrain"])
    for kind in ("Service rushes-regrain", "Trigger rushes-regrain", "JobSink rushes-regrain"):
        assert f"{kind}: missing" in told
    assert "Trigger rushes-regrain-job: missing" in told
    assert "priorities: rushes-regrain has none" in told


def test_manifests_of_no_operation_are_reported(found: Manifests) -> None:
    """An operation that left the catalog leaves nothing behind here."""
    told = check(found, [name for name in OPERATIONS if name != "inspect"])
    for name in ("Service rushes-inspect", "Trigger rushes-inspect-job", "JobSink rushes-inspect"):
        assert f"{name}: of no operation" in told


def template(found: Manifests, operation: str = "debayer") -> Any:
    """What a Service makes revisions of."""
    return found.of("Service", "serving")[f"rushes-{operation}"]["spec"]["template"]


def pod(found: Manifests, operation: str = "debayer") -> Any:
    """Its pods."""
    return template(found, operation)["spec"]


def main(found: Manifests, operation: str = "debayer") -> Any:
    """Its container."""
    return pod(found, operation)["containers"][0]


def env(found: Manifests, name: str, operation: str = "debayer") -> Any:
    """One variable of it."""
    return next(item for item in main(found, operation)["env"] if item["name"] == name)


def trigger(found: Manifests, name: str = "rushes-debayer") -> Any:
    """The spec of a Trigger."""
    return found.of("Trigger")[name]["spec"]


def job(found: Manifests) -> Any:
    """The Job of a JobSink."""
    return found.of("JobSink")["rushes-debayer"]["spec"]["job"]


def rename(found: Manifests, kind: str, group: str, name: str, new: str) -> None:
    """Drift: one document is called otherwise."""
    found.of(kind, group)[name]["metadata"]["name"] = new


CHANGES: dict[str, tuple[Change, str]] = {
    "no readiness probe": (lambda f: main(f).pop("readinessProbe"), "readinessProbe"),
    "no liveness probe": (lambda f: main(f).pop("livenessProbe"), "livenessProbe"),
    "ready means alive": (
        lambda f: main(f)["readinessProbe"]["httpGet"].update(path="/healthz"),
        "readinessProbe does not ask /readyz",
    ),
    "not scraped": (
        lambda f: template(f)["metadata"]["annotations"].pop("prometheus.io/scrape"),
        "prometheus.io/scrape is not true",
    ),
    "two units at once": (lambda f: pod(f).update(containerConcurrency=2), "containerConcurrency"),
    "times too long": (lambda f: pod(f).update(timeoutSeconds=900), "<= 600 is false"),
    "first byte after the end": (
        lambda f: pod(f).update(timeoutSeconds=500),
        "response start 600 <= timeout 500",
    ),
    "cut before its own limit": (
        lambda f: env(f, "RUSHES_LIMITS_SECONDS").update(value="600"),
        "leaves no time to answer",
    ),
    "grace over the pod's": (lambda f: env(f, "RUSHES_GRACE").update(value="600"), "RUSHES_GRACE"),
    "trigger gives up": (
        lambda f: trigger(f)["delivery"].update(timeout="PT1M"),
        "gives up before the unit's limit",
    ),
    "a setting that is none": (
        lambda f: main(f)["env"].append({"name": "RUSHES_ROOT", "value": "s3://x/"}),
        "RUSHES_ROOT is no setting",
    ),
    "a value that is none": (
        lambda f: env(f, "RUSHES_GRACE").update(value="soon"),
        "not a number of seconds",
    ),
    "shared setting that is none": (
        lambda f: f.of("ConfigMap")["rushes-settings"]["data"].update(RUSHES_LOGS="json"),
        "RUSHES_LOGS is no setting",
    ),
    "open storage": (
        lambda f: f.of("ConfigMap")["rushes-settings"]["data"].pop("RUSHES_ROOTS"),
        "all storage open",
    ),
    "a key in git": (
        lambda f: f.secret["stringData"].update(AWS_ACCESS_KEY_ID="AKIA"),
        "all empty",
    ),
    "another function": (lambda f: env(f, "FUNCTION").update(value="inspect"), "FUNCTION is"),
    "service drifts": (
        lambda f: rename(f, "Service", "serving", "rushes-debayer", "rushes-demosaic"),
        "Service rushes-demosaic: of no operation",
    ),
    "trigger drifts": (
        lambda f: rename(f, "Trigger", "", "rushes-debayer", "debayer"),
        "Trigger rushes-debayer: missing",
    ),
    "event type drifts": (
        lambda f: trigger(f)["filters"][0]["exact"].update(type="dev.rushes.debayer.request.v1"),
        "filters are not",
    ),
    "work is done twice": (lambda f: trigger(f)["filters"].pop(), "filters are not"),
    "subscriber drifts": (
        lambda f: trigger(f)["subscriber"]["ref"].update(name="rushes-inspect"),
        "the subscriber is not Service rushes-debayer",
    ),
    "no retry": (lambda f: trigger(f)["delivery"].pop("retry"), "retry is missing"),
    "no back-off": (lambda f: trigger(f)["delivery"].pop("backoffPolicy"), "back-off"),
    "letters to nobody": (
        lambda f: trigger(f)["delivery"]["deadLetterSink"]["ref"].update(name="rushes-dead"),
        "the dead-letter sink rushes-dead is not there",
    ),
    "no broker": (lambda f: rename(f, "Broker", "", "rushes", "default"), "Broker rushes: missing"),
    "root": (lambda f: main(f)["securityContext"].update(runAsUser=0), "runs as root"),
    "perhaps root": (
        lambda f: main(f)["securityContext"].pop("runAsNonRoot"),
        "securityContext.runAsNonRoot",
    ),
    "capabilities": (
        lambda f: main(f)["securityContext"]["capabilities"].update(add=["SYS_ADMIN"]),
        "securityContext.capabilities",
    ),
    "no seccomp": (
        lambda f: main(f)["securityContext"].pop("seccompProfile"),
        "securityContext.seccompProfile",
    ),
    "root can be written": (
        lambda f: main(f)["securityContext"].update(readOnlyRootFilesystem=False),
        "readOnlyRootFilesystem",
    ),
    "no scratch": (lambda f: pod(f).pop("volumes"), "/tmp is not an emptyDir"),
    "endless scratch": (lambda f: pod(f)["volumes"][0].update(emptyDir={}), "has no limit"),
    "no limits": (lambda f: main(f)["resources"].pop("limits"), "resources.limits"),
    "open to the world": (
        lambda f: f.of("Service", "serving")["rushes-debayer"]["metadata"]["labels"].clear(),
        "can be reached from outside",
    ),
    "dispatcher sends elsewhere": (
        lambda f: env(f, "K_SINK", "dispatch").update(value="http://broker/"),
        "K_SINK is http://broker/",
    ),
    "job of another operation": (
        lambda f: job(f)["spec"]["template"]["spec"]["containers"][0]["args"].__setitem__(
            0, "inspect"
        ),
        "JobSink rushes-debayer: runs",
    ),
    "job without its event": (
        lambda f: job(f)["spec"]["template"]["spec"]["containers"][0]["args"].pop(2),
        "JobSink rushes-debayer: runs",
    ),
    "job with an unknown field": (
        lambda f: job(f)["spec"].update(backOffLimit=3),
        "backOffLimit: unknown field",
    ),
    "job retries what nothing cures": (
        lambda f: job(f)["spec"]["podFailurePolicy"]["rules"][0]["onExitCodes"]["values"].pop(),
        "exit codes that no retry cures",
    ),
    "job ends before its unit": (
        lambda f: job(f)["spec"].update(activeDeadlineSeconds=60),
        "activeDeadlineSeconds",
    ),
    "job of no class": (
        lambda f: job(f)["spec"]["template"]["spec"].update(priorityClassName="high"),
        "priority class high is not there",
    ),
    "service of no class": (
        lambda f: f.priorities.update({"rushes-debayer": "high"}),
        "rushes-debayer high",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_spoiled_manifest_is_reported(found: Manifests, name: str) -> None:
    """Each single mistake is told, in a sentence that names it."""
    change, sentence = CHANGES[name]
    change(found)
    told = check(found, OPERATIONS)
    assert any(sentence in line for line in told), told


def keys_of(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Paths of all keys whose names are the API's and not the writer's."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        if key in ("labels", "annotations"):
            continue
        if isinstance(key, str):
            yield (*path, key)
        if isinstance(item, (dict, list)):
            yield from keys_of(item, (*path, key))


def misspelt(document: Document, path: tuple[str | int, ...]) -> None:
    """Put a letter behind the key at the path."""
    holder: Any = document
    for key in path[:-1]:
        holder = holder[key]
    holder[f"{path[-1]}x"] = holder.pop(path[-1])


def test_every_misspelt_key_is_reported(found: Manifests, definitions: Definitions) -> None:
    """Whatever key of whatever manifest has a letter too many, a check tells."""
    silent = []
    tried = 0
    for original in custom(found):
        for path in keys_of(original):
            document = copy.deepcopy(original)
            misspelt(document, path)
            tried += 1
            told = path[0] in ("apiVersion", "kind") or definitions.problems(document)
            if told or (original["kind"] == "JobSink" and path[:2] == ("spec", "job")):
                continue
            others = [document if d is original else d for d in found.documents]
            spoiled = Manifests(others, found.secret, found.priorities)
            if not check(spoiled, OPERATIONS):
                silent.append((original["kind"], original["metadata"]["name"], path))
    assert silent == []
    assert tried > 500


def test_every_misspelt_key_of_a_job_is_reported(found: Manifests) -> None:
    """JobSink's definition leaves the Job open, so our own table of its fields tells."""
    original = job(found)
    paths = [("spec", "job", *path) for path in keys_of(original)]
    assert len(paths) > 50
    for path in paths:
        spoiled = copy.deepcopy(found)
        misspelt(spoiled.of("JobSink")["rushes-debayer"], path)
        assert check(spoiled, OPERATIONS), path


def kustomize(folder: Path) -> list[Document]:
    """What kubectl would apply."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("no kubectl on this machine")
    done = subprocess.run([kubectl, "kustomize", str(folder)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def images(value: Any) -> Iterator[str]:
    """Every `image` below a value."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        if key == "image":
            yield item
        elif isinstance(item, (dict, list)):
            yield from images(item)


def test_the_kustomization_builds(found: Manifests) -> None:
    """kubectl reads it, all is in our namespace, and one image serves Services and Jobs."""
    built = kustomize(KNATIVE)
    assert len(built) == len(found.documents)
    apart = {"Namespace", "PriorityClass"}
    assert {d["metadata"]["namespace"] for d in built if d["kind"] not in apart} == {"rushes"}
    assert set(images(built)) == {"dev.local/rushes:0.1"}


def test_priorities_are_a_component(tmp_path: Path) -> None:
    """An overlay with the component has a class on every function's Service."""
    shutil.copytree(KNATIVE, tmp_path / "knative")
    overlay = {"resources": ["knative"], "components": ["knative/priorities"]}
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(overlay))
    classes = {
        d["metadata"]["name"]: d["spec"]["template"]["spec"].get("priorityClassName")
        for d in kustomize(tmp_path)
        if d["apiVersion"] == "serving.knative.dev/v1"
    }
    assert classes.pop("rushes-dead-letters") is None
    assert all(str(chosen).startswith("rushes-") for chosen in classes.values())
    assert len(classes) == len(OPERATIONS)
