"""Receive file uploads: plain bytes, or a multipart form with the file and its options as the npm package sends it."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from jsdf.server.errors import RequestRejected, quote_json
from jsdf.server.json_parser import parse_object
from jsdf.server.limits import MAX_FILE, MAX_FORM_PARTS, MAX_OPTIONS, MAX_PART_HEADERS
from jsdf.server.request_body import iter_body, media_type

if TYPE_CHECKING:
    from starlette.requests import Request

    from jsdf.server.file_store import IncomingUpload

_FORM = "multipart/form-data"


@dataclass(frozen=True)
class UploadSettings:
    """The options of an upload.

    Attributes:
        key: The key of the file; None for a random one.
        overwrite: True to replace an existing file with this key.
        temp_public_url: True to create a temporary URL.
        content_type: The content type of the file; empty for none.
    """

    key: str | None = None
    overwrite: bool = False
    temp_public_url: bool = False
    content_type: str = ""


async def receive(request: Request, incoming: IncomingUpload) -> UploadSettings:
    """Write an uploaded file as it arrives, and return its options.

    Raises:
        RequestRejected: 400 for a broken form, 413 for too many bytes, 415 for a compressed body, 422 for invalid
            options.
    """
    form = _Form(incoming, _boundary(request)) if media_type(request) == _FORM else None
    sink = incoming if form is None else form
    async with aclosing(iter_body(request, MAX_FILE + (0 if form is None else 2 * MAX_OPTIONS))) as parts:
        async for chunk in parts:
            sink.write(chunk)
    if form is not None:
        return form.options()
    return _parse_settings({**_query_options(request), "content_type": request.headers.get("content-type", "")})


class _Form:
    """Parser of a multipart form: it writes the part `file` to the upload and reads options from the part `body`.

    Args:
        incoming: Receives the file.
        boundary: The boundary of the form.
    """

    def __init__(self, incoming: IncomingUpload, boundary: bytes) -> None:
        self._incoming, self._options, self._has_file, self._ended = incoming, bytearray(), False, False
        self._headers: dict[bytes, bytes] = {}
        self._name = self._value = b""
        self._part, self._type, self._part_count = b"", "", 0
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._on_part_begin,
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers_finished,
                "on_part_data": self._on_part_data,
                "on_end": self._on_end,
            },
        )

    def write(self, chunk: bytes) -> None:
        try:
            self._parser.write(chunk)
        except FormParserError:
            raise RequestRejected(
                400, "the form cannot be parsed; send the parts 'file' and 'body' between its boundaries"
            ) from None

    def options(self) -> UploadSettings:
        if not self._ended or not self._has_file:
            raise RequestRejected(400, "the form has no complete part 'file'; send the file in it")
        # The npm package sends "undefined" where no options are given.
        content = bytes(self._options)
        options = {} if content in (b"", b"undefined") else parse_object(content)
        return _parse_settings({"content_type": self._type, **options})

    def _on_part_begin(self) -> None:
        self._part_count += 1
        if self._part_count > MAX_FORM_PARTS:
            raise RequestRejected(
                400, f"the form has more than {MAX_FORM_PARTS} parts; send only the parts 'file' and 'body'"
            )
        self._headers, self._name, self._value = {}, b"", b""

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[self._name.lower()] = self._value
        if len(self._headers) > MAX_PART_HEADERS:
            raise RequestRejected(
                400, f"a part of the form has more than {MAX_PART_HEADERS} headers; let an HTTP library set them"
            )
        self._name = self._value = b""

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        self._part = options.get(b"name", b"")
        if self._part == b"file":
            if self._has_file:
                raise RequestRejected(422, "the form has the part 'file' twice; send one file")
            self._has_file, self._type = True, self._headers.get(b"content-type", b"").decode("latin-1")

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._part == b"file":
            self._incoming.write(data[start:end])
        elif self._part == b"body":
            self._options += data[start:end]
            if len(self._options) > MAX_OPTIONS:
                raise RequestRejected(
                    413, f"the form's part 'body' has more than {MAX_OPTIONS:,} bytes; send only the options in it"
                )

    def _on_end(self) -> None:
        self._ended = True


def _boundary(request: Request) -> bytes:
    _, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    if not 1 <= len(boundary) <= 200:
        raise RequestRejected(
            400, "the form's content-type has no boundary of 1 to 200 characters; let an HTTP library set it"
        )
    return boundary


def _query_options(request: Request) -> dict[str, Any]:
    """Return the options in the URL's query. Others are ignored, since the SDKs send more."""
    options: dict[str, Any] = {}
    for name in ("key", "overwrite", "temp_public_url"):
        values = request.query_params.getlist(name)
        if len(values) > 1:
            raise RequestRejected(422, f"{name} is given {len(values)} times; pass it once")
        if values:
            options[name] = values[0] if name == "key" else _parse_bool(name, values[0])
    return options


def _parse_bool(name: str, value: str) -> bool:
    if value not in ("true", "false"):
        raise RequestRejected(422, f"{name} is {quote_json(value)}; pass true or false")
    return value == "true"


def _parse_settings(options: dict[str, Any]) -> UploadSettings:
    key, content_type = options.get("key"), options.get("content_type")
    for name in ("key", "content_type"):
        if not isinstance(options.get(name, ""), (str, type(None))):
            raise RequestRejected(422, f"{name} is {quote_json(options[name])}; pass a string")
    for name in ("overwrite", "temp_public_url"):
        if not isinstance(options.get(name, False), (bool, type(None))):
            raise RequestRejected(422, f"{name} is {quote_json(options[name])}; pass true or false")
    return UploadSettings(key, bool(options.get("overwrite")), bool(options.get("temp_public_url")), content_type or "")
