"""Tests of the user's own models: offline, and with a hub cache of their own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

# Before the library is imported: it reads this once.
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
