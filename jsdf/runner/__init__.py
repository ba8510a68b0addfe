"""Run jobs: batches, rate limit, retries, splitting of failed requests, budget, interrupts."""

from jsdf.runner.job import Job
from jsdf.runner.job_runner import JobRunner
from jsdf.runner.planning.plan import make_plan
from jsdf.runner.repeats import RepeatedRunner, new_runner

__all__ = ["Job", "JobRunner", "RepeatedRunner", "make_plan", "new_runner"]
