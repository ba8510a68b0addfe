"""Interpretation of labels: ordinary classes, complements, and implicit classes."""

from __future__ import annotations

import pytest

from jsdf.engines.local.label_meaning import Meaning, read_meanings
from jsdf.labels import parse


@pytest.mark.parametrize(
    "negation",
    [
        "not a hotdog", "Not a Hotdog.", "not hotdog", "no hotdog", "non hotdog", "non-hotdog", "isn't a hotdog",
        "isn’t a hotdog", "is not a hotdog", "it is not a hotdog", "this text is not about a hotdog",  # noqa: RUF001
        "not_a_hotdog", "without a hotdog", "without any hotdog", "nothing about the hotdog", "anything but a hotdog",
        "everything except hotdog", "does not mention a hotdog", "anything that is not a hotdog", "other than hotdog",
    ],
)  # fmt: skip
def test_a_negation_is_the_complement_of_the_label(negation):
    assert read_meanings(parse(["hotdog", negation])) == (Meaning(("hotdog",)), Meaning(complement_of=(0,)))


@pytest.mark.parametrize(
    "rest",
    [
        "other", "Other", "others", "the rest", "none", "none of these", "None of the above", "none of the others",
        "neither", "neither of them", "something else", "anything else", "everything else", "all other topics",
        "other categories", "any other subject", "miscellaneous", "misc.", "unrelated", "irrelevant", "off-topic",
        "n/a", "not applicable", "unknown", "uncategorised", "unclassified", "nothing", "nothing of the above",
    ],
)  # fmt: skip
def test_the_rest_is_the_complement_of_all_the_others(rest):
    meanings = read_meanings(parse(["sports", "food", rest]))
    assert meanings[2] == Meaning(complement_of=(0, 1))
    assert meanings[:2] == (Meaning(("sports",)), Meaning(("food",)))


def test_other_is_not_the_complement_of_another_complement():
    meanings = read_meanings(parse(["spam", "not spam", "other"]))
    assert meanings[1:] == (Meaning(complement_of=(0,)), Meaning(complement_of=(0,)))


def test_a_negation_of_no_label_is_the_complement_of_an_implicit_class():
    assert read_meanings(parse(["billing", "shipping", "not urgent"]))[2] == Meaning(
        ("urgent",), (2,), is_implicit=True
    )


def test_two_negations_are_both_complements_of_implicit_classes():
    assert all(meaning.is_implicit for meaning in read_meanings(parse(["not urgent", "not polite"])))


@pytest.mark.parametrize(
    "label",
    ["nonsense", "no-code", "nonprofit", "notes", "another planet", "Norway", "mother", "other news", "not", "no"],
)
def test_words_that_only_look_like_negations_are_ordinary(label):
    assert read_meanings(parse(["sports", label]))[1] == Meaning((label,))


def test_a_joined_negation_counts_where_the_rest_is_a_label():
    assert read_meanings(parse(["fiction", "nonfiction"]))[1] == Meaning(complement_of=(0,))
    assert read_meanings(parse(["code", "no-code"]))[1] == Meaning(complement_of=(0,))


def test_ham_is_what_is_not_spam():
    assert read_meanings(parse(["ham", "spam"]))[0] == Meaning(complement_of=(1,))
    assert read_meanings(parse(["ham", "beef"]))[0] == Meaning(("ham",))


def test_an_ordinary_description_overrides_a_negation_of_the_same_class():
    labels = {"ham": ["not spam", "a message from a friend"], "spam": "spam"}
    assert read_meanings(parse(labels))[0] == Meaning(("a message from a friend",))


def test_descriptions_count_and_names_do_not():
    labels = {"no": "not about cooking", "yes": "about cooking"}
    assert read_meanings(parse(labels))[0] == Meaning(complement_of=(1,))
    # Stored answers depend on the descriptions alone: "b" and "spam" must have the same meaning.
    renamed = [{"a": "not spam", name: "advertising"} for name in ("b", "spam")]
    assert read_meanings(parse(renamed[0])) == read_meanings(parse(renamed[1]))


def test_labels_that_are_all_complements_are_ordinary_descriptions():
    assert read_meanings(parse(["other", "none"])) == (Meaning(("other",)), Meaning(("none",)))
