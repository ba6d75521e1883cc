"""The console over HTTP: its pages, what they ask, and what a person says of a job."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast, get_args

import msgspec
from flask import Flask, Response, request
from werkzeug.exceptions import NotFound

from functions.contract.errors import Busy, InvalidRequest, RushesError, SourceNotFound
from functions.contract.version import VERSION
from functions.dispatch.control import State, say
from functions.jobs.status import read_request
from functions.serve.console.details import clip_details, clip_of, made_of, unit_details
from functions.serve.console.guard import Guard
from functions.serve.console.shipped import shipped
from functions.serve.console.stream import events, news
from functions.serve.console.watches import Watched, Watches
from functions.serve.http import replies
from functions.serve.http.json_body import read_object
from functions.serve.http.service import Service

if TYPE_CHECKING:
    from functions.jobs.plan import PlannedClip
    from functions.serve.console.details import Made
    from functions.serve.console.pictures import Pictures, Side

_API = "/console/api"
_WIDEST = 1920
_PRIVATE = {"Cache-Control": "private, max-age=60"}
_FRESH = {"Cache-Control": "no-store"}


def page(name: str) -> Response:
    """A shipped file. Raises NotFound."""
    found = shipped(name)
    if found is None:
        raise NotFound(f"no file {name} is shipped")
    return Response(found[0], headers=found[1])


class Console:
    """Answers of one worker. Nothing is opened before somebody asks."""

    def __init__(self, service: Service, guard: Guard) -> None:
        self._service, self._guard = service, guard
        self._options = service.console
        # Each stream holds a thread of the server.
        self._places = threading.BoundedSemaphore(self._options.streams)

    def add(self, app: Flask) -> None:
        """Add one rule for each route to the application of a worker."""
        app.add_url_rule("/docs", "docs", lambda: page("docs.html"))
        app.add_url_rule("/console/assets/<path:name>", "asset", page)
        app.add_url_rule("/console/session", "session", self.begin, methods=["POST"])
        reads = (self.me, self.jobs, self.job, self.events, self.clip, self.unit, self.frame)
        for view in (*reads, self.sheet):
            app.add_url_rule(f"{_API}/{view.__name__}", view.__name__, view)
        for view in (self.control, self.retry):
            app.add_url_rule(f"{_API}/{view.__name__}", view.__name__, view, methods=["POST"])

    @cached_property
    def _watches(self) -> Watches:
        return Watches(self._service.runner.store, self._options.places)

    @cached_property
    def _pictures(self) -> Pictures:
        from functions.serve.console.pictures import Pictures

        settings, catalog = self._service.settings, self._service.catalog
        return Pictures(settings, catalog, self._options.pictures)

    def begin(self) -> Response:
        """A session for who has shown the token."""
        response = Response(status=204)
        self._guard.begin(request, response)
        return response

    def me(self) -> Response:
        """What this server is, and what the pages' requests must carry."""
        session = self._guard.session(request) or ""
        return _json(
            {
                "name": "rushes",
                "version": VERSION,
                "operations": self._service.operations,
                "dispatcher": self._dispatcher,
                "places": self._watches.places,
                "form": self._guard.form(session),
            }
        )

    @property
    def _dispatcher(self) -> str | None:
        for name in self._service.operations:
            # An operation that does not load is told by who asks for it.
            with contextlib.suppress(Exception):
                if self._service.catalog.load(name).dispatches:
                    return name
        return None

    def jobs(self) -> Response:
        """Jobs at and below the places of this console."""
        told = []
        for output in self._watches.found():
            try:
                watched = self._watches.get(output)
                watched.look()
                told.append(watched.summary())
            except RushesError as error:
                told.append({"output": output, "problem": error.problem()})
        return _json({"places": self._watches.places, "jobs": told})

    def job(self) -> Response:
        """One job, or what changed of it since a mark."""
        since = request.args.get("since", "")
        return _json(news(self._watches, _said("output"), request.args.get("job"), since))

    def events(self) -> Response:
        """The same as server-sent events. Busy where no place is free."""
        output, job = _said("output"), request.args.get("job")
        since = request.headers.get("Last-Event-ID") or request.args.get("since", "")
        news(self._watches, output, job, since)  # what is not there is said in HTTP's own way
        gate, sock = self._service.gate, request.environ.get("gunicorn.socket")
        if not self._places.acquire(blocking=False):  # the page then asks now and then
            raise Busy("as many pages as this server has places for are watching", retry_after=30)

        def told() -> Iterator[bytes]:
            yield from events(
                lambda mark: news(self._watches, output, job, mark),
                since,
                lambda: gate.draining or _hung_up(sock),
            )

        response = Response(told(), content_type="text/event-stream", headers=_FRESH)
        response.headers["X-Accel-Buffering"] = "no"
        response.call_on_close(self._places.release)
        return response

    def clip(self) -> Response:
        """One clip: units, frames, notes."""
        watch = self._watched().watch
        clip = clip_of(watch, _number("clip"))
        told = clip_details(watch, clip, self._service.runner.store)
        if not told["made"]:
            try:
                told["source"] = self._pictures.numbers(clip)
            except RushesError as error:
                told["unseen"] = error.problem()
        return _json(told)

    def unit(self) -> Response:
        """One unit: request, receipt or problem, and what this server's log says of it."""
        name = _said("unit")
        told = unit_details(self._watched().watch, name, self._service.runner.store)
        return _json({**told, "log": self._service.log.lines_of(name)})

    def frame(self) -> Response:
        """PNG of one frame: `side` made or source, `at` its place, `width`."""
        side = request.args.get("side", "made")
        if side not in ("made", "source"):
            raise InvalidRequest("side is made or source", field="side")
        width = min(max(_number("width", 640), 16), _WIDEST)
        at, pictures = _number("at", 0), self._pictures
        return self._shown(
            lambda clip, made: pictures.frame(clip, made, cast("Side", side), at, width)
        )

    def sheet(self) -> Response:
        """PNG: the contact sheet of a clip."""
        return self._shown(self._pictures.sheet)

    def _shown(self, draw: Callable[[PlannedClip, Made], bytes]) -> Response:
        """A picture of a clip. With `quiet` one that cannot be shown is no content and no error:
        of most clips of a job that has just begun there is none yet."""
        clip = clip_of(self._watched().watch, _number("clip"))
        made = made_of(clip, self._service.runner.store)
        try:
            return Response(draw(clip, made), content_type="image/png", headers=_PRIVATE)
        except RushesError:
            if "quiet" in request.args:
                return Response(status=204, headers=_FRESH)
            raise

    def control(self) -> Response:
        """Pause, resume or cancel a job: {"output", "job", "state"}."""
        said = read_object(request.get_data(cache=False), "the body")
        state = said.get("state")
        if state not in get_args(State):
            raise InvalidRequest(f"state is one of {', '.join(get_args(State))}", field="state")
        watched = self._watches.get(str(said.get("output", "")), said.get("job"))
        plan = watched.watch.plan
        say(plan.output, plan.job, cast("State", state), self._service.runner.store)
        watched.at_once()
        return _json({"job": plan.job, "output": plan.output, "state": state})

    def retry(self) -> Response:
        """Dispatch a job again, by the request that is kept beside its plan: {"output", "job"}.

        The answer comes when the job is over, as that of any unit.
        """
        said = read_object(request.get_data(cache=False), "the body")
        watched = self._watches.get(str(said.get("output", "")), said.get("job"))
        plan, store, name = watched.watch.plan, self._service.runner.store, self._dispatcher
        if name is None:
            raise InvalidRequest("this server does not dispatch jobs: ask one that does")
        try:
            asked = read_request(plan.output, plan.job, store)
        except SourceNotFound:
            raise SourceNotFound(
                "no request is kept beside the plan of this job: dispatch it from its job file"
            ) from None
        if watched.control != "running":
            say(plan.output, plan.job, "running", store)
        watched.at_once()
        body = msgspec.json.encode(asked)
        answer = replies.answer_request(
            self._service, name, body, replies.context_of(request.headers.get)
        )
        watched.at_once()
        return Response(answer.body, answer.status, answer.headers)

    def _watched(self) -> Watched:
        watched = self._watches.get(_said("output"), request.args.get("job"))
        watched.look()
        return watched


def _json(value: Any) -> Response:
    answer = replies.plain(value)
    return Response(answer.body, answer.status, {**answer.headers, **_FRESH})


def _said(name: str) -> str:
    value = request.args.get(name)
    if not value:
        raise InvalidRequest(f"{name} is missing", field=name)
    return value


def _number(name: str, otherwise: int | None = None) -> int:
    text = request.args.get(name)
    if text is None and otherwise is not None:
        return otherwise
    if text is None or not text.isdecimal() or len(text) > 9:
        raise InvalidRequest(f"{name} is a whole number", field=name)
    return int(text)


def _hung_up(sock: socket.socket | None) -> bool:
    """Whether a reader has gone: its thread need not wait for a write that fails."""
    if sock is None:
        return False
    try:
        ready, _, _ = select.select([sock], [], [], 0)
        return bool(ready) and sock.recv(1, socket.MSG_PEEK) == b""
    except (OSError, ValueError):
        return True
