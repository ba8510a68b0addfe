"""`jsdf serve` as a user starts and stops it."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
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

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals to a child differ there")


def refused(host="127.0.0.1", port=0, key=None):
    """What a start that must not succeed says."""
    with pytest.raises(InvalidInputError) as caught:
        serve_module.serve(host, port, key, 50, pytest.fail)
    return str(caught.value)


class Bound:
    """A socket, as far as it knows where it is."""

    def __init__(self, host):
        self._host = host

    def getsockname(self):
        return self._host, 8808


def test_it_is_a_command():
    assert main.commands["serve"] is command


def test_help_needs_no_framework():
    code = (
        "import sys, jsdf.cli.serve\n"
        "sys.exit(bool({'fastapi', 'starlette', 'uvicorn', 'python_multipart'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr("jsdf.cli.serve.find_spec", lambda name: None)
    ran = CliRunner().invoke(command, [])
    assert 'pip install "jsdf[server]"' in str(ran.exception)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_after_what_is_in_flight(tmp_path, how):
    with serve("--rate", "0", TMPDIR=str(tmp_path)) as server:
        assert exchange(server.port, request(path="/v1/store/file?key=k", body=b"bytes"))[0] == 200
        (folder,) = Path(tmp_path).glob("jsdf-serve-*")
        assert len(list(folder.iterdir())) == 1
        asked = classify(dataset=[{"type": "text", "value": f"{i} " * 60} for i in range(32)])
        with socket.create_connection(("127.0.0.1", server.port), 30) as connection:
            connection.sendall(asked)
            exchange(server.port, request("GET", "/healthz"))  # by now it has been read
            server.process.send_signal(how)
            with connection.makefile("rb") as reader:
                assert reader.read().startswith(b"HTTP/1.1 200")
        assert server.process.wait(30) == 0
    assert not folder.exists()


def test_a_second_ctrl_c_leaves_at_once_and_quietly():
    with subprocess.Popen(
        [*COMMAND, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        port = int(child.stdout.readline().partition("127.0.0.1:")[2].partition(":")[0])
        with socket.create_connection(("127.0.0.1", port), 30) as connection:
            connection.sendall(request(content_length="5"))  # and its body never comes
            exchange(port, request("GET", "/healthz"))
            child.send_signal(signal.SIGINT)
            with contextlib.suppress(OSError):
                while exchange(port, request("GET", "/healthz"))[0]:  # until it takes no more
                    pass
            child.send_signal(signal.SIGINT)
            _, err = child.communicate(timeout=15)
    assert (child.returncode, err) == (0, "")


def test_the_first_line_says_where_it_is_and_nothing_else_is_said():
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
    assert ran.stderr.startswith(f"jsdf: --port {port}: 127.0.0.1 cannot be served there (Address already in use);")
    assert len(ran.stderr.splitlines()) == 1


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_other_machines_need_a_key(host):
    assert "can be reached from other machines; set JSDF_SERVER_KEY" in refused(host)


@pytest.mark.parametrize("key", ["", " ", "a b", "schlüssel"])
def test_a_key_that_no_header_carries_is_refused(key):
    message = refused(key=key)
    assert "--api-key is empty, or holds" in message
    assert len(key) < 2 or key not in message


@pytest.mark.parametrize("host", ["", "no.such.invalid", "127.0.0.1.", "x" * 70, "192.0.2.1"])
def test_a_host_that_is_none(host):
    message = refused(host, key="sesame")  # of 192.0.2.1, the network of documentation, no machine is part
    assert message == f"--host {host!r} is no name or address of this machine; use 127.0.0.1"


@pytest.mark.parametrize(
    ("bound", "url", "also"),
    [
        ("127.0.0.1", "http://127.0.0.1:8808", False),
        ("0.0.0.0", "http://127.0.0.1:8808", True),
        ("::1", "http://[::1]:8808", False),
        ("::", "http://[::1]:8808", True),
    ],
)
def test_the_address_it_tells_is_one_that_the_engine_takes(bound, url, also):
    said = serve_module._startup_message(Bound(bound), "sesame")
    assert f"set JIGSAWSTACK_API_URL={url} and the key;" in said
    assert ("and at every other address of this machine" in said) is also
    assert Hosted(api_key="sesame", base_url=url).base_url == url


def test_an_address_that_the_engine_refuses_is_not_told_as_one_to_set():
    said = serve_module._startup_message(Bound("192.0.2.1"), "sesame")
    assert said.startswith("serving at http://192.0.2.1:8808, unencrypted: jsdf sends keys to other machines only by")
    assert "JIGSAWSTACK_API_URL" not in said
    with pytest.raises(InvalidInputError, match="unencrypted"):
        Hosted(api_key="sesame", base_url="http://192.0.2.1:8808")


def test_every_address_is_served():
    with serve("--host", "0.0.0.0", "--api-key", "sesame") as server:
        assert exchange(server.port, request("GET", "/healthz"))[0] == 200


def test_the_environment_has_the_key_and_nobody_says_it():
    with serve(JSDF_SERVER_KEY="sesame-0123") as server:
        asked = json.dumps({"dataset": []}).encode()
        for key, status in [(None, 401), ("wrong", 401), ("sesame-0123", 422)]:
            found, said = exchange(server.port, request(body=asked, **({} if key is None else {"x_api_key": key})))
            assert found == status
            assert b"sesame" not in said
