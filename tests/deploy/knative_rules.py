"""What every manifest of knative/ must say, and how they must agree: sentences when not.

No cluster and no schema is needed: names against the catalog, environment against the
settings, times against one another, probes, locks and references.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from functions.contract.errors import RushesError, leaves
from functions.serve.run.environment import all_names
from functions.serve.run.settings import ROWS, Settings
from tests.deploy.core_schemas import CORE, JOB
from tests.deploy.manifests import Document, Manifests
from tests.deploy.schemas import problems

NAMESPACE = "rushes"
BROKER = "rushes"
DEAD_LETTERS = "rushes-dead-letters"
SERVICE = "serving.knative.dev/v1"
JOB_SINK = "sinks.knative.dev/v1alpha1"
EVENT_FILE = "/etc/jobsink-event/event"
INGRESS = "http://broker-ingress.knative-eventing.svc.cluster.local"
MOST_SECONDS = 600
"""Knative's max-revision-timeout-seconds, unless an administrator raised it."""

SETTINGS = {name for row in ROWS for name in all_names(row)}
_CREDENTIALS = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
NEVER_CURED = sorted({2} | {leaf.exit_code for leaf in leaves() if not leaf.retryable})


def check(found: Manifests, operations: Iterable[str]) -> list[str]:
    """Everything that is wrong."""
    names = tuple(operations)
    told = list(_kinds(found))
    told += _names(found, names)
    told += _surroundings(found)
    services = found.of("Service", "serving")
    for name, service in services.items():
        told += _service(found, name, service)
    for operation in names:
        told += _operation(found, operation)
    return told


def _kinds(found: Manifests) -> Iterator[str]:
    for document in [*found.documents, found.secret]:
        key = (document.get("apiVersion", ""), document.get("kind", ""))
        if key in CORE:
            yield from problems(document, CORE[key], f"{key[1]} {document['metadata']['name']}")


def _names(found: Manifests, operations: tuple[str, ...]) -> Iterator[str]:
    wanted = {f"rushes-{operation}" for operation in operations}
    both = {name + suffix for name in wanted for suffix in ("", "-job")}
    for kind, group, names in (
        ("Service", "serving", wanted | {DEAD_LETTERS}),
        ("Trigger", "eventing", both),
        ("JobSink", "sinks", wanted),
    ):
        there = set(found.of(kind, group))
        yield from (f"{kind} {name}: missing" for name in sorted(names - there))
        yield from (f"{kind} {name}: of no operation" for name in sorted(there - names))
    yield from (f"priorities: {name} has none" for name in sorted(wanted - found.priorities.keys()))
    classes = found.of("PriorityClass")
    for name, chosen in found.priorities.items():
        if name not in wanted or chosen not in classes:
            yield f"priorities: {name} {chosen}: no such Service or class"


def _surroundings(found: Manifests) -> Iterator[str]:
    if set(found.of("Namespace")) != {NAMESPACE}:
        yield f"Namespace {NAMESPACE}: missing"
    settings = found.of("ConfigMap").get("rushes-settings", {}).get("data", {})
    for name in settings:
        if name not in SETTINGS:
            yield f"ConfigMap rushes-settings: {name} is no setting"
    if not settings.get("RUSHES_ROOTS"):
        yield "ConfigMap rushes-settings: RUSHES_ROOTS leaves all storage open"
    keys = set(found.secret.get("stringData", {}))
    if keys != _CREDENTIALS or any(found.secret["stringData"].values()):
        yield f"Secret rushes-s3: wants {sorted(_CREDENTIALS)}, all empty"
    broker = found.of("Broker").get(BROKER)
    if broker is None:
        yield f"Broker {BROKER}: missing"
    else:
        yield from _delivery(found, f"Broker {BROKER}", broker["spec"].get("delivery", {}))


def _service(found: Manifests, name: str, service: Document) -> Iterator[str]:
    told = f"Service {name}"
    labels = service["metadata"].get("labels", {})
    if labels.get("networking.knative.dev/visibility") != "cluster-local":
        yield f"{told}: can be reached from outside"
    template = service["spec"]["template"]
    scale = template.get("metadata", {}).get("annotations", {})
    for end in ("min", "max"):
        if not str(scale.get(f"autoscaling.knative.dev/{end}-scale", "")).isdigit():
            yield f"{told}: {end}-scale is missing"
    spec = template["spec"]
    yield from _pod(found, told, spec)
    for key, value in (("scrape", "true"), ("port", "8080"), ("path", "/metrics")):
        if scale.get(f"prometheus.io/{key}") != value:
            yield f"{told}: prometheus.io/{key} is not {value}"
    (container,) = spec["containers"]
    if container.get("ports") != [{"containerPort": 8080}]:
        yield f"{told}: its one port is 8080"
    for probe, path in (
        ("readinessProbe", "/readyz"),
        ("livenessProbe", "/healthz"),
    ):
        if container.get(probe, {}).get("httpGet") != {"path": path, "port": 8080}:
            yield f"{told}: {probe} does not ask {path} at 8080"
    timeout = spec.get("timeoutSeconds", 0)
    first = spec.get("responseStartTimeoutSeconds", 0)
    if not 0 < first <= timeout <= MOST_SECONDS:
        yield f"{told}: 0 < response start {first} <= timeout {timeout} <= {MOST_SECONDS} is false"


