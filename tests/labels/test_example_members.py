"""Examples fill what the labels leave of a request, and never make it larger."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsdf.labels import MAX_EXAMPLE_CHARS, Example, Examples, add_examples, image, parse


def examples_of(labels, pairs, kind="text"):
    items = tuple(Example(value, tuple(found), value.encode()) for value, found in pairs)
    return Examples(kind, items, labels)


def entries(labels):
    return sum(len(c.members) for c in labels.classes)


def test_texts_become_descriptions_under_the_key_of_their_label():
    labels = parse(["good", "bad"])
    applied = add_examples(labels, examples_of(labels, [("I love it", [0]), ("never again", [1])]), 24)
    assert applied.labels.to_json() == [
        {"type": "text", "value": "good", "key": "good"},
        {"type": "text", "value": 'Example: "I love it"', "key": "good"},
        {"type": "text", "value": "bad", "key": "bad"},
        {"type": "text", "value": 'Example: "never again"', "key": "bad"},
    ]
    assert (applied.used, applied.tokens) == (2, 5 + 6)
    assert applied.describe() == "2 of 2 sent with each request, about 11 tokens a request"
    assert labels.to_json() == [{"type": "text", "value": "good"}, {"type": "text", "value": "bad"}]


def test_a_class_without_examples_stays_as_it_was():
    labels = parse({"good": ["fine", image("https://example.com/a.png")], "bad": "poor"})
    applied = add_examples(labels, examples_of(labels, [("awful", [1])]), 24)
    assert applied.labels.classes[0] is labels.classes[0]
    assert [m.value for m in applied.labels.classes[1].members] == ["poor", 'Example: "awful"']


def test_images_become_example_images():
    labels = parse(["cat", "dog"])
    applied = add_examples(labels, examples_of(labels, [("c.png", [0]), ("d.png", [1])], "image"), 24)
    assert applied.labels.to_json()[1] == {"type": "image", "value": "c.png", "key": "cat"}
    assert applied.describe() == "2 of 2 sent with each request"


@pytest.mark.parametrize("spelling", ['Example: "so so"', "so so"])
def test_an_answer_in_the_words_of_an_example_is_its_label(spelling):
    labels = parse(["good", "bad"])
    found = add_examples(labels, examples_of(labels, [("so so", [1])]), 24).labels.find(spelling)
    assert found == (1 if spelling.startswith("Example") else None)


def test_long_texts_are_cut_and_put_on_one_line():
    labels = parse(["good", "bad"])
    long = "word\n\t" * 100
    (member,) = add_examples(labels, examples_of(labels, [(long, [0])]), 24).labels.classes[0].members[1:]
    text = member.value.removeprefix('Example: "').removesuffix('"')
    assert len(text) == MAX_EXAMPLE_CHARS
    assert text == ("word " * 100)[: MAX_EXAMPLE_CHARS - 1] + "…"


def test_texts_that_are_cut_to_the_same_words_are_sent_once():
    labels = parse(["good", "bad"])
    head = "x" * MAX_EXAMPLE_CHARS
    applied = add_examples(labels, examples_of(labels, [(head + "1", [0]), (head + "2", [1])]), 24)
    assert (applied.used, entries(applied.labels)) == (1, 3)


def test_a_text_with_two_labels_names_the_other_one():
    labels = parse(["sports", "politics", "art"])
    applied = add_examples(labels, examples_of(labels, [("the mayor ran", [0, 1])]), 24)
    values = [m.value for c in applied.labels.classes for m in c.members]
    assert "Example, also of 'politics': \"the mayor ran\"" in values
    assert "Example, also of 'sports': \"the mayor ran\"" in values
    assert applied.used == 1
    assert [applied.labels.find(value) for value in values] == [0, 0, 1, 1, 2]


def test_an_image_with_two_labels_is_not_sent_since_its_address_would_name_both():
    labels = parse(["sports", "politics"])
    applied = add_examples(labels, examples_of(labels, [("a.png", [0, 1]), ("b.png", [1])], "image"), 24)
    assert (applied.used, applied.describe()) == (1, "1 of 2 sent with each request")


def test_a_label_s_own_words_are_not_repeated():
    labels = parse({"good": 'Example: "yes"', "bad": "no"})
    applied = add_examples(labels, examples_of(labels, [("yes", [0])]), 24)
    assert (applied.used, applied.labels.digest) == (0, labels.digest)


def test_labels_that_need_rounds_leave_no_room():
    labels = parse([f"label {i}" for i in range(26)])
    applied = add_examples(labels, examples_of(labels, [("a", [0])]), 24)
    assert (applied.used, applied.labels) == (0, labels)


PAIRS = st.lists(
    st.tuples(st.text("abcde", min_size=1), st.integers(0, 2).map(lambda i: [i])), unique_by=lambda p: p[0], max_size=40
)


@given(PAIRS, st.integers(2, 30) | st.none())
def test_requests_hold_no_more_than_they_can_and_labels_share_the_room(pairs, limit):
    labels = parse(["one", "two", "three"])
    applied = add_examples(labels, examples_of(labels, pairs), limit)
    room = len(pairs) if limit is None else max(0, limit - 3)
    assert applied.used == min(len(pairs), room) == entries(applied.labels) - 3
    counts = [len(c.members) - 1 for c in applied.labels.classes]
    given = [sum(found == [i] for _, found in pairs) for i in range(3)]
    assert all(counts[i] >= counts[j] - 1 or counts[i] == given[i] for i in range(3) for j in range(3))
    assert applied.labels.names == labels.names
