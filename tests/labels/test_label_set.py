"""A `LabelSet` matches answers to names, and its digest differs for different questions."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import jsdf
from jsdf.labels import parse
from jsdf.utils.characters import is_blank

#: Some of the labels here look alike on purpose.
pytestmark = pytest.mark.filterwarnings("ignore:labels. .* differ only by:UserWarning")
names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8).filter(lambda n: not is_blank(n))
name_lists = st.lists(names, min_size=2, max_size=8, unique=True)
folded_apart = st.lists(names, min_size=2, max_size=8, unique_by=lambda n: n.strip().casefold())


@given(name_lists)
def test_every_name_matches_itself(found):
    assert [parse(found).find(name) for name in found] == list(range(len(found)))


@given(folded_apart, st.sampled_from([str.upper, str.lower, str.title, lambda n: f"\t{n} \n"]))
def test_case_and_surrounding_space_do_not_matter(found, spelled):
    labels = parse(found)
    for i, name in enumerate(found):
        if spelled(name).strip().casefold() == name.strip().casefold():
            assert labels.find(spelled(name)) == i


@given(name_lists, st.one_of(names, st.text(), st.integers(), st.floats(), st.booleans(), st.none()))
def test_nothing_else_matches(found, prediction):
    position = parse(found).find(prediction)
    if position is not None:
        assert str(prediction).strip().casefold() == found[position].strip().casefold()


def test_exact_matches_take_precedence_and_ambiguous_ones_are_none():
    labels = parse(["Yes", "yes", "no"])
    assert [labels.find(p) for p in ("Yes", "yes", "YES", " yes ", "NO")] == [0, 1, None, None, 2]
    assert parse(["straße", "b"]).find("STRASSE") == 0


@pytest.mark.parametrize(
    "prediction", [None, True, ["a"], ("a",), {"a": 1}, b"a", object(), "", " ", "ab", "a b", 1, 1.0]
)
def test_other_predictions_match_nothing(prediction):
    assert parse(["a", "b"]).find(prediction) is None


def test_descriptions_match_as_names_do():
    labels = parse({"good": ["liked", "praised"], "bad": jsdf.image("x.png", "thumb down")})
    assert [labels.find(p) for p in ("liked", "PRAISED", "x.png", "Thumb Down", "bad")] == [0, 0, 1, 1, 1]


def test_a_description_of_two_classes_matches_neither():
    labels = parse({"a": ["x", "both"], "b": ["y", "both"]})
    assert [labels.find(p) for p in ("both", "x", "y")] == [None, 0, 1]


def test_a_name_wins_over_another_class_folded_description():
    labels = parse({"Cat": "a pet", "dog": "CAT hater"} | {"cow": "cat"})
    assert labels.find("Cat") == labels.find("CAT") == 0


DESCRIBED = {"a": ["x", "y"], "b": "z", "c": jsdf.image("c.png", "see")}


@pytest.mark.parametrize("order", list(permutations(DESCRIBED)))
def test_order_and_names_are_not_in_the_digest(order):
    renamed = {f"{name}-2": DESCRIBED[name] for name in order}
    assert parse({n: DESCRIBED[n] for n in order}).digest == parse(renamed).digest == parse(DESCRIBED).digest


@given(name_lists, st.randoms())
def test_reordering_plain_labels_keeps_the_digest(found, random):
    shuffled = random.sample(found, len(found))
    assert parse(shuffled).digest == parse(found).digest
    assert [shuffled[i] for i in parse(shuffled).canonical_order] == [found[i] for i in parse(found).canonical_order]


CHANGED = {
    "description": DESCRIBED | {"b": "other"},
    "one more description": DESCRIBED | {"b": ["z", "zz"]},
    "one fewer description": DESCRIBED | {"a": "x"},
    "moved description": {"a": "x", "b": ["z", "y"], "c": DESCRIBED["c"]},
    "one more label": DESCRIBED | {"d": "w"},
    "one fewer label": {n: DESCRIBED[n] for n in "ab"},
    "another image": DESCRIBED | {"c": jsdf.image("d.png", "see")},
    "image's text": DESCRIBED | {"c": jsdf.image("c.png", "look")},
    "no text": DESCRIBED | {"c": jsdf.image("c.png")},
    "text for image": DESCRIBED | {"c": "c.png"},
}


@pytest.mark.filterwarnings("ignore:.*is read as words")
@pytest.mark.parametrize("changed", CHANGED.values(), ids=CHANGED)
def test_changed_descriptions_change_the_digest(changed):
    assert parse(changed).digest != parse(DESCRIBED).digest


@given(name_lists, name_lists)
def test_the_digest_differs_for_different_plain_labels(one, other):
    assert (parse(one).digest == parse(other).digest) == (set(one) == set(other))


def test_descriptions_are_a_set():
    assert parse({"a": ["x", "y"], "b": "z"}).digest == parse({"a": ["y", "x"], "b": "z"}).digest


def test_a_subset_keeps_the_order_asked_for():
    assert parse(["a", "b", "c"]).subset([2, 0]).names == ("c", "a")
