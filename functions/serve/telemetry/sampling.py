"""Whether spans go out at all, and which: the OTEL_ variables that are not left to the SDK.

References
----------
OpenTelemetry: environment variable specification; trace SDK, "Sampling".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from functions.serve.telemetry.trace import Trace

SAMPLED = 0x01
"""The flag of traceparent."""

_PROTOCOL = "http/protobuf"
_LOW_HALF = (1 << 64) - 1


def why_off(environ: Mapping[str, str]) -> str | None:
    """None when spans are to go out; a sentence when they cannot; "" when they need not."""
    exporter = _one(environ, "OTEL_TRACES_EXPORTER") or "otlp"
    protocol = _one(environ, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
    endpoint = _one(environ, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
    if _one(environ, "OTEL_SDK_DISABLED") == "true" or exporter == "none":
        return ""
    if exporter != "otlp":
        return f"OTEL_TRACES_EXPORTER={exporter}: only otlp is spoken here; no span goes out"
    if protocol not in ("", _PROTOCOL):
        return f"OTLP as {protocol} is not spoken here, {_PROTOCOL} is; no span goes out"
    if not endpoint.startswith(("http://", "https://")):
        return f"OTLP endpoint {endpoint!r} is not http(s)://...; no span goes out"
    return None


def _one(environ: Mapping[str, str], *names: str) -> str:
    return next((v for n in names if (v := environ.get(n, "").strip().lower())), "")


def sampler(environ: Mapping[str, str], tell: Callable[[str], None]) -> Callable[[Trace], bool]:
    """OTEL_TRACES_SAMPLER: whether a step is sampled, from its ids and its parent alone.

    The decision is part of what a unit passes on, and the SDK may not be there yet.
    """
    name = _one(environ, "OTEL_TRACES_SAMPLER") or "parentbased_always_on"
    base = name.removeprefix("parentbased_")
    ratio = {"always_on": 1.0, "always_off": 0.0}.get(base, 1.0)
    if base == "traceidratio":
        try:
            ratio = float(environ.get("OTEL_TRACES_SAMPLER_ARG") or 1.0)
        except ValueError:
            ratio = -1.0
        if not 0.0 <= ratio <= 1.0:
            tell("OTEL_TRACES_SAMPLER_ARG is not between 0 and 1: all is sampled")
            ratio = 1.0
    elif base not in ("always_on", "always_off"):
        tell(f"OTEL_TRACES_SAMPLER={name} is not known here: parentbased_always_on is taken")
        name = "parentbased_always_on"
    bound = round(ratio * (_LOW_HALF + 1))

    def decide(step: Trace) -> bool:
        if name.startswith("parentbased_") and step.above is not None:
            return bool(step.flags & SAMPLED)
        return int(step.trace, 16) & _LOW_HALF < bound

    return decide
