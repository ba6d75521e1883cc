"""Components of knative/ and the overlay `small`: what only some clusters allow, or want.

Why each number is what it is: docs/deploy.md.
"""

from __future__ import annotations

from collections.abc import Iterable

from deploy.shapes import SHAPES, Shape

_TEMPLATE = "/spec/template/metadata/annotations"

_COMPONENT = """\
# A component: {what}
# Knative refuses it until `{flag}` in its ConfigMap {config}.
# Written by `python -m deploy`.
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
patches:
"""

_SERVICES = """\
  - target: {{group: serving.knative.dev, kind: Service, name: {name}}}
    patch: |-
"""
_STEP = """\
      - op: {op}
        path: {path}
        value: {value}
"""

_SMALL = """\
# 2 CPU and 6 GB with Kubernetes and Knative on them: every function, and the storage of a trial,
# can be scheduled at once, and none pushes anything out. Requests are what is set aside, limits
# what may be used, so that one unit at a time has the machine.
# Written by `python -m deploy` from deploy/shapes.py.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - ../../../knative
patches:
"""
_JOB_SINK = """\
  - target: {{group: sinks.knative.dev, kind: JobSink, name: {name}}}
    patch: |-
"""


def zero_start() -> str:
    """The component that starts no pod before there is work."""
    head = _COMPONENT.format(
        what="no pod at the first rollout, nor at a new revision.",
        flag='allow-zero-initial-scale` is `"true"',
        config="config-autoscaler",
    )
    path = f"{_TEMPLATE}/autoscaling.knative.dev~1initial-scale"
    return head + _SERVICES.format(name="rushes-.*") + _step("add", path, '"0"')


def amd64() -> str:
    """The component that keeps Services on the processors that the image is built for."""
    head = _COMPONENT.format(
        what="Services only on amd64 nodes, for clusters that have others.",
        flag="kubernetes.podspec-nodeselector` is `enabled",
        config="config-features",
    )
    path = "/spec/template/spec/nodeSelector"
    return head + _SERVICES.format(name="rushes-.*") + _step("add", path, _AMD64)


_AMD64 = "{kubernetes.io/arch: amd64}"


def priorities(operations: Iterable[str]) -> str:
    """The component with a priority class for each Service."""
    text = _COMPONENT.format(
        what="priority classes on the Services too.",
        flag="kubernetes.podspec-priorityclassname` is `enabled",
        config="config-features",
    )
    for name in operations:
        waits = f"rushes-{SHAPES[name].waits}"
        text += _SERVICES.format(name=f"rushes-{name}")
        text += _step("add", "/spec/template/spec/priorityClassName", waits)
    return text


def small(operations: Iterable[str]) -> str:
    """The overlay for one small node: little set aside, two pods of a function at most."""
    text = _SMALL + _SERVICES.format(name="rushes-.*")
    for what, amount in (("cpu", "1m"), ("memory", "32Mi")):
        path = f"{_TEMPLATE}/queue.sidecar.serving.knative.dev~1{what}-resource-request"
        text += _step("add", path, amount)
    text += _step("replace", _resources("/requests"), "{cpu: 4m, memory: 64Mi}")
    for operation in operations:
        name, given = f"rushes-{operation}", _given(SHAPES[operation])
        pods = '"2"' if SHAPES[operation].cpu > 1000 else '"1"'
        text += _SERVICES.format(name=name)
        text += _step("replace", f"{_TEMPLATE}/autoscaling.knative.dev~1max-scale", pods)
        text += _step("replace", _resources(), given)
        text += _JOB_SINK.format(name=name) + _step("replace", f"/spec/job{_resources()}", given)
    return text


def _given(shape: Shape) -> str:
    """Resources of one pod on a small node."""
    least, most = ("192Mi", "2Gi") if shape.cpu > 1000 else ("96Mi", "1Gi")
    limits = f'cpu: "{min(shape.cpu, 1000)}m", memory: {most}'
    return f"{{requests: {{cpu: 4m, memory: {least}}}, limits: {{{limits}}}}}"


def _resources(below: str = "") -> str:
    return f"/spec/template/spec/containers/0/resources{below}"


def _step(op: str, path: str, value: str) -> str:
    return _STEP.format(op=op, path=path, value=value)
