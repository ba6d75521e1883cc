"""A user's OCIO config: its spaces, views and files beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from functions.colour.chain.build import build_chain
from functions.contract.errors import InvalidRequest
from tests.colour import truth

SHOW = """ocio_profile_version: 2.1
environment: {}
search_path: luts
roles: {aces_interchange: ACES2065-1, default: ACES2065-1}
file_rules: [!<Rule> {name: Default, colorspace: default}]
displays:
  monitor: [!<View> {name: Show, colorspace: show_display, looks: warm}]
active_displays: []
active_views: []
looks:
  - !<Look> {name: warm, process_space: ACES2065-1,
             transform: !<CDLTransform> {slope: [1.2, 1, 0.8]}}
colorspaces:
  - !<ColorSpace> {name: ACES2065-1, encoding: scene-linear}
  - !<ColorSpace> {name: camera, aliases: [unit_b], encoding: log,
                   to_scene_reference: !<FileTransform> {src: camera.clf}}
  - !<ColorSpace> {name: show_display, encoding: sdr-video,
                   from_scene_reference: !<ExponentTransform> {value: 2.2, direction: inverse}}
  - !<ColorSpace> {name: depth, isdata: true}
"""
CAMERA = b"""<?xml version="1.0"?><ProcessList id="c" compCLFversion="3.0">
<Matrix inBitDepth="32f" outBitDepth="32f"><Array dim="3 3">2 0 0 0 3 0 0 0 4</Array></Matrix>
</ProcessList>"""


def over(chain: Any, rgb: Any) -> Any:
    return chain.apply(np.ascontiguousarray(rgb[None]))[0]


@pytest.mark.parametrize("name", ["camera", "unit_b"])
@pytest.mark.parametrize("place", ["camera.clf", "luts/camera.clf"])
def test_its_space_and_file(name: str, place: str) -> None:
    """A space of the config, by name or alias, with a file that lies where the config looks."""
    chain = build_chain(name, None, "aces", config=SHOW.encode(), files={place: CAMERA})
    rgb = np.full((4, 3), 0.1, np.float32)
    assert np.allclose(over(chain, rgb), [0.2, 0.3, 0.4], rtol=1e-5)
    assert "camera" in chain.lines[0].text


def test_its_view() -> None:
    """An output may be a display and view of the config, looks of the view included."""
    chain = build_chain("aces", None, "monitor/Show", config=SHOW.encode())
    rgb = np.full((4, 3), 0.18, np.float32)
    wanted = (0.18 * np.array([1.2, 1.0, 0.8])) ** (1 / 2.2)
    assert np.abs(over(chain, rgb) - wanted).max() < 0.5 / 1023
    assert not chain.scene_linear


def test_built_in_names_stay() -> None:
    """Beside a config our own names still work."""
    chain = build_chain("arri-logc3", None, "acescg", config=SHOW.encode())
    codes = np.random.default_rng(0).uniform(0, 0.8, (200, 3)).astype(np.float32)
    wanted = truth.run(truth.config("2").getProcessor("ARRI LogC3 (EI800)", "ACEScg"))(codes)
    assert truth.half_units(over(chain, codes), wanted) <= 2.0


def test_shared_configs(shared_data: Path) -> None:
    """The library's own configs, given as a user's, give what they give built in."""
    for file in sorted((shared_data / "colour" / "ocio").glob("*.ocio")):
        chain = build_chain("ACEScct", None, "acescg", config=file.read_bytes())
        codes = np.random.default_rng(0).uniform(0, 0.8, (200, 3)).astype(np.float32)
        wanted = truth.run(truth.config("2").getProcessor("ACEScct", "ACEScg"))(codes)
        assert truth.half_units(over(chain, codes), wanted) <= 2.0


@pytest.mark.parametrize(
    ("config", "source", "output", "sentence"),
    [
        (b"no config", "aces", "acescg", "not valid"),
        (b"\xff\xfe", "aces", "acescg", "UTF-8"),
        (SHOW.encode(), "depth", "aces", "data"),
        (SHOW.encode(), "cam", "aces", "near it: .*camera"),
        (SHOW.encode(), "aces", "monitor/Shaw", "near it: monitor/Show"),
        (SHOW.encode(), "camera", "aces", "camera.clf"),
        (SHOW.replace("aces_interchange: ACES2065-1, ", "").replace("ACES2065-1", "lin").encode(),
         "camera", "aces", "aces_interchange"),
    ],
)  # fmt: skip
def test_refused(config: bytes, source: str, output: str, sentence: str) -> None:
    """What a config does not have, or that is none, ends in a sentence."""
    with pytest.raises(InvalidRequest, match=sentence):
        build_chain(source, None, output, config=config)
