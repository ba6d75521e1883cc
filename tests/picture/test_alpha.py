"""Alpha beside decoded pictures: straight for colour, multiplied for filters, never invented."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from functions.contract.frames import FrameRange
from functions.contract.picture import ColourTags
from functions.picture import Developed, Framing
from tests.picture.decided import by_library, shown, space
from tests.picture.fakes import FakeClip, FakeWork, Studio, decoded

Planes = npt.NDArray[Any]
ACES = ColourTags(gamut="AP0", transfer="linear")
REC709 = ColourTags(primaries="bt709", transfer="bt709", matrix="bt709")


def with_alpha(image: Planes, alpha: Planes, kind: str, **more: Any) -> FakeClip:
    """A clip of colours that stand to their alpha as `kind` says."""
    clip = decoded(image, alpha=kind, **more)
    clip._picture.alpha = alpha
    return clip


def made(studio: Studio, clip: FakeClip, work: FakeWork | None = None, **spec: Any) -> Any:
    """(planes, alpha) of the first frame, and the plan."""
    with studio.open(clip, work, **spec) as pictures:
        frame = next(pictures.frames(FrameRange(0, 1), threads=2))
        alpha = None if frame.alpha is None else np.array(frame.alpha)
        return np.array(frame.planes), alpha, pictures.plan


def soft(height: int = 20, width: int = 30) -> npt.NDArray[np.float32]:
    """An edge: opaque left, transparent right."""
    across = np.linspace(1.4, -0.4, width, dtype=np.float32).clip(0, 1)
    return np.repeat(across[None], height, 0)


def colours(height: int = 20, width: int = 30) -> npt.NDArray[np.float32]:
    return np.random.default_rng(4).random((3, height, width), np.float32) * 0.8 + 0.05


def test_colour_is_made_of_straight_colours(studio: Studio) -> None:
    """Multiplied light on its way to a display: divided, rendered, and given straight."""
    light, alpha = colours(), soft()
    clip = with_alpha(light * alpha, alpha, "premultiplied", tags=ACES)
    planes, cover, plan = made(studio, clip, output="rec709", samples="float", alpha="straight")
    seen = alpha > 0
    wanted = by_library(light, shown())
    assert np.abs(planes - wanted)[:, seen].max() * 1023 < 0.5
    assert np.array_equal(cover, alpha)
    assert plan.alpha == "straight" and plan.report()["alpha"] == "straight"
    # Rendering what is multiplied is another picture: the edge would darken.
    dark = by_library(light * alpha, shown())
    assert np.abs(planes - dark)[:, (alpha > 0.2) & (alpha < 0.8)].max() * 1023 > 20


def test_light_comes_multiplied(studio: Studio) -> None:
    """Straight code values become multiplied light; without alpha they are black."""
    codes, alpha = colours(), soft()
    clip = with_alpha(codes, alpha, "straight", tags=REC709)
    planes, cover, _ = made(studio, clip, output="aces", samples="float", alpha="premultiplied")
    light = by_library(codes, space("Gamma 2.4 Encoded Rec.709", "ACES2065-1"))
    assert np.abs(planes - light * alpha).max() < 2e-5
    assert not planes[:, alpha == 0].any()
    assert np.array_equal(cover, alpha)


def test_aces_stays_as_it_is(studio: Studio) -> None:
    """Multiplied ACES to multiplied ACES is the same half floats, light without alpha too."""
    alpha = soft().astype(np.float16)
    light = (colours() * alpha).astype(np.float16)
    light[:, :, -3:] = 0.25  # a flare beside the object
    clip = with_alpha(light, alpha, "premultiplied", tags=ACES)
    planes, cover, _ = made(studio, clip, alpha="premultiplied")
    assert planes.dtype == cover.dtype == np.float16
    assert np.abs(planes.astype(np.float32) - light).max() < 1e-3 * 0.85
    assert np.array_equal(planes[:, :, -3:], light[:, :, -3:])
    assert np.array_equal(cover, alpha)


def test_filters_mix_multiplied_colours(studio: Studio) -> None:
    """Scaling a straight picture mixes no colour of what cannot be seen."""
    alpha = soft()
    codes = np.zeros((3, *alpha.shape), np.float32)
    codes[0] = 0.5
    codes[:, alpha == 0] = np.array([0.0, 0.9, 0.0], np.float32)[:, None]  # nobody sees green
    clip = with_alpha(codes, alpha, "straight", tags=REC709)
    framing = Framing(width=11, height=10)
    planes, cover, plan = made(
        studio, clip, output="source", samples="float", alpha="straight", framing=framing
    )
    rows = plan.geometry.landing
    inside = np.zeros(cover.shape, bool)
    inside[round(rows.y) : round(rows.bottom), round(rows.x) : round(rows.right)] = True
    seen = inside & (cover > 0.02)
    assert seen.any() and np.abs(planes[0][seen] - 0.5).max() < 1e-4
    assert np.abs(planes[1][seen]).max() < 1e-4
    assert not cover[~inside].any() and not planes[:, ~inside].any()


def test_crops_and_turns_move_both(studio: Studio) -> None:
    """Alpha is cut and turned as its colours are."""
    alpha = np.random.default_rng(1).random((20, 30), np.float32)
    codes = np.stack([alpha] * 3)
    clip = with_alpha(codes, alpha, "straight", tags=REC709, rotation=90)
    spec: dict[str, Any] = {
        "output": "source",
        "samples": "float",
        "alpha": "straight",
        "upright": True,
    }
    planes, cover, _ = made(studio, clip, **spec)
    assert cover.shape == (30, 20) and np.array_equal(cover, np.rot90(alpha, -1))
    assert np.array_equal(planes[0], cover)


def given(out: Planes, frame: Developed) -> Planes:
    """A caller's own planes."""
    assert frame.planes.shape[1:] == (0, 0)
    return out


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
def test_codes_of_every_depth(studio: Studio, bits: int) -> None:
    """Alpha of integers is of their full range, whatever the range of colours."""
    top = 2**bits - 1
    kind = np.uint8 if bits == 8 else np.uint16
    alpha = np.linspace(0, top, 600).round().astype(kind).reshape(20, 30)
    codes = np.full((3, 20, 30), top // 3, kind)
    clip = with_alpha(codes, alpha, "straight", bits=bits, full=False, tags=REC709)
    _, cover, _ = made(studio, clip, output="rec709", samples="word", alpha="straight")
    assert np.abs(cover - alpha / top * 65535).max() < 0.51


def test_what_is_lost_is_told(studio: Studio) -> None:
    """An output without alpha says that it is dropped; colours are what they are without."""
    codes, alpha = colours(), soft()
    plain = made(studio, decoded(codes, tags=REC709), output="aces")[0]
    for kind, said in (("straight", "as they stand"), ("premultiplied", "over black")):
        work = FakeWork()
        clip = with_alpha(codes, alpha, kind, tags=REC709)
        planes, cover, plan = made(studio, clip, work, output="aces")
        assert cover is None and plan.alpha is None and np.array_equal(planes, plain)
        assert said in work.assumed["alpha"]
        made(studio, clip, work := FakeWork(), output="aces", alpha="unsaid")
        assert "alpha" not in work.assumed


def test_extremes_of_alpha_end_in_numbers(studio: Studio) -> None:
    """NaN, infinities, negatives and subnormals of alpha give finite pictures."""
    values = [np.nan, np.inf, -np.inf, -1.0, 0.0, 1e-45, 6e-8, 1e-3, 1.0, 2.0, 65504.0]
    alpha = np.array([values] * 3, np.float32)
    light = np.full((3, *alpha.shape), 0.3, np.float32)
    light[:, 1], light[:, 2] = 65504.0, -5.0
    clip = with_alpha(light, alpha, "premultiplied", tags=ACES)
    for output, kind, samples in (
        ("aces", "premultiplied", "half"), ("rec709", "straight", "word"),
        ("rec709", "straight", "float"), ("acescg", "straight", "half"),
    ):  # fmt: skip
        for framing in (Framing(), Framing(width=5, height=2)):
            planes, cover, _ = made(
                studio, clip, output=output, samples=samples, alpha=kind, framing=framing
            )
            assert np.isfinite(planes.astype(np.float64)).all()
            assert np.isfinite(cover.astype(np.float64)).all()
    planes, cover, _ = made(studio, clip, output="aces", samples="float", alpha="premultiplied")
    assert cover[0, :3].tolist() == [0.0, 1.0, 0.0]
    assert np.abs(planes - light).max() <= 65504 * 1e-6


def test_codes_above_their_alpha_stay_codes(studio: Studio) -> None:
    """Log codes that are no part of their alpha end at the overshoot, not in infinite light."""
    codes = np.full((3, 4, 6), 900, np.uint16)
    alpha = np.array([[1, 2, 5, 100, 800, 1023]] * 4, np.uint16)
    clip = with_alpha(codes, alpha, "premultiplied", bits=10, tags=ColourTags(log="LogC3"))
    planes, _, _ = made(studio, clip, output="aces", samples="float", alpha="straight")
    most = by_library(np.full((3, 4, 6), 1.1, np.float32), space("ARRI LogC3 (EI800)",
                                                                 "ACES2065-1"))  # fmt: skip
    assert np.isfinite(planes).all() and np.abs(planes[:, :, 0] / most[:, :, 0] - 1).max() < 1e-4
    assert (planes[:, :, 5] < 0.5 * most[:, :, 5]).all()


def test_threads_do_not_change_a_byte(studio: Studio) -> None:
    """One thread and three give the same colours and alpha, and a caller's own planes too."""
    clip = with_alpha(colours(), soft(), "straight", tags=REC709)
    held = []
    for threads in (1, 3):
        with studio.open(clip, output="rec709", samples="word", alpha="straight",
                         framing=Framing(width=17, height=9)) as pictures:  # fmt: skip
            out = np.zeros((3, 9, 17), np.uint16)
            place = partial(given, out)
            for frame in pictures.frames(FrameRange(0, 1), threads=threads, target=place):
                assert frame.planes is out and frame.alpha is not None
                held.append(out.tobytes() + frame.alpha.tobytes())
    assert held[0] == held[1]
