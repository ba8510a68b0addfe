"""Two reviews of one question agree whenever they are read, and a killed kernel loses no confirmed action."""

import json
import signal
import threading

import pandas as pd
import pytest
from gallery_samples import correction_files, labelled, texts
from hypothesis import given, settings
from hypothesis import strategies as st
from review_process import KINDS, ReviewProcess, act, open_review, script, state_of

import jsdf
from jsdf.api.viewers import review
from jsdf.display.gallery import messages
from jsdf.display.review import corrections_file


@pytest.mark.parametrize("kind", KINDS)
def test_two_processes_agree_whenever_one_is_read(kind):
    with ReviewProcess(kind) as other:
        own = open_review(kind)
        for i, action in enumerate(script(kind, 60, seed=1)):
            act(own, action) if i % 2 else other.run(*action)
            if i % 3 == 0:
                assert state_of(own) == other.run("read")
        assert state_of(own) == other.run("read") == state_of(open_review(kind))


@pytest.mark.parametrize(
    ("kind", "confirmed"), [("category", 1), ("object", 90), ("multi-hot", 150), ("category", 199)]
)
def test_a_killed_process_has_saved_every_action_that_it_has_confirmed(kind, confirmed):
    actions = script(kind, 200, seed=confirmed)
    with ReviewProcess(kind) as other:
        for action in actions:
            other.send(*action)
        for _ in range(confirmed):
            other.answer()
        other.process.send_signal(signal.SIGKILL)
        other.process.wait(60)
        confirmed += len(other.process.stdout.readlines())
    resumed = state_of(open_review(kind))
    expected = open_review(kind, resume=False)
    for action in actions[:confirmed]:
        act(expected, action)
    states = [state_of(expected)]
    for action in actions[confirmed:][:1]:  # saved, but killed before it could say so
        act(expected, action)
        states.append(state_of(expected))
    assert resumed in states


READ = {
    "labels": lambda state: state.labels[3],
    "changes": lambda state: state.changes["after"].get(3),
    "is_reviewed": lambda state: state.is_reviewed[3],
    "marked": lambda state: state.marked.index.tolist(),
    "summary": lambda state: state.summary(),
    "evaluate": lambda state: jsdf.evaluate(labelled(10), state).accuracy,
    "page": lambda state: state.filter(status="reviewed") or state.order.tolist(),
}


@pytest.mark.parametrize("read", READ.values(), ids=READ)
def test_each_read_alone_finds_what_another_review_has_saved(read):
    first, second = review(texts(10), labelled(10)), review(texts(10), labelled(10))
    before = read(second)
    first.choose([3], "bird")
    first.mark([4])
    assert read(second) == read(first) != before


def test_a_read_that_finds_something_tells_the_front_end():
    first, second = review(texts(10), labelled(10)), review(texts(10), labelled(10))
    told = []
    second.on_change(lambda: told.append([tile.caption for tile in second.peek(4)]))
    assert second.labels[3] == "cat"
    assert told == []
    first.choose([3], "bird")
    assert second.labels[3] == "bird"
    assert told == [["cat", "dog", "bird", "bird"]]
    assert second.labels[3] == "bird"
    assert len(told) == 1


def test_the_counts_and_tiles_of_a_front_end_agree_with_what_another_review_has_saved():
    first, second = review(texts(10), labelled(10)), review(texts(10), labelled(10))
    assert second.facets()["labels"][2]["count"] == 3
    first.add_label("whale", [0])
    first.choose([3], "bird")
    assert messages.handle_message(second, {"do": "go_to_page", "page": 0}) is None
    traits = messages.traits(second)
    assert [tile["caption"] for tile in traits["view"]["tiles"][:4]] == ["whale", "dog", "bird", "bird"]
    assert traits["setup"]["names"] == second.names == ["cat", "dog", "bird", "whale"]
    assert [label["count"] for label in traits["facets"]["labels"]] == [2, 3, 4, 1]


def test_a_read_of_an_unchanged_file_opens_nothing(monkeypatch):
    first, second = review(texts(10), labelled(10)), review(texts(10), labelled(10))
    first.choose([3], "bird")
    assert second.labels[3] == "bird"
    opened = []
    monkeypatch.setattr(corrections_file, "parse_lines", lambda content: opened.append(content) or [])
    for state in (first, second):  # nor does a review read what it wrote itself
        assert (state.labels[3], state.summary()) == ("bird", "1 of 10 reviewed, 1 changed")
    assert opened == []


def test_reads_and_writes_of_two_reviews_on_threads_lose_nothing():
    both = [review(texts(40), labelled(40)) for _ in range(2)]
    errors = []

    def work(state, rows):
        try:
            for row in rows:
                state.choose(row, "bird")
                assert state.labels[row] == "bird"
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(both[i], range(i, 40, 2))) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert [set(state.labels) for state in both] == [{"bird"}] * 2
    assert set(review(texts(40), labelled(40)).labels) == {"bird"}


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 4), st.sampled_from("cdf")), max_size=10))
def test_reviews_agree_also_after_the_file_was_deleted(actions):
    """Forgetting in one review leaves the corrections of the other, which saves all that follow."""
    for path in correction_files():
        path.unlink()
    both = [review(texts(5), labelled(5)) for _ in range(2)]
    since = set()
    for who, row, action in actions:
        if action == "f":
            both[who].forget()
            since.clear()
        else:
            both[who].choose([row], {"c": "cat", "d": "dog"}[action])
            since.add(row)
    labels = [state.labels for state in both]
    rows = sorted(since)
    pd.testing.assert_series_equal(labels[0][rows], labels[1][rows])
    pd.testing.assert_series_equal(labels[0][rows], review(texts(5), labelled(5)).labels[rows])


def test_a_file_replaced_by_one_of_the_same_length_is_read_again():
    first = review(texts(10), labelled(10))
    first.choose([1], "cat")
    (path,) = correction_files()
    before = path.read_bytes()
    assert first.labels[1] == "cat"
    path.unlink()
    path.write_bytes(before.replace(b'"to":["cat"]', b'"to":["dog"]'))
    assert first.labels[1] == "dog"


def test_what_could_not_be_written_is_kept_when_the_file_is_read(tmp_path):
    jsdf.options.cache_dir = tmp_path / "cache"
    first, second = review(texts(10), labelled(10)), review(texts(10), labelled(10))
    first.choose([1], "cat")
    (path,) = (tmp_path / "cache").rglob("*.jsonl")
    content = path.read_bytes()
    path.unlink()
    path.mkdir()
    with pytest.warns(RuntimeWarning) as caught:
        first.choose([1], "bird")
    first.choose([1], "bird")
    assert ["cannot be read" in str(caught[0].message), "use .save" in str(caught[1].message)] == [True, True]
    assert len(caught) == 2
    path.rmdir()
    path.write_bytes(content)
    assert first.labels[1] == "bird"
    first.mark([2])
    assert second.labels[1] == "bird"


def test_the_order_of_the_lines_is_that_of_the_actions():
    first, second = review(texts(10), labelled(10)), review(texts(10), labelled(10))
    for row, state in enumerate([first, second, second, first]):
        state.choose([row], "bird")
    (path,) = correction_files()
    lines = [json.loads(line) for line in path.read_bytes().splitlines() if line]
    assert len(lines) == 5
    assert len({line["value"] for line in lines[1:]}) == 4
