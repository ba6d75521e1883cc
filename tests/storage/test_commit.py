"""How a local output is committed: modes, takeovers, full disks, kills between two calls."""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from functions.contract.errors import InvalidRequest, Refused, RushesError, StoreUnavailable
from functions.contract.store import Store
from functions.storage import commit, file, open_store
from functions.storage.content import STALE_SECONDS, TEMPORARY
from functions.storage.file import FileStore
from tests.storage.disk import fail, names

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("mask", [0o022, 0o027, 0o002])
def test_modes_follow_the_umask(root: Path, tmp_path: Path, mask: int) -> None:
    """Outputs and their folders have the mode that any program would give, also taken files."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    private = scratch / "movie"
    private.write_bytes(b"x")
    private.chmod(0o600)
    store = open_store((f"file://{root}",), None, scratch)
    before = os.umask(mask)
    try:
        store.put(f"file://{root}/in/a", b"x")
        store.put_if_absent(f"file://{root}/in/b", private)
    finally:
        os.umask(before)
    assert (root / "in").stat().st_mode & 0o777 == 0o777 & ~mask
    for name in ("a", "b"):
        assert (root / "in" / name).stat().st_mode & 0o777 == 0o666 & ~mask


@pytest.mark.parametrize("verb", ["put", "put_if_absent"])
def test_a_scratch_file_is_taken_over(root: Path, tmp_path: Path, verb: str) -> None:
    """A file below the scratch folder becomes the output itself: same inode, no second copy."""
    movie = tmp_path / "scratch" / "unit" / "movie.mov"
    movie.parent.mkdir(parents=True)
    movie.write_bytes(b"movie")
    inode = movie.stat().st_ino
    store = open_store((f"file://{root}",), None, tmp_path / "scratch")
    getattr(store, verb)(f"file://{root}/movie.mov", movie)
    assert (root / "movie.mov").stat().st_ino == inode
    assert (root / "movie.mov").stat().st_nlink == 1
    assert names(root) == ["movie.mov"]
    assert not movie.exists()


def test_a_scratch_file_that_loses_stays(root: Path, tmp_path: Path) -> None:
    """When the output stands already, the caller keeps the file to compare it."""
    movie = tmp_path / "scratch" / "movie.mov"
    movie.parent.mkdir()
    movie.write_bytes(b"movie")
    store = open_store((f"file://{root}",), None, tmp_path / "scratch")
    store.put(f"file://{root}/movie.mov", b"other")
    assert not store.put_if_absent(f"file://{root}/movie.mov", movie)
    assert movie.read_bytes() == b"movie"


def test_a_file_beside_the_scratch_is_copied(root: Path, tmp_path: Path) -> None:
    """A user's own file is never taken over, whatever the name of its folder begins with."""
    (tmp_path / "scratch").mkdir()
    (tmp_path / "scratch2").mkdir()
    own = tmp_path / "scratch2" / "own.mov"
    own.write_bytes(b"own")
    store = open_store((f"file://{root}",), None, tmp_path / "scratch")
    store.put(f"file://{root}/own.mov", own)
    assert own.stat().st_ino != (root / "own.mov").stat().st_ino


