"""SQLite store: answer cache, checkpoint of runs and usage records in one file."""

from jsdf.store.location import store_path
from jsdf.store.sqlite import Store, clear
from jsdf.store.thread import StoreThread

__all__ = ["Store", "StoreThread", "clear", "store_path"]
