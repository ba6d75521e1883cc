"""The warm proof: no kernel that can be called would compile, or import a compiler, at run time.

Three ways lead to a compiler, and each is tried: a loop that UNITS does not name, an entry that the
shipped object lacks, and a public function that asks for an entry which nobody has heard of. The
last is found by running the examples of every public module in a process that may only load.
"""

from __future__ import annotations

import ast
import json
import pkgutil
import subprocess
import sys
from importlib import import_module
from typing import Any

import kernels
from kernels.entries import ROOM, UNITS

# Modules of the package that call no kernel.
_BUILDERS = ("kernels.build", "kernels.compiler", "kernels.proof")


def forgotten() -> list[str]:
    """Loops that look like an entry, `(source, geometry, colour, target, scratch)` and public, and
    that no unit names; and units that name what is not there."""
    wrong = []
    there: set[tuple[str, str]] = set()
    loops = ROOM / "loops"
    for file in sorted(loops.rglob("*.py")):
        unit = ".".join(file.relative_to(loops).with_suffix("").parts)
        for node in ast.parse(file.read_bytes()).body:
            if isinstance(node, ast.FunctionDef) and not node.decorator_list:
                names = [argument.arg for argument in node.args.args]
                if len(names) == 5 and names[-1] == "scratch" and not node.name.startswith("_"):
                    there.add((unit, node.name))
    named = {(unit, name) for unit, names in UNITS.items() for name in names}
    wrong += [f"{name} of kernels.loops.{unit} is in no unit" for unit, name in there - named]
    wrong += [f"unit {unit} names {name}, which is no entry" for unit, name in named - there]
    return sorted(wrong)


def examples() -> list[str]:
    """Run the examples of every public module; what failed, and who shows none."""
    import doctest

    wrong = []
    homes: dict[str, list[str]] = {}
    for name, home in kernels._HOME.items():
        homes.setdefault(home, []).append(name)
    for module in pkgutil.walk_packages(kernels.__path__, "kernels."):
        public = not module.name.startswith(("kernels.loops", *_BUILDERS))
        if public and not module.ispkg:
            homes.setdefault(module.name, [])
    finder, runner = doctest.DocTestFinder(), doctest.DocTestRunner(verbose=False)
    for home, names in sorted(homes.items()):
        module_itself = import_module(home)
        tests = [test for test in finder.find(module_itself) if test.examples]
        failed = [t.name for t in tests if runner.run(t, out=lambda text: None).failed]
        wrong += [f"the example of {name} fails" for name in failed]
        # A step shows nothing alone: its room's other examples run it.
        if names and not tests and home != "kernels.compiled":
            wrong.append(f"{home} shows no example, so nothing proves what it calls")
    return wrong


def facts() -> dict[str, Any]:
    """What this process, a fresh one, finds when everything is loaded and called."""
    found: dict[str, Any] = {"wrong": []}
    try:
        found |= kernels.warm()
        found["wrong"] = examples()
        found |= kernels.runtime()
    except (AttributeError, ImportError, StopIteration) as error:
        found["wrong"].append(f"{type(error).__name__}: {error}")
    found["imported"] = sorted({"numba", "llvmlite"} & set(sys.modules))
    return found


def own_module(name: str) -> list[str]:
    """The command that runs a module of this package as `-m` does, without the current folder on
    the path: what lies there is not imported."""
    start = f"import runpy, sys; sys.path.insert(0, {str(ROOM.parent)!r}); "
    run = f"runpy.run_module({name!r}, run_name='__main__', alter_sys=True)"
    return [sys.executable, "-P", "-c", start + run]


def proof() -> list[str]:
    """What would still compile, or import a compiler, in a fresh process; empty when nothing."""
    command = own_module("kernels.proof")
    ran = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    found = json.loads(ran.stdout.splitlines()[-1])
    wrong = [*forgotten(), *found["wrong"]]
    wrong += [f"{name} was imported" for name in found["imported"]]
    if found.get("mode") != "native":
        wrong.append(f"no object fits this machine ({found.get('level') or 'unknown level'})")
    if found.get("compiled") or found.get("cached"):
        wrong.append(f"{found['compiled'] + found['cached']} units came from the compiler")
    return wrong


if __name__ == "__main__":
    print(json.dumps(facts()))
