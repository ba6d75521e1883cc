"""Framings drawn as text."""

from __future__ import annotations

from functions.sidecars.fdl.draw import draw
from functions.sidecars.fdl.geometry import (
    apply_template,
    crop_to,
)
from functions.sidecars.fdl.read import choose, read_fdl
from functions.sidecars.fdl.values import Template
from tests.sidecars.framings import (
    canvas,
    listed,
    nested,
)


def test_the_drawing_shows_the_layers_and_their_numbers() -> None:
    """Canvas, effective area, protection, framing and padding are drawn, with numbers."""
    template = Template(
        width=1600,
        height=900,
        preserve="canvas.dimensions",
        maximum=(4000, 2400),
        pad=True,
    )
    text = draw(apply_template(nested(1.0), template))
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= 90
    for mark in "+-|:o#/":
        assert mark in text
    for words in ("source 4096x2160", "output 4000x2400", "2000.5x1000.25 at 900.25,333.5"):
        assert words in text
    assert "padding     left" in text
    assert "squeeze 2" in draw(crop_to(nested(2.0), "canvas.dimensions"))


def test_a_drawing_is_stable() -> None:
    """A small geometry is drawn as shown here."""
    choice = choose(read_fdl(listed([canvas()])))
    text = draw(crop_to(choice, "framing_decision.dimensions"))
    assert text.splitlines()[:4] == [
        "source 4096x2160",
        " +----------------------------------------------------------+",
        " |                                                          |",
        " |                                                          |",
    ]
    assert " |              ##############################              |" in text
    assert "seen        2048x1080 at 1024,540" in text
    assert "(copied, not filtered)" in text


def test_layers_that_are_apart_are_drawn_apart() -> None:
    """A margin of a few pixels, less than a character, is still seen on each side."""
    one = canvas()
    one["framing_decisions"][0] |= {
        "dimensions": {"width": 4076, "height": 2140},
        "anchor_point": {"x": 10, "y": 10},
    }
    text = draw(crop_to(choose(read_fdl(listed([one]))), "canvas.dimensions")).splitlines()
    assert text[1] == " +" + "-" * 58 + "+"
    assert text[2] == " |" + "#" * 58 + "|"
    assert text[3] == " |#" + " " * 56 + "#|"
    assert text[15] == " |" + "#" * 58 + "|"
    assert text[16] == " +" + "-" * 58 + "+"