def _operation(found: Manifests, operation: str) -> Iterator[str]:
    name = f"rushes-{operation}"
    service = found.of("Service", "serving").get(name)
    if service is not None:
        yield from _function(found, operation, service)
    kind = {"type": f"dev.rushes.{operation}.requested.v1"}
    job = {"rushesrun": "job"}
    plain = [{"exact": kind}, {"not": {"exact": job}}]
    yield from _trigger(found, name, plain, (SERVICE, "Service", name))
    yield from _trigger(
        found, f"{name}-job", [{"exact": kind}, {"exact": job}], (JOB_SINK, "JobSink", name)
    )
    sink = found.of("JobSink").get(name)
    if sink is not None:
        yield from _job(found, operation, sink)


def _function(found: Manifests, operation: str, service: Document) -> Iterator[str]:
    told = f"Service rushes-{operation}"
    scale = service["spec"]["template"]["metadata"]["annotations"]
    spec = service["spec"]["template"]["spec"]
    if spec.get("containerConcurrency") != 1:
        yield f"{told}: containerConcurrency is not 1"
    if scale.get("autoscaling.knative.dev/target") != "1":
        yield f"{told}: target is not 1"
    (container,) = spec["containers"]
    environ = {item["name"]: item["value"] for item in container.get("env", ())}
    if environ.get("FUNCTION") != operation:
        yield f"{told}: FUNCTION is {environ.get('FUNCTION')}"
    yield from _environment(found, told, operation, container)
    limit, grace = _seconds(environ, "RUSHES_LIMITS_SECONDS"), _seconds(environ, "RUSHES_GRACE")
    if not 0 < limit <= spec.get("responseStartTimeoutSeconds", 0) - 30:
        yield f"{told}: RUSHES_LIMITS_SECONDS {limit:g} leaves no time to answer"
    if not 0 < grace <= spec.get("timeoutSeconds", 0) - 10:
        yield f"{told}: RUSHES_GRACE {grace:g} is longer than the pod's own"
    trigger = found.of("Trigger").get(f"rushes-{operation}", {}).get("spec", {})
    if _iso(trigger.get("delivery", {}).get("timeout", "")) < limit:
        yield f"{told}: its Trigger gives up before the unit's limit of {limit:g} seconds"


def _job(found: Manifests, operation: str, sink: Document) -> Iterator[str]:
    told = f"JobSink rushes-{operation}"
    job = sink["spec"]["job"]
    wrong = list(problems(job, JOB, told))
    yield from wrong
    if wrong:
        return
    spec = job["spec"]["template"]["spec"]
    yield from _pod(found, told, spec)
    if spec.get("priorityClassName") not in found.of("PriorityClass"):
        yield f"{told}: priority class {spec.get('priorityClassName')} is not there"
    (container,) = spec["containers"]
    yield from _environment(found, told, operation, container)
    words = [*container.get("command", ()), *container.get("args", ())]
    if words[:2] != ["rushes", operation] or EVENT_FILE not in words:
        yield f"{told}: runs {words}"
    environ = {item["name"]: item["value"] for item in container["env"]}
    if not 0 < _seconds(environ, "RUSHES_LIMITS_SECONDS") <= job["spec"]["activeDeadlineSeconds"]:
        yield f"{told}: activeDeadlineSeconds ends a unit before its own limit"
    rules = [
        r["onExitCodes"] for r in job["spec"]["podFailurePolicy"]["rules"] if "onExitCodes" in r
    ]
    if [sorted(rule["values"]) for rule in rules] != [NEVER_CURED]:
        yield f"{told}: exit codes that no retry cures are {NEVER_CURED}"


