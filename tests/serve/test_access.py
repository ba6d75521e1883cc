"""Every route's need of the token, from one table."""

from __future__ import annotations

from pathlib import Path

from functions.serve.http.app import WITHOUT_TOKEN, create_app
from tests.serve.conftest import MakeService

# What is meant, written out: a new route is either here or wants the token.
OPEN = {
    "/": "name, version and operations",
    "/healthz": "probe",
    "/readyz": "probe",
    "/_/health": "probe of OpenFaaS",
    "/_/ready": "probe of OpenFaaS",
    "/metrics": "numbers without names of clips",
    "/openapi.json": "the form of requests",
    "/formats": "what is read, the same for everybody",
    "/docs": "the form of requests, as a page",
    "/console/assets/<path:name>": "files that are shipped; what they show is asked with a session",
}


def test_the_table_is_what_is_meant() -> None:
    """GET of these paths alone is open; nothing that does work is."""
    assert {path for _, path in WITHOUT_TOKEN} == set(OPEN)
    assert {method for method, _ in WITHOUT_TOKEN} == {"GET", "HEAD"}


def test_every_route_asks_for_the_token_or_is_in_the_table(
    make_service: MakeService, tmp_path: Path
) -> None:
    """Each method of each rule, without a token, with a wrong one, and with the right one."""
    (tmp_path / "token").write_text("sesame")
    app = create_app(make_service(RUSHES_TOKEN_FILE=str(tmp_path / "token")))
    web = app.test_client(use_cookies=False)  # each call is a stranger
    tried = 0
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"OPTIONS"}:
            is_open = (method, rule.rule) in WITHOUT_TOKEN
            tried += 1
            answer = web.open(rule.rule, method=method)
            assert (answer.status_code == 401) is not is_open, (method, rule.rule)
            wrong = web.open(rule.rule, method=method, headers={"Authorization": "Bearer x"})
            assert (wrong.status_code == 403) is not is_open, (method, rule.rule)
            right = web.open(rule.rule, method=method, headers={"Authorization": "Bearer sesame"})
            assert right.status_code not in (401, 403), (method, rule.rule)
    assert tried > len(OPEN)


def test_metrics_hold_no_names(make_service: MakeService, tmp_path: Path) -> None:
    """What anybody may scrape tells no clip, path or request."""
    web = create_app(make_service()).test_client()
    web.post("/echo", json={"input": f"file://{tmp_path}/secret-show/clip", "text": "secret-text"})
    told = web.get("/metrics").text
    assert "secret" not in told
