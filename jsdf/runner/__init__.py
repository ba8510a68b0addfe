"""Plan, schedule, pace, retry, split, interrupt."""

from jsdf.runner.job import Conductor, Job, plan

__all__ = ["Conductor", "Job", "plan"]
