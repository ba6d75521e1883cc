"""The HTTP side: a small Flask app that a Trigger, a webhook or `curl` sends events to.

    TRACKER=kitsu PROJECT=demo KITSU_HOST=https://kitsu/api KITSU_TOKEN=... TASK_TYPE=Compositing \
        gunicorn 'rushes_publish_example.app:from_environment()'
    TRACKER=ayon PROJECT=demo AYON_SERVER_URL=https://ayon AYON_API_KEY=... gunicorn ...

A broker delivers at least once and retries 404, 408, 409, 429 and 5xx. So: 204 when a plate is
registered (again), 503 when the tracker cannot answer now, 422 for what no retry would cure. A 2xx
never has a body: one that is no event would count as 502.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import flask
import requests
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from cloudevents.core.exceptions import CloudEventValidationError

from rushes_publish_example.plate import Plate, Unpublishable, read_plate

TYPE = "dev.rushes.plate.completed.v1"
Answer = tuple[str, int, dict[str, str]]
_AGAIN = (401, 403, 408, 409, 429)  # a token can be mended, another delivery be quicker


class TryAgain(Exception):
    """The tracker could not answer; the same event may go through later."""


def make_app(register: Callable[[Plate], object]) -> flask.Flask:
    """The app around one tracker's `register`."""
    app = flask.Flask(__name__)

    @app.post("/")
    def take() -> Answer:
        message = HTTPMessage(dict(flask.request.headers), flask.request.get_data())
        try:
            event = from_http_event(message)
        except (CloudEventValidationError, ValueError, TypeError) as error:
            return f"no CloudEvent: {error}", 400, {}
        if event.get_type() != TYPE:
            return "", 204, {}
        data = event.get_data()
        try:
            # `explain` is answered with a completed event too: its data is a plan.
            if isinstance(data, dict) and "status" in data:
                register(read_plate(data))
        except Unpublishable as error:
            return str(error), 422, {}
        except (TryAgain, requests.RequestException) as error:
            app.logger.warning("not registered: %s", error)
            return "the tracker did not answer", 503, {"Retry-After": "10"}
        return "", 204, {}

    @app.get("/healthz")
    def healthz() -> Answer:
        return "", 204, {}

    return app


def in_kitsu(project: str, task_type: str, client: Any) -> Callable[[Plate], str]:
    """Registers in Kitsu; a server's fault or a token's is worth another try, the rest is not."""
    import gazu

    from rushes_publish_example import kitsu

    def register(plate: Plate) -> str:
        try:
            return kitsu.register(plate, project, task_type, client)
        except (gazu.exception.ParameterException, gazu.exception.ValidationException) as error:
            raise Unpublishable(f"Kitsu: {error}") from error
        except gazu.exception.GazuException as error:
            raise TryAgain(f"Kitsu: {error!r}") from error

    return register


def in_ayon(project: str, api: Any) -> Callable[[Plate], str]:
    """Registers in AYON; 409 is another delivery that was quicker: the next finds what it made."""
    import ayon_api

    from rushes_publish_example import ayon

    def register(plate: Plate) -> str:
        try:
            return ayon.register(plate, project, api)
        except ayon_api.exceptions.HTTPRequestError as error:
            status = error.response.status_code
            kind = Unpublishable if 400 <= status < 500 and status not in _AGAIN else TryAgain
            raise kind(f"AYON: {error}") from error
        except ayon_api.exceptions.ServerError as error:
            raise TryAgain(f"AYON: {error}") from error

    return register


def from_environment() -> flask.Flask:
    """The app as the environment says; see above."""
    project = os.environ["PROJECT"]
    if os.environ["TRACKER"] == "ayon":
        import ayon_api

        # One try a request: the broker has its own, and waits longer.
        api = ayon_api.ServerAPI(
            os.environ["AYON_SERVER_URL"], os.environ["AYON_API_KEY"], max_retries=1
        )
        return make_app(in_ayon(project, api))
    import gazu

    client = gazu.client.create_client(os.environ["KITSU_HOST"])
    gazu.client.set_tokens({"access_token": os.environ["KITSU_TOKEN"]}, client=client)
    return make_app(in_kitsu(project, os.environ["TASK_TYPE"], client))
