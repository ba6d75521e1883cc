"""What only S3 does: large files, one version a reader, servers that deny, hang or are gone."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import msgspec
import obstore
import pytest

from functions.contract.errors import (
    InvalidRequest,
    Refused,
    RushesError,
    SourceNotFound,
    StoreUnavailable,
)
from functions.contract.store import Store
from functions.storage import EVERYTHING, S3Settings, open_store, s3
from functions.storage.blocks import BLOCK, BlockReader
from functions.storage.content import STALE_SECONDS
from functions.storage.s3_errors import mapped
from tests.storage.place import Place
from tests.storage.seaweed import Seaweed

ROOT = Path(__file__).resolve().parents[2]
VERBS: list[Callable[[Store, str], object]] = [
    lambda store, uri: store.stat(uri),
    lambda store, uri: store.list(uri),
    lambda store, uri: store.folders(uri),
    lambda store, uri: store.read(uri),
    lambda store, uri: store.read_range(uri, 0, 10),
    lambda store, uri: store.open(uri),
    lambda store, uri: store.put(uri, b"x"),
    lambda store, uri: store.put_if_absent(uri, b"x"),
    lambda store, uri: store.put_if_absent(uri, bytes(s3.LOOK_FIRST)),
]
READS, WRITES = VERBS[:6], VERBS[6:8]


@pytest.fixture
def place(weed: Seaweed, request: pytest.FixtureRequest) -> Place:
    """A prefix of this test's own."""
    return Place(root=f"s3://{weed.bucket}/{request.node.name}/", s3=weed.settings)


@pytest.fixture
def movie(tmp_path: Path) -> Path:
    """12 MB that differ from block to block."""
    path = tmp_path / "movie.mov"
    path.write_bytes(b"".join(n.to_bytes(4, "big") for n in range(3_000_000)))
    return path


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes connections and says nothing."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(50)
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def everywhere(settings: S3Settings, **changed: object) -> Store:
    """A store without bounds, with some settings changed."""
    return open_store(EVERYTHING, msgspec.structs.replace(settings, **changed))


# Large files


@pytest.mark.parametrize("largest_copy", [s3.LARGEST_COPY, 1])
def test_a_file_too_large_for_one_request_is_put_once(
    place: Place, movie: Path, monkeypatch: pytest.MonkeyPatch, largest_copy: int
) -> None:
    """In parts, then copied on the condition: the first stays, and no temporary is left."""
    monkeypatch.setattr(s3, "SINGLE_PUT", 1 << 20)
    monkeypatch.setattr(s3, "LOOK_FIRST", 1 << 30 if largest_copy > 1 else 1)
    monkeypatch.setattr(s3, "LARGEST_COPY", largest_copy)
    store, uri = place.store(), place.uri("movie.mov")
    assert store.put_if_absent(uri, movie)
    before = store.stat(uri)
    movie.write_bytes(bytes(12_000_000))
    assert not store.put_if_absent(uri, movie)
    assert store.stat(uri) == before
    assert store.read_range(uri, 4 * 2_999_999, 4) == (2_999_999).to_bytes(4, "big")
    assert keys(place) == ["movie.mov"]
    store.put(uri, movie)
    assert store.read(uri) == bytes(12_000_000)


