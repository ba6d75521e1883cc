"""The page about decisions does what it says."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from demo.make_clip import make_clip
from tests.debayer.test_decisions import CUBE, SCOPE

ROOT = Path(__file__).resolve().parents[2]
CC = b"""<ColorCorrection id="shot"><SOPNode><Slope>1.1 1 1</Slope><Offset>0 0 0</Offset>
<Power>1 1 1</Power></SOPNode></ColorCorrection>"""


def test_the_commands_of_the_page_run(tmp_path: Path, shared_data: Path) -> None:
    """explain shows the drawing and the steps; each debayer ends with its sidecars."""
    text = (ROOT / "docs/decisions.md").read_text()
    commands = [shlex.split(line) for line in re.findall(r"^\$ rushes (.*)$", text, re.MULTILINE)]
    assert [c[0] for c in commands] == ["explain", "debayer", "debayer", "debayer"]
    make_clip(tmp_path / "A001_C001", frames=2, width=320, height=180)
    shutil.copy(shared_data / "amf/valid/06_cdl_in_acescct.amf", tmp_path / "grade.amf")
    (tmp_path / "scope.fdl").write_text(SCOPE)
    (tmp_path / "show.cube").write_text(CUBE)
    (tmp_path / "shot.cc").write_bytes(CC)
    said = []
    for command in commands:
        done = subprocess.run(
            [sys.executable, "-m", "functions.serve.cli.main", *command],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        said.append(done.stdout)
    assert "output 512x144" in said[0]
    assert re.search(r"^ +\d\. left ", said[0], re.MULTILINE)
    names = {p.name for p in (tmp_path / "graded").iterdir() if p.is_file()}
    assert names == {"A001_C001.000000.exr", "A001_C001.000001.exr", "A001_C001.amf", "show.cube"}
    assert (tmp_path / "frames" / "A001_C001.fdl").exists()
    assert not (tmp_path / "boxed" / "A001_C001.amf").exists()
