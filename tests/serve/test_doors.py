"""One request, four doors: the same bytes and the same receipt from each."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

import rushes
from functions.contract.errors import InvalidRequest, SourceNotFound
from functions.contract.receipt import Receipt
from functions.serve.cli.main import run_cli
from functions.serve.events import cloudevents as events
from functions.serve.http.client import Client
from functions.serve.run import in_process as here
from tests.serve.echo_main import ECHO
from tests.serve.processes import server

Door = Callable[[dict[str, Any]], Any]


def what_was_made(folder: Path) -> dict[str, bytes]:
    """Every file below a folder but receipts, by name."""
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and ".rushes" not in p.parts
    }


def steady(receipt: dict[str, Any]) -> dict[str, Any]:
    """A receipt without what may differ from run to run."""
    return {k: v for k, v in receipt.items() if k not in ("seconds", "machine")}


def test_every_door_makes_the_same(
    web: FlaskClient, fields: dict[str, Any], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """HTTP, both modes of CloudEvents, command line and Python agree in bytes and receipt."""
    fields |= {"count": 3, "mode": "upper"}
    event = events.make_request_event("echo", "u", fields)

    def plain() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(web.post("/", json=fields).data)
        return found

    def sent(mode: Any) -> dict[str, Any]:
        message = events.write_event(mode, event)
        response = web.post("/", data=message.body, headers=message.headers)
        heads = dict(response.headers)
        return events.request_of(events.read_event(mode, heads, response.data))

    def typed() -> dict[str, Any]:
        (tmp_path / "r.json").write_text(json.dumps(fields))
        assert run_cli(["echo", "--request", str(tmp_path / "r.json"), "--json"], ECHO) == 0
        found: dict[str, Any] = json.loads(capfd.readouterr().out)
        return found

    def python() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(here.run_here(ECHO, "echo", fields).json())
        return found

    made = []
    out = tmp_path / "out"
    for number, door in enumerate(
        (plain, lambda: sent("binary"), lambda: sent("structured"), typed, python)
    ):
        receipt = door()
        assert receipt["status"] == "done"
        made.append((what_was_made(out), steady(receipt)))
        out.rename(tmp_path / f"done{number}")
    assert len(made[0][0]) == 3
    assert all(one == made[0] for one in made)


@pytest.fixture
def echo_in_rushes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The public module with the test's catalog."""
    monkeypatch.setattr(rushes, "_CATALOG", ECHO)


@pytest.mark.usefixtures("echo_in_rushes")
def test_an_operation_is_a_function(hello: Path, tmp_path: Path) -> None:
    """`rushes.<operation>(...)` takes bare paths, returns the receipt, and explains."""
    receipt = rushes.echo(input=str(hello), output=f"{tmp_path}/out/", count=2)
    assert isinstance(receipt, Receipt)
    assert (tmp_path / "out" / "echo.0001.txt").exists()
    assert rushes.explain("echo", input=str(hello))["copies"] == 1
    assert rushes.call("echo", input=str(hello), output=f"{tmp_path}/out/", count=2).status == (
        "reused"
    )


@pytest.mark.usefixtures("echo_in_rushes")
def test_python_gets_the_contract_s_errors(tmp_path: Path) -> None:
    """What is missing is a SourceNotFound, which is a FileNotFoundError too."""
    with pytest.raises(rushes.SourceNotFound) as caught:
        rushes.echo(input=str(tmp_path / "nothing"))
    assert isinstance(caught.value, FileNotFoundError)
    with pytest.raises(rushes.InvalidRequest):
        rushes.echo(colour=1)


def test_the_module_knows_its_names() -> None:
    """Operations of the catalog are attributes; another name is an AttributeError."""
    assert {"debayer", "inspect", "Client", "explain"} <= set(dir(rushes))
    assert rushes.debayer.__name__ == "debayer"
    assert rushes.Client is Client
    assert rushes.Receipt is Receipt
    with pytest.raises(AttributeError, match="nothing"):
        _ = rushes.nothing


def test_the_client_is_the_same_from_afar(tmp_path: Path, hello: Path) -> None:
    """Client.<operation> returns the receipt and raises the errors of the other side."""
    with server(tmp_path) as running:
        client = Client(running.url, catalog=ECHO)
        receipt = client.echo(input=str(hello), output=f"{tmp_path}/out/")
        assert receipt.status == "done"
        assert client.call("echo", input=str(hello), output=f"{tmp_path}/out/").unit == receipt.unit
        assert client.explain("echo", input=str(hello))["copies"] == 1
        with pytest.raises(SourceNotFound):
            client.echo(input=str(tmp_path / "nothing"))
        with pytest.raises(InvalidRequest) as caught:
            client.call("nothing")
        assert caught.value.detail.startswith("POST /nothing: operations here: echo")
        with pytest.raises(AttributeError):
            client.nothing()
