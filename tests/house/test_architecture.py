"""ARCHITECTURE.md and CONTRIBUTING.md name only what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_NAME = re.compile(r"`([\w/.-]+)`")
_TOPS = ("functions/", "kernels/", "deploy/", "tests/", "k3d/", "image/", "docs/", "bench/")


def missing(text: str) -> list[str]:
    """Paths that are not there; a bare file name is meant in the folder named before it, and one
    that starts with a room in `functions`."""
    found = []
    for line in text.splitlines():
        if "<operation>" in line:  # files that each operation has
            continue
        folder: Path | None = None
        for name in _NAME.findall(line):
            if name.startswith(_TOPS):
                path = ROOT / name
                folder = path if path.is_dir() else path.parent
            elif name.endswith(".py") and folder is not None and line.startswith("|"):
                path = folder / name
            elif "/" in name and (ROOT / "functions" / name.partition("/")[0]).is_dir():
                path = ROOT / "functions" / name
            else:
                continue
            if not path.exists():
                found.append(name)
    return found


@pytest.mark.parametrize("name", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_every_path_is_there(name: str) -> None:
    """Whoever follows a path of the map finds a file."""
    assert missing((ROOT / name).read_text()) == []


def test_a_path_that_is_gone_is_found() -> None:
    """A moved file and a bare name in the wrong folder are named."""
    assert missing("see `functions/media/gone.py`") == ["functions/media/gone.py"]
    assert missing("| `functions/contract/errors.py`, `gone.py` |") == ["gone.py"]
    assert missing("by `serve/gone.py`, beside `serve/http`") == ["serve/gone.py"]
