"""Addresses that differ in their signatures alone are one value."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from jsdf.column import encode
from jsdf.column.encoding import _replace
from jsdf.column.signed_addresses import longest_valid_addresses
from jsdf.utils.signed_urls import unsigned_url


def signed(name, until):
    return f"https://b.s3.amazonaws.com/{name}.jpg?AWSAccessKeyId=K&Signature=s{until}&Expires={until}"


def test_the_address_that_is_valid_longest_is_kept_in_the_place_of_the_first():
    urls = [signed("a", 10), "https://example.org/b.jpg", signed("a", 30), None, signed("a", 20), signed("c", 5)]
    column = encode(pd.Series(urls))
    assert column.values == [signed("a", 30), "https://example.org/b.jpg", signed("c", 5)]
    assert column.codes.tolist() == [0, 1, 0, -1, 0, 2]


def test_an_address_with_a_known_end_is_kept_rather_than_one_without():
    known, unknown = signed("a", 10), signed("a", 10).replace("Expires=10", "Expires=x")
    assert encode(pd.Series([unknown, known, unknown + "&"])).values == [known]


def test_texts_are_not_joined():
    texts = [signed("a", 10), signed("a", 20)]
    assert encode(pd.Series(texts), "text").values == texts


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 9)) | st.none() | st.sampled_from(["x.jpg", "y.jpg"])))
def test_every_row_keeps_its_image(rows):
    urls = [signed(*row) if isinstance(row, tuple) else row for row in rows]
    column = encode(pd.Series(urls, dtype=object), "image")
    merged_codes, merged = column.codes, column.values
    assert [None if c < 0 else unsigned_url(merged[c]) for c in merged_codes] == [u and unsigned_url(u) for u in urls]
    assert len(set(map(unsigned_url, merged))) == len(merged)
    first = [np.flatnonzero(merged_codes == code)[0] for code in range(len(merged))]
    assert first == sorted(first)


def test_nothing_is_copied_without_signed_addresses():
    codes, values = np.array([0, 1]), ["https://example.org/a.jpg", b"abc"]
    assert _replace(codes, values, longest_valid_addresses(values))[1] is values
