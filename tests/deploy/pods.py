"""`rushes serve` as a pod would run it: a manifest's environment, and ready when it says so."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import requests

from tests.serve.processes import environment

_SERVE = (sys.executable, "-m", "functions.serve.cli.main", "serve")


class Pod:
    """One process.

    environ : what the manifest says; `mounts` go over it: what a cluster would fill in
    ready : the path that the platform would probe
    """

    def __init__(
        self, folder: Path, environ: Mapping[str, str], mounts: Mapping[str, str], ready: str
    ) -> None:
        self.process = subprocess.Popen(
            [*_SERVE, "--host", "127.0.0.1", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment(folder, **{**environ, **mounts}),
            start_new_session=True,
        )
        assert self.process.stdout is not None
        match = re.search(r"http://[\d.]+:\d+", self.process.stdout.readline())
        assert match
        self.url = match[0]
        with requests.Session() as session:
            session.trust_env = False
            while session.get(self.url + ready, timeout=60).status_code != 200:
                assert self.process.poll() is None

    def kill(self) -> None:
        """As a node that goes away does: workers go with their master."""
        if self.process.returncode is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.communicate()
