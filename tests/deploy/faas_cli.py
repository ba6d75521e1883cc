"""What `faas-cli deploy` sends to a gateway for a stack: its REST interface, as described.

References
----------
OpenFaaS gateway API (openapi): FunctionDeployment; PUT updates, POST creates.
"""

from __future__ import annotations

from typing import Any

import requests

from tests.deploy.manifests import Document

_AS_THEY_ARE = ("image", "secrets", "labels", "annotations", "limits", "requests", "constraints")
_RENAMED = {
    "environment": "envVars",
    "readonly_root_filesystem": "readOnlyRootFilesystem",
    "fprocess": "envProcess",
    "namespace": "namespace",
}
FIELDS = {"service", *_AS_THEY_ARE, *_RENAMED.values()}


def deployments(stack: Document) -> list[dict[str, Any]]:
    """One FunctionDeployment a function, in the order of the file."""
    made = []
    for name, function in stack["functions"].items():
        body = {"service": name}
        body |= {key: function[key] for key in _AS_THEY_ARE if key in function}
        body |= {new: function[old] for old, new in _RENAMED.items() if old in function}
        made.append(body)
    return made


def deploy(stack: Document, gateway: str, session: requests.Session) -> list[int]:
    """Update what is there and create what is not; the statuses."""
    statuses = []
    for body in deployments(stack):
        answer = session.put(f"{gateway}/system/functions", json=body, timeout=30)
        if answer.status_code == 404:
            answer = session.post(f"{gateway}/system/functions", json=body, timeout=30)
        statuses.append(answer.status_code)
    return statuses
