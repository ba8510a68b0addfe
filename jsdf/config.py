"""Settings of the process, `jsdf.options`, and the environment variables of the hosted service."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from jsdf.errors import InvalidInputError
from jsdf.utils.call_signature import did_you_mean
from jsdf.utils.money_settings import currency_problem, parse_threshold, price_problem
from jsdf.utils.network.url_secrets import hide_secrets

#: Environment variables for the API key and the service's URL; the official SDK uses the same names.
KEY_VARIABLE, URL_VARIABLE = "JIGSAWSTACK_API_KEY", "JIGSAWSTACK_API_URL"
#: Environment variable for the URL of a store that several machines share.
STORE_VARIABLE = "JSDF_STORE"
#: Web page at which users find their keys and account.
KEYS_PAGE = "https://jigsawstack.com/dashboard"

#: Names of engines.
ENGINE_NAMES = ("auto", "hosted", "local", "cascade")
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
        engine: `"auto"` (hosted if a key is set, else local), `"hosted"`, `"local"`, `"cascade"` (local, and hosted for
            rows of which local is not sure; see `jsdf.Cascade`), the path of a file that `LearnedLocal.save` wrote, or
            an engine. Default `"auto"`.
        event_loop: `"thread"`, the default, runs synchronous calls on an event loop in a background thread;
            `"nested"` runs them on the notebook's own loop with nest_asyncio, for coroutines that must share it.
        progress: True shows a progress bar, False shows none, None, the default, shows one in notebooks and
            terminals.
        cache_dir: Directory of the store; None, the default, for `JSDF_CACHE_DIR`, else the user's cache directory.
        store: URL of a Redis server, `redis://host:port/db`, for a store that several machines share; `rediss://` for
            TLS, with user and password as `redis://user:password@host:port/db`; the password is never shown. Or a
            function that opens a store of your own, a `jsdf.store.base.AnswerStore`. None, the default, for
            `JSDF_STORE`, else a file in `cache_dir`.
        price_per_million_tokens: Price of 1,000,000 tokens in `currency`: a number for all engines but the local one,
            which costs nothing, or a mapping of the names of engines to numbers, as in `{"hosted": 0.5}`. None, the
            default: no price is known, and nothing is said about money.
        currency: Name of the currency, which is shown with amounts. Default `"USD"`.
        confirm_above: A call that may cost more raises `ConfirmationError` before anything is sent, unless it passes
            `max_cost`, `max_tokens` or `max_requests`: a number is an amount of money in `currency`, and a text such
            as `"1,000 requests"` a number of requests. None, the default, asks for no confirmation.
    """

    engine: Any = "auto"
    event_loop: str = "thread"
    progress: bool | None = None
    cache_dir: str | os.PathLike[str] | None = None
    store: str | Callable[[], Any] | None = None
    price_per_million_tokens: float | Mapping[str, float] | None = None
    currency: str = "USD"
    confirm_above: float | str | None = None

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
        problem = _problem(name, value)
        if problem is not None:
            raise InvalidInputError(f"jsdf.options.{name} = {problem}")
        object.__setattr__(self, name, dict(value) if isinstance(value, Mapping) else value)


def _problem(name: str, value: Any) -> str | None:
    """Return the value and the reason that it is not allowed for this option; None if it is."""
    allowed = _CHOICES.get(name)
    if allowed is not None:
        return None if value in allowed else f"{value!r}: use one of {', '.join(map(repr, allowed))}"
    if name == "cache_dir":
        return None if isinstance(value, (str, os.PathLike, type(None))) else f"{value!r}: pass a path, or None"
    check = _CHECKS[name]
    return None if value is None and name in _MAY_BE_NONE else check(value)


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
    """Return the value and the reason that it is no engine, nor the name or file of one; None if it is."""
    if isinstance(value, type):
        return f"{value.__name__}: pass an engine rather than its class: {value.__name__}()"
    if is_engine_file(value):
        return None
    if isinstance(value, os.PathLike):
        return f"{os.fspath(value)!r}: there is no such file; pass one that LearnedLocal.save wrote"
    if isinstance(value, str):
        is_engine, hint = value in ENGINE_NAMES, did_you_mean(value.strip(), ENGINE_NAMES)
    else:
        is_engine, hint = callable(getattr(value, "classify", None)), ""
    choices = (
        "use 'hosted', 'local', 'auto', 'cascade', the path of a file that LearnedLocal.save wrote, or an engine such "
        "as jsdf.Hosted()"
    )
    return None if is_engine else f"{value!r}: {choices}{hint}"


def is_engine_file(value: Any) -> bool:
    """Return True for the path of a file, which may be that of a taught engine; names of engines come first."""
    is_path = isinstance(value, (str, os.PathLike)) and value not in ENGINE_NAMES
    return is_path and Path(value).is_file()


#: Option -> function that returns the value and the reason that it is not allowed, or None.
_CHECKS: dict[str, Callable[[Any], str | None]] = {
    "engine": engine_problem,
    "store": store_problem,
    "price_per_million_tokens": lambda value: price_problem(value, ("hosted", "local")),
    "currency": currency_problem,
    "confirm_above": lambda value: parse_threshold(value)[1],
}
_MAY_BE_NONE = ("store", "price_per_million_tokens", "confirm_above")

#: The settings of this process.
options = Options()
