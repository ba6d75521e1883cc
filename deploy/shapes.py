"""What each operation is given on a platform: a new operation is one entry here.

`python -m deploy` then writes its files; `tests/deploy` fails until that is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Class = Literal["interactive", "batch"]


@dataclass(frozen=True, slots=True)
class Shape:
    """The resources of one operation's pods.

    cpu : thousandths of a core; also the threads of a unit, which follow the cgroup
    memory : as Kubernetes writes it
    scratch : most bytes in /tmp
    pods : most pods at once
    waits : who waits for it: a person or a whole job (interactive), or nobody (batch)
    why : one or two sentences, in the file's first line
    job_seconds : limit of one unit, and of the whole Job, when it runs as a Job
    sends : whether it sends events on, to the broker or through the gateway
    """

    cpu: int
    memory: str
    scratch: str
    pods: int
    waits: Class
    why: str
    job_seconds: tuple[int, int] = (21600, 86400)
    sends: bool = False


SHAPES: Mapping[str, Shape] = {
    "inspect": Shape(
        1000,
        "1Gi",
        "4Gi",
        20,
        "interactive",
        "Reports what is in a clip. People wait for it: it goes before batch work.",
    ),
    "debayer": Shape(
        2000,
        "4Gi",
        "8Gi",
        100,
        "batch",
        "Camera raw to ACES EXR. Memory is threads x one frame, whatever the clip's length.",
    ),
    "plate": Shape(
        2000,
        "4Gi",
        "8Gi",
        100,
        "batch",
        "VFX plates. Memory is threads x one frame with its filters' rows.",
    ),
    "transcode": Shape(
        2000,
        "4Gi",
        "16Gi",
        100,
        "batch",
        "Dailies and proxies: a movie is written into the scratch folder before it is committed.",
    ),
    "deliver": Shape(
        2000,
        "4Gi",
        "16Gi",
        100,
        "batch",
        "Finals: frames and movies, the latter in the scratch folder before they are committed.",
    ),
    "trim": Shape(
        1000,
        "1Gi",
        "16Gi",
        50,
        "batch",
        "Cuts camera files without decoding: bound by storage, not by cores.",
    ),
    "stitch": Shape(
        1000,
        "1Gi",
        "16Gi",
        20,
        "interactive",
        "Joins parts without decoding. A whole job waits for it, so it goes before its units.",
    ),
    "seal": Shape(
        1000,
        "1Gi",
        "1Gi",
        20,
        "batch",
        "Hashes what it seals as a stream: bound by storage.",
    ),
    "lint": Shape(
        1000,
        "1Gi",
        "4Gi",
        20,
        "interactive",
        "Checks a delivery. People wait for it.",
    ),
    "pull": Shape(
        1000,
        "1Gi",
        "1Gi",
        5,
        "interactive",
        "Reads a turnover and the headers of its media. People wait for it.",
    ),
    "report": Shape(
        1000,
        "1Gi",
        "4Gi",
        20,
        "interactive",
        "Sums up a job and shows some of its frames. People wait for it.",
    ),
    "index": Shape(
        1000,
        "2Gi",
        "4Gi",
        50,
        "batch",
        "Reads the headers of what was shot, and a frame of each clip for its thumbnail.",
    ),
    "dispatch": Shape(
        250,
        "512Mi",
        "1Gi",
        5,
        "interactive",
        "Plans a job and sends its units to the broker. It waits far more than it works.",
        job_seconds=(540, 259200),
        sends=True,
    ),
}
