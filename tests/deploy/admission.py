"""Rules of the platforms' own admission code: what a cluster refuses that no schema tells.

Each rule is a function from a document to sentences; its docstring names the source, read at
Knative 1.19 and at the newest commits of 2026. They were tried beside the real code (Serving's and
Eventing's `SetDefaults` and `Validate`, compiled from their repositories) on what we ship.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any

from tests.deploy.manifests import Document

Rule = Callable[[Document], Iterator[str]]
_LABEL = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_SCALING = "autoscaling.knative.dev/"
_RESERVED_ENV = {"PORT", "K_SERVICE", "K_CONFIGURATION", "K_REVISION"}
_RESERVED_PORTS = {8012, 8013, 8022, 8008, 9090, 9091}
_POD_FIELDS = {
    "serviceAccountName", "containers", "volumes", "imagePullSecrets", "enableServiceLinks",
    "automountServiceAccountToken", "containerConcurrency", "timeoutSeconds",
    "responseStartTimeoutSeconds", "idleTimeoutSeconds",
}  # fmt: skip
BEHIND_FLAGS = {"priorityClassName", "nodeSelector"}
"""Fields that our components add, and whose docs name the flag."""
_DIALECTS = {"exact", "prefix", "suffix", "all", "any", "not", "cesql"}
_PERIOD = re.compile(r"PT(\d+(\.\d+)?[HMS])+")
_GO = re.compile(r"\d+(s|m|h)")


def refusals(documents: Iterable[Document], flags: frozenset[str] = frozenset()) -> list[str]:
    """Sentences about documents that a cluster would refuse.

    flags : of `BEHIND_FLAGS`, those that the cluster allows
    """
    told = []
    for document in documents:
        name = f"{document['kind']} {document['metadata']['name']}"
        for rule in RULES:
            told += [f"{name}: {sentence}" for sentence in rule(document)]
        for field in _flagged(document) - flags:
            told.append(f"{name}: {field} is behind a flag")
    return told


def _flagged(document: Document) -> set[str]:
    found = set(_pod(document)) & BEHIND_FLAGS
    notes = document.get("spec", {}).get("template", {}).get("metadata", {}).get("annotations", {})
    if notes.get(_SCALING + "initial-scale") == "0":
        found.add("initial-scale")
    return found if document["apiVersion"].startswith("serving.") else set()


def _pod(document: Document) -> Document:
    """The pod of a Knative Service; empty for everything else."""
    if not document["apiVersion"].startswith("serving.knative.dev/"):
        return {}
    pod = document["spec"]["template"]["spec"]
    assert isinstance(pod, dict)
    return pod


def _names(document: Document) -> Iterator[str]:
    """knative/pkg:apis/metadata_validation.go: a DNS-1035 label of at most 63."""
    if "knative" in document["apiVersion"] and not _LABEL.fullmatch(document["metadata"]["name"]):
        yield "its name is no DNS-1035 label"


def _autoscaling_place(document: Document) -> Iterator[str]:
    """knative/serving:pkg/apis/serving/metadata_validation.go: on the template only."""
    for name in document["metadata"].get("annotations", {}) if _pod(document) else ():
        if name.startswith(_SCALING):
            yield f"{name} belongs on the template"


def _autoscaling(document: Document) -> Iterator[str]:
    """knative/serving:pkg/apis/autoscaling/annotation_validation.go."""
    if not _pod(document):
        return
    notes = document["spec"]["template"].get("metadata", {}).get("annotations", {})
    for name, value in notes.items():
        if not isinstance(value, str):
            yield f"{name} is no string"
            return
    low, high = (notes.get(f"{_SCALING}{end}-scale", "0") for end in ("min", "max"))
    if not (low.isdigit() and high.isdigit()) or 0 < int(high) < int(low):
        yield "min-scale and max-scale are not 0 <= min <= max"
    if float(notes.get(_SCALING + "target", "1")) < 0.01:
        yield "target is below 0.01"
    if not 1 <= float(notes.get(_SCALING + "target-utilization-percentage", "70")) <= 100:
        yield "target-utilization-percentage is not 1 to 100"
    period = notes.get(_SCALING + "scale-to-zero-pod-retention-period", "0s")
    if not _GO.fullmatch(period) or _seconds(period) > 3600:
        yield "scale-to-zero-pod-retention-period is not 0 to 1h"
    if notes.get(_SCALING + "metric", "concurrency") not in ("concurrency", "rps"):
        yield "the metric is none of the default autoscaler's"


def _pod_fields(document: Document) -> Iterator[str]:
    """knative/serving:pkg/apis/serving/fieldmask.go, PodSpecMask."""
    pod = _pod(document)
    for field in sorted(pod.keys() - _POD_FIELDS - BEHIND_FLAGS):
        yield f"{field} must not be set"
    if pod.get("automountServiceAccountToken"):
        yield "automountServiceAccountToken may only be false"


def _times(document: Document) -> Iterator[str]:
    """knative/serving:pkg/apis/serving/v1/revision_validation.go, pkg/apis/config/defaults.go."""
    pod = _pod(document)
    if pod and not 0 < pod.get("timeoutSeconds", 300) <= 600:
        yield "timeoutSeconds is over max-revision-timeout-seconds (600)"
    if pod and not 0 <= pod.get("containerConcurrency", 0) <= 1000:
        yield "containerConcurrency is not 0 to 1000"


def _readiness(document: Document) -> Iterator[str]:
    """knative/serving:pkg/apis/serving/k8s_validation.go, validateReadinessProbe: a period of 0 is
    Knative's own probing, and then neither failureThreshold nor timeoutSeconds may be set."""
    for container in _pod(document).get("containers", ()):
        probe = container.get("readinessProbe", {})
        if not probe.get("periodSeconds", 0):
            for field in ("failureThreshold", "timeoutSeconds"):
                if probe.get(field, 0):
                    yield f"readinessProbe.{field} is disallowed when periodSeconds is zero"
        if probe and probe.get("successThreshold", 1) < 1:
            yield "readinessProbe.successThreshold is below 1"