def test_temporaries_of_the_dead_are_removed(
    place: Place, movie: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next large put into a folder removes temporaries of more than a day, no younger."""
    monkeypatch.setattr(s3, "SINGLE_PUT", 1 << 20)
    store = place.store()
    store.put(place.uri(".rushes-tmp-dead"), b"half")
    store.put_if_absent(place.uri("one"), movie)
    assert keys(place) == [".rushes-tmp-dead", "one"]
    monkeypatch.setattr(s3, "STALE_SECONDS", -STALE_SECONDS)
    store.put_if_absent(place.uri("two"), movie)
    assert keys(place) == ["one", "two"]


def keys(place: Place) -> list[str]:
    """Every key of the prefix, hidden or not."""
    assert place.s3 is not None
    bucket, prefix = place.root.removeprefix("s3://").rstrip("/").split("/")
    client = s3._open_client(place.s3, bucket, upload=False)
    found = obstore.list_with_delimiter(client, prefix)["objects"]
    return sorted(each["path"].rpartition("/")[2] for each in found)


# Readers


def test_open_fetches_little_more_than_what_is_read(place: Place, movie: Path) -> None:
    """A look at both ends of a movie fetches two blocks and not the movie."""
    store, uri = place.store(), place.uri("movie.mov")
    store.put(uri, movie)
    with store.open(uri) as reader:
        raw = cast("BlockReader", reader.raw)  # type: ignore[attr-defined]
        reader.read(16)
        reader.seek(-16, 2)
        assert reader.read() == movie.read_bytes()[-16:]
        assert raw.requests == 2
        assert raw.fetched <= 2 * BLOCK


def test_a_reader_stays_with_one_version(place: Place, movie: Path) -> None:
    """When the object is replaced under an open reader, reading on ends in a retryable error."""
    store, uri = place.store(), place.uri("movie.mov")
    store.put(uri, movie)
    with store.open(uri) as reader:
        reader.read(16)
        store.put(uri, bytes(12_000_000))
        reader.seek(9_000_000)
        with pytest.raises(StoreUnavailable, match="changed"):
            reader.read(16)


def test_a_store_without_entity_tags_is_read_all_the_same(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where objects have no tag, the time of change is the identity and reading works."""
    store, uri = place.store(), place.uri("a")
    store.put(uri, b"0123456789")
    head = obstore.head
    monkeypatch.setattr(obstore, "head", lambda *at: {**head(*at), "e_tag": None})
    assert store.stat(uri).identity.startswith("2")
    with store.open(uri) as reader:
        reader.seek(3)
        assert reader.read(2) == b"34"


def test_a_folder_marker_is_no_file(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The empty object that web consoles make for a folder is in no listing."""
    store, uri = place.store(), place.uri("clip", "a")
    store.put(uri, b"x")
    listed = s3.S3Store._listed

    def marked(self: s3.S3Store, folder: str) -> object:
        objects, prefixes = listed(self, folder)
        marker = {**objects[0], "path": objects[0]["path"].rpartition("/")[0], "size": 0}
        return [marker, *objects], prefixes

    monkeypatch.setattr(s3.S3Store, "_listed", marked)
    assert [stat.uri for stat in store.list(place.uri("clip"))] == [uri]


# Servers that deny


@pytest.mark.parametrize("verb", READS)
def test_a_reader_identity_reads(
    weed: Seaweed, place: Place, verb: Callable[[Store, str], object]
) -> None:
    """Who may read and list does so."""
    place.store().put(place.uri("a"), b"x")
    answer = verb(open_store((place.root,), weed.reader), place.uri("a"))
    if hasattr(answer, "close"):
        answer.close()


@pytest.mark.parametrize("verb", WRITES)
def test_a_denied_put_is_refused(
    weed: Seaweed, place: Place, verb: Callable[[Store, str], object]
) -> None:
    """Who may only read is refused a put, at once and for good."""
    with pytest.raises(Refused):
        verb(open_store((place.root,), weed.reader), place.uri("a"))
    assert list(place.store().list(place.root)) == []


@pytest.mark.parametrize("verb", VERBS)
def test_a_wrong_secret_is_refused(
    weed: Seaweed, place: Place, verb: Callable[[Store, str], object]
) -> None:
    """A key that the server does not believe is refused by every verb, and not shown."""
    with pytest.raises(Refused) as caught:
        verb(everywhere(weed.settings, secret_access_key="wr0ng"), place.uri("a"))
    assert "wr0ng" not in str(caught.value)


def test_a_bucket_that_is_not_there_is_not_found(weed: Seaweed) -> None:
    """Reading and listing name the bucket's absence, which is a mistake worth telling."""
    store = everywhere(weed.settings)
    for verb in VERBS[:6]:
        with pytest.raises(SourceNotFound):
            verb(store, "s3://no-such-bucket/a")


# Servers that are gone


@pytest.mark.parametrize("verb", VERBS)
def test_a_server_that_is_gone_is_unavailable(
    weed: Seaweed, verb: Callable[[Store, str], object]
) -> None:
    """Every verb ends in a retryable error after a few tries at a closed port."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        store = everywhere(weed.settings, endpoint=f"http://127.0.0.1:{port}", retry_seconds=0.1)
        with pytest.raises(StoreUnavailable) as caught:
            verb(store, "s3://bucket/a")
    assert caught.value.retryable
    assert "\n" not in str(caught.value)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("verb", VERBS[:8])
def test_a_server_that_says_nothing_is_unavailable(
    weed: Seaweed, silent: str, verb: Callable[[Store, str], object]
) -> None:
    """A server that takes the request and never answers is given up after the silence set."""
    store = everywhere(weed.settings, endpoint=silent, answer_seconds=0.2, retry_seconds=0.1)
    with pytest.raises(StoreUnavailable):
        verb(store, "s3://bucket/a")


@pytest.mark.timeout(30)
def test_a_machine_without_credentials_does_not_hang(
    weed: Seaweed, silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a key, and where nobody lends one, the answer says so in bounded time."""
    for name in [n for n in os.environ if n.startswith("AWS_") or "proxy" in n.lower()]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", silent)
    store = everywhere(
        weed.settings,
        access_key_id=None,
        secret_access_key=None,
        answer_seconds=0.2,
        retry_seconds=0.1,
    )
    with pytest.raises(StoreUnavailable, match="no S3 key"):
        store.read("s3://bucket/a")


# Settings


@pytest.mark.parametrize(
    "changed",
    [
        {"endpoint": "nonsense"},
        {"endpoint": "http://"},
        {"endpoint": "http://a b"},
        {"endpoint": "http://127.0.0.1:9", "allow_http": False},
        {"access_key_id": None},
        {"secret_access_key": None},
    ],
)
def test_settings_that_cannot_work_are_an_invalid_request(
    weed: Seaweed, changed: dict[str, object]
) -> None:
    """A bad endpoint, one without TLS where that is not allowed, and half a key are named."""
    with pytest.raises(InvalidRequest):
        everywhere(weed.settings, **changed).read("s3://bucket/a")


def test_settings_do_not_show_the_secret(weed: Seaweed) -> None:
    """The printed settings hold neither the secret nor the session token."""
    settings = msgspec.structs.replace(weed.settings, session_token="t0ken")
    assert weed.settings.secret_access_key not in (repr(settings), None)
    assert "t0ken" not in repr(settings) + str(settings) + f"{settings}"
    assert "writer-secret" not in repr(settings) + str(settings) + f"{settings}"


def test_virtual_hosted_style_has_the_bucket_in_the_host() -> None:
    """The bucket stands before the host of the endpoint, which keeps its port."""
    assert s3._endpoint("https://s3.example:9000", "plates", True) == (
        "https://plates.s3.example:9000"
    )
    assert s3._endpoint("https://s3.example", "plates", False) == "https://s3.example"


# What the client says


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("status code: 503 Slow: <Code>SlowDown</Code>", StoreUnavailable),
        ("status code: 500 Oh", StoreUnavailable),
        ("status code: 429 Many: <Code>TooMany</Code>", StoreUnavailable),
        ("status code: 400 Bad: <Code>ExpiredToken</Code>", StoreUnavailable),
        ("status code: 400 Bad: <Code>AuthorizationHeaderMalformed</Code>", Refused),
        ("status code: 301 Moved: <Code>PermanentRedirect</Code>", Refused),
        ("status code: 403 No: <Code>AccessDenied</Code>", Refused),
        ("status code: 403 No: a proxy's own page", StoreUnavailable),
        ("status code: 404 No: <Code>NoSuchBucket</Code>", SourceNotFound),
        ("status code: 400 Bad: <Code>KeyTooLongError</Code>", InvalidRequest),
        ("connection reset by peer", StoreUnavailable),
    ],
)
def test_the_clients_words_become_the_contracts_error(said: str, kind: type[RushesError]) -> None:
    """Status and S3's code decide; an answer without S3's code was somebody else's."""
    with pytest.raises(kind) as caught, mapped("s3://b/k"):
        raise obstore.exceptions.GenericError(
            f"Generic S3 error: Error performing GET http://h/b/k in 1ms - Server returned "
            f"non-2xx {said}"
        )
    assert caught.value.facts["uri"] == "s3://b/k"


