"""The contract's shapes, for the OpenAPI document. What is checked, and in which words, is in `contract`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from jsdf.server.contract import DATA, WEB, WORDS
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


class Usage(BaseModel):
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
    usage: Usage = Field(alias="_usage")
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
