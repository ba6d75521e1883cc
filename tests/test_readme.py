"""The README's commands do what it says."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

from demo.make_clip import make_clip

ROOT = Path(__file__).resolve().parents[1]


def section_commands() -> list[list[str]]:
    """The `$ rushes` lines of the README's section for a clip of one's own, but for serve."""
    text = (ROOT / "README.md").read_text().split("## Ten seconds")[1].split("\n## ")[0]
    found = re.findall(r"^\$ (rushes .*)$", text, re.MULTILINE)
    return [shlex.split(line) for line in found]


def test_the_commands_of_the_readme_run(tmp_path: Path) -> None:
    """inspect, explain and debayer run as printed, and the second debayer is reused."""
    make_clip(tmp_path / "A001_C001", frames=6, width=640, height=360)
    commands = section_commands()
    assert [c[1] for c in commands] == ["inspect", "explain", "debayer", "debayer"]
    said = []
    for command in commands:
        done = subprocess.run(
            [sys.executable, "-m", "functions.serve.cli.main", *command[1:]],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        said.append(done.stdout)
    assert "reused" not in said[2]
    assert "reused" in said[3]
    assert len(list((tmp_path / "frames").glob("A001_C001.*.exr"))) == 4
