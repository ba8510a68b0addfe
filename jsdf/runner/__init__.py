"""Plan, schedule, pace, retry, split, interrupt."""

from jsdf.runner.job import Conductor, Job
from jsdf.runner.plan import make_plan

__all__ = ["Conductor", "Job", "make_plan"]
