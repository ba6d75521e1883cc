"""A job that outlives its platform's time-out goes on as a Job by itself, through a JobSink.

A dispatcher behind a Service gives its job back before the time-out, and a broker delivers an event
nine times and no more. So it posts the event that it was called by to a JobSink (RUSHES_JOB_SINK)
once, and the Job, which no request waits for, finishes it: what stands in the storage is all that
it needs. The copy has an id of its own that follows from the first one's: a JobSink takes an id
once a day, so an event that is delivered again starts no second Job. A copy is never handed over:
there is no circle.

Reference: Knative Eventing 1.19, cmd/jobsink/main.go.
"""

from __future__ import annotations

from contextlib import closing

from cloudevents.core.v1.event import CloudEvent

from functions.contract.errors import LimitExceeded, RushesError, StoreUnavailable
from functions.serve.events.cloudevents import make_id, write_event
from functions.serve.events.http_calls import Calls
from functions.serve.events.sink_address import parse_address, token_of
from functions.serve.run.settings import Settings
from functions.serve.telemetry.log import Log

RUN = "rushesrun"
"""The extension that says "job" of an event for a JobSink."""

MOST_BYTES = 1_000_000
"""A JobSink keeps the event in a Secret, which holds 1 MiB. A larger one would start a Job that
waits for it in vain."""

_SECONDS = 60.0


def hand_over(event: CloudEvent, settings: Settings, log: Log) -> bool:
    """Whether a JobSink took the event; why not is told to the log."""
    if settings.job_sink is None or event.get_extension(RUN) is not None:
        return False
    told = {
        name: value
        for name, value in event.get_attributes().items()
        if not name.startswith("knative")
    }
    told |= {"id": make_id(event.get_source(), event.get_id(), RUN), RUN: "job"}
    message = write_event("structured", CloudEvent(told, event.get_data()))
    try:
        if len(message.body) > MOST_BYTES:
            raise LimitExceeded("the job is larger than a Secret may be")
        address = parse_address(settings.job_sink, "RUSHES_JOB_SINK")
        token = token_of(address, settings)
        headers = {**message.headers, **({"authorization": f"Bearer {token}"} if token else {})}
        with closing(Calls(address, _SECONDS)) as calls:
            status = calls.post("/", headers, message.body, "job").status
        if not 200 <= status < 300:
            raise StoreUnavailable(f"the JobSink answered {status}")
    except RushesError as error:
        log.line("not handed over", "warning", detail=error.detail)
        return False
    log.line("handed over", job_sink=address.base, event_id=event.get_id())
    return True