def test_a_scratch_on_another_filesystem_is_copied(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no second name can be given across filesystems, the file is copied."""
    movie = tmp_path / "scratch" / "movie.mov"
    movie.parent.mkdir()
    movie.write_bytes(b"movie")
    link = os.link

    def across(source: Path, target: Path, **options: bool) -> None:
        if Path(source) == movie:
            raise OSError(errno.EXDEV, "across")
        link(source, target, **options)

    monkeypatch.setattr(os, "link", across)
    store = open_store((f"file://{root}",), None, tmp_path / "scratch")
    assert store.put_if_absent(f"file://{root}/movie.mov", movie)
    assert (root / "movie.mov").read_bytes() == b"movie"


@pytest.mark.parametrize("renameat2", [True, False])
@pytest.mark.parametrize("code", [errno.EPERM, errno.ENOTSUP])
def test_a_filesystem_without_links_still_never_replaces(
    store: Store, root: Path, monkeypatch: pytest.MonkeyPatch, code: int, renameat2: bool
) -> None:
    """Without hard links the commit is a rename that does not replace."""
    monkeypatch.setattr(os, "link", fail(code))
    if not renameat2:
        monkeypatch.setattr(commit, "_renameat2", lambda *_: errno.EINVAL)
    uri = f"file://{root}/a"
    assert store.put_if_absent(uri, b"first")
    monkeypatch.setattr(Path, "lstat", fail(errno.ENOENT))  # the other writer comes just now
    assert not store.put_if_absent(uri, b"second")
    monkeypatch.undo()
    assert store.read(uri) == b"first"
    assert names(root) == ["a"]


def test_a_lost_reply_to_our_own_link_is_a_success(
    store: Store, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network filesystem that says "exists" of the link that it just made is believed less."""
    link = os.link

    def twice(source: Path, target: Path, **options: bool) -> None:
        link(source, target, **options)
        link(source, target, **options)

    monkeypatch.setattr(os, "link", twice)
    assert store.put_if_absent(f"file://{root}/a", b"x")


def test_what_stands_is_not_written_again(
    store: Store, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second put_if_absent of a large frame costs a look, not a write."""
    store.put(f"file://{root}/a", b"x")
    monkeypatch.setattr(os, "write", fail(errno.EIO))
    assert not store.put_if_absent(f"file://{root}/a", b"x")


@pytest.mark.parametrize("from_path", [False, True])
def test_short_writes_are_gone_on_with(
    store: Store, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, from_path: bool
) -> None:
    """When the system takes only a part of what is written, the rest follows."""
    data = bytes(range(256)) * 100
    (tmp_path / "source").write_bytes(data)
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, block: write(file, block[:1000]))
    store.put(f"file://{root}/a", tmp_path / "source" if from_path else data)
    assert store.read(f"file://{root}/a") == data


def test_a_folder_that_goes_away_meanwhile_is_worth_a_retry(
    store: Store, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write into a folder that somebody removes just then is store_unavailable."""
    for module in (commit, file):
        monkeypatch.setattr(module, "make_folders", lambda _: None)
    with pytest.raises(StoreUnavailable):
        store.put(f"file://{root}/gone/a", b"x")


def test_old_temporaries_are_removed_and_young_ones_are_not(root: Path) -> None:
    """The first put into a folder removes what was left there more than a day ago, no other."""
    folder = root / "out"
    folder.mkdir()
    old, young, foreign = (folder / n for n in (TEMPORARY + "old", TEMPORARY + "young", "old"))
    for path in (old, young, foreign):
        path.write_bytes(b"half")
    long_ago = young.stat().st_mtime - STALE_SECONDS - 60
    for path in (old, foreign):
        os.utime(path, (long_ago, long_ago))
    open_store((f"file://{root}",), None).put(f"file://{folder}/a", b"x")
    assert names(folder) == sorted(["a", "old", TEMPORARY + "young"])


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.ENOSPC, StoreUnavailable),
        (errno.EDQUOT, StoreUnavailable),
        (errno.EIO, StoreUnavailable),
        (errno.ESTALE, StoreUnavailable),
        (errno.EMFILE, StoreUnavailable),
        (errno.EACCES, Refused),
        (errno.EROFS, Refused),
        (errno.ENAMETOOLONG, InvalidRequest),
    ],
)
@pytest.mark.parametrize("call", ["open", "write", "fsync", "link"])
def test_a_failing_write_is_the_contracts_error_and_leaves_nothing(
    store: Store,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    code: int,
    kind: type[RushesError],
) -> None:
    """Whichever system call of a put fails: one contract error, no file, no temporary."""
    monkeypatch.setattr(os, call, fail(code))
    with pytest.raises(kind) as caught:
        store.put_if_absent(f"file://{root}/a", b"x")
    monkeypatch.undo()
    assert caught.value.facts == {"uri": f"file://{root}/a"}
    assert names(root) == []


def test_a_file_in_the_place_of_a_folder_is_an_invalid_request(store: Store, root: Path) -> None:
    """No output can be put below a file, nor over a folder."""
    (root / "file").write_bytes(b"x")
    (root / "folder").mkdir()
    for uri in (f"file://{root}/file/below", f"file://{root}/file/far/below"):
        for write in (store.put, store.put_if_absent):
            with pytest.raises(InvalidRequest):
                write(uri, b"x")
    for write in (store.put, store.put_if_absent):
        with pytest.raises(InvalidRequest):
            write(f"file://{root}/folder", b"x")
    assert (root / "file").read_bytes() == b"x"


MOMENTS = [
    ("put", "os.write = lambda f, b: (write(f, b[:len(b) // 2]), die())"),
    ("put", "os.fsync = lambda f: die()"),
    ("put", "Path.replace = lambda *a: die()"),
    ("put", "Path.replace = lambda *a: (replace(*a), die())"),
    ("put_if_absent", "os.write = lambda f, b: (write(f, b[:len(b) // 2]), die())"),
    ("put_if_absent", "os.fsync = lambda f: die()"),
    ("put_if_absent", "os.link = lambda *a, **k: die()"),
    ("put_if_absent", "os.link = lambda *a, **k: (link(*a, **k), die())"),
]
DOOMED = """
import os, signal, sys
from pathlib import Path
from functions.storage import open_store
write, link, replace = os.write, os.link, Path.replace
die = lambda: os.kill(os.getpid(), signal.SIGKILL)
store = open_store((sys.argv[1],), None)
store.stat(sys.argv[1] + "/ready")
{moment}
getattr(store, sys.argv[2])(sys.argv[1] + "/a", b"new" * 100000)
"""


