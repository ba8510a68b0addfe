"""Example images of labels are uploaded like images of rows."""

import io

import numpy as np
import pandas as pd
import pytest
from hosted_pictures import encoded, run
from PIL import Image

import jsdf
from jsdf.testing import FakeService

COLOURS = {"red": [255, 0, 0], "blue": [0, 0, 255]}


def same_colour(service, by_key):
    def colour(url):
        pixels = np.asarray(Image.open(io.BytesIO(service.files.content(url))))
        return "red" if pixels[0, 0, 0] > 128 else "blue"

    def answer(value, labels, multiple, task):
        (right,) = [label for label in labels if colour(label["value"]) == colour(value)]
        return right.get("key", right["value"]) if by_key else right["value"]

    return answer


@pytest.mark.parametrize("by_key", [True, False], ids=["by key", "by value"])
@pytest.mark.parametrize("named", [True, False], ids=["named", "by path"])
def test_example_images_are_uploaded_too_and_answers_find_their_label(by_key, named, tmp_path):
    paths = {name: tmp_path / f"{name}.png" for name in COLOURS}
    for name, colour in COLOURS.items():
        paths[name].write_bytes(encoded(Image.new("RGB", (8, 8), tuple(colour))))
    examples = {name: jsdf.image(path) for name, path in paths.items()}
    labels = examples if named else list(examples.values())
    service = FakeService()
    service._answerer._answer = same_colour(service, by_key)
    result = run(service, [Image.new("RGB", (9, 9), "blue"), Image.new("RGB", (9, 9), "red")], labels)
    assert result.labels.tolist() == (["blue", "red"] if named else [str(paths["blue"]), str(paths["red"])])
    assert not service.files


def test_an_unreadable_example_image_stops_the_run_before_any_request(photos):
    service = FakeService()
    with pytest.raises(jsdf.InvalidLabelsError, match=r"the example image 'nowhere\.jpg' of 'hotdog'"):
        run(service, photos[:3], {"hotdog": jsdf.image("nowhere.jpg"), "other": "something else"})
    assert not service.requests


def test_texts_may_have_example_images(photos):
    service = FakeService()
    labels = {"cat": jsdf.image(photos[0]), "dog": "a dog"}
    with service.serve() as server:
        engine = jsdf.Hosted("test-key", server.url, rate=1000)
        result = jsdf.run(pd.Series(["one", "two"]), labels, engine=engine, progress=False)
    assert set(result.labels) <= {"cat", "dog"}
    assert service.files.uploads == 1
    assert not service.files
