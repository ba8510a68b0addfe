"""Wrong labels are put right by keys alone in a real browser, and a killed kernel loses none of them."""

import pytest
from gallery_samples import labelled, texts
from keyboard_person import Person
from widget_kernel import WidgetKernel

pytest.importorskip("playwright.sync_api")
ROWS, WRONG = 24, (2, 7, 13, 19, 20)
ANIMALS = ["cat", "dog", "bird"]


def open_review():
    """Open a review in a process of its own; rows that are wrong are the least sure, but for one."""
    truth = labelled(ROWS)
    given = truth.copy()
    for row in WRONG:
        given[row] = ANIMALS[(ANIMALS.index(truth[row]) + 1) % 3]
    scores = [0.2 + row / 100 if row in WRONG[:-1] else 0.5 + row / 100 for row in range(ROWS)]
    return WidgetKernel("review", texts(ROWS), given, scores=scores), truth.tolist()


def test_labels_are_put_right_by_few_keys_and_a_killed_kernel_loses_none(show):
    kernel, truth = open_review()
    with kernel:
        first = Person(show(kernel), truth)
        assert kernel.view["pages"] == 2
        assert first.review_all()
        keys = first.keys
        assert first.corrected == set(WRONG)
        kernel.kill()
    assert sum(keys[digit] for digit in "123") == len(WRONG)
    assert (keys["Shift+A"], keys["PageDown"]) == (2, 0)
    assert keys.total() <= 24
    resumed, _ = open_review()
    with resumed:
        state = resumed.ask("read")
        assert state["labels"] == truth
        assert state["changes"] == list(WRONG)
        assert all(state["reviewed"])


def test_a_kernel_killed_on_the_first_page_is_resumed_there(show):
    kernel, truth = open_review()
    with kernel:
        person = Person(show(kernel), truth, max_keys=4)
        assert not person.review_all()
        assert person.corrected
        kernel.ends_at_next_message = True
        person.keyboard.page.keyboard.press("m")  # is not answered
        kernel.process.wait(10)
    resumed, _ = open_review()
    with resumed:
        changes = resumed.ask("read")["changes"]
        assert set(changes) == person.corrected
        other = Person(show(resumed), truth)
        assert other.review_all()
        assert other.corrected == set(WRONG) - person.corrected
        state = resumed.ask("read")
        assert state["labels"] == truth
        assert all(state["reviewed"])
