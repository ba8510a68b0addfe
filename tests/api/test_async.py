"""`aclassify` raises and warns as `classify` does."""

import asyncio

import pytest
from sample_column import LABELS, SERIES, refuse

import jsdf
from jsdf.testing import FakeEngine


def test_the_async_version_raises_and_warns_alike():
    with pytest.raises(jsdf.ClassificationError, match="1 of 40 rows"):
        asyncio.run(jsdf.aclassify(SERIES, LABELS, engine=FakeEngine(fail=refuse("text 7"))))
    with pytest.warns(UserWarning, match="1 of 40 rows"):
        asyncio.run(jsdf.aclassify(SERIES, LABELS, engine=FakeEngine(fail=refuse("text 7")), errors="coerce"))
