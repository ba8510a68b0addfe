"""Padded batches hold every row once and at most the given number of tokens."""

from hypothesis import given
from hypothesis import strategies as st

from jsdf.engines.local.huggingface.tokenization import plan_padded_batches


@given(st.lists(st.integers(1, 600)), st.integers(1, 2000))
def test_batches_hold_every_row_once_and_at_most_max_tokens(lengths, max_tokens):
    batches = plan_padded_batches(lengths, max_tokens)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= max_tokens
    longest = [lengths[batch[0]] for batch in batches]
    assert longest == sorted(longest, reverse=True)
