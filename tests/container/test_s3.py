"""The image against S3: a server in the same network namespace, which has loopback only."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.container.conftest import Place, outside
from tests.container.engine import LOCKED, Container, Engine

KEYS = {"AWS_ACCESS_KEY_ID": "writer", "AWS_SECRET_ACCESS_KEY": "writer-secret"}
_PORT = 8333
_IDENTITY = {
    "name": "writer",
    "credentials": [{"accessKey": "writer", "secretKey": "writer-secret"}],
    "actions": ["Admin", "Read", "Write", "List", "Tagging"],
}
_FLAGS = (
    "-ip=127.0.0.1",
    "-ip.bind=127.0.0.1",
    "-dir=/tmp",
    "-filer",
    "-s3",
    f"-s3.port={_PORT}",
    "-s3.port.iceberg=0",
    "-s3.port.lance=0",
    "-s3.config=/identities.json",
    "-volume.port=8090",
    "-volume.max=0",
    "-volume.minFreeSpace=0",
    "-master.volumeSizeLimitMB=256",
)
# Puts a folder into a bucket, which the first write makes, when the server is up.
_PUT = """
import sys, time
from pathlib import Path
import obstore
from obstore.store import S3Store
store = S3Store("camera", endpoint="http://127.0.0.1:8333", region="us-east-1",
    access_key_id="writer", secret_access_key="writer-secret",
    client_options={"allow_http": True, "timeout": "5s"}, retry_config={"max_retries": 0})
files = sorted(Path(sys.argv[1]).iterdir())
until = time.monotonic() + 60
while files:
    try:
        obstore.put(store, f"A001/{files[0].name}", files[0].read_bytes())
        files.pop(0)
    except obstore.exceptions.BaseError:
        if time.monotonic() > until:
            raise
        time.sleep(0.1)
"""


@pytest.fixture(scope="module")
def weed(
    engine: Engine, base: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Container]:
    """SeaweedFS in a container without a network."""
    beside = Path(sys.executable).with_name("weed")
    program = str(beside) if beside.exists() else shutil.which("weed")
    if program is None:
        pytest.skip("weed is not installed")
    identities = tmp_path_factory.mktemp("weed") / "identities.json"
    identities.write_text(json.dumps({"identities": [_IDENTITY]}))
    mounts = ("--volume", f"{program}:/weed:ro", "--volume", f"{identities}:/identities.json:ro")
    locked = ("--read-only", "--tmpfs", "/tmp", "--network", "none")
    with engine.started(base, *locked, *mounts, words=["/weed", "server", *_FLAGS]) as running:
        yield running


def test_a_unit_from_and_to_s3(
    engine: Engine, image: str, weed: Container, place: Place, tmp_path: Path
) -> None:
    """Frames from one bucket to another have the hashes of those from file to file outside."""
    environ = {
        **KEYS,
        "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{_PORT}",
        "AWS_REGION": "us-east-1",
        "RUSHES_ROOTS": "s3://camera/ s3://camera-out/",
    }
    env = [word for name, value in environ.items() for word in ("--env", f"{name}={value}")]
    network = ("--network", f"container:{weed.id}")
    with engine.started(image, *LOCKED, *place.mount, *network, *env) as running:
        running.until_ready_inside()
        put = running.exec("python", "-c", _PUT, f"{place.path}/camera/A001")
        assert put.returncode == 0, put.stderr + weed.logs()
        words = ["--frames", "0-1", "--compression", "zip", "--json"]
        locked = running.exec("rushes", "debayer", "s3://camera/A001/", "s3://camera/out/", *words)
        assert locked.returncode == 0, locked.stderr + running.logs()
        inside = json.loads(locked.stdout)
    clip = str(place.path / "camera" / "A001")
    plain = outside("debayer", clip, str(tmp_path / "out"), *words)
    assert plain.returncode == 0, plain.stderr
    mine, theirs = inside["outputs"], json.loads(plain.stdout)["outputs"]
    assert [o["xxh64"] for o in mine] == [o["xxh64"] for o in theirs]
    assert all(o["uri"].startswith("s3://camera/out/") for o in mine)
