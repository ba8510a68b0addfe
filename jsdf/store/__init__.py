"""The SQLite store: cache of answers, checkpoint of a run and ledger of usage in one file."""

from jsdf.store.location import store_path
from jsdf.store.sqlite import Store, clear
from jsdf.store.thread import StoreThread

__all__ = ["Store", "StoreThread", "clear", "store_path"]
