"""The OpenAPI document's parts that FastAPI cannot know, since bodies are read and checked by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from jsdf.server.limits import MAX_FILE_KEY
from jsdf.server.models import ClassificationRequest, Refusal, UploadOptions
from jsdf.server.pace import PREFIX
from jsdf.server.refusal import MEANINGS

if TYPE_CHECKING:
    from fastapi import FastAPI

_SCHEMAS = "#/components/schemas/"
_SWITCH = {"type": "boolean", "default": False}
_BYTES = {"type": "string", "format": "binary"}
_SUMMARY = (
    "JigsawStack's classification contract, answered on this machine by jsdf's local engine. "
    "Predictions come from small models; see jsdf's README for what they know."
)

CLASSIFY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": f"{_SCHEMAS}ClassificationRequest"}}},
    }
}
UPLOAD: dict[str, Any] = {
    "parameters": [
        {
            "name": "key",
            "in": "query",
            "description": "A name for the file; made up where none is given.",
            "schema": {
                "type": "string",
                "minLength": 1,
                "maxLength": MAX_FILE_KEY,
                "pattern": r"^[A-Za-z0-9_-]+([./][A-Za-z0-9_-]+)*$",
            },
        },
        {"name": "overwrite", "in": "query", "schema": _SWITCH},
        {"name": "temp_public_url", "in": "query", "schema": _SWITCH},
    ],
    "requestBody": {
        "content": {
            "application/octet-stream": {"schema": _BYTES},
            "*/*": {"schema": _BYTES},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": _BYTES, "body": {"$ref": f"{_SCHEMAS}UploadOptions"}},
                }
            },
        },
    },
}
FILE: dict[int | str, dict[str, Any]] = {200: {"description": "The file.", "content": {"*/*": {"schema": _BYTES}}}}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The responses of a route besides its answer."""
    return {status: {"model": Refusal, "description": MEANINGS[status]} for status in (400, *statuses, 403, 405, 500)}


def describe(app: FastAPI) -> dict[str, Any]:
    """The document, with the bodies' shapes and the rate headers in it."""
    document = get_openapi(title=app.title, version=app.version, description=_SUMMARY, routes=app.routes)
    _, shapes = models_json_schema(
        [(ClassificationRequest, "validation"), (UploadOptions, "validation")],
        ref_template=_SCHEMAS + "{model}",
    )
    document["components"]["schemas"].update(shapes["$defs"])
    headers = {
        PREFIX + name: {"description": meaning, "schema": {"type": "integer"}}
        for name, meaning in {
            "limit": "Requests a second.",
            "remaining": "Requests left in this second.",
            "reset": "When it ends: unix time in milliseconds.",
        }.items()
    }
    for path in document["paths"].values():
        for operation in path.values():
            for response in operation["responses"].values():
                response["headers"] = headers
    return document
