"""The camera record's own words."""

from __future__ import annotations

import pytest

from functions.contract.camera import CameraRecord


@pytest.mark.parametrize(
    ("make", "model", "title"),
    [
        ("Canon", "Canon EOS Kiss X4", "Canon EOS Kiss X4"),
        ("Phantom", "VEO", "Phantom VEO"),
        (None, "VEO", "VEO"),
        ("ARRI", None, "ARRI"),
        (None, None, None),
    ],
)
def test_a_make_is_said_once(make: str | None, model: str | None, title: str | None) -> None:
    """A model that begins with its make is not given the make again."""
    assert CameraRecord(make=make, model=model).title == title
