"""The help of every operation, as a person reads it in a terminal of 80 columns."""

from __future__ import annotations

import shlex
from pathlib import Path

import click
import pytest

from functions.contract.request import decode
from functions.serve.cli.main import make_cli, run_cli
from functions.serve.cli.operation_command import operation_command
from functions.serve.cli.usage import typed
from functions.serve.run.catalog import Catalog

NAMES = Catalog().names()


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What `rushes WORDS --help` prints in 80 columns."""
    assert run_cli([*words, "--help"]) == 0
    return capsys.readouterr().out


def example(name: str) -> str:
    """An operation's example as help shows it."""
    found = Catalog().load(name).example
    assert found is not None
    return typed(f"rushes {name}", found.request)


TOOLS = ["explain", "serve", "pull", "status", "wait", "report", "settings", "openapi"]


@pytest.mark.parametrize(
    "words", [(), *((name,) for name in (*NAMES, *TOOLS)), ("explain", "plate")]
)
def test_help_fits_80_columns(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No line is cut by a terminal, and every number says what it counts."""
    monkeypatch.setenv("COLUMNS", "80")
    text = told(capsys, *words)
    assert [line for line in text.splitlines() if len(line) > 80] == []
    assert "INTEGER" not in text
    assert "FLOAT" not in text


@pytest.mark.parametrize("name", NAMES)
def test_help_has_choices_and_an_example(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No choice is lost, and the example stands as it is typed."""
    monkeypatch.setenv("COLUMNS", "80")
    text = told(capsys, name)
    assert example(name).splitlines()[-1] in text
    words = " ".join(text.split())
    for param in operation_command(Catalog(), name).params:
        if isinstance(param.type, click.Choice):
            assert all(str(choice) in words for choice in param.type.choices), param.name


@pytest.mark.parametrize("name", NAMES)
def test_the_example_is_a_request(name: str, tmp_path: Path) -> None:
    """Its options exist and its values are of their types: it fails on its missing clip alone."""
    words = shlex.split(example(name).replace("\\\n", ""))[2:]
    catalog = Catalog()
    command = operation_command(catalog, name)
    with make_cli(catalog).make_context("rushes", [name]) as parent:
        given = command.make_context(name, words, parent=parent).params
    fields = {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in given.items()
        if value not in (None, (), False) and key not in ("to", "as_json", "request_file")
    }
    for place in ("input", "output"):
        if place in fields:
            fields[place] = f"file://{tmp_path}/{fields[place]}"
    for place in ("amf", "fdl"):
        if place in fields:
            fields[place] = f"file://{tmp_path}/{fields[place]}"
    if "media" in fields:
        fields["media"] = [f"file://{tmp_path}/{each}" for each in fields["media"]]
    if "parts" in fields:
        fields["parts"] = [f"file://{tmp_path}/{part}" for part in fields["parts"]]
    if name == "dispatch":
        fields |= {"clips": [{"operation": "inspect", "input": "file:///a"}]}
        fields |= {"output": "file:///b"}
    decode(catalog.load(name).request, fields)
