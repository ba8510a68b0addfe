"""TLS servers and HTTP proxies on 127.0.0.1, in front of a plain HTTP server."""

import base64
import contextlib
import socket
import socketserver
import ssl
import threading
from pathlib import Path
from urllib.parse import urlsplit

CERTIFICATES = Path(__file__).parent / "data" / "certificates"
#: The certificate that signed those of the servers.
AUTHORITY = CERTIFICATES / "authority.pem"


class Relay(socketserver.ThreadingTCPServer):
    """Server that passes the bytes of its connections on; a context manager that serves in a thread."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), None)
        self.connections = 0

    @property
    def port(self):
        return self.server_address[1]

    def finish_request(self, request, client_address):
        self.connections += 1
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:  # clients that hang up
            self.answer(request, stack)

    def handle_error(self, request, client_address):
        raise

    def __enter__(self):
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class TLSFront(Relay):
    """TLS server with one of the certificates in `data/certificates`, in front of a plain server.

    Args:
        url: URL of the plain server.
        certificate: `"server"` (127.0.0.1 and localhost), `"wrong-host"` (elsewhere.example.org) or `"expired"`.
    """

    def __init__(self, url, certificate="server"):
        super().__init__()
        self.url = f"https://127.0.0.1:{self.port}"
        self._target = urlsplit(url)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(CERTIFICATES / f"{certificate}.pem")

    def answer(self, request, stack):
        client = stack.enter_context(self._context.wrap_socket(request, server_side=True))
        pipe(client, stack.enter_context(socket.create_connection((self._target.hostname, self._target.port))))


class Proxy(Relay):
    """HTTP proxy that remembers the requests that it received.

    Args:
        login: `"user:password"` that it asks for; None for nothing.
        status: Status line with which it refuses every request, such as `"403 Forbidden"`; None to pass them on.
        hosts: Host -> port on 127.0.0.1, for host names that lead to this machine.

    Attributes:
        requests: First line of each request.
    """

    def __init__(self, *, login=None, status=None, hosts=None):
        super().__init__()
        self.requests = []
        self.url = f"http://127.0.0.1:{self.port}"
        self._status, self._hosts = status, hosts or {}
        self._login = login and "Basic " + base64.b64encode(login.encode()).decode()

    def answer(self, request, stack):
        head = read_head(request)
        lines = head.decode("latin-1").split("\r\n")
        self.requests.append(lines[0])
        given = [line.partition(": ")[2] for line in lines if line.lower().startswith("proxy-authorization:")]
        status = self._status
        if self._login and given != [self._login]:
            status = "407 Proxy Authentication Required"
        if status is not None:
            request.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>".encode())
            return
        method, target, version = lines[0].split()
        url = urlsplit(target if "://" in target else f"//{target}")
        port = self._hosts.get(url.hostname, url.port)
        server = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
        if method == "CONNECT":
            request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            server.sendall(head.replace(lines[0].encode(), f"{method} {url.path} {version}".encode(), 1))
        pipe(request, server)


class Closing(Relay):
    """Server that answers every connection with some bytes, b"" for none, and closes it."""

    def __init__(self, answer=b""):
        super().__init__()
        self.url = f"http://127.0.0.1:{self.port}"
        self._answer = answer

    def answer(self, request, stack):
        request.settimeout(5)
        request.recv(4096)
        request.sendall(self._answer)


def read_head(connection):
    head = b""
    while b"\r\n\r\n" not in head:
        byte = connection.recv(1)
        if not byte:
            raise ConnectionResetError
        head += byte
    return head


def pipe(one, other):
    """Copy in both directions until both sides have finished."""
    thread = threading.Thread(target=copy, args=(other, one), daemon=True)
    thread.start()
    copy(one, other)
    thread.join(5)


def copy(source, target):
    with contextlib.suppress(OSError):
        while part := source.recv(65536):
            target.sendall(part)
    for side in (source, target):
        with contextlib.suppress(OSError):
            side.shutdown(socket.SHUT_RDWR)
