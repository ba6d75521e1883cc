"""OCIO config archives: what the library packs is read, and what is hostile ends in a sentence."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import numpy as np
import pytest

from functions.colour.chain.build import build_chain
from functions.colour.ocio.config_archive import MOST_ENTRIES, is_archive, read_archive
from functions.contract.errors import InvalidRequest, LimitExceeded, Refused, RushesError
from tests.colour import truth

CONFIG = """ocio_profile_version: 2.1
search_path: luts:more/luts
roles: {aces_interchange: aces, default: aces}
file_rules: [!<Rule> {name: Default, colorspace: default}]
displays: {show: [!<View> {name: film, colorspace: print}]}
colorspaces:
  - !<ColorSpace> {name: aces, encoding: scene-linear}
  - !<ColorSpace>
    name: print
    from_scene_reference: !<GroupTransform>
      children:
        - !<FileTransform> {src: print.cube, interpolation: tetrahedral}
        - !<FileTransform> {src: below/print.cube, interpolation: tetrahedral}
"""


def cube(sides: str) -> bytes:
    """A table of two entries a side, whose channels are formulas of r, g and b."""
    rows = [
        " ".join(str(eval(one, {"r": r, "g": g, "b": b})) for one in sides.split())
        for b in (0, 1) for g in (0, 1) for r in (0, 1)
    ]  # fmt: skip
    return ("LUT_3D_SIZE 2\n" + "\n".join(rows) + "\n").encode()


FILES = {
    "config.ocio": CONFIG.encode(),
    "luts/print.cube": cube("1-r g b"),
    "more/luts/below/print.cube": cube("r 1-g b"),
}


def packed(files: dict[str, bytes]) -> bytes:
    """A ZIP file of names and content."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def test_an_archive_of_the_library_is_what_the_library_reads(tmp_path: Path) -> None:
    """An archive that OpenColorIO packs gives the colours that OpenColorIO reads from it."""
    for name, content in FILES.items():
        target = tmp_path / "show" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    config = truth.ocio.Config.CreateFromFile(str(tmp_path / "show" / "config.ocio"))
    file = tmp_path / "show.ocioz"
    config.archive(str(file))
    assert is_archive(file.read_bytes())
    read = read_archive(file.read_bytes())
    assert sorted(read.files) == ["luts/print.cube", "more/luts/below/print.cube"]
    chain = build_chain("aces", None, "show/film", config=read.config, files=read.files)
    rgb = np.random.default_rng(1).random((50, 3), np.float32)
    there = truth.ocio.Config.CreateFromFile(str(file))
    forward = truth.ocio.TRANSFORM_DIR_FORWARD
    wanted = truth.run(there.getProcessor("aces", "show", "film", forward))(rgb)
    made = chain.apply(np.ascontiguousarray(rgb[None]))[0]
    assert np.abs(made - wanted).max() < 1e-5
    assert np.abs(made - (rgb * [-1, -1, 1] + [1, 1, 0])).max() < 1e-5


@pytest.mark.parametrize("name", ["../a.cube", "luts/../../a.cube", "/a.cube", "c:\\a", "..\\a"])
def test_names_that_climb_are_refused(name: str) -> None:
    """No entry of an archive may have a name outside of it, used or not."""
    with pytest.raises(Refused, match="climbs out"):
        read_archive(packed({**FILES, name: b"x"}))


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many entries, or more bytes than are read, are over the limit; what is small is not."""
    with pytest.raises(LimitExceeded, match="entries"):
        read_archive(packed({**FILES, **{f"{n}": b"" for n in range(MOST_ENTRIES)}}))
    monkeypatch.setattr("functions.colour.ocio.config_archive.MOST_BYTES", 100)
    with pytest.raises(LimitExceeded, match="more/luts/below"):
        read_archive(packed(FILES))
    bomb = {**FILES, "luts/print.cube": b"0" * 10_000_000}
    with pytest.raises(LimitExceeded, match="100 bytes"):
        read_archive(packed(bomb))
    assert read_archive(packed({"config.ocio": CONFIG.encode(), "huge": b"0" * 10_000_000}))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04", "does not unpack"),
        (packed(FILES)[:-30], "does not unpack"),
        (packed({"luts/print.cube": b""}), "no 'config.ocio'"),
        (packed({"config.ocio": b"nothing"}), "not valid"),
    ],
)
def test_what_is_no_archive_ends_in_a_sentence(data: bytes, said: str) -> None:
    """A damaged archive, or one without a config, says so."""
    with pytest.raises(InvalidRequest, match=said):
        read_archive(data)


def test_a_file_without_a_name_is_refused() -> None:
    """A central directory whose name begins with a zero, which ends names, has an empty one."""
    data = bytearray(packed(FILES))
    data[data.rindex(b"luts/print.cube")] = 0
    with pytest.raises(InvalidRequest, match="without a name"):
        read_archive(bytes(data))


def test_encrypted_entries_and_double_ones_are_named() -> None:
    """An entry with a password, and one name twice, are no archive of a config."""
    data = bytearray(packed(FILES))
    place = data.rindex(b"PK\x01\x02", 0, data.index(b"luts/print.cube", data.index(b"PK\x01\x02")))
    data[place + 8] |= 1
    with pytest.raises(InvalidRequest, match="encrypted"):
        read_archive(bytes(data))
    twice = io.BytesIO()
    with pytest.warns(UserWarning), zipfile.ZipFile(twice, "w") as archive:
        archive.writestr("config.ocio", CONFIG)
        archive.writestr("config.ocio", "other")
    with pytest.raises(InvalidRequest, match="more than once"):
        read_archive(twice.getvalue())


def test_damaged_bytes_never_crash() -> None:
    """Any byte of an archive may be another: it is read, or one of our errors says why not."""
    rng = np.random.default_rng(3)
    whole = packed(FILES)
    refused = 0
    for _ in range(300):
        data = bytearray(whole)
        for place in rng.integers(4, len(data), 3):
            data[place] = rng.integers(0, 256)
        try:
            read_archive(bytes(data))
        except RushesError:
            refused += 1
    assert refused > 100


def test_a_link_is_a_file_of_few_bytes() -> None:
    """A symbolic link in an archive leads nowhere: its target is its content."""
    link = zipfile.ZipInfo("luts/print.cube")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("config.ocio", CONFIG)
        archive.writestr(link, "/etc/hostname")
    assert read_archive(made.getvalue()).files["luts/print.cube"] == b"/etc/hostname"
