"""What the image is: its contents, its size by part, its bills, and that it can be built again."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from functions.contract.version import VERSION
from tests.container.base import ROOT
from tests.container.engine import LOCKED, Engine

MOST_BYTES = 215_000_000


def python(engine: Engine, image: str, program: str, *options: str) -> str:
    """Standard output of a program of the image's Python, in a locked container."""
    locked = [*LOCKED, "--network", "none", *options]
    return engine.run("run", "--rm", *locked, "--entrypoint", "python", image, "-c", program)


def shell(engine: Engine, image: str, script: str, *options: str) -> str:
    """The same of a shell script."""
    locked = [*LOCKED, "--network", "none", *options]
    return engine.run("run", "--rm", *locked, "--entrypoint", "sh", image, "-c", script)


def test_it_says_what_it_is(engine: Engine, image: str) -> None:
    """User, entry, port, health check and labels stand in the image's configuration."""
    config = engine.facts(image)["Config"]
    assert config["User"] == "10001:10001"
    assert config["Entrypoint"] == ["rushes", "serve"]
    assert list(config["ExposedPorts"]) == ["8080/tcp"]
    assert config["Healthcheck"]["Test"][0] == "CMD"
    labels = config["Labels"]
    assert labels["org.opencontainers.image.version"] == VERSION
    for name in ("title", "description", "revision", "licenses"):
        assert labels[f"org.opencontainers.image.{name}"]


def test_no_tool_of_the_build_is_left(engine: Engine, image: str) -> None:
    """No compiler, linker or installer on the path, none to import, and no test of a library."""
    tools = "for t in gcc cc ld as make pip pip3 git; do command -v $t; done; true"
    assert shell(engine, image, f"PATH=/opt/rushes/bin:/usr/bin:/bin; {tools}") == ""
    program = (
        "from importlib.util import find_spec\n"
        "print([n for n in ('numba', 'llvmlite', 'pytest', 'pip', 'setuptools', 'hatchling')"
        " if find_spec(n)])"
    )
    assert python(engine, image, program) == "[]"
    assert shell(engine, image, "find /opt/rushes -path '*/tests/*' -name 'test_*.py'") == ""


def test_only_its_scratch_can_be_written(engine: Engine, image: str) -> None:
    """A plain user without capabilities, who may write to /tmp and /dev/shm and nowhere else."""
    found = shell(
        engine,
        image,
        "id -u; grep -E 'CapEff|CapBnd|NoNewPrivs' /proc/self/status | tr -d '\\t' | tr '\\n' ' ';"
        "echo; for d in / /opt/rushes /etc /var /home /root /usr /run /tmp /dev/shm;"
        " do touch $d/x 2>/dev/null && echo $d; done; true",
    ).splitlines()
    assert found[0] == "10001"
    none = "0" * 16
    assert set(found[1].split()) == {f"CapBnd:{none}", f"CapEff:{none}", "NoNewPrivs:1"}
    assert found[2:] == ["/tmp", "/dev/shm"]


def test_nothing_can_be_written_without_a_read_only_root_either(engine: Engine, image: str) -> None:
    """What is installed belongs to root: its own user cannot change it."""
    script = "find /opt/rushes \\( -writable -o ! -user root \\) ! -type l | head -3"
    words = ["run", "--rm", "--network", "none", "--entrypoint", "sh", image, "-c", script]
    assert engine.run(*words) == ""


_NOT_HERE = (
    "numba",
    "llvmlite",
    "kernels.loops",
    "kernels.compiler",
    "kernels.build",
)


def imports() -> set[tuple[str, str]]:
    """(module, name) of every import of functions/ and kernels/ that runs, at whatever depth."""
    sources = [*(ROOT / "functions").rglob("*.py"), *(ROOT / "kernels").glob("*.py")]
    found: set[tuple[str, str]] = set()
    for source in [*sources, *(ROOT / "rushes").glob("*.py")]:
        if source.name not in ("compiler.py", "build.py", "proof.py"):
            waiting: list[ast.AST] = [ast.parse(source.read_bytes())]
            while waiting:
                node = waiting.pop()
                found |= names(node)
                types_only = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
                waiting += () if types_only else ast.iter_child_nodes(node)
    return {pair for pair in found if not pair[0].startswith(_NOT_HERE)}


