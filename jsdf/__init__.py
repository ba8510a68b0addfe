"""Label pandas columns of texts or images, hosted or offline; importing it registers the `.jigsaw` accessors."""

from typing import TYPE_CHECKING, Any

from jsdf._version import __version__ as __version__
from jsdf.api.accessor import register as _register
from jsdf.api.evaluation import evaluate, shares
from jsdf.api.functions import aclassify, classify, classify_batches, last_run, plan, run, usage
from jsdf.api.trials import compare, probe
from jsdf.api.viewers import gallery, review
from jsdf.config import options
from jsdf.errors import (
    APIError,
    AuthenticationError,
    ClassificationError,
    ConfirmationError,
    ImageError,
    InvalidInputError,
    InvalidLabelsError,
    JSDFError,
    MissingExtraError,
    MissingKeyError,
    ModelError,
    RateLimitError,
    TransientError,
)
from jsdf.labels import Label, image
from jsdf.results.estimate import Plan
from jsdf.results.run import Run
from jsdf.results.usage import Progress, Usage

if TYPE_CHECKING:
    from jsdf.engines.hosted import Hosted
    from jsdf.engines.local import Local
    from jsdf.evaluation.batch_effect import BatchEffect
    from jsdf.evaluation.comparison import Comparison
    from jsdf.evaluation.evaluate import Evaluation
    from jsdf.evaluation.shares import Shares

__all__ = [
    "APIError",
    "AuthenticationError",
    "BatchEffect",
    "ClassificationError",
    "Comparison",
    "ConfirmationError",
    "Evaluation",
    "Hosted",
    "ImageError",
    "InvalidInputError",
    "InvalidLabelsError",
    "JSDFError",
    "Label",
    "Local",
    "MissingExtraError",
    "MissingKeyError",
    "ModelError",
    "Plan",
    "Progress",
    "RateLimitError",
    "Run",
    "Shares",
    "TransientError",
    "Usage",
    "aclassify",
    "classify",
    "classify_batches",
    "compare",
    "evaluate",
    "gallery",
    "image",
    "last_run",
    "options",
    "plan",
    "probe",
    "review",
    "run",
    "shares",
    "usage",
]

_register()


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> Any:
    # Imported on first use, since they would slow down `import jsdf`: the engines import httpx and model code.
    if name == "Hosted":
        from jsdf.engines.hosted import Hosted

        return Hosted
    if name == "Local":
        from jsdf.engines.local import Local

        return Local
    if name == "Evaluation":
        from jsdf.evaluation.evaluate import Evaluation

        return Evaluation
    if name == "Comparison":
        from jsdf.evaluation.comparison import Comparison

        return Comparison
    if name == "BatchEffect":
        from jsdf.evaluation.batch_effect import BatchEffect

        return BatchEffect
    if name == "Shares":
        from jsdf.evaluation.shares import Shares

        return Shares
    if name == "spark":
        import jsdf.spark

        return jsdf.spark
    raise AttributeError(f"module 'jsdf' has no attribute {name!r}")
