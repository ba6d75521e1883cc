"""What a QuickTime track says beside its codec: obeyed, or told by name."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

import rushes
from functions.contract.frames import FrameRange
from tests.media.edited_movies import box, boxes, rewritten
from tests.media.remux_movies import write_numbered
from tests.media.test_timeline import opened

SIZE = (288, 128)


def colr(kind: bytes, *codes: int, tail: bytes = b"") -> bytes:
    return box(b"colr", kind + struct.pack(">3H", *codes) + tail)


def described(folder: Path, kind: str, *more: bytes) -> Any:
    """A movie of BT.2020 by its codec, where that says it, whose description holds `more`."""
    source = write_numbered(folder / "A.mov", FrameRange(0, 2), kind, size=SIZE, sound=None)

    def change(path: tuple[bytes, ...], content: bytes, track: int) -> bytes | None:
        if path[-1] != b"stsd" or track:
            return None
        ((name, entry),) = boxes(content[8:])
        kept = b"".join(box(k, c) for k, c in boxes(entry[78:]) if k in (b"avcC", b"fiel"))
        return content[:8] + box(name, entry[:78] + kept + b"".join(more))

    return opened(rewritten(source, folder / "B.mov", change))


@pytest.mark.parametrize("kind", ["prores", "h264"])
def test_the_containers_words_go_before_the_codecs(tmp_path: Path, kind: str) -> None:
    """Matrix and range of the pictures are those of `colr`, as the clip's curve is; where the
    codec says another thing, that is told."""
    clip = described(tmp_path, kind, colr(b"nclx", 1, 1, 1, tail=b"\x80"))
    (picture,) = clip.pictures(FrameRange(0, 1))
    tags = clip.facts.picture.colour
    assert (tags.primaries, tags.transfer, tags.matrix, tags.full) == (*["bt709"] * 3, True)
    assert (picture.matrix, picture.full) == ("bt709", True)
    apart = [note for note in clip.notes if "codec says" in note]
    assert bool(apart) == (kind == "h264")
    assert all("matrix 9, not 1" in note for note in apart)
    clip.close()


def test_without_its_own_words_the_codecs_count(tmp_path: Path) -> None:
    """A description that says nothing leaves the stream's."""
    clip = described(tmp_path, "h264")
    (picture,) = clip.pictures(FrameRange(0, 1))
    assert (picture.matrix, picture.full, clip.notes) == ("bt2020nc", False, ())
    clip.close()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (box(b"clap", struct.pack(">8I", 280, 1, 120, 1, 0, 1, 0, 1)), "clean aperture"),
        (box(b"clap", struct.pack(">8I", *SIZE[:1], 1, SIZE[1], 1, 0, 1, 0, 1)), None),
        (box(b"gama", struct.pack(">I", 144179)), "gamma (gama) of 2.2"),
        (box(b"gama", struct.pack(">I", 144179)) + colr(b"nclc", 1, 1, 1), None),
        (box(b"colr", b"prof" + bytes(132)), "ICC profile"),
        (colr(b"nclc", 1, 1, 1) + colr(b"nclx", 9, 16, 9, tail=b"\0"), "disagree"),
        (colr(b"nclc", 1, 1, 1) + colr(b"nclx", 1, 1, 1, tail=b"\0"), None),
    ],
)
def test_what_is_not_done_is_told(tmp_path: Path, more: bytes, words: str | None) -> None:
    """A crop, a gamma or a profile that nothing uses has a sentence; what changes nothing has
    none."""
    clip = described(tmp_path, "prores", more)
    assert len(clip.notes) == (words is not None)
    assert words is None or words in clip.notes[0]
    clip.close()


@pytest.mark.parametrize(
    ("graphics", "alpha", "told"),
    [(0, "straight", False), (0x100, "straight", False), (0x102, "premultiplied", False),
     (0x101, "straight", True)],
)  # fmt: skip
def test_how_alpha_is_laid_over_others(
    tmp_path: Path, graphics: int, alpha: str, told: bool
) -> None:
    """QuickTime's graphics mode says how colours stand to their alpha; over white is told."""
    source = tmp_path / "A.mov"
    with av.open(str(source), "w") as out:
        stream: Any = out.add_stream("prores_ks", rate=24, options={"profile": "4"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuva444p10le"
        frame = av.VideoFrame(64, 48, "yuva444p10le")
        frame.pts = 0
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))

    def change(path: tuple[bytes, ...], content: bytes, track: int) -> bytes | None:
        if path[-1] != b"vmhd":
            return None
        return content[:4] + struct.pack(">H", graphics) + content[6:]

    clip = opened(rewritten(source, tmp_path / "B.mov", change))
    assert clip.facts.picture.alpha == alpha
    assert any("white" in note for note in clip.notes) == told
    clip.close()


