"""The block reader: the right bytes, in few requests, with little beside them."""

from __future__ import annotations

import io
import random

import pytest

from functions.storage.blocks import AHEAD, KEPT, BlockReader

BLOCK = 64


class Source:
    """Bytes that count how they are asked for."""

    def __init__(self, size: int) -> None:
        self.data = bytes(number * 7 % 251 for number in range(size))
        self.asked: list[tuple[int, int]] = []

    def fetch(self, start: int, length: int) -> bytes:
        assert length > 0
        assert start + length <= len(self.data)
        self.asked.append((start, length))
        return self.data[start : start + length]

    def reader(self) -> BlockReader:
        return BlockReader(self.fetch, len(self.data), block=BLOCK)


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 128, 1000, 6400])
def test_any_reads_give_the_same_as_a_file(size: int) -> None:
    """Random reads and seeks, past the end too, give what a BytesIO gives."""
    source, chance = Source(size), random.Random(size)
    plain, reader = io.BytesIO(source.data), io.BufferedReader(source.reader(), 16)
    for _ in range(500):
        if chance.random() < 0.5:
            at = chance.randrange(size + 50)
            assert reader.seek(at) == plain.seek(at)
        count = chance.choice([0, 1, 5, BLOCK, 3 * BLOCK, 10 * BLOCK, -1])
        assert reader.read(count) == plain.read(count)
        assert reader.tell() == plain.tell()


def test_one_small_read_fetches_one_block() -> None:
    """The first byte costs one block and no look ahead."""
    source = Source(100 * BLOCK)
    reader = source.reader()
    reader.seek(5 * BLOCK + 3)
    assert reader.read(1) == source.data[5 * BLOCK + 3 :][:1]
    assert source.asked == [(5 * BLOCK, BLOCK)]
    assert (reader.requests, reader.fetched) == (1, BLOCK)


def test_reading_on_looks_further_and_further_ahead() -> None:
    """Sequential reads double the request up to the most; all is fetched once."""
    source = Source(100 * BLOCK)
    reader = source.reader()
    assert b"".join(iter(lambda: reader.read(10), b"")) == source.data
    blocks = [length // BLOCK for _, length in source.asked]
    assert blocks[:4] == [1, 2, 4, 8]
    assert max(blocks) == AHEAD
    assert reader.fetched == len(source.data)


def test_a_jump_starts_again_with_one_block() -> None:
    """After a seek elsewhere nothing is fetched that was not asked for."""
    source = Source(100 * BLOCK)
    reader = source.reader()
    reader.read(BLOCK)
    reader.read(BLOCK)
    reader.seek(50 * BLOCK)
    reader.read(1)
    assert source.asked[-1] == (50 * BLOCK, BLOCK)


def test_a_read_over_several_blocks_is_one_request() -> None:
    """What spans block borders is fetched together, small or large."""
    source = Source(100 * BLOCK)
    reader = source.reader()
    reader.seek(10)
    assert reader.read(3 * BLOCK) == source.data[10 : 10 + 3 * BLOCK]
    reader.seek(20 * BLOCK + 1)
    assert reader.read(9 * BLOCK) == source.data[20 * BLOCK + 1 :][: 9 * BLOCK]
    assert source.asked == [(0, 4 * BLOCK), (20 * BLOCK + 1, 9 * BLOCK)]


def test_going_back_a_little_costs_nothing() -> None:
    """Blocks read lately are kept."""
    source = Source(100 * BLOCK)
    reader = source.reader()
    for index in (3, 50, 3, 50, 51, 3):
        reader.seek(index * BLOCK)
        reader.read(5)
    assert len([start for start, _ in source.asked if start == 3 * BLOCK]) == 1


def test_memory_does_not_grow_with_the_file() -> None:
    """However much is read, a bounded number of blocks is kept."""
    source = Source(1000 * BLOCK)
    reader = source.reader()
    while reader.read(20):
        assert len(reader._kept) <= KEPT


def test_a_seek_before_the_start_is_an_error() -> None:
    """As with any file."""
    with pytest.raises(ValueError, match="before the start"):
        Source(10).reader().seek(-1)
