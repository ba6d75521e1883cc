"""The fields that we use of Kubernetes' own kinds, for which no CRD exists.

Only what the manifests use and a careful reader of the API reference would allow; a new
field is added here when a manifest first needs it. JobSink's CRD leaves its Job open, so
the Job is checked by this too.

References
----------
Kubernetes API reference v1.30: Job batch/v1, PodSpec core/v1, PriorityClass
scheduling.k8s.io/v1.
"""

from __future__ import annotations

from typing import Any

_TEXT: dict[str, Any] = {"type": "string"}
_WHOLE: dict[str, Any] = {"type": "integer"}
_FLAG: dict[str, Any] = {"type": "boolean"}
_WORDS: dict[str, Any] = {"type": "array", "items": _TEXT}
_MAP: dict[str, Any] = {"type": "object", "additionalProperties": _TEXT}


def _fields(required: str = "", **properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required.split()}


def _list(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


_META = _fields(name=_TEXT, namespace=_TEXT, labels=_MAP, annotations=_MAP)
_NAMED = _fields("name", name=_TEXT, optional=_FLAG)
_SECURITY = _fields(
    runAsNonRoot=_FLAG,
    runAsUser=_WHOLE,
    runAsGroup=_WHOLE,
    allowPrivilegeEscalation=_FLAG,
    readOnlyRootFilesystem=_FLAG,
    capabilities=_fields(drop=_WORDS, add=_WORDS),
    seccompProfile=_fields("type", type=_TEXT),
)
_CONTAINER = _fields(
    "name image resources securityContext",
    name=_TEXT,
    image=_TEXT,
    command=_WORDS,
    args=_WORDS,
    env=_list(_fields("name value", name=_TEXT, value=_TEXT)),
    envFrom=_list(_fields(configMapRef=_NAMED, secretRef=_NAMED)),
    resources=_fields(
        "requests limits",
        requests=_fields("cpu memory", cpu={}, memory=_TEXT),
        limits=_fields("cpu memory", cpu={}, memory=_TEXT),
    ),
    securityContext=_SECURITY,
    volumeMounts=_list(
        _fields("name mountPath", name=_TEXT, mountPath=_TEXT, readOnly=_FLAG, subPath=_TEXT)
    ),
)
_POD = _fields(
    "restartPolicy containers",
    restartPolicy={"type": "string", "enum": ["Never", "OnFailure"]},
    serviceAccountName=_TEXT,
    automountServiceAccountToken=_FLAG,
    enableServiceLinks=_FLAG,
    priorityClassName=_TEXT,
    terminationGracePeriodSeconds=_WHOLE,
    containers=_list(_CONTAINER),
    volumes=_list(_fields("name emptyDir", name=_TEXT, emptyDir=_fields(sizeLimit=_TEXT))),
)
_RULE = _fields(
    "action",
    action={"type": "string", "enum": ["FailJob", "Ignore", "Count", "FailIndex"]},
    onExitCodes=_fields(
        "operator values",
        containerName=_TEXT,
        operator={"type": "string", "enum": ["In", "NotIn"]},
        values=_list(_WHOLE),
    ),
    onPodConditions=_list(_fields("type", type=_TEXT, status=_TEXT)),
)
JOB = _fields(
    "spec",
    metadata=_META,
    spec=_fields(
        "template",
        completions=_WHOLE,
        parallelism=_WHOLE,
        backoffLimit=_WHOLE,
        activeDeadlineSeconds=_WHOLE,
        ttlSecondsAfterFinished=_WHOLE,
        podFailurePolicy=_fields("rules", rules=_list(_RULE)),
        template=_fields("spec", metadata=_META, spec=_POD),
    ),
)


def _kind(**properties: dict[str, Any]) -> dict[str, Any]:
    named = {**_META, "required": ["name"]}
    return _fields("apiVersion kind metadata", apiVersion=_TEXT, kind=_TEXT, metadata=named) | {
        "properties": {"apiVersion": _TEXT, "kind": _TEXT, "metadata": named, **properties}
    }


CORE: dict[tuple[str, str], dict[str, Any]] = {
    ("v1", "Namespace"): _kind(),
    ("v1", "ServiceAccount"): _kind(automountServiceAccountToken=_FLAG),
    ("v1", "ConfigMap"): _kind(data=_MAP),
    ("v1", "Secret"): _kind(stringData=_MAP),
    ("scheduling.k8s.io/v1", "PriorityClass"): _kind(
        value=_WHOLE,
        description=_TEXT,
        preemptionPolicy={"type": "string", "enum": ["Never", "PreemptLowerPriority"]},
    ),
}
