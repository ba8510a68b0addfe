"""Columns of images through the local engine: input forms, unreadable images, labels by description and example."""

import base64
import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import jsdf
from jsdf.labels import image

COLOURS = {"lemon": (250, 230, 40), "sky": (90, 160, 240), "grass": (40, 160, 50)}


def plain(name, size=(300, 200)):
    rng = np.random.default_rng(len(name))
    noise = rng.integers(-12, 12, (size[1], size[0], 3))
    return Image.fromarray(np.clip(np.array(COLOURS[name]) + noise, 0, 255).astype(np.uint8))


def encoded(content, form="PNG"):
    file = io.BytesIO()
    content.save(file, form)
    return file.getvalue()


def run(values, labels, **arguments):
    series = pd.Series(values, dtype=object)
    return jsdf.run(series, labels, kind="image", engine="local", progress=False, **arguments)


@pytest.fixture
def folder(tmp_path):
    for name in COLOURS:
        (tmp_path / f"{name}.png").write_bytes(encoded(plain(name)))
    (tmp_path / "page.jpg").write_bytes(b"<html>no</html>")
    return tmp_path


def test_the_form_of_an_image_does_not_change_its_answer(folder):
    path = folder / "lemon.png"
    content = path.read_bytes()
    forms = [
        str(path),
        path,
        content,
        f"data:image/png;base64,{base64.b64encode(content).decode()}",
        Image.open(io.BytesIO(path.read_bytes())),
        np.asarray(Image.open(path)),
    ]
    result = run(forms, ["a lemon", "the sky", "grass"])
    assert result.counts["answered"] == len(forms)
    assert np.ptp(result.scores.to_numpy(), axis=0).max() == 0


def test_unreadable_images_fail_with_reasons_and_others_are_answered(folder):
    values = [folder / "lemon.png", folder / "page.jpg", folder / "gone.png", None, folder / "sky.png"]
    result = run(values, ["fruit", "weather"])
    assert result.status.tolist() == ["answered", "failed", "failed", "missing", "answered"]
    assert result.failures["row"].tolist() == [1, 2]
    assert result.failures["reason"].tolist() == [
        f"{str(folder / 'page.jpg')!r}: this is a web page (HTML), not an image",
        f"{str(folder / 'gone.png')!r}: there is no such file",
    ]
    assert result.scores.iloc[[1, 2, 3]].isna().all(axis=None)
    assert result.usage.requests == 1


def test_unreadable_images_alone_do_not_stop_a_run(folder):
    result = run([folder / f"gone {i}.png" for i in range(300)], ["fruit", "weather"])
    assert result.counts["failed"] == 300
    assert result.stopped is None
    assert result.scores is None or result.scores.isna().all(axis=None)


def test_answers_are_stored_and_failures_are_not(folder):
    values = [folder / "lemon.png", folder / "late.png"]
    run(values, ["fruit", "weather"])
    (folder / "late.png").write_bytes(encoded(plain("sky")))
    again = run(values, ["fruit", "weather"])
    assert again.counts["answered"] == 2
    assert (again.usage.rows_cached, again.usage.rows_sent) == (1, 1)


@pytest.mark.parametrize("named", [True, False], ids=["named", "by path"])
def test_labels_by_example_image(folder, named):
    paths = {name: folder / f"{name}.png" for name in COLOURS}
    labels = {name: image(path) for name, path in paths.items()}
    others = [plain(name, (240, 260)) for name in COLOURS]
    result = run(others, labels if named else list(labels.values()))
    assert result.labels.tolist() == [name if named else str(paths[name]) for name in COLOURS]


def test_a_label_may_have_descriptions_and_examples(folder):
    labels = {
        "yellow": ["a lemon", image(folder / "lemon.png"), image(plain("lemon", (50, 50)))],
        "blue": [image(folder / "sky.png", "the sky on a clear day"), "the sea"],
    }
    result = run([plain("lemon"), plain("sky")], labels)
    assert result.labels.tolist() == ["yellow", "blue"]
    assert result.scores.shape == (2, 2)
    assert np.allclose(result.scores.sum(axis=1), 1)
    several = run([plain("lemon"), plain("sky")], labels, multiple_labels=True)
    assert several.labels.dtypes.tolist() == [bool, bool]


def test_a_text_is_compared_with_what_an_example_shows(folder):
    labels = {"example": image(folder / "grass.png"), "described": "the stock market fell"}
    texts = ["Shares lost three percent on Monday.", "Prices at the exchange dropped again."]
    result = jsdf.run(pd.Series(texts), labels, engine="local", progress=False)
    assert result.labels.tolist() == ["described", "described"]


def test_a_missing_example_is_reported_and_no_row_is_answered(folder):
    with pytest.raises(jsdf.InvalidLabelsError, match=r"the example image .*gone\.png' of 'a'"):
        run([folder / "lemon.png"] * 3, {"a": image(folder / "gone.png"), "b": "something"})
    assert jsdf.last_run().counts["pending"] == 3


def test_a_changed_example_is_another_label(folder):
    labels = {"a": image(folder / "lemon.png"), "b": image(folder / "sky.png")}
    values = [folder / "grass.png"]
    run(values, labels)
    assert run(values, labels).usage.rows_cached == 1
    (folder / "sky.png").write_bytes(encoded(plain("grass")))
    again = run(values, {**labels})
    assert again.usage.rows_cached == 0
    assert again.labels.tolist() == ["b"]


def test_an_unnamed_image_in_memory_cannot_be_a_label():
    with pytest.raises(jsdf.InvalidLabelsError, match=r"an image in memory has no name; give it one: \{'name'"):
        run([plain("sky")], [image(plain("sky")), image(plain("lemon"))])


@pytest.mark.parametrize("given", [12, None, ["a.png"], np.zeros((3, 3, 3), np.uint8)], ids=lambda g: type(g).__name__)
def test_an_example_is_a_url_a_path_bytes_or_an_image(given):
    with pytest.raises(jsdf.InvalidLabelsError, match=rf"of type {type(given).__name__}; pass a URL, a path"):
        image(given)