@pytest.mark.parametrize(
    ("codec", "size", "form", "container", "order"),
    [
        ("dvvideo", (720, 576), "yuv420p", "avi", "bb"),
        ("dnxhd", (1920, 1080), "yuv422p", "mov", "tt"),
    ],
)
def test_codecs_that_are_of_fields_by_themselves(
    tmp_path: Path, codec: str, size: tuple[int, int], form: str, container: str, order: str
) -> None:
    """DV, and VC-3 whose coding units are fields, in a container that says nothing of fields."""
    path = tmp_path / f"A.{container}"
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = *size, form
        stream.codec_context.flags |= 1 << 18  # interlaced transform
        stream.bit_rate = 120_000_000
        frame = av.VideoFrame(*size, form)
        frame.pts = 0
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    if container == "mov":  # FFmpeg writes one

        def change(place: tuple[bytes, ...], content: bytes, track: int) -> bytes | None:
            if place[-1] != b"stsd":
                return None
            ((name, entry),) = boxes(content[8:])
            kept = b"".join(box(k, c) for k, c in boxes(entry[78:]) if k != b"fiel")
            return content[:8] + box(name, entry[:78] + kept)

        path = rewritten(path, tmp_path / "B.mov", change)
    clip = opened(path)
    assert clip.facts.picture.field_order == order
    clip.close()