def _trigger(
    found: Manifests, name: str, filters: list[Any], subscriber: tuple[str, str, str]
) -> Iterator[str]:
    trigger = found.of("Trigger").get(name)
    if trigger is None:
        return
    spec = trigger["spec"]
    if spec.get("broker") != BROKER:
        yield f"Trigger {name}: broker is {spec.get('broker')}"
    if spec.get("filters") != filters:
        yield f"Trigger {name}: filters are not {filters}"
    ref = spec.get("subscriber", {}).get("ref", {})
    if (ref.get("apiVersion"), ref.get("kind"), ref.get("name")) != subscriber:
        yield f"Trigger {name}: the subscriber is not {subscriber[1]} {subscriber[2]}"
    yield from _delivery(found, f"Trigger {name}", spec.get("delivery", {}))


def _delivery(found: Manifests, told: str, delivery: Document) -> Iterator[str]:
    if not 1 <= delivery.get("retry", 0) <= 20:
        yield f"{told}: retry is missing"
    if delivery.get("backoffPolicy") != "exponential" or not _iso(delivery.get("backoffDelay", "")):
        yield f"{told}: no exponential back-off"
    ref = delivery.get("deadLetterSink", {}).get("ref", {})
    if ref.get("name") not in found.of("Service", "serving"):
        yield f"{told}: the dead-letter sink {ref.get('name')} is not there"


def _pod(found: Manifests, told: str, spec: Document) -> Iterator[str]:
    if spec.get("serviceAccountName") not in found.of("ServiceAccount"):
        yield f"{told}: service account {spec.get('serviceAccountName')} is not there"
    if spec.get("automountServiceAccountToken") is not False:
        yield f"{told}: gets a token of the cluster"
    if spec.get("enableServiceLinks") is not False:
        yield f"{told}: gets variables of other services"
    (container,) = spec["containers"]
    locks = container.get("securityContext", {})
    for name, wanted in (
        ("runAsNonRoot", True),
        ("allowPrivilegeEscalation", False),
        ("readOnlyRootFilesystem", True),
        ("capabilities", {"drop": ["ALL"]}),
        ("seccompProfile", {"type": "RuntimeDefault"}),
    ):
        if locks.get(name) != wanted:
            yield f"{told}: securityContext.{name} is not {wanted}"
    if not locks.get("runAsUser"):
        yield f"{told}: runs as root"
    resources = container.get("resources", {})
    for side in ("requests", "limits"):
        if {"cpu", "memory"} - resources.get(side, {}).keys():
            yield f"{told}: resources.{side} wants cpu and memory"
    yield from _volumes(found, told, spec, container)


def _volumes(found: Manifests, told: str, spec: Document, container: Document) -> Iterator[str]:
    volumes = {volume["name"]: volume for volume in spec.get("volumes", ())}
    mounts = {mount["mountPath"]: mount for mount in container.get("volumeMounts", ())}
    if "emptyDir" not in volumes.get(mounts.get("/tmp", {}).get("name"), {}):
        yield f"{told}: /tmp is not an emptyDir"
    for path, mount in mounts.items():
        if path != "/tmp" and not mount.get("readOnly"):
            yield f"{told}: {path} can be written"
        if mount["name"] not in volumes:
            yield f"{told}: volume {mount['name']} is not there"
    for name, volume in volumes.items():
        if "emptyDir" in volume and "sizeLimit" not in volume["emptyDir"]:
            yield f"{told}: volume {name} has no limit"


def _environment(found: Manifests, told: str, operation: str, container: Document) -> Iterator[str]:
    environ = {item["name"]: item.get("value", "") for item in container.get("env", ())}
    for name in environ:
        if name not in SETTINGS:
            yield f"{told}: {name} is no setting"
    if environ.get("RUSHES_SCRATCH") != "/tmp":
        yield f"{told}: scratch is not the folder that can be written"
    broker = f"{INGRESS}/{NAMESPACE}/{BROKER}" if operation == "dispatch" else None
    if environ.get("K_SINK") != broker:
        yield f"{told}: K_SINK is {environ.get('K_SINK')}, not {broker}"
    sources = container.get("envFrom", [])
    if sources != [
        {"configMapRef": {"name": "rushes-settings"}},
        {"secretRef": {"name": "rushes-s3"}},
    ]:
        yield f"{told}: settings and secret are not both there"
    shared = found.of("ConfigMap").get("rushes-settings", {}).get("data", {})
    try:
        Settings.read({**shared, **environ})
    except RushesError as error:
        yield f"{told}: {error}"


def _seconds(environ: dict[str, str], name: str) -> float:
    try:
        return float(environ.get(name, ""))
    except ValueError:
        return 0.0


def _iso(duration: str) -> float:
    """Seconds of an ISO 8601 duration of the forms PT600S, PT10M, PT1H; 0 for others."""
    match = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?", str(duration))
    if match is None:
        return 0.0
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 3600.0 + minutes * 60.0 + seconds
