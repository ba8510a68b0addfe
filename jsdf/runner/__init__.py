"""Run jobs: batches, rate limit, retries, splitting of failed requests, budget, interrupts."""

from jsdf.runner.choice import Runner, new_runner
from jsdf.runner.job import Job
from jsdf.runner.job_runner import JobRunner
from jsdf.runner.planning.plan import make_plan

__all__ = ["Job", "JobRunner", "Runner", "make_plan", "new_runner"]
