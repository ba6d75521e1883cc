"""What a later frame of a sequence says and the first one does not stands in the receipt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rushes
from functions.contract.errors import UnsupportedMedia
from tests.media.dngs import DOUBLE, SHORT, noisy, write_dng
from tests.media.still_files import checker, dpx, exr, pillow, tiff

AP0 = (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767)
AP1 = (0.713, 0.293, 0.165, 0.830, 0.128, 0.044, 0.32168, 0.33767)


def told(folder: Path, operation: str, **fields: Any) -> tuple[list[str], list[tuple[str, int]]]:
    """Notes of frames in a receipt; and code and frame of inspect's findings."""
    receipt = getattr(rushes, operation)(input=f"{folder}/", output=f"{folder}-out/", **fields)
    report = rushes.inspect(input=f"{folder}/").report
    assert report is not None
    found = [(f["code"], f.get("frame", 0)) for f in report.get("findings", ())]
    return receipt.assumed.get("notes_of_frames", []), found


def test_tags_that_only_later_raw_frames_have(tmp_path: Path) -> None:
    """A camera that is turned in a take and a look that begins in it: each once, with its frame."""
    folder = tmp_path / "A"
    folder.mkdir()
    look: dict[int, tuple[int, Any]] = {50940: (DOUBLE, (0.0, 0.0, 1.0, 1.0))}
    for number, tags in enumerate(({}, {274: (SHORT, 6)}, {274: (SHORT, 6), **look}), 1):
        content = write_dng(noisy((32, 48), 12), 16, tags=tags)  # type: ignore[arg-type]
        (folder / f"A.{number:04d}.dng").write_bytes(content)
    notes, found = told(folder, "debayer")
    assert [note.split(":")[0] for note in notes] == ["from frame 2 on", "from frame 3 on"]
    assert "Orientation 6" in notes[0] and "ProfileToneCurve" in notes[1]
    assert found == [("not-applied", 2), ("not-applied", 3)]


@pytest.mark.parametrize("kind", ["exr", "dpx", "png"])
def test_pictures_of_another_colour(tmp_path: Path, kind: str) -> None:
    """A file whose tags are not the first one's is made as the first one is, which is told."""
    folder = tmp_path / "A"
    folder.mkdir()
    half = checker(16, 16, 3, np.float16)
    for number in range(1, 4):
        other = number == 3
        if kind == "exr":
            head = {"chromaticities": AP1 if other else AP0}
            planes = {n: half[..., i].copy() for i, n in enumerate("RGB")}
            content = exr(tmp_path / "x.exr", [(head, planes)])
        elif kind == "dpx":
            made = bytearray(dpx(checker(16, 16), 8))
            made[801] = 3 if other else 6
            content = bytes(made)
        else:
            content = pillow(checker(16, 16), "PNG")
            if other:  # gAMA before the picture
                content = content[:33] + bytes.fromhex("0000000467414d41000186a031e8965f") + (
                    content[33:]
                )  # fmt: skip
        (folder / f"A.{number:04d}.{kind}").write_bytes(content)
    notes, found = told(folder, "deliver", profile="aces-exr")
    assert len(notes) == 1 and notes[0].startswith("from frame 3 on: its colour tags")
    assert ("mixed-colour", 3) in found


@pytest.mark.parametrize("kind", [np.float16, np.float32])
@pytest.mark.parametrize("odd", [np.nan, -np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers(tmp_path: Path, kind: type, odd: float) -> None:
    """An EXR with NaN or infinity in it is told with its frame; the largest numbers are numbers."""
    folder = tmp_path / "A"
    folder.mkdir()
    for number, value in ((1, np.finfo(kind).max), (2, np.finfo(kind).min), (3, odd)):
        planes = {n: np.full((8, 8), 0.18, kind) for n in "RGB"}
        planes["G"][3, 4] = value
        content = exr(tmp_path / "x.exr", [({"chromaticities": AP0}, planes)])
        (folder / f"A.{number:04d}.exr").write_bytes(content)
    notes, _ = told(folder, "deliver", profile="aces-exr")
    assert len(notes) == 1 and notes[0].startswith("from frame 3 on: it holds samples")


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        (("", "unassalpha"), "its alpha is not used"),
        (("unassalpha", ""), "it is opaque"),
        (("assocalpha", "assocalpha"), None),
    ],
)
def test_alpha_that_comes_and_goes(
    tmp_path: Path, kinds: tuple[str, str], words: str | None
) -> None:
    """Of a sequence the first file says whether there is alpha; another one is told."""
    folder = alphas(tmp_path / "A", kinds)
    notes, _ = told(folder, "deliver", profile="aces-exr", source="ACEScg")
    assert len(notes) == (0 if words is None else 1)
    assert words is None or (words in notes[0] and notes[0].startswith("from frame 2 on: "))


def test_alpha_of_another_kind_is_refused(tmp_path: Path) -> None:
    """Colours that are multiplied by alpha would be multiplied twice."""
    folder = alphas(tmp_path / "A", ("unassalpha", "assocalpha"))
    with pytest.raises(UnsupportedMedia, match="multiplied into its colours"):
        told(folder, "deliver", profile="aces-exr", source="ACEScg")


def alphas(folder: Path, kinds: tuple[str, str]) -> Path:
    folder.mkdir()
    for number, kind in enumerate(kinds, 1):
        options = {"extrasamples": [kind]} if kind else {}
        content = tiff(checker(16, 16, 4 if kind else 3), photometric="rgb", **options)
        (folder / f"A.{number:04d}.tif").write_bytes(content)
    return folder
