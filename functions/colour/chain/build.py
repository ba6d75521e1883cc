"""From a source colour space through an AMF's steps to an output: a list of kernel steps.

What is decided (`decisions`, `spaces`, `outputs`) becomes OpenColorIO transforms, which the
library merges and simplifies; what is left of them becomes kernel steps (`reduce`, `bake`), and
is measured against the library's own float processor before anyone gets it (`measure`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import numpy as np

from functions.colour.aces_ids.transforms import known_id
from functions.colour.chain.bake import baked, worth_baking
from functions.colour.chain.decisions import LOOK_SPACE, Through
from functions.colour.chain.measure import Floats, measured, within
from functions.colour.chain.reduce import Reduced, reduced
from functions.colour.chain.route import Route, plan_route
from functions.colour.chain.values import Bound, Chain, Line, OutputTags, Tier
from functions.colour.ocio.library import Evaluate, evaluator, planar
from functions.colour.outputs import Aces, outputs
from functions.colour.spaces import joined, source_spaces
from functions.contract.amf import Cdl, Pipeline
from functions.contract.errors import InvalidRequest
from kernels.colour.steps import Step, apply_steps

__all__ = [
    "Bound", "Chain", "Line", "OutputTags", "build_chain", "known_id", "outputs", "source_spaces",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Runner:
    """Steps, and what the library does before them: the first `left` operations, 0 for all."""

    steps: tuple[Step, ...]
    before: Evaluate | None = None
    left: int = 0

    def run(self, rgb: Floats) -> Floats:
        """(N, 3) float32 in and out."""
        ahead = rgb if self.before is None else self.before(rgb)
        made: Floats = apply_steps(np.ascontiguousarray(ahead)[None], self.steps)[0]
        return made


def build_chain(
    source: str,
    amf: Pipeline | None,
    output: str,
    tier: Tier = "exact",
    *,
    files: Mapping[str, bytes] | None = None,
    config: bytes | None = None,
    looks: Sequence[str | Cdl] = (),
    look_space: str = LOOK_SPACE,
    through: Through = "looks",
    aces: str | None = None,
    undo: bool = False,
) -> Chain:
    """The steps from a clip's samples to an output, measured.

    Parameters
    ----------
    source : colour space of the samples: one of `source_spaces()`, "arri-logc3-ei400", a name or
        alias of a built-in or of the user's config, or an ACES transform id. An AMF's input
        transform that was not applied goes before it. Raw pictures that were developed to
        ACES2065-1 are "aces".
    amf : the decisions; None for none
    output : one of `outputs()`, any colour space, "display/view" of the user's config, an ACES
        output transform id, "amf" (the AMF's own output transform), or "source" (no change)
    tier : "exact" or "view"
    files : content of the files that the AMF, `looks` and the config name
    config : the user's OCIO config as .ocio text
    looks : names in `files` (of a CDL collection "name.ccc#id"), or CDL numbers, after the AMF's
    look_space : where those of `looks` work that are no CLF
    through : for scene-linear outputs, how far the AMF's looks are applied
    aces : "1.3" or "2", where neither the AMF nor an id says it
    undo : of a source that is a display's, undo the rendering that made it, so that what
        follows works on scene-referred light

    Returns
    -------
    Chain; the same object again for the same arguments, within a process.

    Raises
    ------
    InvalidRequest: a name, an id or a file that nothing here knows; the sentence lists near ones.
    SourceNotFound: a file that is not in `files`.
    """
    if aces not in (None, "1.3", "2"):
        raise InvalidRequest(f"aces is 1.3 or 2, not {aces!r}", field="aces")
    if tier not in ("exact", "view"):
        raise InvalidRequest(f"tier is exact or view, not {tier!r}", field="tier")
    given = tuple(sorted((files or {}).items()))
    return _built(source, amf, output, tier, given, config, tuple(looks), look_space, through,
                  cast("Aces | None", aces), undo)  # fmt: skip


@lru_cache(maxsize=16)
def _built(
    source: str, amf: Pipeline | None, output: str, tier: Tier,
    files: tuple[tuple[str, bytes], ...], config: bytes | None, looks: tuple[str | Cdl, ...],
    look_space: str, through: Through, aces: Aces | None, undo: bool,
) -> Chain:  # fmt: skip
    route = plan_route(
        source, amf, output, dict(files), config, looks, look_space, through, aces, undo=undo
    )
    transforms = joined(route.transforms)
    lines, tags, assumed = route.lines, route.tags, route.assumed
    if not transforms:
        return Chain(
            (), lines, tier, None, route.scene_linear, tags, route.output, None, "", assumed,
            route.undone,
        )  # fmt: skip
    truth = evaluator(transforms)
    runner, bound = _fitting(transforms, truth, route, tier)
    before = None if runner.before is None else planar(runner.before)
    return Chain(
        runner.steps, lines, tier, bound, route.scene_linear, tags, route.output, before,
        _slow_part(runner, transforms), assumed, route.undone,
    )  # fmt: skip


def _slow_part(runner: _Runner, transforms: Sequence[Any]) -> str:
    """What the library runs itself, for whoever wonders why it is slow."""
    if runner.before is None:
        return ""
    part = f"the first {runner.left} of {len(transforms)}" if runner.left else "all"
    return (
        f"{part} operations of a colour chain run in OpenColorIO's own processor, because "
        "one of them has no kernel: exact, slower"
    )


def _fitting(
    transforms: list[Any], truth: Evaluate, route: Route, tier: Tier
) -> tuple[_Runner, Bound]:
    """What keeps the budget, the cheapest first; the library itself always does."""

    def bound_of(runner: _Runner) -> Bound:
        return measured(
            runner.run, truth, codes_in=not route.linear_in, scene_linear=route.scene_linear,
            tier=tier,
        )  # fmt: skip

    def reduce(*, strict: bool) -> Reduced:
        return reduced(
            transforms, codes_in=not route.linear_in, codes_out=not route.scene_linear,
            tier=tier, strict=strict,
        )  # fmt: skip

    def exact(found: Reduced) -> _Runner:
        ahead = evaluator(transforms[: found.left]) if found.left else None
        return _Runner(found.steps, ahead, found.left)

    found = reduce(strict=True)
    candidates: list[Callable[[], _Runner]] = [lambda: exact(found), lambda: _Runner((), truth)]
    if found.left:
        candidates.insert(0, lambda: exact(reduce(strict=False)))
    elif tier == "view" and not route.scene_linear and worth_baking(found.steps):
        candidates[:0] = [
            lambda: _Runner(baked(found.steps, route.linear_in)),
            lambda: _Runner(baked(found.steps, route.linear_in, eighth=0.0)),
        ]
    for candidate in candidates:
        runner = candidate()
        bound = bound_of(runner)
        if within(bound):
            break
    return runner, bound
