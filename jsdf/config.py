"""Settings of the process, `jsdf.options`, and the environment variables of the hosted service."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from jsdf.errors import InvalidInputError
from jsdf.utils.call_signature import did_you_mean
from jsdf.utils.network.url_secrets import hide_secrets

#: Environment variables for the API key and the service's URL; the official SDK uses the same names.
KEY_VARIABLE, URL_VARIABLE = "JIGSAWSTACK_API_KEY", "JIGSAWSTACK_API_URL"
#: Environment variable for the URL of a store that several machines share.
STORE_VARIABLE = "JSDF_STORE"
#: Web page at which users find their keys and account.
KEYS_PAGE = "https://jigsawstack.com/dashboard"

#: Names of engines.
ENGINE_NAMES = ("auto", "hosted", "local")
#: Schemes of the URL of a store.
STORE_SCHEMES = ("redis", "rediss", "unix")

_CHOICES: dict[str, tuple[Any, ...]] = {
    "event_loop": ("thread", "nested"),
    "progress": (None, True, False),
}


@dataclass
class Options:
    """Defaults for every call that does not pass the argument itself, as in `jsdf.options.engine = "local"`.

    Attributes:
        engine: `"auto"` (hosted if a key is set, else local), `"hosted"`, `"local"`, or an engine. Default `"auto"`.
        event_loop: `"thread"`, the default, runs synchronous calls on an event loop in a background thread;
            `"nested"` runs them on the notebook's own loop with nest_asyncio, for coroutines that must share it.
        progress: True shows a progress bar, False shows none, None, the default, shows one in notebooks and
            terminals.
        cache_dir: Directory of the store; None, the default, for `JSDF_CACHE_DIR`, else the user's cache directory.
        store: URL of a Redis server, `redis://host:port/db`, for a store that several machines share; `rediss://` for
            TLS, with user and password as `redis://user:password@host:port/db`; the password is never shown. Or a
            function that opens a store of your own, a `jsdf.store.base.AnswerStore`. None, the default, for
            `JSDF_STORE`, else a file in `cache_dir`.
    """

    engine: Any = "auto"
    event_loop: str = "thread"
    progress: bool | None = None
    cache_dir: str | os.PathLike[str] | None = None
    store: str | Callable[[], Any] | None = None

    def __repr__(self) -> str:
        """Show the options, without the password of the store."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        if isinstance(self.store, str):
            values["store"] = hide_secrets(self.store)
        return f"Options({', '.join(f'{name}={value!r}' for name, value in values.items())})"

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an option.

        Raises:
            InvalidInputError: There is no such option, or the value is not allowed for it.
        """
        names = [f.name for f in fields(self)]
        if name not in names:
            hint = did_you_mean(name, names) or f"; the options are {', '.join(names)}"
            raise InvalidInputError(f"jsdf.options has no {name!r}{hint}")
        allowed = _CHOICES.get(name)
        if allowed is not None and value not in allowed:
            raise InvalidInputError(f"jsdf.options.{name} = {value!r}: use one of {', '.join(map(repr, allowed))}")
        problem = engine_problem(value) if name == "engine" else None
        if problem is not None:
            raise InvalidInputError(f"jsdf.options.engine = {problem}")
        problem = store_problem(value) if name == "store" and value is not None else None
        if problem is not None:
            raise InvalidInputError(f"jsdf.options.store = {problem}")
        if name == "cache_dir" and not isinstance(value, (str, os.PathLike, type(None))):
            raise InvalidInputError(f"jsdf.options.cache_dir = {value!r}: pass a path, or None")
        object.__setattr__(self, name, value)


def store_problem(value: Any) -> str | None:
    """Return the value, without its password, and the reason that it names no store; None if it does."""
    advice = "pass the URL of a Redis server, as redis://host:6379/0"
    if callable(value):
        return None
    if not isinstance(value, str):
        return f"{type(value).__name__}: {advice}, or None for a file"
    scheme, found, rest = value.partition("://")
    is_url = found and scheme in STORE_SCHEMES and rest
    return None if is_url else f"{hide_secrets(value)!r}: {advice}"


def engine_problem(value: Any) -> str | None:
    """Return the value and the reason that it is neither the name of an engine nor an engine; None if it is one."""
    if isinstance(value, type):
        return f"{value.__name__}: pass an engine rather than its class: {value.__name__}()"
    if isinstance(value, str):
        is_engine, hint = value in ENGINE_NAMES, did_you_mean(value.strip(), ENGINE_NAMES)
    else:
        is_engine, hint = callable(getattr(value, "classify", None)), ""
    choices = "use 'hosted', 'local', 'auto' or an engine such as jsdf.Hosted()"
    return None if is_engine else f"{value!r}: {choices}{hint}"


#: The settings of this process.
options = Options()
