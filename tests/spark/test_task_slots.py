"""The number of partitions: as many as the settings say that tasks run at a time, or a few."""

import pytest

import jsdf
from jsdf.spark.task_slots import tasks_at_a_time, worker_count


@pytest.mark.parametrize(
    ("settings", "tasks"),
    [
        ({}, None),
        ({"spark.master": "local"}, 1),
        ({"spark.master": "local[3]"}, 3),
        ({"spark.master": "local[3,2]"}, 3),
        ({"spark.master": "local[3, 2]"}, 3),
        ({"spark.master": "local[*]"}, None),
        ({"spark.master": "yarn", "spark.executor.instances": "3", "spark.executor.cores": "4"}, 12),
        ({"spark.executor.instances": "3", "spark.executor.cores": "4", "spark.task.cpus": "2"}, 6),
        ({"spark.executor.instances": "3", "spark.executor.cores": "1", "spark.task.cpus": "2"}, 3),
        ({"spark.executor.instances": "3"}, None),
        (
            {
                "spark.executor.instances": "3",
                "spark.executor.cores": "4",
                "spark.dynamicAllocation.enabled": "true",
            },
            None,
        ),
    ],
)
def test_tasks_at_a_time(settings, tasks):
    assert tasks_at_a_time(settings.get) == tasks


class Frame:
    def __init__(self, **settings):
        self.sparkSession = self.conf = self
        self.get = {f"spark.{name}": value for name, value in settings.items()}.get


@pytest.mark.parametrize(
    ("master", "has_rate", "expected"),
    [("local[2]", True, 2), ("local[9]", True, 4), ("local[9]", False, 9), ("yarn", True, 4), ("yarn", False, 4)],
)
def test_the_default_is_small_for_an_engine_with_a_rate(master, has_rate, expected):
    assert worker_count(Frame(master=master), None, has_rate=has_rate) == expected


@pytest.mark.parametrize("workers", [0, -1, 1.5, "2", True])
def test_a_number_that_is_none(workers):
    with pytest.raises(jsdf.InvalidInputError, match=r"workers=.*: pass a whole number of partitions, 1 or more"):
        worker_count(Frame(), workers, has_rate=True)
