"""The house's one rule: imports go down, never up and never to a sibling operation."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHARED_ROOMS = {"media", "colour", "sidecars", "storage"}
# Above the shared rooms, below the operations, beside one another.
MIDDLE_ROOMS = {"picture", "turnover", "jobs", "footage"}
ROOMS_OF_THE_HOUSE = SHARED_ROOMS | MIDDLE_ROOMS | {"contract", "serve"}
OPERATIONS = {p.parent.name for p in (ROOT / "functions").glob("*/handler.py")} - ROOMS_OF_THE_HOUSE


def room_of(module: str) -> str:
    """`functions.media.write.exr` is in `functions.media`; `kernels.half` in `kernels`."""
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "functions" else parts[0]


def may_import(room: str) -> set[str]:
    """The rooms that a room may name."""
    ground = {"kernels", "functions.contract"}
    shared = ground | {f"functions.{name}" for name in SHARED_ROOMS}
    operations = {f"functions.{name}" for name in OPERATIONS}
    if room == "kernels":
        return {"kernels"}
    if room == "functions.contract":
        return ground
    if room.removeprefix("functions.") in SHARED_ROOMS:
        return ground | {room}
    if room.removeprefix("functions.") in MIDDLE_ROOMS:
        return shared | {room}
    shared |= {f"functions.{name}" for name in MIDDLE_ROOMS}
    if room in operations:
        return shared | {room}
    if room == "functions.serve":
        return shared | operations | {room}
    return shared | operations | {"functions.serve", "rushes"}


def later_imports(tree: ast.AST) -> set[tuple[str, str]]:
    """(module, name) of every `imported(module, name)`: imports too, when they are first called."""
    return {
        (ast.literal_eval(node.args[0]), ast.literal_eval(node.args[1]))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "imported"
    }


def imports_of(source: str) -> set[str]:
    """Modules of this project that a source names, at the top or inside a function."""
    tree = ast.parse(source)
    found = {module for module, _ in later_imports(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide the room"
            module = node.module or ""
            # `from functions import media` names the room in the alias.
            found |= (
                {f"{module}.{a.name}" for a in node.names} if module == "functions" else {module}
            )
    return {m for m in found if m.split(".")[0] in {"kernels", "functions", "rushes"}}


def wrong_imports(module: str, source: str) -> list[str]:
    """Sentences about imports that go up or sideways."""
    room = room_of(module)
    allowed = may_import(room)
    return [
        f"{module} ({room}) imports {name}"
        for name in sorted(imports_of(source))
        if name != "functions" and room_of(name) not in allowed
    ]


def modules() -> list[tuple[str, Path]]:
    """Every module of the project that ships."""
    found = sorted((ROOT / "rushes").rglob("*.py"))
    found += sorted((ROOT / "kernels").rglob("*.py")) + sorted((ROOT / "functions").rglob("*.py"))
    return [
        (".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), p)
        for p in found
        if p.exists()
    ]


def test_imports_go_down_only() -> None:
    """No module imports a room above it or a sibling."""
    wrong = [w for name, path in modules() for w in wrong_imports(name, path.read_text())]
    assert wrong == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("kernels.half", "import functions.contract.errors"),
        ("functions.contract.frames", "from functions.media import open_clip"),
        ("functions.media.write.exr", "from functions.storage import open_store"),
        ("functions.debayer.handler", "from functions.inspect import handler"),
        ("functions.inspect.handler", "def run():\n    from functions import serve"),
        ("functions.inspect.handler", 'run = imported("functions.serve.run.runner", "Runner")'),
    ],
)
def test_a_wrong_import_is_found(module: str, source: str) -> None:
    """The rule catches upward, sideways and hidden imports."""
    assert wrong_imports(module, source)


def graph(sources: Mapping[str, str]) -> dict[str, set[str]]:
    """Which module imports which: at the top or inside a function, but not for types alone."""
    found: dict[str, set[str]] = {}
    for name, source in sources.items():
        tree = ast.parse(source)
        typing = {
            id(inner)
            for node in ast.walk(tree)
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
            for inner in ast.walk(node)
        }
        named = {module for module, _ in later_imports(tree)}
        for node in ast.walk(tree):
            if id(node) in typing:
                continue
            if isinstance(node, ast.Import):
                named |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                named |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        # A package stands above its own modules, whatever they import of it.
        found[name] = {n for n in named & sources.keys() if not f"{name}.".startswith(f"{n}.")}
    return found


def circles(imports: Mapping[str, set[str]]) -> list[list[str]]:
    """Groups of modules each of which reaches the others."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        todo = [start]
        while todo:
            for name in imports[todo.pop()] - seen:
                seen.add(name)
                todo.append(name)
        return seen

    reach = {name: reached(name) for name in imports}
    groups = {
        tuple(sorted(other for other in reach[name] if name in reach[other]))
        for name in imports
        if name in reach[name]
    }
    return [list(group) for group in sorted(groups)]


