"""The embedded engine: label texts and images on this machine, with no key and no network."""

from typing import TYPE_CHECKING, Any

from jsdf.engines.local.engine import Local, available

if TYPE_CHECKING:
    from jsdf.engines.local.learned.engine import LearnedLocal

__all__ = ["LearnedLocal", "Local", "available"]


def __getattr__(name: str) -> Any:
    if name == "LearnedLocal":  # imports numpy, which `Local` alone does not need
        from jsdf.engines.local.learned.engine import LearnedLocal

        return LearnedLocal
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
