"""knative/<operation>.yaml and the kustomization that lists them.

Why each number is what it is: docs/deploy.md.
"""

from __future__ import annotations

from collections.abc import Iterable

from deploy.shapes import SHAPES, Shape
from functions.contract.errors import leaves

# Usage, a fault of ours, and every error that no retry cures.
NEVER_CURED = sorted({2} | {leaf.exit_code for leaf in leaves() if not leaf.retryable})
_SINK = "http://broker-ingress.knative-eventing.svc.cluster.local/rushes/rushes"
_JOB_SINK = "http://job-sink.knative-eventing.svc.cluster.local/rushes"

_SERVICE = """\
# {operation}: {why}
# Written by `python -m deploy`. Why each number is what it is: docs/deploy.md.
apiVersion: serving.knative.dev/v1
kind: Service
metadata:
  name: rushes-{operation}
  labels:
    app.kubernetes.io/part-of: rushes
    app.kubernetes.io/component: {operation}
    # No door to the outside: requests name storage, and the broker is inside.
    networking.knative.dev/visibility: cluster-local
spec:
  template:
    metadata:
      labels:
        app.kubernetes.io/part-of: rushes
        app.kubernetes.io/component: {operation}
      annotations:
        autoscaling.knative.dev/metric: concurrency
        autoscaling.knative.dev/target: "1"
        autoscaling.knative.dev/target-utilization-percentage: "100"
        autoscaling.knative.dev/min-scale: "0"
        autoscaling.knative.dev/max-scale: "{pods}"
        autoscaling.knative.dev/scale-to-zero-pod-retention-period: 1m
        # For a Prometheus that finds pods by these; queue-proxy's own metrics are another port.
        prometheus.io/scrape: "true"
        prometheus.io/port: "8080"
        prometheus.io/path: /metrics
    spec:
      serviceAccountName: rushes
      automountServiceAccountToken: false
      enableServiceLinks: false
      # One unit at a time: a second request would only be told "busy".
      containerConcurrency: 1
      # Also the pod's grace from its deletion: Knative has no other field for it.
      timeoutSeconds: 600
      # A receipt is the first byte of an answer, and comes last.
      responseStartTimeoutSeconds: 600
      containers:
        - name: rushes
          image: rushes
          ports:
            - containerPort: 8080
          env:
            - name: FUNCTION
              value: {operation}
            - name: RUSHES_LIMITS_SECONDS
              value: "540"
            # A pod that goes has 30 s before SIGTERM and timeoutSeconds in all: the unit is
            # given back at four fifths of this, when the pod's own end is near.
            - name: RUSHES_GRACE
              value: "560"
            - name: RUSHES_SCRATCH
              value: /tmp
{sink}          envFrom:
            - configMapRef:
                name: rushes-settings
            - secretRef:
                name: rushes-s3
          resources:
            requests:
              cpu: {cpu}
              memory: {memory}
            limits:
              cpu: {cpu}
              memory: {memory}
          # No period: Knative's own probing asks each 50 ms, and then refuses a threshold. No
          # startup probe: with one, the activator waits for the kubelet.
          readinessProbe:
            httpGet:
              path: /readyz
              port: 8080
            successThreshold: 1
          livenessProbe:
            httpGet:
              path: /healthz
              port: 8080
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 6
          securityContext:
            runAsNonRoot: true
            runAsUser: 10001
            runAsGroup: 10001
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
            seccompProfile:
              type: RuntimeDefault
          volumeMounts:
            - name: tmp
              mountPath: /tmp
      volumes:
        - name: tmp
          emptyDir:
            sizeLimit: {scratch}
"""

_TRIGGER = """\
---
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata:
  name: rushes-{operation}{suffix}
  labels:
    app.kubernetes.io/part-of: rushes
    app.kubernetes.io/component: {operation}
spec:
  broker: rushes
  filters:
    - exact:
        type: dev.rushes.{operation}.requested.v1
{kind}  subscriber:
    ref:
      apiVersion: {version}
      kind: {subscriber}
      name: rushes-{operation}
  delivery:
    timeout: {timeout}
    retry: 8
    backoffPolicy: exponential
    backoffDelay: PT1S
    deadLetterSink:
      ref:
        apiVersion: serving.knative.dev/v1
        kind: Service
        name: rushes-dead-letters
"""

