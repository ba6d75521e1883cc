"""Identity tokens: taken are those of the issuer, for this audience, in time; nothing else."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import requests
import urllib3
from flask.testing import FlaskClient

from functions.contract.errors import InternalError, InvalidRequest
from functions.serve.http.app import WITHOUT_TOKEN, create_app
from functions.serve.http.early_door import Door
from functions.serve.http.oidc import IdentityTokens
from functions.serve.run.settings import Settings
from tests.serve.conftest import MakeService

jwt = pytest.importorskip("jwt")
rsa = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.rsa")

ISSUER, AUDIENCE = "https://kubernetes.default.svc", "rushes-debayer"
Make = Callable[..., str]


@pytest.fixture(scope="module")
def keys() -> dict[str, Any]:
    """A pair that the issuer has, and one that it has not."""
    return {name: rsa.generate_private_key(65537, 2048) for name in ("ours", "other")}


@pytest.fixture
def jwks(tmp_path: Path, keys: dict[str, Any]) -> Path:
    """The issuer's keys as a file."""
    path = tmp_path / "jwks.json"
    _write(path, keys["ours"], "k1")
    return path


@pytest.fixture
def make(keys: dict[str, Any]) -> Make:
    """A token; what is said replaces a good one's claims."""

    def token(key: str = "ours", kid: str | None = "k1", **said: Any) -> str:
        claims = {"iss": ISSUER, "aud": AUDIENCE, "exp": int(time.time()) + 600, **said}
        claims = {name: value for name, value in claims.items() if value is not None}
        headers = {} if kid is None else {"kid": kid}
        return str(jwt.encode(claims, keys[key], algorithm="RS256", headers=headers))

    return token


@pytest.fixture
def web(make_service: MakeService, jwks: Path) -> FlaskClient:
    """A server that takes them and has no bearer token of its own."""
    return create_app(make_service(**_settings(jwks))).test_client(use_cookies=False)


def _settings(jwks: Path) -> dict[str, str]:
    return {
        "RUSHES_OIDC_AUDIENCE": AUDIENCE,
        "RUSHES_OIDC_ISSUER": ISSUER,
        "RUSHES_OIDC_KEYS": str(jwks),
    }


def _write(path: Path, key: Any, kid: str) -> None:
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    path.write_text(json.dumps({"keys": [{**public, "kid": kid, "use": "sig", "alg": "RS256"}]}))


def _ask(web: FlaskClient, token: str | None, fields: dict[str, Any] | None = None) -> int:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return web.post("/echo", json=fields or {}, headers=headers).status_code


def test_a_good_token_is_taken(web: FlaskClient, make: Make, fields: dict[str, Any]) -> None:
    """Of one audience or several; for a little while after its end, as clocks differ."""
    assert _ask(web, make(), fields) == 200
    assert _ask(web, make(aud=["another", AUDIENCE]), fields) == 200
    assert _ask(web, make(kid=None), fields) == 200
    assert _ask(web, make(exp=int(time.time()) - 5), fields) == 200


@pytest.mark.parametrize(
    "said",
    [
        {"aud": "another"},
        {"aud": None},
        {"iss": "https://elsewhere"},
        {"iss": None},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"nbf": 4_000_000_000},
        {"key": "other"},
        {"kid": "k2"},
        {"key": "other", "kid": None},
    ],
)
def test_any_other_is_not(web: FlaskClient, make: Make, said: dict[str, Any]) -> None:
    """Another audience, issuer, time or key."""
    assert _ask(web, make(**said)) == 403


