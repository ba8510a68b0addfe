"""An image that cannot be read fails its own row, in every method, and a column of opened images stays undecoded."""

import io
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from image_files import noise, quarters, saved
from PIL import Image

import jsdf
from jsdf.display.progress.thumbnail_strip import ThumbnailStrip
from jsdf.engines.base import Engine
from jsdf.testing import FakeEngine, FakeService
from jsdf.utils.object_arrays import to_object_array

LABELS = ["cat", "dog"]
ENGINES = {
    "local": lambda: jsdf.Local(threads=1),
    "hosted": lambda: jsdf.Hosted("test-key", transport=FakeService().transport(), rate=10_000),
    "fake": lambda: FakeEngine(kinds={"text", "image"}),
}


def has_pixels(image):
    return vars(image).get("_im", vars(image).get("im")) is not None


def column(images):
    """pandas before version 3 would decode the images of a list."""
    return pd.Series(to_object_array(list(images.values())), index=list(images), name="photo")


@pytest.fixture
def folder(tmp_path):
    for name in ("good", "again", "closed", "with", "gone"):
        noise((64, 48)).save(tmp_path / f"{name}.jpg")
    (tmp_path / "cut.jpg").write_bytes(saved(noise((64, 48)), "JPEG")[:-500])
    return tmp_path


@pytest.fixture
def photos(folder):
    """Good, cut, closed in three ways, deleted, and good again."""
    images = {name: Image.open(folder / f"{name}.jpg") for name in ("good", "cut", "closed", "with", "gone", "again")}
    images["closed"].close()
    with images["with"]:
        pass
    lost = io.BytesIO(saved(quarters()))
    images["lost"] = Image.open(lost)
    lost.close()
    (folder / "gone.jpg").unlink()
    yield column(images)
    for image in images.values():
        image.close()


BAD = ["cut", "closed", "with", "gone", "lost"]


@pytest.mark.parametrize("name", ["local", "hosted"])
def test_only_its_own_row_fails(photos, name):
    run = photos.jigsaw.run(LABELS, engine=ENGINES[name](), progress=False)
    assert run.failures["row"].tolist() == BAD
    assert run.counts["answered"] == 2
    reasons = dict(zip(run.failures["row"], run.failures["reason"], strict=True))
    assert re.search(r"cut\.jpg': it is truncated", reasons["cut"])
    assert re.search(r"closed\.jpg': its pixels cannot be read: .* is closed; pass its path instead", reasons["closed"])
    assert re.search(r"with\.jpg': its pixels cannot be read: .* is closed; pass its path instead", reasons["with"])
    assert re.search(r"gone\.jpg': its file was moved, replaced or deleted", reasons["gone"])
    assert reasons["lost"].endswith("load() it before you close it")
    assert not has_pixels(photos["good"])


def test_classify_raises_or_coerces(photos):
    with pytest.raises(jsdf.ClassificationError, match="5 of 7 rows have no label") as caught:
        photos.jigsaw.classify(LABELS, engine="local", progress=False)
    assert caught.value.run.counts["failed"] == 5
    with pytest.warns(UserWarning, match="5 of 7 rows have no label"):
        labels = photos.jigsaw.classify(LABELS, engine="local", progress=False, errors="coerce")
    assert labels.isna().sum() == 5


def test_the_advice_is_right(photos, folder):
    photos["closed"] = photos["closed"].filename
    photos["with"] = photos["with"].filename
    (photos["lost"],) = [Image.open(io.BytesIO(saved(quarters())))]
    photos["lost"].load()
    run = photos.jigsaw.run(LABELS, engine="local", progress=False, kind="image")
    assert run.failures["row"].tolist() == ["cut", "gone"]


def test_the_check_finds_them(photos):
    plan = photos.jigsaw.plan(LABELS, engine=ENGINES["fake"](), check=True, progress=False)
    codes = dict(zip(plan.findings["row"], plan.findings["code"], strict=True))
    assert codes == {**dict.fromkeys(BAD, "damaged"), "gone": "dead", "again": "duplicate"}
    run = photos.jigsaw.run(LABELS, engine="local", progress=False)
    reasons = plan.findings[plan.findings["code"] != "duplicate"]["reason"]
    assert run.failures["reason"].tolist() == reasons.tolist()


@pytest.mark.parametrize("method", ["gallery", "review"])
def test_galleries_show_the_others(photos, method):
    label = pd.Series("cat", photos.index, dtype="category")
    shown = getattr(photos.jigsaw, method)(label)
    tiles = shown.tiles(wait=True)
    by_row = {tile.index: tile for tile in tiles}
    assert {name for name, tile in by_row.items() if not tile.uri} == set(BAD)
    assert all(by_row[name].reason for name in BAD)
    assert not has_pixels(photos["good"])


def test_the_strip_of_a_run_shows_the_others(photos):
    strip = ThumbnailStrip(clock=lambda: 0.0)
    strip.update([(image, name) for name, image in photos.items()])
    strip._thread.join(60)
    assert len(strip.pictures) == 2


