"""Every response is parsed to a reply or an error."""

import pytest

import jsdf
from jsdf.engines.hosted.connection import HTTPResponse
from jsdf.engines.hosted.responses import parse_reply


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (400, b'{"message": "bad", "error": "worse"}', "HTTP 400: bad"),
        (422, b'{"error": {"message": "labels are empty"}}', "HTTP 422: labels are empty"),
        (422, b'{"error": {"code": 7}}', 'HTTP 422: {"code": 7}'),
        (400, b"", "HTTP 400: no explanation was given"),
        (500, b"<html>\n<h1>Bad gateway</h1></html>", "HTTP 500: '<html>"),
        (200, b"[]", "is not a JSON object: '[]'"),
        (200, b'{"success": true}', "no predictions"),
        (200, b'{"success": false, "message": "quota", "predictions": []}', "quota"),
        (200, b'{"predictions": null}', "no predictions"),
        (200, b"[" * 100_000, "is not a JSON object: "),
        (404, b"\xff\xfe", "HTTP 404"),
    ],
)
def test_every_body_gives_a_message(status, body, message):
    with pytest.raises(jsdf.APIError) as error:
        parse_reply(HTTPResponse(status, {}, body))
    assert message in str(error.value)
    assert len(str(error.value)) < 300


@pytest.mark.parametrize(
    "usage",
    [
        None,
        [],
        {"total_tokens": "many"},
        {"total_tokens": float("inf")},
        {"total_tokens": 10**400},
        {"total_tokens": -5},
        {"input_tokens": 5},
    ],
)
def test_usage_may_be_absent_or_odd(usage):
    import json

    reply = parse_reply(HTTPResponse(200, {}, json.dumps({"predictions": ["a"], "_usage": usage}).encode()))
    assert reply.tokens.total_tokens == (5 if usage == {"input_tokens": 5} else 0)


ADDRESS = "base_url='https://api.example.org'"
PAGE = b"<html><title>Company portal</title></html>"
REMEDIES = {
    (401, b'{"message": "no such key"}'): "check JIGSAWSTACK_API_KEY or api_key (https://jigsawstack.com/dashboard)",
    (401, PAGE): f"check JIGSAWSTACK_API_KEY or api_key (https://jigsawstack.com/dashboard), and that {ADDRESS} is",
    (403, PAGE): f"and that {ADDRESS} is the service's address",
    (404, b'{"message": "Not Found"}'): f"check that {ADDRESS} is the service's address",
    (404, PAGE): f"check that {ADDRESS} is the service's address",
    (405, b""): f"check that {ADDRESS} is the service's address",
    (407, PAGE): "a proxy asks for a user and password: put them into its URL",
    (302, PAGE): f"redirected to nowhere; set base_url to the service's own URL instead of {ADDRESS}",
    (200, PAGE): f"check that {ADDRESS} is the service's address",
    (200, b""): f"check that {ADDRESS} is the service's address",
}


@pytest.mark.parametrize(("status", "body"), REMEDIES)
def test_a_refusal_that_concerns_every_request_says_what_to_check(status, body):
    with pytest.raises(jsdf.APIError) as error:
        parse_reply(HTTPResponse(status, {}, body, "https://api.example.org"))
    assert REMEDIES[status, body] in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("status", [400, 402, 413, 422, 429, 500, 503])
def test_a_refusal_of_one_request_names_no_setting(status):
    with pytest.raises(jsdf.APIError) as error:
        parse_reply(HTTPResponse(status, {}, b'{"message": "no"}', "https://api.example.org"))
    assert str(error.value) == f"HTTP {status}: no"


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://login.example.org/sso?token=s3cret", "'https://login.example.org/sso'"),
        ("https://me:s3cret@example.org/#s3cret", "'https://***@example.org/'"),
        ("/login", "'/login'"),
    ],
)
def test_the_target_of_a_redirect_is_shown_without_what_may_be_secret(location, shown):
    with pytest.raises(jsdf.APIError) as error:
        parse_reply(HTTPResponse(307, {"location": location}, b""))
    assert f"redirected to {shown}; set base_url" in str(error.value)
    assert "s3cret" not in str(error.value)
