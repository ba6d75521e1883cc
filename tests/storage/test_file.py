"""What only local storage does when it reads and lists: links, pipes, odd names, bad disks."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from functions.contract.errors import (
    InvalidRequest,
    LimitExceeded,
    Refused,
    RushesError,
    SourceNotFound,
    StoreUnavailable,
)
from functions.contract.store import Store
from functions.storage import open_store
from functions.storage.file import FileStore
from tests.storage.disk import fail, names


def test_a_link_out_of_the_root_is_refused(store: Store, root: Path, tmp_path: Path) -> None:
    """Reading, listing and writing through a symbolic link that leads outside is refused."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    (root / "folder").symlink_to(outside)
    (root / "file").symlink_to(outside / "secret")
    (root / "up").symlink_to("../outside")
    for uri in (f"file://{root}/folder/secret", f"file://{root}/file", f"file://{root}/up/secret"):
        for read in (store.stat, store.read, store.open, lambda u: store.read_range(u, 0, 1)):
            with pytest.raises(Refused):
                read(uri)
    for folder in (f"file://{root}/folder", f"file://{root}/up/"):
        with pytest.raises(Refused):
            list(store.list(folder))
        with pytest.raises(Refused):
            store.folders(folder)
        for write in (store.put, store.put_if_absent):
            with pytest.raises(Refused):
                write(folder.rstrip("/") + "/new/file", b"x")
    assert names(outside) == ["secret"]


@pytest.mark.parametrize("verb", ["stat", "read", "range", "open", "list", "folders", "put", "new"])
def test_a_link_that_appears_after_the_check_leads_nowhere(
    store: Store, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    """A folder that becomes a link between check and use is found out at the use."""
    outside = tmp_path / "outside"
    for folder in (outside, root / "clip"):
        folder.mkdir()
        (folder / "frame").write_bytes(folder.name.encode())
    check = FileStore._check_inside

    def then_swap(self: FileStore, uri: str, path: Path) -> None:
        check(self, uri, path)
        if not (root / "clip").is_symlink():
            (root / "clip").rename(root / "before")
            (root / "clip").symlink_to(outside)

    monkeypatch.setattr(FileStore, "_check_inside", then_swap)
    uri, folder_uri = f"file://{root}/clip/frame", f"file://{root}/clip/"
    use: dict[str, Callable[[], object]] = {
        "stat": lambda: store.stat(uri),
        "read": lambda: store.read(uri),
        "range": lambda: store.read_range(uri, 0, 5),
        "open": lambda: store.open(uri),
        "list": lambda: list(store.list(folder_uri)),
        "folders": lambda: store.folders(folder_uri),
        "put": lambda: store.put(uri, b"x"),
        "new": lambda: store.put_if_absent(f"{folder_uri}new", b"x"),
    }
    with pytest.raises(Refused):
        use[verb]()
    assert (names(outside), (outside / "frame").read_bytes()) == (["frame"], b"outside")


def test_a_sparse_giant_is_not_read_in_one_piece(store: Store, root: Path) -> None:
    """A file of 20 GB without content is a limit with both figures, and its ranges are read."""
    giant = root / "giant.dng"
    giant.touch()
    os.truncate(giant, 20 << 30)
    with pytest.raises(LimitExceeded, match=f"{20 << 30} bytes, and at most {2 << 30}"):
        store.read(f"file://{giant}")
    assert store.read_range(f"file://{giant}", 19 << 30, 4) == bytes(4)


def test_a_receipt_that_is_no_receipt_is_not_read(store: Store, root: Path) -> None:
    """What stands in place of a receipt or plan has a limit of its own; a movie's part has not."""
    folder = root / ".rushes"
    folder.mkdir()
    for name in ("a.json", "part.mov"):
        (folder / name).touch()
        os.truncate(folder / name, 200 << 20)
    with pytest.raises(LimitExceeded, match=f"at most {128 << 20}"):
        store.read(f"file://{folder}/a.json")
    assert len(store.read(f"file://{folder}/part.mov")) == 200 << 20


def test_a_link_out_of_the_root_is_listed_by_its_name_only(
    store: Store, root: Path, tmp_path: Path
) -> None:
    """A listing shows such a link, so that reading it can be refused, and not its target's size."""
    (tmp_path / "secret").write_bytes(bytes(12345))
    (root / "link").symlink_to(tmp_path / "secret")
    (stat,) = store.list(f"file://{root}")
    assert stat.uri == f"file://{root}/link"
    assert stat.bytes != 12345


def test_a_put_replaces_a_link_and_does_not_follow_it(
    store: Store, root: Path, tmp_path: Path
) -> None:
    """Putting over a link to a file outside changes the link, not the file."""
    target = tmp_path / "target"
    target.write_bytes(b"mine")
    (root / "link").symlink_to(target)
    store.put(f"file://{root}/link", b"new")
    assert target.read_bytes() == b"mine"
    assert (root / "link").read_bytes() == b"new"
    assert not (root / "link").is_symlink()


def test_links_inside_the_roots_are_followed(root: Path, tmp_path: Path) -> None:
    """A root that is itself a link, and links from one root into another, are fine."""
    media = tmp_path / "media"
    media.mkdir()
    (media / "a.dng").write_bytes(b"frame")
    (root / "a.dng").symlink_to(media / "a.dng")
    (root / "gone.dng").symlink_to(media / "gone.dng")
    (tmp_path / "alias").symlink_to(root)
    store = open_store((f"file://{tmp_path}/alias", f"file://{media}"), None)
    uri = f"file://{tmp_path}/alias/a.dng"
    assert store.read(uri) == b"frame"
    assert list(store.list(f"file://{tmp_path}/alias")) == [store.stat(uri)]
    assert store.stat(uri).bytes == 5


def test_scheme_s3_is_off_without_settings(root: Path) -> None:
    """An s3 URI is refused when no settings were given, also where the roots allow it."""
    with pytest.raises(Refused, match="off"):
        open_store(("s3://", f"file://{root}"), None).read("s3://bucket/key")


def test_only_regular_files_are_listed_and_read(store: Store, root: Path) -> None:
    """A named pipe is not listed, and reading it is an invalid request, not a wait for ever."""
    os.mkfifo(root / "pipe")
    assert list(store.list(f"file://{root}")) == []
    for read in (store.stat, store.read, store.open, lambda u: store.read_range(u, 0, 1)):
        with pytest.raises(InvalidRequest):
            read(f"file://{root}/pipe")


def test_names_that_no_uri_can_say_are_left_out(store: Store, root: Path) -> None:
    """Control characters and bytes that are no UTF-8 in a name do not spoil the listing."""
    for name in (b"new\nline", b"\xff\xfe", b"good"):
        (root / os.fsdecode(name)).write_bytes(b"x")
    (root / os.fsdecode(b"dir\xff")).mkdir()
    assert [stat.uri for stat in store.list(f"file://{root}")] == [f"file://{root}/good"]
    assert store.folders(f"file://{root}") == ()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.EIO, StoreUnavailable),
        (errno.ESTALE, StoreUnavailable),
        (errno.EACCES, Refused),
        (errno.ENOENT, SourceNotFound),
        (errno.ELOOP, InvalidRequest),
    ],
)
def test_a_failing_read_is_the_contracts_error(
    store: Store, root: Path, monkeypatch: pytest.MonkeyPatch, code: int, kind: type[RushesError]
) -> None:
    """What the system says on opening and on listing comes as the contract's error."""
    (root / "a").write_bytes(b"x")
    monkeypatch.setattr("functions.storage.file.os.open", fail(code))
    for read in (store.read, store.open):
        with pytest.raises(kind):
            read(f"file://{root}/a")
    if code != errno.ENOENT:
        monkeypatch.setattr("functions.storage.file.os.scandir", fail(code))
        with pytest.raises(kind):
            store.list(f"file://{root}")


