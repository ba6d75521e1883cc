"""What goes into the image and what stays behind."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from image import contents

ROOT = Path(__file__).resolve().parents[2]


def test_what_the_project_needs_is_there_and_the_compiler_is_not() -> None:
    """Dependencies of dependencies come along; numba, tests' and builders' tools do not."""
    names = {str(canonicalize_name(item.name)) for item in contents.closure("rushes")}
    assert {"rushes", "flask", "werkzeug", "numpy", "av", "obstore"} <= names
    assert names.isdisjoint({"numba", "llvmlite", "pydantic", "pytest", "hatchling", "ruff", "pip"})


def test_an_extra_comes_along_where_it_is_asked_for() -> None:
    """The image speaks OpenTelemetry; without the extra nothing of it is there."""
    named = [
        {str(canonicalize_name(item.name)) for item in contents.closure("rushes", extras=extras)}
        for extras in (frozenset[str](), frozenset({"oidc", "otel"}))
    ]
    more = {"opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http", "protobuf"}
    assert more.isdisjoint(named[0])
    assert more <= named[1]
    assert named[0] < named[1]


def test_what_is_not_installed_ends_in_a_sentence() -> None:
    """A lock file without a new dependency stops the build and says what to do."""
    with pytest.raises(SystemExit, match=r"no-such-package is needed .* `make lock`"):
        contents.closure("no-such-package")


@pytest.mark.parametrize("name", ["run.txt", "test.txt"])
def test_the_lock_files_know_every_dependency(name: str) -> None:
    """Whatever pyproject.toml needs at run time has a locked version in both files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {str(canonicalize_name(Requirement(line).name)) for line in project["dependencies"]}
    text = (ROOT / "requirements" / name).read_text()
    locked = {canonicalize_name(word) for word in re.findall(r"^([\w.-]+)==", text, re.M)}
    assert wanted <= locked


@pytest.mark.parametrize(
    "path",
    [
        "numpy/_core/tests/test_umath.py",
        "numpy/__init__.pyi",
        "numpy/f2py/__init__.py",
        "numpy/testing/__init__.py",
        "OpenImageIO/bin/oiiotool",
        "OpenImageIO/share/fonts/OpenImageIO/DroidSans.ttf",
        "gunicorn/asgi/protocol.py",
        "gunicorn/workers/ggevent.py",
        "google/protobuf/descriptor_pb2.py",
        "fdl/models/_generated.py",
        "fdl/cli.py",
        "rich/markdown.py",
        "cloudevents/v1/http/event.py",
        "numpy/conftest.py",
        "MIGRATION.md",
        "opentelemetry/semconv/_incubating/metrics/k8s_metrics.py",
        "obstore-0.12.1.dist-info/sboms/obstore.cyclonedx.json",
        "lxml/includes/libxml/tree.h",
        "../../../bin/flask",
        "flask-3.1.3.dist-info/RECORD",
        "flask/__pycache__/app.cpython-311.pyc",
    ],
)
def test_what_no_operation_needs_stays_behind(path: str) -> None:
    """Each with a reason."""
    assert contents.reason_left_out(path)


@pytest.mark.parametrize(
    "path",
    [
        "numpy/typing/__init__.py",
        "functions/lint/checks.py",
        "kernels/native/x86-64-v3-0123456789abcdef.so",
        "kernels/loops/colour/pixels.py",
        "gunicorn/http2/__init__.py",
        "google/protobuf/descriptor_pool.py",
        "fdl/clip_id.py",
        "rich/progress.py",
        "cloudevents/core/v1/event.py",
        "flask/sansio/README.md",
        "opentelemetry/semconv/_incubating/attributes/otel_attributes.py",
        "PyOpenColorIO/libOpenColorIO.so",
        "flask-3.1.3.dist-info/METADATA",
        "flask-3.1.3.dist-info/licenses/LICENSE.txt",
        "fdl_ffi/fdl_core_decl.h",
        "lxml/etree.cpython-311-x86_64-linux-gnu.so",
    ],
)
def test_what_runs_comes_along(path: str) -> None:
    """Code, objects, fonts, metadata and licences."""
    assert contents.reason_left_out(path) is None


def test_a_source_beside_its_compiled_module_is_no_code() -> None:
    """Python takes the object; a source of another name or folder stays."""
    paths = {"av/packet.py", "av/packet.abi3.so", "av/other.py", "packet.py", "av/_core.abi3.so"}
    paths |= {"c/md.py", "c/md.cpython-311-x86_64-linux-gnu.so", "c/libmd.so"}
    assert contents.compiled(paths) == {"av/packet.py", "c/md.py"}


def test_codecs_are_those_that_the_sources_name(tmp_path: Path) -> None:
    """At whatever depth they are imported."""
    (tmp_path / "a.py").write_text(
        "def f():\n    from imagecodecs import zlib_decode, jpeg8_decode\n"
    )
    (tmp_path / "b.py").write_text("from imagecodecs import deflate_encode as e\nimport os\n")
    assert contents.codecs(tmp_path) == {"zlib_decode", "jpeg8_decode", "deflate_encode"}


def test_codecs_that_no_import_loads_are_found() -> None:
    """Objects of the formats that we read are kept with their libraries, others named."""
    import imagecodecs

    site = Path(imagecodecs.__file__).parents[1]
    unused = contents.unused_codecs(ROOT / "functions", site)
    assert any(name.startswith("imagecodecs/_webp.") for name in unused)
    assert any(name.startswith("imagecodecs.libs/libaom-") for name in unused)
    for kept in ("_jpeg8", "_zlib", "_deflate", "_imcd"):
        assert not any(name.startswith(f"imagecodecs/{kept}.") for name in unused)
    assert not any(name.startswith("imagecodecs.libs/libjxl-") for name in unused)
