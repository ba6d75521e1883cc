"""The camera record of `inspect`: one schema, filled from what the formats say."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import Any

import av
import jsonschema
import numpy as np
import pytest

from functions.serve.http.openapi import document
from functions.serve.run.catalog import Catalog
from tests.inspect.unit import inspected
from tests.media.dngs import ASCII, BYTE, RATIONAL, noisy, write_dng
from tests.media.memory_store import ROOT, MemoryStore

XMP = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description
 xmpDM:scene="12A" xmpDM:tapeName="A001R2EC"><xmpDM:takeNumber>3</xmpDM:takeNumber>
 </rdf:Description></rdf:RDF></x:xmpmeta>"""


def frame(focus: int) -> bytes:
    tags: dict[int, tuple[int, Any]] = {
        271: (ASCII, "Rushes"),
        700: (BYTE, tuple(XMP)),
        51058: (RATIONAL, (28, 10)),
        37382: (RATIONAL, (focus, 1000)),
        42037: (ASCII, "5512"),
        51105: (ASCII, "B"),
    }
    return write_dng(noisy((8, 8), 12), 12, tags=tags)


def valid(report: dict[str, Any]) -> None:
    """Hold a report against the schema of the OpenAPI document."""
    described = document(Catalog(), ["inspect"])
    schema = {**described, "$ref": "#/components/schemas/Report", "unevaluatedProperties": False}
    jsonschema.Draft202012Validator(schema).validate(report)


def test_facts_of_a_dng_and_its_lens_from_frame_to_frame() -> None:
    """T-stop, focus, label, XMP's scene and take, and a table row for each change of focus."""
    files = {f"A001.{n:04d}.dng": frame(1500 if n < 3 else 1750) for n in range(1, 5)}
    report, _ = inspected(MemoryStore(files), ROOT + "A001.%04d.dng")
    valid(report)
    camera = report["camera"]
    assert (camera["t_stop"], camera["focus_metres"], camera["lens_serial"]) == (2.8, 1.5, "5512")
    assert (camera["camera_id"], camera["scene"], camera["take"]) == ("B", "12A", "3")
    assert report["reel"] == "A001R2EC"
    assert report["lens"] == [
        {"frame": 1, "focus_metres": 1.5, "t_stop": 2.8},
        {"frame": 3, "focus_metres": 1.75, "t_stop": 2.8},
    ]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (
            {
                "com.apple.proapps.manufacturer": "Sony",
                "com.apple.proapps.modelname": "FX9",
                "org.smpte.rdd18.camera.shutterspeed_angle": "179.2deg",
                "org.smpte.rdd18.camera.whitebalance": "4300K",
                "org.smpte.rdd18.camera.isosensitivity": "4000",
                "com.apple.proapps.scene": "12A",
            },
            {
                "make": "Sony", "model": "FX9", "shutter_degrees": 179.2, "white_kelvin": 4300.0,
                "iso": 4000, "scene": "12A",
            },
        ),
        (
            {
                "com.arri.camera.CameraModel": "ALEXA Mini",
                "com.arri.camera.WhiteBalanceTintCc": "-1.5",
                "com.arri.camera.ExposureIndexAsa": "nonsense",
                "com.arri.camera.ReelName": "A003R24Y",
            },
            {"make": "ARRI", "model": "ALEXA Mini", "tint": -1.5, "reel": "A003R24Y"},
        ),
    ],
)  # fmt: skip
def test_keys_of_a_movie(keys: dict[str, str], expected: dict[str, Any]) -> None:
    """QuickTime's keys become the record's numbers; a value that is none is left out."""
    out = io.BytesIO()
    options = {"movflags": "use_metadata_tags"}
    with av.open(out, "w", format="mov", options=options) as container:
        container.metadata.update(keys)
        stream = container.add_stream("mpeg4", rate=Fraction(24))
        stream.width = stream.height = 32
        stream.pix_fmt = "yuv420p"
        picture = av.VideoFrame.from_ndarray(np.full((48, 32), 128, np.uint8), "yuv420p")
        for packet in (*stream.encode(picture), *stream.encode(None)):
            container.mux(packet)
    report, _ = inspected(MemoryStore({"A.mov": out.getvalue()}), ROOT + "A.mov")
    valid(report)
    assert report["camera"] == {**expected, "rate": "24"}
