"""What a running server exposes, read by Prometheus' own parsers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as read_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families as read_text

from functions.contract.errors import leaves
from tests.serve.processes import Call, Held, Server, server

OPENMETRICS = {"Accept": "application/openmetrics-text; version=1.0.0"}


def scrape(running: Server) -> dict[str, Metric]:
    """Every family by its name."""
    return {family.name: family for family in read_text(running.get("/metrics").text)}


def value(families: dict[str, Metric], sample: str, **labels: str) -> float:
    """The one sample of that name whose labels include these."""
    (found,) = (
        each.value
        for family in families.values()
        for each in family.samples
        if each.name == sample and labels.items() <= each.labels.items()
    )
    return float(found)


def test_what_was_done_is_counted(tmp_path: Path, fields: dict[str, Any]) -> None:
    """Units, frames, bytes, seconds by stage, cold starts, queue wait, reuse, errors by code."""
    size = len((tmp_path / "in" / "hello.txt").read_bytes())
    with server(tmp_path, FUNCTION="echo") as running:
        running.until_idle(1)
        running.post({**fields, "count": 3})
        running.post({**fields, "count": 3})
        running.post({**fields, "count": 2, "fail": "damaged_source"})
        running.post({"input": 7})
        found = scrape(running)
    echo = {"operation": "echo"}
    assert value(found, "rushes_units_total", status="done", **echo) == 1
    assert value(found, "rushes_units_total", status="reused", **echo) == 1
    assert value(found, "rushes_frames_total", **echo) == 3
    assert value(found, "rushes_bytes_total", direction="in", **echo) == size
    assert value(found, "rushes_bytes_total", direction="out", **echo) == 3 * size
    assert value(found, "rushes_stage_seconds_total", stage="fetch", **echo) > 0
    assert value(found, "rushes_stage_seconds_total", stage="commit", **echo) > 0
    assert value(found, "rushes_stage_seconds_total", stage="debayer", **echo) == 0
    assert value(found, "rushes_cold_starts_total", **echo) == 1
    assert value(found, "rushes_queue_seconds_count", **echo) == 4
    assert value(found, "rushes_unit_seconds_count", **echo) == 1
    assert value(found, "rushes_start_seconds_count") == 1
    codes = {leaf.code: 0.0 for leaf in leaves()} | {"damaged_source": 1.0, "invalid_request": 1.0}
    for code, count in codes.items():
        assert value(found, "rushes_errors_total", code=code, **echo) == count
    assert value(found, "rushes_workers_idle") == 1


def test_what_will_be_counted_stands_at_zero(tmp_path: Path) -> None:
    """A server that has done nothing exposes every series of its operation, at 0."""
    with server(tmp_path, FUNCTION="echo") as running:
        found = scrape(running)
        samples = [s for f in found.values() for s in f.samples if s.labels.get("operation")]
    names = {sample.name for sample in samples}
    assert {sample.value for sample in samples} == {0.0}
    assert {
        "rushes_units_total",
        "rushes_errors_total",
        "rushes_frames_total",
        "rushes_bytes_total",
        "rushes_stage_seconds_total",
        "rushes_cold_starts_total",
        "rushes_unit_seconds_bucket",
        "rushes_queue_seconds_bucket",
    } <= names


@pytest.mark.parametrize("form", ["text", "openmetrics"])
def test_the_exposition_is_sound(tmp_path: Path, fields: dict[str, Any], form: str) -> None:
    """Each family has a prefix, a help, a type and a base unit in its name; buckets add up."""
    with server(tmp_path, FUNCTION="echo") as running:
        running.post(fields)
        headers = OPENMETRICS if form == "openmetrics" else {}
        answer = running.session.get(f"{running.url}/metrics", headers=headers, timeout=60)
    assert ("openmetrics" in answer.headers["Content-Type"]) == (form == "openmetrics")
    read = read_openmetrics if form == "openmetrics" else read_text
    families = list(read(answer.text))
    assert len(families) >= 14
    for family in families:
        assert re.fullmatch(r"rushes_[a-z_]+[a-z]", family.name)
        assert len(family.documentation) > 8
        assert family.type in ("counter", "gauge", "histogram")
        assert not re.search(r"milli|_ms$|minutes|_mb$|_total$", family.name)
        if form == "openmetrics":
            told = next((u for u in ("seconds", "bytes") if family.name.endswith(u)), "")
            assert family.unit == told
        if family.type == "histogram":
            assert family.name.endswith("_seconds")
            buckets = [s for s in family.samples if s.name.endswith("_bucket")]
            (count,) = (s.value for s in family.samples if s.name.endswith("_count"))
            counts = [s.value for s in buckets]
            assert (counts, counts[-1]) == (sorted(counts), count)
            assert buckets[-1].labels["le"] == "+Inf"


def test_workers_add_up(tmp_path: Path, fields: dict[str, Any]) -> None:
    """Whichever of two workers is asked tells what both have done; each had a cold start."""
    held = [Held(tmp_path, name) for name in ("one", "two")]
    with server(tmp_path, FUNCTION="echo", RUSHES_WORKERS="2") as running:
        running.until_idle(2)
        calls = []
        for number, unit in enumerate(held):
            calls.append(Call(running, {**fields, **unit.fields, "count": number + 2}))
            unit.began()
        assert value(scrape(running), "rushes_units_in_flight") == 2
        for unit in held:
            unit.let_go()
        assert [call.answer().status_code for call in calls] == [200, 200]
        for _ in range(4):
            found = scrape(running)
            assert value(found, "rushes_units_total", status="done") == 2
            assert value(found, "rushes_frames_total") == 5
            assert value(found, "rushes_cold_starts_total") == 2
            assert value(found, "rushes_start_seconds_count") == 2
            assert value(found, "rushes_queue_seconds_count") == 2