def _probes(document: Document) -> Iterator[str]:
    """knative/serving:pkg/apis/serving/fieldmask.go (ProbeMask), k8s_validation.go."""
    known = {
        "httpGet", "tcpSocket", "exec", "grpc", "initialDelaySeconds", "timeoutSeconds",
        "periodSeconds", "successThreshold", "failureThreshold",
    }  # fmt: skip
    for container in _pod(document).get("containers", ()):
        for kind in ("readinessProbe", "livenessProbe", "startupProbe"):
            probe = container.get(kind)
            if probe is None:
                continue
            for field in sorted(probe.keys() - known):
                yield f"{kind}.{field} must not be set"
            if len(probe.keys() & {"httpGet", "tcpSocket", "exec", "grpc"}) != 1:
                yield f"{kind} wants one handler"


def _cold_start(document: Document) -> Iterator[str]:
    """knative/serving:pkg/activator/net/revision_backends.go: with a startup probe or an exec
    readiness probe the activator waits for the kubelet. Admitted, and twice the cold start."""
    for container in _pod(document).get("containers", ()):
        if "startupProbe" in container or "exec" in container.get("readinessProbe", {}):
            yield "a startup probe switches the activator's own probing off"


def _ports_and_environment(document: Document) -> Iterator[str]:
    """knative/serving:pkg/apis/serving/k8s_validation.go; pkg/networking/constants.go."""
    pod = _pod(document)
    ports = [port for each in pod.get("containers", ()) for port in each.get("ports", ())]
    if len(ports) > 1:
        yield "more than one port"
    for port in ports:
        if port["containerPort"] in _RESERVED_PORTS or port.keys() & {"hostPort", "hostIP"}:
            yield f"port {port} is reserved or the node's"
    for container in pod.get("containers", ()):
        if container.get("name") == "queue-proxy" or not container.get("image"):
            yield "a container is called queue-proxy, or has no image"
        for variable in container.get("env", ()):
            if variable["name"] in _RESERVED_ENV or not variable["name"]:
                yield f"{variable['name']} is Knative's to set"