def has_unnamed_files(folder: Path) -> bool:
    """Whether the filesystem of the tests does."""
    try:
        os.close(os.open(folder, os.O_WRONLY | os.O_TMPFILE))
    except OSError:
        return False
    return True


@pytest.mark.parametrize(("verb", "moment"), MOMENTS)
def test_a_kill_at_any_moment_leaves_old_or_new(root: Path, verb: str, moment: str) -> None:
    """Killed at any point of a commit: the old content or the new one, whole; then it works.
    A put of something new leaves nothing else behind, where files may be without a name."""
    (root / "ready").write_bytes(b"")
    if verb == "put":
        (root / "a").write_bytes(b"old")
    code = DOOMED.format(moment=moment)
    ended = subprocess.run(
        [sys.executable, "-c", code, f"file://{root}", verb], cwd=ROOT, check=False
    )
    assert ended.returncode == -signal.SIGKILL
    store = open_store((f"file://{root}",), None)
    whole = {b"old", b"new" * 100000}
    listed = [stat.uri.rpartition("/")[2] for stat in store.list(f"file://{root}")]
    assert set(listed) <= {"a", "ready"}
    if "a" in listed:
        assert store.read(f"file://{root}/a") in whole
    if verb == "put_if_absent" and has_unnamed_files(root):
        assert set(names(root)) <= {"a", "ready"}
    store.put_if_absent(f"file://{root}/a", b"new" * 100000)
    assert store.read(f"file://{root}/a") in whole


def test_a_commit_is_flushed_before_it_is_named(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order is write, fsync of the file, link, fsync of the folder; new folders too."""
    calls: list[str] = []

    def noted(name: str) -> None:
        original = getattr(os, name)

        def call(*arguments: object, **options: object) -> object:
            folder = name == "fsync" and Path(f"/proc/self/fd/{arguments[0]}").is_dir()
            calls.append(name + (" folder" if folder else ""))
            return original(*arguments, **options)

        monkeypatch.setattr(os, name, call)

    for name in ("write", "fsync", "link"):
        noted(name)
    FileStore([root]).put_if_absent(f"file://{root}/new/a", b"x")
    assert calls == ["fsync folder", "write", "fsync", "link", "fsync folder"]


def test_a_filesystem_without_unnamed_files_commits_by_name(
    store: Store, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NFS and others have no O_TMPFILE: the temporary name does it, and never replaces."""
    monkeypatch.setattr("functions.storage.commit._unnamed", fail(errno.EOPNOTSUPP))
    assert store.put_if_absent(f"file://{root}/a", b"first")
    assert not store.put_if_absent(f"file://{root}/a", b"second")
    assert (names(root), (root / "a").read_bytes()) == (["a"], b"first")


@pytest.mark.parametrize("allowed", [True, False, None])
@pytest.mark.parametrize("begin", [0, 1])
def test_large_frames_go_past_the_page_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allowed: bool | None, begin: int
) -> None:
    """Whole pages of memory are written directly where the disk can; the bytes are always right.

    allowed : by a filesystem that says yes, or no only when it is written to; None: as it is here
    """
    room = mmap.mmap(-1, (5 << 20) + 4096)
    room[:] = os.urandom(1 << 16) * (len(room) >> 16) + bytes(len(room) & 0xFFFF)
    content = memoryview(room)[begin : begin + (5 << 20) + 77]
    written: list[tuple[bool, int]] = []

    def write(descriptor: int, block: memoryview) -> int:
        flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
        direct = bool(flags & os.O_DIRECT)
        if direct and allowed is False:
            raise OSError(errno.EINVAL, "no")
        if direct and allowed:
            fcntl.fcntl(descriptor, fcntl.F_SETFL, flags & ~os.O_DIRECT)
        written.append((direct, real(descriptor, block[: 3 << 20])))
        fcntl.fcntl(descriptor, fcntl.F_SETFL, flags)
        return written[-1][1]

    real = os.write
    monkeypatch.setattr(commit.os, "write", write)
    if allowed is not None:
        monkeypatch.setattr(commit.os, "major", lambda device: 8)
        if not can_be_asked(tmp_path):
            pytest.skip("no O_DIRECT in the folder of the tests")
    assert commit.commit(tmp_path / "a", content, replace=False, given=False)
    assert (tmp_path / "a").read_bytes() == content
    if allowed is not None:
        direct = sum(count for passed, count in written if passed)
        assert direct == (5 << 20 if allowed and not begin else 0)


def can_be_asked(folder: Path) -> bool:
    """Whether files of a folder take the flag at all."""
    with (folder / "asked").open("wb") as file:
        flags = fcntl.fcntl(file, fcntl.F_GETFL)
        try:
            fcntl.fcntl(file, fcntl.F_SETFL, flags | os.O_DIRECT)
        except OSError:
            return False
    return True
