"""What stack.yml must say: sentences when it does not. faas-cli ignores what it does not know.

References
----------
OpenFaaS, "YAML reference" (stack.yaml), "Workloads" (health and ready annotations),
"Autoscaling" (labels), "Expanded timeouts".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from functions.contract.errors import RushesError
from functions.serve.run.settings import Settings
from tests.deploy.knative_rules import DEAD_LETTERS, SETTINGS
from tests.deploy.manifests import Document, Manifests
from tests.deploy.schemas import problems

_TEXT: dict[str, Any] = {"type": "string"}
_FLAG: dict[str, Any] = {"type": "boolean"}
_WORDS: dict[str, Any] = {"type": "array", "items": _TEXT}
_MAP: dict[str, Any] = {"type": "object", "additionalProperties": _TEXT}
_RESOURCES: dict[str, Any] = {
    "type": "object",
    "properties": {"cpu": _TEXT, "memory": _TEXT},
    "required": ["cpu", "memory"],
}
_FUNCTION: dict[str, Any] = {
    "type": "object",
    "required": ["lang", "handler", "image"],
    "properties": {
        **dict.fromkeys(("lang", "handler", "image", "fprocess", "namespace", "platforms"), _TEXT),
        **dict.fromkeys(("skip_build", "readonly_root_filesystem"), _FLAG),
        **dict.fromkeys(("secrets", "constraints", "environment_file", "build_options"), _WORDS),
        **dict.fromkeys(("environment", "labels", "annotations", "build_args"), _MAP),
        **dict.fromkeys(("limits", "requests"), _RESOURCES),
    },
}
STACK_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["version", "provider", "functions"],
    "properties": {
        "version": {"type": "number", "enum": [1.0]},
        "provider": {
            "type": "object",
            "required": ["name", "gateway"],
            "properties": {
                "name": {"type": "string", "enum": ["openfaas"]},
                "gateway": _TEXT,
                "network": _TEXT,
            },
        },
        "functions": {"type": "object", "additionalProperties": _FUNCTION},
        "configuration": {
            "type": "object",
            "properties": {
                "copy": _WORDS,
                "templates": {"type": "array", "items": _MAP},
            },
        },
    },
}
_SCALE = "com.openfaas.scale."
LABELS = {_SCALE + end for end in (
    "min", "max", "zero", "zero-duration", "type", "target", "target-proportion", "factor",
)}  # fmt: skip
ANNOTATIONS = {
    f"com.openfaas.{probe}.http.{name}"
    for probe in ("health", "ready")
    for name in (
        "path", "initialDelay", "initialDelaySeconds", "periodSeconds", "timeoutSeconds",
        "successThreshold", "failureThreshold",
    )
} | {"topic", "schedule"}  # fmt: skip
_SCRAPED = {
    "prometheus.io.scrape": "true",
    "prometheus.io.port": "8080",
    "prometheus.io.path": "/metrics",
}
_WATCHDOG = {"read_timeout", "write_timeout", "exec_timeout"}
_SECRETS = "/var/openfaas/secrets/"
_GATEWAY = "openfaas:http://gateway.openfaas:8080"


def check(stack: Document, operations: Iterable[str], pro: bool = True) -> list[str]:
    """Everything that is wrong in a stack with its variables put in.

    pro : for Standard, Enterprise and Edge; else what the Community Edition accepts
    """
    told = list(problems(stack, STACK_SCHEMA, "stack"))
    if told:
        return told
    functions = stack["functions"]
    wanted = {f"rushes-{operation}": operation for operation in operations}
    told += [f"{name}: missing" for name in wanted if name not in functions]
    told += [f"{name}: of no operation" for name in functions if name not in wanted]
    if len({function["image"] for function in functions.values()}) != 1:
        told.append("one image serves all functions")
    if sum(not function.get("skip_build", False) for function in functions.values()) != 1:
        told.append("the one image is built once")
    for name in functions.keys() & wanted.keys():
        told += _function(name, wanted[name], functions[name], pro)
    if not pro and len(functions) > 15:
        told.append("more functions than the Community Edition has")
    return told


def _function(name: str, operation: str, function: Document, pro: bool) -> Iterator[str]:
    environ = function.get("environment", {})
    for variable in environ.keys() - SETTINGS - _WATCHDOG:
        yield f"{name}: {variable} is no setting"
    if environ.get("FUNCTION") != operation:
        yield f"{name}: FUNCTION is {environ.get('FUNCTION')}"
    if environ.get("K_SINK") != (_GATEWAY if operation == "dispatch" else None):
        yield f"{name}: K_SINK is {environ.get('K_SINK')}"
    if environ.get("RUSHES_SCRATCH") != "/tmp" or not function.get("readonly_root_filesystem"):
        yield f"{name}: wants a read-only root and its scratch in /tmp"
    if not environ.get("RUSHES_ROOTS"):
        yield f"{name}: RUSHES_ROOTS leaves all storage open"
    yield from _secrets(name, function)
    # The token's file is there only in a pod.
    plain = {k: v for k, v in environ.items() if k in SETTINGS and not k.endswith("TOKEN_FILE")}
    try:
        Settings.read(plain)
    except RushesError as error:
        yield f"{name}: {error}"
    yield from _times(name, environ, pro)
    yield from _marks(name, function)
    yield from _pro(name, function) if pro else _community(name, function)
    for side in ("requests", "limits"):
        if side not in function:
            yield f"{name}: {side} is missing"


def _secrets(name: str, function: Document) -> Iterator[str]:
    environ, mounted = function.get("environment", {}), function.get("secrets", ())
    for variable in sorted({"RUSHES_TOKEN_FILE", *(v for v in environ if v.endswith("_FILE"))}):
        file = str(environ.get(variable, ""))
        if not file.startswith(_SECRETS) or file.removeprefix(_SECRETS) not in mounted:
            yield f"{name}: {variable} is none of its secrets"


def _times(name: str, environ: dict[str, str], pro: bool) -> Iterator[str]:
    read, write, run = (
        _go(environ.get(f"{what}_timeout", "")) for what in ("read", "write", "exec")
    )
    try:
        limit, grace = float(environ["RUSHES_LIMITS_SECONDS"]), float(environ["RUSHES_GRACE"])
    except (KeyError, ValueError):
        yield f"{name}: RUSHES_LIMITS_SECONDS and RUSHES_GRACE are not both numbers"
        return
    if not 0 < limit + 30 <= run <= min(read, write):
        yield f"{name}: {limit:g} + 30 <= exec {run:g} <= read {read:g}, write {write:g} is false"
    # Community sets no grace: Kubernetes' own 30 seconds.
    own = write - 10 if pro else 30
    if not 0 < grace <= own:
        yield f"{name}: RUSHES_GRACE {grace:g} is longer than the pod's own ({own:g})"


def _marks(name: str, function: Document) -> Iterator[str]:
    labels, annotations = function.get("labels", {}), function.get("annotations", {})
    for label in labels.keys() - LABELS:
        yield f"{name}: label {label} is not known"
    for annotation in annotations.keys() - ANNOTATIONS - _SCRAPED.keys():
        yield f"{name}: annotation {annotation} is not known"
    for annotation, value in _SCRAPED.items():
        if annotations.get(annotation) != value:
            yield f"{name}: annotation {annotation} is not {value}"
    for end in ("min", "max"):
        if not labels.get(_SCALE + end, "").isdigit():
            yield f"{name}: label {_SCALE}{end} is missing"


def _pro(name: str, function: Document) -> Iterator[str]:
    labels, annotations = function.get("labels", {}), function.get("annotations", {})
    for key, value in (
        (_SCALE + "zero", "true"),
        (_SCALE + "type", "capacity"),
        (_SCALE + "target", "1"),
    ):
        if labels.get(key) != value:
            yield f"{name}: label {key} is not {value}"
    if not _go(labels.get(_SCALE + "zero-duration", "")):
        yield f"{name}: label {_SCALE}zero-duration is no duration"
    for probe, path in (("health", "/healthz"), ("ready", "/readyz")):
        if annotations.get(f"com.openfaas.{probe}.http.path") != path:
            yield f"{name}: com.openfaas.{probe}.http.path is not {path}"


def _community(name: str, function: Document) -> Iterator[str]:
    """openfaas/faas-netes:pkg/handlers/validate.go, validateScalingLabels."""
    labels, annotations = function.get("labels", {}), function.get("annotations", {})
    for label in sorted(labels.keys() - {_SCALE + "min", _SCALE + "max"}):
        yield f"{name}: the Community Edition refuses the label {label}"
    for end in ("min", "max"):
        if int(labels.get(_SCALE + end, "1")) > 5:
            yield f"{name}: the Community Edition has 5 replicas at most"
    for annotation in annotations:
        if "amazonaws.com" in annotation or "gke.io" in annotation:
            yield f"{name}: the Community Edition refuses the annotation {annotation}"


def drift(stack: Document, knative: Manifests) -> list[str]:
    """Where stack.yml and knative/ do not say the same of a function."""
    services = knative.of("Service", "serving")
    functions = stack["functions"]
    there = services.keys() - {DEAD_LETTERS}
    told = [f"{n}: in one of stack.yml and knative/ only" for n in sorted(there ^ functions.keys())]
    for name in sorted(there & functions.keys()):
        told += _drift(name, functions[name], services[name]["spec"]["template"])
    return told


def _drift(name: str, function: Document, template: Document) -> Iterator[str]:
    (container,) = template["spec"]["containers"]
    environ = {item["name"]: item["value"] for item in container["env"]}
    for variable in ("FUNCTION", "RUSHES_LIMITS_SECONDS", "RUSHES_GRACE"):
        if environ.get(variable) != function["environment"].get(variable):
            yield f"{name}: {variable} differs"
    for side in ("requests", "limits"):
        if _amount(container["resources"][side]) != _amount(function[side]):
            yield f"{name}: {side} differ"
    most = template["metadata"]["annotations"]["autoscaling.knative.dev/max-scale"]
    if most != function["labels"][_SCALE + "max"]:
        yield f"{name}: the most pods differ"


def _amount(resources: dict[str, Any]) -> tuple[float, str]:
    cpu = str(resources["cpu"])
    return (float(cpu[:-1]) / 1000 if cpu.endswith("m") else float(cpu), resources["memory"])


def _go(duration: str) -> float:
    """Seconds of a Go duration of one number and one unit (600s, 5m, 1h); 0 for others."""
    match = re.fullmatch(r"(\d+)([smh])", duration)
    return int(match[1]) * {"s": 1.0, "m": 60.0, "h": 3600.0}[match[2]] if match else 0.0
