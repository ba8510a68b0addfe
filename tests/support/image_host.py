"""A host of images on 127.0.0.1, which does whatever a script says."""

import contextlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Host:
    """Answers by path: `host.pages["/a.png"] = function of the handler`, and remembers its requests."""

    def __init__(self):
        self.pages, self.asked, self.over = {}, [], threading.Event()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(handler):  # noqa: N805
                self.asked.append((handler.path, dict(handler.headers)))
                with contextlib.suppress(ConnectionError):  # a client may leave in the middle
                    self.pages.get(handler.path, status(404))(handler)

            def log_message(handler, *args):  # noqa: N805
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *args: None  # a client that leaves is no error
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def paths(self):
        return [path for path, _ in self.asked]

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *args):
        self.over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def until_over(self, handler):
        """Says nothing until the test is over."""
        self.over.wait(20)
        handler.close_connection = True

    def trickle(self, handler):
        """A byte now and then, without end."""
        handler.send_response(200)
        handler.end_headers()
        while not self.over.wait(0.02):
            handler.wfile.write(b"\x89")


def body(content, kind="image/png", **headers):
    def answer(handler):
        handler.send_response(200)
        for name, value in {"content_type": kind, "content_length": len(content), **headers}.items():
            handler.send_header(name.replace("_", "-"), str(value))
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def status(code, **headers):
    def answer(handler):
        handler.send_response(code)
        for name, value in {"content_length": 0, **headers}.items():
            handler.send_header(name.replace("_", "-"), str(value))
        handler.end_headers()

    return answer


def redirect(location, code=302):
    return status(code, location=location)


def endless(handler):
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(bytes(65536))


def cut(content):
    def answer(handler):
        handler.send_response(200)
        handler.send_header("content-length", str(len(content) * 2))
        handler.end_headers()
        handler.wfile.write(content)
        handler.close_connection = True

    return answer


def hang_up(handler):
    handler.close_connection = True


def in_turn(*answers):
    """Another answer each time; the last one from then on."""
    left = list(answers)
    return lambda handler: (left.pop(0) if len(left) > 1 else left[0])(handler)


def closed_port():
    """A port of 127.0.0.1 where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