def test_a_fork_after_use_is_refused_and_harms_nobody(weed: Seaweed, place: Place) -> None:
    """A forked child is told at once; without that, it and its parent would hang."""
    place.store().put(place.uri("a"), b"x")
    code = (
        "import os, sys, msgspec\n"
        "from functions.contract.errors import StoreUnavailable\n"
        "from tests.storage.place import Place\n"
        "place = msgspec.json.decode(sys.argv[1], type=Place)\n"
        "store = place.store()\n"
        "assert store.read(place.uri('a')) == b'x'\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    for each in (store, place.store()):\n"
        "        try:\n"
        "            each.read(place.uri('a'))\n"
        "        except StoreUnavailable:\n"
        "            continue\n"
        "        os._exit(1)\n"
        "    os._exit(0)\n"
        "assert os.waitpid(child, 0)[1] == 0\n"
        "assert store.read(place.uri('a')) == b'x'\n"
    )
    argument = msgspec.json.encode(place)
    done = subprocess.run([sys.executable, "-c", code, argument], cwd=ROOT, timeout=30, check=False)
    assert done.returncode == 0, signal.strsignal(-done.returncode)


def test_one_clip_of_a_flat_prefix_costs_its_own_pages(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys before and after the clip's are not fetched: of twelve clips, one page comes."""
    store = place.store()
    for clip in range(12):
        for number in range(3):
            store.put(place.uri(f"A{clip:03d}_{number}.dng"), b"x")
    pages: list[int] = []
    everything = obstore.list

    def counted(*given: object, **named: object) -> Iterator[object]:
        for page in everything(*given, **named):  # type: ignore[call-overload]
            pages.append(len(page))
            yield page

    monkeypatch.setattr(obstore, "list", counted)
    monkeypatch.setattr(s3, "_PAGE", 4)
    found = [stat.uri for stat in store.list(place.root, "A007_")]
    assert found == [place.uri(f"A007_{number}.dng") for number in range(3)]
    assert pages == [4]
