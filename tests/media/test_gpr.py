"""GoPro's GPR: the mosaic is that of other decoders, and the clip goes where any DNG goes."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rushes
from functions.contract.clip import RawFrame, Reading
from functions.contract.errors import DamagedSource, RushesError, UnsupportedMedia
from functions.contract.operation import Limits
from functions.media import open_clip
from functions.media.dng.file import read_frame
from functions.media.dng.pixels import Buffers
from functions.storage.rooted import RootedStore
from tests.kernels.vc5_twin import mosaic_of, planes_of, stream
from tests.media.dngs import LONG, SHORT, SRATIONAL, UNDEFINED, write_dng
from tests.media.exr_readers import by_openexr
from tests.media.gprs import scene, write_gpr
from tests.media.memory_store import ROOT, MemoryStore
from tests.media.test_dng_shading import gain_map, opcodes

KINDS = [("RGGB", 16383), ("RGGB", 4095), ("GBRG", 4095)]
CAMERA = {50721: (SRATIONAL, (9, 10, -3, 10, -1, 10, -5, 10, 13, 10, 2, 10, -1, 10, 2, 10, 6, 10)),
          50778: (SHORT, 21)}  # fmt: skip


def decoded(content: bytes) -> RawFrame:
    return read_frame(content, 0, 1 << 24, Buffers())


def by_flashraw(content: bytes, output: str = "raw-u16", opcodes: bool = False) -> Any:
    """The mosaic as another decoder has it."""
    flashraw = pytest.importorskip("flashraw", reason="flashraw, the other decoder, is not here")
    with flashraw.open(content) as file:
        frame = file.decode(output, crop=False, apply_opcodes=opcodes, corruption_policy="strict")
        return np.array(frame.array).squeeze()


@pytest.mark.parametrize("name", ["gopro_hero6_vc5.GPR", "gopro_fusion_back_vc5.GPR"])
def test_a_cameras_files_are_another_decoders(shared_data: Path, name: str) -> None:
    """Every sample of a real file, and what its tags say of it."""
    content = (shared_data / "raw" / name).read_bytes()
    frame = decoded(content)
    assert (frame.pattern, frame.black, frame.white) == ("RGGB", (0, 0, 0, 0), 16383)
    np.testing.assert_array_equal(frame.pixels, by_flashraw(content))


@pytest.mark.parametrize(("pattern", "white"), KINDS)
@pytest.mark.parametrize("quantiser", [1, 12])
def test_coded_mosaics_are_another_decoders(pattern: str, white: int, quantiser: int) -> None:
    """Every sample of a stream by the plain coder; of sizes that the other one takes."""
    content = write_gpr(scene(96, 160, pattern, white), pattern, white, quantiser=quantiser)
    np.testing.assert_array_equal(decoded(content).pixels, by_flashraw(content))


@pytest.mark.parametrize(("pattern", "white"), KINDS)
@pytest.mark.parametrize("size", [(34, 34), (66, 90), (64, 96)])
def test_each_site_has_its_own_light(pattern: str, white: int, size: tuple[int, int]) -> None:
    """What was coded comes back in its site and depth, as closely as 12 bits on a curve hold it."""
    mosaic = scene(*size, pattern, white)
    frame = decoded(write_gpr(mosaic, pattern, white))
    assert (frame.pattern, frame.white) == (pattern, white)
    np.testing.assert_allclose(frame.pixels, mosaic, rtol=0.02, atol=white / 400)


def test_a_sequence_is_developed_as_its_plain_twin(tmp_path: Path) -> None:
    """debayer and plate of GPRs give the pictures that uncompressed DNGs of the twin's mosaics do;
    inspect tells the codec and the camera."""
    for number in (7, 8):
        mosaic = np.roll(scene(), number, 1 if number % 2 else 0) // 2 * 2
        content = write_gpr(mosaic, tags=CAMERA)
        (tmp_path / f"G.{number:04d}.gpr").write_bytes(content)
        plain = write_dng(np.array(decoded(content).pixels), 16,
                          tags=CAMERA | {50717: (SHORT, 16383)})  # fmt: skip
        (tmp_path / f"P.{number:04d}.dng").write_bytes(plain)
    for operation in (rushes.debayer, rushes.plate):
        pictures = []
        for name in ("G.%04d.gpr", "P.%04d.dng"):
            out = tmp_path / operation.__name__ / name[0]
            operation(input=str(tmp_path / name), output=str(out))
            found = sorted(out.rglob("*.exr"))
            assert len(found) == 2
            pictures.append([by_openexr(path.read_bytes())[1] for path in found])
        for ours, twin in zip(*pictures, strict=True):
            for channel in "RGB":
                np.testing.assert_array_equal(ours[channel], twin[channel])
    report: Any = rushes.inspect(input=str(tmp_path / "G.%04d.gpr")).report
    assert (report["picture"]["codec"], report["picture"]["layout"]) == ("vc5", "cfa")
    assert report["frames"]["counted"] == 2


def test_gain_maps_as_of_any_dng() -> None:
    """Told by default, multiplied where shading is asked for."""
    grid = np.full((2, 2), 1.5)
    tags = {51009: (UNDEFINED, opcodes(gain_map(grid, (0, 0, 64, 96))))}
    store = MemoryStore({"x.gpr": write_gpr(scene(), tags=tags)})
    light = {}
    for lens in ("none", "shading"):
        clip = open_clip(ROOT + "x.gpr", store, Limits(), Reading(lens=lens))  # type: ignore[arg-type]
        (frame,) = clip.frames(clip.numbers())
        light[lens] = np.asarray(frame.pixels, np.float64) / frame.white
        assert any("GainMap" in note for note in clip.notes) == (lens == "none")
    np.testing.assert_allclose(light["shading"], np.minimum(1, 1.5 * light["none"]), rtol=1e-6)


def test_a_cameras_gain_maps_are_another_decoders(shared_data: Path) -> None:
    """Four maps of a real file, one for each site, to a thousandth, where nothing clips."""
    content = (shared_data / "raw" / "gopro_hero6_vc5.GPR").read_bytes()
    store = MemoryStore({"x.gpr": content})
    clip = open_clip(ROOT + "x.gpr", store, Limits(), Reading(lens="shading"))
    (frame,) = clip.frames(clip.numbers())
    ours = np.asarray(frame.pixels) / np.float32(frame.white)
    theirs = by_flashraw(content, "normalized", True)
    inside = (theirs > 0.01) & (theirs < 0.99)
    assert inside.mean() > 0.5
    np.testing.assert_allclose(ours[inside], theirs[inside], rtol=1e-3)


def test_what_gopros_own_data_holds_is_told() -> None:
    """The parts of GPMF in DNGPrivateData are named; a damaged one ends nothing."""

    def part(key: bytes, kind: bytes, body: bytes) -> bytes:
        return key + kind + struct.pack(">BH", 1, len(body)) + body + bytes(-len(body) % 4)

    device = part(b"DVID", b"L", bytes(4)) + part(b"DVNM", b"c", b"Back Lens")
    blob = b"GoPro\n" + part(b"DEVC", b"\0", device + part(b"STRM", b"\0", bytes(12)))
    for body, named in ((blob, True), (blob[:30], False), (b"GoPro\n" + b"\xff" * 40, False)):
        store = MemoryStore({"x.gpr": write_gpr(scene(), tags={50740: (UNDEFINED, body)})})
        notes = open_clip(ROOT + "x.gpr", store, Limits()).notes
        assert any("Back Lens (GPMF)" in note for note in notes) == named


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({84: 1}, "1 image format"),
        ({12: 3}, "3 channels"),
        ({102: 10}, "10 bits at most"),
        ({106: 4}, "4 pattern width"),
        ({108: 3}, "3 components a sample"),
        ({120: 2}, "tag 0x78"),
        ({0x4002: 0}, "tag 0x4002"),
        ({109: 0x1000}, "scaled"),
    ],
)
def test_other_streams_are_refused_by_name(said: dict[int, int], words: str) -> None:
    """What the standard allows and no GoPro writes is unsupported, with what it is."""
    mosaic = scene()
    body = stream(planes_of(mosaic), 96, 64, said=said)
    if 109 in said:
        body = body.replace(struct.pack(">HH", 109, 0x2800), struct.pack(">HH", 109, said[109]))
    with pytest.raises(UnsupportedMedia, match=words):
        decoded(write_gpr(mosaic, body=body))


@pytest.mark.parametrize(
    ("pattern", "white", "tags", "words"),
    [
        ("BGGR", 4095, {}, "BGGR"),
        ("GRBG", 16383, {}, "GRBG"),
        ("GBRG", 16383, {}, "WhiteLevel 16383"),
        ("RGGB", 65535, {}, "WhiteLevel 65535"),
        ("RGGB", 16383, {50829: (LONG, (1, 0, 64, 96))}, "first row"),
    ],
)
def test_other_mosaics_are_refused_by_name(
    pattern: str, white: int, tags: dict[int, Any], words: str
) -> None:
    """A phase or depth that nothing tells the colours of is unsupported."""
    body = stream(planes_of(scene()), 96, 64)
    with pytest.raises(UnsupportedMedia, match=words):
        decoded(write_gpr(scene(), pattern, white, body=body, tags=tags))


def test_streams_that_cannot_be() -> None:
    """No start, no header, a size of another picture, a band twice or none at all are damage."""
    planes = planes_of(scene())
    good = stream(planes, 96, 64)
    first = good.index(struct.pack(">H", 48))
    for body, words in (
        (b"VC-6" + good[4:], "does not start"),
        (stream(planes, 96, 48), "another size"),
        (good[:4] + good[12:], "header"),
        (good[:first] + struct.pack(">HH", 62, 5) + good[first:], "plane 5"),
        (good[:first] + struct.pack(">HH", 48, 3) + good[first + 4 :], "does not decode|band"),
        (good.replace(struct.pack(">HH", 62, 1), struct.pack(">HH", 62, 0)), "band 0 of plane 0"),
        (good.replace(struct.pack(">HH", 53, 1), struct.pack(">HH", 53, 0)), "quantiser"),
        (b"VC-5" + struct.pack(">hH", -9, 0) * 20_000, "nothing but tags"),
        (b"VC-5" + struct.pack(">HH", 12, 4), "truncated"),
    ):
        with pytest.raises(DamagedSource, match=words):
            decoded(write_gpr(scene(), body=body))


def test_hostile_streams_end_in_the_contracts_errors() -> None:
    """Cut anywhere it is damage; changed anywhere it is damage, refused, or a picture."""
    good = stream(planes_of(scene()), 96, 64)
    for length in range(0, len(good) - 4, 37):
        with pytest.raises(DamagedSource):
            decoded(write_gpr(scene(), body=good[:length] or b"\0"))
    rng = np.random.default_rng(11)
    ended = 0
    for _ in range(400):
        body = bytearray(good)
        for at in rng.integers(4, len(body), rng.integers(1, 5)):
            body[at] = rng.integers(256)
        try:
            decoded(write_gpr(scene(), body=bytes(body)))
        except RushesError as error:
            assert isinstance(error, (DamagedSource, UnsupportedMedia))
            ended += 1
    assert ended > 100


def test_real_files_with_damage(shared_data: Path, tmp_path: Path) -> None:
    """A real file whose end was never written is damage, and its name is in the sentence."""
    store = RootedStore((f"file://{tmp_path}",), None, None)
    content = (shared_data / "raw" / "gopro_fusion_back_vc5.GPR").read_bytes()
    path = tmp_path / "half.GPR"
    for keep in (8000, len(content) // 2, len(content) - 5000):
        path.write_bytes(content[:keep] + bytes(len(content) - keep))
        with pytest.raises((DamagedSource, UnsupportedMedia), match=r"half\.GPR"):
            clip = open_clip(f"file://{path}", store, Limits())
            list(clip.frames(clip.numbers()))


def test_the_twin_agrees() -> None:
    """Planes past both ends of the curve, through a whole file, as plain arithmetic has them."""
    planes = [np.full((32, 48), level) for level in (3000, 2600, 1200, 2048)]
    content = write_gpr(scene(), body=stream(planes, 96, 64))
    np.testing.assert_array_equal(decoded(content).pixels, mosaic_of(planes, "RGGB", 14))
