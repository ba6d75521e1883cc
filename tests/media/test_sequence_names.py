"""Which files are one sequence: negative numbers, long ones, patterns, odd folders."""

from __future__ import annotations

import pytest

from functions.contract.errors import SourceNotFound
from functions.media.open.locate import find
from functions.media.open.walk import clips_below
from tests.media.memory_store import ROOT, MemoryStore


def store(*names: str) -> MemoryStore:
    return MemoryStore(dict.fromkeys(names, b"x"))


@pytest.mark.parametrize(
    "names",
    [
        ("p.-0002.exr", "p.-0001.exr", "p.00000.exr", "p.00001.exr"),  # the minus is a digit
        ("p.-00002.exr", "p.-00001.exr", "p.00000.exr", "p.00001.exr"),
        ("p.-2.exr", "p.-1.exr", "p.0.exr", "p.1.exr"),
    ],
)
@pytest.mark.parametrize("uri", ["f/", "f/p.%0{}d.exr", "f/p.{}.exr"])
def test_numbers_below_zero_come_first(names: tuple[str, ...], uri: str) -> None:
    """One sequence from -2 to 1, by its folder and by either pattern."""
    width = len(names[-1]) - len("p.") - len(".exr")
    uri = uri.format(width if "%" in uri else "#" * width)
    listing = find(ROOT + uri, store(*(f"f/{name}" for name in names)))
    assert list(listing.files) == [-2, -1, 0, 1]
    assert listing.first.uri.endswith(names[0])


def test_a_walk_names_a_sequence_with_negative_numbers_by_a_pattern_that_finds_it() -> None:
    """Beside another sequence the folder does not do."""
    files = store(*(f"f/p.{n}.exr" for n in ("-0001", "00000")), "f/q.1.exr", "f/q.2.exr")
    found = list(clips_below(f"{ROOT}f/", files))
    assert found == [f"{ROOT}f/p.%05d.exr", f"{ROOT}f/q.%01d.exr"]
    assert list(find(found[0], files).files) == [-1, 0]


def test_a_hyphen_between_words_is_no_minus() -> None:
    """A001-0001 is frame 1 of A001-, not frame -1."""
    files = store("f/A001-0001.exr", "f/A001-0002.exr")
    assert list(find(f"{ROOT}f/", files).files) == [1, 2]
    with pytest.raises(SourceNotFound):
        find(f"{ROOT}f/A001%05d.exr", files)


@pytest.mark.parametrize("pattern", ["p.##########.exr", "p.@@@@@@@@@@.exr", "p.%010d.exr", ""])
def test_numbers_of_ten_digits(pattern: str) -> None:
    """Counters of a recorder's clock are numbers as others are."""
    files = store("f/p.1234567890.exr", "f/p.1234567891.exr")
    assert list(find(f"{ROOT}f/{pattern}", files).files) == [1234567890, 1234567891]


@pytest.mark.parametrize("name", ["a#b", "a%d", "a@b", "a%04d#"])
def test_a_folder_called_like_a_pattern_is_that_folder(name: str) -> None:
    """With a slash behind it or without."""
    files = store(f"{name}/p.1.exr", f"{name}/p.2.exr")
    assert list(find(f"{ROOT}{name}", files).files) == [1, 2]
    assert list(find(f"{ROOT}{name}/", files).files) == [1, 2]


def test_a_misspelled_file_is_answered_with_what_stands_there() -> None:
    """One that is spelled almost so is offered by name; strangers are not."""
    store = MemoryStore({"A001_C003.mov": b"x", "notes.txt": b"y"})
    with pytest.raises(SourceNotFound, match=r"did you mean A001_C003\.mov\?"):
        find(ROOT + "A001_C03.mov", store)
    with pytest.raises(SourceNotFound) as raised:
        find(ROOT + "B.mxf", store)
    assert "mean" not in str(raised.value)
    assert raised.value.facts["uri"] == ROOT + "B.mxf"