def test_no_module_imports_in_a_circle() -> None:
    """Imports inside functions are imports too: nothing reaches itself."""
    assert circles(graph({name: path.read_text() for name, path in modules()})) == []


def test_a_circle_is_found() -> None:
    """A circle through a lazy import is one; one for types alone, or with its own package, not."""
    one = "from functions import two"
    assert circles(graph({"functions.one": one, "functions.two": ""})) == []
    lazy = "def run():\n    import functions.one"
    assert circles(graph({"functions.one": one, "functions.two": lazy})) == [
        ["functions.one", "functions.two"]
    ]
    typed = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import functions.one"
    assert circles(graph({"functions.one": one, "functions.two": typed})) == []


def test_folders_stay_small() -> None:
    """A folder of more than 16 modules wants rooms."""
    sizes = Counter(path.parent for _, path in modules())
    assert {str(folder.relative_to(ROOT)): n for folder, n in sizes.items() if n > 16} == {}


def test_names_say_what_is_inside() -> None:
    """No module or folder is called after nothing."""
    empty = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
    assert [name for name, _ in modules() if empty & set(name.replace("_", ".").split("."))] == []


def test_the_environment_is_read_only_in_serve() -> None:
    """No room but serve reads os.environ or os.getenv."""
    guilty = [
        name
        for name, path in modules()
        if room_of(name) not in {"functions.serve", "rushes"}
        and any(
            isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "putenv"}
            for node in ast.walk(ast.parse(path.read_text()))
        )
    ]
    assert guilty == []


def test_files_stay_short() -> None:
    """A file over 400 lines wants two names."""
    long = [name for name, path in modules() if len(path.read_text().splitlines()) > 400]
    assert long == []


# The list of all, and an example of a job, whose clips name theirs.
_MAY_NAME = {"functions.serve.run.catalog", "functions.dispatch.handler"}
_OF_A_RECEIPT = {"report"}  # the name of a field too
_NAMES_LEFT = {
    # Their own faces on the command line.
    "functions.serve.cli.pull": {"pull", *_OF_A_RECEIPT},
    "functions.serve.cli.report": {"report"},
    "functions.serve.cli.main": {"pull", "report"},
    "functions.serve.cli.find": {"seal"},  # of a clip
    "functions.serve.http.openapi_examples": _OF_A_RECEIPT,
    "functions.serve.http.openapi_schemas": _OF_A_RECEIPT,
}


def test_dispatch_and_serve_know_no_operation_by_name() -> None:
    """What is special about an operation it says itself: its name stands in the catalog alone."""
    found: dict[str, set[str]] = {}
    for name, path in modules():
        room = room_of(name).removeprefix("functions.")
        if room not in {"dispatch", "serve"} or name in _MAY_NAME:
            continue
        named = {
            node.value
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Constant) and node.value in OPERATIONS - {room}
        }
        if named - _NAMES_LEFT.get(name, set()):
            found[name] = named
    assert found == {}


def test_every_operation_is_one_folder_one_line_and_one_name() -> None:
    """The catalog, the folders and the OPERATION values name the same operations."""
    from functions.serve.run.catalog import Catalog

    catalog = Catalog()
    assert set(catalog.names()) == OPERATIONS
    for name in OPERATIONS:
        assert catalog.load(name).name == name


def test_what_handlers_import_later_is_there() -> None:
    """Modules and names in the strings of `imported(...)` exist: no type checker reads them."""
    named = {pair for _, path in modules() for pair in later_imports(ast.parse(path.read_text()))}
    assert len(named) >= len(OPERATIONS)
    assert [pair for pair in named if not callable(getattr(import_module(pair[0]), pair[1]))] == []


def test_the_stub_of_the_python_face_is_in_step() -> None:
    """rushes/__init__.pyi says what the operations' requests say: `make stubs` writes it."""
    from functions.serve.run.catalog import Catalog
    from functions.serve.run.signatures import stub

    written = (ROOT / "rushes" / "__init__.pyi").read_text()
    assert written == stub(Catalog()), "run `make stubs` (python -m functions.serve.run.signatures)"
