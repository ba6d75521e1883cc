"""`make fuzz SEED=1 COUNT=10000`: seeded mutations of every format and of requests.

They go to a real server. Prints how many of each kind got which answer, and ends with 1 when a
worker died, an answer was a 500 or did not come, or a worker held more memory than the limit that
is told. What did it is kept.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import rushes
from tests.fuzz.mutations import mutated
from tests.fuzz.seeds import write_seeds
from tests.fuzz.server import started
from tests.media import movies

MEMORY = 3 << 29
"""Most that a worker may hold at any time: 1.5 GiB."""

MXF = 0.3
"""Of the mutated media: a demuxer of FFmpeg's has freed memory twice for such files."""

_RAW = (".dng", ".mlv", ".mcraw", ".crm", ".cine", ".nut")
Try = tuple[str, dict[str, Any] | bytes]
_KINDS = {"media": 50, "look": 12, "config": 4, "turnover": 12, "amf": 6, "fdl": 4, "mhl": 4,
          "request": 8}  # fmt: skip


class Trial:
    """One mutation: files in a folder of its own, and what is asked about them."""

    def __init__(self, number: int, seed: int, folder: Path, seeds: dict[str, list[Path]]) -> None:
        self.number = number
        self.chance = random.Random(f"{seed}:{number}")
        self.seeds = seeds
        self.folder = folder / f"t{number}"
        self.out = f"file://{self.folder}/out/"
        present = [kind for kind in _KINDS if kind == "request" or seeds.get(kind)]
        self.kind = self.chance.choices(present, [_KINDS[kind] for kind in present])[0]

    def prepare(self) -> list[Try]:
        """Write the files; what is asked."""
        self.folder.mkdir()
        make: dict[str, Callable[[], list[Try]]] = {
            "media": self._media, "look": self._look, "config": self._config,
            "turnover": self._turnover, "amf": lambda: self._sidecar("amf"),
            "fdl": lambda: self._sidecar("fdl"), "mhl": self._mhl, "request": self._request,
        }  # fmt: skip
        return make[self.kind]()

    def _uri(self, path: Path) -> str:
        return f"file://{path}"

    def _broken(self, kind: str) -> Path:
        source = self.chance.choice(self.seeds[kind])
        movies = [each for each in self.seeds[kind] if each.suffix == ".mxf"]
        if movies and self.chance.random() < MXF:
            source = self.chance.choice(movies)
        path = self.folder / f"x{source.suffix}"
        path.write_bytes(mutated(source.read_bytes(), self.chance))
        return path

    def _whole(self, name: str) -> str:
        path = next(p for p in self.seeds["media"] if p.name == name)
        return self._uri(path)

    def _media(self) -> list[Try]:
        path = self._broken("media")
        uri = self._uri(path)
        more = self.chance.choice(
            (
                ("deliver", {"profile": "aces-exr", "method": "draft", "width": 32}),
                ("debayer", {"method": "draft"}),
                ("transcode", {"codec": "prores-proxy", "width": 32, "rate": "24"}),
                ("trim", {"frames": "0-0"}),
                ("deliver", {"profile": "rec709-dpx", "explain": True}),
                ("plate", {"explain": True}),
            )
        )
        asked: list[Try] = [("inspect", {"input": uri})]
        if self.chance.random() < 0.5:
            # A picture that says no colour of its own, and no raw one.
            said = (
                {}
                if path.suffix in _RAW or more[0] in ("trim", "debayer")
                else {"source": "acescct"}
            )
            asked.append((more[0], {"input": uri, "output": self.out, **said, **more[1]}))
        return asked

    def _deliver(self, **fields: Any) -> Try:
        whole = {"input": self._whole("a.tif"), "output": self.out, "source": "acescct"}
        return "deliver", {**whole, "profile": "aces-exr", "overwrite": True, **fields}

    def _look(self) -> list[Try]:
        return [self._deliver(looks=[self._uri(self._broken("look"))])]

    def _config(self) -> list[Try]:
        (self.folder / "luts").mkdir()
        cube = next(p for p in self.seeds["look"] if p.name == "a.cube")
        shutil.copy(cube, self.folder / "luts" / "a1.cube")
        fields = {"config": self._uri(self._broken("config")), "space": "show/film"}
        whole = {"input": self._whole("a.tif"), "output": self.out, "source": "aces"}
        return [("transcode", {**whole, "codec": "prores-proxy", "rate": "24", **fields})]

    def _sidecar(self, kind: str) -> list[Try]:
        uri = self._uri(self._broken(kind))
        said: dict[str, Any] = {}
        if kind == "amf":
            # The master that it is of, under the name that it has there.
            master = next(p for p in self.seeds["media"] if p.name == "aces-exr.exr")
            shutil.copy(master, self.folder / "a.exr")
            said = {"input": self._uri(self.folder / "a.exr"), "source": None}
        return [self._deliver(**{kind: uri, "explain": self.chance.random() < 0.5, **said})]

    def _turnover(self) -> list[Try]:
        uri = self._uri(self._broken("turnover"))
        media = [self._uri(self.seeds["media"][0].parent / "clips") + "/"]
        return [("pull", {"input": uri, "media": media, "output": self.out, "handles": 0})]

    def _mhl(self) -> list[Try]:
        sealed = self.seeds["mhl"][0].parents[1]
        if sealed.name != "sealed":
            return self._media()
        copy = self.folder / "sealed"
        shutil.copytree(sealed, copy)
        path = self.chance.choice(sorted((copy / "ascmhl").iterdir()))
        path.write_bytes(mutated(path.read_bytes(), self.chance))
        mode = self.chance.choice(("verify", "diff", "create"))
        uri = self._uri(copy) + "/"
        return [("seal", {"input": uri, "mode": mode}), ("lint", {"input": uri})]

    def _request(self) -> list[Try]:
        operation, fields = self.chance.choice(
            (
                self._deliver(width=64, frames="0-0", burn_in=["{timecode}"]),
                ("inspect", {"input": self._whole("a.dng")}),
                ("seal", {"input": self.out, "date": "2026-01-01", "formats": ["md5"]}),
                ("dispatch", {"output": self.out, "clips": [{"operation": "x"}], "sink": "x"}),
                ("trim", {"input": self._whole("a.mov"), "output": self.out, "frames": "0-1"}),
            )
        )  # fmt: skip
        return [(operation, mutated(json.dumps(fields).encode(), self.chance))]


