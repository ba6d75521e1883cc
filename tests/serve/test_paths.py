"""Bare paths into URIs, in requests and in the jobs that hold them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from functions.serve.cli.bare_paths import file_uri, with_uris
from tests.serve.echo_main import ECHO


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("/a/b.dng", "file:///a/b.dng"),
        ("/a/b/", "file:///a/b/"),
        ("/", "file:///"),
        ("a.%06d.dng", "file:///here/a.%06d.dng"),
        ("sub/", "file:///here/sub/"),
        ("../up#1 .dng", "file:///up#1 .dng"),
        (".", "file:///here"),
        ("s3://b/k", "s3://b/k"),
        ("file:///a", "file:///a"),
        ("", ""),
    ],
)
def test_a_bare_path_is_a_file_uri(text: str, uri: str) -> None:
    """Relative paths start from the folder, characters are literal, a folder's slash stays."""
    assert file_uri(text, Path("/here")) == uri


def test_a_relative_path_starts_at_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no folder is given the person's own counts."""
    monkeypatch.chdir(tmp_path)
    assert file_uri("x.dng") == f"file://{tmp_path}/x.dng"


def test_only_uri_fields_are_paths() -> None:
    """A field that is no URI stays as it is, and so does what is no text."""
    found = with_uris(ECHO, "echo", {"input": "a", "fail": "b", "output": 7}, Path("/f"))
    assert found == {"input": "file:///f/a", "fail": "b", "output": 7}


def test_an_operation_of_elsewhere_is_left_alone() -> None:
    """What this catalog does not know goes to the server as it was typed."""
    assert with_uris(ECHO, "plate", {"input": "a"}) == {"input": "a"}


def test_paths_inside_a_job_are_found() -> None:
    """Clips and defaults of a job are requests too, of their own operations."""
    job = {
        "input": "in",
        "clips": [{"operation": "echo", "input": "a"}, {"input": "b"}, 7, {"operation": "no"}],
        "defaults": {"operation": "echo", "output": "out/"},
    }
    found = with_uris(ECHO, "echo", job, Path("/f"))
    assert found["clips"][0]["input"] == "file:///f/a"
    assert found["clips"][1]["input"] == "file:///f/b"
    assert found["clips"][2:] == [7, {"operation": "no"}]
    assert found["defaults"] == {"operation": "echo", "output": "file:///f/out/"}


@pytest.mark.parametrize("odd", [[], ["echo"], {}, 7, True, None])
def test_a_job_of_odd_types_stays_as_it_is(odd: Any) -> None:
    """What is no job is for the decoder to say, which names every field."""
    job = {"clips": [{"operation": odd, "input": 7}, odd], "defaults": {"operation": odd}}
    assert with_uris(ECHO, "echo", job) == job
    assert with_uris(ECHO, "echo", {"clips": odd, "defaults": odd}) == {
        "clips": odd,
        "defaults": odd,
    }
