"""Every proxy setting that the HTTP client cannot use is named, without its password; every other one passes."""

import os
from contextlib import contextmanager
from importlib.util import find_spec

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsdf.errors import InvalidInputError, JSDFError, MissingExtraError
from jsdf.utils.network.proxy_settings import check_proxy_variables, environment_proxy, variable_name
from jsdf.utils.network.url_secrets import mask_credentials

SECRET = "s3cret"


@contextmanager
def environment(**variables):
    """An environment in which these are the only proxy variables."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.lower().endswith("_proxy"):
                patch.delenv(name)
        for name, value in variables.items():
            patch.setenv(name, value)
        yield


WRONG = {
    '"http://proxy:3128"': "quotation marks; set it without them",
    "'http://proxy:3128'": "quotation marks",
    '"proxy:3128"': "quotation marks",
    f'"http://me:{SECRET}@proxy:3128"': "quotation marks",
    " http://proxy:3128": "a space",
    "http://pro xy:3128": "a space",
    "http://proxy:31x8": "is the port a number",
    "http://[::1:3128": "no valid URL",
    "http://proxy:99999": "port is not between 1 and 65535",
    "http://proxy:0": "port is not between 1 and 65535",
    "ftp://proxy": "its scheme is none of http://, https:// and socks5://",
    "socks4://proxy:1080": "its scheme",
    "socks://proxy": "its scheme",
    "http://:3128": "names no host",
    "http:/proxy:3128": "names no host",
    f"http://me:{SECRET}#x@proxy:3128": "percent-encoded, such as %23 for #",
    f"http://me:{SECRET}/x@proxy:3128": "percent-encoded",
    f"http://me:{SECRET}": "is the port a number",
    f"http://me:1{SECRET}:3128": "no valid URL",
}


@pytest.mark.parametrize("value", WRONG)
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_a_wrong_proxy_is_named_without_its_password(name, value):
    with environment(**{name: value}), pytest.raises(InvalidInputError, match=f"^{name}[=:]") as caught:
        check_proxy_variables()
    message = str(caught.value)
    assert WRONG[value] in message
    assert SECRET not in message
    assert "\n" not in message


@pytest.mark.skipif(find_spec("socksio") is not None, reason="the package for SOCKS proxies is installed")
@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_a_socks_proxy_without_its_package_is_named(scheme):
    with environment(ALL_PROXY=f"{scheme}://me:{SECRET}@proxy:1080"), pytest.raises(MissingExtraError) as caught:
        check_proxy_variables()
    said = f"ALL_PROXY='{scheme}://***@proxy:1080': SOCKS proxies need a package: run pip install \"httpx[socks]\""
    assert str(caught.value) == said


RIGHT = [
    *("http://proxy:3128", "https://proxy", "proxy:3128", "proxy", "http://me:pw@proxy:3128/", "me:pw@proxy:1"),
    *("http://10.0.0.1:80", "http://[::1]:3128", "http://me:p%23w@proxy", "http://exa_mple:1"),
]


@pytest.mark.parametrize("value", RIGHT)
def test_a_right_proxy_passes(value):
    with environment(HTTPS_PROXY=value):
        check_proxy_variables()
        httpx.Client().close()
        assert environment_proxy("https") == ("HTTPS_PROXY", value)


NO_PROXY = {
    "[::1]": "without brackets",
    "localhost,[::1]:8080": "without brackets",
    "fe80::/10": "ranges of IPv6 addresses are not supported",
    "127.0.0.1, 2001:db8::/32": "ranges of IPv6 addresses",
    "host:port": "separated by commas",
    "ü.com": "separated by commas",
}


@pytest.mark.parametrize("value", NO_PROXY)
@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
def test_a_wrong_exception_is_named(name, value):
    host = value.rpartition(",")[2].strip()
    with environment(**{name: value}), pytest.raises(InvalidInputError) as caught:
        check_proxy_variables()
    assert str(caught.value).startswith(f"{name}: {host!r} cannot be used: ")
    assert NO_PROXY[value] in str(caught.value)


@pytest.mark.parametrize("value", ["::1", "localhost,127.0.0.1,.example.org", "*", "10.0.0.0/8", "", ", ,", "http://x"])
def test_a_right_exception_passes(value):
    with environment(NO_PROXY=value):
        check_proxy_variables()


def test_with_no_proxy_for_anything_no_proxy_is_checked():
    with environment(NO_PROXY="*", HTTPS_PROXY='"x"'):
        check_proxy_variables()


@given(
    st.sampled_from(["HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"]),
    st.text(st.sampled_from("ab:/@[]#?%.*,1269 \"'\\-_é") | st.characters(codec="utf-8", exclude_characters="\x00")),
)
def test_whatever_passes_can_be_used_by_the_client(name, value):
    with environment(**{name: value.replace("\x00", "").encode("utf-8", "ignore").decode()}):
        try:
            check_proxy_variables()
        except JSDFError:
            return
        httpx.Client(verify=False).close()


def test_lower_case_has_precedence():
    with environment(https_proxy="http://low:1", HTTPS_PROXY="http://up:1"):
        assert environment_proxy("https") == ("https_proxy", "http://low:1")
        assert environment_proxy("http") is None
    with environment(Https_Proxy="http://mixed:1"):
        assert variable_name("https") == "Https_Proxy"


@given(st.text(st.characters(exclude_characters="@/"), min_size=4), st.sampled_from(["http://", "socks5://", ""]))
def test_no_password_is_shown(password, scheme):
    assert mask_credentials(f"{scheme}me:{password}@host:1") == f"{scheme}***@host:1"
