"""What FCPXML and Final Cut Pro 7 XML have beside plain clips."""

from __future__ import annotations

from fractions import Fraction

import pytest

from functions.turnover.model import Event, Turnover
from functions.turnover.read import read_turnover

RESOURCES = (
    '<format id="r1" name="FFVideoFormat1080p24" frameDuration="100/2400s"/>'
    '<format id="r25" name="FFVideoFormat1080p25"/>'
    '<asset id="a" name="A001" start="3600s" duration="100s" hasVideo="1" format="r1" uid="AB12">'
    '<media-rep src="file:///x/A001.mov"/></asset>'
    '<asset id="b" name="B001" start="0s" duration="100s" hasVideo="1" format="r1" '
    'src="file:///x/B001.mov"/>'
    '<asset id="p" name="PAL" start="3600s" duration="100s" hasVideo="1" format="r25" '
    'src="file:///x/PAL.mov"/>'
    '<asset id="s" name="S001" duration="100s" hasAudio="1" src="file:///x/S001.wav"/>'
    '<effect id="t" name="Basic Title"/>'
)


def fcpxml(spine: str, resources: str = "") -> Turnover:
    text = (
        f'<?xml version="1.0"?><!DOCTYPE fcpxml>\n<fcpxml version="1.10"><resources>{RESOURCES}'
        f'{resources}</resources><library><event><project name="P"><sequence format="r1" '
        f'tcStart="0s"><spine>{spine}</spine></sequence></project></event></library></fcpxml>'
    )
    return read_turnover(text.encode(), "p.fcpxml")


def told(events: tuple[Event, ...]) -> list[tuple[str, int, int, int]]:
    """Name, first and last frame, record."""
    return [(e.name, *e.needed, e.record) for e in events if not e.disabled and not e.trouble]


HOUR = 86400


@pytest.mark.parametrize(
    ("spine", "resources", "expected"),
    [
        # A compound trimmed to its second second.
        ('<ref-clip ref="m" offset="2s" start="1s" duration="1s"/>',
         '<media id="m"><sequence format="r1" tcStart="0s"><spine><asset-clip ref="a" offset="0s" '
         'name="A001" start="3605s" duration="4s"/></spine></sequence></media>',
         [("A001", HOUR + 144, HOUR + 167, 48)]),
        # A compound at twice its speed.
        ('<ref-clip ref="m" offset="0s" duration="1s"><timeMap><timept time="0s" value="0s"/>'
         '<timept time="2s" value="4s"/></timeMap></ref-clip>',
         '<media id="m"><sequence format="r1"><spine><asset-clip ref="a" offset="0s" name="A001" '
         'start="3605s" duration="4s"/></spine></sequence></media>',
         [("A001", HOUR + 120, HOUR + 166, 0)]),
        # Multicam: the angle of its picture, offset in the multicam's time.
        ('<mc-clip ref="m" offset="0s" start="3601s" duration="1s">'
         '<mc-source angleID="2" srcEnable="video"/><mc-source angleID="1" srcEnable="audio"/>'
         "</mc-clip>",
         '<media id="m"><multicam format="r1" tcStart="3600s"><mc-angle angleID="1">'
         '<asset-clip ref="a" offset="3600s" name="A001" duration="50s"/></mc-angle>'
         '<mc-angle angleID="2"><asset-clip ref="b" offset="3600s" name="B001" start="10s" '
         'duration="50s"/></mc-angle></multicam></media>',
         [("B001", 264, 287, 0)]),
        # A synced clip: picture inside, sound on a lane.
        ('<sync-clip offset="0s" start="2s" duration="1s"><asset-clip ref="b" offset="0s" '
         'name="B001" duration="50s"/><asset-clip ref="s" lane="-1" offset="0s" name="S001" '
         'duration="50s"/></sync-clip>', "", [("B001", 48, 71, 0)]),
        # A clip around a video: its name counts.
        ('<clip name="take 3" offset="0s" start="3602s" duration="1s"><video ref="a" '
         'offset="3600s" start="3600s" duration="100s"/></clip>', "",
         [("take 3", HOUR + 48, HOUR + 71, 0)]),
        # Connected to a gap, and connected to a clip in a lane of a storyline.
        ('<gap offset="0s" start="3600s" duration="4s"><asset-clip ref="b" lane="1" '
         'offset="3601s" name="B001" start="5s" duration="1s"/></gap>', "",
         [("B001", 120, 143, 24)]),
        ('<asset-clip ref="a" offset="0s" name="A001" start="3610s" duration="2s"><spine lane="1" '
         'offset="3611s"><asset-clip ref="b" offset="0s" name="B001" start="5s" duration="1s"/>'
         "</spine></asset-clip>", "",
         [("A001", HOUR + 240, HOUR + 287, 0), ("B001", 120, 143, 24)]),
        # An audition: its first take.
        ('<audition offset="1s"><asset-clip ref="a" name="A001" start="3601s" duration="1s"/>'
         '<asset-clip ref="b" name="B001" duration="1s"/></audition>', "",
         [("A001", HOUR + 24, HOUR + 47, 24)]),
        # 25 conformed to 24: each frame is one; in its own time: faster.
        ('<asset-clip ref="p" offset="0s" name="PAL" start="3604s" duration="1s">'
         '<conform-rate srcFrameRate="25"/></asset-clip>', "",
         [("PAL", 90000 + 100, 90000 + 123, 0)]),
        ('<asset-clip ref="p" offset="0s" name="PAL" start="3604s" duration="1s">'
         '<conform-rate scaleEnabled="0" srcFrameRate="25"/></asset-clip>', "",
         [("PAL", 90000 + 100, 90000 + 124, 0)]),
        # Forward, still and back in one clip.
        ('<asset-clip ref="b" offset="0s" name="B001" start="0s" duration="3s"><timeMap>'
         '<timept time="0s" value="1s"/><timept time="1s" value="3s"/>'
         '<timept time="2s" value="3s"/><timept time="3s" value="2s"/></timeMap></asset-clip>',
         "", [("B001", 24, 72, 0)]),
        # No duration, no start: all of the asset.
        ('<asset-clip ref="a" offset="0s" name="A001"/>', "", [("A001", HOUR, HOUR + 2399, 0)]),
    ],
)  # fmt: skip
def test_fcpxml_elements(
    spine: str, resources: str, expected: list[tuple[str, int, int, int]]
) -> None:
    """Each kind of story element shows the frames that Final Cut shows of it."""
    assert told(fcpxml(spine, resources).events) == expected


