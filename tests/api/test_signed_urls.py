"""An image that is signed again is not paid for again and keeps its correction; an expired signature is named."""

from datetime import datetime, timedelta, timezone

import pandas as pd
import pytest
from image_files import noise, saved
from image_host import Host, body, status

import jsdf
from jsdf.errors import APIError
from jsdf.images import download_errors
from jsdf.testing import FakeEngine

LABELS = ["cat", "dog"]
PAST, FUTURE = 1_600_000_000, 4_000_000_000


@pytest.fixture
def host(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with Host() as image_host:
        yield image_host


def signed(base, name, until, key="K"):
    return f"{base}/{name}.jpg?AWSAccessKeyId={key}&Signature=s{key}{until}%3D&Expires={until}"


def serve(host, url, answer=None):
    host.pages[url.removeprefix(host.url)] = answer or body(saved(noise(), "JPEG"))


def images():
    return FakeEngine(kinds={"text", "image"})


def test_an_image_that_is_signed_again_is_fetched_once(host):
    first, again = signed(host.url, "a", FUTURE), signed(host.url, "a", FUTURE + 5, "L")
    serve(host, first)
    run = pd.Series([first]).jigsaw.run(LABELS, engine="local", progress=False)
    assert (run.counts["answered"], host.paths) == (1, [first.removeprefix(host.url)])
    run = pd.Series([again]).jigsaw.run(LABELS, engine="local", progress=False)
    assert (run.counts["answered"], run.usage.requests, len(host.paths)) == (1, 0, 1)


def test_addresses_of_one_image_in_one_column_are_one_value(host):
    expired, valid = signed(host.url, "a", PAST), signed(host.url, "a", FUTURE)
    serve(host, expired, status(403))
    serve(host, valid)
    run = pd.Series([expired, valid, expired]).jigsaw.run(LABELS, engine="local", progress=False)
    assert (run.counts["answered"], run.usage.rows_sent) == (3, 1)
    assert host.paths == [valid.removeprefix(host.url)]


def test_spellings_of_one_file_are_both_answered_by_the_store(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    noise().save("a.jpg")
    column, engine = pd.Series(["a.jpg", "./a.jpg", str(tmp_path / "a.jpg")]), images()
    column.jigsaw.run(LABELS, engine=engine, progress=False)
    again = column.jigsaw.run(LABELS, engine=engine, progress=False)
    assert (again.counts["answered"], again.usage.requests) == (3, 0)


def test_an_address_without_a_signature_keeps_its_key():
    """A plain address and a signed one of the same image share the answer."""
    plain, engine = "https://b.s3.amazonaws.com/a.jpg", images()
    pd.Series([plain]).jigsaw.run(LABELS, engine=engine, progress=False)
    for url in (signed("https://b.s3.amazonaws.com", "a", PAST), signed("https://b.s3.amazonaws.com", "a", FUTURE)):
        assert pd.Series([url, plain]).jigsaw.run(LABELS, engine=engine, progress=False).usage.requests == 0
    other = signed("https://b.s3.amazonaws.com", "a", FUTURE) + "&versionId=2"
    assert pd.Series([other]).jigsaw.run(LABELS, engine=engine, progress=False).usage.requests == 1


def test_the_service_gets_the_address_as_it_is():
    url, engine = signed("https://b.s3.amazonaws.com", "a", FUTURE), images()
    pd.Series([url]).jigsaw.run(LABELS, engine=engine, progress=False)
    assert [values for _, values in engine.calls] == [[url]]


def test_example_images_may_be_signed_again():
    column, engine = pd.Series(["https://example.org/a.jpg"]), images()
    for until in (PAST, FUTURE):
        cat = jsdf.image(signed("https://b.s3.amazonaws.com", "cat", until))
        run = column.jigsaw.run({"cat": cat, "dog": "a dog"}, engine=engine, progress=False)
    assert run.usage.requests == 0


def test_corrections_are_kept():
    labels = pd.Series(["cat", "dog"], dtype="category")
    base = "https://b.s3.amazonaws.com"
    before = pd.Series([signed(base, "a", PAST), signed(base, "b", PAST)], name="photo")
    before.jigsaw.review(labels).choose([0], "dog")
    after = pd.Series([signed(base, "b", FUTURE), signed(base, "a", FUTURE)], name="photo")
    review = after.jigsaw.review(labels[::-1].set_axis([0, 1]))
    assert review.labels.tolist() == ["dog", "dog"]


@pytest.mark.parametrize("code", [400, 403])
def test_an_expired_signature_is_named(host, code):
    url = signed(host.url, "a", PAST)
    serve(host, url, status(code))
    run = pd.Series([url]).jigsaw.run(LABELS, engine="local", progress=False)
    assert run.failures["reason"].tolist() == [
        f"{'the host refuses access' if code == 403 else 'the host returned no image'} (HTTP {code}); "
        "the address was signed until 2020-09-13 12:26 UTC: sign it again"
    ]


def test_a_valid_signature_and_other_statuses_are_not_blamed(host):
    valid, failing = signed(host.url, "a", FUTURE), signed(host.url, "b", PAST)
    serve(host, valid, status(403))
    serve(host, failing, status(500))
    run = pd.Series([valid, failing]).jigsaw.run(LABELS, engine="local", progress=False)
    assert run.failures["reason"].tolist() == ["the host refuses access (HTTP 403)", "the host failed (HTTP 500)"]
    now = datetime.fromtimestamp(FUTURE, timezone.utc)
    assert "signed until" in str(download_errors.explain_status(403, valid, now))
    assert "signed until" not in str(download_errors.explain_status(403, valid, now - timedelta(seconds=1)))


def test_a_refused_address_is_asked_again_once_it_is_signed_again():
    base = "https://b.s3.amazonaws.com"
    expired, valid, bad = signed(base, "a", PAST), signed(base, "a", FUTURE), f"{base}/bad.jpg"

    def fail(values):
        return APIError("a sample could not be fetched", status=400) if {expired, bad} & set(values) else None

    engine = FakeEngine(kinds={"text", "image"}, fail=fail)
    others = [f"{base}/{i}.jpg" for i in range(6)]
    run = pd.Series([expired, bad, *others]).jigsaw.run(LABELS, engine=engine, progress=False)
    assert run.failures["reason"].tolist() == [
        "HTTP 400: a sample could not be fetched; the address was signed until 2020-09-13 12:26 UTC: sign it again",
        "HTTP 400: a sample could not be fetched",
    ]
    again = pd.Series([valid, bad, *others]).jigsaw.run(LABELS, engine=engine, progress=False)
    assert again.failures["value"].tolist() == [bad]
    assert "refused with HTTP 400 in an earlier run" in again.failures["reason"][0]
