"""The widget of the live view in a real kernel: it moves while nothing is answered, and a click on its button stops."""

import queue
import time

import pytest

jupyter_client = pytest.importorskip("jupyter_client")
ipykernel = pytest.importorskip("ipykernel")

SETUP = """
import asyncio, pathlib, pandas as pd, jsdf
from jsdf.testing import FakeEngine

class Waiting(FakeEngine):
    "Answers three requests, then none before there is a file."
    async def classify(self, question, values):
        reply = await super().classify(question, values)
        while len(self.calls) > answered and not pathlib.Path({go!r}).exists():
            await asyncio.sleep(0.02)
        return reply

answered = 3
column = pd.Series([f"text {{i}}" for i in range(64)])
def engine(): return Waiting(batch_size=4, concurrency=1)
"""
RUN = "jsdf.run(column, ['a', 'b'], engine=engine(), cache=False)"
AWAIT = "await jsdf.aclassify(column, ['a', 'b'], engine=engine(), cache=False, errors='coerce')"
SUBSHELLS_ARE_USED = (7, 0) <= ipykernel.version_info[:2] < (7, 4)
IS_OLD = ipykernel.version_info[:2] < (7, 0)


class Cell:
    """A running cell, with the states of its live view."""

    def __init__(self, client, code):
        self._client, self.states, self.final, self.comm = client, [], None, None
        self._message = client.execute(code)

    def wait(self, condition, seconds=60):
        """Read messages until a condition holds, or the cell has ended; return True if it holds."""
        end = time.monotonic() + seconds
        while not condition(self):
            assert time.monotonic() < end, self.states[-1:]
            try:
                message = self._client.get_iopub_msg(timeout=0.2)
            except queue.Empty:
                continue
            if self._read(message["msg_type"], message["content"]) and message["parent_header"].get("msg_id") == (
                self._message
            ):
                return condition(self)
        return True

    def _read(self, kind, content):
        data = content.get("data", {})
        if kind == "comm_open" and "state" in data.get("state", {}):
            self.comm = content["comm_id"]
        if kind in ("comm_open", "comm_msg") and content["comm_id"] == self.comm:
            self.states += filter(None, [data.get("state", {}).get("state")])
        if kind == "update_display_data":
            self.final = data["text/plain"]
        return kind == "status" and content["execution_state"] == "idle"

    def click(self, subshell=None):
        content = {"comm_id": self.comm, "data": {"method": "custom", "content": {"do": "stop"}}}
        message = self._client.session.msg("comm_msg", content)
        if subshell is not None:
            message["header"]["subshell_id"] = subshell
        self._client.shell_channel.send(message)


@pytest.fixture
def go(tmp_path):
    return tmp_path / "go"


@pytest.fixture
def client(tmp_path, go, monkeypatch):
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    manager, client = jupyter_client.manager.start_new_kernel(kernel_name="python3", startup_timeout=60)
    Cell(client, SETUP.format(go=str(go))).wait(lambda cell: False)
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def new_subshell(client):
    client.control_channel.send(client.session.msg("create_subshell_request"))
    return client.control_channel.get_msg(timeout=10)["content"]["subshell_id"]


def is_waiting(cell):
    return any(state["done"] == 12 for state in cell.states)


def test_it_moves_while_nothing_is_answered(client, go):
    Cell(client, "answered = 0").wait(lambda cell: False)
    cell = Cell(client, RUN)
    assert cell.wait(lambda cell: len({int(state["seconds"]) for state in cell.states}) >= 4)
    waiting = [state for state in cell.states if state["status"] == "waiting for the first answer"]
    assert {state["done"] for state in cell.states} == {0}
    assert len(waiting) >= 3
    go.touch()
    cell.wait(lambda cell: False)
    assert cell.final.startswith("fake: 64 rows in")


def test_a_click_stops_an_awaited_run(client, go):
    cell = Cell(client, AWAIT)
    assert cell.wait(is_waiting)
    if IS_OLD:
        assert not cell.states[-1]["has_button"]
        return
    subshell = new_subshell(client) if SUBSHELLS_ARE_USED else None
    assert cell.wait(lambda cell: cell.states[-1]["has_button"])
    cell.click(subshell)
    assert cell.wait(lambda cell: cell.states[-1].get("is_stopping"))
    go.touch()
    cell.wait(lambda cell: False)
    assert cell.final.startswith("fake: 16 of 64 rows in")
    assert "interrupted" in cell.final


def test_a_synchronous_run_has_a_button_only_where_a_click_stops_it(client, go):
    cell = Cell(client, RUN)
    assert cell.wait(is_waiting)
    assert not any(state["has_button"] for state in cell.states)  # no subshell, so nothing would hear it
    assert cell.states[-1]["hint"] == "interrupt the kernel (square) to stop: what has landed is kept"
    if SUBSHELLS_ARE_USED:
        subshell = new_subshell(client)
        assert cell.wait(lambda cell: cell.states[-1]["has_button"])
        cell.click(subshell)
        assert cell.wait(lambda cell: cell.states[-1].get("is_stopping"))
    go.touch()
    cell.wait(lambda cell: False)
    assert cell.final.startswith("fake: 16 of 64" if SUBSHELLS_ARE_USED else "fake: 64 rows in")
