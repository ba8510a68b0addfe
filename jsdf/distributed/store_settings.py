"""Store of a call as workers open it: the address travels without user and password."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from jsdf.config import STORE_VARIABLE, options
from jsdf.distributed.attempt_turns import FileLock, RedisLock
from jsdf.errors import InvalidInputError
from jsdf.store.location import store_path
from jsdf.store.opening import configured_url

if TYPE_CHECKING:
    from jsdf.distributed.attempt_turns import Lock
    from jsdf.store.base import AnswerStore

_DEFAULT_PORT = 6379


@dataclass(frozen=True)
class StoreSettings:
    """Description of a store; holds no password.

    Attributes:
        url: URL of a server, without user and password; None for a file.
        had_credentials: True if the driver's URL has a user or password.
        path: Path of the file, for workers without a store of their own settings; None with `url` or `opener`.
        opener: The user's own function that opens a store; None without one.
    """

    url: str | None = None
    had_credentials: bool = False
    path: str | None = None
    opener: Callable[[], Any] | None = None

    def check(self) -> None:
        """Check that this process has what the store needs.

        Raises:
            InvalidInputError: The server needs a password that this process does not have.
        """
        if self.url is not None:
            self._complete_url()

    def open(self) -> AnswerStore:
        """Open the store in this process, which a worker is.

        Raises:
            InvalidInputError: As for `check`.
            MissingExtraError: The store needs a package that is not installed.
        """
        if self.opener is not None:
            opened: AnswerStore = self.opener()
            return opened
        url = configured_url() if self.url is None else self._complete_url()
        if url:
            from jsdf.store.redis import RedisStore

            return RedisStore(url)
        from jsdf.store.sqlite import Store

        return Store(None if self.path is None else Path(self.path))

    def lock(self, name: str) -> Lock | None:
        """Return a lock between all processes that open this store; None if it has none.

        Raises:
            InvalidInputError: As for `check`.
        """
        if self.opener is not None:
            return None
        url = configured_url() if self.url is None else self._complete_url()
        if url:
            return RedisLock(url, name)
        return FileLock((Path(self.path) if self.path else store_path()).parent, name)

    def _complete_url(self) -> str:
        """Return the URL with the user and password of this process' own setting, if that names the same database."""
        own, url = configured_url(), self.url or ""
        if own and _address(own) == _address(url):
            return own
        if not self.had_credentials:
            return url
        raise InvalidInputError(
            f"the store {url} needs a password, which is not sent to workers: set {STORE_VARIABLE} to its whole URL "
            "in the environment of each worker"
        )


def store_settings() -> StoreSettings:
    """Return the description of the store that the settings of this process name."""
    if callable(options.store):
        return StoreSettings(opener=options.store)
    url = configured_url()
    if url:
        bare, had_credentials = _without_credentials(url)
        return StoreSettings(bare, had_credentials)
    return StoreSettings(path=str(store_path().absolute()))


def _without_credentials(url: str) -> tuple[str, bool]:
    """Return a URL without user, password and options that may hold one, and True if there were any."""
    scheme, _, rest = url.partition("://")
    if not _is_well_formed(url):  # a password that is not escaped: everything before the last @ may be part of it
        return f"{scheme}://{rest.rpartition('@')[2]}", True
    parts = urlsplit(url)
    _, separator, host = parts.netloc.rpartition("@")
    given = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in given if not _is_secret(name)]
    query = f"?{urlencode(kept)}" if kept else ""
    return f"{scheme}://{host}{parts.path}{query}", bool(separator) or len(kept) < len(given)


def _is_well_formed(url: str) -> bool:
    parts = urlsplit(url)
    try:
        _ = parts.port
    except ValueError:
        return False
    return "@" not in parts.path + parts.query + parts.fragment


def _is_secret(option: str) -> bool:
    return option == "username" or "password" in option or "credential" in option


def _address(url: str) -> tuple[str, str, int, str]:
    """Return scheme, host or socket, port and database of a URL."""
    parts = urlsplit(url)
    database = dict(parse_qsl(parts.query)).get("db", "")
    path = parts.path.strip("/")
    if parts.scheme == "unix":
        return parts.scheme, path, 0, database or "0"
    return parts.scheme, parts.hostname or "localhost", parts.port or _DEFAULT_PORT, database or path or "0"
