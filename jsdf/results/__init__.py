"""Results of a call: `Run`, `Plan`, `Usage` and `Progress`, and how they print."""

from jsdf.results.answers import Answers
from jsdf.results.estimate import Plan
from jsdf.results.run import Run
from jsdf.results.usage import Progress, Usage

__all__ = ["Answers", "Plan", "Progress", "Run", "Usage"]
