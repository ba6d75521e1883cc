"""What can be read off the Dockerfile without an engine."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from functions.contract.version import VERSION
from image.assemble import PREFIX

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def lines() -> list[str]:
    """Instructions, each on one line."""
    text = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text())
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def final(lines: list[str]) -> list[str]:
    """Those of the last stage."""
    last = max(i for i, line in enumerate(lines) if line.startswith("FROM "))
    return lines[last:]


def test_the_last_stage_runs_nothing(final: list[str]) -> None:
    """It is the base and two copied layers: no command there could leave a trace of its time."""
    assert final[0] == "FROM ${BASE}"
    assert [line.split()[0] for line in final].count("COPY") == 2
    assert all("--from=build" in line for line in final if line.startswith("COPY "))
    assert not any(line.startswith(("RUN ", "ADD ", "SHELL ")) for line in final)


def test_the_entry_is_in_exec_form(final: list[str]) -> None:
    """No shell stands between the engine's SIGTERM and the server."""
    (entry,) = [line for line in final if line.startswith("ENTRYPOINT ")]
    assert json.loads(entry.removeprefix("ENTRYPOINT ")) == ["rushes", "serve"]
    assert f"{PREFIX}/bin:" in next(line for line in final if line.startswith("ENV "))


def test_the_image_listens_at_every_address(final: list[str]) -> None:
    """The server's own default is loopback, where a pod's probes never come from."""
    assert any(line.startswith("ENV ") and "RUSHES_HOST=0.0.0.0" in line for line in final)


def test_the_image_boxes_its_units(final: list[str]) -> None:
    """Command line and library do not by themselves; what reads strangers' files does."""
    assert any("RUSHES_BOX=on" in line for line in final)


def test_the_user_is_a_number(final: list[str]) -> None:
    """Kubernetes' runAsNonRoot cannot check a name; and it is the one of knative/."""
    assert "USER 10001:10001" in final


def test_the_version_does_not_drift(final: list[str]) -> None:
    """The label's default is the package's version."""
    assert f"ARG VERSION={VERSION}" in final


def test_the_context_holds_what_is_copied(lines: list[str]) -> None:
    """Every source of a COPY exists and is let through by .dockerignore, and nothing else is."""
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    let_through = {line[1:] for line in ignored if line.startswith("!")}
    copied = {
        word.rstrip("/")
        for line in lines
        if line.startswith("COPY ") and "--from" not in line
        for word in line.split()[1:-1]
    }
    assert all((ROOT / name).exists() for name in copied)
    assert copied == let_through
    assert ignored[1] == "*"
    assert "kernels/native" in ignored


def test_what_is_installed_is_hashed_and_binary(lines: list[str]) -> None:
    """pip in the build takes locked wheels only, and ours without asking an index."""
    installs = re.findall(r"pip install [^&]*", " ".join(lines))
    assert len(installs) == 2
    assert "--require-hashes" in installs[0]
    assert "--only-binary :all:" in installs[0]
    assert "--no-index" in installs[1]
