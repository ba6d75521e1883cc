"""FCPXML: what is not done to a clip is named, and places that are not written are the next."""

from __future__ import annotations

import pytest

from functions.contract.errors import InvalidRequest
from functions.turnover.model import Event, Turnover
from tests.turnover.test_features import HOUR, fcpxml, told


def one(inside: str, attributes: str = 'start="3602s" duration="2s"') -> Turnover:
    return fcpxml(f'<asset-clip ref="a" name="A001" offset="0s" {attributes}>{inside}</asset-clip>')


def points(interp: str, *times: str) -> str:
    inner = "".join(
        f'<timept time="{time}s" value="{value}s" interp="{interp}"/>'
        for time, value in (each.split() for each in times)
    )
    return f"<timeMap>{inner}</timeMap>"


def test_a_curve_that_is_cut_between_its_points_is_told() -> None:
    """`timept` curves as smooth2 where it says nothing (FCPXML DTD); straight ones are exact."""
    ramp = ("3600 3600", "3603 3606", "3608 3607")

    def event(interp: str, attributes: str, *times: str) -> Event:
        return one(points(interp, *times), attributes).events[0]

    cut, whole = 'start="3602s" duration="2s"', 'start="3600s" duration="8s"'
    assert "smoothly" in " ".join(event("smooth2", cut, *ramp).notes)
    assert "smoothly" not in " ".join(event("linear", cut, *ramp).notes)
    assert "smoothly" not in " ".join(event("smooth2", whole, *ramp).notes)
    assert event("smooth2", cut, "3600 3600", "3608 3616").notes == ()


@pytest.mark.parametrize(
    ("attributes", "inside"),
    [
        ('start="3602s" duration="-2s"', ""),
        ('duration="2s"', '<timeMap><timept time="3600s"/></timeMap>'),
        ('duration="2s"', '<timeMap><timept value="3600s"/></timeMap>'),
    ],
)
def test_times_that_cannot_be_are_refused(attributes: str, inside: str) -> None:
    """A length below 0, and a point of a time map without one of its times."""
    with pytest.raises(InvalidRequest, match=r"below 0|is no time"):
        one(inside, attributes)


def test_a_spine_is_one_after_the_other_where_no_place_is_written() -> None:
    """Clips follow each other, and a transition lies over their cut, as with written places."""
    found = [
        fcpxml(
            f'<asset-clip ref="a" name="A" {at[0]} start="3602s" duration="2s"/>'
            f'<transition {at[1]} duration="1s"/>'
            f'<asset-clip ref="a" name="B" {at[2]} start="3612s" duration="2s"/>'
        )
        for at in (('offset="0s"', 'offset="3/2s"', 'offset="2s"'), ("", "", ""))
    ]
    assert told(found[0].events) == told(found[1].events) == [
        ("A", HOUR + 48, HOUR + 107, 0), ("B", HOUR + 276, HOUR + 335, 48)
    ]  # fmt: skip


def test_the_camera_file_goes_before_its_proxy() -> None:
    """Of several `media-rep` the original is the media that is pulled."""
    asset = (
        '<asset id="x" start="0s" duration="9s" hasVideo="1" format="r1"><media-rep '
        'kind="proxy-media" src="file:///x/X_proxy.mov"/><media-rep kind="original-media" '
        'src="file:///x/X.mov"/></asset>'
    )
    (event,) = fcpxml('<asset-clip ref="x" offset="0s" duration="1s"/>', asset).events
    assert event.file == "X.mov"


def test_effects_cdls_and_rates_are_named() -> None:
    """An effect that a plate leaves out is told, a second CDL and one that does not read too."""
    assert one('<adjust-transform scale="2 2"/><adjust-conform type="fit"/>').notes == (
        "1 clip has effects: plates are the camera's whole frame",
    )
    multicam = (
        '<media id="m"><multicam format="r1"><mc-angle angleID="1"><asset-clip ref="b" '
        'offset="0s" duration="50s"/></mc-angle></multicam></media>'
    )
    source = '<mc-source angleID="1"><filter-video/></mc-source>'
    assert fcpxml(f'<mc-clip ref="m" duration="1s">{source}</mc-clip>', multicam).notes == (
        "1 clip has effects: plates are the camera's whole frame",
    )
    numbers = "offset='0 0 0' power='1 1 1'"

    def cdl(*slopes: str) -> Turnover:
        return one(
            "".join(
                f"<filter-video><!-- info-asc-cdl: slope='{slope}' {numbers} --></filter-video>"
                for slope in slopes
            )
        )

    found = cdl("2 2 2")
    assert found.events[0].cdl is not None
    assert found.events[0].cdl.slope == (2.0, 2.0, 2.0)
    assert found.notes == ()
    assert cdl("2 2 2", "3 3 3").events[0].notes == ("it has 2 CDLs: the first is taken",)
    (event,) = one("<filter-video><!-- info-asc-cdl: --></filter-video>").events
    assert "has no numbers" in event.notes[0]
    assert fcpxml('<asset-clip ref="a" duration="1s"/>').notes == ()
