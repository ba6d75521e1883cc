"""`make audit`: known faults of what is locked, by pip-audit and its advisory service.

A fault that is known ends it with 1, unless it is below with the reason why it does not concern us.
Where the service is not reached, or does not know a package, that is said, and nothing fails: no
answer is no fault, and no clean bill either.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LOCK = Path(__file__).resolve().parents[1] / "requirements" / "run.txt"
SECONDS = 300
EXPLAINED: dict[str, str] = {}
"""Advisory to the reason why what it tells of cannot happen here. One that is told no more goes."""


def judged(found: Mapping[str, Any], explained: Mapping[str, str]) -> tuple[list[str], int]:
    """(lines for a person, exit code) of pip-audit's answer."""
    packages = found["dependencies"]
    silent = [each["name"] for each in packages if "skip_reason" in each]
    lines, told, bad = [], set(), 0
    for each in packages:
        for fault in each.get("vulns", ()):
            told.add(fault["id"])
            why = explained.get(fault["id"])
            bad += why is None
            fixed = ", ".join(fault.get("fix_versions", ())) or "no version yet"
            what = f"explained: {why}" if why else f"FOUND, fixed in {fixed}"
            lines.append(f"{each['name']} {each['version']}: {fault['id']}: {what}")
    gone = sorted(set(explained) - told) if len(silent) < len(packages) else []
    lines += [f"{name} is explained and told no more: take it out" for name in gone]
    asked = len(packages) - len(silent)
    lines.append(
        f"{asked} of {len(packages)} packages audited, {bad} faults that are not explained"
    )
    if silent:
        lines.append(
            f"NOT AUDITED, for the advisory service does not know them or is not reached: "
            f"{', '.join(silent)}"
        )
    return lines, 1 if bad or gone else 0


def main() -> int:
    """Ask, and print what there is to be said."""
    command = [sys.executable, "-I", "-m", "pip_audit", "--requirement", str(LOCK),
               "--require-hashes", "--disable-pip", "--format", "json",
               "--progress-spinner", "off"]  # fmt: skip
    try:
        asked = subprocess.run(  # noqa: S603 - our own interpreter
            command, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        found = json.loads(asked.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        print("NOT AUDITED: the advisory service is not reached; nothing is known of any package")
        return 0
    lines, code = judged(found, EXPLAINED)
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
