"""The embedded engine: label texts and images on this machine, with no key and no network."""

from jsdf.engines.local.engine import Local, available

__all__ = ["Local", "available"]
