"""Spans over OTLP/HTTP, read back by a collector's stand-in from OpenTelemetry's own protobuf."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased, TraceIdRatioBased

from functions.serve.telemetry import trace
from functions.serve.telemetry.sampling import sampler
from tests.serve.collector import Collector, Seen, collector
from tests.serve.processes import ECHO_COMMAND, ROOT, Call, Held, Server, environment, server

TRACE, ABOVE = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PARENT = f"00-{TRACE}-{ABOVE}-01"
ERROR = 2


@pytest.fixture
def spans() -> Iterator[Collector]:
    """A collector that listens."""
    with collector() as found:
        yield found


def settings(spans: Collector, **more: str) -> dict[str, str]:
    """The variables of a server that sends there; what it has is sent soon."""
    return {
        "FUNCTION": "echo",
        "OTEL_EXPORTER_OTLP_ENDPOINT": spans.address,
        "OTEL_BSP_SCHEDULE_DELAY": "20",
        **more,
    }


def event(running: Server, fields: dict[str, Any], **attributes: str) -> requests.Response:
    """POST a requested event in binary mode."""
    headers = {
        "ce-specversion": "1.0",
        "ce-type": "dev.rushes.echo.requested.v1",
        "ce-source": "/studio",
        "ce-id": "e1",
        **{f"ce-{name}": value for name, value in attributes.items()},
    }
    return running.post(fields, path="/", **headers)


def named(found: list[Seen], name: str) -> Seen:
    """The one span of that name."""
    (span,) = (each for each in found if each.name == name)
    return span


def log_of(folder: Path, kind: str) -> list[dict[str, Any]]:
    """Lines of the server's log."""
    lines = [json.loads(text) for text in (folder / "server.log").read_text().splitlines()]
    return [line for line in lines if line["event"] == kind]


def test_a_unit_is_a_span_below_the_callers(
    tmp_path: Path, fields: dict[str, Any], spans: Collector
) -> None:
    """traceparent's ids are the span's trace and parent; its stages are spans below it."""
    with server(tmp_path, **settings(spans)) as running:
        headers = {"traceparent": PARENT, "tracestate": "congo=1", "X-Call-Id": "c1"}
        receipt = running.post({**fields, "count": 2}, **headers).json()
        found = spans.until(3)
    unit = named(found, "echo")
    assert (unit.trace, unit.above, unit.remote) == (TRACE, ABOVE, True)
    assert (unit.kind, unit.state, unit.status[0]) == ("SERVER", "congo=1", 0)
    size = len((tmp_path / "in" / "hello.txt").read_bytes())
    wait = unit.facts.pop("rushes.wait_seconds")
    assert wait >= 0
    assert unit.facts == {
        "rushes.operation": "echo",
        "rushes.unit": receipt["unit"],
        "rushes.status": "done",
        "rushes.frames": 2,
        "rushes.bytes_in": size,
        "rushes.bytes_out": 2 * size,
        "rushes.call": "c1",
        "faas.coldstart": True,
    }
    for name in ("fetch", "commit"):
        stage = named(found, name)
        assert (stage.trace, stage.above, stage.kind) == (TRACE, unit.span, "INTERNAL")
        assert unit.began <= stage.began <= stage.ended <= unit.ended
        assert stage.facts["rushes.times"] == 2
        assert stage.facts["rushes.seconds"] == pytest.approx(receipt["seconds"][name], abs=2e-6)
    assert unit.resource["service.name"] == "rushes-echo"
    assert spans.paths[0] == "/v1/traces"


def test_an_events_unit_is_a_span_below_the_events(
    tmp_path: Path, fields: dict[str, Any], spans: Collector
) -> None:
    """The extension's ids count, the reply names the unit's span, and the log line both."""
    with server(tmp_path, **settings(spans)) as running:
        reply = event(running, fields, traceparent=PARENT, rushesjob="j1")
        unit = named(spans.until(3), "echo")
    assert (unit.trace, unit.above, unit.kind) == (TRACE, ABOVE, "CONSUMER")
    assert (unit.facts["rushes.job"], unit.facts["cloudevents.event_id"]) == ("j1", "e1")
    assert reply.headers["ce-traceparent"] == f"00-{TRACE}-{unit.span}-01"
    (line,) = log_of(tmp_path, "unit")
    assert (line["trace_id"], line["span_id"]) == (TRACE, unit.span)
    assert (line["job"], line["event_id"], line["unit"]) == ("j1", "e1", unit.facts["rushes.unit"])


