"""Jobs from the command line: a job that cannot be done, asked after from receipts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from functions.serve.cli.main import run_cli


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A job of one clip that is not there, written with paths relative to the job."""
    (tmp_path / "jobs").mkdir()
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "jobs" / "job.json"
    clips = [{"operation": "debayer", "input": "../camera/none.dng"}]
    path.write_text(json.dumps({"output": "out", "clips": clips}))
    return path


def said(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """(exit code, standard output) of one command."""
    code = run_cli([str(a) for a in arguments])
    return code, capfd.readouterr().out


def test_a_job_with_failed_units_exits_with_3(
    job: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """dispatch, wait and report exit with 3, and each tells the failure."""
    code, out = said(capfd, "dispatch", str(job))
    assert code == 3
    assert "source_not_found" in out
    assert f"file://{tmp_path}/camera/none.dng" in out
    for command in ("wait", "report"):
        code, out = said(capfd, command, "jobs/out")
        assert code == 3
        assert "source_not_found" in out
    code, out = said(capfd, "status", "jobs/out")
    assert code == 0
    assert "0 of 1 units" in out


def test_status_and_report_are_json_on_demand(job: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """--json gives one object for each job at the output."""
    said(capfd, "dispatch", str(job))
    status: list[dict[str, Any]] = json.loads(said(capfd, "status", "jobs/out", "--json")[1])
    report: list[dict[str, Any]] = json.loads(said(capfd, "report", "jobs/out", "--json")[1])
    assert (status[0]["total"], status[0]["done"]) == (1, 0)
    assert status[0]["job"] == report[0]["job"]
    assert report[0]["failed"] == 1


def test_a_page_that_cannot_be_written_is_wrong_usage(
    job: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A folder that is not there is named in a sentence."""
    said(capfd, "dispatch", str(job))
    assert run_cli(["report", "jobs/out", "--html", "nowhere/page.html"]) == 2
    assert "nowhere/page.html: No such file or directory" in capfd.readouterr().err


def test_a_job_can_be_explained(job: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """`explain dispatch` plans and sends nothing, and leaves nothing behind."""
    code, out = said(capfd, "explain", "dispatch", str(job))
    assert code == 0
    assert "units: 0" in out
    assert not (job.parent / "out").exists()


@pytest.mark.parametrize("text", ["[]", "{", '{"output": "x"}', '{"output": 7, "clips": []}'])
def test_a_job_that_is_none_is_an_invalid_request(
    job: Path, text: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """A job file that is no job ends with 10 before anything is written."""
    job.write_text(text)
    assert said(capfd, "dispatch", str(job))[0] == 10
