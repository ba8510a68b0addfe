"""A service on 127.0.0.1 that answers with any bytes, at any pace."""

import contextlib
import select
import socket
import threading


class Service:
    """Answers each request on 127.0.0.1 with what `answer` gives: bytes, one after the other, until it is closed."""

    def __init__(self, answer):
        self.requests, self._answer, self._over = 0, answer, threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._socket.close()

    def pieces(self, _method, _path, _body):
        """Return what to send: bytes, or None for a pause of 0.1 s."""
        return self._answer()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self._serve, args=self._socket.accept()[:1], daemon=True).start()

    def _serve(self, connection):
        with contextlib.suppress(OSError), connection:
            method, path, body = _read_request(connection)
            self.requests += 1
            for piece in self.pieces(method, path, body):
                if piece is not None:
                    connection.sendall(piece)
                elif self._over.is_set() or _has_left(connection, 0.1):
                    return


def _read_request(connection):
    received = b""
    while b"\r\n\r\n" not in received:
        received += _received(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0] or 0)
    while len(body) < length:
        body += _received(connection)
    method, path = head.decode("latin-1").split(" ")[:2]
    return method, path, body


def _received(connection):
    data = connection.recv(65536)
    if not data:
        raise ConnectionError
    return data


def _has_left(connection, seconds):
    """Wait for this long, or until the client closes the connection."""
    return bool(select.select([connection], [], [], seconds)[0]) and not connection.recv(65536)


def head(status="200 OK", **headers):
    lines = [f"HTTP/1.1 {status}", "connection: close", *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def drip(*pieces):
    """Send these pieces, then a byte every 0.1 s without end."""

    def answer():
        yield from pieces
        while True:
            yield None
            yield b" "

    return answer