def names(node: ast.AST) -> set[tuple[str, str]]:
    """What one statement imports."""
    if isinstance(node, ast.Import):
        return {(alias.name, "") for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return {(node.module, alias.name) for alias in node.names}
    return set()


_IMPORT = """
import importlib, json, sys
missing = []
for module, name in json.loads(sys.stdin.read()):
    try:
        found = importlib.import_module(module)
        if name and name != "*" and not hasattr(found, name):
            importlib.import_module(f"{module}.{name}")
    except ImportError as error:
        missing.append(f"{module} {name}: {error}")
print(json.dumps(missing))
"""


def test_whatever_the_code_imports_is_there(engine: Engine, image: str, tmp_path: Path) -> None:
    """No import of any function, however late, misses what was left out of the image."""
    wanted = tmp_path / "imports.json"
    wanted.write_text(json.dumps(sorted(imports())))
    wanted.chmod(0o644)
    program = f"import io, sys; sys.stdin = open('/imports.json')\n{_IMPORT}"
    told = python(engine, image, program, "--volume", f"{wanted}:/imports.json:ro")
    assert json.loads(told) == []


def test_the_kernels_are_warm(engine: Engine, image: str) -> None:
    """Every kernel comes from a shipped object; nothing is compiled, cached or written."""
    facts = json.loads(
        python(engine, image, "import json, kernels; print(json.dumps(kernels.warm()))")
    )
    assert (facts["mode"], facts["compiled"], facts["cached"]) == ("native", 0, 0)
    assert facts["target"] in ("x86-64-v3", "x86-64-v4")
    objects = shell(engine, image, "ls /opt/rushes/lib/python3.*/site-packages/kernels/native")
    assert [name.rsplit("-", 1)[0] for name in objects.split()] == ["x86-64-v3", "x86-64-v4"]


def test_both_levels_make_the_same_bytes(engine: Engine, image: str) -> None:
    """x86-64-v3 and v4 agree in every byte of every kernel, as far as this processor has both."""
    program = (
        "import json, sys; sys.path.append('/checkout')\n"
        "from kernels import compiled, entries\n"
        "from tests.kernels.every_kernel import entries_of, everything\n"
        "made = []\n"
        "for level in ('x86-64-v3', 'x86-64-v4'):\n"
        "    if level <= entries.host_level():\n"
        "        file = entries.NATIVE / f'{level}-{entries.digest()}.so'\n"
        "        compiled._ENTRIES.loaded = entries_of(file)\n"
        "        made.append(everything())\n"
        "print(json.dumps([len(made[0]), [one == made[0] for one in made]]))"
    )
    place = Path(__file__).resolve().parents[1]
    told = python(engine, image, program, "--volume", f"{place}:/checkout/tests:ro")
    kernels, equal = json.loads(told)
    assert kernels > 100
    assert all(equal)


def test_a_processor_that_no_object_fits_is_told_so(engine: Engine, image: str) -> None:
    """Without a compiler inside, an old processor ends in one sentence."""
    program = (
        "from kernels import compiled\n"
        "compiled.host_level = lambda: ''\n"
        "try:\n    compiled.warm()\n"
        "except RuntimeError as error:\n    print(error)"
    )
    assert python(engine, image, program).startswith(
        "no kernels for this processor (a level below x86-64-v3)"
    )


@pytest.fixture(scope="module")
def bill(engine: Engine, image: str) -> dict[str, Any]:
    """The bill of materials in the image."""
    found = json.loads(shell(engine, image, "cat /opt/rushes/share/sbom.cdx.json"))
    assert isinstance(found, dict)
    return found


def test_the_bill_names_all_that_is_installed(
    engine: Engine, image: str, bill: dict[str, Any]
) -> None:
    """Each distribution that Python finds, each package of the base, each with a package URL."""
    program = (
        "import json; from importlib.metadata import distributions\n"
        "print(json.dumps(sorted(f'{d.name}=={d.version}' for d in distributions())))"
    )
    installed = {
        name.lower().replace("_", "-") for name in json.loads(python(engine, image, program))
    }
    found = [*bill["components"], bill["metadata"]["component"]]
    named = {f"{c['name']}=={c['version']}" for c in found if c["purl"].startswith("pkg:pypi/")}
    assert named == installed
    base = shell(engine, image, "dpkg-query -W -f '${Package}\\n' | sort -u").split()
    assert {c["name"] for c in found if c["purl"].startswith("pkg:deb/")} == set(base)


def test_every_licence_is_known(engine: Engine, image: str, bill: dict[str, Any]) -> None:
    """No distribution and no library file without an expression; FFmpeg's own words are there."""
    assert "NOASSERTION" not in json.dumps(bill)
    text = shell(engine, image, "cat /opt/rushes/share/LICENCES.txt")
    assert "NOASSERTION" not in text
    assert "libx264" in text
    assert "GPL-2.0-or-later" in text
    assert "says of itself: LGPL version 3 or later" in text
    assert "configured with: --" in text


def test_its_size(
    engine: Engine, base: str, image: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Above the base it has at most 215 MB, and it is listed what they are."""
    above = engine.facts(image)["Size"] - engine.facts(base)["Size"]
    parts = shell(
        engine,
        image,
        "cd /opt/rushes/lib/python3.*/site-packages && du -sb * | sort -rn",
    )
    rows = [line.split("\t") for line in parts.splitlines()]
    with capsys.disabled():
        print(f"\n\nimage above its base: {above / 1e6:.1f} MB (most {MOST_BYTES / 1e6:.0f})")
        for size, name in rows[:16]:
            print(f"  {int(size) / 1e6:7.1f} MB  {name}")
        print(f"  {sum(int(size) for size, _ in rows[16:]) / 1e6:7.1f} MB  {len(rows) - 16} others")
    assert above <= MOST_BYTES


def test_the_same_inputs_make_the_same_layers(engine: Engine, base: str, image: str) -> None:
    """Built again from nothing, every layer has the same digest."""
    again = "rushes-test/rushes:again"
    engine.build(again, ROOT, "--no-cache", BASE=base)
    assert engine.facts(again)["RootFS"]["Layers"] == engine.facts(image)["RootFS"]["Layers"]
