"""A service on 127.0.0.1 that answers with any bytes, at any pace."""

import contextlib
import socket
import threading


class Service:
    """Answers each request on 127.0.0.1 with what `answer` gives: bytes, one after the other, until it is closed."""

    def __init__(self, answer):
        self.requests, self._answer, self._over = 0, answer, threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._socket.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self._serve, args=self._socket.accept()[:1], daemon=True).start()

    def _serve(self, connection):
        with contextlib.suppress(OSError), connection:
            received = b""
            while b"\r\n\r\n" not in received:
                received += connection.recv(65536)
            head, _, body = received.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            while len(body) < length:
                body += connection.recv(65536)
            self.requests += 1
            for piece in self._answer():
                if piece is None:
                    if self._over.wait(0.1):
                        return
                else:
                    connection.sendall(piece)


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
