"""`jsdf serve` as a process: start, startup message, signals, errors."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from hostile_requests import classify, exchange, request
from server_process import COMMAND, serve

from jsdf.cli import main
from jsdf.cli.serve import serve_ as command
from jsdf.engines.hosted.engine import Hosted
from jsdf.errors import InvalidInputError
from jsdf.server import serve as serve_module
from jsdf.server.limits import SHUTDOWN_SECONDS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals to a child differ there")


def start_error(host="127.0.0.1", port=0, key=None):
    """Start a server that must fail, and return the message of its error."""
    with pytest.raises(InvalidInputError) as caught:
        serve_module.serve(host, port, key, 50, pytest.fail)
    return str(caught.value)


class FakeListener:
    """A socket that only knows its own address."""

    def __init__(self, host):
        self._host = host

    def getsockname(self):
        return self._host, 8808


def test_serve_is_a_command():
    assert main.commands["serve"] is command


@pytest.mark.parametrize("name", ["cascade", "hosted", "auto"])
def test_names_of_engines_that_cannot_be_served_are_refused(name):
    ran = CliRunner().invoke(command, ["--engine", name, "--port", "0"])
    assert f"--engine {name}: the server answers single requests" in str(ran.exception)
    assert "pass --engine local, or a file" in str(ran.exception)


def test_the_advice_for_them_works():
    with serve("--engine", "local") as server:
        assert server


def test_help_needs_no_framework():
    code = (
        "import sys, jsdf.cli.serve\n"
        "sys.exit(bool({'fastapi', 'starlette', 'uvicorn', 'python_multipart'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_the_extra_the_error_names_it(monkeypatch):
    monkeypatch.setattr("jsdf.cli.serve.find_spec", lambda name: None)
    ran = CliRunner().invoke(command, [])
    assert 'pip install "jsdf[server]"' in str(ran.exception)


@pytest.fixture
def default_hangup():
    """Let child processes die of SIGHUP, also where the tests themselves run under `nohup`."""
    previous = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, previous)


@pytest.mark.usefixtures("default_hangup")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_the_server_after_requests_in_flight(tmp_path, how):
    with serve("--rate", "0", TMPDIR=str(tmp_path)) as server:
        assert exchange(server.port, request(path="/v1/store/file?key=k", body=b"bytes"))[0] == 200
        (folder,) = Path(tmp_path).glob("jsdf-serve-*")
        assert len(list(folder.iterdir())) == 1
        content = classify(dataset=[{"type": "text", "value": f"{i} " * 60} for i in range(32)])
        with socket.create_connection(("127.0.0.1", server.port), 30) as connection:
            connection.sendall(content)
            exchange(server.port, request("GET", "/healthz"))  # the server has read the first request by now
            server.process.send_signal(how)
            with connection.makefile("rb") as reader:
                assert reader.read().startswith(b"HTTP/1.1 200")
        assert server.process.wait(30) == 0
    assert not folder.exists()


@pytest.mark.usefixtures("default_hangup")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_at_the_start_leaves_nothing_behind(tmp_path, how):
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [*COMMAND, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as child:
        while not list(tmp_path.glob("jsdf-serve-*")):  # it loads its models after that
            assert child.poll() is None
        child.send_signal(how)
        out, err = child.communicate(timeout=60)
    assert (child.returncode, out, err) == (0, b"", b"")
    assert list(tmp_path.glob("jsdf-serve-*")) == []


def test_a_hangup_that_nohup_ignores_does_not_stop_the_server():
    with subprocess.Popen(
        [*COMMAND, "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN) and None,
    ) as child:
        port = port_of(child)
        child.send_signal(signal.SIGHUP)
        assert exchange(port, request("GET", "/healthz"))[0] == 200
        child.terminate()
        assert child.wait(30) == 0


def test_what_a_killed_server_leaves_is_removed_at_the_next_start(tmp_path):
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    command = [*COMMAND, "--port", "0"]
    with (
        serve(TMPDIR=str(tmp_path)) as live,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as killed,
    ):
        for port in (live.port, port_of(killed)):
            assert exchange(port, request(path="/v1/store/file?key=k", body=b"bytes"))[0] == 200
        assert len(list(tmp_path.glob("jsdf-serve-*/*"))) == 2
        killed.kill()
        killed.wait()
        with serve(TMPDIR=str(tmp_path)):
            assert len(list(tmp_path.glob("jsdf-serve-*"))) == 2
            assert len(list(tmp_path.glob("jsdf-serve-*/*"))) == 1
        assert exchange(live.port, request("GET", "/v1/store/file/read/k")) == (200, b"bytes")
    assert list(tmp_path.glob("jsdf-serve-*")) == []


def port_of(child):
    """Return the port that a started server prints."""
    return int(child.stdout.readline().partition("127.0.0.1:")[2].partition(":")[0])


def test_clients_that_do_not_read_or_send_do_not_delay_the_end():
    with serve("--rate", "0") as server:
        connections = [socket.create_connection(("127.0.0.1", server.port), 10) for _ in range(20)]
        for i, connection in enumerate(connections):
            connection.setblocking(False)
            connection.send(request("GET", "/openapi.json") * 100 if i % 2 else request(content_length="9"))
        time.sleep(1.5)  # the server takes a client for stalled after a second
        server.process.send_signal(signal.SIGTERM)
        start = time.monotonic()
        assert server.process.wait(30) == 0
        assert time.monotonic() - start < SHUTDOWN_SECONDS
        for connection in connections:
            connection.close()


def test_a_second_ctrl_c_stops_at_once_and_prints_nothing():
    with subprocess.Popen(
        [*COMMAND, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        port = int(child.stdout.readline().partition("127.0.0.1:")[2].partition(":")[0])
        with socket.create_connection(("127.0.0.1", port), 30) as connection:
            connection.sendall(request(content_length="5"))  # the body is never sent
            exchange(port, request("GET", "/healthz"))
            child.send_signal(signal.SIGINT)
            with contextlib.suppress(OSError):
                while exchange(port, request("GET", "/healthz"))[0]:  # until it accepts no more connections
                    pass
            child.send_signal(signal.SIGINT)
            _, err = child.communicate(timeout=15)
    assert (child.returncode, err) == (0, "")


def test_the_only_output_is_one_line_with_the_url():
    with subprocess.Popen(
        [*COMMAND, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        line = child.stdout.readline()
        port = int(line.partition("127.0.0.1:")[2].partition(":")[0])
        exchange(port, request(body=b"["))
        exchange(port, b"no HTTP\r\n\r\n")
        child.terminate()
        out, err = child.communicate(timeout=30)
    assert line == (
        f"serving at http://127.0.0.1:{port}: set JIGSAWSTACK_API_URL=http://127.0.0.1:{port} and any key; "
        "Ctrl-C stops it\n"
    )
    assert (out, err) == ("", "")
    assert child.returncode == 0


def test_a_port_in_use_is_one_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = subprocess.run([*COMMAND, "--port", str(port)], capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith(f"jsdf: --port {port}: cannot listen on 127.0.0.1 (Address already in use);")
    assert len(ran.stderr.splitlines()) == 1


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_other_machines_need_a_key(host):
    assert "can be reached from other machines; set JSDF_SERVER_KEY" in start_error(host)


@pytest.mark.parametrize("key", ["", " ", "a b", "schlüssel"])
def test_a_key_that_cannot_be_sent_in_a_header_is_rejected(key):
    message = start_error(key=key)
    assert "--api-key is empty or cannot be sent in a header" in message
    assert len(key) < 2 or key not in message


@pytest.mark.parametrize("host", ["", "no.such.invalid", "127.0.0.1.", "x" * 70, "192.0.2.1"])
def test_an_invalid_host(host):
    message = start_error(host, key="sesame")  # 192.0.2.1 is reserved for documentation
    assert message == f"--host {host!r} is not a name or address of this machine; use 127.0.0.1"


@pytest.mark.parametrize(
    ("bound", "url", "has_other_addresses"),
    [
        ("127.0.0.1", "http://127.0.0.1:8808", False),
        ("0.0.0.0", "http://127.0.0.1:8808", True),
        ("::1", "http://[::1]:8808", False),
        ("::", "http://[::1]:8808", True),
    ],
)
def test_the_hosted_engine_accepts_the_printed_url(bound, url, has_other_addresses):
    message = serve_module._startup_message(FakeListener(bound), "sesame")
    assert f"set JIGSAWSTACK_API_URL={url} and the key;" in message
    assert ("and at every other address of this machine" in message) is has_other_addresses
    assert Hosted(api_key="sesame", base_url=url).base_url == url


def test_a_url_that_the_hosted_engine_rejects_is_not_suggested():
    message = serve_module._startup_message(FakeListener("192.0.2.1"), "sesame")
    assert message.startswith(
        "serving at http://192.0.2.1:8808, unencrypted: jsdf sends keys to other machines only by"
    )
    assert "JIGSAWSTACK_API_URL" not in message
    with pytest.raises(InvalidInputError, match="unencrypted"):
        Hosted(api_key="sesame", base_url="http://192.0.2.1:8808")


def test_every_address_is_served():
    with serve("--host", "0.0.0.0", "--api-key", "sesame") as server:
        assert exchange(server.port, request("GET", "/healthz"))[0] == 200


def test_the_key_from_the_environment_is_not_disclosed():
    with serve(JSDF_SERVER_KEY="sesame-0123") as server:
        content = json.dumps({"dataset": []}).encode()
        for key, status in [(None, 401), ("wrong", 401), ("sesame-0123", 422)]:
            headers = {} if key is None else {"x_api_key": key}
            actual_status, response_body = exchange(server.port, request(body=content, **headers))
            assert actual_status == status
            assert b"sesame" not in response_body
