"""What contributors find beside the code: each file is well formed and names what is there."""

from __future__ import annotations

import configparser
import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]


def test_every_command_of_make_has_its_line_in_help() -> None:
    """`make help` lists each target that a person may call."""
    text = (ROOT / "Makefile").read_text()
    found = re.search(r"^\.PHONY:(.*)$", text, re.MULTILINE)
    assert found is not None
    told = set(re.findall(r"^([a-z0-9-]+):.*## \S", text, re.MULTILINE))
    assert set(found[1].split()) == told


def test_the_hosts_workflow_runs_what_ci_runs() -> None:
    """The workflow calls .ci/run on pushes and on changes, with nothing of its own to test."""
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    assert {"push", "pull_request"} <= set(workflow[True])  # YAML reads `on` as a truth value
    steps = workflow["jobs"]["test"]["steps"]
    assert [step["run"].split()[-1] for step in steps if "run" in step] == [".ci/run"]
    assert (ROOT / ".ci/run").stat().st_mode & 0o100
    assert workflow["permissions"] == {"contents": "read"}


def test_hooks_before_a_commit_run_tools_of_the_environment() -> None:
    """Each hook is a tool that `make lint` installs, and every path that it names is there."""
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    assert {hook["id"] for hook in hooks} >= {"ruff-check", "ruff-format", "mypy"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    tests = " ".join(project["optional-dependencies"]["test"])
    for hook in hooks:
        tool, *words = hook["entry"].split()
        name = tool.removeprefix(".venv/bin/")
        assert name == "python" or name in tests
        assert all((ROOT / word).exists() for word in words if "/" in word)


@pytest.mark.parametrize(
    "name", ["refused_file.yml", "wish.yml", "wrong_picture.yml", "config.yml"]
)
def test_templates_of_issues_are_forms(name: str) -> None:
    """Each form has a name, and no two of its fields share an id."""
    form = yaml.safe_load((ROOT / ".github/ISSUE_TEMPLATE" / name).read_text())
    fields = [field["id"] for field in form.get("body", ())]
    assert len(fields) == len(set(fields))
    assert name == "config.yml" or {"name", "description", "body"} <= set(form)


def test_editors_and_containers_are_told_the_same_as_the_tools() -> None:
    """Line length and Python version are those of ruff and mypy."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    editor = configparser.ConfigParser()
    editor.read_string("[top]\n" + (ROOT / ".editorconfig").read_text())
    assert editor["*"]["max_line_length"] == str(project["tool"]["ruff"]["line-length"])
    version = project["tool"]["mypy"]["python_version"]
    assert f"FROM python:{version}-" in (ROOT / ".devcontainer/Dockerfile").read_text()
    text = (ROOT / ".devcontainer/devcontainer.json").read_text()
    settings = json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))
    assert (ROOT / ".devcontainer" / settings["build"]["dockerfile"]).exists()
