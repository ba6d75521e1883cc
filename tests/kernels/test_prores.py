"""ProRes frames against FFmpeg's decoder, plain twins and the published rates."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from kernels.video.prores import LEAST, ROUND, encode_prores
from kernels.video.prores_rate import PROFILES, target_bytes
from kernels.video.prores_tables import MATRICES
from tests.kernels.prores_twin import alpha_of, decoded, expected, slices

Words = npt.NDArray[np.uint16]
# Apple's table, Mb/s: a row of each class of size, and both ends of the largest.
PUBLISHED = {
    (720, 486, "30000/1001"): (12, 29, 42, 63, 94, 141),
    (720, 576, "25"): (12, 28, 41, 61, 92, 138),
    (960, 720, "60000/1001"): (38, 87, 126, 189, 283, 424),
    (1280, 720, "60000/1001"): (45, 101, 147, 220, 330, 495),
    (1440, 1080, "30000/1001"): (38, 87, 126, 189, 283, 424),
    (1280, 1080, "30000/1001"): (38, 87, 126, 189, 283, 424),
    (1920, 1080, "24000/1001"): (36, 82, 117, 176, 264, 396),
    (1920, 1080, "60000/1001"): (91, 204, 293, 440, 660, 990),
    (2048, 1080, "60000/1001"): (103, 232, 335, 503, 754, 1131),
    (2048, 1556, "24000/1001"): (56, 126, 181, 272, 407, 611),
    (3840, 2160, "60000/1001"): (363, 821, 1178, 1768, 2652, 3977),
    (8192, 4320, "24000/1001"): (622, 1402, 2011, 3017, 4525, 6788),
}


def planes(width: int, height: int, across: int, bits: int = 10, noise: float = 20) -> list[Words]:
    """Waves, an edge and noise; rows are longer than the picture, as an encoder's own are."""
    rng = np.random.default_rng(width * height)
    top, made = 1 << bits, []
    for number, columns in enumerate((width, (width + across - 1) // across)):
        for turn in range(1 + number):
            y, x = np.mgrid[0:height, 0:columns]
            plane = np.sin(x / (5 + 3 * number)) * np.cos(y / (7 + 2 * turn)) * 0.3 + 0.5
            plane[height // 3 :, columns // 2 :] *= 0.7
            plane += rng.normal(0, noise / 1024, plane.shape)
            wide = np.zeros((height, columns + 21), np.uint16)
            wide[:, :columns] = np.clip(plane * top, 0, top - 1)
            made.append(wide[:, :columns])
    return made


@pytest.mark.parametrize(
    ("profile", "bits", "size", "quantiser"),
    [
        ("hq", 10, (272, 48), 1), ("hq", 10, (250, 37), 40), ("proxy", 10, (368, 34), 4),
        ("lt", 10, (128, 16), 9), ("422", 10, (16, 16), 130), ("4444", 12, (71, 37), 20),
        ("4444xq", 12, (145, 50), 3), ("4444xq", 12, (1, 1), 1),
    ],
)  # fmt: skip
def test_what_a_decoder_sees(
    profile: str, bits: int, size: tuple[int, int], quantiser: int
) -> None:
    """FFmpeg's samples are those of quantiser and inverse transform, whatever the size."""
    source = planes(*size, 1 if profile.startswith("4444") else 2, bits)
    frame = encode_prores(source, profile, bits=bits, quantiser=quantiser)  # type: ignore[arg-type]
    _, seen = decoded(frame, profile, *size)
    for number, (plane, other) in enumerate(zip(source, seen, strict=True)):
        matrix = MATRICES[profile][min(number, 1)]
        wanted = expected(plane, matrix, quantiser, bits, (ROUND, LEAST))
        assert np.isnan(wanted).mean() < 0.2
        assert not (np.abs(other - wanted) > (1 if bits == 10 else 1.5)).any(), number


@pytest.mark.parametrize("fields", ["top", "bottom"])
def test_fields(fields: Any) -> None:
    """An interlaced frame is two pictures, the first field's first; each is coded on its own."""
    source = planes(200, 66, 2)
    frame = encode_prores(source, "422", fields=fields, quantiser=30)
    found, seen = decoded(frame, "422", 200, 66)
    assert found.interlaced_frame
    assert frame[20] >> 2 & 3 == (1 if fields == "top" else 2)
    for plane, other in zip(source, seen, strict=True):
        for line in range(2):
            wanted = expected(plane[line::2], MATRICES["422"][0], 30, 10, (ROUND, LEAST))
            assert np.isnan(wanted).mean() < 0.2
            assert not (np.abs(other[line::2] - wanted) > 1).any()
    top = encode_prores([plane[::2] for plane in source], "422", quantiser=30)
    pictures = slices(frame)
    first = pictures[: len(pictures) // 2] if fields == "top" else pictures[len(pictures) // 2 :]
    # Another scan, so other bytes; but as many slices, each with the same quantiser.
    assert [one[:2] for one in first] == [one[:2] for one in slices(top)]


def alphas(height: int, width: int, top: int) -> dict[str, Words]:
    rng = np.random.default_rng(3)
    edge = np.zeros((height, width))
    edge[:, width // 2 :] = top
    last = np.full((height, width), top)
    last[-1, -1] = top - 200
    ramp = np.linspace(0, top, height * width).reshape(height, width)
    made = {"edge": edge, "last": last, "ramp": ramp, "full": np.full((height, width), top),
            "none": np.zeros((height, width)), "noise": rng.integers(0, top + 1, (height, width)),
            "rare": np.where(rng.random((height, width)) < 0.01, 5, 0)}  # fmt: skip
    return {name: one.astype(np.uint16) for name, one in made.items()}


@pytest.mark.parametrize("bits", [8, 16])
def test_alpha_is_kept(bits: Any) -> None:
    """Alpha comes back in every bit, by the letter of RDD 36 and by FFmpeg's decoder."""
    height, width = 38, 150
    source = planes(width, height, 1, 12)
    for name, alpha in alphas(height, width, (1 << bits) - 1).items():
        frame = encode_prores(source, "4444", bits=12, alpha=alpha, alpha_bits=bits)
        seen = decoded(frame, "4444", width, height)[1][3]
        wanted = alpha.astype(int) >> 4 if bits == 16 else alpha.astype(int) << 4 | alpha >> 4
        assert np.array_equal(seen, wanted), name
        coded = slices(frame)
        for row in range(3):
            for one, left, across in ((0, 0, 128), (1, 128, 32)):
                rows = np.clip(np.arange(row * 16, row * 16 + 16), 0, height - 1)
                columns = np.clip(np.arange(left, left + across), 0, width - 1)
                part = alpha[np.ix_(rows, columns)].ravel().tolist()
                assert alpha_of(coded[2 * row + one], 16 * across, bits) == part, name
    plain = slices(encode_prores(source, "4444", bits=12))
    with_alpha = slices(encode_prores(source, "4444", bits=12, alpha=alpha, alpha_bits=bits))
    # Colour has the same bytes with alpha and without.
    assert all(b[8:].startswith(a[6:]) for a, b in zip(plain, with_alpha, strict=True))


def test_published_rates() -> None:
    """A frame's target is Apple's table, to about the rounding of its figures."""
    for (width, height, rate), row in PUBLISHED.items():
        for profile, rated in zip(PROFILES, row, strict=True):
            found = target_bytes(profile, width, height) * 8 * Fraction(rate) / 1_000_000
            assert abs(found - rated) < max(0.75, 0.004 * rated), (width, profile, float(found))


@pytest.mark.parametrize("profile", PROFILES)
def test_frames_fit(profile: Any) -> None:
    """Noise of every strength fills its target and never passes it; a corner of noise fits too."""
    across = 1 if profile.startswith("4444") else 2
    bits = 12 if across == 1 else 10
    for size in ((720, 486), (176, 98)):
        target = target_bytes(profile, *size)
        for noise in (3.0, 30.0, 3000.0):
            source = planes(*size, across, bits, noise)
            length = len(encode_prores(source, profile, bits=bits))
            assert length <= target, (size, noise)
            if noise > 20:
                assert length >= 0.95 * target, (size, noise)
        for plane in source:
            plane[: size[1] * 3 // 4] = 1 << bits - 1
        assert len(encode_prores(source, profile, bits=bits)) <= target, size
    flat = [np.full_like(plane, 1 << bits - 1) for plane in source]
    assert len(encode_prores(flat, profile, bits=bits)) < target / 2


def test_the_same_bytes_whoever_codes() -> None:
    """Threads, the layout in memory and frames before it do not change a frame."""
    source = planes(720, 100, 2)
    alone = encode_prores(source, "hq")
    assert encode_prores(source, "hq", threads=3) == alone
    assert encode_prores([plane.copy() for plane in source], "hq") == alone
    encode_prores(planes(333, 64, 2, noise=500), "proxy")
    assert encode_prores(source, "hq") == alone


def test_samples_past_their_depth() -> None:
    """Words larger than the depth are its largest code value, and nothing breaks."""
    wild = [np.full_like(plane, 65535) for plane in planes(80, 40, 2)]
    for plane in wild:
        plane[::2, ::2] = 0
    tame = [np.minimum(plane, 1023) for plane in wild]
    assert encode_prores(wild, "hq", quantiser=1) == encode_prores(tame, "hq", quantiser=1)


def test_headers() -> None:
    """The header says what the frame is: version, sizes, colours, shape, rate, and who made it."""
    source = planes(96, 54, 2)
    frame = encode_prores(source, "hq", colour=(9, 16, 9), rate=Fraction(24000, 1001),
                          pixel_aspect=Fraction(1))  # fmt: skip
    assert frame[8:28] == bytes((0, 148, 0, 0, *b"rush", 0, 96, 0, 54, 0x80, 0x11, 9, 16, 9,
                                 0, 0, 3))  # fmt: skip
    shown = encode_prores(source, "hq", rate=Fraction(59), pixel_aspect=Fraction(3, 4))
    assert shown[21] == 0x20  # 4:3, and a rate without a number
    clear = np.zeros((54, 96), np.uint16)
    full = encode_prores(planes(96, 54, 1), "4444", alpha=clear)
    assert (full[11], full[20], full[25]) == (1, 0xC0, 2)


def test_refused() -> None:
    """What is no frame of ProRes is refused with the reason."""
    source = planes(32, 18, 2)
    for bad, options, word in (
        (source[:2], {}, "three"), (source, {"profile": "4444"}, "uint16"),
        (source, {"profile": "raw"}, "profile"), (source, {"bits": 7}, "bits"),
        (source, {"quantiser": 0}, "quantiser"), (source, {"quantiser": 225}, "quantiser"),
        (planes(32, 17, 2), {"fields": "top"}, "even"),
        ([plane[:, ::2] for plane in source], {}, "together"),
        (source, {"alpha": np.zeros((3, 3), np.uint16)}, "uint16"),
        ([plane[:0] for plane in source], {}, "rows"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=word):
            encode_prores(bad, **options)  # type: ignore[arg-type]
