"""Runs in a real Jupyter kernel: the view, queued cells, interrupts, and nested event loops."""

import queue
import time

import pytest

jupyter_client = pytest.importorskip("jupyter_client")
pytest.importorskip("ipykernel")

SETUP = """
import asyncio, pandas as pd, jsdf
engine = jsdf.Hosted("test-key", {url!r}, concurrency=4)
column = pd.Series([f"text {{i}}" for i in range(512)], name="review")
labels = ["a", "b", "c"]
"""
RUN = "labelled = jsdf.classify(column, labels, engine=engine); print('answered', labelled.notna().sum())"


class Kernel:
    """Kernel process with the outputs of its cells."""

    def __init__(self, manager, client):
        self.manager, self._client = manager, client

    def send(self, code):
        return self._client.execute(code)

    def result(self, message_id, limit=60):
        """Return the texts that a cell printed, its displayed bundles, and its error or None."""
        texts, shown, error = [], [], None
        end = time.monotonic() + limit
        while time.monotonic() < end:
            try:
                message = self._client.get_iopub_msg(timeout=1)
            except queue.Empty:
                continue
            if message["parent_header"].get("msg_id") != message_id:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                texts.append((content["name"], content["text"]))
            elif kind in ("display_data", "execute_result"):
                shown.append(content["data"])
            elif kind == "error":
                error = content
            elif kind == "status" and content["execution_state"] == "idle":
                return texts, shown, error
        raise TimeoutError("the cell never ended")

    def run(self, code):
        texts, _, error = self.result(self.send(code))
        assert error is None, "\n".join(error["traceback"])
        return "".join(text for name, text in texts if name == "stdout")


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    manager, client = jupyter_client.manager.start_new_kernel(kernel_name="python3", startup_timeout=60)
    yield Kernel(manager, client)
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def wait_for(service, requests):
    end = time.monotonic() + 30
    while len(service.requests) < requests:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_run_shows_a_bar_and_a_queued_cell_follows(kernel, service):
    kernel.run(SETUP.format(url=service.url))
    first, second = kernel.send(RUN), kernel.send("print('next', jsdf.last_run().counts['answered'])")
    texts, shown, error = kernel.result(first)
    assert error is None
    assert texts == [("stdout", "answered 512\n")]  # nothing on stderr, nothing twice
    (first,) = shown
    assert "application/vnd.jupyter.widget-view+json" in first
    assert kernel.result(second)[0] == [("stdout", "next 512\n")]


def test_without_ipywidgets_there_is_one_output_of_html_and_text(kernel, service):
    kernel.run("import sys; sys.modules['ipywidgets'] = None")
    kernel.run(SETUP.format(url=service.url))
    texts, shown, error = kernel.result(kernel.send(RUN))
    assert error is None
    assert texts == [("stdout", "answered 512\n")]
    assert [set(data) for data in shown] == [{"text/html", "text/plain"}]


@pytest.mark.parametrize("patched", [False, True], ids=["plain", "after the user's own nest_asyncio"])
def test_an_interrupt_keeps_completed_rows_and_leaves_no_tasks(kernel, service, patched):
    kernel.run(SETUP.format(url=service.url))
    if patched:
        kernel.run("import nest_asyncio; nest_asyncio.apply()")
    cell = kernel.send(RUN.replace("engine=engine", "engine=engine, progress=False"))
    wait_for(service, 5)
    kernel.manager.interrupt_kernel()
    _, _, error = kernel.result(cell)
    assert error["ename"] == "KeyboardInterrupt"
    assert "rows are answered" in error["evalue"], "\n".join(error["traceback"])
    sent = len(service.requests)
    answered = int(kernel.run("print(jsdf.last_run().counts['answered'])"))
    assert answered == 32 * sent < 512
    assert kernel.run("print(len(asyncio.all_tasks()) if asyncio._get_running_loop() else 0)").strip() in "012"
    assert len(service.requests) == sent
    assert kernel.run(RUN.replace("engine=engine", "engine=engine, progress=False")) == "answered 512\n"
    assert set(service.billed.values()) == {1}


def test_awaiting_lets_other_cells_coroutines_run(kernel, service):
    kernel.run(SETUP.format(url=service.url))
    out = kernel.run("""
ticks = 0
async def tick():
    global ticks
    while True:
        await asyncio.sleep(0.01)
        ticks += 1
ticking = asyncio.ensure_future(tick())
labelled = await column.jigsaw.aclassify(labels, engine=engine, progress=False)
ticking.cancel()
print(labelled.notna().sum(), ticks > 10)
""")
    assert out == "512 True\n"


def test_nested_loops_work_or_say_why_not(kernel, service):
    kernel.run(SETUP.format(url=service.url))
    out = kernel.run(f"""
jsdf.options.event_loop = "nested"
try:
    {RUN.replace("engine=engine", "engine=engine, progress=False")}
except jsdf.JSDFError as error:
    print(error)
""")
    assert out == "answered 512\n" or "does not work here: nest_asyncio" in out
    assert kernel.run("print('alive')") == "alive\n"
