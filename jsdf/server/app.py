"""The FastAPI application: its routes, and the responses to rejected requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote as encode

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from fastapi.security import APIKeyHeader
from starlette.exceptions import HTTPException

from jsdf.server import multipart, openapi
from jsdf.server.admission.rate_limit import FixedWindowRateLimiter
from jsdf.server.classification import ClassificationHandler
from jsdf.server.errors import RequestRejected, quote_json
from jsdf.server.middleware import TEMP_URL_PREFIX, AccessMiddleware
from jsdf.server.openapi import ClassificationResponse, Success, UploadResponse
from jsdf.server.request_body import RequestReader, media_type
from jsdf.server.stored_images import FILE_URL_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from jsdf.server.classification import Sessions
    from jsdf.server.file_store import FileStore, StoredUpload

#: Headers of downloads: a browser must not run an uploaded page as a page of this server.
_DOWNLOAD_HEADERS = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "content-disposition": "attachment",
}
#: Bytes of a download that are read at once; slow readers hold them in memory.
_CHUNK_BYTES = 65_536


def build(
    sessions: Sessions, files: FileStore, *, key: str | None = None, rate_limiter: FixedWindowRateLimiter | None = None
) -> AccessMiddleware:
    """Return the ASGI application.

    Args:
        sessions: Sessions of the local engine, opened with `untrusted=True`.
        files: The file store for uploads.
        key: The API key that clients must send; None for no key.
        rate_limiter: The rate limiter; None for 50 requests a second of each client.
    """
    app = FastAPI(
        title="jsdf serve", version="1", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False
    )
    app.add_exception_handler(RequestRejected, _reject)
    app.add_exception_handler(HTTPException, _reject_http_error)
    app.add_exception_handler(Exception, _reject_failure)
    # For the OpenAPI document only: AccessMiddleware checks the key.
    key_dependencies = [] if key is None else [Depends(APIKeyHeader(name="x-api-key", auto_error=False))]
    _add_health(app)
    _add_classification(app, ClassificationHandler(sessions, files), key_dependencies)
    _add_upload(app, files, key_dependencies)
    _add_files(app, files, key_dependencies)
    _add_temporary(app, files)
    _add_openapi(app)
    return AccessMiddleware(app, key, rate_limiter or FixedWindowRateLimiter(50))


def _add_health(app: FastAPI) -> None:
    @app.get("/healthz", response_model=Success, responses=openapi.error_responses(), summary="Health check.")
    async def healthz() -> Response:
        return JSONResponse({"success": True})


def _add_openapi(app: FastAPI) -> None:
    document = JSONResponse(openapi.describe(app)).body  # once: everybody may ask for it, without a key

    @app.get("/openapi.json", include_in_schema=False)
    async def openapi_json() -> Response:
        return Response(document, media_type="application/json")


def _add_classification(app: FastAPI, handler: ClassificationHandler, key_dependencies: list[Any]) -> None:
    reader = RequestReader()

    @app.post(
        "/v1/classification",
        response_model=ClassificationResponse,
        responses=openapi.error_responses(401, 413, 415, 422, 429, 503),
        openapi_extra=openapi.CLASSIFY,
        dependencies=key_dependencies,
        summary="Label up to 32 texts or images.",
    )
    async def classification(request: Request) -> Response:
        if media_type(request) != "application/json":
            content_type = request.headers.get("content-type")
            raise RequestRejected(
                415,
                f"the content-type is {quote_json(content_type) if content_type else 'missing'}; send application/json",
            )
        async with reader.read(request) as (validated, share):
            return JSONResponse(await handler.answer(validated, request.headers.get("host", ""), share))


def _add_upload(app: FastAPI, files: FileStore, key_dependencies: list[Any]) -> None:
    @app.post(
        "/v1/store/file",
        response_model=UploadResponse,
        response_model_exclude_unset=True,
        responses=openapi.error_responses(401, 409, 413, 415, 422, 429),
        openapi_extra=openapi.UPLOAD,
        dependencies=key_dependencies,
        summary="Upload a file.",
    )
    async def upload(request: Request) -> Response:
        with files.start_upload(request.state.client) as incoming:
            settings = await multipart.receive(request, incoming)
            key = files.save(incoming, settings.key, settings.content_type, overwrite=settings.overwrite)
        base_url = f"http://{request.headers.get('host', '')}"
        body = {
            "success": True,
            "key": key,
            "url": f"{base_url}{FILE_URL_PREFIX}{encode(key)}",
            "size": incoming.stored.size,
        }
        if settings.temp_public_url:
            body["temp_public_url"] = f"{base_url}{TEMP_URL_PREFIX}{files.create_temp_url(key)}"
        return JSONResponse(body)


def _add_files(app: FastAPI, files: FileStore, key_dependencies: list[Any]) -> None:
    @app.get(
        FILE_URL_PREFIX + "{key:path}",
        response_class=Response,
        responses=openapi.error_responses(401, 404, 422, 429) | openapi.FILE,
        dependencies=key_dependencies,
        summary="Download a file.",
    )
    async def retrieve(key: str) -> Response:
        return _download(files.find(key))

    @app.delete(
        FILE_URL_PREFIX + "{key:path}",
        response_model=Success,
        responses=openapi.error_responses(401, 404, 422, 429),
        dependencies=key_dependencies,
        summary="Delete a file.",
    )
    async def delete(key: str) -> Response:
        files.delete(key)
        return JSONResponse({"success": True})


def _add_temporary(app: FastAPI, files: FileStore) -> None:
    @app.get(
        TEMP_URL_PREFIX + "{token}",
        response_class=Response,
        responses=openapi.error_responses(404, 422) | openapi.FILE,
        summary="Download a file by its temporary URL.",
    )
    async def read_temporary(token: str) -> Response:
        stored = files.open_temp_url(token)
        if stored is None:
            raise RequestRejected(404, "there is no file at this temporary URL; it may have expired")
        return _download(stored)


def _download(stored: StoredUpload) -> Response:
    try:
        source = stored.path.open("rb")
    except OSError:
        raise RequestRejected(404, "the file was deleted; upload it again") from None
    headers = {**_DOWNLOAD_HEADERS, "content-length": str(stored.size), "content-type": stored.content_type}
    return StreamingResponse(_iter_chunks(source), headers=headers)


def _iter_chunks(source: BinaryIO) -> Iterator[bytes]:
    with source:
        while chunk := source.read(_CHUNK_BYTES):
            yield chunk


async def _reject(_: Request, rejected: Exception) -> Response:
    assert isinstance(rejected, RequestRejected)  # noqa: S101 - the handler is registered for this type only
    return JSONResponse({"success": False, "message": rejected.message}, rejected.status, rejected.headers)


async def _reject_http_error(request: Request, error: Exception) -> Response:
    """Respond to the framework's own errors, an unknown path or method, in the format of the API."""
    assert isinstance(error, HTTPException)  # noqa: S101 - the handler is registered for this type only
    path, allowed = quote_json(request.url.path), (error.headers or {}).get("Allow", "another method")
    messages = {404: f"there is nothing at {path}", 405: f"{path} takes {allowed}, not {quote_json(request.method)}"}
    return await _reject(
        request, RequestRejected(error.status_code, messages.get(error.status_code, error.detail), error.headers)
    )


async def _reject_failure(request: Request, _: Exception) -> Response:
    return await _reject(request, RequestRejected(500, "internal server error; see the log of the server"))
