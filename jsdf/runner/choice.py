"""The choice of what runs a job."""

from __future__ import annotations

from typing import Any, TypeAlias

from jsdf.engines.cascade import Cascade
from jsdf.runner.cascade.cascade_runner import CascadeRunner
from jsdf.runner.job import Job
from jsdf.runner.job_runner import JobRunner
from jsdf.runner.repeats import RepeatedRunner

#: Runs a job; all have the attributes and methods of `JobRunner`.
Runner: TypeAlias = "JobRunner | RepeatedRunner | CascadeRunner"


def new_runner(job: Job, *args: Any, **options: Any) -> Runner:
    """Return what runs a job: once, several times, or by two engines; the arguments are those of `JobRunner`."""
    if isinstance(job.engine, Cascade):
        return CascadeRunner(job, *args, **options)
    return (JobRunner if job.repeats == 1 else RepeatedRunner)(job, *args, **options)
