"""`python -m image.assemble SOURCES OUT`: the tree of the image, in two layers.

Run in the build stage by a Python that has rushes and everything of requirements/run.txt installed.
OUT/libraries changes when the lock file does, OUT/rushes when our code does; each holds a part of
PREFIX. The same inputs give the same bytes: no clock, no host, sorted, hashes fixed.
"""

from __future__ import annotations

import argparse
import base64
import csv
import hashlib
import io
import os
import py_compile
import shutil
import sys
import sysconfig
from importlib.metadata import Distribution
from pathlib import Path

from image import asks, bill, blas, contents, shrink, stand_ins

PREFIX = Path("/opt/rushes")
NAME = "rushes"
OURS = ("functions", "kernels")
_VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"
SITE = PREFIX / "lib" / _VERSION / "site-packages"


def place(layer: Path, path: Path) -> Path:
    """Where a path of the image lies in a layer's folder."""
    return layer / path.relative_to("/")


def environment(layer: Path, python: str) -> None:
    """A virtual environment without an installer: three links and a line of settings."""
    folder = place(layer, PREFIX / "bin")
    folder.mkdir(parents=True)
    (folder / "python").symlink_to(python)
    for name in ("python3", _VERSION):
        (folder / name).symlink_to("python")
    lines = f"home = {Path(python).parent}\ninclude-system-site-packages = false\n"
    place(layer, PREFIX / "pyvenv.cfg").write_text(lines)


def install(item: Distribution, layer: Path, left_out: set[str], told: dict[str, int]) -> None:
    """Copy a distribution's files, less what stays behind, and write its RECORD anew."""
    site = place(layer, SITE)
    kept = []
    found = dict(contents.files(item))
    twins = contents.compiled(set(found))
    for path, source in found.items():
        reason = contents.reason_left_out(path)
        if reason is None and path in twins:
            reason = "sources of modules that are compiled"
        if reason is None and path in left_out:
            reason = "codecs of other formats"
        if reason is not None:
            told[reason] = told.get(reason, 0) + source.stat().st_size
            continue
        target = site / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        if path.endswith(".so") or ".so." in path:
            target.chmod(0o755)
        kept.append(path)
    info = next(path for path in kept if path.endswith(".dist-info/METADATA"))
    (site / info).with_name("RECORD").write_text("\n".join(sorted(kept)))


def records(site: Path) -> None:
    """RECORD with the hashes of what is there now, as installers write it."""
    for record in sorted(site.glob("*.dist-info/RECORD")):
        lines = io.StringIO()
        writer = csv.writer(lines, lineterminator="\n")
        for path in record.read_text().splitlines():
            if not (site / path).is_file():  # its place was taken
                continue
            data = (site / path).read_bytes()
            mark = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            writer.writerow([path, f"sha256={mark}", len(data)])
        writer.writerow([str(record.relative_to(site)), "", ""])
        record.write_text(lines.getvalue())


def compile_all(layer: Path) -> None:
    """Byte code that is never compared with its source: nothing in the image can change.

    Run with PYTHONNODEBUGRANGES: columns of tracebacks are a fifth of it, and of loading it.
    """
    for source in sorted(place(layer, SITE).rglob("*.py")):
        named = str(Path("/") / source.relative_to(layer))
        try:
            py_compile.compile(
                str(source),
                dfile=named,
                doraise=True,
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            )
        except py_compile.PyCompileError:
            print(f"image: {source.relative_to(layer)} is no Python of this version", flush=True)


def settle(layer: Path, epoch: int) -> None:
    """Owner's bits and one time for everything, so that layers compare."""
    for path in sorted(layer.rglob("*"), reverse=True):
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if executable else 0o644)
        os.utime(path, (epoch, epoch), follow_symlinks=False)
    os.utime(layer, (epoch, epoch))


def assemble(sources: Path, out: Path, packages: Path | None, epoch: int) -> None:
    """Build both layers below `out`; packages: the base's dpkg status, when it has one."""
    libraries, ours = out / "libraries", out / "rushes"
    here = Path(sysconfig.get_path("purelib"))
    items = contents.closure(NAME, extras=frozenset({"oidc", "otel"}))
    left_out = contents.unused_codecs(sources, here)
    told: dict[str, int] = {}
    sites = (place(libraries, SITE), place(ours, SITE))
    environment(libraries, os.path.realpath(Path(sys.base_prefix) / "bin" / _VERSION))
    for item in items:
        install(item, ours if item.name == NAME else libraries, left_out, told)
    if missing := list(asks.unmet(sites, here)):
        raise SystemExit("image: left out, and asked for:\n" + "\n".join(missing))
    objects = [f for f in place(libraries, SITE).rglob("*.so*") if f.is_file()]
    told["symbols for debuggers"] = sum(shrink.strip(file) for file in sorted(objects))
    told["OpenBLAS, less the reference library in its place"] = blas.replace(
        place(libraries, SITE), blas.archives()
    )
    told["libraries that no function reaches, less what is in their place"] = sum(
        stand_ins.replace(place(libraries, SITE) / folder)
        for folder in ("av.libs", "imagecodecs.libs")
    )
    told["what no program header loads"] = sum(shrink.trim(f) for f in objects if f.is_file())
    told["libraries held under several names"] = shrink.link_twins(libraries)
    for layer, site in zip((libraries, ours), sites, strict=True):
        records(site)
        compile_all(layer)
    script = place(ours, PREFIX / "bin" / NAME)
    script.parent.mkdir(parents=True)
    script.write_text(
        f"#!{PREFIX}/bin/python\nfrom functions.serve.cli.start import main\n\nmain()\n"
    )
    script.chmod(0o755)
    health = place(ours, PREFIX / "libexec" / "health.py")
    health.parent.mkdir(parents=True)
    shutil.copyfile(Path(__file__).with_name("health.py"), health)
    bill.write(items, place(libraries, SITE), place(ours, PREFIX / "share"), packages)
    for layer in (libraries, ours):
        settle(layer, epoch)
    for reason, size in sorted(told.items(), key=lambda pair: -pair[1]):
        print(f"image: left out {size / 1e6:7.1f} MB  {reason}", flush=True)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m image.assemble", description=__doc__)
    parser.add_argument("sources", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--packages", type=Path, help="dpkg status of the base")
    parser.add_argument("--epoch", type=int, required=True, help="time of every file")
    options = parser.parse_args()
    assemble(options.sources, options.out, options.packages, options.epoch)


if __name__ == "__main__":
    main()
