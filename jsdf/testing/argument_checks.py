"""Check the arguments of the fakes: a mistake in a test should fail at once and say what to pass."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, ParamSpec, TypeAlias, TypeVar, cast

from jsdf.errors import InvalidInputError
from jsdf.testing.fault import Fault
from jsdf.utils.call_signature import explain_misfits

P = ParamSpec("P")
T = TypeVar("T")
#: Returns advice if the value of an argument is not valid, else None.
Check: TypeAlias = Callable[[Any], "str | None"]

FAULTS_ADVICE = "pass a list with a fault or None for each request, as in [fault.status(503), None]"


def checked_arguments(checks: Mapping[str, Check]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Return a decorator of a constructor that checks arguments, by name, and explains those that do not fit it.

    The constructor raises:
        InvalidInputError: An argument is not valid; the message quotes it.
        TypeError: An argument is unknown, missing or one too many; the message says which.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
            for name, value in signature.bind(*args, **kwargs).arguments.items():
                advice = checks[name](value) if name in checks else None
                if advice is not None:
                    given = name if "key" in name else f"{name}={value!r}"  # a key is never shown
                    raise InvalidInputError(f"{given}: {advice}")
            return function(*args, **kwargs)

        return cast("Callable[P, T]", explain_misfits(cast("Any", wrapper)))

    return decorate


def _one_of(*choices: Any) -> Check:
    """Return a check for one of these values."""
    return lambda value: None if value in choices else f"use one of {', '.join(map(repr, choices))}"


def _number_from(minimum: float, maximum: float = float("inf"), *, optional: bool = False) -> Check:
    """Return a check for a number in this range; `optional` allows None."""

    def check(value: Any) -> str | None:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if (optional and value is None) or (is_number and minimum <= value <= maximum):
            return None
        limits = f"of at least {minimum:g}" if maximum == float("inf") else f"from {minimum:g} to {maximum:g}"
        return f"pass a number {limits}" + (", or None" if optional else "")

    return check


def _function_or(check: Check | None, advice: str) -> Check:
    """Return a check for a function, or for a value that fulfils another check; None for functions alone."""

    def check_both(value: Any) -> str | None:
        is_valid = callable(value) or (check is not None and check(value) is None)
        return None if is_valid else advice

    return check_both


def _texts(value: Any) -> str | None:
    """Check a collection of texts; a single text would count as its characters."""
    is_valid = isinstance(value, Collection) and not isinstance(value, (str, bytes)) and all(map(_is_text, value))
    return None if is_valid else "pass a collection of texts, as in {'a text'}"


def _text_or_texts(value: Any) -> str | None:
    """Check a text, or a collection of texts."""
    return None if _is_text(value) or _texts(value) is None else "pass a text, or a collection of texts"


def _mapping_or_none(value: Any) -> str | None:
    """Check a mapping, or None."""
    return None if value is None or isinstance(value, Mapping) else "pass a mapping or a function"


def _none(value: Any) -> str | None:
    """Check for None."""
    return None if value is None else "pass None"


def _faults(value: Any) -> str | None:
    """Check an iterable of faults; the entries of an iterator are checked when they are used."""
    if isinstance(value, (Fault, str, bytes)) or not isinstance(value, Iterable):
        return FAULTS_ADVICE
    return FAULTS_ADVICE if isinstance(value, Collection) and not all(map(is_fault, value)) else None


def is_fault(value: Any) -> bool:
    """Return True for an entry of a list of faults."""
    return value is None or isinstance(value, Fault)


def _answers(value: Any) -> str | None:
    """Check a queue of answers or a function; a single text would count as its characters."""
    is_valid = value is None or callable(value) or (isinstance(value, Iterable) and not isinstance(value, (str, bytes)))
    return None if is_valid else "pass a list with the answers of each request, as in [['good', 'bad']], or a function"


def _whole_number(value: Any) -> str | None:
    """Check a whole number of at least 1."""
    is_valid = isinstance(value, int) and not isinstance(value, bool) and value >= 1
    return None if is_valid else "pass a whole number of at least 1"


def _kinds(value: Any) -> str | None:
    """Check a collection of kinds of samples."""
    is_valid = _texts(value) is None and bool(value) and set(value) <= {"text", "image"}
    return None if is_valid else "pass a collection of kinds, as in {'text', 'image'}"


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


#: Checks of the arguments of `FakeService`.
SERVICE_CHECKS: dict[str, Check] = {
    "api_key": _text_or_texts,
    "forbidden_keys": _texts,
    "answer": _function_or(_mapping_or_none, "pass a function, or a mapping of values to answers"),
    "answers_with": _one_of("key", "value"),
    "sliding": _one_of(True, False),
    "rate_headers": _one_of(True, False),
    "usage": _one_of(True, False),
    "rate": _number_from(0, optional=True),
    "window": _number_from(0.001),
    "retry_after": _one_of(None, "seconds", "date"),
    "latency": _function_or(_number_from(0), "pass seconds, at least 0, or a function of the request"),
    "faults": _function_or(_faults, FAULTS_ADVICE),
    "file_faults": _faults,
    "poison": _function_or(_texts, "pass a collection of texts, as in {'a text'}, or a function of a text"),
    "poison_status": _number_from(400, 599),
    "error_shape": _one_of("message", "error", "object", "empty", "html"),
    "clock": _function_or(None, "pass a function"),
    "on_record": _function_or(_none, "pass a function"),
}
#: Checks of the arguments of `FakeEngine`.
ENGINE_CHECKS: dict[str, Check] = {
    "answers": _answers,
    "batch_size": _whole_number,
    "max_labels": _number_from(2, optional=True),
    "rate": _number_from(0, optional=True),
    "concurrency": _whole_number,
    "kinds": _kinds,
    "fail": _function_or(_none, "pass a function that returns an exception or None"),
}
