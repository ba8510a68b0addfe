"""Check the reply of an engine before it is used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from jsdf.engines.base import Reply
from jsdf.errors import TransientError

if TYPE_CHECKING:
    from jsdf.engines.base import Question


def check_reply(reply: Reply, question: Question, values: Sequence[Any]) -> None:
    """Raise unless the reply has one prediction per sample, since predictions are matched to samples by position."""
    if not isinstance(reply, Reply):
        raise TypeError(f"the engine returned a {type(reply).__name__}, not a jsdf.engines.Reply")
    if reply.scores is not None and np.shape(reply.scores) != (len(values), len(question.labels)):
        raise ValueError(f"the engine's scores have the shape {np.shape(reply.scores)}, not (samples, labels)")
    if len(reply.predictions) != len(values):
        raise TransientError(
            f"the service gave {len(reply.predictions)} predictions for {len(values)} samples",
            maybe_billed=True,
            tokens=reply.tokens,
            log_id=reply.log_id,
        )
