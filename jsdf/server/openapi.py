"""The contract's shapes, for the OpenAPI document. What is checked, and in which words, is in `contract`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import models_json_schema

from jsdf.server.errors import STATUS_DESCRIPTIONS
from jsdf.server.limits import (
    MAX_ADDRESS,
    MAX_FILE_KEY,
    MAX_KEY,
    MAX_LABEL,
    MAX_LABELS,
    MAX_NUMBER,
    MAX_SAMPLES,
    MAX_TASK,
    MAX_TEXT,
    MIN_LABELS,
)
from jsdf.server.rate_limit import HEADER_PREFIX
from jsdf.server.validation import DATA, WEB, WORDS

if TYPE_CHECKING:
    from fastapi import FastAPI


_Address = Annotated[str, Field(pattern=WEB, max_length=MAX_ADDRESS)] | Annotated[str, Field(pattern=DATA)]
_Name = Annotated[str, Field(min_length=1, max_length=MAX_KEY, pattern=WORDS)]
_Number = Annotated[float, Field(ge=-MAX_NUMBER, le=MAX_NUMBER)]
_Words = Annotated[str, Field(min_length=1, max_length=MAX_LABEL, pattern=WORDS)]
_Count = Annotated[int, Field(ge=0)]


class TextSample(BaseModel):
    """A text; the built-in model reads its first 256 tokens."""

    type: Literal["text"]
    value: Annotated[str, Field(min_length=1, max_length=MAX_TEXT, pattern=WORDS)]


class ImageSample(BaseModel):
    """An image by its public address, by an address of this server's file store, or as a `data:` URI."""

    type: Literal["image"]
    value: _Address


class TextLabel(BaseModel):
    """A label in words."""

    type: Literal["text"]
    value: _Words
    key: _Name | _Number | None = Field(None, description="Its name in predictions. Labels of one name are one class.")
    text: _Words | None = None


class ImageLabel(BaseModel):
    """An example image of a label; texts cannot be compared with it unless `text` describes it."""

    type: Literal["image"]
    value: _Address
    key: _Name | _Number | None = Field(None, description="Its name in predictions. Labels of one name are one class.")
    text: _Words | None = Field(None, description="What the image shows.")


class ClassificationRequest(BaseModel):
    """Samples of one type, and the labels to choose from, of at least two distinct names."""

    dataset: (
        Annotated[list[TextSample], Field(min_length=1, max_length=MAX_SAMPLES)]
        | Annotated[list[ImageSample], Field(min_length=1, max_length=MAX_SAMPLES)]
    )
    labels: Annotated[list[TextLabel | ImageLabel], Field(min_length=MIN_LABELS, max_length=MAX_LABELS)]
    multiple_labels: bool | None = Field(None, description="Whether a sample may have any number of labels.")
    task: Annotated[str, Field(min_length=1, max_length=MAX_TASK, pattern=WORDS)] | None = Field(
        None, description="Accepted for the contract's sake and not followed: the built-in models take no instruction."
    )


class TokenUsage(BaseModel):
    """An estimate in the service's terms; nothing is paid here."""

    input_tokens: _Count = Field(description="One for four characters of samples and labels, one for an image.")
    output_tokens: _Count = Field(description="One for four characters of predictions.")
    inference_time_tokens: _Count = Field(description="Milliseconds that the answer took, rounded up.")
    total_tokens: _Count = Field(description="Their sum.")


class ClassificationResponse(BaseModel):
    """What was found: `predictions[i]` belongs to `dataset[i]`."""

    model_config = ConfigDict(serialize_by_alias=True, extra="forbid")

    success: Literal[True]
    predictions: list[str] | list[list[str]] = Field(
        description="A label's name (its key, else its value), or a list of them where multiple_labels is true; "
        "a key that is a number comes back as a string."
    )
    usage: TokenUsage = Field(alias="_usage")
    log_id: str


class UploadOptions(BaseModel):
    """What a form's part `body` may say, as JSON."""

    key: Annotated[str, Field(min_length=1, max_length=MAX_FILE_KEY)] | None = None
    overwrite: bool | None = None
    temp_public_url: bool | None = None
    content_type: str | None = None


class UploadResponse(BaseModel):
    """Where a file is."""

    model_config = ConfigDict(extra="forbid")

    success: Literal[True]
    key: str
    url: str = Field(description="Needs the key, as all of the API does.")
    size: _Count = Field(description="In bytes.")
    temp_public_url: str = Field("", description="For whoever has it, for an hour; there if it was asked for.")


class Success(BaseModel):
    """It is done."""

    model_config = ConfigDict(extra="forbid")

    success: Literal[True]


class Refusal(BaseModel):
    """Why there is no answer, in one sentence."""

    model_config = ConfigDict(extra="forbid")

    success: Literal[False]
    message: Annotated[str, Field(min_length=1)]


_SCHEMAS = "#/components/schemas/"
_SWITCH = {"type": "boolean", "default": False}
_BYTES = {"type": "string", "format": "binary"}
_SUMMARY = (
    "JigsawStack's classification contract, answered on this machine by jsdf's local engine. "
    "Predictions come from small models; see jsdf's documentation for what they know."
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
    return {
        status: {"model": Refusal, "description": STATUS_DESCRIPTIONS[status]}
        for status in (400, *statuses, 403, 405, 500)
    }


def describe(app: FastAPI) -> dict[str, Any]:
    """The document, with the bodies' shapes and the rate headers in it."""
    document = get_openapi(title=app.title, version=app.version, description=_SUMMARY, routes=app.routes)
    _, shapes = models_json_schema(
        [(ClassificationRequest, "validation"), (UploadOptions, "validation")],
        ref_template=_SCHEMAS + "{model}",
    )
    document["components"]["schemas"].update(shapes["$defs"])
    headers = {
        HEADER_PREFIX + name: {"description": meaning, "schema": {"type": "integer"}}
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
