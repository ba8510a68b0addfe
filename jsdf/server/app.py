"""The application: a few addresses, each some lines over the rooms that do the work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote as encode

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from fastapi.security import APIKeyHeader
from starlette.exceptions import HTTPException

from jsdf.server import multipart, openapi
from jsdf.server.classification import FILE_URL_PREFIX, ClassificationHandler
from jsdf.server.errors import RequestRejected, quote_json
from jsdf.server.limits import MAX_BODIES, MAX_BODY
from jsdf.server.middleware import TEMP_URL_PREFIX, AccessMiddleware
from jsdf.server.openapi import ClassificationResponse, Success, UploadResponse
from jsdf.server.rate_limit import FixedWindowRateLimiter
from jsdf.server.request_body import MemoryBudget, media_type, read_all
from jsdf.server.validation import parse_request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from jsdf.engines.base import Session
    from jsdf.server.file_store import FileStore, StoredUpload

#: A page that somebody uploads must not run as one of this server's.
_INERT = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "content-disposition": "attachment",
}
_CHUNK = 262_144


def build(
    session: Session, files: FileStore, *, key: str | None = None, pace: FixedWindowRateLimiter | None = None
) -> AccessMiddleware:
    """The application, as ASGI.

    Args:
        session: Of the local engine, on behalf of guests.
        files: Where uploads go.
        key: What clients must send; None for none.
        pace: The rate limit; None for 50 requests a second.
    """
    app = FastAPI(title="jsdf serve", version="1", docs_url=None, redoc_url=None, redirect_slashes=False)
    app.openapi = lambda: openapi.describe(app)  # type: ignore[method-assign]
    app.add_exception_handler(RequestRejected, _say)
    app.add_exception_handler(HTTPException, _say_of_route)
    app.add_exception_handler(Exception, _say_failed)
    # Declared for the document alone: the door has looked at it already.
    guarded = [] if key is None else [Depends(APIKeyHeader(name="x-api-key", auto_error=False))]
    _add_health(app)
    _add_classification(app, ClassificationHandler(session, files), guarded)
    _add_upload(app, files, guarded)
    _add_files(app, files, guarded)
    _add_temporary(app, files)
    return AccessMiddleware(app, key, pace or FixedWindowRateLimiter(50))


def _add_health(app: FastAPI) -> None:
    @app.get("/healthz", response_model=Success, responses=openapi.refusals(), summary="Whether it is up.")
    async def healthz() -> Response:
        return JSONResponse({"success": True})


def _add_classification(app: FastAPI, handler: ClassificationHandler, guarded: list[Any]) -> None:
    room = MemoryBudget(MAX_BODIES)

    @app.post(
        "/v1/classification",
        response_model=ClassificationResponse,
        responses=openapi.refusals(401, 413, 415, 422, 429, 503),
        openapi_extra=openapi.CLASSIFY,
        dependencies=guarded,
        summary="Label up to 32 texts or images.",
    )
    async def classification(request: Request) -> Response:
        if media_type(request) != "application/json":
            given = request.headers.get("content-type")
            raise RequestRejected(
                415, f"the content-type is {quote_json(given) if given else 'missing'}; send application/json"
            )
        async with room.share() as share:
            asked = parse_request(await read_all(request, MAX_BODY, share))
            return JSONResponse(await handler.answer(asked, request.headers.get("host", "")))


def _add_upload(app: FastAPI, files: FileStore, guarded: list[Any]) -> None:
    @app.post(
        "/v1/store/file",
        response_model=UploadResponse,
        response_model_exclude_unset=True,
        responses=openapi.refusals(401, 409, 413, 415, 422, 429),
        openapi_extra=openapi.UPLOAD,
        dependencies=guarded,
        summary="Upload a file.",
    )
    async def upload(request: Request) -> Response:
        with files.start_upload() as incoming:
            options = await multipart.receive(request, incoming)
            key = files.save(incoming, options.key, options.content_type, overwrite=options.overwrite)
        here = f"http://{request.headers.get('host', '')}"
        said = {
            "success": True,
            "key": key,
            "url": f"{here}{FILE_URL_PREFIX}{encode(key)}",
            "size": incoming.stored.size,
        }
        if options.temp_public_url:
            said["temp_public_url"] = f"{here}{TEMP_URL_PREFIX}{files.create_temp_url(key)}"
        return JSONResponse(said)


def _add_files(app: FastAPI, files: FileStore, guarded: list[Any]) -> None:
    @app.get(
        FILE_URL_PREFIX + "{key:path}",
        response_class=Response,
        responses=openapi.refusals(401, 404, 422, 429) | openapi.FILE,
        dependencies=guarded,
        summary="Read a file.",
    )
    async def retrieve(key: str) -> Response:
        return _download(files.find(key))

    @app.delete(
        FILE_URL_PREFIX + "{key:path}",
        response_model=Success,
        responses=openapi.refusals(401, 404, 422, 429),
        dependencies=guarded,
        summary="Delete a file.",
    )
    async def delete(key: str) -> Response:
        files.delete(key)
        return JSONResponse({"success": True})


def _add_temporary(app: FastAPI, files: FileStore) -> None:
    @app.get(
        TEMP_URL_PREFIX + "{token}",
        response_class=Response,
        responses=openapi.refusals(404, 422) | openapi.FILE,
        summary="Read a file by its temporary address.",
    )
    async def borrow(token: str) -> Response:
        stored = files.open_temp_url(token)
        if stored is None:
            raise RequestRejected(404, "there is nothing at this temporary address; it may have expired")
        return _download(stored)


def _download(stored: StoredUpload) -> Response:
    try:
        source = stored.path.open("rb")
    except OSError:
        raise RequestRejected(404, "the file is gone; upload it again") from None
    headers = {**_INERT, "content-length": str(stored.size), "content-type": stored.content_type}
    return StreamingResponse(_pieces(source), headers=headers)


def _pieces(source: BinaryIO) -> Iterator[bytes]:
    with source:
        while chunk := source.read(_CHUNK):
            yield chunk


async def _say(_: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, RequestRejected)  # noqa: S101 - it is registered for these
    return JSONResponse({"success": False, "message": refusal.message}, refusal.status, refusal.headers)


async def _say_of_route(request: Request, error: Exception) -> Response:
    """Words of ours for what the framework finds: an address or a method that is not there."""
    assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for these
    path, allowed = quote_json(request.url.path), (error.headers or {}).get("Allow", "another method")
    words = {404: f"there is nothing at {path}", 405: f"{path} takes {allowed}, not {quote_json(request.method)}"}
    return await _say(
        request, RequestRejected(error.status_code, words.get(error.status_code, error.detail), error.headers)
    )


async def _say_failed(request: Request, _: Exception) -> Response:
    return await _say(request, RequestRejected(500, "the server failed; its log says where"))