_JOB = """\
---
# The same work as a Kubernetes Job, for what takes longer than a request may.
apiVersion: sinks.knative.dev/v1alpha1
kind: JobSink
metadata:
  name: rushes-{operation}
  labels:
    app.kubernetes.io/part-of: rushes
    app.kubernetes.io/component: {operation}
spec:
  job:
    metadata:
      labels:
        app.kubernetes.io/part-of: rushes
        app.kubernetes.io/component: {operation}
    spec:
      completions: 1
      parallelism: 1
      backoffLimit: 6
      activeDeadlineSeconds: {deadline}
      ttlSecondsAfterFinished: 86400
      podFailurePolicy:
        rules:
          # Usage, a fault of ours, and every error that no retry cures.
          - action: FailJob
            onExitCodes:
              containerName: rushes
              operator: In
              values: {never_cured}
          - action: Ignore
            onPodConditions:
              - type: DisruptionTarget
      template:
        metadata:
          labels:
            app.kubernetes.io/part-of: rushes
            app.kubernetes.io/component: {operation}
        spec:
          restartPolicy: Never
          serviceAccountName: rushes
          automountServiceAccountToken: false
          enableServiceLinks: false
          priorityClassName: rushes-{waits}
          terminationGracePeriodSeconds: 120
          containers:
            - name: rushes
              image: rushes
              command: [rushes]
              # JobSink mounts the event there, in structured form.
              args: {args}
              env:
                - name: RUSHES_LIMITS_SECONDS
                  value: "{seconds}"
                - name: RUSHES_GRACE
                  value: "110"
                - name: RUSHES_SCRATCH
                  value: /tmp
{sink}              envFrom:
                - configMapRef:
                    name: rushes-settings
                - secretRef:
                    name: rushes-s3
              resources:
                requests:
                  cpu: {cpu}
                  memory: {memory}
                limits:
                  cpu: {cpu}
                  memory: {memory}
              securityContext:
                runAsNonRoot: true
                runAsUser: 10001
                runAsGroup: 10001
                allowPrivilegeEscalation: false
                readOnlyRootFilesystem: true
                capabilities:
                  drop: [ALL]
                seccompProfile:
                  type: RuntimeDefault
              volumeMounts:
                - name: tmp
                  mountPath: /tmp
          volumes:
            - name: tmp
              emptyDir:
                sizeLimit: {scratch}
"""

_KUSTOMIZATION = """\
# kubectl apply -k knative    (before: secret.example.yaml, see docs/deploy.md)
# Written by `python -m deploy`.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: rushes
resources:
  - namespace.yaml
  - settings.yaml
  - priorities.yaml
  - broker.yaml
{resources}images:
  # Tags under dev.local/ skip Knative's digest lookup; an overlay names the real registry. Not
  # "latest": Kubernetes pulls that at each start, and no registry serves dev.local.
  - name: rushes
    newName: dev.local/rushes
    newTag: "0.1"
"""


def _cpu(shape: Shape) -> str:
    whole, rest = divmod(shape.cpu, 1000)
    return f"{shape.cpu}m" if rest else str(whole)


def _variable(indent: int, name: str, value: str) -> str:
    lines = (f"- name: {name}", f"  value: {value}")
    return "".join(f"{' ' * indent}{line}\n" for line in lines)


def function(operation: str) -> str:
    """The file of one operation: Service, Trigger, JobSink and the JobSink's Trigger."""
    shape = SHAPES[operation]
    facts = {
        "operation": operation,
        "why": shape.why,
        "pods": shape.pods,
        "cpu": _cpu(shape),
        "memory": shape.memory,
        "scratch": shape.scratch,
        "waits": shape.waits,
    }
    note = f"{' ' * 12}# Events go to the broker, and receipts in the storage are the answers.\n"
    # dispatch takes its job as a file by itself, the others a request.
    flag = [] if operation == "dispatch" else ["--request"]
    words = [operation, *flag, "/etc/jobsink-event/event", "--json"]
    outlives = (
        f"{' ' * 12}# What is not done within timeoutSeconds goes on as a Job by itself.\n"
        + _variable(12, "RUSHES_JOB_SINK", f"{_JOB_SINK}/rushes-{operation}")
    )
    seconds, deadline = shape.job_seconds
    plain = "    - not:\n        exact:\n          rushesrun: job\n"
    job = "    - exact:\n        rushesrun: job\n"
    return (
        _SERVICE.format(
            sink=note + _variable(12, "K_SINK", _SINK) + outlives if shape.sends else "", **facts
        )
        + _TRIGGER.format(
            operation=operation,
            suffix="",
            kind=plain,
            version="serving.knative.dev/v1",
            subscriber="Service",
            timeout="PT600S",
        )
        + _JOB.format(
            sink=_variable(16, "K_SINK", _SINK) if shape.sends else "",
            args="[" + ", ".join(f'"{word}"' for word in words) + "]",
            seconds=seconds,
            deadline=deadline,
            never_cured=NEVER_CURED,
            **facts,
        )
        + _TRIGGER.format(
            operation=operation,
            suffix="-job",
            kind=job,
            version="sinks.knative.dev/v1alpha1",
            subscriber="JobSink",
            timeout="PT30S",
        )
    )


def kustomization(operations: Iterable[str]) -> str:
    """The list of what is applied."""
    return _KUSTOMIZATION.format(resources="".join(f"  - {name}.yaml\n" for name in operations))
