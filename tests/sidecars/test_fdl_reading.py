"""Reading framing decision lists: which framing is meant, and what is wrong with a list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from functions.contract.errors import InvalidRequest, LimitExceeded
from functions.sidecars.fdl.geometry import (
    crop_to,
)
from functions.sidecars.fdl.read import check_fdl, choose, choose_template, read_fdl
from tests.sidecars.framings import (
    canvas,
    listed,
    scenarios,
)

CLIP = {"clip_id": {"clip_name": "A001C002"}}


def two_canvases() -> bytes:
    """Two sizes, two intents."""
    intents = [{"id": i, "aspect_ratio": {"width": 16, "height": 9}} for i in ("a", "b")]
    canvases = [canvas("1", (4096, 2160), ("a", "b")), canvas("2", (2048, 1080), ("a", "b"))]
    contexts = [{"label": "A cam", "canvases": canvases, **CLIP}]
    return listed([], framing_intents=intents, contexts=contexts, default_framing_intent="b")


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ({"canvas": "2", "framing": "a"}, "2-a"),
        ({"canvas": "canvas 1", "framing": "frame a"}, "1-a"),
        ({"size": (2048, 1080)}, "2-b"),
        ({"size": (2048, 1080), "framing": "2-a"}, "2-a"),
        ({"context": "A001C002", "canvas": "1"}, "1-b"),
        ({"context": "A cam", "size": (4096, 2160)}, "1-b"),
    ],
)
def test_a_framing_is_chosen_by_name_size_or_default(names: dict[str, Any], found: str) -> None:
    """Ids, labels, clip names, sizes and the default intent all lead to one decision."""
    assert choose(read_fdl(two_canvases()), **names).framing_id == found


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ({}, "2 canvases .* none is named; there is: 1 .*4096x2160; 2 .*2048x1080"),
        ({"canvas": "3"}, "no canvas .* canvas '3'; there is: 1 "),
        ({"context": "B cam"}, "no canvas .* context 'B cam'"),
        ({"size": (100, 100)}, r"no canvas .* size \(100, 100\)"),
        ({"canvas": "1", "size": (100, 100)}, "frames are 100x100, the canvas .* 4096x2160"),
        ({"canvas": "1", "framing": "c"}, "not framing decision 'c'; there is: 1-a 'frame a'"),
    ],
)
def test_what_can_not_be_chosen_says_what_there_is(names: dict[str, Any], said: str) -> None:
    """Nothing or more than one that fits is an error with the list of all."""
    with pytest.raises(InvalidRequest, match=said) as error:
        choose(read_fdl(two_canvases()), **names)
    assert error.value.facts["field"] == "fdl"


def test_templates_are_chosen_by_name(shared_data: Path) -> None:
    """A template is found by id or label; another name lists what there is."""
    (_, path, _), *_ = scenarios(shared_data)
    fdl = read_fdl(path.read_bytes())
    only = choose_template(fdl)
    assert choose_template(fdl, only.label) == choose_template(fdl, only.id) == only
    with pytest.raises(InvalidRequest, match=f"'nope' is not there; there is: {only.id}"):
        choose_template(fdl, "nope")


def broken(change: dict[str, Any], **members: Any) -> bytes:
    """A list whose canvas, or itself, is wrong."""
    return listed([canvas() | change], **members)


def placed(**change: Any) -> bytes:
    """A list with a framing decision that stands elsewhere."""
    one = canvas()
    one["framing_decisions"][0] |= change
    return listed([one])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no JSON"),
        (b"null", "object"),
        (b"[" * 100_000, "no JSON"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "no JSON"),
        (b"/* c */" + listed([canvas()]), "no JSON"),
        (listed([canvas()]) + b"\0", "no JSON"),
        (b'{"uuid": "\xff"}', "no JSON"),
        (listed([canvas()]).replace(b"4096", b"NaN"), "no JSON"),
        (b"{}", "'uuid' not found"),
        (listed([], version={"major": 9, "minor": 0}), "version 9"),
        (broken({"dimensions": {"width": -5, "height": 1}}), "found -5"),
        (broken({"dimensions": {"width": 4096.5, "height": 2160}}), "Expected integer"),
        (broken({"dimensions": {"width": 10**30, "height": 2160}}), "1e\\+30 pixels"),
        (broken({"anamorphic_squeeze": 0}), "squeeze.*found 0"),
        (broken({"anamorphic_squeeze": 1e9}), "squeeze of 1e\\+09"),
        (broken({"source_canvas_id": "9"}), "Source Canvas IDs"),
        (broken({"id": "no good"}), "id"),
        (listed([canvas(), canvas()]), "duplicated"),
        (broken({}, framing_intents=[]), "not in framing_intents"),
        (broken({"dimensions": {"width": 100, "height": 100}}), "exceeds"),
        (broken({"unknown": 1}), "unknown"),
        # Sizes fit their canvas, and where they stand they do not.
        (
            placed(anchor_point={"x": 4000, "y": 540}),
            "dimensions: it ends at 6048,1620 of 4096x2160",
        ),
        (
            placed(
                protection_dimensions={"width": 4000, "height": 2000},
                protection_anchor_point={"x": 0, "y": 162},
            ),
            "it ends at 4000,2162 of 4096x2160",
        ),
    ],
)
def test_a_wrong_list_is_refused_with_the_place(data: bytes, said: str) -> None:
    """What is no list, or breaks the schema, its ids or its hierarchy, says which and where."""
    with pytest.raises(InvalidRequest, match=said) as error:
        read_fdl(data)
    assert error.value.facts["field"] == "fdl"
    assert error.value.facts["findings"]


def test_the_shared_bad_lists_are_refused(shared_data: Path) -> None:
    """Broken JSON, no list at all, and anchors outside their parent are invalid requests."""
    for name in ("corrupt_fdl.fdl", "not_fdl.fdl", "A65_effective-area_wdesqueeze.fdl"):
        with pytest.raises(InvalidRequest):
            read_fdl((shared_data / "fdl" / name).read_bytes())


def test_all_problems_of_a_list_are_said_at_once() -> None:
    """Every finding of the schema is named, each with its place."""
    data = broken({"anamorphic_squeeze": 0, "dimensions": {"width": 0, "height": 0}})
    places = {f.where for f in check_fdl(data)}
    canvas_place = "contexts/0/canvases/0"
    assert {f"{canvas_place}/anamorphic_squeeze", f"{canvas_place}/dimensions/width"} <= places


def test_a_list_too_large_is_over_the_limit() -> None:
    """Size is bounded before anything is parsed."""
    with pytest.raises(LimitExceeded):
        read_fdl(listed([canvas()]) + b" " * (9 << 20))


def test_a_byte_order_mark_is_no_harm() -> None:
    """Lists saved with a mark are read like others."""
    choice = choose(read_fdl(b"\xef\xbb\xbf" + listed([canvas()])))
    assert crop_to(choice, "framing_decision.dimensions").output.width == 2048


@pytest.mark.parametrize("number", ["1e-400", "2.0", str(2**64), "-1", "1e400", '"2"', "9" * 400])
def test_a_version_that_is_no_whole_number_ends_no_process(number: str) -> None:
    """The library would abort; it is an error of the list."""
    for version in (f'{{"major": {number}, "minor": 0}}', f'{{"major": 2, "minor": {number}}}'):
        text = f'{{"uuid": "6d489e6c-b955-5f2f-9d03-77963919a4fb", "version": {version}}}'
        assert any(found.severity == "error" for found in check_fdl(text.encode()))


def test_a_number_without_end_is_an_error_of_the_list() -> None:
    """Four hundred digits of a width fit no float, and are told as what they are."""
    text = listed([canvas("a", (4096, 2160))]).decode().replace("4096", "9" * 400)
    (found, *_) = check_fdl(text.encode())
    assert (found.severity, found.code) == ("error", "out_of_range")
