"""Settings from an environment: read once, all faults at once, nothing secret shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from functions.contract.errors import InvalidRequest
from functions.contract.operation import Limits
from functions.serve.run.machine import usable_memory
from functions.serve.run.settings import ROWS, Settings, describe


def test_an_empty_environment_has_the_defaults() -> None:
    """What is not set has its documented default; empty is not set."""
    for environ in ({}, {row.names[0]: "  " for row in ROWS}):
        found = Settings.read(environ)
        assert (found.function, found.port) == (None, 8080)
        assert found.limits == Limits(memory=usable_memory())
        assert found.roots == ("file:///", "s3://")
        assert found.open_to_all_storage
        assert found.threads >= 1


def test_everything_can_be_set(tmp_path: Path) -> None:
    """Each variable reaches its field."""
    (tmp_path / "token").write_text("t")
    found = Settings.read(
        {
            "FUNCTION": "debayer",
            "PORT": "9000",
            "RUSHES_HOST": "127.0.0.1",
            "RUSHES_ROOTS": "file:///mnt/plates, s3://camera/show/ /data",
            "RUSHES_SCRATCH": str(tmp_path),
            "RUSHES_LIMITS_PIXELS": "1000",
            "RUSHES_LIMITS_FRAMES": "24",
            "RUSHES_LIMITS_BYTES": "5",
            "RUSHES_LIMITS_SECONDS": "1.5",
            "RUSHES_LIMITS_MEMORY": "2000000",
            "RUSHES_TOKEN_FILE": str(tmp_path / "token"),
            "RUSHES_THREADS": "3",
            "RUSHES_WORKERS": "2",
            "RUSHES_GRACE": "9",
            "RUSHES_BODY": "2048",
            "RUSHES_LOG": "TEXT",
            "K_SINK": "http://broker/ns/default",
            "RUSHES_CALLBACK_URL": "http://pipeline:9000/done?show=agm",
        }
    )
    assert (found.function, found.port, found.host) == ("debayer", 9000, "127.0.0.1")
    assert found.roots == ("file:///mnt/plates/", "s3://camera/show/", "file:///data/")
    assert not found.open_to_all_storage
    assert found.limits == Limits(pixels=1000, frames=24, bytes=5, seconds=1.5, memory=2_000_000)
    assert (found.scratch, found.token_file) == (tmp_path, tmp_path / "token")
    assert (found.threads, found.workers, found.grace, found.body) == (3, 2, 9.0, 2048)
    assert (found.log, found.sink) == ("text", "http://broker/ns/default")
    assert found.callback == "http://pipeline:9000/done?show=agm"


def test_workers_share_the_memory() -> None:
    """Each worker of a server does a unit: its memory is its share, unless it is said."""
    assert Settings.read({"RUSHES_WORKERS": "4"}).limits.memory == usable_memory() // 4
    said = {"RUSHES_WORKERS": "4", "RUSHES_LIMITS_MEMORY": "2000000"}
    assert Settings.read(said).limits.memory == 2_000_000


def test_s3_comes_from_the_usual_variables() -> None:
    """AWS_* variables are read; an endpoint of one's own has path style, and http if it says so."""
    found = Settings.read(
        {
            "AWS_ENDPOINT_URL": "https://other",
            "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:8333/",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_SESSION_TOKEN": "session",
        }
    ).s3
    assert (found.endpoint, found.region) == ("http://127.0.0.1:8333", "eu-west-1")
    assert (found.access_key_id, found.secret_access_key) == ("key", "secret")
    assert (found.session_token, found.allow_http) == ("session", True)
    assert not found.virtual_hosted_style
    plain = Settings.read({}).s3
    assert (plain.endpoint, plain.allow_http, plain.virtual_hosted_style) == (None, False, True)
    strict = Settings.read({"AWS_ENDPOINT_URL": "http://x", "AWS_ALLOW_HTTP": "false"}).s3
    assert not strict.allow_http


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("RUSHES_ROOTS", "mnt/plates"),
        ("RUSHES_ROOTS", "file:///a/../b"),
        ("RUSHES_ROOTS", "ftp://a/b"),
        ("RUSHES_SCRATCH", "/no/such/folder"),
        ("RUSHES_LIMITS_PIXELS", "0"),
        ("RUSHES_LIMITS_FRAMES", "many"),
        ("RUSHES_LIMITS_SECONDS", "nan"),
        ("RUSHES_LIMITS_SECONDS", "inf"),
        ("RUSHES_LIMITS_SECONDS", "-1"),
        ("RUSHES_TOKEN_FILE", "/no/such/file"),
        ("RUSHES_TOKEN_FILE", "/dev/null"),
        ("RUSHES_THREADS", "0"),
        ("RUSHES_LOG", "xml"),
        ("K_SINK", "broker"),
        ("RUSHES_CALLBACK_URL", "pipeline:9000/done"),
        ("AWS_ENDPOINT_URL", "host:9000"),
        ("AWS_ALLOW_HTTP", "perhaps"),
    ],
)
def test_a_bad_value_is_named(name: str, value: str) -> None:
    """A value that cannot be is an error with the variable's name."""
    with pytest.raises(InvalidRequest) as caught:
        Settings.read({name: value})
    assert caught.value.facts["field"] == name
    assert name in caught.value.detail


