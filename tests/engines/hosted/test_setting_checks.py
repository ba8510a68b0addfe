"""Address, headers and numbers that cannot be used are refused, and the message shows no secret."""

import pytest
from exception_texts import everything_of

import jsdf

KEY = "sk-0123456789abcdefSECRET"


@pytest.mark.parametrize("headers", [{"x-api-key": KEY}, {"X-API-Key": KEY}, {"Authorization": KEY}])
def test_a_key_among_the_headers_is_refused_without_showing_it(headers):
    with pytest.raises(jsdf.InvalidInputError, match="pass the key as api_key") as error:
        jsdf.Hosted(KEY, headers=headers)
    assert KEY not in str(error.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.jigsawstack.com",
        "http://127.0.0.1.example.org",
        "http://10.0.0.1",
        "http://2130706433",
        "http://0x7f000001",
        "ftp://127.0.0.1",
        "api.jigsawstack.com",
        "https://",
        "https://user:pass@api.jigsawstack.com",
        f"https://api.jigsawstack.com/?key={KEY}",
        "https://bad host",
        f"https://api.jigsawstack.com/#{KEY}",
        "https://api.jigsawstack.com:99999",
        "https://api.jigsawstack.com:port",
        f"https://user:{KEY}#@api.jigsawstack.com",
        '"https://api.jigsawstack.com"',
    ],
)
def test_a_base_url_that_would_expose_the_key_is_refused(url):
    with pytest.raises(jsdf.InvalidInputError, match="base_url") as error:
        jsdf.Hosted(KEY, url)
    assert KEY not in str(error.value)


@pytest.mark.parametrize("url", ["api.jigsawstack.com", '"https://api.jigsawstack.com"', "https://x:y"])
def test_a_wrong_address_in_the_environment_is_named_by_its_variable(url, monkeypatch):
    monkeypatch.setenv("JIGSAWSTACK_API_URL", url)
    with pytest.raises(jsdf.InvalidInputError, match=r"^JIGSAWSTACK_API_URL=.*https://api.jigsawstack.com'$"):
        jsdf.Hosted(KEY)


@pytest.mark.parametrize("headers", [{"x a": "b"}, {"x-a": "b\nc"}, {"x-a": "\x00"}, {"": "b"}, {"x-é": "b"}])
def test_headers_that_http_does_not_allow_are_refused(headers):
    with pytest.raises(jsdf.InvalidInputError, match=r"^headers: "):
        jsdf.Hosted(KEY, headers=headers)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8808",
        "http://127.1.2.3",
        "http://localhost:1/",
        "http://[::1]:8080",
        "https://proxy.example.org/jigsaw/",
    ],
)
def test_a_safe_base_url_is_accepted(url):
    assert jsdf.Hosted(KEY, url).base_url == url.rstrip("/")


@pytest.mark.parametrize(
    "settings",
    [
        {"rate": 0}, {"rate": -1}, {"rate": "50"}, {"rate": float("nan")}, {"concurrency": 0}, {"concurrency": 1.5},
        {"batch_size": 33}, {"batch_size": 0}, {"batch_size": True}, {"timeout": 0}, {"timeout": None},
        {"headers": "x"},
    ],
)  # fmt: skip
def test_an_invalid_setting_is_named(settings):
    (name,) = settings
    with pytest.raises(jsdf.InvalidInputError, match=name):
        jsdf.Hosted(KEY, **settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"headers": {"X-API-Key": KEY}},
        {"headers": {"x-other": KEY + "\u00e9"}},
        {"headers": {"x-other": KEY}, "rate": 0},
    ],
    ids=["the key as a header", "no ASCII", "something else is wrong"],
)
def test_no_traceback_with_locals_shows_the_headers(settings):
    with pytest.raises(jsdf.InvalidInputError) as caught:
        jsdf.Hosted("another", **settings)
    assert KEY not in everything_of(caught.value)
