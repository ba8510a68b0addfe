"""The OpenAPI document and its schemas. They document the API only; `validation` checks the requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import models_json_schema

from jsdf.server.admission.rate_limit import HEADER_PREFIX
from jsdf.server.errors import STATUS_DESCRIPTIONS
from jsdf.server.limits import (
    MAX_FILE_KEY,
    MAX_KEY,
    MAX_LABEL,
    MAX_LABELS,
    MAX_NUMBER,
    MAX_SAMPLES,
    MAX_TASK,
    MAX_TEXT,
    MAX_URL,
    MIN_LABELS,
)
from jsdf.server.validation import DATA_URI_PATTERN, HTTP_URL_PATTERN, TEXT_PATTERN

if TYPE_CHECKING:
    from fastapi import FastAPI


_ImageURL = (
    Annotated[str, Field(pattern=HTTP_URL_PATTERN, max_length=MAX_URL)]
    | Annotated[str, Field(pattern=DATA_URI_PATTERN)]
)
_LabelName = Annotated[str, Field(min_length=1, max_length=MAX_KEY, pattern=TEXT_PATTERN)]
_LabelNumber = Annotated[float, Field(ge=-MAX_NUMBER, le=MAX_NUMBER)]
_LabelText = Annotated[str, Field(min_length=1, max_length=MAX_LABEL, pattern=TEXT_PATTERN)]
_Count = Annotated[int, Field(ge=0)]


class TextSample(BaseModel):
    """A text; the built-in model reads its first 256 tokens."""

    type: Literal["text"]
    value: Annotated[str, Field(min_length=1, max_length=MAX_TEXT, pattern=TEXT_PATTERN)]


class ImageSample(BaseModel):
    """An image: a public URL, a URL of this server's file store, or a `data:` URI."""

    type: Literal["image"]
    value: _ImageURL


class TextLabel(BaseModel):
    """A label given as a text."""

    type: Literal["text"]
    value: _LabelText
    key: _LabelName | _LabelNumber | None = Field(
        None, description="Its name in predictions. Labels with the same name are one class."
    )
    text: _LabelText | None = None


class ImageLabel(BaseModel):
    """A label given as an example image; to classify texts with it, describe it by `text`."""

    type: Literal["image"]
    value: _ImageURL
    key: _LabelName | _LabelNumber | None = Field(
        None, description="Its name in predictions. Labels with the same name are one class."
    )
    text: _LabelText | None = Field(None, description="A description of the image.")


class ClassificationRequest(BaseModel):
    """A classification request: samples of one type, and labels with at least two distinct names."""

    dataset: (
        Annotated[list[TextSample], Field(min_length=1, max_length=MAX_SAMPLES)]
        | Annotated[list[ImageSample], Field(min_length=1, max_length=MAX_SAMPLES)]
    )
    labels: Annotated[list[TextLabel | ImageLabel], Field(min_length=MIN_LABELS, max_length=MAX_LABELS)]
    multiple_labels: bool | None = Field(None, description="True if a sample may have any number of labels.")
    task: Annotated[str, Field(min_length=1, max_length=MAX_TASK, pattern=TEXT_PATTERN)] | None = Field(
        None, description="Accepted for compatibility and ignored: the built-in models take no instruction."
    )


class TokenUsage(BaseModel):
    """An estimate of the usage in the service's terms; this server bills nothing."""

    input_tokens: _Count = Field(description="One for four characters of samples and labels, one for an image.")
    output_tokens: _Count = Field(description="One for four characters of predictions.")
    inference_time_tokens: _Count = Field(description="Milliseconds that the answer took, rounded up.")
    total_tokens: _Count = Field(description="The sum of the other counts.")


class ClassificationResponse(BaseModel):
    """The predictions: `predictions[i]` belongs to `dataset[i]`."""

    model_config = ConfigDict(serialize_by_alias=True, extra="forbid")

    success: Literal[True]
    predictions: list[str] | list[list[str]] = Field(
        description="The name of a label (its key, or its value if it has no key), or a list of names if "
        "multiple_labels is true; a key that is a number is returned as a string. For a text that cannot be read, a "
        "sentence that says so."
    )
    usage: TokenUsage = Field(alias="_usage")
    log_id: str


class UploadOptions(BaseModel):
    """The options of an upload, sent as JSON in the part `body` of a form."""

    key: Annotated[str, Field(min_length=1, max_length=MAX_FILE_KEY)] | None = None
    overwrite: bool | None = None
    temp_public_url: bool | None = None
    content_type: str | None = None


class UploadResponse(BaseModel):
    """The key, the URLs and the size of an uploaded file."""

    model_config = ConfigDict(extra="forbid")

    success: Literal[True]
    key: str
    url: str = Field(description="The URL of the file, which requires the API key like the rest of the API.")
    size: _Count = Field(description="The size in bytes.")
    temp_public_url: str = Field("", description="A URL that needs no API key and expires after an hour; on request.")


class Success(BaseModel):
    """The response to a successful request that returns no data."""

    model_config = ConfigDict(extra="forbid")

    success: Literal[True]


class Refusal(BaseModel):
    """An error response: the reason in one sentence."""

    model_config = ConfigDict(extra="forbid")

    success: Literal[False]
    message: Annotated[str, Field(min_length=1)]


_SCHEMAS = "#/components/schemas/"
_BOOLEAN = {"type": "boolean", "default": False}
_BYTES = {"type": "string", "format": "binary"}
_SUMMARY = (
    "JigsawStack's classification API, answered on this machine by jsdf's local engine. "
    "Predictions come from small models; jsdf's documentation describes their accuracy and limits."
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
            "description": "A name for the file; random by default.",
            "schema": {
                "type": "string",
                "minLength": 1,
                "maxLength": MAX_FILE_KEY,
                "pattern": r"^[A-Za-z0-9_-]+([./][A-Za-z0-9_-]+)*$",
            },
        },
        {"name": "overwrite", "in": "query", "schema": _BOOLEAN},
        {"name": "temp_public_url", "in": "query", "schema": _BOOLEAN},
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


def error_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the error responses of a route: the given statuses and those that every route may return."""
    return {
        status: {"model": Refusal, "description": STATUS_DESCRIPTIONS[status]}
        for status in (400, *statuses, 403, 405, 500)
    }


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document, including the schemas of request bodies and the rate headers."""
    document = get_openapi(title=app.title, version=app.version, description=_SUMMARY, routes=app.routes)
    _, schemas = models_json_schema(
        [(ClassificationRequest, "validation"), (UploadOptions, "validation")],
        ref_template=_SCHEMAS + "{model}",
    )
    document["components"]["schemas"].update(schemas["$defs"])
    headers = {
        HEADER_PREFIX + name: {"description": meaning, "schema": {"type": "integer"}}
        for name, meaning in {
            "limit": "Requests a second of one client.",
            "remaining": "Requests left in this second.",
            "reset": "The end of this second: unix time in milliseconds.",
        }.items()
    }
    for path in document["paths"].values():
        for operation in path.values():
            for response in operation["responses"].values():
                response["headers"] = headers
    return document
