"""API key, cross-site requests, rate limit, and other checks before a body is read."""

import json
import logging

import pytest
from server_client import body

GOOD = json.dumps(body()).encode()


def test_a_server_without_a_key_accepts_any_key(service):
    assert service.classify().status == 200
    assert service.classify(x_api_key="anything").status == 200


@pytest.mark.parametrize("given", [{}, {"x_api_key": "wrong"}, {"x_api_key": ""}, {"x_api_key": "sesam\xe9"}])
def test_a_server_with_a_key_accepts_no_other(make, given):
    service = make(key="sesame")
    reply = service.classify(**given)
    assert reply.status == 401
    assert "x-api-key" in reply.message
    assert "sesame" not in reply.message
    assert service.session.calls == []
    assert service.classify(x_api_key="sesame").status == 200


def test_the_key_is_not_in_the_repr(make):
    service = make(key="sesame")
    assert "sesame" not in repr(vars(service.app))


def test_without_the_key_routes_and_files_are_not_disclosed(make):
    service = make(key="sesame")
    for method, path in [("GET", "/v1/store/file/read/k"), ("POST", "/v1/nothing"), ("DELETE", "/v1/classification")]:
        assert service.ask(method, path).status == 401
    assert service.ask("GET", "/healthz").json == {"success": True}


FOREIGN = [
    {"host": "evil.example"},
    {"host": "evil.example:8808"},
    {"host": "127.0.0.1.evil.example"},
    {"host": "[::1].evil.example"},
    {"host": "[::1"},
    {"host": ""},
    {"host": "10.0.0.1"},
    {"host": "user@evil.example"},
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://localhost:3000"},
    {"origin": "http://127.0.0.1:8808.evil.example"},
    {"sec_fetch_site": "cross-site"},
    {"sec_fetch_site": "same-site"},
]


@pytest.mark.parametrize("given", FOREIGN, ids=str)
def test_web_pages_of_other_sites_are_rejected(service, given):
    reply = service.classify(**given)
    assert reply.status == 403
    assert reply.message
    assert service.session.calls == []


NEAR = [
    {"host": "localhost:8808"},
    {"host": "LOCALHOST"},
    {"host": "[::1]:8808"},
    {"host": "127.0.0.2:1"},
    {"origin": "http://127.0.0.1:8808"},
    {"sec_fetch_site": "none"},
    {"sec_fetch_site": "same-origin"},
]


@pytest.mark.parametrize("given", NEAR, ids=str)
def test_programs_on_this_machine_are_admitted(service, given):
    assert service.classify(**given).status == 200


def test_with_a_key_any_host_is_accepted(make):
    assert make(key="sesame").classify(host="labels.example", x_api_key="sesame").status == 200


@pytest.mark.parametrize(
    "given", [None, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json"]
)
def test_other_content_types_are_rejected(service, given):
    reply = service.ask("POST", "/v1/classification", GOOD, content_type=given)
    assert reply.status == 415
    assert "send application/json" in reply.message


def test_parameters_of_the_content_type_are_ignored(service):
    assert service.ask("POST", "/v1/classification", GOOD, content_type="Application/JSON; charset=utf-8").status == 200


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, identity"])
def test_a_compressed_body_is_rejected(service, encoding):
    reply = service.ask("POST", "/v1/classification", GOOD, content_encoding=encoding)
    assert reply.status == 415
    assert repr(encoding) in reply.message


@pytest.mark.parametrize("headers", [{"content_length": "16000001"}, {"content_length": "9" * 18}, {}])
def test_a_body_that_is_too_large_is_rejected(service, headers):
    reply = service.ask("POST", "/v1/classification", [b" " * 1_000_000] * 17, **headers)
    assert reply.status == 413
    assert "send 16,000,000 at most" in reply.message


def test_a_body_may_come_in_parts(service):
    assert service.ask("POST", "/v1/classification", [GOOD[:5], b"", GOOD[5:9], GOOD[9:]]).status == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/docs", 404),
        ("POST", "/v1/classification/", 404),
        ("POST", "/v1/Classification", 404),
        ("POST", "/v2/classification", 404),
        ("GET", "/v1/../etc/passwd", 404),
        ("GET", "/v1/classification", 405),
        ("PUT", "/v1/classification", 405),
        ("OPTIONS", "/v1/classification", 405),
        ("GET", "/v1/store/file", 405),
        ("POST", "/healthz", 405),
        ("BREW", "/healthz", 405),
    ],
)
def test_unknown_paths_and_methods(service, method, path, status):
    reply = service.ask(method, path, GOOD)
    assert reply.status == status
    assert path in reply.message
    assert ("allow" in reply.headers) == (status == 405)


def test_a_base_url_may_end_in_a_slash(service):
    assert service.ask("POST", "//v1/classification", GOOD).status == 200


def test_rate_headers(make, clock):
    service = make(rate=2)
    replies = [service.classify() for _ in range(3)]
    assert [s.status for s in replies] == [200, 200, 429]
    assert [s.headers["x-jigsaw-rate-limit-remaining"] for s in replies] == ["1", "0", "0"]
    assert {s.headers["x-jigsaw-rate-limit-limit"] for s in replies} == {"2"}
    assert {s.headers["x-jigsaw-rate-limit-reset"] for s in replies} == {"1001000"}
    assert replies[2].headers["retry-after"] == "1"
    assert "more than 2 requests" in replies[2].message
    clock.now += 0.5
    assert service.classify().status == 200


def test_requests_without_the_key_do_not_count_for_the_rate(make):
    service = make(rate=1, key="sesame")
    for _ in range(3):
        reply = service.classify()
        assert (reply.status, reply.headers["x-jigsaw-rate-limit-remaining"]) == (401, "1")
    assert service.classify(x_api_key="sesame").status == 200


def test_without_a_rate_there_are_no_rate_headers(service):
    assert not [name for name in service.classify().headers if name.startswith("x-jigsaw")]


def test_an_internal_error_is_logged_and_not_sent_to_the_client(service, caplog):
    service.session.error = RuntimeError("a secret of the server")
    with caplog.at_level(logging.ERROR, "jsdf.server"):
        reply = service.classify()
    assert reply.status == 500
    assert "secret" not in reply.message
    assert "a secret of the server" in caplog.text
    service.session.error = None
    assert service.classify().status == 200
