"""The report of a job as an operation: its numbers, its files, and when it is made anew."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import rushes
from functions.contract.errors import InvalidRequest, SourceNotFound
from functions.jobs.status import current_uri
from functions.serve.cli.main import run_cli
from tests.plate.takes import write_take


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """A job of two units that are done and a clip that is not there; its output."""
    take = write_take(tmp_path, range(100, 104))
    clips = [{"input": f"file://{take}/"}, {"input": f"file://{tmp_path}/gone", "frames": "1-2"}]
    rushes.dispatch(
        output=tmp_path / "out",
        defaults={"operation": "debayer", "method": "draft"},
        units={"frames": 2},
        clips=clips,
    )
    return tmp_path / "out"


def test_the_answer_has_the_numbers_of_the_command(
    job: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The receipt's report and the file are what `rushes report --json` prints; it exits with 3
    for a job with failures, with files or without."""
    answer = rushes.report(input=job, output=tmp_path / "reports").report
    assert answer is not None
    assert (answer["state"], answer["frames"], answer["failed"]) == ("failed", 4, 1)
    assert run_cli(["report", str(job), "--json"]) == 3
    assert json.loads(capfd.readouterr().out) == [answer]
    (file,) = (tmp_path / "reports").glob("*.report.*")
    assert file.name == f"{answer['job']}.report.json"
    assert json.loads(file.read_text()) == answer
    pages = tmp_path / "pages"
    assert run_cli(["report", str(job), str(pages), "--html", "--json"]) == 3
    assert json.loads(capfd.readouterr().out)["report"] == answer
    assert (pages / f"{answer['job']}.report.html").read_bytes().startswith(b"<!doctype html>")


def test_a_job_that_went_on_is_another_unit(job: Path, tmp_path: Path) -> None:
    """The same job is reported once; a receipt that is gone or made anew makes another report."""
    first = rushes.report(input=job, output=tmp_path / "reports")
    assert rushes.report(input=job, output=tmp_path / "reports").status == "reused"
    receipt = next((job / "A001" / ".rushes").glob("*.json"))
    receipt.unlink()
    second = rushes.report(input=job, output=tmp_path / "later")
    assert second.unit != first.unit
    assert second.report is not None
    assert (second.report["missing"], second.report["frames"]) == (1, 2)


def test_one_of_several_jobs_is_named(job: Path, tmp_path: Path) -> None:
    """Where no job is known as the last, the request names one of them."""
    (plan,) = (p for p in (job / ".rushes" / "jobs").glob("*.json") if "report" not in p.name)
    plan.with_name("other.json").write_bytes(plan.read_bytes())
    Path(current_uri(f"file://{job}").removeprefix("file://")).unlink()
    with pytest.raises(InvalidRequest, match="name one"):
        rushes.report(input=job)
    assert rushes.report(input=job, job=plan.stem).report is not None
    with pytest.raises(SourceNotFound, match="no job"):
        rushes.report(input=job, job="none")
    assert run_cli(["report", str(tmp_path / "nowhere")]) == 13


def test_a_page_needs_a_folder(job: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A page without an output is refused before anything is read."""
    with pytest.raises(InvalidRequest) as caught:
        rushes.report(input=job, html=True)
    assert caught.value.facts["field"] == "output"
    assert run_cli(["report", str(job), "--html"]) == 2
    assert "OUTPUT" in capfd.readouterr().err
    assert run_cli(["report", str(job), "out", "--html", "page.html"]) == 2
    assert not list(job.glob("*.html"))
