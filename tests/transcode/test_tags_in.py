"""What a movie says of fields, chroma and curve is obeyed, and written as its codec has it."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest

import rushes
from functions.contract.operation import Limits
from functions.media import open_clip
from functions.storage import EVERYTHING, open_store
from tests.media.edited_movies import rewritten

WIDTH, HEIGHT = 192, 128


def made(source: Path, folder: Path, **fields: Any) -> Path:
    receipt = rushes.transcode(input=f"file://{source}", output=f"file://{folder}/", **fields)
    return Path(receipt.outputs[0].uri.removeprefix("file://"))


def planes(path: Path) -> list[npt.NDArray[np.float64]]:
    """Code values at 8 bits of the first picture."""
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        bits = frame.format.components[0].bits
        kind = np.uint16 if bits > 8 else np.uint8
        found = []
        for plane in frame.planes[:3]:
            held: Any = plane
            rows = np.frombuffer(held, kind).reshape(plane.height, -1)[:, : plane.width]
            found.append(rows.astype(float) / (1 << bits - 8))
        return found


def write(
    path: Path, values: list[npt.NDArray[Any]], form: str, encoder: str, tags: tuple[int, ...],
    **options: str,
) -> Path:  # fmt: skip
    """One picture twice, of these code values."""
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream(encoder, rate=24, options=options)
        stream.height, stream.width = values[0].shape
        stream.pix_fmt = form
        context = stream.codec_context
        context.color_primaries, context.color_trc, context.colorspace = tags
        context.color_range = 1
        frame = av.VideoFrame(stream.width, stream.height, form)
        for plane, value in zip(frame.planes, values, strict=True):
            kind = np.uint16 if frame.format.components[0].bits > 8 else np.uint8
            rows = np.zeros((plane.height, plane.line_size // kind().itemsize), kind)
            rows[:, : plane.width] = np.rint(value)
            plane.update(rows.tobytes())
        for number in range(2):
            frame.pts = number
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("siting", ["left", "center", "topleft"])
def test_chroma_stands_where_the_stream_says(tmp_path: Path, siting: str) -> None:
    """A ramp of chroma, sampled where the tag says, comes back at luma's places to 0.03 pixels."""
    right, down = {"left": (0, 0.5), "center": (0.5, 0.5), "topleft": (0, 0)}[siting]
    across = 40 + 0.8 * (np.arange(WIDTH // 2) * 2 + right)[None].repeat(HEIGHT // 2, 0)
    below = 40 + 1.2 * (np.arange(HEIGHT // 2) * 2 + down)[:, None].repeat(WIDTH // 2, 1)
    source = write(
        tmp_path / "A.mp4", [np.full((HEIGHT, WIDTH), 128), across, below], "yuv420p",
        "libx264", (1, 1, 1), qp="0", chroma_sample_location=siting,
    )  # fmt: skip
    _, blue, red = planes(made(source, tmp_path / "o", codec="prores-4444", space="source"))
    inner = (slice(20, -20), slice(20, -20))
    x = (blue - 40) / 0.8 - np.arange(WIDTH)[None]
    y = (red - 40) / 1.2 - np.arange(HEIGHT)[:, None]
    assert abs(x[inner].mean()) < 0.03 and abs(y[inner].mean()) < 0.03


@pytest.mark.parametrize(
    "siting, told",
    [("left", None), ("top", "top"), ("bottomleft", "bottom left"), ("bottom", "bottom")],
)
def test_chroma_that_stands_elsewhere_is_told(
    tmp_path: Path, siting: str, told: str | None
) -> None:
    """A place that is only read as the nearest one is a sentence among the clip's notes."""
    source = write(
        tmp_path / "A.mp4", [np.full((HEIGHT, WIDTH), 128)]
        + [np.full((HEIGHT // 2, WIDTH // 2), 128)] * 2, "yuv420p", "libx264", (1, 1, 1),
        chroma_sample_location=siting,
    )  # fmt: skip
    clip = open_clip(f"file://{source}", open_store(EVERYTHING, None), Limits())
    try:
        found = [note for note in clip.notes if "chroma" in note]
    finally:
        clip.close()
    assert len(found) == (told is not None)
    assert told is None or f"stands at {told}," in found[0]


@pytest.mark.parametrize("primaries, position", [(1, 1), (9, 2)])
def test_av1_says_where_its_chroma_stands(tmp_path: Path, primaries: int, position: int) -> None:
    """AV1's sequence header: 1 beside (BT.709), 2 on even rows (BT.2020)."""
    from functions.media.decoder.log import header_elements

    matrix = {1: 1, 9: 9}[primaries]
    grey = [np.full((HEIGHT, WIDTH), 500)] * 3
    source = write(
        tmp_path / "A.mov", grey, "yuv444p10le", "prores_ks", (primaries, 1, matrix), profile="4"
    )
    path = made(source, tmp_path / "o", codec="av1", space="source")
    with av.open(str(path)) as container:
        assert header_elements(container.streams.video[0])["chroma_sample_position"] == position


def with_fiel(source: Path, target: Path, order: int) -> Path:
    """The movie with `fiel` 2, `order` in its sample description."""

    def change(path: tuple[bytes, ...], content: bytes, track: int) -> bytes | None:
        at = content.find(b"fiel")
        if path[-1] != b"stsd" or at < 0:
            return None
        return content[: at + 4] + struct.pack(">BB", 2, order) + content[at + 6 :]

    return rewritten(source, target, change)


@pytest.mark.parametrize("order, first", [(1, "tt"), (6, "bb"), (9, "tt"), (14, "bb")])
def test_fields_of_quicktime(tmp_path: Path, order: int, first: str) -> None:
    """`fiel` 9 is first line early, 14 first line late: so Core Video names them."""
    picture = [np.full((HEIGHT, WIDTH), 512)] + [np.full((HEIGHT, WIDTH // 2), 512)] * 2
    plain = write(tmp_path / "A.mov", picture, "yuv422p10le", "prores_ks", (1, 1, 1),
                  flags="+ildct", field_order="tt")  # fmt: skip
    source = with_fiel(plain, tmp_path / "B.mov", order)
    explained = rushes.explain(
        "transcode", input=f"file://{source}", output=f"file://{tmp_path}/o/", fields="keep",
        space="source",
    )  # fmt: skip
    assert explained["movie"]["fields"] == first


def test_superwhites_of_a_finished_picture_are_kept(tmp_path: Path) -> None:
    """Codes 4 to 1019 of Rec.709 come out as they went in where nothing is rendered."""
    ramp = np.linspace(4, 1019, WIDTH).round()[None].repeat(HEIGHT, 0)
    grey = np.full((HEIGHT, WIDTH), 512)
    source = write(tmp_path / "A.mkv", [ramp, grey, grey], "yuv444p10le", "ffv1", (1, 1, 1))
    luma = planes(made(source, tmp_path / "o", codec="prores-4444"))[0] * 4
    assert np.abs(luma[8:-8] - ramp[8:-8]).max() <= 3  # what ProRes itself loses
    assert luma.min() < 10 and luma.max() > 1012


# R'G'B' to XYZ of D65 displays, by SMPTE RP 177 from the primaries of BT.601-7 and BT.2020-2.
PRIMARIES = {
    6: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    5: ((0.640, 0.330), (0.290, 0.600), (0.150, 0.060)),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    1: ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),
}
LUMA = {6: (0.299, 0.114), 5: (0.299, 0.114), 9: (0.2627, 0.0593), 1: (0.2126, 0.0722)}


def to_xyz(number: int) -> npt.NDArray[np.float64]:
    ends = np.array([[x / y, 1, (1 - x - y) / y] for x, y in PRIMARIES[number]]).T
    white = np.array([0.3127 / 0.3290, 1, (1 - 0.3127 - 0.3290) / 0.3290])
    return ends * np.linalg.solve(ends, white)


def coded(rgb: npt.NDArray[Any], number: int) -> npt.NDArray[Any]:
    """Y'CbCr at 10 bits, video levels."""
    red, blue = LUMA[number]
    luma = red * rgb[0] + (1 - red - blue) * rgb[1] + blue * rgb[2]
    first = (rgb[2] - luma) / (2 * (1 - blue))
    second = (rgb[0] - luma) / (2 * (1 - red))
    return np.array([64 + 876 * luma, 512 + 896 * first, 512 + 896 * second])


@pytest.mark.parametrize("tags", [(6, 6, 6), (5, 6, 5), (9, 14, 9), (9, 1, 9)])
def test_sdr_of_other_primaries_is_shown_as_it_is(tmp_path: Path, tags: tuple[int, ...]) -> None:
    """BT.601 and BT.2020 SDR become Rec.709 by their primaries, their display's 2.4 kept."""
    rgb = np.array([0.55, 0.45, 0.40])
    codes = coded(rgb, tags[2])
    source = write(
        tmp_path / "A.mkv", [np.full((HEIGHT, WIDTH), code) for code in codes], "yuv444p10le",
        "ffv1", tags,
    )  # fmt: skip
    light = np.linalg.solve(to_xyz(1), to_xyz(tags[0]) @ rgb**2.4)
    wanted = coded(light ** (1 / 2.4), 1)
    found = [p[40:60, 40:60].mean() * 4 for p in planes(made(source, tmp_path / "o",
                                                             codec="prores-4444"))]  # fmt: skip
    assert np.abs(np.array(found) - wanted).max() < 1.5


@pytest.mark.parametrize(
    "primaries, transfer, written",
    [(6, 6, 1), (9, 14, 1), (9, 15, 1), (9, 16, 16), (9, 18, 18), (1, 13, 2), (1, 4, 2)],
)
def test_prores_names_no_reserved_transfer(
    tmp_path: Path, primaries: int, transfer: int, written: int
) -> None:
    """RDD 36's frame header holds BT.709, PQ, HLG or unspecified, never a reserved number."""
    matrix = {6: 6, 9: 9, 1: 1}[primaries]
    grey = [np.full((HEIGHT, WIDTH), 500)] * 3
    tags = (primaries, transfer, matrix)
    source = write(tmp_path / "A.mkv", grey, "yuv444p10le", "ffv1", tags)
    for codec in ("prores-4444", "prores-422"):
        path = made(source, tmp_path / codec, codec=codec, space="source")
        with av.open(str(path)) as container:
            packet = next(p for p in container.demux(video=0) if p.size)
        assert bytes(packet)[23] == written


def test_turned_movies_of_matroska_are_upright(tmp_path: Path, shared_data: Path) -> None:
    """A display matrix that FFmpeg tells with its pictures alone turns the picture too."""
    source = shared_data / "video" / "hdr10tags-both.mkv"
    explained = rushes.explain("transcode", input=f"file://{source}", output=f"file://{tmp_path}/")
    with av.open(str(source)) as container:
        stream = container.streams.video[0]
        size = stream.width, stream.height
    assert (explained["movie"]["height"], explained["movie"]["width"]) == size


@pytest.mark.parametrize("codec, name", [("prores-hq", b"ProRes 422 HQ"), ("prores-4444", b"4444")])
def test_prores_says_who_coded_it_and_that_it_has_no_fields(
    tmp_path: Path, codec: str, name: bytes
) -> None:
    """One maker in frame header and sample entry, the codec's name, `fiel` 1 for progressive."""
    grey = [np.full((HEIGHT, WIDTH), 500)] * 3
    source = write(tmp_path / "A.mkv", grey, "yuv444p10le", "ffv1", (1, 1, 1))
    path = made(source, tmp_path / "o", codec=codec)
    with av.open(str(path)) as container:
        packet = bytes(next(p for p in container.demux(video=0) if p.size))
    content = path.read_bytes()
    entry = content[content.find(b"stsd") + 12 :]
    assert packet[12:16] == entry[20:24] == b"rush"
    assert name in entry[50:82]
    at = entry.find(b"fiel")
    assert entry[at + 4 : at + 6] == b"\x01\x00"