def test_tricks(web: FlaskClient, make: Make, jwks: Path) -> None:
    """No signature, the public key as a shared secret, keys that the token brings, half a token."""
    _, claims, signature = make().split(".")

    def headed(**header: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")

    hmac = jwt.encode({"iss": ISSUER, "aud": AUDIENCE, "exp": 4e9}, "x" * 64, "HS256",
                      {"kid": "k1"})  # fmt: skip
    for token in (
        f"{headed(alg='none', kid='k1')}.{claims}.",
        f"{headed(alg='HS256', kid='k1')}.{claims}.{signature}",
        hmac,
        f"{headed(alg='RS256', kid=['k1'])}.{claims}.{signature}",
        make() + "x",
        make()[:-9],
        "a.b.c",
        "..",
        "é.é.é",
    ):
        assert _ask(web, token) == 403, token
    assert _ask(web, None) == 401


def test_every_route_of_the_table(web: FlaskClient, make: Make) -> None:
    """Routes want it that want the bearer token, and no other; the early door does not answer."""
    app = web.application
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"OPTIONS"}:
            is_open = (method, rule.rule) in WITHOUT_TOKEN
            assert (web.open(rule.rule, method=method).status_code == 401) is not is_open
            headers = {"Authorization": f"Bearer {make()}"}
            answer = web.open(rule.rule, method=method, headers=headers)
            assert answer.status_code not in (401, 403), (method, rule.rule)


def test_the_early_door_leaves_it_to_the_whole_app(make_service: MakeService, jwks: Path) -> None:
    """A plain request that comes before Flask is loaded is not let in by that."""
    door = Door(make_service(**_settings(jwks)), create_app)
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/echo", "CONTENT_TYPE": "application/json",
               "CONTENT_LENGTH": "2"}  # fmt: skip
    assert door._early(environ) is None


def test_beside_the_bearer_token(
    make_service: MakeService, jwks: Path, make: Make, fields: dict[str, Any]
) -> None:
    """Either is taken; a wrong one of either kind is not."""
    (jwks.parent / "token").write_text("sesame")
    settings = {**_settings(jwks), "RUSHES_TOKEN_FILE": str(jwks.parent / "token")}
    web = create_app(make_service(**settings)).test_client()
    assert _ask(web, "sesame", fields) == _ask(web, make(), fields) == 200
    assert _ask(web, "other") == _ask(web, make(aud="another")) == 403


def test_keys_that_are_exchanged(
    web: FlaskClient, make: Make, jwks: Path, keys: dict[str, Any],
    fields: dict[str, Any], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A name that is not known is looked for anew, and not at each request."""
    monkeypatch.setattr("functions.serve.http.oidc._AGAIN_SECONDS", 0.0)
    assert _ask(web, make(), fields) == 200
    _write(jwks, keys["other"], "k2")
    assert _ask(web, make(key="other", kid="k2"), fields) == 200
    jwks.write_text("{")
    assert _ask(web, make(key="other", kid="k2"), fields) == 200


def test_keys_from_before_stay_when_an_answer_breaks_off(
    make: Make, jwks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An issuer's answer that ends too early, or is too large, changes no key; without any it is
    told."""
    monkeypatch.setattr("functions.serve.http.oidc._FRESH_SECONDS", -1.0)
    answers: list[tuple[bytes, int]] = []

    def get(url: str, **more: Any) -> requests.Response:
        body, length = answers.pop(0)
        found = requests.Response()
        found.status_code = 200
        found.raw = urllib3.HTTPResponse(
            BytesIO(body), headers={"content-length": str(length)}, preload_content=False
        )
        return found

    monkeypatch.setattr(requests, "get", get)
    settings = Settings(oidc_audience=AUDIENCE, oidc_issuer=ISSUER, oidc_keys="https://issuer/keys")
    tokens = IdentityTokens(settings)
    whole, large = jwks.read_bytes(), b" " * ((1 << 20) + 1)
    answers += [(whole[:9], len(whole))]
    with pytest.raises(InternalError, match="cannot be had"):
        tokens.refusal(make())
    answers += [(whole, len(whole)), (whole[:9], len(whole)), (large, len(large))]
    for _ in range(3):
        assert tokens.refusal(make()) is None
    assert not answers


def test_settings_belong_together(jwks: Path) -> None:
    """All three or none; keys are a file or come by TLS."""
    for name in _settings(jwks):
        with pytest.raises(InvalidRequest, match=f"{name} is missing"):
            Settings.read({k: v for k, v in _settings(jwks).items() if k != name})
    for keys in ("http://issuer/keys", "file:///etc/keys", "/nowhere", "https://a@b/c"):
        with pytest.raises(InvalidRequest, match="neither a file nor an https address"):
            Settings.read({**_settings(jwks), "RUSHES_OIDC_KEYS": keys})