ONE = 1 << 16


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        ((ONE, 0, 0, 0, ONE, 0), None),
        ((0, ONE, 0, -ONE, 0, 0), None),
        ((ONE // 2, 0, 0, 0, ONE // 2, 0), None),
        ((46341, 46341, 0, -46341, 46341, 0), "by no quarter"),
        ((ONE, ONE // 2, 0, 0, ONE, 0), "skews"),
        ((ONE, 0, 0, 0, -ONE, 0), "mirrors"),
    ],
)
def test_a_matrix_that_is_no_turn(tmp_path: Path, matrix: Any, words: str | None) -> None:
    """Quarters are turned, sizes of the screen are nobody's; what else a matrix does is told."""
    source = write_numbered(tmp_path / "A.mov", FrameRange(0, 2), "prores", size=SIZE, sound=None)

    def change(path: tuple[bytes, ...], content: bytes, track: int) -> bytes | None:
        if path[-1] != b"tkhd":
            return None
        return content[:40] + struct.pack(">9i", *matrix, 0, 0, 1 << 30) + content[76:]

    clip = opened(rewritten(source, tmp_path / "B.mov", change))
    assert len(clip.notes) == (words is not None), clip.notes
    assert words is None or words in clip.notes[0]
    clip.close()


@pytest.mark.parametrize("square", [False, True])
def test_a_matrix_that_stretches(tmp_path: Path, square: bool) -> None:
    """Without `pasp` it is the pixels' aspect; beside one it is told."""
    source = write_numbered(tmp_path / "A.mov", FrameRange(0, 2), "prores", size=SIZE, sound=None)

    def change(path: tuple[bytes, ...], content: bytes, track: int) -> bytes | None:
        if path[-1] == b"tkhd":
            wide = struct.pack(">9i", 2 * ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30)
            return content[:40] + wide + content[76:]
        if path[-1] != b"stsd":
            return None
        ((name, entry),) = boxes(content[8:])
        kept = b"".join(box(k, c) for k, c in boxes(entry[78:]) if k != b"pasp")
        more = box(b"pasp", struct.pack(">2I", 1, 1)) if square else b""
        return content[:8] + box(name, entry[:78] + kept + more)

    clip = opened(rewritten(source, tmp_path / "B.mov", change))
    told = ("its matrix stretches the picture by 2, which is not done",)
    assert (clip.facts.picture.pixel_aspect, clip.notes) == ((1, told) if square else (2, ()))
    clip.close()


def test_a_second_track_of_pictures_is_told(tmp_path: Path) -> None:
    """Two cameras in one file: the first is read."""
    path = tmp_path / "A.mov"
    with av.open(str(path), "w") as out:
        streams: list[Any] = [out.add_stream("mjpeg", rate=24) for _ in range(2)]
        for stream in streams:
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        for stream in streams:
            frame = av.VideoFrame(64, 48, "yuvj420p")
            frame.pts = 0
            out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
    clip = opened(path)
    assert clip.notes == ("it holds 2 tracks of pictures: the first is read",)
    clip.close()


def headed(folder: Path, codes: tuple[int, int, int], *more: bytes) -> Any:
    """A ProRes whose frame headers name primaries, transfer and matrix (SMPTE RDD 36, 5.1.1)."""
    clip = described(folder, "prores", *more)
    clip.close()
    path, at = folder / "B.mov", 0
    content = bytearray(path.read_bytes())
    while (at := content.find(b"icpf", at)) >= 0:
        content[at + 18 : at + 21] = bytes(codes)
        at += 4
    path.write_bytes(content)
    return opened(path)


@pytest.mark.parametrize(
    ("codes", "told"),
    [((9, 16, 9), "primaries 9, not 1, transfer 16, not 1, matrix 9, not 1"), ((1, 1, 1), None),
     ((1, 1, 6), "matrix 6, not 1"), ((2, 2, 2), None), ((0, 0, 0), None)],
)  # fmt: skip
def test_a_prores_frame_that_says_another_colour(
    tmp_path: Path, codes: tuple[int, int, int], told: str | None
) -> None:
    """The container is obeyed, in the pictures and in the report, and what the frame says told."""
    clip = headed(tmp_path, codes, colr(b"nclc", 1, 1, 1))
    (picture,) = clip.pictures(FrameRange(0, 1))
    assert (picture.matrix, picture.full, picture.guessed) == ("bt709", False, False)
    assert len(clip.notes) == (told is not None) and (told is None or told in clip.notes[0])
    clip.close()
    report: Any = rushes.inspect(input=str(tmp_path / "B.mov"), output=f"{tmp_path}/i/").report
    assert [report["colour"][key] for key in ("primaries", "transfer", "matrix")] == ["bt709"] * 3


def test_a_prores_frame_names_the_matrix_that_no_container_does(tmp_path: Path) -> None:
    """Without `colr` the frame's matrix is taken, and no guess by the number of lines."""
    clip = headed(tmp_path, (9, 16, 9))
    (picture,) = clip.pictures(FrameRange(0, 1))
    assert (picture.matrix, clip.facts.picture.matrix_unsaid, clip.notes) == ("bt2020nc", False, ())
    clip.close()


@pytest.mark.parametrize(("tail", "full"), [(b"\x80", True), (b"\0", False)])
def test_the_containers_range_goes_before_the_codecs(
    tmp_path: Path, tail: bytes, full: bool
) -> None:
    """A stream of full range under a container of video range is video, and the other way round;
    where they agree nothing is told."""
    for said in (0, 1):
        folder = tmp_path / str(said)
        folder.mkdir()
        with av.open(str(folder / "A.mp4"), "w") as out:
            stream = out.add_stream("libx264", rate=24, options={"crf": "10"})
            assert isinstance(stream, av.VideoStream)
            stream.width, stream.height = SIZE
            stream.pix_fmt = "yuv420p"
            stream.codec_context.color_range = 1 + said
            stream.codec_context.colorspace = 1
            for _ in range(2):
                out.mux(stream.encode(av.VideoFrame(*SIZE, "yuv420p")))
            out.mux(stream.encode(None))

        def change(path: tuple[bytes, ...], content: bytes, track: int) -> bytes | None:
            if path[-1] != b"stsd":
                return None
            ((name, entry),) = boxes(content[8:])
            kept = b"".join(box(k, c) for k, c in boxes(entry[78:]) if k == b"avcC")
            more = colr(b"nclx", 1, 1, 1, tail=tail)
            return content[:8] + box(name, entry[:78] + kept + more)

        clip = opened(rewritten(folder / "A.mp4", folder / "B.mp4", change))
        (picture,) = clip.pictures(FrameRange(0, 1))
        assert (picture.full, clip.facts.picture.colour.full) == (full, full)
        assert [note for note in clip.notes if "range" in note] == (
            []
            if said == full
            else [
                f"its codec says {('video', 'full')[said]} range, not {('video', 'full')[full]} "
                "(H.273): the container's words are obeyed"
            ]
        )
        clip.close()


@pytest.mark.parametrize(
    ("source", "weights", "said"),
    [
        ("rec709", (0.299, 0.114), "BT.601, by its 128 lines"),
        ("rec2100-pq", (0.2627, 0.0593), "BT.2020, by its space, rec2100-pq"),
    ],
)
def test_a_matrix_that_nothing_names_is_told(
    tmp_path: Path, source: str, weights: tuple[float, float], said: str
) -> None:
    """It is that of the space which `source` names, else goes by the number of lines."""
    codes = np.array([600, 450, 600])
    with av.open(str(tmp_path / "A.mov"), "w") as out:
        stream = out.add_stream("v210", rate=24)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv422p10le"
        frame = av.VideoFrame(*SIZE, "yuv422p10le")
        for plane, code in zip(frame.planes, codes, strict=True):
            plane.update(np.full(plane.buffer_size // 2, code, "<u2").tobytes())
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    made = rushes.transcode(
        input=str(tmp_path / "A.mov"), output=f"{tmp_path}/out/", codec="prores-4444",
        space="source", source=source,
    )  # fmt: skip
    assert made.assumed["matrix"] == f"{said}: nothing names it"
    (movie,) = (Path(one.uri[7:]) for one in made.outputs if one.uri.endswith(".mov"))
    with av.open(str(movie)) as again:
        shown = next(again.decode(video=0))
        assert shown.format.name == "yuv444p12le"
        found = [np.frombuffer(bytes(p), "<u2")[100] / 4 for p in shown.planes]
        own = {1: (0.2126, 0.0722), 9: (0.2627, 0.0593), 6: (0.299, 0.114)}[shown.colorspace]
    np.testing.assert_allclose(rgb(np.array(found), own), rgb(codes, weights), atol=0.002)


def rgb(codes: Any, weights: tuple[float, float]) -> Any:
    """R'G'B' of 10-bit Y'CbCr at video levels (BT.709-6, 3.4), by luma weights of red and blue."""
    luma, red, blue = (codes[0] - 64) / 876, (codes[2] - 512) / 448, (codes[1] - 512) / 448
    r, b = luma + (1 - weights[0]) * red, luma + (1 - weights[1]) * blue
    return np.array([r, (luma - weights[0] * r - weights[1] * b) / (1 - sum(weights)), b])
