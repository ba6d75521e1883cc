"""Logs and pull lists: cells that contradict or stand in no column are told."""

from __future__ import annotations

import pytest

from functions.contract.errors import InvalidRequest
from functions.turnover.model import Turnover
from functions.turnover.read import read_turnover

COLUMNS = "Name\tTape\tStart\tEnd\tTracks"
ROW = "A001\tT1\t01:00:00:00\t01:00:10:00\tV"
SOP = "(1.1 1 1)(0 0 0)(1 1 1)"


def log(row: str, columns: str = COLUMNS, delimiter: str = "TABS") -> Turnover:
    text = f"Heading\nFIELD_DELIM\t{delimiter}\nFPS\t24\n\nColumn\n{columns}\n\nData\n{row}\n"
    return read_turnover(text.encode(), "t.ale")


def listed(columns: str, *rows: str) -> Turnover:
    return read_turnover("\n".join((columns, *rows, "")).encode(), "t.csv")


@pytest.mark.parametrize(
    ("row", "columns", "said"),
    [
        (f"{ROW}\t00:00:20:00", f"{COLUMNS}\tDuration", "its duration is 480"),
        (f"{ROW}\tmore", COLUMNS, "line 9 has 6 cells for 5 columns"),
        ("A\tT\t\t01:00:00:00\tV", COLUMNS, "it has no start"),
        (f"{ROW}\tA001.cdl", f"{COLUMNS}\tCDL", "its CDL is left out"),
        (f"{ROW}\t{SOP} 0.5", f"{COLUMNS}\tCDL", "its CDL is left out"),
    ],
)
def test_rows_of_a_log_that_contradict_are_told(row: str, columns: str, said: str) -> None:
    """A second length, a cell without a column, an end without a start, an odd CDL."""
    (event,) = log(row, columns).events
    assert said in " ".join(event.notes)
    assert log(ROW).events[0].notes == ()


def test_columns_of_a_log() -> None:
    """The first of two counts, a CDL's may be written apart, and commas may be quoted."""
    found = log(f"{ROW}\t02:00:00:00", f"{COLUMNS}\tStart")
    assert (found.events[0].start, found.notes) == (
        86400, ("the column start stands twice: the first is taken",)
    )  # fmt: skip
    cdl = log(f"{ROW}\t{SOP}\t0.5", f"{COLUMNS}\tASC SOP\tASC SAT").events[0].cdl
    assert cdl is not None
    assert (cdl.slope[0], cdl.saturation) == (1.1, 0.5)
    row = ROW.replace("\t", ",").replace("A001", '"A001, take 2"')
    (event,) = log(row, COLUMNS.replace("\t", ","), "COMMAS").events
    assert (event.name, event.start, event.length) == ("A001, take 2", 86400, 240)


@pytest.mark.parametrize(
    ("columns", "row", "said"),
    [
        ("clip,in,out,speed", "A,10,20,200%", "its speed is '200%'"),
        ("clip,in,src in,out", "A,10,15,20", "two columns say its in: '10' is taken, not '15'"),
        ("clip,in,out", "A,10,20,30", "line 2 has 4 cells for 3 columns"),
        ("clip,in,out,frames", "A,10,20,30-40", "its frames '30-40'"),
        ("clip,in,out,frames", "A,10,20,99", "its frames '99'"),
        ("clip,in,out,last", "A,10,20,30", "its out 20 and its last 30 differ"),
    ],
)
def test_rows_of_a_list_that_contradict_are_told(columns: str, row: str, said: str) -> None:
    """As a note, or as the reason why the row is not pulled."""
    (event,) = listed(columns, row).events
    assert said in " ".join((*event.notes, event.trouble or ""))


@pytest.mark.parametrize(
    ("columns", "row"),
    [
        ("clip,in,out,speed", "A,10,20,100%"), ("clip,in,out,frames", "A,10,20,11"),
        ("clip,in,out,frames", "A,10,20,10-20"), ("clip,name,in,out,,", "A,A.mov,10,20,,"),
        ('shot,"clip, as shot",clip,in,out', "S,x,A,10,20"),
    ],
)  # fmt: skip
def test_rows_that_agree_are_read_without_a_word(columns: str, row: str) -> None:
    """The same said twice, blank cells, and a comma in the quoted name of a column."""
    (event,) = listed(columns, row).events
    assert (event.name, event.needed, event.notes, event.trouble) == ("A", (10, 20), (), None)


def test_a_quote_that_nothing_closes_is_no_cell() -> None:
    """It would hold the rows below it; others stand for inches, or hold lines of a note."""
    with pytest.raises(InvalidRequest, match="line 2: a quote"):
        listed("clip,in,out", '"A,10,20', "B,10,20")
    rows = (
        'A,10,20,"tall, 5\'10"""',
        "B,10,20,5'10\"",
        'C,10,20,"Hero" shot',
        'D,10,20,"one',
        'two"',
    )
    found = listed("clip,in,out,notes", *rows).events
    assert [(event.name, event.needed) for event in found] == [(name, (10, 20)) for name in "ABCD"]
