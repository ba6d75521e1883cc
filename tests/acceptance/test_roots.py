"""Roots hold for what a library opens by itself, through every operation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import rushes
from functions.contract.errors import Refused, RushesError
from tests.lint.deliveries import make_delivery


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pictures outside of the roots, and links to them inside."""
    secret, inside = tmp_path / "outside", tmp_path / "inside"
    secret.mkdir()
    inside.mkdir()
    import tifffile

    tifffile.imwrite(secret / "s.tif", np.full((8, 8, 3), 7, np.uint16), photometric="rgb")
    for profile in ("aces-exr", "rec709-dpx"):
        made = tmp_path / profile
        rushes.deliver(
            input=str(secret / "s.tif"), output=str(made), profile=profile, source="aces"
        )
        for path in made.glob("s.0*"):
            path.rename(secret / f"s{path.suffix}")
    for path in secret.iterdir():
        if path.is_file():
            (inside / f"{path.suffix[1:]}{path.suffix}").symlink_to(path)
    monkeypatch.setenv("RUSHES_ROOTS", str(inside))
    return inside


@pytest.mark.parametrize("name", ["tif.tif", "exr.exr", "dpx.dpx"])
@pytest.mark.parametrize("operation", ["inspect", "deliver", "transcode", "trim"])
def test_a_link_to_a_picture_outside_is_refused(outside: Path, operation: str, name: str) -> None:
    """Its header is no answer either, whichever library reads it."""
    fields = {"input": str(outside / name), "output": str(outside / "out")}
    more = {"deliver": {"profile": "aces-exr", "source": "aces"},
            "transcode": {"codec": "prores-proxy", "source": "aces", "rate": "24"},
            "trim": {"frames": "0-0"}}.get(operation, {})  # fmt: skip
    with pytest.raises(RushesError) as problem:
        rushes.call(operation, **fields, **more)
    assert problem.value.code == "refused", problem.value.detail


def test_lint_reads_no_pixel_through_a_link_that_leads_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A delivery whose frame is a link to another's is refused, or found and not read."""
    root = tmp_path / "inside"
    root.mkdir()
    plate = make_delivery(root)
    frame = sorted(plate.rglob("*.exr"))[0]
    away = tmp_path / "away.exr"
    frame.rename(away)
    frame.symlink_to(away)
    monkeypatch.setenv("RUSHES_ROOTS", str(root))
    try:
        report = rushes.call("lint", input=str(plate)).report
    except Refused:
        return
    assert report is not None
    assert any("allowed roots" in str(each) for each in report["findings"])
