"""Blocks that are not run with their page, each with the reason and with what holds it instead.

By page, and by how the block's first line begins. Of every one of them syntax, our own commands
and options, targets of make and the files that kubectl applies are checked.
"""

from __future__ import annotations

_CURL = "tests/clients/test_curl.py runs it against a server that has these files"
_CLUSTER = "needs a cluster; tests/deploy holds what it applies"
_ENGINE = "needs a Docker engine; tests/container is it"

NOT_RUN: dict[str, dict[str, str]] = {
    "README.md": {
        "$ make demo": "compiles and downloads; `make demo` is what CI's people run",
        "$ make test": "is this very test",
    },
    "CONTRIBUTING.md": {"make help": "each is minutes of work"},
    "docs/deploy.md": {
        "docker build": _ENGINE,
        "cp knative/secret": _CLUSTER,
        "make k3d": _CLUSTER,
        "faas-cli secret": "needs faas-cli; tests/deploy/test_openfaas.py deploys the stacks",
        "curl -H": "tests/deploy/test_openfaas.py sends such a call through a stand-in's queue",
        "curl -sS": _CURL,
    },
    "docs/guide.md": {
        "rushes dispatch job.json --sink http://broker": "the cookbook does, through stand-ins",
    },
    "docs/index-footage.md": {
        "$ sqlite3": "wants the name of a file that is made; tests/index/test_index.py asks it so",
    },
    "docs/readers.md": {"FROM rushes": _ENGINE},
    "docs/tutorial.md": {
        "python3 -m venv": "a wheel takes minutes; tests/kernels/test_proof.py holds its parts",
    },
    "docs/security.md": {"make fuzz": "minutes of work; tests/fuzz runs a small part"},
}
