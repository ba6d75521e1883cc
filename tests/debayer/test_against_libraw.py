"""debayer of a real camera file beside LibRaw's own linear output, same levels and balance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import OpenEXR
import pytest
import rawpy

import rushes

NAME = "raw/magiclantern_canon_kissx4_14bit_bayer_rggb.dng"
INSIDE = (slice(16, -16), slice(16, -16))
Picture = npt.NDArray[np.float64]


def ours(path: Path, out: Path, method: str, space: str = "camera") -> Picture:
    """The frame that debayer writes, (H, W, 3)."""
    receipt = rushes.debayer(input=str(path), output=str(out), method=method, space=space)
    file = OpenEXR.File(receipt.outputs[0].uri.removeprefix("file://"))
    return file.channels()["RGB"].pixels.astype(np.float64)


def libraws(path: Path, algorithm: rawpy.DemosaicAlgorithm) -> Picture:
    """LibRaw's linear camera RGB, 1.0 = sensor white of the least amplified channel."""
    with rawpy.imread(str(path)) as raw:
        balance = np.asarray(raw.camera_whitebalance[:3])
        r, g, b = balance / balance.min()
        picture = raw.postprocess(
            demosaic_algorithm=algorithm,
            output_color=rawpy.ColorSpace.raw,
            gamma=(1, 1),
            no_auto_bright=True,
            output_bps=16,
            user_wb=[r, g, b, g],
            user_flip=0,
            adjust_maximum_thr=0,
        )
    return picture / 65535.0


def test_draft_is_libraws_bilinear(shared_data: Path, tmp_path: Path) -> None:
    """Bilinear against LibRaw's bilinear: size, phase, levels and balance within 0.3 %.

    What is left is half-float rounding and LibRaw's clipping of noise below black.
    """
    a = ours(shared_data / NAME, tmp_path, "draft")
    b = libraws(shared_data / NAME, rawpy.DemosaicAlgorithm.LINEAR)
    assert a.shape == b.shape == (1156, 1734, 3)
    a, b = a[INSIDE], b[INSIDE]
    scale = (a * b).sum() / (b * b).sum()
    difference = np.sqrt(((a - scale * b) ** 2).mean((0, 1))) / a.mean((0, 1))
    assert difference.max() < 0.003
    assert np.abs(a.mean((0, 1)) / (scale * b.mean((0, 1))) - 1).max() < 0.001


@pytest.mark.parametrize("method", ["fast", "best"])
def test_better_methods_agree_with_ahd(shared_data: Path, tmp_path: Path, method: str) -> None:
    """Edge-directed methods differ from AHD in texture only: 4 % rms, means within 0.1 %."""
    a = ours(shared_data / NAME, tmp_path, method)[INSIDE]
    b = libraws(shared_data / NAME, rawpy.DemosaicAlgorithm.AHD)[INSIDE]
    scale = (a * b).sum() / (b * b).sum()
    difference = np.sqrt(((a - scale * b) ** 2).mean((0, 1))) / a.mean((0, 1))
    assert difference.max() < 0.04
    assert np.abs(a.mean((0, 1)) / (scale * b.mean((0, 1))) - 1).max() < 0.001


def test_the_chart_is_neutral_in_aces(shared_data: Path, tmp_path: Path) -> None:
    """The grey card's patches come out with channels alike, the red patch red."""
    a = ours(shared_data / NAME, tmp_path, "best", "aces")
    red = a[800:840, 895:955].mean((0, 1))
    blue = a[800:840, 675:735].mean((0, 1))
    assert red[0] > 2 * red[2]
    assert blue[2] > 2 * blue[0]
