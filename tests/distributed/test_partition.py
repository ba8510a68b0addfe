"""One partition on a worker without a channel to the driver: labels, warnings and errors."""

import pickle

import numpy as np
import pandas as pd
import pytest

import jsdf
from jsdf.distributed.partition import failure_message, raise_failures, run_partition
from jsdf.distributed.settings import check_settings
from jsdf.engines import Reply
from jsdf.testing import FakeEngine


def settings_for(engine, **arguments):
    return check_settings("t", np.dtype(object), ["x", "y"], None, {"engine": engine, **arguments})


def refuse(values):
    return jsdf.APIError("no", status=400) if "b" in values else None


def test_failures_are_warned_of_and_raised_without_the_rows():
    series = pd.Series(["a", "b", "c"])
    with pytest.warns(UserWarning, match=r"1 of 3 rows of a partition has no label: HTTP 400: no \(1 row\)"):
        run = run_partition(series, settings_for(FakeEngine(fail=refuse)))
    assert run.status.tolist() == ["answered", "failed", "answered"]
    with pytest.raises(jsdf.ClassificationError, match="Compute again to ask for those alone") as info:
        raise_failures(run)
    loaded = pickle.loads(pickle.dumps(info.value))
    assert str(loaded) == str(info.value)
    assert loaded.run is None


def test_a_complete_run_has_no_message():
    run = run_partition(pd.Series(["a", None]), settings_for(FakeEngine()))
    assert failure_message(run) is None
    raise_failures(run)


def test_an_error_of_the_service_is_raised():
    engine = FakeEngine(fail=lambda values: jsdf.AuthenticationError("bad key", status=401))
    with pytest.raises(jsdf.AuthenticationError, match="bad key") as info:
        run_partition(pd.Series(["a", "b"]), settings_for(engine))
    assert len(pickle.dumps(info.value)) < 2_000


class Noting(FakeEngine):
    """Engine that has a remark on each value."""

    async def classify(self, question, values):
        await super().classify(question, values)
        return Reply(["x"] * len(values), notes=dict.fromkeys(range(len(values)), "the text was cut"))


class Reports:
    def __init__(self):
        self.events, self.warnings, self.runs = [], [], []
        self.progress, self.warning, self.ended = self.events.append, self.warnings.append, self.runs.append


def test_a_report_takes_progress_warnings_and_the_outcome():
    reports = Reports()
    series = pd.Series([f"https://example.org/{i}" for i in range(40)])
    run = run_partition(series, settings_for(Noting()), report=reports)
    assert reports.events[-1].finished
    assert reports.events[-1].done == 40
    assert len(reports.warnings) == 2
    assert "looks like an image's file name" in reports.warnings[0]
    assert reports.warnings[1] == "some rows: the text was cut"
    assert reports.runs == [run]


def test_a_partition_of_numbers_is_refused():
    with pytest.raises(jsdf.InvalidInputError, match="neither text nor an image"):
        run_partition(pd.Series([1.5]), settings_for(FakeEngine()))
