"""`plan(check=True)` reports unusable and duplicate images before any request is sent."""

import io
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from image_host import Host
from PIL import Image

import jsdf
from jsdf.cli import main
from jsdf.testing import FakeEngine, FakeService

LABELS = ["cat", "dog"]


def encoded(colour, size=(60, 40), form="PNG"):
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, form)
    return file.getvalue()


@pytest.fixture
def folder(tmp_path):
    files = {
        "red.png": encoded("red"),
        "blue.jpg": encoded("blue", form="JPEG"),
        "red again.png": encoded("red"),
        "page.jpg": b"<!DOCTYPE html><html><body>sign in</body></html>",
        "cut.png": encoded("green", (300, 300))[:-40],
        "drawing.jpg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        "bomb.png": bomb(),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def bomb():
    file = io.BytesIO()
    Image.new("1", (9000, 9000)).save(file, "PNG")
    return file.getvalue()


NAMES = ["red.png", "blue.jpg", None, "red again.png", "page.jpg", "gone.png", "cut.png", "drawing.jpg", "bomb.png"]
CODES = {
    "red again.png": "duplicate",
    "page.jpg": "page",
    "gone.png": "dead",
    "cut.png": "damaged",
    "drawing.jpg": "unsupported",
    "bomb.png": "oversize",
}


def photos(folder):
    values = [None if name is None else str(folder / name) for name in NAMES]
    return pd.Series(values, index=[f"r{i}" for i in range(len(NAMES))], name="photo")


def engine(**settings):
    return FakeEngine(kinds={"text", "image"}, **settings)


def test_every_bad_image_is_reported_and_nothing_is_sent(folder):
    answers = engine()
    plan = photos(folder).jigsaw.plan(LABELS, engine=answers, check=True, progress=False)
    assert answers.calls == []
    assert (plan.rows, plan.missing, plan.distinct) == (9, 1, 8)
    assert (plan.unusable, plan.duplicates, plan.to_send, plan.requests) == (5, 1, 3, 1)
    found = plan.findings.set_index("row")
    assert {NAMES[int(row[1:])]: code for row, code in found["code"].items()} == CODES
    assert found.loc["r3", "reason"] == "the same picture as row 'r0'"
    assert all(found["reason"].str.len() > 10)
    assert "5 unusable (see .findings), 1 duplicate (see .findings)" in repr(plan)
    assert "unusable" in plan._repr_html_()


def test_images_that_fail_the_check_fail_in_a_run(folder):
    series = photos(folder)
    plan = series.jigsaw.plan(LABELS, engine=engine(), check=True, progress=False)
    service = FakeService()
    hosted = jsdf.Hosted("test-key", transport=service.transport(), rate=1000)
    run = series.jigsaw.run(LABELS, engine=hosted, progress=False)
    bad = plan.findings[plan.findings["code"] != "duplicate"]
    assert run.failures["row"].tolist() == bad["row"].tolist()
    assert run.failures["reason"].tolist() == bad["reason"].tolist()
    assert run.usage.requests == plan.requests


def test_every_row_of_a_value_is_reported(folder):
    bad = str(folder / "gone.png")
    series = pd.Series([bad, str(folder / "red.png"), bad], index=[7, 7, 7])
    plan = series.jigsaw.plan(LABELS, engine=engine(), check=True, progress=False)
    assert plan.findings["row"].tolist() == [7, 7]
    assert plan.findings["value"].tolist() == [bad, bad]
    assert plan.unusable == 1


def test_only_images_that_would_be_sent_are_checked(folder):
    series = photos(folder)[:2]
    answers = engine()
    series.jigsaw.run(LABELS, engine=answers, progress=False)
    (folder / "red.png").touch()  # a new modification time counts as a new version
    plan = series.jigsaw.plan(LABELS, engine=answers, check=True, progress=False)
    assert plan.cached == plan.to_send == 1


def test_images_in_memory_are_checked_too():
    red = Image.new("RGB", (5, 5), "red")
    values = [red, np.zeros((4, 4, 3), np.uint8), red.copy(), np.zeros((4, 4, 5), np.uint8), b"nothing", encoded("red")]
    plan = pd.Series(values, dtype=object).jigsaw.plan(LABELS, engine=engine(), check=True, progress=False)
    assert plan.findings["row"].tolist() == [3, 4]
    assert plan.distinct == 5


@pytest.mark.parametrize("labels", [LABELS, {"cat": jsdf.image("gone.png"), "dog": "a dog"}])
def test_a_text_column_has_no_images_to_check(labels):
    plan = pd.Series(["a", "b"]).jigsaw.plan(labels, engine=engine(), check=True)
    assert (plan.unusable, plan.duplicates, plan.findings) == (None, None, None)


def test_an_unreachable_example_image_is_an_error(folder):
    labels = {"cat": jsdf.image(folder / "gone.png"), "dog": "a dog"}
    with pytest.raises(jsdf.InvalidLabelsError, match=r"the example image .*gone\.png' of 'cat'"):
        photos(folder).jigsaw.plan(labels, engine=engine(), check=True, progress=False)


def test_without_check_nothing_is_opened(folder):
    plan = photos(folder).jigsaw.plan(LABELS, engine=engine())
    assert (plan.to_send, plan.findings) == (8, None)


def test_check_must_be_a_boolean(folder):
    with pytest.raises(jsdf.InvalidInputError, match=r"check='yes': pass True or False"):
        photos(folder).jigsaw.plan(LABELS, engine=engine(), check="yes")


def test_the_check_reports_progress(folder):
    events = []
    photos(folder).jigsaw.plan(LABELS, engine=engine(), check=True, progress=events.append)
    assert events[-1].finished
    assert (events[-1].done, events[-1].rows) == (8, 8)


class PageHost(BaseHTTPRequestHandler):
    """Server with an image and a page, and a list of the requested paths."""

    def do_GET(self):
        self.server.paths.append(self.path)
        content = {"/a.jpg": encoded("red", form="JPEG"), "/page.jpg": b"<html>log in</html>"}.get(self.path)
        self.send_response(404 if content is None else 200)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *args):
        pass


