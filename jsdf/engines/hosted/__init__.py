"""The hosted engine: JigsawStack's classification API over HTTP."""

from jsdf.engines.hosted.engine import Hosted

__all__ = ["Hosted"]
