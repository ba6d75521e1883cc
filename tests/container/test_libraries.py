"""Libraries that no unit of `test_operations` reaches, in the locked image: what was left out of
them is not missed."""

from __future__ import annotations

import json

import pytest

from tests.container.conftest import Place
from tests.container.engine import LOCKED, Engine
from tests.container.test_image import python

_TOKENS = """
import json, time
from pathlib import Path
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from functions.serve.http.oidc import IdentityTokens
from functions.serve.run.settings import Settings

A = jwt.algorithms
pairs = {
    "RS256": (rsa.generate_private_key(65537, 2048), A.RSAAlgorithm),
    "ES256": (ec.generate_private_key(ec.SECP256R1()), A.ECAlgorithm),
    "EdDSA": (ed25519.Ed25519PrivateKey.generate(), A.OKPAlgorithm),
}
public = [
    {**json.loads(kind.to_jwk(key.public_key())), "kid": name, "alg": name, "use": "sig"}
    for name, (key, kind) in pairs.items()
]
Path("/tmp/keys.json").write_text(json.dumps({"keys": public}))
told = {"AUDIENCE": "us", "ISSUER": "https://them", "KEYS": "/tmp/keys.json"}
tokens = IdentityTokens(Settings.read({f"RUSHES_OIDC_{name}": v for name, v in told.items()}))
answers = {}
for name, (key, _) in pairs.items():
    for audience in ("us", "others"):
        claims = {"iss": "https://them", "aud": audience, "exp": int(time.time()) + 60}
        token = jwt.encode(claims, key, algorithm=name, headers={"kid": name})
        answers[f"{name} {audience}"] = tokens.refusal(token) is None
print(json.dumps(answers))
"""


def test_identity_tokens_of_every_kind_are_known(engine: Engine, image: str) -> None:
    """By RSA, by elliptic curves and by Ed25519; for another audience they are refused."""
    answers = json.loads(python(engine, image, _TOKENS))
    kinds = ("RS256", "ES256", "EdDSA")
    assert answers == {
        f"{kind} {whom}": whom == "us" for kind in kinds for whom in ("us", "others")
    }


_SPANS = """
import gzip, json, os, threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

seen = []

class Collector(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        request = ExportTraceServiceRequest.FromString(body)
        seen.extend(s.name for r in request.resource_spans for x in r.scope_spans for s in x.spans)
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass

server = HTTPServer(("127.0.0.1", 0), Collector)
threading.Thread(target=server.serve_forever, daemon=True).start()
os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"http://127.0.0.1:{server.server_port}"
from functions.serve.telemetry.spans import Span
from functions.serve.telemetry.trace import Trace
from functions.serve.telemetry.tracing import Tracing

complaints = []
tracing = Tracing(os.environ, "debayer", complaints.append)
step = Trace(trace="0" * 31 + "1", span="0" * 15 + "2")
tracing.add(Span(step=step, name="debayer", kind="server", began=1, ended=2, facts={"a": 1},
                 error=("internal_error", "no", "there"), stages=(("decode", 1, 2, {}),)))
tracing.close(20)
print(json.dumps([sorted(seen), complaints]))
"""


def test_spans_go_out(engine: Engine, image: str) -> None:
    """To a collector, as protobuf that it can read."""
    assert json.loads(python(engine, image, _SPANS)) == [["debayer", "decode"], []]


_FRAMING = """
from functions.sidecars.fdl import geometry
from functions.sidecars.fdl.draw import draw
from functions.sidecars.fdl.read import check_fdl

made = geometry.apply_template(geometry.full_frame(640, 360), geometry.container(320, 240))
print(check_fdl(made.document), bool(draw(made)), made.output.canvas)
"""


def test_a_framing_goes_through_a_template(engine: Engine, image: str) -> None:
    """By the official library, whose own models are not there."""
    box = "Box(x=0, y=0, width=320, height=240)"
    assert python(engine, image, _FRAMING).replace(".0", "") == f"() True {box}"


@pytest.mark.parametrize("terminal", [True, False])
def test_a_person_at_a_terminal_sees_a_bar(
    engine: Engine, image: str, place: Place, terminal: bool
) -> None:
    """And a log gets lines."""
    out = place.made(f"bar-{terminal}")
    words = ["debayer", f"file://{place.path}/camera/A001/", f"file://{out}/"]
    options = [*LOCKED, *place.mount, "--network", "none", "--entrypoint", "rushes"]
    options += ["--tty", "--env", "TERM=xterm"] if terminal else []
    with engine.started(image, *options, words=words) as running:
        assert running.wait() == 0, running.logs()
        assert ("\x1b[" in running.logs()) == terminal
