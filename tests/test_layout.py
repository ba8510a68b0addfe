"""Files are short, and the front page computes nothing."""

import ast
from pathlib import Path

import pytest

import jsdf

PACKAGE = Path(jsdf.__file__).parent


def rooms():
    return [pytest.param(path, id=str(path.relative_to(PACKAGE))) for path in sorted(PACKAGE.rglob("*.py"))]


@pytest.mark.parametrize("path", rooms())
def test_files_are_short(path):
    assert len(path.read_text().splitlines()) <= 250


def test_the_front_page_computes_nothing():
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    assert not [n for n in tree.body if isinstance(n, (ast.For, ast.While, ast.Try, ast.With, ast.ClassDef))]
