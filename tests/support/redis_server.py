"""A Redis server of the tests' own, on a free port of this machine."""

import shutil
import socket
import subprocess
import time
from contextlib import contextmanager

import redis

SERVER = shutil.which("redis-server")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def redis_server(folder, *options, port=None, password=None):
    """Start a server that keeps its data in `folder`; yield its URL without a password."""
    port = port or free_port()
    command = [SERVER, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
    command += ["--requirepass", password] if password else []
    process = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL)
    try:
        wait_for(port, password)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.kill()
        process.wait()


def wait_for(port, password=None, seconds=20.0):
    deadline = time.monotonic() + seconds
    with redis.Redis(port=port, password=password) as client:
        while True:
            try:
                client.ping()
            except redis.ConnectionError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return
