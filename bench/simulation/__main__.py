"""`make simulate`: every study, its drawing below docs/simulation/, its table in the page."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

from bench.simulation.calibration import calibration
from bench.simulation.studies import STUDIES, Study

_PAGE = Path(__file__).parents[2] / "docs" / "simulation.md"
_DRAWINGS = _PAGE.with_suffix("")


def main(calibrate: bool) -> None:
    """The same numbers each time, for what is drawn by lot is seeded; but for a calibration, which
    runs jobs on this machine and nothing else."""
    _DRAWINGS.mkdir(exist_ok=True)
    for make in (calibration,) if calibrate else STUDIES:
        began = time.perf_counter()
        study = make()
        took = time.perf_counter() - began
        print(f"\n{study.name}, {took:.1f} s\n{study.markdown()}", flush=True)
        _write(study)


def _write(study: Study) -> None:
    if study.svg is not None:
        (_DRAWINGS / f"{study.name}.svg").write_text(study.svg)
    table = f"<!-- {study.name} -->\n{study.markdown()}\n<!-- end -->"
    pattern = rf"<!-- {study.name} -->.*?<!-- end -->"
    text, found = re.subn(pattern, lambda _: table, _PAGE.read_text(), flags=re.DOTALL)
    assert found == 1, study.name
    _PAGE.write_text(text)


if __name__ == "__main__":
    main("--calibrate" in sys.argv[1:])
