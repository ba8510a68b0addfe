"""The anywidget front end shows a page and every change of it."""

import base64
import hashlib
import io
import json
import re

import pandas as pd
from gallery_samples import hostile, labelled, pictures, texts
from PIL import Image

from jsdf.api.viewers import gallery, review
from jsdf.display.gallery import assets
from jsdf.display.gallery.page_thumbnails import SIZE_STEP
from jsdf.formatting.theme import LABEL_COLOURS
from jsdf.images.thumbnails import MAX_SIZE


def send(widget, **message):
    widget._handle_custom_msg(message, [])


def test_the_widget_shows_a_page_and_every_change():
    state = review(texts(60), labelled(60))
    widget = state.widget
    assert state.widget is widget
    assert [tile["row"] for tile in widget.view["tiles"]] == list(range(24))
    send(widget, do="choose", rows=[0, 1], label=2)
    assert [tile["caption"] for tile in widget.view["tiles"][:3]] == ["bird", "bird", "bird"]
    assert widget.view["summary"] == "2 of 60 reviewed, 2 changed"
    assert widget.view["status_message"] == "2 rows now bird"
    send(widget, do="choose", rows=[7], label=0)
    assert widget.view["status_message"] == "row 7 now cat"
    send(widget, do="go_to_page", page=1)
    assert widget.view["tiles"][0]["row"] == 24
    state.filter(label="cat")  # by the next cell
    assert {tile["caption"] for tile in widget.view["tiles"]} == {"cat"}


def test_the_same_message_is_announced_again():
    state = review(texts(60), labelled(60))
    send(state.widget, do="undo")
    first = dict(state.widget.view)
    send(state.widget, do="undo")
    assert state.widget.view["status_message"] == first["status_message"] == "there is nothing to undo"
    assert state.widget.view != first


def test_images_are_sent_for_one_page_only(tmp_path):
    state = gallery(pictures(tmp_path, 30))
    assert list(state.widget.pictures) == [str(i) for i in range(24)]
    send(state.widget, do="go_to_page", page=1)
    assert list(state.widget.pictures) == [str(i) for i in range(24, 30)]
    send(state.widget, do="focus", row=29)
    assert state.widget.focus["row"] == 29
    assert state.widget.focus["uri"].startswith("data:image/jpeg;base64,")
    send(state.widget, do="focus", row=None)
    assert state.widget.focus == {}


def test_larger_tiles_have_sharper_pictures(tmp_path):
    path = tmp_path / "large.png"
    Image.new("RGB", (600, 300), "navy").save(path)
    state = gallery(pd.Series([str(path)]))

    def width():
        encoded = state.widget.pictures["0"].partition(",")[2]
        return Image.open(io.BytesIO(base64.b64decode(encoded))).width

    assert width() == 128  # for tiles of 96
    send(state.widget, do="resize", page_size=12, pixels=192)
    assert width() == 192
    send(state.widget, do="resize", page_size=24, pixels=64)
    assert width() == 192


def test_counts_are_sent_only_when_they_change():
    state = review(texts(60), labelled(60), resume=False)
    sent = []
    state.widget.observe(lambda change: sent.append(change["name"]), ["facets"])
    send(state.widget, do="go_to_page", page=1)
    send(state.widget, do="resize", page_size=50, near=3)
    send(state.widget, do="sort", by="row")
    send(state.widget, do="focus", row=3)
    assert sent == []
    send(state.widget, do="choose", rows=[0], label=2)
    send(state.widget, do="filter", labels=[2])
    assert sent == ["facets"] * 2
    assert state.widget.facets["labels"][2] == {"count": 21, "shown": 21}


def test_the_state_of_a_widget_holds_no_key_and_can_be_sent(monkeypatch):
    monkeypatch.setenv("JIGSAWSTACK_API_KEY", "sk_not_to_be_seen")
    widget = hostile().widget
    send(widget, do="focus", row=0)
    state = json.dumps(widget.get_state(), ensure_ascii=False)
    assert "sk_not_to_be_seen" not in state
    assert state.encode("utf-8")


def test_the_module_uses_nothing_that_would_run_data():
    source = assets.script()
    own = "".join(path.read_text("utf-8") for path in assets._FOLDER.glob("*.js"))  # without preact, which needs some
    for word in ("innerHTML", "outerHTML", "InnerHTML", "insertAdjacent", "document.write", "https://", "http://"):
        assert word not in own
    assert not re.search(r"\beval\(|new Function|\bimport\(|^import ", source, re.MULTILINE)
    assert "stopPropagation" in source


def test_the_vendored_file_is_the_one_that_its_readme_names():
    folder = assets._FOLDER / "vendor"
    digest = hashlib.sha256((folder / "htm-preact.js").read_bytes()).hexdigest()
    assert digest in (folder / "README.md").read_text("utf-8")


def test_every_module_is_in_the_script_after_those_that_it_imports():
    modules = {path.stem: path.read_text("utf-8") for path in assets._FOLDER.glob("*.js")}
    assert set(modules) == set(assets._MODULES)
    for position, name in enumerate(assets._MODULES):
        imported = set(re.findall(r'from "\./([\w-]+)\.js"', modules[name]))
        assert imported <= set(assets._MODULES[:position]), name


def test_no_name_is_declared_twice_in_the_script():
    declared = re.findall(r"^(?:const|function\*?|class|async function) (\w+)", assets.script(), re.MULTILINE)
    assert len(declared) == len(set(declared)) > 50


def test_the_script_has_as_many_label_colours_as_the_theme():
    assert f"const COLOURS = {len(LABEL_COLOURS)};" in assets.script()


def test_the_script_asks_for_thumbnails_in_the_sizes_in_which_they_are_made():
    script = assets.script()
    assert f"const PIXELS_STEP = {SIZE_STEP};" in script
    assert f"const MAX_PIXELS = {MAX_SIZE};" in script
