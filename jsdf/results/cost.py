"""Costs in money: the price of tokens by engine, and amounts as text."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from jsdf.config import options

_MILLION = 1_000_000
#: The beginning of `jsdf.Local.identity`. With a blank after it, another engine gave itself the name.
_LOCAL_MODELS = "local:"
_TWO_DIGITS_BELOW = 0.1  # amounts below have two significant digits, and at least two decimals


class Price(NamedTuple):
    """Price of tokens.

    Attributes:
        per_million: Price of 1,000,000 tokens.
        currency: Name of the currency.
    """

    per_million: float
    currency: str

    def of_tokens(self, tokens: float) -> float:
        """Return the cost of so many tokens."""
        return tokens * self.per_million / _MILLION

    def to_tokens(self, cost: float) -> float | None:
        """Return the number of tokens that an amount buys; None if they cost nothing."""
        return cost * _MILLION / self.per_million if self.per_million else None


def ledger_name(name: str, identity: str) -> str:
    """Return an engine's identity, after its name if it does not begin with it; so the ledger and prices name it."""
    return identity if _is_named(identity, name) else f"{name}: {identity}"


def current_price(engine: str) -> Price | None:
    """Return the price of an engine by `jsdf.options.price_per_million_tokens`; None if it is not known.

    Args:
        engine: The engine, as in `ledger_name`.
    """
    prices = options.price_per_million_tokens
    if isinstance(prices, Mapping):
        named = [name for name in prices if _is_named(engine, name)]
        if named:
            return Price(float(prices[max(named, key=len)]), options.currency)
    if engine.startswith(_LOCAL_MODELS) and not engine.startswith(f"{_LOCAL_MODELS} "):
        return Price(0.0, options.currency)
    if prices is None or isinstance(prices, Mapping):
        return None
    return Price(float(prices), options.currency)


def is_price_set() -> bool:
    """Return True if the user has set any price, and so wants to hear of money."""
    return options.price_per_million_tokens is not None


def _is_named(engine: str, name: str) -> bool:
    """Return True if an identity begins with a name; that of jsdf's own engine is no beginning of other names."""
    rest = engine[len(name) :]
    if not engine.startswith(name):
        return False
    if name == "local":
        return rest[:1] in ("", ":")
    return not rest or not (rest[0].isalnum() or rest[0] == "_")


def format_cost(amount: float, currency: str | None = None) -> str:
    """Return an amount with its currency, as in "12.50 USD" and, below a tenth, "0.0034 USD".

    Args:
        amount: The amount.
        currency: Name of the currency; None for `jsdf.options.currency`.
    """
    figure = f"{amount:,.2f}"
    if 0 < amount < _TWO_DIGITS_BELOW:
        whole, _, decimals = f"{Decimal(f'{amount:.1e}'):f}".partition(".")
        figure = f"{whole}.{decimals.rstrip('0'):0<2}"
    return f"{figure} {options.currency if currency is None else currency}"


def format_limit(amount: float, currency: str) -> str:
    """Return an amount that the user gave with its currency, with all its decimals and at least two."""
    figure = f"{amount:,.2f}" if round(amount, 2) == amount else f"{Decimal(repr(amount)):,f}"
    return f"{figure} {currency}"


def format_range(low: float, high: float, currency: str | None = None) -> str:
    """Return two amounts with their currency, as in "0.45 to 0.56 USD"."""
    shown = [format_cost(amount, currency) for amount in (low, high)]
    return f"{shown[0].rpartition(' ')[0]} to {shown[1]}"
