"""Small valid files of every format, made here; real ones may be added from a folder."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

import rushes
from tests.media import (
    acquisition_files,
    arri_files,
    crm_files,
    dngs,
    gprs,
    mcraw_files,
    movies,
    undecoded_files,
)

SMALL = 3 << 20
LOOKS = ("cube", "3dl", "clf", "ctf", "cc", "ccc", "cdl")
CONFIGS = ("ocio", "ocioz")
TURNOVERS = ("edl", "otio", "otioz", "fcpxml", "xml", "aaf", "ale", "csv", "tsv")
_CDL = (
    '<ColorCorrection xmlns="urn:ASC:CDL:v1.2" id="A1"><SOPNode><Slope>1.1 1 0.9</Slope>'
    "<Offset>0.01 0 -0.02</Offset><Power>1 1 1.2</Power></SOPNode><SatNode><Saturation>0.8"
    "</Saturation></SatNode></ColorCorrection>"
)
_CLF = """<?xml version="1.0"?><ProcessList id="c" compCLFversion="3.0">
<Matrix inBitDepth="32f" outBitDepth="32f"><Array dim="3 3">1 0.1 0 0 1 0 0 0 1</Array></Matrix>
<LUT1D inBitDepth="32f" outBitDepth="32f"><Array dim="3 1">0 0.4 1</Array></LUT1D>
<Log inBitDepth="32f" outBitDepth="32f" style="linToLog"><LogParams base="10" linSideSlope="1"
linSideOffset="0.1" logSideSlope="0.2" logSideOffset="0.1"/></Log></ProcessList>"""
_CONFIG = """ocio_profile_version: 2.1
environment: {SHOT: a1}
search_path: luts
roles: {aces_interchange: aces, default: aces}
file_rules: [!<Rule> {name: Default, colorspace: default}]
displays: {show: [!<View> {name: film, colorspace: print}]}
colorspaces:
  - !<ColorSpace> {name: aces, encoding: scene-linear}
  - !<ColorSpace> {name: print, from_scene_reference: !<FileTransform> {src: "${SHOT}.cube"}}
"""
_EDL = """TITLE: CUT
FCM: NON-DROP FRAME
001  A001C001 V     C        01:00:00:00 01:00:02:00 00:00:00:00 00:00:02:00
* FROM CLIP NAME: A001C001
M2   A001C001       048.0                01:00:00:00
002  A001C002 V     D    012 02:00:00:00 02:00:01:00 00:00:02:00 00:00:03:00
"""
_ALE = """Heading
FIELD_DELIM\tTABS
VIDEO_FORMAT\t1080
FPS\t24

Column
Name\tTape\tStart\tEnd\tASC_SOP

