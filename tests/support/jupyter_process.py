"""JupyterLab or Notebook 7 on loopback, in a separate process group with its own folders and kernels."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

TOKEN = "browser-tests"
#: Kernel -> the packages that are hidden in it.
KERNELS = {"all": "-"}
#: Module -> the class of its options, and the URL path of its notebooks.
APPS = {"jupyterlab": ("LabApp", "lab/tree"), "notebook": ("JupyterNotebookApp", "notebooks")}
FOLDERS = {
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "IPYTHONDIR": "ipython",
    "JUPYTERLAB_SETTINGS_DIR": "settings",
    "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    "JSDF_CACHE_DIR": "jsdf",
}
#: Without pop-ups about news and updates, which would cover the page.
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "apputils-extension/themes": {"theme": "JupyterLab Light"},
}


class Lab:
    """Running JupyterLab, or another of `APPS`, with its `url` and the folder that it serves, `root`."""

    def __init__(self, home: Path, app="jupyterlab"):
        self.root, self._home, self._app = home / "root", home, app
        self.root.mkdir()
        environment = os.environ | {name: str(home / folder) for name, folder in FOLDERS.items()}
        _write_settings(home / "settings")
        write_kernels(home / "data")
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        with (home / "log").open("w") as log:
            self._process = subprocess.Popen(
                [*_command(app, port), f"--ServerApp.root_dir={self.root}"],
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait(self, limit=90):
        """Wait until it answers; fail at once if the process has ended."""
        end = time.monotonic() + limit
        while not self._answers():
            assert self._process.poll() is None, self.log()
            assert time.monotonic() < end, self.log()
            time.sleep(0.05)

    def address(self, name):
        """Return the URL of a notebook."""
        return f"{self.url}/{APPS[self._app][1]}/{name}?token={TOKEN}&reset"

    def log(self):
        return (self._home / "log").read_text()

    def stop(self):
        """Send SIGTERM to the process group, kernels included; after 20 s send SIGKILL."""
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(20)

    def _answers(self):
        try:
            with urllib.request.urlopen(f"{self.url}/api/status?token={TOKEN}", timeout=5):
                return True
        except OSError:
            return False


def _command(app, port):
    return [
        *(sys.executable, "-m", app, "--no-browser", "--allow-root", "--ip=127.0.0.1"),
        *(f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"),
        f"--{APPS[app][0]}.expose_app_in_browser=True",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--KernelSpecManager.ensure_native_kernel=False",
    ]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _write_settings(folder):
    for name, values in SETTINGS.items():
        path = folder / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))


def write_kernels(data):
    script = str(Path(__file__).with_name("lab_kernel.py"))
    for name, hidden in KERNELS.items():
        spec = {
            "argv": [sys.executable, script, hidden, "-f", "{connection_file}"],
            "display_name": name,
            "language": "python",
        }
        path = data / "kernels" / name / "kernel.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(spec))