def test_fcpxml_counts_what_is_not_pulled() -> None:
    """Disabled clips, titles and stills are events; sound is counted apart."""
    found = fcpxml(
        '<asset-clip ref="a" offset="0s" name="A001" enabled="0" duration="1s"/>'
        '<title ref="t" offset="1s" name="Title" duration="1s"/>'
        '<asset-clip ref="a" offset="2s" name="A001" srcEnable="audio" duration="1s"/>'
        '<asset-clip ref="s" offset="3s" name="S001" duration="1s"/>'
        '<asset-clip ref="b" offset="4s" name="B001" srcEnable="video" duration="1s"/>'
    )
    assert [(e.name, e.disabled, bool(e.trouble)) for e in found.events] == [
        ("A001", True, False), ("Title", False, True), ("B001", False, False),
    ]  # fmt: skip
    assert found.sounds == 2


def test_fcpxml_multicam_without_a_picture() -> None:
    """A multicam clip whose angles are on for their sound alone shows nothing."""
    media = (
        '<media id="m"><multicam format="r1" tcStart="0s"><mc-angle angleID="1"><asset-clip '
        'ref="b" offset="0s" name="B001" duration="50s"/></mc-angle></multicam></media>'
    )
    for sources, shown in (("", 1), ("audio", 0), ("none", 0), ("all", 1)):
        source = f'<mc-source angleID="1" srcEnable="{sources}"/>' if sources else ""
        found = fcpxml(
            f'<mc-clip ref="m" offset="0s" duration="1s">{source}</mc-clip>'
            '<asset-clip ref="b" offset="1s" name="B001" duration="1s"/>',
            media,
        )
        assert (len(found.events), found.sounds) == (1 + shown, 1 - shown)


def test_fcpxml_says_more_of_a_clip() -> None:
    """Markers, reel, id and the CDL that Final Cut writes as a comment."""
    (event,) = fcpxml(
        '<asset-clip ref="a" offset="0s" name="A001" duration="1s"><marker start="0s" '
        'value="ABC_010"/><metadata><md key="com.apple.proapps.studio.reel" value="R7"/></metadata>'
        '<filter-video name="Color Correction"><!-- info-asc-cdl: slope="1.05 1 1" '
        'offset="0.0275 0 0" power="1.25 1.2 1" --></filter-video></asset-clip>'
    ).events
    assert (event.shot, event.reel, event.ids) == ("ABC_010", "R7", ("ab12",))
    assert event.cdl is not None
    assert (event.cdl.slope, event.cdl.power) == ((1.05, 1.0, 1.0), (1.25, 1.2, 1.0))


RATE = "<rate><timebase>24</timebase><ntsc>TRUE</ntsc></rate>"
FILE = (
    f'<file id="f"><name>A001.mov</name><pathurl>file://localhost/x/A001.mov</pathurl>{RATE}'
    f"<duration>2400</duration><timecode>{RATE}<string>01:00:00:00</string>"
    "<displayformat>NDF</displayformat><reel><name>A001R1</name></reel></timecode>"
    "<media><video/></media></file>"
)