Data
A001C001\tA001\t01:00:00:00\t01:00:02:00\t(1 1 1)(0 0 0)(1 1 1)
"""
_FCPXML = """<?xml version="1.0"?><!DOCTYPE fcpxml><fcpxml version="1.9"><resources>
<format id="r1" frameDuration="1/24s" width="64" height="48"/>
<asset id="r2" name="A001C001" start="0s" duration="48/24s" hasVideo="1" format="r1"/></resources>
<library><event><project name="Cut"><sequence format="r1" duration="48/24s"><spine>
<asset-clip ref="r2" name="A001C001" offset="0s" duration="24/24s" start="12/24s"/>
</spine></sequence></project></event></library></fcpxml>"""
_XMEML = """<?xml version="1.0"?><xmeml version="5"><sequence><name>Cut</name><rate><timebase>24
</timebase><ntsc>FALSE</ntsc></rate><media><video><track><clipitem id="c1"><name>A001C001</name>
<duration>48</duration><rate><timebase>24</timebase><ntsc>FALSE</ntsc></rate><in>0</in><out>24</out>
<start>0</start><end>24</end><file id="f1"><name>A001C001.mov</name><pathurl>file:///a/A001C001.mov
</pathurl></file></clipitem></track></video></media></sequence></xmeml>"""
_OTIO: dict[str, Any] = {
    "OTIO_SCHEMA": "Timeline.1", "name": "Cut", "tracks": {"OTIO_SCHEMA": "Stack.1", "children": [{
        "OTIO_SCHEMA": "Track.1", "kind": "Video", "children": [{
            "OTIO_SCHEMA": "Clip.1", "name": "A001C001", "source_range": {
                "OTIO_SCHEMA": "TimeRange.1",
                "start_time": {"OTIO_SCHEMA": "RationalTime.1", "rate": 24, "value": 10},
                "duration": {"OTIO_SCHEMA": "RationalTime.1", "rate": 24, "value": 12}},
            "media_reference": {"OTIO_SCHEMA": "ExternalReference.1", "target_url": "A001C001.mov"},
        }]}]}}  # fmt: skip


def write_seeds(folder: Path, more: Path | None = None) -> dict[str, list[Path]]:
    """Files by kind: media, looks, configs, turnovers, amf, fdl, mhl."""
    for name, make in {**_media(), **_texts()}.items():
        (folder / name).write_bytes(make())
    _ours(folder)
    _archive(folder / "a.ocioz")
    found: dict[str, list[Path]] = {}
    files = sorted(folder.iterdir()) + (sorted(more.rglob("*")) if more else [])
    for path in files:
        if path.is_file() and 0 < path.stat().st_size <= SMALL and (kind := kind_of(path)):
            found.setdefault(kind, []).append(path)
    return found


def kind_of(path: Path) -> str:
    """What a file is tried as, "" for what is tried as nothing."""
    suffix = path.suffix.lower().lstrip(".")
    for kind, suffixes in (
        ("look", LOOKS), ("config", CONFIGS), ("turnover", TURNOVERS), ("amf", ("amf",)),
        ("fdl", ("fdl",)), ("mhl", ("mhl",)),
    ):  # fmt: skip
        if suffix in suffixes:
            return kind
    skipped = ("", "txt", "tsv", "md", "json", "xsd", "py", "wav", "yaml", "sha256")
    return "" if suffix in skipped else "media"


def _media() -> dict[str, Callable[[], bytes]]:
    cfa = dngs.noisy((16, 24), 12)
    rgb = dngs.noisy((16, 24, 3), 16)
    packed = movies.packed_words(movies.plate(1), 14)
    return {
        "a.dng": lambda: dngs.write_dng(cfa, 12),
        "b.dng": lambda: dngs.write_dng(cfa, 12, compression="ljpeg", tile=(16, 16), components=2),
        "c.dng": lambda: dngs.write_dng(rgb, 16, compression="deflate", predictor=2),
        "a.gpr": lambda: gprs.write_gpr(gprs.scene()),
        "a.ari": lambda: arri_files.ari(cfa),
        "b.ari": lambda: arri_files.ari(cfa, packing="bytes", family=b"A-MINI"),
        "a.r3d": undecoded_files.r3d,
        "b.mxf": lambda: undecoded_files.mxf(undecoded_files.ARRIRAW),
        "b.braw": undecoded_files.braw,
        "c.mxf": lambda: acquisition_files.arri_mxf({"slate_info": {"scene": "10A", "take": "1"}}),
        "documents.mov": lambda: acquisition_files.with_documents(
            acquisition_files.sony_xml(), [acquisition_files.rtmd({0x8000: b"\xd1\x00"}, {})] * 6
        ),
        "a.mlv": lambda: movies.mlv([(0, packed), (1, packed)]),
        "a.crm": lambda: crm_files.crm([crm_files.scene(n, 48, 44) for n in range(2)]),
        "a.mcraw": lambda: mcraw_files.recording([mcraw_files.scene(n, 32, 16) for n in range(2)]),
        "b.mcraw": lambda: mcraw_files.recording([mcraw_files.scene(0, 32, 16)], coding=6),
        "a.cine": lambda: movies.cine([movies.plate(n).tobytes() for n in range(2)]),
        "a.mov": lambda: movies.movie(3),
        "b.mov": lambda: movies.movie(2, codec="prores_ks", pixel_format="yuv422p10le"),
        "a.mp4": lambda: movies.movie(3, container="mp4", codec="libx264"),
        "a.mxf": lambda: movies.movie(2, container="mxf", codec="mpeg2video", size=(64, 48)),
        "a.nut": lambda: movies.bayer_movie(2),
    }


def _texts() -> dict[str, Callable[[], bytes]]:
    cube = "LUT_3D_SIZE 2\n" + "".join(
        f"{r} {g} {b}\n" for b in (0, 1) for g in (0, 1) for r in (0, 1)
    )
    shaper = "LUT_1D_SIZE 2\nLUT_1D_INPUT_RANGE 0 1\nLUT_3D_SIZE 2\n0 0 0\n1 1 1\n"
    mesh = "0 341 682 1023\n" + "".join(
        f"{r} {g} {b}\n" for r in (0, 341, 682, 1023) for g in (0, 341, 682, 1023)
        for b in (0, 341, 682, 1023)
    )  # fmt: skip
    listed = (
        f'<ColorCorrectionCollection xmlns="urn:ASC:CDL:v1.2">{_CDL}</ColorCorrectionCollection>'
    )
    pull = "clip,in,out\nA001C001,01:00:00:00,01:00:02:00\n"
    rows = cube.partition("\n")[2]
    texts = {
        "a.cube": 'TITLE "x"\n' + cube, "b.cube": shaper + rows, "a.3dl": mesh, "a.clf": _CLF,
        "a.cc": _CDL, "a.ccc": listed, "a.ocio": _CONFIG, "a.edl": _EDL, "a.ale": _ALE,
        "a.fcpxml": _FCPXML, "a.xml": _XMEML, "a.otio": json.dumps(_OTIO), "a.csv": pull,
    }  # fmt: skip
    return {name: text.encode for name, text in texts.items()}


def _ours(folder: Path) -> None:
    """What the operations write: EXR, DPX, TIFF, AMF, FDL, MHL."""
    picture = dngs.noisy((18, 32, 3), 16)
    tifffile.imwrite(folder / "a.tif", picture, photometric="rgb", compression="zlib")
    for profile in ("aces-exr", "rec709-dpx", "p3d65-pq-tiff"):
        out = folder / "made" / profile
        rushes.deliver(input=str(folder / "a.tif"), output=str(out), profile=profile, width=16,
                       source="aces")  # fmt: skip
        for path in out.iterdir():
            if path.is_file():
                path.rename(folder / f"{profile}{path.suffix}")
    _png(folder / "a.png", (picture >> 8).astype(np.uint8))


def _png(path: Path, picture: Any) -> None:
    from functions.media.preview.contact_sheet import png

    path.write_bytes(png(np.ascontiguousarray(picture)))


def _archive(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.ocio", _CONFIG)
        archive.writestr("luts/a1.cube", _texts()["a.cube"]())
