"""Frames on the console's pages: which ones, of what, and by whom they are decoded."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import numpy as np
import OpenImageIO
import pytest

from demo.make_clip import make_clip
from functions.contract.errors import DamagedSource, SourceNotFound
from functions.contract.receipt import STAGES, Frames, Output, Receipt
from functions.jobs.plan import PlannedClip, PlannedUnit
from functions.serve.console.details import Made, made_of
from functions.serve.console.pictures import Pictures
from functions.serve.run.catalog import Catalog
from functions.serve.run.settings import Settings
from functions.storage.file import FileStore


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four frames; the last one is cut off."""
    folder = tmp_path_factory.mktemp("camera") / "A001"
    make_clip(folder, frames=4, width=320, height=180)
    last = sorted(folder.glob("*.dng"))[-1]
    os.truncate(last, last.stat().st_size // 2)
    return folder


def planned(camera: Path, **request: object) -> PlannedClip:
    """A debayer of it, of frames 1 to 3."""
    fields = {"input": f"file://{camera}/", "output": f"file://{camera.parent}/out/", **request}
    unit = PlannedUnit(unit="0" * 32, frames="1-3", count=3)
    return PlannedClip(
        index=0,
        operation="debayer",
        name="A001",
        input=fields["input"],  # type: ignore[arg-type]
        output=fields["output"],  # type: ignore[arg-type]
        frames="1-3",
        units=(unit,),
        request=fields,
    )


def pixels(png: bytes, folder: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Of a PNG, by another reader."""
    (folder / "shown.png").write_bytes(png)
    image = OpenImageIO.ImageBuf(str(folder / "shown.png"))
    return np.asarray(image.get_pixels(OpenImageIO.UINT8))


def opened(tmp_path: Path, **environ: str) -> Pictures:
    """As a server has them."""
    settings = Settings.read({"RUSHES_SCRATCH": str(tmp_path), **environ})
    return Pictures(settings, Catalog(), most=1)


def test_a_source_is_seen_through_its_look_before_anything_is_made(
    camera: Path, tmp_path: Path
) -> None:
    """Its own frames of the range; a CDL of the request shows; what is damaged is told."""
    (tmp_path / "red.cc").write_text(
        '<ColorCorrection id="r"><SOPNode><Slope>1.5 1 1</Slope><Offset>0 0 0</Offset>'
        "<Power>1 1 1</Power></SOPNode></ColorCorrection>"
    )
    pictures, nothing = opened(tmp_path), Made((), (), None)
    plain = planned(camera)
    assert pictures.numbers(plain) == [1, 2, 3]
    shown = pixels(pictures.frame(plain, nothing, "source", 0, 64), tmp_path)
    assert shown.shape == (36, 64, 3)
    redder = planned(camera, looks=[f"file://{tmp_path}/red.cc"])
    graded = pixels(pictures.frame(redder, nothing, "source", 0, 64), tmp_path)
    gain = graded.mean(axis=(0, 1)) - shown.mean(axis=(0, 1))
    assert gain[0] > 5
    assert abs(gain[2]) < gain[0] / 2
    with pytest.raises(DamagedSource, match="frame 3"):
        pictures.frame(plain, nothing, "source", 2, 64)
    with pytest.raises(SourceNotFound):
        pictures.frame(plain, nothing, "source", 3, 64)


# A boxed runner lives as long as its process, and is not closed.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_where_units_are_boxed_pictures_are_too(
    camera: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Strangers' files are decoded in another process, and what is wrong with them is told."""
    pictures = opened(tmp_path, RUSHES_BOX="1")
    monkeypatch.delattr("functions.picture.thumbnail.view")
    shown = pixels(pictures.frame(planned(camera), Made((), (), None), "source", 0, 64), tmp_path)
    assert shown.shape == (36, 64, 3)
    with pytest.raises(DamagedSource, match="frame 3"):
        pictures.frame(planned(camera), Made((), (), None), "source", 2, 64)


def test_frames_of_a_result_know_their_source(camera: Path, tmp_path: Path) -> None:
    """A plate's numbers are its own: what its receipt says of the source is believed, and what
    nobody says is not guessed."""
    clip = planned(camera)
    folder = tmp_path / "out"
    clip = msgspec.structs.replace(clip, output=f"file://{folder}/")
    (folder / ".rushes").mkdir(parents=True)
    names = [f"file://{folder}/P.{n}.exr" for n in (1001, 1002, 1003)]

    def left(report: dict[str, object] | None, first: int) -> list[tuple[int, int | None]]:
        outputs = [
            Output(uri=name, bytes=1, xxh64="0", frame=1001 + n) for n, name in enumerate(names)
        ]
        receipt = Receipt(
            rushes="0", operation="x", unit="0" * 32, status="done", request={}, assumed={},
            inputs=(), outputs=tuple(outputs), frames=Frames(first, first + 2, 3),
            seconds=dict.fromkeys(STAGES, 0.0), machine={}, report=report,
        )  # fmt: skip
        (folder / ".rushes" / f"{'0' * 32}.json").write_bytes(receipt.json())
        made = made_of(clip, FileStore([Path("/")]))
        return [(frame.label, frame.source) for frame in made.frames]

    assert left({"source_frames": "1-3"}, 1001) == [(1001, 1), (1002, 2), (1003, 3)]
    assert left(None, 1) == [(1001, 1), (1002, 2), (1003, 3)]
    assert left({"source_frames": "1-9"}, 1001) == [(1001, None), (1002, None), (1003, None)]
