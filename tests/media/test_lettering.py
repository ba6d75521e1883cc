"""Words in pictures, beside another library's drawing of the same fonts."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw, ImageFont

from functions.media.preview.lettering import FONTS, fitting, letters, line_height, width_of


def by_pillow(text: str, size: int, font: int) -> npt.NDArray[np.uint8]:
    """The words by Pillow, without shaping: its own FreeType, and no HarfBuzz."""
    face = ImageFont.truetype(str(FONTS[font]), size, layout_engine=ImageFont.Layout.BASIC)
    page = Image.new("L", (size * (len(text) + 2), 2 * size))
    ImageDraw.Draw(page).text((size // 2, size // 4), text, 255, face)
    return cropped(np.asarray(page))


def cropped(page: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The ink alone."""
    rows, columns = np.nonzero((page > 127).any(1))[0], np.nonzero((page > 127).any(0))[0]
    return page[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


@pytest.mark.parametrize(
    ("text", "font"),
    [("Straße", 0), ("ß", 0), ("GROẞ", 0), ("Łódź", 0), ("Жд", 0), ("日本語", 1), ("テスト", 1),
     ("ひらがな", 1), ("한국어", 1), ("01:23:45;06", 0)],
)  # fmt: skip
def test_letters_are_those_of_the_font(text: str, font: int) -> None:
    """What is drawn overlaps Pillow's drawing of the same word to a pixel of hinting."""
    ours, theirs = cropped(letters(text, 64)), by_pillow(text, 64, font)
    assert abs(ours.shape[0] - theirs.shape[0]) <= 2
    assert abs(ours.shape[1] - theirs.shape[1]) <= 1 + len(text)
    rows, columns = (min(a, b) for a, b in zip(ours.shape, theirs.shape, strict=True))
    both = np.stack([ours[:rows, :columns], theirs[:rows, :columns]]) > 127
    if len(text) == 1:
        assert both.all(0).sum() > 0.85 * both.any(0).sum()
    share = ours.astype(float).sum() / theirs.astype(float).sum()
    assert 0.9 < share < 1.1


def test_letters_are_told_apart() -> None:
    """Every letter of some alphabets has ink of its own; what no font has is a box."""
    every = "0123456789:;.-ABCßẞäöü日本語東京テストかな한글中ЖΩעب"
    assert len({letters(letter, 20).tobytes() for letter in every}) == len(every)
    assert letters("\u0939", 20).tobytes() == letters("\u0e01", 20).tobytes()
    assert letters("\u0939", 20).any()


def test_edges_are_smooth_and_pairs_are_kerned() -> None:
    """Ink covers parts of pixels, AV stand nearer than A and V, and digits all take one width."""
    ink = letters("O", 30)
    assert ((ink > 20) & (ink < 235)).sum() > 20
    assert width_of("AVAVAV", 60) < 6 * width_of("A", 600) // 10 - 10
    assert len({width_of(digit * 8, 33) for digit in "0123456789"}) == 1


def test_scripts_are_shaped() -> None:
    """Arabic letters join and stand from right to left; a mark stands on its letter."""
    assert width_of("\u0639\u0639\u0639", 60) < 3 * width_of("\u0639", 60) - 8
    assert width_of("e\u0301", 60) == width_of("\u00e9", 60)
    assert letters("A\u202eB\u2066", 20).tobytes() == letters("AB", 20).tobytes()
    assert letters("A\n\x07B", 20).tobytes() == letters("A  B", 20).tobytes()


def test_a_line_is_as_high_whatever_it_says() -> None:
    """No letter of either font is cut, and no words move the line."""
    for text in ("", "A", "ÄgjỸ", "日本語|"):
        page = letters(text, 40)
        assert page.shape == (line_height(40), width_of(text, 40))
    assert not letters("ÅÑgjpqy東|語", 40)[[0, -1]].any()


def test_what_does_not_fit_ends_in_an_ellipsis() -> None:
    """As many letters as there is room for are kept, and it is seen that some are missing."""
    assert fitting("A001", 20, 1000) == "A001"
    cut = fitting("A001_C002_東京_0123", 20, 120)
    assert cut.endswith("…") and width_of(cut, 20) <= 120
    assert width_of("A001_C002_東京_0123"[: len(cut)] + "…", 20) > 120
    assert fitting("W", 20, 3) == "…"


def test_the_same_ink_in_another_process() -> None:
    """A new process, whatever was drawn before, makes the same bytes."""
    program = (
        "import sys, zlib; from functions.media.preview.lettering import letters; "
        "sys.stdout.write(str(zlib.crc32(letters('Größe 東京 12:34', 31).tobytes())))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    import zlib

    letters("12:34 Größe", 31)
    assert int(ran.stdout) == zlib.crc32(letters("Größe 東京 12:34", 31).tobytes())


def test_nothing_of_it_is_imported_where_nothing_is_drawn() -> None:
    """The libraries come in with the first word, not with the module."""
    program = (
        "import sys; import functions.media.preview.lettering, functions.transcode.burn; "
        "sys.exit(bool({'freetype', 'uharfbuzz', 'PIL'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
