"""Server of a notebook as an app (marimo, Voila) on loopback, in a separate process group with its own folders."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

from jupyter_process import FOLDERS, free_port

#: Without marimo's question for a newer release, and without what a user has configured.
ENVIRONMENT = {"MARIMO_SKIP_UPDATE_CHECK": "1"}
HOMES = {"HOME": "home", "XDG_CONFIG_HOME": "config", "XDG_CACHE_HOME": "cache", "XDG_DATA_HOME": "data-home"}


@contextmanager
def served(module, arguments, home, limit=60):
    """Run `python -m module` with these arguments, in which `{port}` is replaced, and give its URL once it answers."""
    port = free_port()
    folders = {name: str(home / folder) for name, folder in (FOLDERS | HOMES).items()}
    url = f"http://127.0.0.1:{port}"
    log = home / f"{module}.log"
    with log.open("w") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *(part.format(port=port) for part in arguments)],
            env=os.environ | ENVIRONMENT | folders,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
    try:
        _wait(url, process, log, limit)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)


def _wait(url, process, log, limit):
    end = time.monotonic() + limit
    while not _answers(url):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.05)


def _answers(url):
    """True if a request for a small file is answered: that of the notebook would start a kernel."""
    try:
        with urllib.request.urlopen(f"{url}/favicon.ico", timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
