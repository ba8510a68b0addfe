"""Use of the ledger of any store; those made for versions without these methods are as if they held nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jsdf.store.base import AnswerStore
    from jsdf.store.ledger.label_sets import StoredLabels
    from jsdf.store.ledger.spending import Spending
    from jsdf.store.request_cost import RequestShape


def request_shapes(store: AnswerStore, kind: str, engine: str) -> list[RequestShape]:
    """Return requests to an engine with samples of this kind, from which prices are learned."""
    return store.request_shapes(kind, engine) if hasattr(store, "request_shapes") else []


def spending(store: AnswerStore) -> list[Spending]:
    """Return requests and tokens by time, engine and question, in order of time."""
    return store.spending() if hasattr(store, "spending") else []


def label_sets(store: AnswerStore, context: bytes) -> list[StoredLabels]:
    """Return the label sets that were asked about in this context, the latest first."""
    return store.label_sets(context) if hasattr(store, "label_sets") else []


def add_label_set(store: AnswerStore, label_set: StoredLabels) -> None:
    """Record that a label set is asked about."""
    if hasattr(store, "add_label_set"):
        store.add_label_set(label_set)


def refresh_label_set(store: AnswerStore, label_set: StoredLabels) -> None:
    """Record that a label set is in use, if the store can do so without waiting for other processes."""
    if hasattr(store, "refresh_label_set"):
        store.refresh_label_set(label_set)
    else:
        add_label_set(store, label_set)