def test_a_failed_units_span_tells_the_error(
    tmp_path: Path, fields: dict[str, Any], spans: Collector
) -> None:
    """Code and sentence are there; only a fault of ours comes with its traceback."""
    with server(tmp_path, **settings(spans)) as running:
        event(running, {**fields, "fail": "damaged_source"}, traceparent=PARENT)
        event(running, {**fields, "fail": "fault"})
        event(running, {**fields, "fail": "busy"})
        units = [span for span in spans.until(3) if span.name == "echo"]
    damaged, fault, busy = units
    assert (damaged.trace, damaged.status) == (TRACE, (ERROR, "as was asked"))
    assert damaged.facts["rushes.status"] == "failed"
    assert damaged.facts["rushes.code"] == damaged.facts["error.type"] == "damaged_source"
    assert (damaged.facts["rushes.frame"], len(damaged.facts["rushes.unit"])) == (7, 32)
    ((name, told),) = damaged.events
    assert name == "exception"
    assert told == {"exception.type": "DamagedSource", "exception.message": "as was asked"}
    assert "ZeroDivisionError" in fault.events[0][1]["exception.stacktrace"]
    assert (fault.above, fault.status[0]) == ("", ERROR)
    assert (busy.facts["rushes.code"], busy.status[0], busy.events) == ("busy", 0, ())


def test_what_was_done_is_sent_before_the_end(
    tmp_path: Path, fields: dict[str, Any], spans: Collector
) -> None:
    """A unit in flight at SIGTERM is in the collector when the server has gone."""
    held = Held(tmp_path)
    with server(tmp_path, **settings(spans, OTEL_BSP_SCHEDULE_DELAY="600000")) as running:
        running.post({**fields, "count": 2}, traceparent=PARENT)
        call = Call(running, {**fields, **held.fields})
        held.began()
        assert spans.spans == []
        running.process.send_signal(signal.SIGTERM)
        held.let_go()
        assert call.answer().status_code == 200
        assert running.process.wait(60) == 0
        found = [span for span in spans.spans if span.name == "echo"]
    assert [span.facts["faas.coldstart"] for span in found] == [True, False]


def test_a_collector_that_is_not_there_holds_nothing_up(
    tmp_path: Path, fields: dict[str, Any], spans: Collector
) -> None:
    """Units are done, the log tells why no span goes out, and the exit is 0 within the grace."""
    gone = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_EXPORTER_OTLP_TIMEOUT": "1"}
    with server(tmp_path, **settings(spans, **gone, RUSHES_GRACE="3")) as running:
        assert running.post(fields).status_code == 200
        while not (lines := log_of(tmp_path, "tracing")):
            assert running.process.poll() is None
        assert running.post({**fields, "count": 2}).status_code == 200
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(60) == 0
    assert (lines[0]["level"], "export" in lines[0]["detail"]) == ("warning", True)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "only otlp is spoken here"),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "OTLP as grpc is not spoken here"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "collector:4317"}, "is not http(s)://"),
        ({"OTEL_TRACES_SAMPLER": "jaeger_remote"}, "is not known here"),
        ({"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "2"}, "between 0"),
    ],
)
def test_what_cannot_be_done_is_told(
    tmp_path: Path,
    fields: dict[str, Any],
    spans: Collector,
    more: dict[str, str],
    sentence: str,
) -> None:
    """A variable that asks for what is not here is named in one line, and units are done."""
    with server(tmp_path, **settings(spans, **more)) as running:
        assert running.post(fields).status_code == 200
        while not (lines := log_of(tmp_path, "tracing")):
            assert running.process.poll() is None
    assert sentence in lines[0]["detail"]


_WITHOUT = """
import sys
class Nothing:
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] == "opentelemetry":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Nothing())
from functions.serve.telemetry.tracing import Tracing
told = []
tracing = Tracing({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}, None, told.append)
tracing.load()
while not told: pass
print(told[0])
"""


def test_without_the_extra_the_log_says_what_to_install(tmp_path: Path) -> None:
    """An endpoint without OpenTelemetry's libraries is one clear sentence."""
    command = [sys.executable, "-c", _WITHOUT]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "install rushes with the extra otel (rushes[otel])" in done.stdout


def test_nothing_is_sent_that_is_not_sampled(
    tmp_path: Path, fields: dict[str, Any], spans: Collector
) -> None:
    """A caller that is not sampled has no spans here, and what goes on is not sampled either."""
    with server(tmp_path, **settings(spans, OTEL_BSP_SCHEDULE_DELAY="600000")) as running:
        reply = event(running, fields, traceparent=f"{PARENT[:-2]}00")
        running.post({**fields, "count": 2})
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(60) == 0
    assert reply.headers["ce-traceparent"].endswith("-00")
    assert TRACE not in {span.trace for span in spans.spans}
    assert len([span for span in spans.spans if span.name == "echo"]) == 1


RATIO = {"OTEL_TRACES_SAMPLER_ARG": "0.3"}


