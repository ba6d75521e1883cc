"""Final Cut Pro 7 XML: what does not read, or contradicts, is named and never passed over."""

from __future__ import annotations

import pytest

from functions.turnover.read import read_turnover
from tests.turnover.test_features import FILE, RATE, item, remap, xmeml

GOOD = item(48, 72, 0, 24)


def graph(*points: str) -> str:
    inside = "".join(f"<keyframe>{point}</keyframe>" for point in points)
    return f"<parameter><parameterid>graphdict</parameterid>{inside}</parameter>"


def point(when: int, value: int, more: str = "") -> str:
    return f"<when>{when}</when><value>{value}</value>{more}"


BEZIER = "<inbez><horiz>1</horiz><vert>2</vert></inbez>"
HANDLED = [point(0, 0), point(20, 5, BEZIER), point(40, 40)]


@pytest.mark.parametrize(
    ("clip", "said"),
    [
        (item(0, 24, 10, 34, FILE + remap("200", graph("<when>0</when>", point(9, 9)))),
         "speed change does not read"),
        (item(0, 24, 10, 34, FILE + remap("200") + remap("50")), "speed change does not read"),
        (item(0, 24, 10, 34, FILE + remap("100", graph(*HANDLED))), "read as straight"),
        (item(0, 24, 34, 10), "its out (10) is before its in (34)"),
        (item(-1, -1, 10, 34), "it does not say where it stands"),
        (item(24, 0, 10, 34), "it ends at 0, before it starts at 24"),
        (item(0, 24, 10, 34, FILE.replace("<displayformat>", "<frame>0</frame><displayformat>")),
         "starts at 01:00:00:00 and at frame 0"),
        (item(0, 24, 10, 34).replace(RATE, "<rate><timebase>x</timebase></rate>", 1),
         "its rate does not read"),
        (item(0, 24, 10, 34, FILE + "<filter><effect><name>Blur</name><effectid>blur</effectid>"
              "</effect></filter>"), "effects that a plate leaves out: Blur"),
        (item(0, 24, 0, 24, '<sequence id="lost"/>'), "its sequence is not in the document"),
    ],
)  # fmt: skip
def test_what_changes_a_clip_and_is_not_understood_is_told(clip: str, said: str) -> None:
    """As a note of its event or the reason why it is not pulled; the clip beside it is read."""
    first, good = xmeml(clip + GOOD).events
    assert said in " ".join((*first.notes, first.trouble or ""))
    assert (good.notes, good.trouble) == ((), None)


def test_a_sequence_without_a_rate_is_told() -> None:
    """24 is taken, and said."""
    for rate in ("", "<rate><timebase>fast</timebase></rate>"):
        found = read_turnover(
            f'<xmeml version="5"><sequence><name>S</name>{rate}<media><video><track>{GOOD}</track>'
            "</video></media></sequence></xmeml>".encode(), "s.xml",
        )  # fmt: skip
        assert found.notes == ("a sequence does not say its rate: 24 is taken",)
