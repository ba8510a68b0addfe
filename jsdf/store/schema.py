"""Set up an SQLite connection of the store: journal mode, durability and tables."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from jsdf.errors import InvalidInputError
from jsdf.store.location import is_network_disk

#: Version of the tables; files from before versions were written have 0, and the same tables.
_VERSION = 1
_RETRY_SECONDS = 0.02
_SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (key BLOB PRIMARY KEY, answer BLOB NOT NULL, scores BLOB) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refusals (key BLOB PRIMARY KEY, status INTEGER, at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS usage (
  at REAL NOT NULL, engine TEXT NOT NULL, job BLOB NOT NULL, samples INTEGER NOT NULL,
  input_tokens INTEGER, output_tokens INTEGER, inference_time_tokens INTEGER, total_tokens INTEGER
);
CREATE INDEX IF NOT EXISTS usage_job ON usage (job);
CREATE TABLE IF NOT EXISTS request_sizes (
  engine TEXT NOT NULL, job BLOB NOT NULL, kind TEXT NOT NULL, size INTEGER NOT NULL, total_tokens INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS request_sizes_job ON request_sizes (job);
"""
#: Tables that files of earlier versions do not have, and which those versions leave alone.
_ADDED = """
CREATE TABLE IF NOT EXISTS request_shapes (
  engine TEXT NOT NULL, kind TEXT NOT NULL, job BLOB NOT NULL, samples INTEGER NOT NULL, sample_size INTEGER NOT NULL,
  labels INTEGER NOT NULL, question_size INTEGER NOT NULL, total_tokens INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS request_shapes_engine ON request_shapes (engine, kind);
CREATE TABLE IF NOT EXISTS label_sets (
  job BLOB PRIMARY KEY, context BLOB NOT NULL, labels BLOB NOT NULL, at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS label_sets_context ON label_sets (context);
"""
_COLUMNS = {
    "answers": "key, answer, scores",
    "refusals": "key, status, at",
    "usage": "at, engine, job, samples, input_tokens, output_tokens, inference_time_tokens, total_tokens",
    "request_sizes": "engine, job, kind, size, total_tokens",
    "request_shapes": "engine, kind, job, samples, sample_size, labels, question_size, total_tokens",
    "label_sets": "job, context, labels, at",
}


def set_up(db: sqlite3.Connection, path: Path, timeout: float) -> None:
    """Set the connection's modes and create the tables that are missing.

    Args:
        db: The connection.
        path: Path of its file.
        timeout: Seconds to wait for other processes that set up the same file.

    Raises:
        sqlite3.Error: The file cannot be used, or is locked for longer.
        InvalidInputError: A later version has written the file, which is left as it is.
    """
    version = checked_version(db)
    # WAL needs shared memory, which processes on different machines do not have.
    _set_journal_mode(db, "DELETE" if is_network_disk(path) else "WAL", timeout)
    db.execute("PRAGMA synchronous=FULL")
    db.execute("PRAGMA wal_autocheckpoint=16384")
    db.executescript(_SCHEMA)
    _add_tables(db)
    for table, columns in _COLUMNS.items():
        db.execute(f"SELECT {columns} FROM {table} LIMIT 0")  # noqa: S608 - constants only
    if version < _VERSION:
        db.execute(f"PRAGMA user_version={_VERSION}")


def _add_tables(db: sqlite3.Connection) -> None:
    """Create the tables that files of earlier versions do not have; in memory if the file cannot be written."""
    try:
        db.executescript(_ADDED)
    except sqlite3.OperationalError as error:
        if "readonly" not in str(error):
            raise
        db.executescript(_ADDED.replace("CREATE TABLE", "CREATE TEMP TABLE").replace("CREATE INDEX", "--"))


def checked_version(db: sqlite3.Connection) -> int:
    """Return the version of the tables.

    Raises:
        sqlite3.Error: The file cannot be used.
        InvalidInputError: A later version has written the file.
    """
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if not 0 <= version <= _VERSION:
        raise InvalidInputError(
            f"its format is {version}, and this version of jsdf knows formats up to {_VERSION};"
            " upgrade jsdf, or set JSDF_CACHE_DIR to another directory"
        )
    return int(version)


def _set_journal_mode(db: sqlite3.Connection, mode: str, timeout: float) -> None:
    # SQLite's own timeout does not apply here: while another process writes to a new file, the change fails at once.
    deadline = time.monotonic() + timeout
    while True:
        try:
            db.execute(f"PRAGMA journal_mode={mode}")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_SECONDS)
        else:
            return
