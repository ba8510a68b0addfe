"""A file as clients send it: the bare bytes, or a form of the file and its options, as the npm package does."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from jsdf.server.errors import RequestRejected, quote_json
from jsdf.server.limits import MAX_FILE, MAX_OPTIONS
from jsdf.server.request_body import iter_body, media_type
from jsdf.server.validation import parse_object

if TYPE_CHECKING:
    from starlette.requests import Request

    from jsdf.server.file_store import IncomingUpload

_FORM = "multipart/form-data"


@dataclass(frozen=True)
class UploadSettings:
    """What was said of a file besides its bytes."""

    key: str | None = None
    overwrite: bool = False
    temp_public_url: bool = False
    content_type: str = ""


async def receive(request: Request, incoming: IncomingUpload) -> UploadSettings:
    """Write an uploaded file as it comes.

    Raises:
        Refused: 400, 413, 415 or 422.
    """
    form = _Form(incoming, _boundary(request)) if media_type(request) == _FORM else None
    sink = incoming if form is None else form
    async with aclosing(iter_body(request, MAX_FILE + (0 if form is None else 2 * MAX_OPTIONS))) as parts:
        async for chunk in parts:
            sink.write(chunk)
    if form is not None:
        return form.options()
    return _read({**_query(request), "content_type": request.headers.get("content-type", "")})


class _Form:
    """Passes the part `file` on and keeps the part `body`, which is the options as JSON."""

    def __init__(self, incoming: IncomingUpload, boundary: bytes) -> None:
        self._incoming, self._options, self._has_file, self._ended = incoming, bytearray(), False, False
        self._headers: dict[bytes, bytes] = {}
        self._name = self._value = b""
        self._part, self._type = b"", ""
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._field,
                "on_header_value": self._header,
                "on_header_end": self._header_end,
                "on_headers_finished": self._headers_end,
                "on_part_data": self._data,
                "on_end": self._end,
            },
        )

    def write(self, chunk: bytes) -> None:
        try:
            self._parser.write(chunk)
        except FormParserError:
            raise RequestRejected(
                400, "the form is broken; send the parts 'file' and 'body' between its boundaries"
            ) from None

    def options(self) -> UploadSettings:
        if not self._ended or not self._has_file:
            raise RequestRejected(400, "the form holds no whole part 'file'; send the file in it")
        # The npm package spells options that were left out as "undefined".
        said = bytes(self._options)
        given = {} if said in (b"", b"undefined") else parse_object(said)
        return _read({"content_type": self._type, **given})

    def _begin(self) -> None:
        self._headers, self._name, self._value = {}, b"", b""

    def _field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def _headers_end(self) -> None:
        _, found = parse_options_header(self._headers.get(b"content-disposition"))
        self._part = found.get(b"name", b"")
        if self._part == b"file":
            if self._has_file:
                raise RequestRejected(422, "the form holds the part 'file' twice; send one file")
            self._has_file, self._type = True, self._headers.get(b"content-type", b"").decode("latin-1")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._part == b"file":
            self._incoming.write(data[start:end])
        elif self._part == b"body":
            self._options += data[start:end]
            if len(self._options) > MAX_OPTIONS:
                raise RequestRejected(
                    413, f"the form's part 'body' has more than {MAX_OPTIONS} bytes; send the options alone"
                )

    def _end(self) -> None:
        self._ended = True


def _boundary(request: Request) -> bytes:
    _, found = parse_options_header(request.headers.get("content-type", ""))
    boundary = found.get(b"boundary", b"")
    if not 1 <= len(boundary) <= 200:
        raise RequestRejected(
            400, "the form's content-type names no boundary of 1 to 200 characters; let a library write it"
        )
    return boundary


def _query(request: Request) -> dict[str, Any]:
    """The options of an address; what is not among them is passed over, since the SDKs send more."""
    found: dict[str, Any] = {}
    for name in ("key", "overwrite", "temp_public_url"):
        given = request.query_params.getlist(name)
        if len(given) > 1:
            raise RequestRejected(422, f"{name} is there {len(given)} times; pass it once")
        if given:
            found[name] = given[0] if name == "key" else _switch(name, given[0])
    return found


def _switch(name: str, given: str) -> bool:
    if given not in ("true", "false"):
        raise RequestRejected(422, f"{name} is {quote_json(given)}; pass true or false")
    return given == "true"


def _read(given: dict[str, Any]) -> UploadSettings:
    key, content_type = given.get("key"), given.get("content_type")
    for name in ("key", "content_type"):
        if not isinstance(given.get(name, ""), (str, type(None))):
            raise RequestRejected(422, f"{name} is {quote_json(given[name])}; pass a string")
    for name in ("overwrite", "temp_public_url"):
        if not isinstance(given.get(name, False), (bool, type(None))):
            raise RequestRejected(422, f"{name} is {quote_json(given[name])}; pass true or false")
    return UploadSettings(key, bool(given.get("overwrite")), bool(given.get("temp_public_url")), content_type or "")
