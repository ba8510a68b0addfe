"""Fixtures: the path of a store, and an open store."""

import pytest

from jsdf.store.location import store_path
from jsdf.store.sqlite import Store


@pytest.fixture
def path():
    return store_path()


@pytest.fixture
def store(path):
    opened = Store(path)
    yield opened
    opened.close()
