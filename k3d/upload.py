"""`python -m k3d.upload FOLDER s3://bucket/prefix/`: a folder's files, by the AWS variables."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit


def main(folder: Path, target: str) -> None:
    """Put every file; a bucket that is not there is made by the first."""
    import obstore
    from obstore.store import S3Store

    parts = urlsplit(target)
    endpoint = os.environ["AWS_ENDPOINT_URL_S3"]
    store = S3Store(
        parts.netloc,
        endpoint=endpoint,
        region=os.environ.get("AWS_REGION", "us-east-1"),
        access_key_id=os.environ["AWS_ACCESS_KEY_ID"],
        secret_access_key=os.environ["AWS_SECRET_ACCESS_KEY"],
        client_options={"allow_http": endpoint.startswith("http://")},
    )
    files = sorted(file for file in folder.iterdir() if file.is_file())
    for file in files:
        obstore.put(store, f"{parts.path.strip('/')}/{file.name}", file.read_bytes())
    print(f"{len(files)} files to {target}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), sys.argv[2])
