"""stack.yml and stack.pro.yml: a function per operation. What each number means: docs/deploy.md.

The Community Edition refuses a function that has a label of Pro's autoscaler, or asks for more than
five replicas (openfaas/faas-netes, pkg/handlers/validate.go), so that each has a file of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from deploy.shapes import SHAPES
from functions.serve.run.catalog import OPERATIONS

Edition = Literal["community", "pro"]

MOST_REPLICAS = 5
"""Of a function of the Community Edition."""

_HEAD = """\
# {title}
# faas-cli build{file} && faas-cli push{file} && faas-cli deploy{file}
# REGISTRY, TAG and the S3 variables come from the environment; RUSHES_ROOTS is yours to edit.
# What each number means, and what each edition of OpenFaaS does with it: docs/deploy.md.
# Written by `python -m deploy` from deploy/shapes.py.
version: 1.0
provider:
  name: openfaas
  gateway: http://127.0.0.1:8080
functions:
"""

_FUNCTION = """\
  # {summary}
  rushes-{operation}:
    lang: dockerfile
    handler: .
    image: ${{REGISTRY:-dev.local}}/rushes:${{TAG:-latest}}
{build}    environment:
      FUNCTION: {operation}
      RUSHES_LIMITS_SECONDS: "540"
      RUSHES_GRACE: "{grace}"
      RUSHES_SCRATCH: /tmp
      RUSHES_ROOTS: s3://camera/ s3://plates/
      RUSHES_TOKEN_FILE: /var/openfaas/secrets/rushes-token
{sink}      AWS_REGION: ${{AWS_REGION:-us-east-1}}
      AWS_ENDPOINT_URL_S3: "${{AWS_ENDPOINT_URL_S3}}"
      AWS_ACCESS_KEY_ID: "${{AWS_ACCESS_KEY_ID}}"
      AWS_SECRET_ACCESS_KEY: "${{AWS_SECRET_ACCESS_KEY}}"
      OTEL_EXPORTER_OTLP_ENDPOINT: "${{OTEL_EXPORTER_OTLP_ENDPOINT}}"
      read_timeout: 600s
      write_timeout: 600s
      exec_timeout: 600s
    secrets:
      - rushes-token
    labels:
      com.openfaas.scale.min: "1"
      com.openfaas.scale.max: "{pods}"
{scaling}    annotations:
{probes}      # OpenFaaS says "false" where a function says nothing.
      prometheus.io.scrape: "true"
      prometheus.io.port: "8080"
      prometheus.io.path: /metrics
    requests:
      cpu: {cpu}m
      memory: {memory}
    limits:
      cpu: {cpu}m
      memory: {memory}
    readonly_root_filesystem: true
"""

_SCALING = """\
      com.openfaas.scale.zero: "true"
      com.openfaas.scale.zero-duration: 5m
      com.openfaas.scale.type: capacity
      com.openfaas.scale.target: "1"
      com.openfaas.scale.target-proportion: "1"
"""
_PROBES = """\
      com.openfaas.health.http.path: /healthz
      com.openfaas.ready.http.path: /readyz
      com.openfaas.ready.http.initialDelaySeconds: "0"
      com.openfaas.ready.http.periodSeconds: "1"
"""
_TITLES = {
    "community": "For every edition of OpenFaaS, and all that the Community Edition accepts.",
    "pro": "For OpenFaaS Standard, Enterprise and Edge: scales to zero and by what is at work.",
}
# Community's pods have Kubernetes' own 30 s from SIGTERM; Pro's follow write_timeout.
_GRACE = {"community": 28, "pro": 560}
_SINK = (
    "      K_SINK: openfaas:http://gateway.openfaas:8080\n"
    "      RUSHES_SINK_TOKEN_FILE: /var/openfaas/secrets/rushes-token\n"
)
_BUILT = "    skip_build: true # one image serves all: the first function builds it\n"


def stack(operations: Iterable[str], edition: Edition) -> str:
    """The whole file."""
    pro = edition == "pro"
    text = _HEAD.format(title=_TITLES[edition], file=" -f stack.pro.yml" if pro else "")
    for index, operation in enumerate(operations):
        shape = SHAPES[operation]
        text += _FUNCTION.format(
            summary=OPERATIONS[operation].summary,
            operation=operation,
            build=_BUILT if index else "",
            sink=_SINK if shape.sends else "",
            pods=shape.pods if pro else min(shape.pods, MOST_REPLICAS),
            scaling=_SCALING if pro else "",
            probes=_PROBES if pro else "",
            grace=_GRACE[edition],
            cpu=shape.cpu,
            memory=shape.memory,
        )
    return text
