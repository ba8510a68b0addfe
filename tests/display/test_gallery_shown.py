"""What is shown of a gallery, by each front end; nothing of it comes to life, whatever the data holds."""

import json
import re
import subprocess
import sys

import pandas as pd
import pytest
from gallery_samples import HOSTILE, Page, hot, labelled, pictures, texts
from hypothesis import given
from hypothesis import strategies as st

from jsdf.api.viewers import gallery, review
from jsdf.display.gallery import assets, messages
from jsdf.display.gallery.ipywidgets_view import tiles_of
from jsdf.display.gallery.static_view import MOST, html
from jsdf.formatting import theme

TAGS = {"div", "style", "p", "figure", "figcaption", "bdi", "span", "img"}
ATTRIBUTES = {"class", "style", "src", "alt", "dir"}


def hostile(maker=review):
    values = pd.Series(HOSTILE, dtype=object, index=pd.Index(HOSTILE, dtype=object), name="<b>name")
    names = [name for name in HOSTILE if "\ud800" not in name]
    label = pd.Series([names[i % len(names)] for i in range(len(HOSTILE))], index=values.index, dtype=object)
    return maker(values, label, labels=names)


# A page without a kernel.


@pytest.mark.parametrize("maker", [gallery, review])
def test_no_element_and_no_attribute_of_a_page_comes_from_the_data(maker):
    page = Page(html(hostile(maker)))
    assert page.tags <= TAGS
    assert page.names <= ATTRIBUTES
    said = "".join(page.said)
    assert all(text in said for text in HOSTILE if text.isprintable() and "\u202e" not in text)


def test_nothing_that_data_names_is_fetched(tmp_path):
    addresses = [f"http://127.0.0.1:9/{i}.png?<&\"'" for i in range(2)] + [str(tmp_path / '"onerror="x.png')]
    page = Page(html(gallery(pd.Series(addresses), kind="image")))
    assert "src" not in page.names
    assert page.tags <= TAGS


def test_pictures_are_in_the_page_and_have_words(tmp_path):
    page = Page(html(gallery(pictures(tmp_path, 3), labelled(3))))
    images = [attributes for tag, attributes in page.elements if tag == "img"]
    assert all(re.fullmatch(r"data:image/webp;base64,[A-Za-z0-9+/=]+", image["src"]) for image in images)
    assert [image["alt"].split(", label ")[1] for image in images] == ["cat", "dog", "bird"]


def test_a_page_has_50_tiles_at_most_and_says_how_many_there_are():
    page = Page(html(gallery(texts(1000)), 1000))
    assert sum(tag == "figure" for tag, _ in page.elements) == MOST == 50
    assert "50 of 1,000 are shown here" in "".join(page.said)


WHY = 'pip install "jsdf[notebook]"'


def test_a_page_says_why_a_review_is_not_edited_there_and_how_it_can_be():
    said = "".join(Page(html(review(texts(2), labelled(2)))).said)
    assert WHY in said
    assert "review.choose(rows, label)" in said
    assert WHY not in "".join(Page(html(gallery(texts(2), labelled(2)))).said)


def test_so_does_the_text_where_no_widgets_are(monkeypatch):
    monkeypatch.setattr("jsdf.display.gallery.gallery._is_installed", lambda name: False)
    state = review(texts(2), labelled(2))
    assert WHY in state._repr_mimebundle_()["text/plain"]
    assert WHY not in repr(state)
    assert WHY not in gallery(texts(2))._repr_mimebundle_()["text/plain"]


# A text.


def test_a_text_has_one_line_a_row_and_no_control_characters():
    lines = repr(hostile()).splitlines()
    assert len(lines) == 1 + 10 + 1
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", "".join(lines))


def test_the_text_of_a_gallery():
    assert repr(gallery(texts(2), labelled(2), scores=pd.Series([0.5, 1]))).splitlines() == [
        "Gallery: 2 rows",
        "0  cat  0.50  text 0",
        "1  dog  1.00  text 1",
    ]


