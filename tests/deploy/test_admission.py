"""What we ship against the platforms' own rules, what the overlays ask of a cluster, and that each
rule can fail."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from functions.serve.run.catalog import OPERATIONS
from tests.deploy.admission import BEHIND_FLAGS, RULES, refusals
from tests.deploy.manifests import KNATIVE, ROOT, Document
from tests.deploy.render import containers, render
from tests.deploy.test_knative import kustomize

OVERLAYS = ROOT / "deploy" / "overlays"
FOLDERS = {
    "knative": KNATIVE,
    "small": OVERLAYS / "small",
    "production": OVERLAYS / "production",
}
# Requests of what else a cluster of one node runs, in thousandths of a core and in MiB: activator,
# autoscaler, controller and webhook of Serving; controller, webhook, JobSink, and the broker's
# controller, ingress and filter of Eventing; Kourier's controller and gateway; CoreDNS and
# metrics-server of k3s. (config/ of knative/serving, knative/eventing, net-kourier; k3s' manifests)
PLATFORM = (300 + 3 * 100 + 5 * 100 + 125 + 2 * 200 + 2 * 100, 60 + 300 + 514 + 400 + 140)
STORAGE = (10, 128)  # k3d/storage.yaml
SMALL_NODE = (2000, 6_000_000_000 // 2**20)


@pytest.mark.parametrize("name", FOLDERS)
def test_a_cluster_admits_what_we_ship(name: str) -> None:
    """No rule of Knative or Kubernetes refuses an object of the kustomization or of an overlay,
    without any feature flag."""
    assert refusals(render(FOLDERS[name])) == []


@pytest.mark.parametrize(
    ("component", "flag"),
    [
        ("priorities", "priorityClassName"),
        ("amd64", "nodeSelector"),
        ("zero-start", "initial-scale"),
    ],
)
def test_what_needs_a_flag_is_a_component(tmp_path: Path, component: str, flag: str) -> None:
    """A component's objects are refused without its flag and admitted with it."""
    (tmp_path / "kustomization.yaml").write_text(
        f"resources: [{KNATIVE}]\ncomponents: [{KNATIVE / component}]\n"
    )
    built = render(tmp_path)
    told = refusals(built)
    assert len(told) >= len(OPERATIONS)
    assert all(sentence.endswith(f"{flag} is behind a flag") for sentence in told)
    assert refusals(built, frozenset({flag})) == []


def test_the_small_overlay_fits_a_small_node() -> None:
    """On 2 CPU and 6 GB every function's first pod, the trial's storage and the platform are
    scheduled at once."""
    asked = _asked(render(FOLDERS["small"]))
    total = [sum(each) for each in zip(asked, PLATFORM, STORAGE, strict=True)]
    assert total[0] <= SMALL_NODE[0] and total[1] <= SMALL_NODE[1], total


def test_the_local_cluster_is_no_larger() -> None:
    """The overlay of `make k3d` asks for what the small one asks for."""
    assert _asked(render(ROOT / "k3d" / "overlay")) == _asked(render(FOLDERS["small"]))


def test_a_large_first_rollout_is_known() -> None:
    """docs/deploy.md tells what the first rollout of the plain manifests asks for."""
    cpu, memory = _asked(render(KNATIVE))
    told = (ROOT / "docs" / "deploy.md").read_text()
    assert f"{cpu / 1000:.1f} CPU and {memory / 1024:.1f} GiB" in told


def _asked(documents: Iterable[Document]) -> tuple[int, int]:
    """Thousandths of a core and MiB of one pod of every Service, with its queue-proxy (25m and
    50Mi unless an annotation tells; knative/serving:config/core/configmaps/deployment.yaml)."""
    cpu = memory = 0
    for document in documents:
        if not document["apiVersion"].startswith("serving."):
            continue
        notes = document["spec"]["template"]["metadata"]["annotations"]
        proxy = [
            notes.get(f"queue.sidecar.serving.knative.dev/{what}-resource-request", default)
            for what, default in (("cpu", "25m"), ("memory", "50Mi"))
        ]
        for amounts in [c["resources"]["requests"] for c in containers(document)]:
            cpu += _milli(amounts["cpu"]) + _milli(proxy[0])
            memory += _mebi(amounts["memory"]) + _mebi(proxy[1])
    return cpu, memory


def _milli(text: Any) -> int:
    words = str(text)
    return int(words[:-1]) if words.endswith("m") else int(words) * 1000


def _mebi(text: str) -> int:
    return int(text[:-2]) * {"Mi": 1, "Gi": 1024}[text[-2:]]


def service(found: list[Document]) -> Document:
    """The Service of debayer."""
    return next(d for d in found if d["metadata"]["name"] == "rushes-debayer" and _served(d))


def _served(document: Document) -> bool:
    return str(document["apiVersion"]).startswith("serving.")