def _volumes(document: Document) -> Iterator[str]:
    """knative/serving:pkg/apis/serving/k8s_validation.go, ValidateVolumes."""
    pod = _pod(document)
    mounts = [m for c in pod.get("containers", ()) for m in c.get("volumeMounts", ())]
    volumes = {volume["name"]: volume for volume in pod.get("volumes", ())}
    for name, volume in volumes.items():
        if not volume.keys() & {"emptyDir", "secret", "configMap", "projected"}:
            yield f"volume {name} is of a kind behind a flag"
        if name not in {mount["name"] for mount in mounts}:
            yield f"volume {name} is mounted nowhere"
    paths = [mount["mountPath"] for mount in mounts]
    for mount in mounts:
        if mount["name"] not in volumes:
            yield f"volume {mount['name']} is not there"
        if mount["mountPath"] in ("/", "/dev", "/dev/log") or paths.count(mount["mountPath"]) > 1:
            yield f"{mount['mountPath']} cannot be mounted"
        if "emptyDir" not in volumes.get(mount["name"], {}) and not mount.get("readOnly"):
            yield f"{mount['mountPath']} must be read-only"


def _delivery(document: Document) -> Iterator[str]:
    """knative/eventing:pkg/apis/duck/v1/delivery_types.go; delivery-retryafter is off."""
    delivery = document.get("spec", {}).get("delivery") if _is_eventing(document) else None
    if delivery is None:
        return
    known = {"retry", "backoffPolicy", "backoffDelay", "timeout", "deadLetterSink", "format"}
    for field in sorted(delivery.keys() - known):
        yield f"delivery.{field} is unknown, or behind a flag"
    if delivery.get("retry", 0) < 0:
        yield "delivery.retry is negative"
    if delivery.get("backoffPolicy", "linear") not in ("linear", "exponential"):
        yield "delivery.backoffPolicy is neither linear nor exponential"
    for field in ("backoffDelay", "timeout"):
        if field in delivery and not _PERIOD.fullmatch(delivery[field]):
            yield f"delivery.{field} is no ISO 8601 period"


def _is_eventing(document: Document) -> bool:
    return document["apiVersion"].startswith(("eventing.", "messaging."))


def _broker(document: Document) -> Iterator[str]:
    """knative/eventing:pkg/apis/eventing/v1/broker_validation.go; unknown keys are refused
    (cmd/webhook/main.go decodes strictly)."""
    if document["kind"] != "Broker":
        return
    if "eventing.knative.dev/broker.class" not in document["metadata"].get("annotations", {}):
        yield "no broker class"
    for field in sorted(document["spec"].keys() - {"config", "delivery"}):
        yield f"spec.{field} is unknown"


def _trigger(document: Document) -> Iterator[str]:
    """knative/eventing:pkg/apis/eventing/v1/trigger_validation.go."""
    if document["kind"] != "Trigger":
        return
    spec = document["spec"]
    if not spec.get("broker") or not spec.get("subscriber"):
        yield "broker and subscriber are required"
    for one in spec.get("filters", ()):
        if len(one) != 1 or one.keys() - {
            "exact",
            "prefix",
            "suffix",
            "all",
            "any",
            "not",
            "cesql",
        }:
            yield "a filter has one dialect"
        for name in one.get("exact", {}):
            if not re.fullmatch(r"[a-z][a-z0-9]*", name):
                yield f"{name} is no attribute"


def _job_sink(document: Document) -> Iterator[str]:
    """kubernetes/kubernetes:pkg/apis/batch/validation/validation.go, which JobSink's webhook asks
    by a dry run; the Job's name is the sink's, a dash and 32 digits."""
    if document["kind"] != "JobSink":
        return
    if len(document["metadata"]["name"]) + 33 > 63:
        yield "the names of its Jobs are too long"
    spec = document["spec"]["job"]["spec"]
    policy = spec.get("podFailurePolicy", {}).get("rules", [])
    if policy and spec["template"]["spec"].get("restartPolicy") != "Never":
        yield "a podFailurePolicy wants restartPolicy Never"
    names = {c["name"] for c in spec["template"]["spec"]["containers"]}
    for rule in policy:
        codes = rule.get("onExitCodes")
        if codes is None:
            continue
        values = codes["values"]
        if any(a >= b for a, b in pairwise(values)) or 0 in values or len(values) > 255:
            yield "exit codes must ascend, be unique and hold no 0"
        if codes.get("containerName") not in names:
            yield f"container {codes.get('containerName')} is not there"


