"""Number of partitions that are labelled at a time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jsdf.errors import InvalidInputError
from jsdf.utils.whole_numbers import to_whole_number

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

#: Partitions where the settings do not tell how many tasks run at a time, and for an engine with a rate, which a few
#: partitions reach together.
DEFAULT_WORKERS = 4


def worker_count(sdf: DataFrame, workers: Any, *, has_rate: bool) -> int:
    """Return the number of partitions.

    Args:
        sdf: The DataFrame, whose session's settings are read.
        workers: The number that the user passed; None to choose one.
        has_rate: True if the engine has a rate, which the partitions share.

    Raises:
        InvalidInputError: `workers` is no whole number of at least 1.
    """
    if workers is None:
        tasks = tasks_at_a_time(sdf.sparkSession.conf.get) or DEFAULT_WORKERS
        return min(tasks, DEFAULT_WORKERS) if has_rate else tasks
    count = to_whole_number(workers)
    if count is None or count < 1:
        raise InvalidInputError(f"workers={workers!r}: pass a whole number of partitions, 1 or more")
    return count


def tasks_at_a_time(get: Any) -> int | None:
    """Return the number of tasks that a cluster runs at a time; None if its settings do not tell.

    Args:
        get: Returns a setting by name, or the default that it is given.
    """
    local = re.fullmatch(r"local(?:\[(\d+)(?:,\s*\d+)?\])?", str(get("spark.master", "")))
    if local is not None:
        return int(local[1] or 1)
    if str(get("spark.dynamicAllocation.enabled", "false")).lower() == "true":
        return None
    instances, cores = get("spark.executor.instances", None), get("spark.executor.cores", None)
    per_task = get("spark.task.cpus", "1")
    if not all(str(number).isdigit() for number in (instances, cores, per_task)):
        return None
    return max(1, int(instances) * max(1, int(cores) // max(1, int(per_task))))
