"""Label pandas columns of texts or images, hosted or offline; importing it registers the `.jigsaw` accessors."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from jsdf._version import __version__ as __version__
from jsdf.api.accessor import register as _register
from jsdf.api.embedding import embed
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
    from jsdf.engines.cascade import Cascade
    from jsdf.engines.hosted import Hosted
    from jsdf.engines.local import LearnedLocal, Local
    from jsdf.evaluation.batch_effect import BatchEffect
    from jsdf.evaluation.comparison import Comparison
    from jsdf.evaluation.evaluate import Evaluation
    from jsdf.evaluation.shares import Shares
    from jsdf.results.certificate import Certificate

__all__ = [
    "APIError",
    "AuthenticationError",
    "BatchEffect",
    "Cascade",
    "Certificate",
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
    "LearnedLocal",
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
    "embed",
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


#: Names that are imported on first use, since they would slow down `import jsdf`, and the modules that hold them.
_LAZY = {
    "BatchEffect": "jsdf.evaluation.batch_effect",
    "Cascade": "jsdf.engines.cascade",
    "Certificate": "jsdf.results.certificate",
    "Comparison": "jsdf.evaluation.comparison",
    "Evaluation": "jsdf.evaluation.evaluate",
    "Hosted": "jsdf.engines.hosted",
    "LearnedLocal": "jsdf.engines.local",
    "Local": "jsdf.engines.local",
    "Shares": "jsdf.evaluation.shares",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    if name == "spark":
        return import_module("jsdf.spark")
    raise AttributeError(f"module 'jsdf' has no attribute {name!r}")