def xmeml(track: str, more: str = "", video: str = "") -> Turnover:
    text = (
        f'<?xml version="1.0"?><!DOCTYPE xmeml>\n<xmeml version="4"><sequence id="s"><name>P</name>'
        f"{RATE}<media><video><track>{track}</track>{video}</video>{more}</media></sequence>"
        "</xmeml>"
    )
    return read_turnover(text.encode(), "p.xml")


def item(start: int, end: int, into: int, out: int, inner: str = FILE) -> str:
    return (
        f"<clipitem><name>A001</name>{RATE}<start>{start}</start><end>{end}</end><in>{into}</in>"
        f"<out>{out}</out>{inner}</clipitem>"
    )


def remap(speed: str, *parameters: str) -> str:
    return (
        "<filter><effect><effectid>timeremap</effectid><parameter><parameterid>speed</parameterid>"
        f"<value>{speed}</value></parameter>{''.join(parameters)}</effect></filter>"
    )


@pytest.mark.parametrize(
    ("track", "expected"),
    [
        (item(0, 24, 10, 34), (HOUR + 10, HOUR + 33)),
        # A subclip counts from its own start.
        (item(0, 24, 10, 34, FILE + "<subclipinfo><startoffset>100</startoffset></subclipinfo>"),
         (HOUR + 110, HOUR + 133)),
        # A speed without a graph: in and out count what is played ...
        (item(0, 24, 10, 34, FILE + remap("200")), (HOUR + 20, HOUR + 66)),
        # ... or, as other writers have it, the media's frames.
        (item(0, 24, 10, 58, FILE + remap("200")), (HOUR + 10, HOUR + 56)),
        (item(0, 24, 10, 34, FILE + remap("-100")), (HOUR + 10, HOUR + 33)),
        (item(0, 24, 10, 34, FILE + remap("0")), (HOUR + 10, HOUR + 10)),
        (item(0, 24, 10, 34, FILE + "<stillframe>TRUE</stillframe>"
              "<stillframeoffset>50</stillframeoffset>"), (HOUR + 50, HOUR + 50)),
        # Premiere's ticks say where the media begins.
        (item(0, 24, 10, 34, FILE + remap("50") +
              f"<pproTicksIn>{254016000000 * 1001 // 1000}</pproTicksIn>"), (HOUR + 24, HOUR + 36)),
    ],
)  # fmt: skip
def test_xmeml_clips(track: str, expected: tuple[int, int]) -> None:
    """In, out, subclips, speeds and stills."""
    (event,) = xmeml(track).events
    assert event.needed == expected
    assert (event.rate, event.reel, event.file) == (Fraction(24000, 1001), "A001R1", "A001.mov")


def test_xmeml_nested_sequences_and_tracks() -> None:
    """A nest is opened to its clips, once; tracks and clips that are off are disabled."""
    nest = (
        f'<sequence id="n"><name>N</name>{RATE}<media><video><track>{item(0, 100, 50, 150)}'
        "</track></video></media></sequence>"
    )
    named = '<file id="f"/>'
    off = item(0, 24, 0, 24, f"{named}<enabled>FALSE</enabled>")
    found = xmeml(
        item(0, 24, 10, 34, nest) + item(24, 48, 60, 84, '<sequence id="n"/>'),
        "<audio><track><clipitem/><clipitem/></track></audio>",
        f"<track>{off}</track><track>{item(0, 24, 0, 24, named)}<enabled>FALSE</enabled></track>",
    )
    assert [(e.needed, e.disabled, e.track) for e in found.events] == [
        ((HOUR + 60, HOUR + 83), False, 1),
        ((HOUR + 110, HOUR + 133), False, 1),
        ((HOUR, HOUR + 23), True, 2),
        ((HOUR, HOUR + 23), True, 3),
    ]
    assert found.sounds == 2


def test_xmeml_generators_offline_media_and_colour() -> None:
    """What has no camera file is told why; Premiere's colour fields are a CDL."""
    slug = '<file id="x"><name>Slug</name><mediaSource>Slug</mediaSource></file>'
    found = xmeml(
        "<generatoritem><name>T</name><start>0</start><end>24</end><in>0</in><out>24</out>"
        "<effect><name>Text</name></effect></generatoritem>"
        + item(24, 48, 0, 24, slug)
        + item(48, 72, 0, 24, FILE + "<colorinfo><asc_sop>(1.1 1 1)(0 0 0)(1 1 1)</asc_sop>"
               "<asc_sat>0,9</asc_sat></colorinfo>")
    )  # fmt: skip
    assert [e.trouble and e.trouble.partition(" (")[0] for e in found.events] == [
        "it is made by a generator",
        "its media was offline in the application that wrote the document",
        None,
    ]
    cdl = found.events[2].cdl
    assert cdl is not None
    assert (cdl.slope[0], cdl.saturation) == (1.1, 0.9)
