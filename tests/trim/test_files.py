"""Sequences: files of a range under their own names and numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

import rushes
from demo.make_clip import make_clip
from functions.contract.errors import DamagedSource, InvalidRequest, SourceNotFound


@pytest.fixture
def take(tmp_path: Path) -> Path:
    folder = tmp_path / "A001_C001"
    make_clip(folder, frames=6, width=320, height=180)
    return folder


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if p.is_file())


def numbered(take: Path) -> list[Path]:
    return sorted(p for p in take.iterdir() if p.suffix == ".dng")


def test_files_keep_names_and_bytes(take: Path, tmp_path: Path) -> None:
    """A range of a DNG sequence is those files, byte for byte."""
    files = numbered(take)
    first = int("".join(c for c in files[0].stem[-6:] if c.isdigit()))
    receipt = rushes.trim(
        input=f"file://{take}/", output=f"file://{tmp_path}/out/", frames=f"{first + 2}-{first + 4}"
    )
    assert names(tmp_path / "out") == [p.name for p in files[2:5]]
    for path in files[2:5]:
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes()
    assert [out.frame for out in receipt.outputs] == [first + 2, first + 3, first + 4]
    assert all(one.xxh64 for one in receipt.inputs if one.uri.endswith(files[2].name))


def test_a_hole_is_an_error_with_its_number(take: Path, tmp_path: Path) -> None:
    """A missing file inside the range is named; nothing is written."""
    files = numbered(take)
    files[3].unlink()
    with pytest.raises(SourceNotFound, match="is missing") as error:
        rushes.trim(input=f"file://{take}/", output=f"file://{tmp_path}/out/")
    assert error.value.facts["frame"] is not None
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [b"", bytes(5000)], ids=["empty", "zero"])
def test_a_blank_file_is_damaged(take: Path, tmp_path: Path, content: bytes) -> None:
    """An empty or all-zero file of the range ends the unit with its frame."""
    numbered(take)[2].write_bytes(content)
    with pytest.raises(DamagedSource) as error:
        rushes.trim(input=f"file://{take}/", output=f"file://{tmp_path}/out/")
    assert error.value.facts["frame"] is not None


def test_files_are_not_renamed(take: Path, tmp_path: Path) -> None:
    """A name for a sequence is refused: files keep theirs."""
    with pytest.raises(InvalidRequest, match="keep their names"):
        rushes.trim(input=f"file://{take}/", output=f"file://{tmp_path}/out/", name="B")
