"""Whatever is asked ends in pictures of the told size or in an error of the contract."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.contract.errors import InternalError, RushesError
from functions.contract.picture import ColourTags, Picture
from functions.picture import Framing
from tests.picture.fakes import FakeClip, FakeWork, Studio, decoded

LAYERS = (
    "canvas.dimensions", "canvas.effective_dimensions",
    "framing_decision.protection_dimensions", "framing_decision.dimensions",
)  # fmt: skip
TAGS = (
    ColourTags(log="LogC3"), ColourTags(log="S-Log3"), ColourTags(gamut="AP0", transfer="linear"),
    ColourTags(primaries="bt709", transfer="bt709"), ColourTags(),
)  # fmt: skip


def maybe(*values: Any) -> st.SearchStrategy[Any]:
    """One of the values, often none."""
    return st.none() | st.sampled_from(values)


FRAMINGS = st.builds(
    Framing,
    width=maybe(1, 2, 7, 33, 200),
    height=maybe(1, 3, 40, 90),
    fit=maybe("width", "height", "fit_all", "fill"),
    fit_source=maybe(*LAYERS),
    preserve=maybe(*LAYERS, "none"),
    horizontal=maybe("left", "center", "right"),
    vertical=maybe("top", "center", "bottom"),
    squeeze=maybe(0.5, 1.0, 2.0),
    maximum=maybe((10, 10), (300, 50)),
    pad=maybe(True, False),
    even=maybe("even", "whole"),
    rounding=maybe("up", "down", "round"),
)
SOUND = st.builds(  # of those that are mostly fine, so that pixels are made too
    Framing, width=st.integers(1, 90), height=maybe(5, 24, 61), even=maybe("whole")
)


def clip_of(width: int, height: int, step: tuple[int, int] | None, **facts: Any) -> FakeClip:
    """R'G'B', or Y'CbCr where a step is given."""
    rng = np.random.default_rng(width * 100 + height)
    codes = rng.integers(64, 940, (3, height, width)).astype(np.uint16)
    clip = decoded(codes, bits=10, full=step is None, **facts)
    if step is not None:
        across, down = step
        chroma = np.full((-(-height // down), -(-width // across)), 500, np.uint16)
        planes = (codes[0], chroma, chroma)
        clip._picture = Picture(0, planes, "yuv", 10, False, "bt709", step)
    clip._picture.interlaced = facts.get("field_order") != "progressive"
    if facts.get("alpha"):
        clip._picture.alpha = rng.integers(0, 1024, (height, width)).astype(np.uint16)
    return clip


@given(
    size=st.tuples(st.integers(1, 40), st.integers(1, 30)),
    step=maybe((1, 1), (2, 1), (2, 2), (4, 1)),
    framing=st.one_of(st.just(Framing()), SOUND, FRAMINGS),
    facts=st.fixed_dictionaries(
        {
            "alpha": maybe("straight", "premultiplied"),
            "tags": st.sampled_from(TAGS),
            "rotation": st.sampled_from((0, 90, 180, 270)),
            "field_order": st.sampled_from(("progressive", "tt", "bb")),
            "pixel_aspect": st.sampled_from((Fraction(1), Fraction(2), Fraction(16, 15))),
        }
    ),
    spec=st.fixed_dictionaries(
        {
            "alpha": st.sampled_from(("unsaid", "dropped", "straight", "premultiplied")),
            "output": st.sampled_from(("aces", "display", "rec2100-pq", "source", "acescg", "no")),
            "source": maybe("arri-logc4", "rec709", "acescg", "no"),
            "samples": st.sampled_from(("half", "float", "word")),
            "tier": st.sampled_from(("exact", "view")),
            "upright": st.booleans(),
            "aces": maybe("1.3", "2"),
        }
    ),
    threads=st.sampled_from((1, 3)),
)
@settings(max_examples=150, deadline=None)
def test_any_wish_ends_in_pictures_or_in_one_error(
    size: tuple[int, int],
    step: tuple[int, int] | None,
    framing: Framing,
    facts: dict[str, Any],
    spec: dict[str, Any],
    threads: int,
) -> None:
    """Odd sizes, turns, fields, alpha, squeezes: planes of the plan's size, or a sentence.

    Finite samples come out, on one thread or three.
    """
    clip = clip_of(*size, step, **facts)
    with pytest.MonkeyPatch.context() as patch:
        studio = Studio(patch)
        try:
            made = studio.first(clip, FakeWork(threads=threads), framing=framing, **spec)
        except InternalError:
            raise
        except RushesError as error:
            assert error.detail
            return
    assert np.isfinite(made.astype(np.float64)).all()
