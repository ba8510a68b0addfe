"""Test cases for both official SDKs: the seed's example, and the cases of their own test suites."""

import io
import math

from PIL import Image, ImageDraw, ImageFilter

TEXTS = [
    "This is a positive review about the product",
    "I hate this product, it's terrible",
    "The product is okay, nothing special",
]
DATASET = [{"type": "text", "value": value} for value in TEXTS]
LABELS = [{"type": "text", "value": value} for value in ("positive", "negative", "neutral")]
KEYED = [{"key": label["value"][:3], "type": "text", "value": f"{label['value']} sentiment"} for label in LABELS]
HOTDOG = [{"type": "text", "value": "hotdog"}, {"type": "text", "value": "not a hotdog"}]
HOBBIES = ("programming", "reading", "watching", "playing")

#: Name -> a valid request, and the possible labels of a sample.
ANSWERED = {
    "single": ({"dataset": DATASET, "labels": LABELS}, ["positive", "negative", "neutral"]),
    "multiple": ({"dataset": DATASET, "labels": LABELS, "multiple_labels": True}, ["positive", "negative", "neutral"]),
    "explicitly single": (
        {"dataset": DATASET, "labels": LABELS, "multiple_labels": False},
        [v["value"] for v in LABELS],
    ),
    "keys": ({"dataset": DATASET, "labels": KEYED}, ["pos", "neg", "neu"]),
    "keys and multiple": ({"dataset": DATASET, "labels": KEYED, "multiple_labels": True}, ["pos", "neg", "neu"]),
    "keys that are numbers": (
        {"dataset": DATASET, "labels": [{**label, "key": i} for i, label in enumerate(LABELS)]},
        ["0", "1", "2"],
    ),
    "one sample": ({"dataset": DATASET[:1], "labels": LABELS}, ["positive", "negative", "neutral"]),
    "a long text": (
        {"dataset": [{"type": "text", "value": "a" * 10_000}], "labels": LABELS[:2]},
        ["the model can read no word of the text"],
    ),
    "a long text of words": (
        {"dataset": [{"type": "text", "value": "it works well " * 700}], "labels": LABELS[:2]},
        ["positive", "negative"],
    ),
    "many labels": (
        {"dataset": DATASET[:2], "labels": [{"type": "text", "value": f"Label {i}"} for i in range(1, 21)]},
        [f"Label {i}" for i in range(1, 21)],
    ),
    "hobbies": (
        {
            "dataset": [{"type": "text", "value": f"I love {word}"} for word in HOBBIES],
            "labels": [{"type": "text", "value": word} for word in HOBBIES],
        },
        list(HOBBIES),
    ),
}

#: Name -> an invalid request, and the beginning of the message.
REFUSED = {
    "nothing": ({}, "dataset"),
    "no dataset": ({"labels": LABELS}, "dataset"),
    "no labels": ({"dataset": DATASET}, "labels"),
    "an empty dataset": ({"dataset": [], "labels": LABELS}, "dataset"),
    "empty labels": ({"dataset": DATASET, "labels": []}, "labels"),
    "a type that is none": ({"dataset": [{"type": "invalid", "value": "test"}], "labels": LABELS}, "dataset[0].type"),
    "a label's likewise": (
        {"dataset": DATASET, "labels": [*LABELS, {"type": "invalid", "value": "x"}]},
        "labels[3].type",
    ),
    "no value": ({"dataset": [{"type": "text"}], "labels": LABELS}, "dataset[0].value"),
    "a label's likewise, no value": ({"dataset": DATASET, "labels": [*LABELS, {"type": "text"}]}, "labels[3].value"),
    "an empty text": ({"dataset": [{"type": "text", "value": ""}], "labels": LABELS}, "dataset[0].value"),
    "an empty label": ({"dataset": DATASET, "labels": [*LABELS, {"type": "text", "value": ""}]}, "labels[3].value"),
    "a single label": ({"dataset": DATASET, "labels": LABELS[:1]}, "labels"),
    "mixed samples": (
        {"dataset": [*DATASET, {"type": "image", "value": "https://example.com/a.jpg"}], "labels": LABELS},
        "dataset[3]",
    ),
    "50 samples": ({"dataset": DATASET[:1] * 50, "labels": LABELS}, "dataset"),
    "no address": ({"dataset": [{"type": "image", "value": "not-a-valid-url"}], "labels": LABELS}, "dataset[0].value"),
    "a label's likewise, no address": (
        {"dataset": DATASET, "labels": [*LABELS, {"type": "image", "value": "not-a-valid-url"}]},
        "labels[3].value",
    ),
    "an address of this machine": (
        {"dataset": [{"type": "image", "value": "http://127.0.0.1:8080/a.jpg"}], "labels": LABELS},
        "dataset[0].value",
    ),
}


def check_answer(name, answer):
    """Assert that an answer has the fields of the API and possible predictions."""
    params, allowed = ANSWERED[name]
    assert answer["success"] is True
    assert len(answer["predictions"]) == len(params["dataset"])
    for prediction in answer["predictions"]:
        assert isinstance(prediction, list) == bool(params.get("multiple_labels"))
        assert set(prediction if isinstance(prediction, list) else [prediction]) <= set(allowed)
    usage = answer["_usage"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"] + usage["inference_time_tokens"]


def pictures():
    """Return a drawing of a hot dog and one of the sea, as JPEG."""
    return [_jpeg(_hotdog()), _jpeg(_sea())]


def _jpeg(picture):
    out = io.BytesIO()
    picture.filter(ImageFilter.GaussianBlur(1)).save(out, "JPEG", quality=90)
    return out.getvalue()


def _hotdog():
    """Draw a sausage with mustard between the halves of a bun, with shading."""
    picture = Image.new("RGB", (480, 480), "white")
    pen = ImageDraw.Draw(picture)
    for i in range(40):
        pen.rounded_rectangle((40 + i, 150 + i, 440 - i, 330 - i), 80 - i, (150 + i * 2, 95 + i * 2, 45 + i))
    for i in range(28):
        pen.rounded_rectangle((22 + i, 205 + i, 458 - i, 275 - i), 35 - i, (120 + i * 3, 40 + i * 2, 20 + i))
    for i in range(30):
        pen.rounded_rectangle((50 + i, 255 + i, 430 - i, 340 - i), 42 - i, (165 + i * 2, 110 + i * 2, 55 + i * 2))
    wave = [(x, 232 + 13 * math.sin(x / 14)) for x in range(60, 421)]
    pen.line(wave, (235, 180, 30), 11, joint="curve")
    return picture.rotate(20, fillcolor="white", resample=Image.Resampling.BICUBIC)


def _sea():
    """Draw a sailing boat on the sea."""
    picture = Image.new("RGB", (480, 480), "#8ec5ee")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 250, 480, 480), "#1f5f8b")
    pen.polygon([(150, 240), (330, 240), (300, 290), (180, 290)], "#6b3a1e")
    pen.polygon([(240, 70), (240, 232), (330, 232)], "#ffffff")
    return picture