@pytest.mark.parametrize("name", ["closed", "with", "gone", "lost", "cut"])
def test_an_example_image_that_cannot_be_read_is_named(photos, name):
    with pytest.raises(jsdf.InvalidLabelsError, match=r"whose pixels cannot be read: .") as caught:
        jsdf.image(photos[name])
    assert (f"{name}.jpg'" in str(caught.value)) == (name != "lost")


def test_an_example_image_stays_undecoded(photos):
    label = jsdf.image(photos["good"])
    assert label.value.startswith("data:image;base64,")
    assert not has_pixels(photos["good"])


@pytest.mark.parametrize("name", ENGINES)
def test_nothing_is_left_decoded(tmp_path, name):
    for i in range(6):
        noise((400 + i, 300)).save(tmp_path / f"{i}.png")
    images = [Image.open(tmp_path / f"{i}.png") for i in range(6)]
    photos = column(dict(enumerate([*images, images[0]])))
    engine = ENGINES[name]()
    assert photos.jigsaw.plan(LABELS, engine=engine, check=True, progress=False).unusable == 0
    run = photos.jigsaw.run(LABELS, engine=engine, progress=False)
    assert (run.counts["answered"], run.usage.rows_sent) == (7, 6)
    photos.jigsaw.gallery(run).tiles(wait=True)
    review = photos.jigsaw.review(run)
    review._repr_mimebundle_()
    review.choose([0, 1], "dog")
    assert len(review.changes) <= 2
    again = photos.jigsaw.run(LABELS, engine=engine, progress=False)
    assert again.usage.requests == 0
    assert not any(map(has_pixels, images))
    for image in images:
        image.close()


def test_paths_and_opened_images_share_answers(folder):
    engine = ENGINES["fake"]()
    path = folder / "good.jpg"
    pd.Series([path]).jigsaw.run(LABELS, engine=engine, progress=False)
    with Image.open(path) as image:
        assert column({0: image}).jigsaw.run(LABELS, engine=engine, progress=False).usage.requests == 0
        image.load()  # pixels in memory are another value
        assert column({0: image}).jigsaw.run(LABELS, engine=engine, progress=False).usage.requests == 1


def test_an_error_without_a_message_names_its_type():
    class Mute(Engine):
        name = "mute"

        async def classify(self, question, values):
            raise AssertionError

    run = pd.Series(["a", "b"]).jigsaw.run(LABELS, engine=Mute(), progress=False)
    assert run.failures["reason"].tolist() == ["AssertionError, without a message"] * 2


@pytest.mark.parametrize("kind", ["array", "picture"])
def test_pixels_in_memory_are_distinct_by_content(kind):
    pixels = np.random.default_rng(1).integers(0, 255, (30, 40, 3), dtype=np.uint8)
    values = [pixels, pixels.copy(), pixels[::-1]]
    photos = pd.Series([Image.fromarray(v) for v in values] if kind == "picture" else values, dtype=object)
    assert photos.jigsaw.plan(LABELS, engine=ENGINES["fake"]()).distinct == 2


def test_corrections_of_opened_images_are_those_of_their_paths(folder):
    labels = pd.Series(["cat", "dog"], dtype="category")
    paths = [folder / "good.jpg", folder / "again.jpg"]
    pd.Series(paths, name="photo").jigsaw.review(labels).choose([0], "dog")
    with Image.open(paths[0]) as first, Image.open(paths[1]) as second:
        review = column({0: first, 1: second}).jigsaw.review(labels)
        assert review.labels.tolist() == ["dog", "dog"]
        assert not has_pixels(first)


@pytest.mark.parametrize(
    "form", [os.fsdecode, lambda name: Path(os.fsdecode(name)), lambda name: {"path": os.fsdecode(name)}]
)
@pytest.mark.parametrize("name", ["local", "hosted"])
def test_a_file_whose_name_is_not_utf_8_is_opened(tmp_path, monkeypatch, form, name):
    monkeypatch.chdir(tmp_path)
    noise((64, 48)).save("caf.jpg")
    for raw in (b"caf\xe9.jpg", b"caf\xe9 1.jpg"):
        try:
            Path(os.fsdecode(raw)).write_bytes(Path("caf.jpg").read_bytes())
        except OSError:  # a file system that takes UTF-8 only
            pytest.skip("this file system has no such names")
    series = pd.Series(list(map(form, [b"caf\xe9.jpg", b"caf\xe9 1.jpg", b"no\xe9.jpg"])), dtype=object)
    run = series.jigsaw.run(LABELS, engine=ENGINES[name](), progress=False)
    assert run.status.tolist() == ["answered", "answered", "failed"]
    assert run.failures["reason"].tolist() == ["'no\\udce9.jpg': there is no such file"]
    print(run)
    print(run.failures)
    tiles = series.jigsaw.gallery(run).tiles(wait=True)
    assert [bool(tile.uri) for tile in tiles] == [True, True, False]
    review = series.jigsaw.review(run)
    review.choose([0], "dog")
    assert series.jigsaw.review(run).labels.tolist()[0] == "dog"
    labels = {"cat": jsdf.image(os.fsdecode(b"caf\xe9.jpg")), "dog": "a dog"}
    if name == "hosted":
        assert series[:1].jigsaw.run(labels, engine=ENGINES[name](), progress=False).counts["answered"] == 1
