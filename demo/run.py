"""`make demo`: a raw clip of its own making, inspected, then debayered by a job.

Every step is a command that you can type yourself; this only types it for you.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
OUT = HERE / "out"
CAMERA = OUT / "camera" / "A001_C001"
INSPECT = OUT / "inspect"
FRAMES = OUT / "frames"


def say(*words: str) -> None:
    """Print and run one command; stop at the first that fails."""
    shown = " ".join(w.replace(str(HERE.parent) + "/", "") for w in words)
    print(f"\n$ {shown}", flush=True)
    done = subprocess.run(words, check=False)
    if done.returncode:
        sys.exit(f"demo: `{shown}` ended with {done.returncode}")


def main() -> None:
    """Make the clip, inspect it, dispatch the job, check the chart, say where all is."""
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    say(sys.executable, str(HERE / "make_clip.py"), str(CAMERA))
    say("rushes", "inspect", str(CAMERA), str(INSPECT))
    job = OUT / "job.json"
    job.write_text(
        json.dumps(
            {
                "output": str(FRAMES),
                "units": {"frames": 12},
                "clips": [
                    {"operation": "debayer", "input": str(CAMERA), "compression": "zip"},
                ],
            },
            indent=1,
        )
    )
    say("rushes", "dispatch", str(job))
    say("rushes", "report", str(FRAMES))
    say(sys.executable, str(HERE / "check_chart.py"), str(CAMERA), str(FRAMES / "A001_C001"))
    print("\nwhere it all is:")
    for label, path in (
        ("camera original", CAMERA),
        ("EXR frames", FRAMES / "A001_C001"),
        ("contact sheet", INSPECT / "A001_C001.contact.png"),
        ("inspection", INSPECT / "A001_C001.inspect.json"),
        ("receipts", FRAMES / "A001_C001" / ".rushes"),
    ):
        missing = "" if path.exists() else "   MISSING"
        print(f"  {label:16} {path.relative_to(HERE.parent)}{missing}")
        if missing:
            sys.exit(1)


if __name__ == "__main__":
    main()