def pod(found: list[Document]) -> Document:
    """Its pod."""
    spec: Document = service(found)["spec"]["template"]["spec"]
    return spec


def one(found: list[Document]) -> Document:
    """Its container."""
    container: Document = pod(found)["containers"][0]
    return container


def notes(found: list[Document]) -> Document:
    """Its template's annotations."""
    annotations: Document = service(found)["spec"]["template"]["metadata"]["annotations"]
    return annotations


def kind(found: list[Document], name: str) -> Document:
    """The first document of a kind."""
    return next(d for d in found if d["kind"] == name)


def job(found: list[Document]) -> Document:
    """The Job of the first JobSink."""
    spec: Document = kind(found, "JobSink")["spec"]["job"]["spec"]
    return spec


SCALE = "autoscaling.knative.dev/"
CHANGES: dict[str, tuple[Callable[[list[Document]], object], str]] = {
    "a name": (lambda f: service(f)["metadata"].update(name="9rushes"), "DNS-1035"),
    "scale on the Service": (
        lambda f: service(f)["metadata"].update(annotations={SCALE + "min-scale": "0"}),
        "belongs on the template",
    ),
    "max below min": (lambda f: notes(f).update({SCALE + "min-scale": "200"}), "min <= max"),
    "a number for a string": (lambda f: notes(f).update({SCALE + "target": 1}), "is no string"),
    "target": (lambda f: notes(f).update({SCALE + "target": "0"}), "below 0.01"),
    "utilisation": (
        lambda f: notes(f).update({SCALE + "target-utilization-percentage": "110"}),
        "1 to 100",
    ),
    "retention": (
        lambda f: notes(f).update({SCALE + "scale-to-zero-pod-retention-period": "2h"}),
        "0 to 1h",
    ),
    "metric": (lambda f: notes(f).update({SCALE + "metric": "cpu"}), "the metric"),
    "grace as a field": (
        lambda f: pod(f).update(terminationGracePeriodSeconds=600),
        "must not be set",
    ),
    "a token": (lambda f: pod(f).update(automountServiceAccountToken=True), "may only be false"),
    "too long": (lambda f: pod(f).update(timeoutSeconds=601), "timeoutSeconds"),
    "too many at once": (lambda f: pod(f).update(containerConcurrency=1001), "0 to 1000"),
    "a threshold without a period": (
        lambda f: one(f)["readinessProbe"].update(failureThreshold=3),
        "failureThreshold is disallowed when periodSeconds is zero",
    ),
    "a timeout without a period": (
        lambda f: one(f)["readinessProbe"].update(timeoutSeconds=1),
        "timeoutSeconds is disallowed when periodSeconds is zero",
    ),
    "success never": (
        lambda f: one(f)["readinessProbe"].update(successThreshold=0),
        "successThreshold",
    ),
    "grace of a probe": (
        lambda f: one(f)["livenessProbe"].update(terminationGracePeriodSeconds=1),
        "livenessProbe.terminationGracePeriodSeconds",
    ),
    "two handlers": (
        lambda f: one(f)["livenessProbe"].update(tcpSocket={"port": 8080}),
        "one handler",
    ),
    "a startup probe": (
        lambda f: one(f).update(startupProbe=one(f)["livenessProbe"]),
        "switches the activator's own probing off",
    ),
    "two ports": (lambda f: one(f)["ports"].append({"containerPort": 8081}), "more than one port"),
    "queue-proxy's port": (
        lambda f: one(f)["ports"][0].update(containerPort=8012),
        "reserved or the node's",
    ),
    "PORT": (lambda f: one(f)["env"].append({"name": "PORT", "value": "1"}), "Knative's to set"),
    "queue-proxy's name": (lambda f: one(f).update(name="queue-proxy"), "called queue-proxy"),
    "a host path": (
        lambda f: pod(f)["volumes"][0].update(emptyDir=None, hostPath={}) or _drop(f),
        "behind a flag",
    ),
    "a volume for nobody": (lambda f: one(f).update(volumeMounts=[]), "mounted nowhere"),
    "the root": (
        lambda f: one(f)["volumeMounts"][0].update(mountPath="/"),
        "cannot be mounted",
    ),
    "a mount of nothing": (
        lambda f: one(f)["volumeMounts"][0].update(name="none"),
        "volume none is not there",
    ),
    "a config that can be written": (
        lambda f: (
            pod(f)["volumes"].append({"name": "c", "configMap": {"name": "x"}})
            or one(f)["volumeMounts"].append({"name": "c", "mountPath": "/c"})
        ),
        "must be read-only",
    ),
    "retry after": (
        lambda f: kind(f, "Trigger")["spec"]["delivery"].update(retryAfterMax="PT1M"),
        "delivery.retryAfterMax",
    ),
    "negative retry": (
        lambda f: kind(f, "Trigger")["spec"]["delivery"].update(retry=-1),
        "retry is negative",
    ),
    "a policy": (
        lambda f: kind(f, "Trigger")["spec"]["delivery"].update(backoffPolicy="Exponential"),
        "neither linear nor exponential",
    ),
    "a duration": (
        lambda f: kind(f, "Trigger")["spec"]["delivery"].update(timeout="600s"),
        "no ISO 8601 period",
    ),
    "a broker's field": (lambda f: kind(f, "Broker")["spec"].update(retry=1), "spec.retry"),
    "a broker of no class": (
        lambda f: kind(f, "Broker")["metadata"].pop("annotations"),
        "no broker class",
    ),
    "no subscriber": (lambda f: kind(f, "Trigger")["spec"].pop("subscriber"), "are required"),
    "two dialects": (
        lambda f: kind(f, "Trigger")["spec"]["filters"][0].update(prefix={"type": "dev"}),
        "one dialect",
    ),
    "an attribute": (
        lambda f: kind(f, "Trigger")["spec"]["filters"][0]["exact"].update({"a-b": "c"}),
        "a-b is no attribute",
    ),
    "a long name of a Job": (
        lambda f: kind(f, "JobSink")["metadata"].update(name="rushes-" + "x" * 30),
        "too long",
    ),
    "pods that start again": (
        lambda f: job(f)["template"]["spec"].update(restartPolicy="OnFailure"),
        "restartPolicy Never",
    ),
    "codes out of order": (
        lambda f: job(f)["podFailurePolicy"]["rules"][0]["onExitCodes"]["values"].reverse(),
        "must ascend",
    ),
    "a code's container": (
        lambda f: job(f)["podFailurePolicy"]["rules"][0]["onExitCodes"].update(containerName="x"),
        "container x is not there",
    ),
    "a class above": (lambda f: kind(f, "PriorityClass").update(value=10000), "push out"),
    "a class that preempts": (
        lambda f: kind(f, "PriorityClass").pop("preemptionPolicy"),
        "push out",
    ),
    "a system's class": (
        lambda f: kind(f, "PriorityClass")["metadata"].update(name="system-x"),
        "reserved",
    ),
    "escalation": (
        lambda f: one(f)["securityContext"].pop("allowPrivilegeEscalation"),
        "allowPrivilegeEscalation",
    ),
    "capabilities": (lambda f: one(f)["securityContext"].pop("capabilities"), "not dropped"),
    "root": (lambda f: one(f)["securityContext"].update(runAsUser=0), "as root"),
    "seccomp": (lambda f: one(f)["securityContext"].pop("seccompProfile"), "no seccomp"),
    "a volume of the node": (
        lambda f: job(f)["template"]["spec"]["volumes"].append({"name": "n", "hostPath": {}}),
        "restricted: volume n",
    ),
    "two kinds of peer": (
        lambda f: kind(f, "NetworkPolicy")["spec"]["egress"][-1]["to"][0].update(podSelector={}),
        "an ipBlock alone",
    ),
    "Knative locked out": (
        lambda f: kind(f, "NetworkPolicy")["spec"].update(ingress=[]),
        "cannot reach",
    ),
    "drains that never end": (
        lambda f: kind(f, "PodDisruptionBudget")["spec"].update(minAvailable=1),
        "maxUnavailable",
    ),
    "the newest image": (
        lambda f: pod(f)["containers"][0].update(image="dev.local/rushes:latest"),
        "is pulled at each start",
    ),
    "a label": (
        lambda f: kind(f, "Namespace")["metadata"]["labels"].update(x="a b"),
        "label value",
    ),
    "a large ConfigMap": (
        lambda f: kind(f, "ConfigMap")["data"].update(x="x" * 2**20),
        "over a megabyte",
    ),
}


def _drop(found: list[Document]) -> None:
    pod(found)["volumes"][0].pop("emptyDir")


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_that_a_cluster_refuses_is_told(name: str) -> None:
    """Each single change is told, in a sentence that names it."""
    change, sentence = CHANGES[name]
    found = copy.deepcopy(render(FOLDERS["production"]))
    change(found)
    told = refusals(found, frozenset(BEHIND_FLAGS))
    assert any(sentence in line for line in told), told


@pytest.mark.parametrize("name", ["knative", "small", "production", "k3d"])
def test_rendering_is_kustomizes(name: str) -> None:
    """What these tests look at is what kubectl would apply."""
    folder = FOLDERS.get(name, ROOT / "k3d" / "overlay")

    def key(document: Document) -> tuple[str, str]:
        return document["apiVersion"] + document["kind"], document["metadata"]["name"]

    assert sorted(render(folder), key=key) == sorted(kustomize(folder), key=key)


def test_every_rule_names_its_source() -> None:
    """A rule's docstring says where the platform's own rule stands."""
    for rule in RULES:
        assert "knative/" in (rule.__doc__ or "") or "kubernetes/" in (rule.__doc__ or "")
