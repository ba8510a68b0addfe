"""Fixture `ask`, which sends one request to the local engine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from jsdf.engines import Question, Reply
from jsdf.engines.local import Local, available
from jsdf.labels import parse

if TYPE_CHECKING:
    from collections.abc import Callable

if not available():
    collect_ignore_glob = ["test_*.py"]


def ask_local(values: list[Any], labels: Any, *, threads: int | None = None, **question: Any) -> Reply:
    async def classify() -> Reply:
        async with Local(threads=threads).session() as session:
            return await session.classify(Question(parse(labels), **question), values)

    return asyncio.run(classify())


@pytest.fixture(scope="session")
def ask() -> Callable[..., Reply]:
    """`ask(values, labels, threads=None, multiple=False)` -> `Reply`."""
    return ask_local
