"""Examples are known by values and labels, whatever the order, and take turns by label."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from jsdf.labels import Example, Examples, parse

LABELS = parse(["red", "green", "blue"])


def examples_of(*pairs, labels=LABELS):
    items = tuple(Example(value, tuple(found), value.encode()) for value, found in pairs)
    return Examples("text", items, labels)


PAIRS = st.lists(
    st.tuples(st.text("abc", min_size=1), st.lists(st.integers(0, 2), unique=True, max_size=3).map(sorted)),
    unique_by=lambda pair: pair[0],
    max_size=8,
)


@given(PAIRS, st.randoms())
def test_the_digest_depends_on_values_and_labels_alone(pairs, random):
    shuffled = random.sample(pairs, len(pairs))
    one, other = examples_of(*pairs), examples_of(*shuffled)
    assert one.digest == other.digest
    reordered = parse(["blue", "red", "green"])
    moved = [(value, sorted(reordered.names.index(LABELS.names[i]) for i in found)) for value, found in pairs]
    assert examples_of(*moved, labels=reordered).digest == one.digest
    if pairs:
        value, found = pairs[0]
        assert examples_of((value + "!", found), *pairs[1:]).digest != one.digest
        assert examples_of((value, [0] if found != [0] else [1]), *pairs[1:]).digest != one.digest
        assert replace(one, kind="image").digest != one.digest


@given(PAIRS)
def test_turns_give_every_label_its_examples_in_order_and_none_twice(pairs):
    turns = list(examples_of(*pairs).in_turns())
    for i in range(3):
        assert [item.value for label, item in turns if label == i] == [value for value, found in pairs if i in found]
    seen = [0, 0, 0]
    for label, _ in turns:
        assert seen[label] == min(seen) or all(
            seen[i] == sum(i in found for _, found in pairs) for i in range(3) if seen[i] < seen[label]
        )
        seen[label] += 1
