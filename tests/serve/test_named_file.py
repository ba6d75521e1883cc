"""`rushes transcode in.mov out.mov` writes that file; a shell completes what may be typed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from functions.serve.cli.main import run_cli
from tests.container.conftest import make_movie


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a movie in it."""
    monkeypatch.chdir(tmp_path)
    make_movie(tmp_path / "in.mov", frames=2)
    return tmp_path


@pytest.mark.parametrize(
    ("line", "made"),
    [
        ("transcode in.mov out.mov --source rec709", "out.mov"),
        ("transcode in.mov sub/small.mp4 --source rec709 --codec h264", "sub/small.mp4"),
        ("trim in.mov cut.mov --frames 0-0", "cut.mov"),
        ("stitch in.mov in.mov long.mov", "long.mov"),
        ("transcode in.mov folder.mov/ --source rec709", "folder.mov/in.mov"),
        ("transcode in.mov there.mov --source rec709", "there.mov/in.mov"),
        ("transcode in.mov sub/held.jpg --source rec709 --frames 1", "sub/held.000001.jpg"),
        ("transcode in.mov held.tif --source rec709 --frames 0", "held.000000.tif"),
    ],
)
def test_an_output_called_as_a_movie_is_that_file(line: str, made: str, folder: Path) -> None:
    """A slash at its end, or a folder that is there, is a folder."""
    (folder / "there.mov").mkdir()
    assert run_cli(line.split()) == 0
    assert (folder / made).is_file()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("trim in.mov cut.mxf", "would be a .mov"),
        ("deliver in.mov m.mov --profile aces-exr --source rec709", "deliver makes files"),
        ("transcode in.mov a.mov --name b --source rec709", "two names of one file"),
        ("transcode in.mov a.mov --container mxf --source rec709", "would be a .mxf"),
        ("transcode in.mov a.jpg --stills png --source rec709", "two formats"),
        ("transcode in.mov a.mov --stills png --source rec709", "makes files"),
    ],
)
def test_a_file_that_would_not_come_is_refused(
    line: str, said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is written."""
    assert run_cli(line.split()) == 2
    assert said in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["in.mov"]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("rushes transcode --codec dnxhr-h", ["plain,dnxhr-hq", "plain,dnxhr-hqx"]),
        ("rushes deliver --profile p3", ["plain,p3d65-pq-tiff"]),
        ("rushes plate --amf A0", ["file,A0"]),
        ("rushes inspect A0", ["file,A0"]),
        ("rushes stat", ["plain,status"]),
    ],
)
def test_a_shell_completes(line: str, offered: list[str]) -> None:
    """Commands, codecs, profiles and files, as bash asks for them."""
    asked = {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    done = subprocess.run(
        [sys.executable, "-c", "from functions.serve.cli.start import main; main()"],
        env={**os.environ, **asked, "_RUSHES_COMPLETE": "bash_complete"},
        capture_output=True, text=True, timeout=60, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.stdout.splitlines() == offered, done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_the_shells_script(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What `eval` or `source` takes; it asks the command by a variable."""
    assert run_cli(["completion", shell]) == 0
    assert "_RUSHES_COMPLETE" in capsys.readouterr().out
