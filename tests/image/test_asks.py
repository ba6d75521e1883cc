"""What is left out of the image is asked for by nothing that is in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from image.asks import asked, unmet


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import a.b, c", {"a/b", "c"}),
        ("from a.b import c, d", {"a/b", "a/b/c", "a/b/d"}),
        ("from . import c", {"own/part", "own/part/c"}),
        ("from .b import c", {"own/part/b", "own/part/b/c"}),
        ("from ..b import c", {"own/b", "own/b/c"}),
        ("class A:\n    import a", {"a"}),
        ("with b:\n    import a", {"a"}),
        ("def f():\n    import a", set()),
        ("try:\n    import a\nexcept ImportError:\n    a = None", set()),
        ("if TYPE_CHECKING:\n    import a", set()),
    ],
)
def test_what_a_module_asks_for(source: str, names: set[str]) -> None:
    """At its top and in classes; not what is tried, depends on something or waits for a call."""
    assert set(asked(source.encode(), ("own", "part"))) == names


@pytest.fixture
def trees(tmp_path: Path) -> tuple[Path, Path]:
    """A whole environment, and a tree made from it that lacks `lib/cut.py` and an object."""
    files = {
        "lib/__init__.py": "from .kept import A",
        "lib/kept.py": "import sys\nfrom lib import made_by_an_object",
        "lib/cut.py": "A = 1",
        "lib/part.abi3.so": "",
        "lib/typed/__init__.pyi": "",
        "kernels/compiler.py": "import lib.cut",
    }
    for name, text in files.items():
        for folder in ("whole", "made"):
            file = tmp_path / folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if folder == "whole" or file.name not in ("cut.py", "part.abi3.so"):
                file.write_text(text)
    return tmp_path / "made", tmp_path / "whole"


def test_a_tree_that_asks_for_nothing_it_lacks(trees: tuple[Path, Path]) -> None:
    """Neither what is nowhere, nor types, nor a compiler that kernels do without."""
    made, whole = trees
    (made / "lib/other.py").write_text("import nowhere, lib.typed, lib.kept")
    assert list(unmet((made,), whole)) == []


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("import lib.cut", "lib.cut"),
        ("from lib.cut import A", "lib.cut"),
        ("from .cut import A", "lib.cut"),
        ("from . import cut", "lib.cut"),
        ("from lib import cut", "lib.cut"),
        ("import lib.part", "lib.part"),
    ],
)
def test_what_was_left_out_is_missed(trees: tuple[Path, Path], line: str, name: str) -> None:
    """However it is asked for; a second tree that has it answers for the first."""
    made, whole = trees
    (made / "lib/other.py").write_text(line)
    assert list(unmet((made,), whole)) == [f"lib/other.py imports {name}"]
    assert list(unmet((made, whole), whole)) == []
