"""Folders for temporary files: gone with their process, however it ends; full ones are told."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from functions.contract.errors import DamagedSource, InvalidRequest, RushesError, StoreUnavailable
from functions.serve.run import scratch
from functions.serve.run.catalog import Catalog, Entry
from functions.serve.run.runner import Runner
from functions.serve.run.scratch import METRICS, scratch_folder, sweep
from functions.serve.run.settings import Settings
from tests.serve import copying

CATALOG = Catalog({"copy": Entry("tests.serve.copying", "copies a file")})
HOLDER = """
import sys
from pathlib import Path
from functions.serve.run.scratch import scratch_folder
with scratch_folder(Path(sys.argv[1])) as folder:
    (folder / "frame").write_bytes(b"x" * 1000)
    print(folder, flush=True)
    sys.stdin.read()
"""


def holder(folder: Path) -> subprocess.Popen[str]:
    """A process that has a scratch folder with a file in it."""
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


STILL = """
import sys, tempfile
from pathlib import Path
from functions.media.stills import pictures
from functions.serve.run.scratch import files_kept_in
def wait(path, *_):
    print(path, flush=True)
    sys.stdin.read()
pictures._exr = wait
with files_kept_in(Path(sys.argv[1])):
    pictures.still_picture(b"\\x76\\x2f\\x31\\x01" + bytes(64), 1)
"""


def test_a_file_for_a_library_goes_with_a_killed_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A still is read from a file: killed meanwhile, a process leaves it in a folder that is swept;
    the folder of scratch stays what it was, and so does the one of who is not killed."""
    monkeypatch.setattr(scratch.tempfile, "tempdir", str(tmp_path))
    with scratch.files_kept_in(tmp_path):
        assert Path(tempfile.gettempdir()).parent == tmp_path
        assert Settings.read({}).scratch == tmp_path
    assert list(tmp_path.iterdir()) == []
    script = STILL.replace("pictures._exr", "pictures.cut_short = lambda *_: None; pictures._exr")
    reader = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert reader.stdout is not None
        file = Path(reader.stdout.readline().strip())
        assert file.parent.parent == tmp_path
        assert file.stat().st_size == 68
    finally:
        reader.kill()
        reader.communicate()
    assert file.exists()
    assert sweep(tmp_path) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_killed_process_leaves_nothing(tmp_path: Path) -> None:
    """Of two processes with a folder the killed one's is swept, and the other's stays."""
    dead, alive = holder(tmp_path), holder(tmp_path)
    try:
        assert dead.stdout is not None and alive.stdout is not None
        left, kept = (Path(each.stdout.readline().strip()) for each in (dead, alive))
        assert sweep(tmp_path) == 0
        dead.kill()
        dead.communicate()
        assert left.is_dir()
        assert sweep(tmp_path) == 1
        assert list(tmp_path.iterdir()) == [kept]
        assert (kept / "frame").stat().st_size == 1000
    finally:
        alive.communicate("")
    assert list(tmp_path.iterdir()) == []


def test_folders_of_others_are_left_alone(tmp_path: Path) -> None:
    """What has another name, and a link to a folder, is not touched."""
    (tmp_path / "camera").mkdir()
    (tmp_path / "rushes-unit-link").symlink_to(tmp_path / "camera")
    assert sweep(tmp_path) == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["camera", "rushes-unit-link"]


def test_a_folder_that_is_swept_at_its_birth_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sweeps between the making and the locking costs another try."""
    lock, swept = scratch._lock, []

    def late(folder: Path) -> int | None:
        if not swept:
            swept.append(folder)
            folder.rmdir()
        return lock(folder)

    monkeypatch.setattr(scratch, "_lock", late)
    with scratch_folder(tmp_path, METRICS) as folder:
        assert folder.is_dir()
        assert folder not in swept


def failing(monkeypatch: pytest.MonkeyPatch, folder: Path, error: Exception) -> RushesError:
    """What a unit that meets an accident answers."""

    def run(unit: copying.CopyUnit) -> None:
        raise error

    monkeypatch.setattr(copying.CopyUnit, "run", run)
    (folder / "a").write_bytes(b"x")
    request = {"input": f"file://{folder}/a", "output": f"file://{folder}/out/"}
    with pytest.raises(RushesError) as caught:
        Runner(Settings(scratch=folder), CATALOG).run("copy", request)
    return caught.value


def chained() -> Exception:
    """What a library made of a full disk."""
    error = DamagedSource("cannot write")
    error.__cause__ = OSError(errno.EDQUOT, "quota")
    return error


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), chained()])
def test_a_full_scratch_is_tried_again_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """ENOSPC and EDQUOT, also below another error, are the storage's trouble and retryable."""
    found = failing(monkeypatch, tmp_path, error)
    assert (type(found), found.retryable, found.status) == (StoreUnavailable, True, 503)
    assert "is full" in found.detail


def test_a_library_that_does_not_say_why_is_asked_by_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no space left at all any accident is that; with space it is a fault of ours."""
    found = failing(monkeypatch, tmp_path, RuntimeError("cannot write image"))
    assert found.code == "internal_error"
    monkeypatch.setattr(
        scratch.os, "statvfs", lambda path: SimpleNamespace(f_bavail=1, f_frsize=4096)
    )
    found = failing(monkeypatch, tmp_path, RuntimeError("cannot write image"))
    assert found.code == "store_unavailable"


def test_a_scratch_that_takes_no_folder_is_told(tmp_path: Path) -> None:
    """A unit does not begin where it could not keep its files."""
    with pytest.raises(StoreUnavailable, match="takes no files"), scratch_folder(tmp_path / "gone"):
        pass


def test_a_read_only_scratch_is_an_error_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The settings refuse it, before anything is served."""
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(InvalidRequest, match="takes no files: it is read-only"):
        Settings.read({"RUSHES_SCRATCH": str(tmp_path)})
