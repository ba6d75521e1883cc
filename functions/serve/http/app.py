"""The HTTP door: Flask routes, plain JSON and CloudEvents in, receipts and problems out."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]
from werkzeug.exceptions import HTTPException

from functions.contract.errors import (
    InternalError,
    InvalidRequest,
    LimitExceeded,
    Refused,
    RushesError,
)
from functions.contract.version import VERSION
from functions.serve.console.guard import Guard, of_another_site
from functions.serve.console.routes import Console, page
from functions.serve.console.sessions import FORM_HEADER
from functions.serve.http import replies
from functions.serve.http.service import Service
from functions.serve.http.token import Token

if TYPE_CHECKING:
    from functions.footage.search import Shelf

_ABOUT = ("application/json", "text/html")
"""What `GET /` can be: to a client that does not mind which, what it always was."""
WITHOUT_TOKEN = frozenset(
    (method, path)
    for method in ("GET", "HEAD")
    for path in (
        "/", "/healthz", "/readyz", "/_/health", "/_/ready", "/metrics", "/openapi.json",
        "/formats", "/docs", "/console/assets/<path:name>",
    )
)  # fmt: skip
"""Every route that is answered without the bearer token: probes, which have none, numbers for a
scraper, and what the server is. A route that is not named here demands it."""


def create_app(service: Service) -> Flask:
    """The WSGI application of one worker."""
    app = Flask("rushes", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = service.settings.body
    token = Token(service.settings, service.console.secret)
    guard = Guard(service.settings, token.key, service.console.secret)
    Console(service, guard).add(app)

    @app.before_request
    def authorise() -> Response | None:
        rule = request.url_rule
        if rule is None or (request.method, rule.rule) in WITHOUT_TOKEN:
            return None
        shown = request.headers.get("Authorization")
        of_page = rule.rule.startswith("/console/") or FORM_HEADER in request.headers
        if shown is None and of_page and (session := guard.session(request)) is not None:
            refused = guard.refusal(request, session)
            return None if refused is None else _problem(refused)
        if (refusal := token.refusal(shown)) is not None:
            return _refused(*refusal)
        other = of_another_site(request)
        return None if other is None else _problem(other)

    @app.post("/")
    def post_root() -> Response:
        return _post(service, service.settings.function)

    def post_operation() -> Response:
        return _post(service, request.path.lstrip("/"))

    for operation in service.operations:
        # A rule for each and no variable part: a path that is no operation is then unknown
        # for every method, and not "known, but POST only".
        app.add_url_rule(f"/{operation}", operation, post_operation, methods=["POST"])

    @app.get("/")
    def about() -> Response:
        if request.accept_mimetypes.best_match(_ABOUT) == "text/html":
            response = page("index.html")
            response.vary.add("Accept")
            return response
        return _json(
            {
                "name": "rushes",
                "version": VERSION,
                "operation": service.settings.function,
                "operations": service.operations,
            }
        )

    def probe() -> Response:
        answer = replies.probe(service, request.path)
        assert answer is not None
        return _response(answer)

    for path in replies.PROBES:
        app.add_url_rule(path, path, probe)

    @app.get("/metrics")
    def metrics() -> Response:
        body, media = service.metrics.text(
            service.gate.slots.at_work(),
            service.gate.slots.idle(),
            service.operations,
            request.headers.get("Accept", ""),
        )
        return Response(body, content_type=media)

    @app.get("/openapi.json")
    def openapi() -> Response:
        from functions.serve.http.openapi import document

        settings = service.settings
        secured = settings.token_wanted
        return _json(
            document(service.catalog, service.operations, settings.function, token=secured)
        )

    @app.get("/formats")
    def formats() -> Response:
        from functions.media.plugins.installed import all_formats

        return _json({"formats": all_formats()})

    @cache
    def shelf() -> Shelf:
        from functions.footage.search import Shelf

        # An index that is opened is there twice for a moment.
        return Shelf(service.settings.limits.memory // 4)

    @app.get("/find")
    def find() -> Response:
        from functions.footage.search import read_question

        twice = [name for name, values in request.args.lists() if len(values) > 1]
        if twice:
            raise InvalidRequest(f"{twice[0]!r} is asked twice", field=twice[0])
        # A flag may stand alone: /find?input=...&mixed_rates
        asked = {name: value or "true" for name, value in request.args.items()}
        return _json(shelf().find(read_question(asked), service.runner.store))

    @app.after_request
    def called(response: Response) -> Response:
        response.headers.update(replies.call_headers(request.headers.get("X-Call-Id")))
        return response

    @app.errorhandler(RushesError)
    def known(error: RushesError) -> Response:
        return _problem(error)

    @app.errorhandler(HTTPException)
    def routing(error: HTTPException) -> Response:
        served = ", ".join(service.operations)
        return _http_problem(error, f"operations here: {served}" if error.code == 404 else "")

    @app.errorhandler(Exception)
    def unknown(error: Exception) -> Response:
        return _response(replies.fault(service, request.path, error))

    return app


def _post(service: Service, operation: str | None) -> Response:
    body = _body()
    context = replies.context_of(request.headers.get)
    headers = dict(request.headers)
    kind = (request.mimetype or "").lower()
    if kind.startswith("application/cloudevents") or any(k.lower()[:3] == "ce-" for k in headers):
        from functions.serve.events.event_door import answer_events

        return _response(answer_events(service, operation, headers, body, context))
    if operation and kind not in replies.PLAIN_JSON and not kind.endswith("+json"):
        return _problem(InvalidRequest(f"content type {kind!r}: send application/json"), status=415)
    return _response(replies.answer_request(service, operation, body, context))


def _body() -> bytes:
    """The whole body. Raises InvalidRequest for chunks that are none, or an early end."""
    if request.headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
        raise InvalidRequest("compressed bodies are not read: send the JSON as it is")
    try:
        body = request.get_data(cache=False)
    except (OSError, ParseException) as error:
        raise InvalidRequest(f"the request's body cannot be read: {error}") from error
    most = request.max_content_length
    if request.content_length is None and most is not None and len(body) >= most:
        # A chunked body is cut at the limit and not refused by werkzeug.
        raise LimitExceeded(f"the request has more than {most} bytes")
    return body


def _response(answer: replies.Answer) -> Response:
    return Response(answer.body, answer.status, answer.headers)


def _json(value: Any) -> Response:
    return _response(replies.plain(value))


def _problem(error: RushesError, status: int | None = None) -> Response:
    return _response(replies.problem(error, status))


def _http_problem(error: HTTPException, hint: str) -> Response:
    """Routing, methods and sizes, in the one shape that every error has."""
    status = error.code or 500
    if status < 400 and error.response is None:
        return Response(status=status)
    detail = f"{request.method} {request.path}: {hint or error.description or error.name}"
    kind = {413: LimitExceeded}.get(status, InvalidRequest if status < 500 else InternalError)
    response = _problem(kind(detail), status=status)
    valid = getattr(error, "valid_methods", None)
    if valid:
        response.headers["Allow"] = ", ".join(sorted(valid))
    return response


def _refused(error: Refused, status: int) -> Response:
    response = _problem(error, status)
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="rushes"'
    return response
