"""What OpenColorIO opens by itself: nothing. Files come through the store, or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from functions.colour.chain.build import build_chain
from functions.colour.ocio.config_files import config_files
from functions.colour.ocio.look_files import file_transforms
from functions.contract.errors import InvalidRequest, Refused, RushesError
from functions.picture.plan.decisions_in import beside_config
from functions.storage import open_store

CONFIG = """ocio_profile_version: 2.1
{environment}
search_path: {folder}
roles: {{aces_interchange: aces, default: aces}}
file_rules: [!<Rule> {{name: Default, colorspace: default}}]
displays: {{show: [!<View> {{name: film, colorspace: print}}]}}
colorspaces:
  - !<ColorSpace> {{name: aces, encoding: scene-linear}}
  - !<ColorSpace>
    name: print
    from_scene_reference: !<FileTransform> {{src: "{src}"}}
"""
RED = b"LUT_3D_SIZE 2\n" + b"1 0 0\n" * 8
CTF = """<?xml version="1.0" encoding="UTF-8"?><ProcessList id="x" version="1.7">
<Reference inBitDepth="32f" outBitDepth="32f" {how}/></ProcessList>"""


def config(src: str, folder: str = "luts", environment: str = "") -> bytes:
    """A config whose one view goes through one file."""
    return CONFIG.format(src=src, folder=folder, environment=environment).encode()


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that no request may name, with a table in it; a variable leads there."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret.cube").write_bytes(RED)
    monkeypatch.setenv("OUTSIDE", str(folder))
    yield folder


def shown(text: bytes, files: dict[str, bytes]) -> list[float]:
    """Mid grey through the view."""
    chain = build_chain("aces", None, "show/film", config=text, files=files)
    return [float(v) for v in chain.apply(np.full((1, 1, 3), 0.18, np.float32))[0, 0]]


def test_an_absolute_file_that_was_not_given_is_refused(outside: Path) -> None:
    """By its src or by a search path: the sentence is the same whether the file is there or not."""
    said = set()
    for name in ("secret.cube", "missing.cube"):
        for text in (config(f"{outside}/{name}"), config(name, folder=str(outside))):
            with pytest.raises(RushesError) as problem:
                shown(text, {})
            said.add(str(problem.value).replace(name, "X"))
            assert problem.value.code == "refused"
    assert len(said) == 1


@pytest.mark.parametrize("environment", ["", "environment: {}", "environment: {OUTSIDE: nowhere}"])
def test_variables_are_those_of_the_config(outside: Path, environment: str) -> None:
    """The process's environment, which holds secrets too, neither finds files nor is told."""
    for src in ("${OUTSIDE}/secret.cube", "$OUTSIDE.cube"):
        with pytest.raises(RushesError) as problem:
            shown(config(src, environment=environment), {})
        assert str(outside) not in str(problem.value)


def test_a_variable_with_a_default_is_resolved(outside: Path) -> None:
    """What the config itself declares finds its file."""
    text = config("${SHOT}.cube", environment="environment: {SHOT: a1}")
    assert config_files(text) == (("luts/a1.cube", "a1.cube"),)
    assert shown(text, {"luts/a1.cube": RED}) == pytest.approx([1, 0, 0], abs=1e-3)


def test_an_absolute_file_inside_the_roots_is_read_through_the_store(outside: Path) -> None:
    """Roots decide about absolute names as about any other."""
    where = outside.parent / "show.ocio"
    for roots, there in ((("file:///",), True), ((f"file://{where}",), False)):
        store = open_store(roots, None)
        for text in (
            config(f"{outside}/secret.cube"),
            config("secret.cube", folder=str(outside)),
        ):
            found = dict(beside_config(f"file://{where}", text, store))
            named = {f"{outside}/secret.cube": f"file://{outside}/secret.cube"}
            assert found == (named if there else {})
    files = {f"{outside}/secret.cube": RED}
    text = config("secret.cube", folder=str(outside))
    assert shown(text, files) == pytest.approx([1, 0, 0], abs=1e-3)


def test_a_file_of_the_same_name_is_not_taken_for_an_absolute_one(outside: Path) -> None:
    """/outside/secret.cube is not secret.cube beside the config."""
    with pytest.raises(Refused):
        shown(config(f"{outside}/secret.cube"), {"secret.cube": RED})


def test_references_of_transform_files_stay_inside(outside: Path) -> None:
    """A CTF that names another file is refused, whatever its own name says that it is."""
    absolute = CTF.format(how=f'path="{outside}/secret.cube"').encode()
    for name in ("a.ctf", "a.clf"):
        with pytest.raises(Refused):
            file_transforms(name, {name: absolute})
    with pytest.raises(InvalidRequest):
        file_transforms("a.cube", {"a.cube": absolute})
    for how in ('path="../outside/secret.cube"', 'path="secret.cube"', 'alias="monitor"'):
        with pytest.raises(InvalidRequest):
            file_transforms("a.ctf", {"a.ctf": CTF.format(how=how).encode()})


def test_configs_of_one_name_do_not_see_each_others_files() -> None:
    """The library keeps files by name for the process: each config has names of its own."""
    from functions.colour.ocio.library import shelf, user_config

    green = b"LUT_3D_SIZE 2\n" + b"0 1 0\n" * 8
    text = config("a.cube")
    first = shelf(user_config(text), {"luts/a.cube": RED})
    second = shelf(user_config(text), {"luts/a.cube": green})
    found = []
    for one in (first, second, first):
        processor = one.config.getProcessor("aces", "print").getDefaultCPUProcessor()
        found.append(processor.applyRGB([0.5, 0.5, 0.5]))
    assert found == [[1, 0, 0], [0, 1, 0], [1, 0, 0]]


def test_the_environment_is_as_it_was(outside: Path) -> None:
    """Nothing is taken out of the process's own environment for it."""
    with pytest.raises(RushesError):
        shown(config("${OUTSIDE}/secret.cube"), {})
    assert os.environ["OUTSIDE"] == str(outside)


def test_a_config_whose_fault_is_told_in_broken_characters_is_invalid() -> None:
    """The library quotes the file in bytes that are no UTF-8."""
    text = b"\x00\x00\x00\x00_profile_version: 1e-400\n" + config("a.cube")
    for data in (text, text.replace(b"aces", "é\U0001f3a5".encode()), "\u20ac".encode() * 200):
        with pytest.raises(InvalidRequest):
            config_files(data)
