"""What the pages' readers have in their folders: small clips, a cut, a grade, a framing."""

from __future__ import annotations

import json
import os
import shutil
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from demo.make_clip import make_clip
from tests.debayer.test_decisions import CUBE, SCOPE
from tests.sidecars import test_amf_rules as amf

EDL = """TITLE: SHOW_R1
FCM: NON-DROP FRAME
001  A001C001 V     C        01:00:00:02 01:00:00:06 01:00:00:00 01:00:00:04
* FROM CLIP NAME: A001_C001
* LOC: 01:00:00:01 RED     ABC_010
002  A002C003 V     C        02:00:00:02 02:00:00:08 01:00:00:04 01:00:00:10
* FROM CLIP NAME: A002_C003
* LOC: 01:00:00:05 RED     ABC_020
"""
FCPXML = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE fcpxml>
<fcpxml version="1.10"><resources>
<format id="r1" frameDuration="1/24s" width="320" height="180"/>
<asset id="r2" name="A001_C001" start="3600s" duration="8/24s" hasVideo="1" format="r1">
<media-rep kind="original-media" src="file:///camera/A001_C001"/></asset>
</resources><library><event><project name="reel1"><sequence format="r1" tcStart="3600s">
<spine><asset-clip ref="r2" name="A001_C001" offset="3600s" start="86402/24s" duration="4/24s"
 format="r1"><marker start="86403/24s" duration="1/24s" value="ABC_040"/></asset-clip></spine>
</sequence></project></event></library></fcpxml>
"""
CC = """<ColorCorrection id="shot"><SOPNode><Slope>1.1 1 1</Slope><Offset>0 0 0</Offset>
<Power>1 1 1</Power></SOPNode></ColorCorrection>"""


def make(folder: Path) -> None:
    """Everything, into an empty folder."""
    camera = folder / "camera"
    make_clip(camera / "A001_C001", frames=8, width=320, height=180)
    shutil.copytree(camera / "A001_C001", folder / "A001_C001")
    movie(camera / "A002_C003.mov", frames=12, timecode="02:00:00:00", reel="A002C003")
    take = folder / "A001"
    make_clip(take, frames=24, width=320, height=180)
    for number, path in enumerate(sorted(take.iterdir()), 1001):
        path.rename(take / f"A001.{number:06d}.dng")
    movie(folder / "A001.mov", frames=4, timecode="01:00:00:00", reel="A001")
    look = amf.cdl_look() + amf.output_step()
    (folder / "A001.amf").write_bytes(amf.file(look))
    (folder / "grade.amf").write_bytes(amf.file(look))
    (folder / "looks").mkdir()
    (folder / "looks" / "A001_C001.amf").write_bytes(amf.file(look))
    (folder / "A001.fdl").write_text(SCOPE)
    (folder / "scope.fdl").write_text(SCOPE)
    (folder / "show.cube").write_text(CUBE)
    (folder / "shot.cc").write_text(CC)
    (folder / "cut.edl").write_text(EDL)
    (folder / "reel1.fcpxml").write_text(FCPXML)
    request = {"input": "A001/", "output": "again/", "frames": "1001-1002"}
    (folder / "request.json").write_text(json.dumps(request))


def movie(path: Path, frames: int, timecode: str, reel: str) -> None:
    """ProRes in Rec.709 of a grey that rises, with a tone of 1 kHz and a start timecode."""
    rate, size = 24, (320, 180)
    with av.open(str(path), "w") as out:
        picture = out.add_stream("prores_ks", rate=Fraction(rate), options={"profile": "2"})
        picture.width, picture.height = size
        picture.pix_fmt = "yuv422p10le"
        picture.metadata["timecode"] = timecode
        picture.metadata["reel_name"] = reel
        context = picture.codec_context
        context.color_primaries, context.color_trc, context.colorspace = 1, 1, 1
        sound = out.add_stream("pcm_s24le", rate=48000, layout="stereo")
        for number in range(frames):
            shade = np.full((size[1], size[0], 3), 60 + number * 4, np.uint8)
            out.mux(picture.encode(av.VideoFrame.from_ndarray(shade, format="rgb24")))
        times = np.arange(frames * 48000 // rate) / 48000
        tone = (np.sin(2000 * np.pi * times) * 2**28).astype(np.int32)
        heard = av.AudioFrame.from_ndarray(
            np.repeat(tone, 2)[np.newaxis], format="s32", layout="stereo"
        )
        heard.sample_rate = 48000
        out.mux(sound.encode(heard))
        for stream in (picture, sound):
            out.mux(stream.encode(None))


def lay(stock: Path, folder: Path) -> None:
    """A copy of it by hard links: nothing here writes into a source."""
    for path in stock.rglob("*"):
        there = folder / path.relative_to(stock)
        if path.is_dir():
            there.mkdir(exist_ok=True)
        else:
            os.link(path, there)
