"""Who gets the console's pages, what they may ask, and what their requests must carry."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from functions.dispatch.control import control_uri, read_control
from functions.serve.console import shipped
from functions.serve.console.options import ConsoleOptions
from functions.serve.console.sessions import SESSION_SECONDS, Sessions
from functions.serve.console.shipped import POLICY
from functions.serve.http.app import create_app
from functions.serve.http.service import Service
from functions.serve.run.catalog import Catalog
from functions.serve.run.runner import Runner
from functions.serve.run.settings import Settings
from functions.serve.telemetry.log import Log
from functions.storage.file import FileStore
from tests.console.written_jobs import WrittenJob

TOKEN = {"Authorization": "Bearer sesame"}
HERE = {"base_url": "http://localhost:8090"}


def service_at(tmp_path: Path, **environ: str) -> Service:
    """A server of all operations, whose only root is the test's folder."""
    settings = Settings.read(
        {"RUSHES_SCRATCH": str(tmp_path), "RUSHES_ROOTS": str(tmp_path), **environ}
    )
    catalog = Catalog()
    return Service(
        settings,
        catalog,
        Runner(settings, catalog),
        log=Log("json", lambda line: None),
        console=ConsoleOptions(places=(f"file://{tmp_path}/",)),
    )


@pytest.fixture
def job(tmp_path: Path) -> WrittenJob:
    """Two clips of two units, one done and one failed."""
    job = WrittenJob(tmp_path / "job", ["A001", "A002"], units=2)
    job.begin()
    job.done(0)
    job.failed(3, "frame 12 is cut off")
    return job


@pytest.fixture
def web(tmp_path: Path) -> Iterator[FlaskClient]:
    """A browser at a server that wants a token."""
    (tmp_path / "token").write_text("sesame\n")
    service = service_at(tmp_path, RUSHES_TOKEN_FILE=str(tmp_path / "token"))
    with create_app(service).test_client() as client:
        yield client


