"""W3C trace context: what is read, what is passed on, what is new."""

from __future__ import annotations

import pytest

from functions.serve.telemetry import trace

# The examples of the recommendation itself, 3.2.2.
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PARENT = f"00-{TRACE}-{SPAN}-01"


def test_the_recommendations_example_is_read() -> None:
    """Trace, parent and flags come out, and go in again as they were."""
    found = trace.read(PARENT)
    assert found == trace.Trace(TRACE, SPAN, 1)
    assert found.parent == PARENT
    assert found.headers() == {"traceparent": PARENT}


def test_a_step_below_has_a_span_of_its_own() -> None:
    """The trace id, the flags and the state stay; the parent id is new each time."""
    found = trace.read(f"00-{TRACE}-{SPAN}-00", "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7")
    assert found is not None
    one, two = found.child(), found.child()
    assert (one.trace, one.flags, one.state) == (TRACE, 0, found.state)
    assert len({SPAN, one.span, two.span}) == 3
    assert one.headers() == {
        "traceparent": f"00-{TRACE}-{one.span}-00",
        "tracestate": "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7",
    }


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "00",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE}-{SPAN}-1",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"ff-{TRACE}-{SPAN}-01",
        f"cc-{TRACE}-{SPAN}-01.what",
        f"00-{TRACE[:-1]}-{SPAN}-01",
        "00-a-b-01",
    ],
)
def test_what_is_no_traceparent_is_not_passed_on(text: str | None) -> None:
    """Wrong lengths, upper case, zeros, the version ff, more than version 00 has."""
    assert trace.read(text, "congo=1") is None


def test_a_newer_version_is_read_as_ours() -> None:
    """More may follow after a dash, and what goes on is of our version."""
    found = trace.read(f"cc-{TRACE}-{SPAN}-01-what-the-future-will-be-like")
    assert found is not None
    assert found.parent == PARENT


def test_flags_that_nobody_knows_are_cleared() -> None:
    """Of ff, the bits sampled and random stay."""
    found = trace.read(f"00-{TRACE}-{SPAN}-ff")
    assert found is not None
    assert found.parent.endswith("-03")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("congo=1, rojo=2", "congo=1,rojo=2"),
        ("tenant@vendor=x", "tenant@vendor=x"),
        ("congo=1,,rojo=2", "congo=1,rojo=2"),
        ("", None),
        ("congo", None),
        ("Congo=1", None),
        ("congo=1,congo=2", None),
        ("congo=a=b", None),
        (",".join(f"k{n}=1" for n in range(32)), ",".join(f"k{n}=1" for n in range(32))),
        (",".join(f"k{n}=1" for n in range(33)), None),
    ],
)
def test_a_state_that_cannot_be_read_is_left_out(text: str, kept: str | None) -> None:
    """Keys in lower case, each once, at most 32 of them."""
    found = trace.read(PARENT, text)
    assert found is not None
    assert found.state == kept


def test_a_new_trace_is_random_and_sampled() -> None:
    """Two starts have nothing in common, and both are valid."""
    one, two = trace.start(), trace.start()
    assert one.trace != two.trace
    assert trace.read(one.parent) == one
    assert one.parent.endswith("-01")


def test_the_current_step_is_the_threads_own() -> None:
    """Inside it is told, outside there is none."""
    step = trace.start()
    with trace.inside(step):
        assert trace.current() == step
        with trace.inside(step.child()) as below:
            assert trace.current() == below
        assert trace.current() == step
    assert trace.current() is None