def test_all_bad_settings_are_named_at_once() -> None:
    """Three bad variables are one error with three problems."""
    with pytest.raises(InvalidRequest) as caught:
        Settings.read({"PORT": "x", "RUSHES_THREADS": "x", "RUSHES_LOG": "x"})
    assert {p["field"] for p in caught.value.facts["problems"]} == {
        "PORT",
        "RUSHES_THREADS",
        "RUSHES_LOG",
    }


def test_a_misspelt_setting_is_an_error_with_a_hint() -> None:
    """RUSHES_ROOT, unseen, would leave all storage open: it is named, with what was meant."""
    with pytest.raises(InvalidRequest, match="did you mean RUSHES_ROOTS"):
        Settings.read({"RUSHES_ROOT": "file:///mnt"})


@pytest.mark.parametrize(
    "name",
    [
        "RUSHES_DEBAYER_SERVICE_HOST",
        "RUSHES_PORT",
        "RUSHES_PORT_8080_TCP_ADDR",
        "RUSHES_DEBAYER_SERVICE_PORT_HTTP",
        "RUSHES_DEBAYER_PORT_80_TCP",
    ],
)
def test_what_kubernetes_adds_is_no_misspelling(name: str) -> None:
    """Service links of a Service called rushes do not stop its pods."""
    Settings.read({name: "tcp://10.0.0.1:80"})


def test_secrets_are_masked_and_sources_told() -> None:
    """The table tells each value and where it is from, and no secret."""
    shown = describe({"AWS_SECRET_ACCESS_KEY": "hush", "AWS_DEFAULT_REGION": "x", "PORT": "1"})
    rows = {line.name: line for line in shown}
    assert "hush" not in "".join(f"{line}" for line in shown)
    assert rows["AWS_SECRET_ACCESS_KEY"].value == "********"
    assert (rows["PORT"].value, rows["PORT"].source) == ("1", "environment")
    assert (rows["AWS_DEFAULT_REGION"].source, rows["RUSHES_LOG"].source) == (
        "environment",
        "default",
    )
    assert rows["RUSHES_THREADS"].source == "cores and memory of this cgroup"


SECRETS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def test_secrets_are_read_from_mounted_files(tmp_path: Path) -> None:
    """The file's text without its final newline is the value, and the table hides it too."""
    environ = {}
    for name in SECRETS:
        (tmp_path / name).write_text(f"{name.lower()}/+=\n")
        environ[f"{name}_FILE"] = str(tmp_path / name)
    found = Settings.read(environ).s3
    assert (found.access_key_id, found.secret_access_key, found.session_token) == tuple(
        f"{name.lower()}/+=" for name in SECRETS
    )
    shown = {line.name: line for line in describe(environ)}
    assert (shown["AWS_SECRET_ACCESS_KEY_FILE"].value, shown["AWS_SESSION_TOKEN_FILE"].source) == (
        "********",
        "file",
    )


def test_a_secret_is_told_once(tmp_path: Path) -> None:
    """A value beside a file is an error that names both and shows neither."""
    (tmp_path / "key").write_text("in-the-file")
    with pytest.raises(InvalidRequest) as caught:
        Settings.read(
            {
                "AWS_SECRET_ACCESS_KEY": "in-the-environment",
                "AWS_SECRET_ACCESS_KEY_FILE": str(tmp_path / "key"),
            }
        )
    assert caught.value.facts["field"] == "AWS_SECRET_ACCESS_KEY_FILE"
    assert caught.value.detail == (
        "AWS_SECRET_ACCESS_KEY_FILE: is set, and AWS_SECRET_ACCESS_KEY is too: one of them"
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"", "holds nothing"),
        (b" \n", "holds nothing"),
        (b"\xff\xfe", "cannot be read: it is no text"),
    ],
)
def test_a_secret_that_is_not_there_is_named(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    """A file that is missing, empty or no text is an error of its variable, beside all others."""
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    with pytest.raises(InvalidRequest) as caught:
        Settings.read({"AWS_SESSION_TOKEN_FILE": str(tmp_path / "key"), "PORT": "x"})
    details = {p["field"]: p["detail"] for p in caught.value.facts["problems"]}
    assert details.keys() == {"AWS_SESSION_TOKEN_FILE", "PORT"}
    assert details["AWS_SESSION_TOKEN_FILE"].endswith(said)


def test_an_empty_file_variable_is_not_set() -> None:
    """As in Compose files, empty is not set, and the value itself may stand beside it."""
    environ = {"AWS_SESSION_TOKEN_FILE": " ", "AWS_SESSION_TOKEN": "t"}
    assert Settings.read(environ).s3.session_token == "t"