# Messages.

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["row", "cat"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
verbs = st.sampled_from(["turn", "filter", "sort", "choose", "clear", "accept", "mark", "undo", "pace", "enlarge"])
fields = ["page", "label", "status", "text", "near", "by", "rows", "row", "on"]


@given(st.fixed_dictionaries({"do": verbs | anything}, optional=dict.fromkeys(fields, anything)) | anything)
def test_no_message_is_an_error_and_no_state_becomes_impossible(message):
    state = review(texts(30), labelled(30), resume=False)
    enlarged = messages.handle(state, message)
    assert enlarged is None or 0 <= enlarged < 30
    assert 0 <= state.page < state.pages
    assert set(state.labels.dropna()) <= {"cat", "dog", "bird"}
    json.dumps(messages.view(state))


WRONG = [
    {"do": "choose", "rows": [0, 99], "label": 1},
    {"do": "choose", "rows": [-1], "label": 1},
    {"do": "choose", "rows": [0], "label": 3},
    {"do": "choose", "rows": [0], "label": -1},
    {"do": "choose", "rows": [True], "label": True},
    {"do": "choose", "rows": [0], "label": "dog"},
    {"do": "choose", "rows": list(range(25)), "label": 1},
    {"do": "accept", "rows": "0"},
    {"do": "mark", "rows": [0.0]},
    {"do": "clear", "rows": [30]},
    {"do": "__init__"},
]


@pytest.mark.parametrize("message", WRONG)
def test_a_wrong_message_changes_nothing(message):
    state = review(texts(30), labelled(30))
    moves = []
    state.watch(lambda: moves.append(1))
    assert messages.handle(state, message) is None
    assert not moves
    assert state.ledger.said == {}


def test_a_gallery_takes_no_corrections():
    state = gallery(texts(30), labelled(30))
    messages.handle(state, {"do": "choose", "rows": [0], "label": 1})
    assert state.tiles()[0].caption == "cat"


# The widget.


def sent(widget, **message):
    widget._handle_custom_msg(message, [])


def test_the_widget_shows_a_page_and_every_change():
    state = review(texts(60), labelled(60))
    widget = state.widget
    assert state.widget is widget
    assert [tile["row"] for tile in widget.view["tiles"]] == list(range(24))
    sent(widget, do="choose", rows=[0, 1], label=2)
    assert [tile["caption"] for tile in widget.view["tiles"][:3]] == ["bird", "bird", "bird"]
    assert widget.view["summary"] == "2 of 60 reviewed, 2 changed"
    assert widget.view["said"] == "2 rows now bird"
    sent(widget, do="choose", rows=[7], label=0)
    assert widget.view["said"] == "row 7 now cat"
    sent(widget, do="turn", page=1)
    assert widget.view["tiles"][0]["row"] == 24
    state.filter(label="cat")  # by the next cell
    assert {tile["caption"] for tile in widget.view["tiles"]} == {"cat"}


def test_the_same_words_are_announced_again():
    state = review(texts(60), labelled(60))
    sent(state.widget, do="undo")
    first = dict(state.widget.view)
    sent(state.widget, do="undo")
    assert state.widget.view["said"] == first["said"] == "there is nothing to undo"
    assert state.widget.view != first


def test_pictures_are_sent_for_one_page_only(tmp_path):
    state = gallery(pictures(tmp_path, 30))
    assert list(state.widget.pictures) == [str(i) for i in range(24)]
    sent(state.widget, do="turn", page=1)
    assert list(state.widget.pictures) == [str(i) for i in range(24, 30)]
    sent(state.widget, do="enlarge", row=29)
    assert state.widget.large["row"] == 29
    assert state.widget.large["uri"].startswith("data:image/webp;base64,")


def test_the_state_of_a_widget_holds_no_key_and_can_be_sent(monkeypatch):
    monkeypatch.setenv("JIGSAWSTACK_API_KEY", "sk_not_to_be_seen")
    widget = hostile().widget
    sent(widget, do="enlarge", row=0)
    state = json.dumps(widget.get_state(), ensure_ascii=False)
    assert "sk_not_to_be_seen" not in state
    assert state.encode("utf-8")


def test_the_module_uses_nothing_that_would_run_data():
    source = assets.script()
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|new Function|https?://", source)
    assert "stopPropagation" in source


# Plain widgets.


def test_the_plain_tiles_are_made_once_and_filled_again(tmp_path):
    import ipywidgets

    state = review(pictures(tmp_path, 30), labelled(30))
    box = tiles_of(state)
    tiles, everything = find(box, ipywidgets.Image), find(box, ipywidgets.Widget)
    assert len(tiles) == 24
    first = tiles[0].value
    state.turn(1)
    assert tiles[0].value != first
    assert find(box, ipywidgets.Widget) == everything


def find(box, kind):
    found = [box] if isinstance(box, kind) else []
    return found + [inner for child in getattr(box, "children", ()) for inner in find(child, kind)]


def test_the_plain_tiles_put_rows_right():
    import ipywidgets

    state = review(texts(30), labelled(30))
    box = tiles_of(state)
    chooser = next(d for d in find(box, ipywidgets.Dropdown) if d.options[0] == ("no label", -1))
    chooser.value = 2
    assert state.labels[0] == "bird"
    press(box, "Undo")
    assert (state.labels[0], chooser.value) == ("cat", 0)
    chooser.value = -1
    assert pd.isna(state.labels[0])
    press(box, "Undo")
    press(box, "Accept")
    press(box, "Mark")
    assert state.summary() == "1 of 30 reviewed, 0 changed, 1 marked"
    press(box, "Next page")
    assert state.page == 1
    press(box, "Enlarge")
    assert "text 24" in [area.value for area in find(box, ipywidgets.Textarea)]
    press(box, "Close")


def press(box, name):
    import ipywidgets

    next(b for b in find(box, ipywidgets.Button) if b.description == name).click()


def test_the_plain_tiles_learn_of_labels_that_a_file_brings(tmp_path):
    import ipywidgets

    first = review(texts(3), pd.Series(["a", "b", "c"]), resume=False)
    first.choose([0], "c")
    first.save(tmp_path / "mine.jsonl")
    state = review(texts(3), pd.Series(["a", "b", "a"]), resume=False)
    box = tiles_of(state)
    state.load(tmp_path / "mine.jsonl")
    chooser = next(d for d in find(box, ipywidgets.Dropdown) if d.options[0] == ("no label", -1))
    assert chooser.label == "c"


def test_the_plain_tiles_take_several_labels():
    import ipywidgets

    state = review(texts(30), hot(30))
    chooser = find(tiles_of(state), ipywidgets.SelectMultiple)[0]
    assert chooser.value == (0, 1)
    chooser.value = (1,)
    assert state.labels.iloc[0].tolist() == [False, True]
    assert list(state.changes["before"]) == [("price", "delivery")]


def test_the_plain_tiles_lose_neither_the_label_nor_the_score():
    import ipywidgets

    label = pd.Series(["a label that is far too long for a tile of 96 pixels"] * 2)
    state = review(texts(2), label, scores=pd.Series([0.25, 0.5]), resume=False)
    state.mark([0])
    shown = [line.value for line in find(tiles_of(state), ipywidgets.Text) if line.disabled]
    assert shown[1:3] == [label[0], "0.25 · row 0 · marked"]


def test_the_plain_lists_always_have_a_choice():
    import ipywidgets

    state = gallery(texts(30), labelled(30))
    box = tiles_of(state)
    lists = {d.description: d for d in find(box, ipywidgets.Dropdown) if d.description}
    assert [d.label for d in lists.values()] == ["all", "all", "as in the column"]
    assert all(value is not None for d in find(box, ipywidgets.Dropdown) for _, value in d.options)
    lists["label"].value = -1
    assert len(state) == 0
    lists["label"].value = lists["label"].options[0][1]
    assert len(state) == 30


def test_a_column_without_nulls_offers_no_row_without_a_label():
    import ipywidgets

    state = review(texts(4), pd.Series([1, 2, 1, 2]), resume=False)
    choosers = [d for d in find(tiles_of(state), ipywidgets.Dropdown) if not d.description]
    assert choosers[0].options == (("1", 0), ("2", 1))


def test_the_plain_page_buttons_end_with_the_pages_and_hand_the_focus_on(monkeypatch):
    import ipywidgets

    focused = []
    monkeypatch.setattr(ipywidgets.Button, "focus", lambda button: focused.append(button.description))
    box = tiles_of(gallery(texts(30)))
    buttons = {b.description: b for b in find(box, ipywidgets.Button)}
    previous, following = buttons["Previous page"], buttons["Next page"]
    assert (previous.disabled, following.disabled, focused) == (True, False, [])
    following.click()
    assert (previous.disabled, following.disabled, focused) == (False, True, ["Previous page"])
    previous.click()
    assert (previous.disabled, following.disabled, focused[1:]) == (True, False, ["Next page"])


def test_the_plain_tiles_filter_and_sort():
    import ipywidgets

    state = gallery(texts(30), labelled(30), scores=pd.Series([i / 30 for i in range(30)]))
    controls = {d.description: d for d in find(tiles_of(state), (ipywidgets.Dropdown, ipywidgets.Text))}
    controls["label"].value = 1
    controls["search"].value = "text 1"
    controls["order"].value = "sure"
    assert state.rows == [19, 16, 13, 10, 1]
    assert controls["label"].value == 1


def test_the_plain_tiles_hold_no_html():
    import ipywidgets

    assert not find(tiles_of(hostile()), (ipywidgets.HTML, ipywidgets.HTMLMath))


# Whatever is installed.

SHOW = """
import sys, warnings
warnings.simplefilter("error")
for name in {hidden!r}:
    sys.modules[name] = None
import pandas as pd
import jsdf
assert not {{"PIL", "ipywidgets", "anywidget", "matplotlib"}} & {{n for n, m in sys.modules.items() if m is not None}}
from jsdf.api.viewers import review
r = review(pd.Series(["one", "two"]), pd.Series(["cat", "dog"], dtype="category"))
found = r._repr_mimebundle_()
data = found[0] if isinstance(found, tuple) else found
r.choose([0], "dog")
print(type(r.widget).__name__, *sorted(data), len(r.changes))
"""
VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.mark.parametrize(
    ("hidden", "kind", "kinds"),
    [
        ((), "GalleryWidget", [VIEW, "text/html", "text/plain"]),
        (("anywidget",), "VBox", [VIEW, "text/html", "text/plain"]),
        (("anywidget", "ipywidgets"), "NoneType", ["text/html", "text/plain"]),
    ],
)
def test_it_shows_what_can_be_shown(hidden, kind, kinds):
    done = subprocess.run(
        [sys.executable, "-c", SHOW.format(hidden=hidden)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.stderr == ""
    assert done.stdout.split() == [kind, *kinds, "1"]


# Colours.


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("which", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("name", [name for name in theme.COLOURS if name != "bg"])
def test_colours_stand_out(name, which):
    pair = sorted(luminance(theme.COLOURS[n][which]) for n in (name, "bg"))
    assert (pair[1] + 0.05) / (pair[0] + 0.05) >= (3 if name == "line" else 4.5)


def test_colours_are_given_for_every_theme():
    rules = theme.css(".scope")
    assert rules.count(".scope") == 2 + len(theme._LIGHT) + len(theme._DARK)
    assert all(rules.count(f"--jsdf-{name}:") == 4 for name in theme.COLOURS)
    assert rules.count("{") == rules.count("}")