@pytest.fixture
def host():
    server = ThreadingHTTPServer(("127.0.0.1", 0), PageHost)
    server.paths = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_urls_are_requested_once_each(host):
    base = f"http://127.0.0.1:{host.server_port}"
    series = pd.Series([f"{base}/{name}" for name in ("a.jpg", "page.jpg", "gone.jpg", "a.jpg", "a.jpg")])
    plan = series.jigsaw.plan(LABELS, engine=engine(), check=True, progress=False)
    assert plan.findings["code"].tolist() == ["page", "dead"]
    assert sorted(host.paths) == ["/a.jpg", "/gone.jpg", "/page.jpg"]


@pytest.mark.parametrize("labels", [["cat", "dog"], "an example image"])
def test_an_interrupt_ends_the_check_though_a_host_is_silent(labels, monkeypatch):
    with Host() as silent:
        silent.pages = {f"/{i}.png": silent.until_over for i in range(40)}
        urls = [f"{silent.url}/{i}.png" for i in range(40)]
        if labels == "an example image":
            labels = {"cat": "a cat", "dog": [jsdf.image(urls[0])]}

        def interrupt():
            while not silent.asked:
                time.sleep(0.001)
            signal.raise_signal(signal.SIGINT)

        previous = signal.signal(signal.SIGINT, signal.default_int_handler)
        threading.Thread(target=interrupt, daemon=True).start()
        start = time.monotonic()
        with pytest.raises(KeyboardInterrupt, match="0 of 40 images were checked; nothing was sent"):
            pd.Series(urls).jigsaw.plan(labels, engine=engine(), check=True, progress=False)
        assert time.monotonic() - start < 5
        signal.signal(signal.SIGINT, previous)


def test_on_the_command_line(folder, monkeypatch):
    monkeypatch.chdir(folder)
    pd.DataFrame({"photo": NAMES}).to_csv("photos.csv", index=False)
    args = ["plan", "photos.csv", "-c", "photo", "-l", "cat", "-l", "dog", "--check", "--kind", "image"]
    args += ["--engine", "hosted"]
    result = CliRunner().invoke(main, args, env={"JIGSAWSTACK_API_KEY": "some-test-key"})
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert "5 unusable" in lines[0]
    assert len(lines) == 1 + len(CODES)
    assert lines[1].startswith("row 3: red again.png: the same picture as row 0")
