"""The base of the image under test: the Dockerfile's own where it can be had, or one made here.

A machine that reaches packages but no image registry makes Debian's minimal system with Python,
and lets the build reach the same package index in the same way as the machine does.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.container.engine import Engine

ROOT = Path(__file__).resolve().parents[2]
MADE = "rushes-test/base:local"
HELLO = "rushes-test/hello:local"
_PACKAGES = "ca-certificates,python3,python3-venv,netbase,tzdata"
_HELLO_APP = """\
from flask import Flask

app = Flask(__name__)


@app.get("/")
def hello():
    return "hello\\n"
"""
# What a tutorial says, with the folder for heartbeats that a read-only root needs.
_HELLO_FILE = """\
ARG BASE
FROM ${BASE}
RUN python3 -m venv /app && /app/bin/pip install --no-cache-dir flask gunicorn
COPY hello.py /app/
WORKDIR /app
USER 10001:10001
ENTRYPOINT ["/app/bin/gunicorn", "--bind", "0.0.0.0:8080", "--worker-tmp-dir", "/dev/shm", \
"hello:app"]
"""


def default_base() -> str:
    """The base that a user gets who says none."""
    found = re.search(r"^ARG BASE=(\S+)$", (ROOT / "Dockerfile").read_text(), re.M)
    assert found is not None
    return found[1]


def base_image(engine: Engine, folder: Path) -> str | None:
    """An image to build on; None where none can be had."""
    named = os.environ.get("IMAGE_BASE")
    for image in (named, MADE, default_base()):
        if image and engine.try_("image", "inspect", image).returncode == 0:
            return image
    if engine.try_("pull", "--quiet", default_base(), timeout=180).returncode == 0:
        return default_base()
    return _make(engine, folder) if shutil.which("mmdebstrap") and os.geteuid() == 0 else None


def _make(engine: Engine, folder: Path) -> str:
    """Debian's minimal system with this machine's certificates and its way to packages."""
    tree = folder / "base.tar"
    words = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={_PACKAGES}", "bookworm"]
    subprocess.run([*words, str(tree)], check=True, capture_output=True, timeout=600)
    engine.run("import", str(tree), f"{MADE}-plain")
    tree.unlink()
    certificates = Path(_pip("global.cert") or "/etc/ssl/certs/ca-certificates.crt")
    shutil.copy(certificates, folder / "certificates.crt")
    index = _pip("global.index-url")
    lines = ["[global]", "cert = /etc/ssl/certs/ca-certificates.crt"]
    lines += [f"index-url = {index}"] if index.startswith("http") else []
    (folder / "pip.conf").write_text("\n".join(lines) + "\n")
    (folder / "Dockerfile").write_text(
        f"FROM {MADE}-plain\n"
        "COPY certificates.crt /etc/ssl/certs/ca-certificates.crt\n"
        "COPY pip.conf /etc/pip.conf\n"
    )
    engine.build(MADE, folder)
    return MADE


def _pip(name: str) -> str:
    words = [sys.executable, "-m", "pip", "config", "get", name]
    done = subprocess.run(words, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def hello_image(engine: Engine, base: str, folder: Path) -> str:
    """Flask and gunicorn that say hello, on the same base: what others' functions start like."""
    (folder / "hello.py").write_text(_HELLO_APP)
    (folder / "Dockerfile").write_text(_HELLO_FILE)
    engine.build(HELLO, folder, BASE=base)
    return HELLO
