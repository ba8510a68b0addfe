"""Fixtures for tests of users' models: offline mode, an empty hub cache, and two tiny models."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

# Set before huggingface_hub is imported, which reads it only once.
os.environ["HF_HUB_OFFLINE"] = "1"

from hub_models import save_bert

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _offline(tmp_path, monkeypatch):
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))


@pytest.fixture(scope="session")
def bert(tmp_path_factory) -> Path:
    return save_bert(tmp_path_factory.mktemp("models") / "bert")


@pytest.fixture(scope="session")
def nli(tmp_path_factory) -> Path:
    classes = {0: "contradiction", 1: "neutral", 2: "entailment"}
    return save_bert(tmp_path_factory.mktemp("models") / "nli", classes=classes)
