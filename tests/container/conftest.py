"""The image, built once, and what runs in it. Only `make test-image` (`-m image`) comes here."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.make_clip import make_clip
from tests.container.base import ROOT, base_image, hello_image
from tests.container.engine import LOCKED, Container, Engine, NoEngine, open_engine
from tests.container.units import CUT

TAG = "rushes-test/rushes:local"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """These need a Docker engine and minutes: the plain suite does not see them."""
    here = collection_path.parent == Path(__file__).parent
    asked = "image" in str(config.getoption("markexpr"))
    return True if here and collection_path.name.startswith("test_") and not asked else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them bear the mark."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.image)
            item.add_marker(pytest.mark.timeout(1800))


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """A Docker engine, or a skip that says why there is none."""
    try:
        with open_engine() as found:
            yield found
    except NoEngine as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def base(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The image that ours is built on."""
    found = base_image(engine, tmp_path_factory.mktemp("base"))
    if found is None:
        pytest.skip("no base image can be pulled or made here")
    return found


@pytest.fixture(scope="session")
def image(engine: Engine, base: str) -> str:
    """Our image."""
    engine.build(TAG, ROOT, BASE=base)
    return TAG


@pytest.fixture(scope="session")
def hello(engine: Engine, base: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The image that ours is measured against."""
    return hello_image(engine, base, tmp_path_factory.mktemp("hello"))


@dataclass(frozen=True)
class Place:
    """A folder that has the same path inside and outside."""

    path: Path

    @property
    def mount(self) -> tuple[str, str]:
        """Options that bring it into a container."""
        return ("--volume", f"{self.path}:{self.path}")

    def made(self, name: str) -> Path:
        """A folder in it that anybody may write to, as a bucket is."""
        folder = self.path / name
        folder.mkdir(exist_ok=True)
        folder.chmod(0o777)
        return folder


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Storage of this session, with a short take `camera/A001` and two movies beside it."""
    folder = tmp_path_factory.mktemp("storage")
    folder.chmod(0o777)
    (folder / "camera").mkdir()
    make_clip(folder / "camera" / "A001", frames=4, width=640, height=360)
    for name in ("M001", "M002"):
        make_movie(folder / "camera" / f"{name}.mov")
    (folder / "camera" / "cut.csv").write_text(CUT)
    return Place(folder)


def make_movie(file: Path, frames: int = 24) -> None:
    """ProRes 422 HQ with a moving ramp."""
    import av
    import numpy as np

    with av.open(str(file), "w") as container:
        stream = container.add_stream("prores_ks", rate=24)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv422p10le"
        ramp = np.add.outer(np.arange(180), np.arange(320)).astype(np.uint16)
        for number in range(frames):
            grey = (ramp + 8 * number) % 877 + 64
            frame = av.VideoFrame(320, 180, "yuv422p10le")
            for plane, values in zip(
                frame.planes, (grey, grey[:, ::2], grey[:, 1::2]), strict=True
            ):
                rows = np.zeros((plane.height, plane.line_size // 2), np.uint16)
                rows[:, : plane.width] = values
                plane.update(rows.tobytes())
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.fixture(scope="session")
def served(engine: Engine, image: str, place: Place) -> Iterator[Container]:
    """A server of all operations, locked up: no network but loopback, little memory."""
    with engine.started(
        image,
        *LOCKED,
        *place.mount,
        *("--network", "none", "--memory", "1g", "--memory-swap", "1g", "--pids-limit", "256"),
        *("--env", f"RUSHES_ROOTS=file://{place.path}/"),
    ) as running:
        running.until_ready_inside()
        yield running


def outside(*words: str) -> subprocess.CompletedProcess[str]:
    """`rushes WORDS` in this checkout."""
    command = [sys.executable, "-m", "functions.serve.cli.main", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=ROOT)