def _priority(document: Document) -> Iterator[str]:
    """kubernetes/kubernetes:pkg/apis/scheduling/validation/validation.go; and ours: below the 0 of
    pods without a class, and never preempting, so that nothing of the platform is evicted."""
    if document["kind"] != "PriorityClass":
        return
    if document["value"] >= 0 or document.get("preemptionPolicy") != "Never":
        yield "it could push out pods of the platform"
    if document["metadata"]["name"].startswith("system-"):
        yield "system- is reserved"


def _restricted(document: Document) -> Iterator[str]:
    """kubernetes/kubernetes:staging/src/k8s.io/pod-security-admission/policy: "restricted"."""
    for pod in _pods(document):
        context = pod.get("securityContext", {})
        for volume in pod.get("volumes", ()):
            if not volume.keys() & {"configMap", "emptyDir", "secret", "projected", "csi"}:
                yield f"restricted: volume {volume['name']}"
        for container in pod["containers"]:
            own = {**context, **container.get("securityContext", {})}
            if own.get("allowPrivilegeEscalation") is not False:
                yield "restricted: allowPrivilegeEscalation is not false"
            if "ALL" not in own.get("capabilities", {}).get("drop", ()):
                yield "restricted: capabilities are not dropped"
            if own.get("runAsNonRoot") is not True or own.get("runAsUser", 1) == 0:
                yield "restricted: may run as root"
            if own.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
                yield "restricted: no seccomp profile"


def _pods(document: Document) -> Iterator[Document]:
    spec: Any = document.get("spec", {})
    if document["kind"] == "JobSink":
        spec = spec["job"]["spec"]
    if isinstance(spec, dict) and "template" in spec:
        yield spec["template"]["spec"]


def _network(document: Document) -> Iterator[str]:
    """kubernetes/kubernetes:pkg/apis/networking/validation/validation.go; an ingress rule must let
    Knative's namespace in, or no request arrives."""
    if document["kind"] != "NetworkPolicy":
        return
    spec = document["spec"]
    sides = [("from", rule) for rule in spec.get("ingress", ())]
    sides += [("to", rule) for rule in spec.get("egress", ())]
    for side, rule in sides:
        for peer in rule.get(side, ()):
            if not peer or ("ipBlock" in peer and len(peer) > 1):
                yield "a peer is a selector or an ipBlock alone"
    inside = str(spec.get("ingress", ""))
    if "Ingress" in spec["policyTypes"] and "knative-serving" not in inside:
        yield "Knative cannot reach the pods"


def _budget(document: Document) -> Iterator[str]:
    """kubernetes/kubernetes:pkg/apis/policy/validation/validation.go; minAvailable holds drains for
    ever where a function has one pod."""
    if document["kind"] == "PodDisruptionBudget":
        spec = document["spec"]
        if "minAvailable" in spec or "maxUnavailable" not in spec or not spec.get("selector"):
            yield "wants maxUnavailable and a selector"


def _images(document: Document) -> Iterator[str]:
    """kubernetes/kubernetes:pkg/apis/core/v1/defaults.go: an image tagged latest, or not at all, is
    pulled at each start, one that is on the node already too."""
    for pod in _pods(document):
        for container in pod["containers"]:
            if ":" not in (tag := container["image"].rpartition("/")[2]) or tag.endswith(":latest"):
                yield f"{container['image']} is pulled at each start"


def _sizes(document: Document) -> Iterator[str]:
    """kubernetes/kubernetes:pkg/apis/core/validation/validation.go: label values, ConfigMaps."""
    for value in document["metadata"].get("labels", {}).values():
        if not re.fullmatch(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?", value):
            yield f"label value {value!r}"
    if sum(len(text) for text in (document.get("data") or {}).values()) > 1 << 20:
        yield "over a megabyte of data"


def _seconds(duration: str) -> int:
    return int(duration[:-1]) * {"s": 1, "m": 60, "h": 3600}[duration[-1]]


RULES: tuple[Rule, ...] = (
    _names, _autoscaling_place, _autoscaling, _pod_fields, _times, _readiness, _probes,
    _cold_start, _ports_and_environment, _volumes, _delivery, _broker, _trigger, _job_sink,
    _priority, _restricted, _network, _budget, _images, _sizes,
)  # fmt: skip