@pytest.mark.parametrize(
    ("environ", "theirs"),
    [
        ({}, ParentBased(ALWAYS_ON)),
        ({"OTEL_TRACES_SAMPLER": "always_on"}, ALWAYS_ON),
        ({"OTEL_TRACES_SAMPLER": "always_off"}, ALWAYS_OFF),
        ({"OTEL_TRACES_SAMPLER": "parentbased_always_off"}, ParentBased(ALWAYS_OFF)),
        ({"OTEL_TRACES_SAMPLER": "traceidratio", **RATIO}, TraceIdRatioBased(0.3)),
        (
            {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", **RATIO},
            ParentBased(TraceIdRatioBased(0.3)),
        ),
    ],
)
def test_the_sampler_decides_as_opentelemetrys(environ: dict[str, str], theirs: Any) -> None:
    """For roots and for steps below sampled and other ones, the decision is the SDK's own."""
    from opentelemetry import trace as api

    told: list[str] = []
    ours = sampler(environ, told.append)
    decided = set()
    for number in range(200):
        flags = number % 2
        above = trace.read(f"00-{trace.start().trace}-{ABOVE}-0{flags}")
        assert above is not None
        step = above.child() if number % 3 else trace.start()
        span = api.INVALID_SPAN
        if step.above is not None:
            ids = int(step.trace, 16), int(step.above, 16)
            span = api.NonRecordingSpan(api.SpanContext(*ids, True, api.TraceFlags(flags)))
        context = api.set_span_in_context(span)
        answer = theirs.should_sample(context, int(step.trace, 16), "echo")
        assert ours(step) == answer.decision.is_sampled()
        decided.add(ours(step))
    assert told == []
    assert decided == {True, False} or "always" in str(environ)


def test_a_job_is_one_tree(tmp_path: Path, hello: Path, spans: Collector) -> None:
    """From the command line through local functions: job, sending, unit, stages in one trace."""
    job = {
        "output": f"file://{tmp_path}/out/",
        "clips": [{"operation": "inspect", "input": f"file://{hello}"}],
    }
    (tmp_path / "job.json").write_text(json.dumps(job))
    command = [sys.executable, "-c", "from functions.serve.cli.start import main; main()"]
    variables = {k: v for k, v in settings(spans).items() if k != "FUNCTION"}
    done = subprocess.run(
        [*command, "dispatch", str(tmp_path / "job.json")],
        env={**environment(tmp_path, **variables), "RUSHES_THREADS": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    found = spans.spans
    top, sent, unit = (named(found, name) for name in ("dispatch", "send inspect", "inspect"))
    assert (top.above, sent.above, unit.above) == ("", top.span, sent.span), done.stderr
    assert len({span.trace for span in found}) == 1
    assert (top.kind, sent.kind, unit.kind) == ("INTERNAL", "PRODUCER", "CONSUMER")
    assert (sent.remote, unit.remote) == (False, True)
    assert sent.facts["rushes.unit"] == unit.facts["rushes.unit"]


def test_the_command_line_sends_its_span(tmp_path: Path, hello: Path, spans: Collector) -> None:
    """`rushes OPERATION` is a span of its own trace, sent before the command ends."""
    variables = settings(spans, OTEL_SERVICE_NAME="edit")
    command = [*ECHO_COMMAND, "echo", str(hello), f"{tmp_path}/out"]
    done = subprocess.run(
        command, env=environment(tmp_path, **variables), capture_output=True, text=True, check=True
    )
    unit = named(spans.spans, "echo")
    assert (unit.above, unit.kind, unit.facts["rushes.status"]) == ("", "INTERNAL", "done")
    assert unit.resource["service.name"] == "edit"
    assert done.stderr == ""


def test_the_command_of_a_jobsink_is_a_span_below_its_event(
    tmp_path: Path, hello: Path, spans: Collector
) -> None:
    """An event in a file is what asked: its trace, its id and its job are the span's."""
    event = {
        "specversion": "1.0",
        "id": "e7",
        "source": "/studio",
        "type": "dev.rushes.echo.requested.v1",
        "traceparent": PARENT,
        "rushesjob": "j7",
        "data": {"input": f"file://{hello}", "output": f"file://{tmp_path}/out/"},
    }
    (tmp_path / "event").write_text(json.dumps(event))
    command = [*ECHO_COMMAND, "echo", "--request", str(tmp_path / "event"), "--json"]
    variables = environment(tmp_path, **settings(spans))
    subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
    unit = named(spans.spans, "echo")
    assert (unit.trace, unit.above, unit.remote, unit.kind) == (TRACE, ABOVE, True, "CONSUMER")
    assert (unit.facts["cloudevents.event_id"], unit.facts["rushes.job"]) == ("e7", "j7")
