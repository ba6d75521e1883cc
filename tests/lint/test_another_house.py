"""A right delivery of another house, made by other people's tools, has nothing to be found."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.lint.deliveries import codes, lint
from tests.plate.test_package import movie
from tests.seal.reference_tool import ascmhl

PLATE = "AGM_104_065_010_PL01_v003"
AP0 = (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767)
AMF = f"""<?xml version="1.0" encoding="UTF-8"?>
<aces:acesMetadataFile xmlns:aces="urn:ampas:aces:amf:v2.0" version="2.0">
  <aces:amfInfo>
    <aces:author><aces:name>A. Colourist</aces:name></aces:author>
    <aces:dateTime>
      <aces:creationDateTime>2026-01-05T09:00:00Z</aces:creationDateTime>
      <aces:modificationDateTime>2026-01-05T09:00:00Z</aces:modificationDateTime>
    </aces:dateTime>
    <aces:uuid>urn:uuid:afe122be-59d3-4360-ad69-33c10108fa7a</aces:uuid>
  </aces:amfInfo>
  <aces:clipId>
    <aces:clipName>{PLATE}</aces:clipName>
    <aces:sequence idx="#" min="993" max="998">{PLATE}.####.exr</aces:sequence>
  </aces:clipId>
  <aces:pipeline>
    <aces:pipelineInfo>
      <aces:dateTime>
        <aces:creationDateTime>2026-01-05T09:00:00Z</aces:creationDateTime>
        <aces:modificationDateTime>2026-01-05T09:00:00Z</aces:modificationDateTime>
      </aces:dateTime>
      <aces:uuid>urn:uuid:afe122be-59d3-4360-ad69-33c10108fa7b</aces:uuid>
      <aces:systemVersion>
        <aces:majorVersion>2</aces:majorVersion>
        <aces:minorVersion>0</aces:minorVersion>
        <aces:patchVersion>0</aces:patchVersion>
      </aces:systemVersion>
    </aces:pipelineInfo>
    <aces:inputTransform applied="true">
      <aces:transformId>urn:ampas:aces:transformId:v2.0:CSC.Sony.Venice_SLog3_SGamut3_to_ACES.a2.v1</aces:transformId>
    </aces:inputTransform>
    <aces:outputTransform applied="false">
      <aces:transformId>urn:ampas:aces:transformId:v2.0:Output.Academy.Rec709-D65_100nit_in_Rec709-D65_BT1886.a2.v1</aces:transformId>
    </aces:outputTransform>
  </aces:pipeline>
</aces:acesMetadataFile>
"""
CC = """<ColorCorrection id="A001C002"><SOPNode><Slope>1.02 1 0.98</Slope><Offset>0 0 0</Offset>
<Power>1 1 1</Power></SOPNode><SatNode><Saturation>0.9</Saturation></SatNode></ColorCorrection>
"""


def scene(number: int, size: tuple[int, int]) -> Any:
    """Sky, street and shadows, and the grain of one frame."""
    height, width = size
    light = np.geomspace(4.0, 0.002, height)[:, None, None] * np.linspace(0.6, 1.4, width)[:, None]
    grain = np.random.default_rng(number).normal(1, 0.02, (height, width, 1))
    return np.clip(light * np.array([1.1, 1.0, 0.8]) * grain, 0, None).astype(np.float16)


@pytest.mark.parametrize("compression", ["none", "piz", "zips"])
def test_a_delivery_by_other_tools_passes(tmp_path: Path, compression: str) -> None:
    """Frames by OpenImageIO with what Nuke and cameras put into headers, a QuickTime by FFmpeg
    with a slate, AMF and CDL by hand, the camera's FDL left out, sealed by the ASC's tool."""
    import OpenImageIO

    package = tmp_path / PLATE
    folder = package / "4096x64"
    folder.mkdir(parents=True)
    for number in range(993, 999):
        spec = OpenImageIO.ImageSpec(4096, 64, 3, "half")
        spec.attribute("compression", compression)
        spec.attribute("chromaticities", "float[8]", AP0)
        if compression == "none":
            spec.attribute("acesImageContainerFlag", 1)
        spec.attribute("FramesPerSecond", OpenImageIO.TypeDesc("rational"), (24000, 1001))
        digits = number - 993
        spec.attribute("smpte:TimeCode", "timecode", (0x10221400 + digits, 0))
        spec.attribute("nuke/input/colorspace", "AlexaV3LogC")
        spec.attribute("interim/source/colorspace", "logC")
        spec.attribute("owner", "another house")
        out: Any = OpenImageIO.ImageOutput.create(str(folder / f"{PLATE}.{number:04d}.exr"))
        assert out.open(str(folder / f"{PLATE}.{number:04d}.exr"), spec)
        assert out.write_image(scene(number, (64, 4096)))
        out.close()
    movie(package / f"{PLATE}.mov", 7, Fraction(24000, 1001), "10:22:13:23")
    (package / f"{PLATE}.amf").write_text(AMF)
    (package / f"{PLATE}.cc").write_text(CC)
    ascmhl("create", "-h", "md5", package)
    report = lint(package)
    assert codes(report) == {"no-fdl"}
    assert [each["frames"] for each in report["sequences"]] == ["993-998"]


def test_an_amf_may_be_about_the_cameras_clip(tmp_path: Path) -> None:
    """Some houses ship the camera's AMF: that is told, and no fault."""
    from tests.lint.packages import BASE, make_package

    package = make_package(tmp_path)
    path = package / f"{BASE}.amf"
    path.write_text(path.read_text().replace(BASE, "A001_C002_0105AB"))
    found = [f for f in lint(package, checksum=False)["findings"] if f["severity"] != "error"]
    assert [(f["severity"], f["code"]) for f in found] == [("info", "amf-clip")]
