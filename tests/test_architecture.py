"""Files are short, folders are small, and `jsdf/__init__.py` only imports; import-linter checks the imports."""

import ast
from pathlib import Path

import pytest

import jsdf

PACKAGE = Path(jsdf.__file__).parent
TESTS = Path(__file__).parent


def files_of(folder):
    return [pytest.param(path, id=str(path.relative_to(folder))) for path in sorted(folder.rglob("*.py"))]


@pytest.mark.parametrize("path", files_of(PACKAGE))
def test_files_are_short(path):
    assert len(path.read_text().splitlines()) <= 250


@pytest.mark.parametrize("path", files_of(TESTS))
def test_test_files_are_short(path):
    assert len(path.read_text().splitlines()) <= 400


def test_folders_are_small():
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    assert [folder for folder in folders if len(list(folder.glob("*.py"))) > 17] == []


def test_the_top_level_module_only_imports():
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    assert not [n for n in tree.body if isinstance(n, (ast.For, ast.While, ast.Try, ast.With, ast.ClassDef))]