def test_a_disk_that_fails_in_mid_read_is_the_contracts_error(store: Store, root: Path) -> None:
    """A reader that is open already raises store_unavailable, not a bare OSError."""
    (root / "a").write_bytes(b"x")
    with store.open(f"file://{root}/a") as reader:
        null = os.open("/proc/self/mem", os.O_RDONLY)  # EIO at address 0
        os.dup2(null, reader.fileno())
        os.close(null)
        with pytest.raises(StoreUnavailable):
            reader.read(1)


def test_what_no_listing_has_is_told(root: Path, store: Store) -> None:
    """Names that no URI can say, links to folders or nowhere, and pipes are left out of the
    listing of files and told by `unlisted`; files, folders and links to files are not."""
    (root / "plain").write_bytes(b"x")
    (root / "folder").mkdir()
    (root / "alias").symlink_to(root / "plain")
    (root / "around").symlink_to(root)
    (root / "nowhere").symlink_to("gone")
    (root / "itself").symlink_to("itself")
    (root / "two\nlines").write_bytes(b"x")
    os.mkfifo(root / "pipe")
    Path(os.fsdecode(os.fsencode(root) + b"/\xff.mov")).write_bytes(b"x")
    folder = f"file://{root}/"
    assert [stat.uri.rpartition("/")[2] for stat in store.list(folder)] == ["alias", "plain"]
    assert store.unlisted(folder) == {
        "around": "a link to a folder",
        "nowhere": "a link that leads nowhere",
        "itself": "a link that leads nowhere",
        "pipe": "a device, pipe or socket",
        "two\\nlines": "a name with control characters or bytes that are no UTF-8",
        "\\udcff.mov": "a name with control characters or bytes that are no UTF-8",
    }
