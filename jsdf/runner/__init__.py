"""Run jobs: batches, rate limit, retries, splitting of failed requests, budget, interrupts."""

from jsdf.runner.job import Job
from jsdf.runner.job_runner import Conductor
from jsdf.runner.plan import make_plan

__all__ = ["Conductor", "Job", "make_plan"]
