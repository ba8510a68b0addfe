"""Open the store that the settings name: a file of this machine, or a server that several machines share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, cast

from jsdf.config import STORE_VARIABLE, options, store_problem
from jsdf.errors import InvalidInputError

if TYPE_CHECKING:
    from jsdf.store.base import AnswerStore
    from jsdf.store.redis import RedisStore


def open_store() -> AnswerStore:
    """Open the store of `jsdf.options.store`, else of `JSDF_STORE`, else the file of this user.

    Every run opens one of its own.

    Raises:
        InvalidInputError: The setting is no URL of a store.
        MissingExtraError: It needs a package that is not installed.
    """
    if callable(options.store):
        return cast("AnswerStore", options.store())
    shared = shared_store()
    if shared is not None:
        return shared
    from jsdf.store.sqlite import Store

    return Store()


def shared_store() -> RedisStore | None:
    """Return the store of the URL in `jsdf.options.store` or `JSDF_STORE`, not yet connected; None without one."""
    if callable(options.store):
        return None
    url = configured_url()
    if not url:
        return None
    problem = store_problem(url)
    if problem is not None:
        raise InvalidInputError(f"{STORE_VARIABLE}={problem}")
    from jsdf.store.redis import RedisStore

    return RedisStore(url)


def configured_url() -> str:
    """Return the URL in `jsdf.options.store` or `JSDF_STORE`, not checked; "" without one."""
    setting = options.store if isinstance(options.store, str) else os.environ.get(STORE_VARIABLE, "")
    return setting.strip()


def check_store() -> None:
    """Check that a store which several machines share can be used, if one is set.

    Raises:
        InvalidInputError: The setting is no URL of a store, or its server does not answer.
        MissingExtraError: It needs a package that is not installed.
    """
    store = shared_store()
    if store is not None:
        try:
            store.check()
        finally:
            store.close()
