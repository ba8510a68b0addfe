"""The ipywidgets front end: tiles are made once and reused, and labels can be corrected."""

import pandas as pd
from gallery_samples import hostile, hot, labelled, pictures, texts

from jsdf.api.viewers import gallery, review
from jsdf.display.gallery.ipywidgets_view import make_widget


def test_the_plain_tiles_are_made_once_and_filled_again(tmp_path):
    import ipywidgets

    state = review(pictures(tmp_path, 30), labelled(30))
    box = make_widget(state)
    tiles, all_widgets = find(box, ipywidgets.Image), find(box, ipywidgets.Widget)
    assert len(tiles) == 24
    first = tiles[0].value
    state.go_to_page(1)
    assert tiles[0].value != first
    assert find(box, ipywidgets.Widget) == all_widgets


def find(box, kind):
    found = [box] if isinstance(box, kind) else []
    return found + [inner for child in getattr(box, "children", ()) for inner in find(child, kind)]


def test_labels_are_corrected_with_the_plain_tiles():
    import ipywidgets

    state = review(texts(30), labelled(30))
    box = make_widget(state)
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


def test_the_plain_tiles_offer_labels_that_a_file_adds(tmp_path):
    import ipywidgets

    first = review(texts(3), pd.Series(["a", "b", "c"]), resume=False)
    first.choose([0], "c")
    first.save(tmp_path / "mine.jsonl")
    state = review(texts(3), pd.Series(["a", "b", "a"]), resume=False)
    box = make_widget(state)
    state.load(tmp_path / "mine.jsonl")
    chooser = next(d for d in find(box, ipywidgets.Dropdown) if d.options[0] == ("no label", -1))
    assert chooser.label == "c"


def test_the_plain_tiles_take_several_labels():
    import ipywidgets

    state = review(texts(30), hot(30))
    chooser = find(make_widget(state), ipywidgets.SelectMultiple)[0]
    assert chooser.value == (0, 1)
    chooser.value = (1,)
    assert state.labels.iloc[0].tolist() == [False, True]
    assert list(state.changes["before"]) == [("price", "delivery")]


def test_the_plain_tiles_show_a_long_label_and_the_score():
    import ipywidgets

    label = pd.Series(["a label that is far too long for a tile of 96 pixels"] * 2)
    state = review(texts(2), label, scores=pd.Series([0.25, 0.5]), resume=False)
    state.mark([0])
    shown = [line.value for line in find(make_widget(state), ipywidgets.Text) if line.disabled]
    assert shown[1:3] == [label[0], "0.25 · row 0 · marked"]


def test_the_plain_dropdowns_always_have_a_value():
    import ipywidgets

    state = gallery(texts(30), labelled(30))
    box = make_widget(state)
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
    choosers = [d for d in find(make_widget(state), ipywidgets.Dropdown) if not d.description]
    assert choosers[0].options == (("1", 0), ("2", 1))


def test_the_plain_page_buttons_are_disabled_at_the_ends_and_move_the_focus(monkeypatch):
    import ipywidgets

    focused = []
    monkeypatch.setattr(ipywidgets.Button, "focus", lambda button: focused.append(button.description))
    box = make_widget(gallery(texts(30)))
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
    controls = {d.description: d for d in find(make_widget(state), (ipywidgets.Dropdown, ipywidgets.Text))}
    controls["label"].value = 1
    controls["search"].value = "text 1"
    controls["order"].value = "sure"
    assert state.rows == [19, 16, 13, 10, 1]
    assert controls["label"].value == 1


def test_the_plain_tiles_hold_no_html():
    import ipywidgets

    assert not find(make_widget(hostile()), (ipywidgets.HTML, ipywidgets.HTMLMath))
