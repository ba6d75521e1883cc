"""The house's one rule: imports go down, never up and never to a sibling operation."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED_ROOMS = {"media", "colour", "sidecars", "storage"}
# Above the shared rooms, below the operations, beside one another.
MIDDLE_ROOMS = {"picture", "turnover"}
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


def imports_of(source: str) -> set[str]:
    """Modules of this project that a source names, at the top or inside a function."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
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
    found = [(ROOT / "rushes.py")]
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
    ],
)
def test_a_wrong_import_is_found(module: str, source: str) -> None:
    """The rule catches upward, sideways and hidden imports."""
    assert wrong_imports(module, source)


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


def test_every_operation_is_one_folder_one_line_and_one_name() -> None:
    """The catalog, the folders and the OPERATION values name the same operations."""
    from functions.serve.run.catalog import Catalog

    catalog = Catalog()
    assert set(catalog.names()) == OPERATIONS
    for name in OPERATIONS:
        assert catalog.load(name).name == name
