"""Camera stills through LibRaw: its numbers in the house's terms, its silences found out."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from functions.contract.clip import RawFrame
from functions.contract.errors import DamagedSource, LimitExceeded, UnsupportedMedia
from functions.contract.operation import Limits
from functions.media import open_clip
from functions.media.dng.file import read_frame
from functions.media.dng.pixels import Buffers
from functions.media.open.empty_frames import check_tail
from functions.media.raw.libraw import LibRawReader
from tests.media.dngs import (
    LONG,
    RATIONAL,
    SHORT,
    SRATIONAL,
    noisy,
    write_dng,
)
from tests.media.memory_store import ROOT, MemoryStore

MOST = 1 << 24
CHECKOUT = Path(__file__).resolve().parents[2]
XTRANS = "GGRGGB" + "GGBGGR" + "BRGRBG" + "GGBGGR" + "GGRGGB" + "RBGBRG"


def through_libraw(content: bytes) -> RawFrame:
    return LibRawReader("test", MOST, MOST).frame(content, 7)


@pytest.mark.parametrize("pattern", ["RGGB", "BGGR", "GRBG", "GBRG"])
def test_libraw_and_own_reader_agree(pattern: str) -> None:
    """LibRaw's pixels, phase, levels, white balance and matrix are those of our DNG reader."""
    matrix = (7, 10, -1, 10, 0, 1, -4, 10, 12, 10, 2, 10, 0, 1, 1, 10, 6, 10)
    tags = {
        50713: (SHORT, (2, 2)),
        50714: (SHORT, (60, 61, 62, 63)),
        50717: (SHORT, 4000),
        50728: (RATIONAL, (1, 2, 1, 1, 2, 3)),
        50721: (SRATIONAL, matrix),
        50778: (SHORT, 21),
        50829: (LONG, (2, 4, 60, 90)),
    }
    content = write_dng(noisy((62, 96), 12), 12, pattern=pattern, tags=tags)
    ours, theirs = read_frame(content, 7, MOST, Buffers()), through_libraw(content)
    np.testing.assert_array_equal(theirs.pixels, ours.pixels)
    assert (theirs.pattern, theirs.black, theirs.white) == (ours.pattern, ours.black, ours.white)
    np.testing.assert_allclose(theirs.camera.as_shot_neutral, (0.5, 1, 2 / 3), rtol=1e-6)
    np.testing.assert_allclose(
        theirs.camera.calibrations[0].color_matrix,
        ours.camera.calibrations[0].color_matrix,
        rtol=1e-6,
    )
    assert theirs.camera.calibrations[0].illuminant == 21
    assert (theirs.number, theirs.crop) == (7, (0, 0, 86, 58))


def test_kodak_three_colour_raw(shared_data: Path) -> None:
    """A raw file without a CFA comes as linear colour."""
    frame = through_libraw((shared_data / "raw" / "kodak_c330_yrgb.raw").read_bytes())
    assert (frame.layout, frame.pattern, frame.pixels.shape) == ("linear", None, (912, 1216, 3))
    assert frame.pixels.flags.c_contiguous
    assert frame.pixels.mean() > 1000


def test_facts_of_a_maker_format(shared_data: Path) -> None:
    """A maker's own format has its phase, white balance and LibRaw's D65 matrix."""
    content = (shared_data / "raw_bad" / "Panasonic.rw2").read_bytes()
    clip = open_clip(ROOT + "P.rw2", MemoryStore({"P.rw2": content}), Limits())
    with pytest.raises(DamagedSource, match="12344 bytes cannot hold 10255896 pixels"):
        list(clip.frames(clip.numbers()))
    facts, camera = clip.facts, clip.facts.camera
    assert (facts.container, facts.layout, facts.width, facts.height) == ("rw2", "cfa", 3648, 2736)
    assert (camera.make, camera.model, camera.iso) == ("Panasonic", "DMC-LX3", 80)
    assert (camera.cfa, camera.black, camera.white) == ("BGGR", (15,) * 4, (4095,))
    assert camera.as_shot_neutral == (263 / 570, 1.0, 263 / 438)
    (only,) = camera.calibrations
    assert only.illuminant == 21
    np.testing.assert_allclose(only.color_matrix[0], (0.8128, -0.2668, -0.0655), atol=1e-4)


def test_pixels_outlive_libraw() -> None:
    """A frame's pixels are not LibRaw's memory, which goes when LibRaw is closed."""
    content = write_dng(noisy((62, 96), 16), 16)
    frames = [through_libraw(content) for _ in range(3)]
    assert frames[0].pixels.flags.owndata
    np.testing.assert_array_equal(frames[0].pixels, noisy((62, 96), 16))


def test_cut_files_are_damage() -> None:
    """LibRaw gives zeros for what a cut file does not hold: never a picture here."""
    content = write_dng(noisy((600, 96), 16), 16, tags={50714: (SHORT, 100)})
    for part in (0.01, 0.1, 0.5, 0.9):
        with pytest.raises((DamagedSource, UnsupportedMedia)):
            through_libraw(content[: int(len(content) * part)])


def test_pixels_over_the_limit() -> None:
    """LibRaw is not let to unpack more pixels than the limit."""
    with pytest.raises(LimitExceeded, match="96x62"):
        LibRawReader("test", 100, MOST).frame(write_dng(noisy((62, 96), 16), 16), 0)


def test_repeated_rows_at_the_bottom() -> None:
    """Rows that repeat to the end are damage, unless the sky is clipped or the whole is flat."""
    picture = noisy((64, 96), 12)
    check_tail(picture, 4095)
    cut = picture.copy()
    cut[48:] = cut[47]
    with pytest.raises(DamagedSource, match="repeat one row"):
        check_tail(cut, 4095)
    clipped = picture.copy()
    clipped[48:] = 4095
    check_tail(clipped, 4095)
    check_tail(np.full((64, 96), 100, np.uint16), 4095)


_MEASURED = """
import re, sys
from pathlib import Path
from functions.contract.errors import LimitExceeded
from functions.media.raw.libraw import LibRawReader
content = Path(sys.argv[1]).read_bytes()
try:
    LibRawReader("test", 1 << 30, 1 << 40, int(sys.argv[2]) << 20).frame(content, 0)
except LimitExceeded as error:
    print(error.detail)
print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) >> 10)
"""


@pytest.mark.parametrize("channels", [1, 3])
def test_memory_is_known_before_it_is_taken(tmp_path: Path, channels: int) -> None:
    """What does not fit is refused with both figures before its samples are unpacked; the figure
    that is told last covers what the picture takes."""
    plane = noisy((3000, 4000), 16)
    picture = plane if channels == 1 else np.stack([plane] * 3, axis=-1)
    file = tmp_path / "a.dng"
    file.write_bytes(write_dng(picture, 16))

    def measured(memory: int) -> tuple[int | None, int]:
        words = [sys.executable, "-c", _MEASURED, str(file), str(memory)]
        done = subprocess.run(words, check=True, capture_output=True, text=True, cwd=CHECKOUT)
        told = re.search(r"4000x3000 takes (\d+) MiB .* has (\d+) MiB", done.stdout)
        assert told is None or int(told[2]) == memory
        return int(told[1]) if told else None, int(done.stdout.split()[-1])

    told, refused = measured(100)
    assert told is not None
    wanted = told
    while (found := measured(wanted + 1))[0] is not None:
        assert found[0] > wanted + 1
        wanted = found[0]
    assert found[1] <= wanted + 1
    assert refused < found[1] - 20 * channels  # of 23 MiB of samples a channel
