"""One small picture of a clip."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest

from functions.colour.chain import build
from functions.picture.thumbnail import thumbnail
from tests.picture.test_real_files import DiskWork

ACES = (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767)


def test_no_table_is_filled_for_one_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its colour is the exact rendering's: the table of the tier `view`, which takes a second to
    fill, is left to those who show many frames."""

    def refused(*_: Any, **__: Any) -> Any:
        raise AssertionError("a table was filled")

    monkeypatch.setattr(build, "baked", refused)
    colours = np.array([[0.18, 0.18, 0.18], [2.5, 0.4, 0.1], [0.02, 0.3, 0.9]], np.float32)
    file = tmp_path / "a.exr"
    pixels = np.repeat(np.repeat(colours[None], 64, 0), 64, 1).astype(np.float16)
    OpenEXR.File({"chromaticities": ACES}, {"RGB": pixels}).write(str(file))
    found = thumbnail(file.as_uri(), None, None, DiskWork(), width=96)
    exact = build.build_chain("aces", None, "rec709", "exact", aces="2")
    wanted = np.rint(np.clip(exact.apply(pixels.astype(np.float32))[0, [0, 64, 128]], 0, 1) * 255)
    assert found.shape == (32, 96, 3)
    assert np.abs(found[16, [16, 48, 80]] - wanted).max() <= 1
    with pytest.raises(AssertionError, match="a table"):
        build.build_chain("arri-logc3", None, "rec709", "view", aces="2")
