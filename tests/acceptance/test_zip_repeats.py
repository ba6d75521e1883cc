"""A ZIP unit made again, in another process, is the same file byte for byte."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.acceptance.conftest import run_rushes
from tests.acceptance.test_doors import frames_of
from tests.media.exr_readers import by_oiio, by_openexr


@pytest.mark.parametrize("compression", ["zip", "zips"])
def test_processes_make_the_same_files(
    camera: Path, tmp_path: Path, compression: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six processes with one, two or five threads each make the same files from one unit, and
    OpenEXR and OpenImageIO read them alike."""
    made = []
    for number, threads in enumerate("121525"):
        monkeypatch.setenv("RUSHES_THREADS", threads)
        out = tmp_path / str(number)
        ended = run_rushes("debayer", str(camera), str(out), "--compression", compression)
        assert ended.code == 0, ended.err
        made.append(frames_of(out))
    assert all(frames == made[0] for frames in made[1:])
    first = next(iter(made[0].values()))
    (_, one), (_, two) = by_openexr(first), by_oiio(first, tmp_path)
    for name in "RGB":
        np.testing.assert_array_equal(one[name], two[name])
