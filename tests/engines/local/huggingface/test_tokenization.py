"""Batches hold every row once and no more tokens than they may."""

from hypothesis import given
from hypothesis import strategies as st

from jsdf.engines.local.huggingface.tokenization import batches


@given(st.lists(st.integers(1, 600)), st.integers(1, 2000))
def test_batches_hold_every_row_once_and_no_more_tokens_than_they_may(lengths, tokens):
    found = batches(lengths, tokens)
    assert sorted(i for batch in found for i in batch) == list(range(len(lengths)))
    for batch in found:
        assert len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= tokens
    longest = [lengths[batch[0]] for batch in found]
    assert longest == sorted(longest, reverse=True)
