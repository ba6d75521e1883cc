"""`make fuzz-guided SECONDS=60`: each parser of ours under atheris, which follows what runs.

Coverage finds the byte that opens a branch, where chance does not; it reaches parsers alone, and
`make fuzz` the whole server. atheris is no dependency (`pip install atheris`; wheels are for x86-64
Linux); without it this says so and ends. What ends a parser otherwise than with one of the
contract's errors stops its run, and its input is kept in `build/fuzz`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from importlib import import_module, util
from io import BytesIO
from pathlib import Path
from typing import Any

from functions.contract.errors import InternalError, RushesError

Parse = Callable[[bytes], object]
KEEP = Path("build/fuzz")
_TURNOVERS = ("edl", "otio", "fcpxml", "xml", "ale", "csv", "aaf")
_OTHERS = ("cdl", "fdl", "mhl", "chain", "mxf", "boxes")
NAMES = (*_TURNOVERS, *_OTHERS)


def parser(name: str) -> Parse:
    """A parser of bytes by the ending of its files."""
    if name in _TURNOVERS:
        read = import_module("functions.turnover.read").read_turnover
        return lambda data: read(data, f"x.{name}")
    sidecars, boxes = "functions.sidecars", "functions.media.containers"
    where, function, more = {
        "cdl": (f"{sidecars}.cdl.read", "read_cdls", {"name": "x.cdl"}),
        "fdl": (f"{sidecars}.fdl.read", "read_fdl", {}),
        "mhl": (f"{sidecars}.mhl.read", "read_hash_list", {"name": "x.mhl"}),
        "chain": (f"{sidecars}.mhl.read", "read_chain", {"name": "ascmhl_chain.xml"}),
        "mxf": (f"{boxes}.klv", "read_mxf", {}),
        "boxes": (f"{boxes}.boxes", "read_layout", {}),
    }[name]
    read = partial(getattr(import_module(where), function), **more)
    if name in ("mxf", "boxes"):
        return lambda data: read(BytesIO(data), len(data))
    return read


def tried(parse: Parse, data: bytes) -> None:
    """Parse; the contract's errors are answers."""
    try:
        parse(data)
    except InternalError:
        raise
    except RushesError:
        return


def run_one(name: str, seconds: int, corpus: Path) -> None:
    """Fuzz one parser; atheris ends the process."""
    atheris: Any = import_module("atheris")
    with atheris.instrument_imports(include=["functions"]):
        parse = parser(name)
        for seed in corpus.iterdir():  # readers are imported by their first file
            tried(parse, seed.read_bytes())
        tried(parse, b"")
    arguments = [
        sys.argv[0], f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048",
        "-max_len=20000", f"-artifact_prefix={KEEP}/{name}-", "-verbosity=0", str(corpus),
    ]  # fmt: skip
    atheris.Setup(arguments, partial(tried, parse))
    atheris.Fuzz()


def main() -> int:
    """The command: a process for each parser."""
    given = argparse.ArgumentParser(prog="python -m tests.fuzz.guided", description=__doc__)
    given.add_argument("--seconds", type=int, default=60, help="for each parser")
    given.add_argument("--only", choices=NAMES)
    given.add_argument("--corpus", type=Path, help="for a process of its own")
    asked = given.parse_args()
    if util.find_spec("atheris") is None:
        print("atheris is not installed here: pip install atheris. `make fuzz` needs nothing more")
        return 0
    KEEP.mkdir(parents=True, exist_ok=True)
    if asked.corpus is not None:
        run_one(asked.only, asked.seconds, asked.corpus)
    # Not above: what is imported before atheris watches imports is not followed.
    write_seeds = import_module("tests.fuzz.seeds").write_seeds
    failed = []
    for name in [asked.only] if asked.only else NAMES:
        with tempfile.TemporaryDirectory(prefix="rushes-fuzz-") as folder:
            seeds, corpus = Path(folder, "seeds"), Path(folder, "corpus")
            seeds.mkdir()
            corpus.mkdir()
            for kind in write_seeds(seeds, None).values():
                for path in kind:
                    suffix = {"boxes": ".mov", "chain": ".mhl"}.get(name, f".{name}")
                    if path.suffix == suffix:
                        (corpus / path.name).write_bytes(path.read_bytes())
            command = [sys.executable, "-m", "tests.fuzz.guided", "--only", name,
                       "--seconds", str(asked.seconds), "--corpus", str(corpus)]  # fmt: skip
            ended = subprocess.run(command, check=False, timeout=asked.seconds + 300)
            print(f"{name}: {'nothing found' if ended.returncode == 0 else 'FOUND, see above'}")
            failed += [name] * (ended.returncode != 0)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
