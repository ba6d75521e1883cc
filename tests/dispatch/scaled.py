"""A Service whose platform is as hard as it may be: its one pod, a real `rushes serve`, is killed
as soon as no request is open; a request that is open for longer than the time-out is cut.

References
----------
Knative Serving: scale to zero by open requests alone; `timeoutSeconds` (pkg/http/handler/timeout.go
answers 504).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

import requests

from tests.deploy.pods import Pod
from tests.dispatch.cluster import Answer


class ScaledService:
    """Call it with an event; it answers as its pod does.

    started, cut : pods that were started; requests that met the time-out
    idle : set while no request is open
    """

    def __init__(self, folder: Path, environ: Mapping[str, str], time_out: float) -> None:
        self._folder, self._environ, self._time_out = folder, dict(environ), time_out
        self._lock = threading.Lock()
        self._pod: Pod | None = None
        self._open = 0
        self.started = self.cut = 0
        self.idle = threading.Event()

    def __call__(self, headers: Mapping[str, str], body: bytes) -> Answer:
        with self._lock:
            self._open += 1
            self.idle.clear()
            if self._pod is None:
                self._pod = Pod(self._folder, self._environ, {}, "/readyz")
                self.started += 1
            url = self._pod.url
        try:
            with requests.Session() as session:
                session.trust_env = False
                answer = session.post(url, data=body, headers=dict(headers), timeout=self._time_out)
            return answer.status_code, answer.headers, answer.content
        except requests.Timeout:
            self.cut += 1
            return 504, {}, b"activator request timeout"
        except requests.ConnectionError as error:
            raise ConnectionError from error
        finally:
            with self._lock:
                self._open -= 1
                if self._open == 0:
                    self._pod.kill()
                    self._pod = None
                    self.idle.set()
