"""Plan, schedule, pace, retry, split, interrupt."""

from jsdf.runner.job import Conductor, Job, make_plan

__all__ = ["Conductor", "Job", "make_plan"]