def test_a_browser_gets_the_page_and_a_client_what_it_always_got(web: FlaskClient) -> None:
    """GET / by what is accepted; a page runs and fetches nothing of another place."""
    for accept in ("", "*/*", "application/json", "text/plain, */*", "application/json, text/html"):
        answer = web.get("/", headers={"Accept": accept} if accept else {})
        assert answer.json is not None
        assert answer.json["name"] == "rushes", accept
    page = web.get("/", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert page.mimetype == "text/html"
    assert page.headers["Vary"] == "Accept"
    for path in ("/", "/docs"):
        page = web.get(path, headers={"Accept": "text/html"})
        assert page.headers["Content-Security-Policy"] == POLICY
        assert not re.search(r"<script(?![^>]*\bsrc=)|style=|\bon\w+=|https?://", page.text)
        for name in re.findall(r'(?:src|href)="([^"]+)"', page.text):
            if name != "openapi.json":
                assert web.get(f"/{name}").status_code == 200, name
    assert "unsafe" not in POLICY


def test_files_are_those_that_are_shipped(web: FlaskClient) -> None:
    """A path that climbs or names another file is not there."""
    for name in ("../routes.py", "..%2froutes.py", "vendor/README.md", "none.js"):
        assert web.get(f"/console/assets/{name}").status_code == 404, name


def test_no_word_runs_into_the_next() -> None:
    """A template drops the end of a line: after an element, words on the next line need a space."""
    assets = Path(shipped.__file__).with_name("assets")
    texts = {file.name: file.read_text() for file in assets.glob("*.js")}
    assert "app.js" in texts
    glued = re.compile(r"</(?:a|b|code|em|span)>[ \t]*\n[ \t]*[a-z(]")
    assert [name for name, text in texts.items() if glued.search(text)] == []


def test_a_session_is_begun_by_the_token_and_each_change_carries_its_form(
    web: FlaskClient, job: WrittenJob
) -> None:
    """Without a cookie 401; with it pages read; a change wants the form, and this origin."""
    query = {"output": job.uri}
    assert web.get("/console/api/job", query_string=query).status_code == 401
    begun = web.post("/console/session", headers=TOKEN, **HERE)
    assert begun.status_code == 204
    cookie = begun.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "sesame" not in cookie
    told = web.get("/console/api/job", query_string=query, **HERE).json
    assert told is not None
    assert (told["summary"]["done"], told["summary"]["failed"]) == (1, 1)
    form = web.get("/console/api/me", **HERE).json["form"]  # type: ignore[index]
    wanted = {"output": job.uri, "state": "paused"}
    ours = {"X-Rushes-Form": form, "Origin": "http://localhost:8090"}
    for headers in (
        {},
        {"X-Rushes-Form": "0" * 64},
        {**ours, "Origin": "http://evil.example"},
        {**ours, "Origin": "null"},
    ):
        refused = web.post("/console/api/control", json=wanted, headers=headers, **HERE)
        assert refused.status_code == 403, headers
    store = FileStore([Path("/")])
    assert read_control(control_uri(job.uri, job.job), store) == "running"
    assert web.post("/console/api/control", json=wanted, headers=ours, **HERE).status_code == 200
    assert read_control(control_uri(job.uri, job.job), store) == "paused"
    # A page may have a plan explained; without its form the operation wants the token as ever.
    ask = {"input": f"{job.uri}none.mov", "explain": True}
    assert web.post("/inspect", json=ask, headers=ours, **HERE).status_code == 404
    assert web.post("/inspect", json=ask, **HERE).status_code == 401


def test_sessions_end_with_their_time_and_with_the_token() -> None:
    """A cookie that is old, of another token, or changed is no session."""
    now, key = [1000.0], [b"one"]
    sessions = Sessions(lambda: key[0], lambda: now[0])
    cookie = sessions.begin()
    name = sessions.name_of(cookie)
    assert name
    assert sessions.is_form(name, sessions.form(name))
    assert not sessions.is_form(name, sessions.form("another"))
    end, _, rest = cookie.partition(".")
    assert sessions.name_of(f"{int(end) + 9}.{rest}") is None
    for odd in (None, "", "..", "x.y.z", cookie[:-1], cookie + "é"):
        assert sessions.name_of(odd) is None
    now[0] += SESSION_SECONDS + 1
    assert sessions.name_of(cookie) is None
    now[0] = 1000.0
    key[0] = b"two"
    assert sessions.name_of(cookie) is None


def test_a_server_of_this_machine_answers_to_its_own_names(tmp_path: Path) -> None:
    """Without a token a page whose name leads here (DNS rebinding) gets nothing."""
    web = create_app(service_at(tmp_path)).test_client()
    for host, status in (
        ("localhost:8090", 200),
        ("127.0.0.1:8090", 200),
        ("[::1]:8090", 200),
        ("evil.example:8090", 403),
        ("localhost.evil.example", 403),
        ("[::", 403),
    ):
        assert web.get("/console/api/me", headers={"Host": host}).status_code == status, host


def test_only_the_roots_are_looked_at(web: FlaskClient, tmp_path: Path) -> None:
    """A job outside is refused, and so is a picture of a clip outside."""
    asked = {"headers": TOKEN, "query_string": {"output": "file:///elsewhere/"}}
    assert web.get("/console/api/job", **asked).status_code == 403  # type: ignore[arg-type]
    job = WrittenJob(tmp_path / "job", ["A001"], units=1)
    plan = json.loads((tmp_path / "job/.rushes/jobs/j1.json").read_text())
    plan["clips"][0]["input"] = "file:///etc/passwd"
    (tmp_path / "job/.rushes/jobs/j1.json").write_text(json.dumps(plan))
    query = {"output": job.uri, "clip": 0, "side": "source"}
    answer = web.get("/console/api/frame", query_string=query, headers=TOKEN)
    assert answer.status_code == 403


def test_streams_are_bounded(web: FlaskClient, job: WrittenJob) -> None:
    """A third reader is told to ask now and then; a place is free again when a reader goes."""
    query = {"output": job.uri}

    def read() -> tuple[int, object]:
        answer = web.get("/console/api/events", query_string=query, headers=TOKEN)
        return answer.status_code, answer

    (first, one), (second, _) = read(), read()
    assert (first, second) == (200, 200)
    assert read()[0] == 429
    one.close()  # type: ignore[attr-defined]
    assert read()[0] == 200


def test_the_stream_tells_what_changed(web: FlaskClient, job: WrittenJob) -> None:
    """First everything, then the clip that changed, by marks that another stream goes on from."""
    query = {"output": job.uri}
    answer = web.get("/console/api/events", query_string=query, headers=TOKEN)
    parts = (part for part in answer.response if b"event: news" in part)  # type: ignore[union-attr]
    news = json.loads(next(parts).partition(b"data: ")[2])
    assert news["whole"]
    assert [row["states"] for row in news["rows"]] == ["d.", ".f"]
    answer.close()
    job.done(1)
    for odd in ("", ".", "x.1", news["mark"] + "9" * 5000):
        asked = {**query, "since": odd}
        assert web.get("/console/api/job", query_string=asked, headers=TOKEN).status_code == 200
    later = {**query, "since": news["mark"]}
    answer = web.get("/console/api/events", query_string=later, headers=TOKEN)
    parts = (part for part in answer.response if b'"rows"' in part)  # type: ignore[union-attr]
    news = json.loads(next(parts).partition(b"data: ")[2])
    assert not news["whole"]
    assert [(row["clip"], row["states"]) for row in news["rows"]] == [(0, "dd")]
    answer.close()


def test_a_job_without_its_request_says_how_it_is_retried(
    web: FlaskClient, job: WrittenJob
) -> None:
    """Of an older version nothing is kept beside the plan."""
    answer = web.post("/console/api/retry", json={"output": job.uri}, headers=TOKEN)
    assert answer.status_code == 404
    assert "dispatch it from its job file" in answer.json["detail"]  # type: ignore[index]