def run(seed: int, count: int, *, corpus: Path | None, keep: Path) -> int:
    """Try so many; 0 when nothing was found."""
    findings: list[str] = []
    told: Counter[tuple[str, int]] = Counter()
    lock, largest = threading.Lock(), [0]
    with tempfile.TemporaryDirectory(prefix="rushes-fuzz-") as name:
        folder = Path(name)
        seeds = make_seeds(folder, corpus)
        with started(folder) as server:
            before = server.workers()
            deaths = 0

            def one(number: int) -> None:
                nonlocal before, deaths
                trial = Trial(number, seed, folder, seeds)
                for operation, fields in trial.prepare():
                    status = server.ask(operation, fields)
                    held = server.memory() if number % 10 == 0 else 0
                    with lock:
                        told[trial.kind, status] += 1
                        largest[0] = max(largest[0], held)
                    now = server.workers()
                    gone = before - now
                    if status in (0, 500) or gone:
                        with lock:
                            # One death is one finding, though others are asked meanwhile.
                            deaths, before = deaths + len(gone), now
                            what = f"{operation} answered {status or 'nothing'}"
                            findings.append(f"{trial.kind} {number}: {what}")
                        keep_trial(trial, operation, fields, keep)
                shutil.rmtree(trial.folder, ignore_errors=True)

            # One more than there are workers: what meets a worker at its work is a 429.
            with ThreadPoolExecutor(2) as pool:
                for done, _ in enumerate(pool.map(one, range(count)), start=1):
                    if done % 500 == 0:
                        print(f"  {done} of {count}, {len(findings)} findings", flush=True)
            peak, left = max(server.memory(), largest[0]), server.left_in_scratch()
            died = deaths
            _print(told)
            print(f"largest worker {peak >> 20} MiB, limit {MEMORY >> 20}; workers died: {died}")
            print(f"left in scratch: {len(left)}")
            if findings:
                shutil.copy(server.log, keep / "server.log")
    if peak > MEMORY or died or left:
        findings.append("memory, a dead worker or scratch")
    for finding in findings[:20]:
        print(f"FOUND {finding}")
    print(
        f"seed {seed}: {count} mutations, {sum(told.values())} requests, {len(findings)} findings"
    )
    return 1 if findings else 0


def make_seeds(folder: Path, corpus: Path | None) -> dict[str, list[Path]]:
    """Seeds inside a server's roots, a sealed folder and clips for turnovers among them."""
    inside = folder / "seeds"
    inside.mkdir()
    if corpus is not None:
        # Inside the roots, as the server wants it.
        shutil.copytree(corpus, folder / "corpus", symlinks=False)
    found = write_seeds(inside, None if corpus is None else folder / "corpus")
    clips = inside / "clips"
    clips.mkdir()
    for reel, hour in (("A001C001", 1), ("A001C002", 2)):
        start = f"{hour:02d}:00:00:00"
        (clips / f"{reel}.mov").write_bytes(movies.movie(60, timecode=start))
    sealed = folder / "sealed"
    sealed.mkdir()
    shutil.copy(inside / "a.tif", sealed / "a.tif")
    rushes.seal(input=str(sealed), date="2026-01-01T00:00:00+00:00")
    # Of the others the output transform was applied: no master comes after it.
    found["amf"] = [p for p in found["amf"] if "dpx" not in p.name and "tiff" not in p.name]
    found["mhl"] = sorted((sealed / "ascmhl").glob("*.mhl"))
    return found


def keep_trial(trial: Trial, operation: str, fields: dict[str, Any] | bytes, keep: Path) -> None:
    """Copy its files and its request to a place of their own."""
    place = keep / f"{trial.number}-{operation}"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(trial.folder, place, ignore=shutil.ignore_patterns("out"))
    body = fields if isinstance(fields, bytes) else json.dumps(fields, indent=1).encode()
    (place / "request.json").write_bytes(body)


def _print(told: Counter[tuple[str, int]]) -> None:
    statuses = sorted({status for _, status in told})
    print("kind      " + "".join(f"{status:>8}" for status in statuses))
    for kind in _KINDS:
        if any(told[kind, status] for status in statuses):
            print(f"{kind:<10}" + "".join(f"{told[kind, status]:>8}" for status in statuses))


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--corpus", type=Path, help="a folder of more files, real ones")
    parser.add_argument("--keep", type=Path, default=Path("build/fuzz"), help="for findings")
    given = parser.parse_args()
    given.keep.mkdir(parents=True, exist_ok=True)
    return run(given.seed, given.count, corpus=given.corpus, keep=given.keep)


if __name__ == "__main__":
    sys.exit(main())
