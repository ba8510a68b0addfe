"""Names and docstrings: plain first lines, one class a name, and module names that repeat for one role only."""

import ast
import re
from collections import Counter
from pathlib import Path

import jsdf

PACKAGE = Path(jsdf.__file__).parent
MODULES = {path: ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}
DOCUMENTED = ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef
RIDDLE = re.compile(r"(what|which|where|whatever|whether|how)\b", re.IGNORECASE)
#: Names of modules that stand in two packages for one role, or are plain words in both.
REPEATED = {
    "__init__",
    "__main__",
    "answers",
    "base",
    "embedding",
    "engine",
    "errors",
    "file_store",
    "messages",
    "model",
    "rate_limit",
    "serve",
    "session",
    "tables",
    "validation",
}


def test_docstrings_begin_with_a_statement():
    docs = [(path.name, ast.get_docstring(node)) for path, tree in MODULES.items() for node in ast.walk(tree)
            if isinstance(node, DOCUMENTED)]  # fmt: skip
    written = [(name, text.splitlines()[0]) for name, text in docs if text]
    riddles = [(name, line) for name, line in written if RIDDLE.match(line)]
    assert len(written) > 900
    assert len(riddles) < 0.02 * len(written), riddles


def test_a_class_name_is_defined_once():
    names = [node.name for tree in MODULES.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    assert [name for name, count in Counter(names).items() if count > 1 and not name.startswith("_")] == []


def test_module_names_repeat_for_one_role_only():
    counts = Counter(path.stem for path in MODULES)
    assert {name for name, count in counts.items() if count > 1} <= REPEATED


def test_the_top_level_is_small():
    entries = [path.name for path in PACKAGE.iterdir() if path.name != "__pycache__"]
    assert len(entries) <= 24, sorted(entries)
