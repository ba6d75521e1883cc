"""`python -m handbook`: the site into `build/handbook`, by the mkdocs of `.venv-docs`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from functions.serve.run.catalog import Catalog
from handbook.operations import pages, place
from handbook.pages import ROOT, files, on_the_site, sources

MKDOCS = ROOT / ".venv-docs" / "bin" / "mkdocs"


def places() -> dict[str, str]:
    """Place in the repository to place on the site, of all that a page may lead to: pages that are
    made have none there, and are named as if they stood in `docs/`."""
    return sources() | files() | {f"docs/{name}": name for name in pages(Catalog())}


def write(folder: Path) -> None:
    """All pages and other files, as mkdocs takes them, into a new folder."""
    shutil.rmtree(folder, ignore_errors=True)
    known = places()
    for source, name in sources().items():
        _put(folder / name, on_the_site((ROOT / source).read_text(), source, known))
    for name, text in pages(Catalog()).items():
        _put(folder / name, text)
    shutil.copy(ROOT / "handbook" / "site.css", folder)
    for source, name in files().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / source, folder / name)


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def build(folder: Path) -> int:
    """`folder/pages` and from them `folder/site`; the exit code of mkdocs, whose warnings are
    errors."""
    write(folder / "pages")
    config = folder / "mkdocs.yml"
    text = (ROOT / "handbook" / "mkdocs.yml").read_text()
    listed = "".join(f"          - {name}: {place(name)}\n" for name in Catalog().names())
    left = "".join(f"      - {name}\n" for name in sources().values() if f" {name}\n" not in text)
    text = text.replace("          # a line an operation\n", listed)
    config.write_text(text.replace("      # a line a page that has no place here\n", left))
    # Not --quiet: what is not logged does not count as a warning.
    words = [str(MKDOCS), "build", "--strict", "--config-file", str(config)]
    environ = {"PATH": os.environ["PATH"], "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(words, check=False, capture_output=True, text=True, env=environ)
    told = [line for line in done.stderr.splitlines() if not line.startswith("INFO")]
    print("\n".join(told), file=sys.stderr)
    return done.returncode


if __name__ == "__main__":
    code = build(ROOT / "build" / "handbook")
    print("build/handbook/site/index.html" if code == 0 else "the site has faults")
    sys.exit(code)
