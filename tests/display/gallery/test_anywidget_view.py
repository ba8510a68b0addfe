"""The anywidget front end shows a page and every change of it."""

import json
import re

from gallery_samples import hostile, labelled, pictures, texts

from jsdf.api.viewers import gallery, review
from jsdf.display.gallery import assets


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


def test_the_state_of_a_widget_holds_no_key_and_can_be_sent(monkeypatch):
    monkeypatch.setenv("JIGSAWSTACK_API_KEY", "sk_not_to_be_seen")
    widget = hostile().widget
    send(widget, do="focus", row=0)
    state = json.dumps(widget.get_state(), ensure_ascii=False)
    assert "sk_not_to_be_seen" not in state
    assert state.encode("utf-8")


def test_the_module_uses_nothing_that_would_run_data():
    source = assets.script()
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|new Function|https?://", source)
    assert "stopPropagation" in source
