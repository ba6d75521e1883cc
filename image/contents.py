"""Which files go into the image: the project's own dependencies, less what no operation needs.

Distributions are found as pip finds them, from the project's metadata; files by each one's RECORD.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

NOT_NEEDED = {
    "numba": "kernels come as native objects",
    "llvmlite": "only numba needs it",
    "pygments": "rich colours source code with it, and none is printed",
    "markdown-it-py": "rich prints Markdown with it",
    "mdurl": "only markdown-it-py needs it",
    "tzdata": "times are told in UTC",
    "pydantic": "asc-fdl makes its models when it is asked for them, and nothing here asks",
    "deprecation": "only the first edition of cloudevents needs it, and that is left out",
    "googleapis-common-protos": "messages of Google's own services",
}

# What is left out, and why. Patterns are of paths below site-packages.
LEFT_OUT: tuple[tuple[str, str], ...] = (
    (r"(^|/)((tests?|testing/tests|_tests)/|conftest\.py$)", "tests of libraries"),
    # fdl_ffi reads its own header when it is imported.
    (
        r"^(?!fdl_ffi/).*\.(pyi|pyx|pxd|pxi|h|hpp|c|cpp|a|la|lib|pc|cmake)$",
        "for compilers and type checkers",
    ),
    (r"(^|/)py\.typed$", "for type checkers"),
    (r"^numpy/(f2py|distutils|random/_examples|_core/include)/", "builds extensions"),
    (r"^numpy/_core/_(simd|.*_tests)\.", "numpy's tests of itself"),
    (
        r"^numpy/(fft/|polynomial/|testing/|matlib|ma/(mrecords|test)|lib/recfunctions)",
        "parts of NumPy that nothing here calls",
    ),
    (r"^(OpenImageIO|PyOpenColorIO)/(bin|include|lib/cmake|share)/", "command-line tools, fonts"),
    (
        r"^lxml/(isoschematron|html|includes|objectify|builder|sax|cssselect|(use)?doctest)",
        "HTML, Schematron and the like",
    ),
    (r"^gunicorn/((asgi|ctl|dirty)/|workers/(gasgi|g?gevent|geventlet|gtornado))", "other workers"),
    (
        r"^google/protobuf/(descriptor_pb2|compiler/|json_\w*options_pb2|proto_builder)",
        "for compilers of messages",
    ),
    (
        r"^opentelemetry/semconv/((trace|metrics)/|_incubating/\w+/(?!__init__|otel_))",
        "names of other things than telemetry's own",
    ),
    (
        r"^(tifffile/(zarr|tiff2fsspec|lsm2bin|tiffcomment)\.py|dateutil/(zoneinfo/|rrule|easter))",
        "arrays in the cloud, calendars",
    ),
    (
        r"^(werkzeug/debug/|fdl/(testing/|cli\.py)|urllib3/contrib/emscripten/|(click|flask)/testing)",
        "for developers and browsers",
    ),
    (
        r"^(fdl/models/|rich/(__main__|diagnose|markdown|syntax|traceback)\.py)",
        "asks for a package that is left out",
    ),
    (r"^(rich|click)/_win", "Windows"),
    (
        r"^cloudevents/(v1/|core/bindings/(amqp|kafka|rabbitmq)\.py)",
        "the first edition of a library, and events over other protocols",
    ),
    (r"^[A-Z]+\.md$", "read by nobody there"),
    (r"(^|/)_+pyinstaller/", "for PyInstaller"),
    (
        r"^(cffi/(recompiler|verifier|vengine_\w+|setuptools_ext|backend_ctypes)|pycparser/c_generator)\.py$",
        "builds extensions",
    ),
    (r"\.dist-info/sboms/", "bills of wheels: they are in the image's own"),
    (r"^obstore/(fsspec|auth/)", "other clouds' logins"),
    (r"^imagecodecs/(numcodecs|__main__)\.py$", "for zarr"),
    (r"^(pip|setuptools|wheel|pkg_resources)(/|-)", "installers"),
    (r"^\.\./", "command-line tools"),
    (r"\.dist-info/(INSTALLER|REQUESTED|direct_url\.json|RECORD)$", "of one installation"),
    (r"\.pyc$", "compiled anew, without a clock"),
)
# tifffile asks imagecodecs for these by itself when it writes and reads what we write.
CODECS_OF_LIBRARIES = frozenset(
    f"{codec}_{verb}"
    for codec in ("delta", "floatpred", "zlib", "deflate", "lzw", "packbits", "packints")
    for verb in ("encode", "decode")
)

_LEFT_OUT = tuple((re.compile(pattern), reason) for pattern, reason in LEFT_OUT)


def closure(
    name: str,
    without: frozenset[str] = frozenset(NOT_NEEDED),
    extras: frozenset[str] = frozenset(),
) -> list[Distribution]:
    """The distribution and all that it needs here, sorted by name, with these of its extras.

    Ends the program with a sentence when one of them is not installed.
    """
    found: dict[str, Distribution] = {}
    waiting: list[tuple[str, frozenset[str]]] = [(name, extras)]
    seen = set(waiting)
    while waiting:
        wanted, its_extras = waiting.pop()
        try:
            item = found.setdefault(wanted, distribution(wanted))
        except PackageNotFoundError as error:
            raise SystemExit(
                f"image: {wanted} is needed and not installed: requirements/run.txt is older than "
                "pyproject.toml, `make lock` writes it anew"
            ) from error
        for line in item.requires or ():
            need = Requirement(line)
            next_one = (str(canonicalize_name(need.name)), frozenset(need.extras))
            holds = need.marker is None or any(
                need.marker.evaluate({"extra": extra}) for extra in its_extras or {""}
            )
            if holds and next_one not in seen and next_one[0] not in without:
                seen.add(next_one)
                waiting.append(next_one)
    return [found[name] for name in sorted(found)]


def reason_left_out(path: str) -> str | None:
    """Why a file below site-packages stays behind; None when it goes into the image."""
    return next((reason for pattern, reason in _LEFT_OUT if pattern.search(path)), None)


def compiled(paths: set[str]) -> set[str]:
    """Sources of which the compiled module lies beside: Python never reads them."""
    modules = (re.match(r"(.+)\.(abi3|cpython-[^./]+)\.so$", path) for path in paths)
    return {f"{found[1]}.py" for found in modules if found} & paths


def files(item: Distribution) -> Iterator[tuple[str, Path]]:
    """Every file of a distribution as (path below site-packages, where it is now)."""
    paths = {PurePosixPath(file).as_posix() for file in item.files or ()}
    root = Path(str(item.locate_file("")))
    for path in sorted(paths):
        if (root / path).is_file():
            yield path, root / path


def codecs(sources: Path) -> set[str]:
    """Names that our sources import from imagecodecs."""
    names: set[str] = set()
    for source in sources.rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_bytes())):
            if isinstance(node, ast.ImportFrom) and node.module == "imagecodecs":
                names.update(alias.name for alias in node.names)
    return names


_LOADED = """
import json, sys, imagecodecs
for name in json.loads(sys.argv[1]):
    getattr(imagecodecs, name)
lines = open("/proc/self/maps").read().splitlines()
print(json.dumps(sorted({line.split(None, 5)[5] for line in lines if ".so" in line})))
"""


def unused_codecs(sources: Path, site: Path) -> set[str]:
    """Objects of imagecodecs that no import of ours loads: four fifths of it are other formats."""
    names = sorted(codecs(sources) | CODECS_OF_LIBRARIES)
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-P", "-c", _LOADED, json.dumps(names)],
        check=True,
        capture_output=True,
        text=True,
    )
    loaded = {Path(path).resolve() for path in json.loads(done.stdout)}
    objects = [*site.glob("imagecodecs/*.so"), *site.glob("imagecodecs.libs/*")]
    return {str(o.relative_to(site)) for o in objects if o.resolve() not in loaded}
