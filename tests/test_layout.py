"""Imports point one way: each room may use those named here, and nothing imports the accessor."""

import ast
from pathlib import Path

import pytest

import jsdf

PACKAGE = Path(jsdf.__file__).parent

#: Room -> what it may import of ours. A room is a module, or a package with all it holds.
MAY = {
    "errors": set(),
    "options": {"errors"},
    "disk": set(),
    "report": {"errors", "usage"},
    "usage": {"report"},
    "images": {"errors", "options"},
    "labels": {"disk", "errors"},
    "column": {"disk", "errors", "labels"},
    "answers": {"errors", "labels", "column"},
    "traces": {"errors"},
    "arguments": {"traces"},
    "store": {"disk", "options"},
    "engines": {"images", "labels", "errors", "options"},
    "run": {"errors", "labels", "column", "answers", "report", "traces", "usage"},
    "preflight": {"column", "errors", "images", "labels", "usage"},
    "runner": {"errors", "labels", "disk", "column", "answers", "store", "engines", "run", "usage"},
    "loop": {"errors"},
    "nesting": {"errors", "loop"},
    "display": {"answers", "column", "disk", "errors", "images", "labels", "options", "report", "run", "usage"},
    "looking": {"display", "traces"},
    "call": {"column", "engines", "errors", "labels", "options", "runner", "usage"},
    "core": {
        "call",
        "errors",
        "options",
        "answers",
        "preflight",
        "run",
        "runner",
        "loop",
        "nesting",
        "display",
        "usage",
    },
    "api": {"answers", "arguments", "call", "core", "run", "runner"},
    "accessor": {"answers", "arguments", "api", "column", "display", "looking", "run", "traces"},
    "testing": {"errors", "labels", "engines"},
}
FACES = {"cli", "demo", "form", "server", "tables", "terminal", "__main__"}


def rooms():
    return [pytest.param(path, id=str(path.relative_to(PACKAGE))) for path in sorted(PACKAGE.rglob("*.py"))]


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path):
    """The rooms that a file imports, but for type checkers alone."""
    tree = ast.parse(path.read_text())
    typing = {
        n for i in ast.walk(tree) if isinstance(i, ast.If) and "TYPE_CHECKING" in ast.dump(i.test) for n in ast.walk(i)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node not in typing and (node.module or "").split(".")[0] == "jsdf":
            parts = node.module.split(".")
            yield from [parts[1]] if len(parts) > 1 else [alias.name for alias in node.names]


@pytest.mark.parametrize("path", rooms())
def test_imports_point_one_way(path):
    room = room_of(path)
    if room == "__init__":
        return
    found = set(imported(path)) - {room}
    if room in FACES:
        assert "accessor" not in found
    else:
        assert found <= MAY[room]


@pytest.mark.parametrize("path", rooms())
def test_files_are_short(path):
    assert len(path.read_text().splitlines()) <= 250


def test_the_front_page_computes_nothing():
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    assert not [n for n in tree.body if isinstance(n, (ast.For, ast.While, ast.Try, ast.With, ast.ClassDef))]
