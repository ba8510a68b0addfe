"""A run logs one line at INFO, and its HTTP requests at DEBUG; the user's own requests are logged as ever."""

import logging
import re
import subprocess
import sys

import httpx
import numpy as np
import pandas as pd
import pytest
from refusing_engines import LABELS, column

import jsdf
from jsdf.testing import FakeEngine, FakeService, fault

SECRET = "sk-very-secret-key"


@pytest.fixture
def server():
    service = FakeService(api_key=SECRET)
    with service.serve() as server:
        server.service = service
        yield server


def label(values, server, **arguments):
    engine = jsdf.Hosted(SECRET, server.url, rate=10_000)
    return jsdf.run(values, LABELS, engine=engine, progress=False, **arguments)


@pytest.mark.parametrize("rows", [1, 33, 6400])
def test_a_run_logs_one_line_at_info(server, caplog, rows):
    caplog.set_level(logging.INFO)
    label(column(rows), server)
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("jsdf", "INFO")
    requests = len(server.service.requests)
    assert re.fullmatch(
        rf"hosted: {rows:,} rows? \({rows:,} answered\); {requests} requests?, {rows:,} sent, 0 from the store, "
        r"[\d,]+ tokens, \d+\.\d s",
        record.getMessage(),
    )


def test_a_run_without_requests_and_one_that_fails_log_one_line_each(server, caplog):
    label(column(40), server)
    caplog.set_level(logging.INFO)
    label(column(40), server)
    assert "0 requests, 0 sent, 40 from the store, 0 tokens" in caplog.messages[-1]
    with pytest.raises(jsdf.AuthenticationError):
        jsdf.run(column(40), ["x", "y"], engine=jsdf.Hosted("wrong", server.url), progress=False)
    assert "hosted: 40 rows (40 pending); " in caplog.messages[-1]
    assert [record.name for record in caplog.records] == ["jsdf", "jsdf"]


def test_uploads_are_not_logged_at_info(server, caplog):
    caplog.set_level(logging.INFO)
    images = pd.Series([np.full((9, 9, 3), i, np.uint8) for i in range(5)], dtype=object)
    assert label(images, server).counts["answered"] == 5
    assert server.service.files.uploads == 5
    assert [record.name for record in caplog.records] == ["jsdf"]


def test_a_request_of_the_user_is_logged_at_info_during_a_run_too(caplog):
    service = FakeService()

    class Engine(FakeEngine):
        async def classify(self, question, values):
            async with httpx.AsyncClient(transport=service.transport()) as client:
                await client.get("http://127.0.0.1/mine")
            return await super().classify(question, values)

    caplog.set_level(logging.INFO)
    jsdf.run(column(10), LABELS, engine=Engine(), progress=False)
    hosted = jsdf.Hosted("test-key", transport=service.transport())
    jsdf.run(column(10), LABELS, engine=hosted, progress=False)
    httpx.Client(transport=service.transport()).get("http://127.0.0.1/mine-too")
    lines = [(record.name, record.levelname) for record in caplog.records]
    assert lines == [("httpx", "INFO"), ("jsdf", "INFO"), ("jsdf", "INFO"), ("httpx", "INFO")]
    assert logging.getLogger("httpx").level == logging.NOTSET


def test_at_debug_each_request_is_logged_and_the_key_is_not(server, caplog):
    caplog.set_level(logging.DEBUG)
    label(column(100), server)
    requests = [record for record in caplog.records if record.name == "httpx"]
    assert len(requests) == 4
    assert {(record.levelname, record.levelno) for record in requests} == {("DEBUG", logging.DEBUG)}
    assert any(record.name.startswith("httpcore") for record in caplog.records)
    assert SECRET not in caplog.text
    assert "text 7" not in "".join(record.getMessage() for record in caplog.records if record.name == "jsdf")


def test_the_level_of_httpx_alone_decides_on_its_lines(server, caplog):
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, logger="httpx")
    label(column(64), server)
    assert [record.name for record in caplog.records].count("httpx") == 2


#: A structlog that prints, as the real one does unless it is configured.
STRUCTLOG = """
class Logger:
    def warning(self, event, **fields):
        print(event, fields["callable"], flush=True)
def get_logger(name):
    return Logger()
"""
RETRIES = """
import asyncio, pandas, stamina, jsdf
from jsdf.testing import FakeService, fault
service = FakeService(faults=[fault.status(503, retry_after=0)] * 2)
engine = jsdf.Hosted("test-key", transport=service.transport())
run = jsdf.run(pandas.Series(["a"]), ["x", "y"], engine=engine, progress=False, cache=False)
assert run.usage.requests == 3
class Once:
    def __init__(self):
        self.calls = 0
    @stamina.retry(on=ValueError, wait_initial=0, wait_max=0, wait_jitter=0)
    def fail_once(self):
        self.calls += 1
        if self.calls == 1:
            raise ValueError
Once().fail_once()
"""


def test_own_retries_are_not_printed_where_structlog_is_installed(tmp_path):
    (tmp_path / "structlog.py").write_text(STRUCTLOG)
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{RETRIES}"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (run.stdout, run.stderr) == ("stamina.retry_scheduled __main__.Once.fail_once\n", "")


def test_own_retries_are_not_logged(caplog):
    service = FakeService(faults=[fault.status(503, retry_after=0)] * 2)
    engine = jsdf.Hosted("test-key", transport=service.transport())
    caplog.set_level(logging.INFO)
    jsdf.run(column(3), LABELS, engine=engine, progress=False)
    assert [record.name for record in caplog.records] == ["jsdf"]
