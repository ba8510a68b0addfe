"""The OpenAPI document is correct: schemathesis finds no 500, and no status or body that it does not describe."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from server_client import Clock, Service

schemathesis = pytest.importorskip("schemathesis")

from schemathesis import GenerationMode  # noqa: E402 - after importorskip
from schemathesis.checks import not_a_server_error  # noqa: E402
from schemathesis.specs.openapi.checks import (  # noqa: E402
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from jsdf.server.file_store import FileStore  # noqa: E402

KEY = "sesame"
OPERATIONS = [
    ("GET", "/healthz"),
    ("POST", "/v1/classification"),
    ("POST", "/v1/store/file"),
    ("GET", "/v1/store/file/read/{key}"),
    ("DELETE", "/v1/store/file/read/{key}"),
    ("GET", "/v1/store/temp/{token}"),
]
#: Checks for uploads, without those that expect exactly the schema-invalid requests to be rejected: the server rejects
#: more forms and fewer queries than the schema does.
UPLOAD_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
SETTINGS = settings(
    max_examples=30, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None
)


@pytest.fixture
def document(tmp_path):
    return schemathesis.openapi.from_asgi("/openapi.json", Service(FileStore(tmp_path), Clock(), key=KEY).app)


def with_distinct_labels(case):
    """Give the last label a name of its own: a schema cannot require two distinct names."""
    if isinstance(case.body, dict) and isinstance(case.body.get("labels"), list):
        case.body["labels"][-1]["key"] = "the last"
    return case


def test_it_names_every_operation(document):
    assert {(op.ok().method.upper(), op.ok().path) for op in document.get_all_operations()} == set(OPERATIONS)


@pytest.mark.parametrize(
    ("mode", "method", "path"),
    # The other operations accept every request.
    [(GenerationMode.POSITIVE, *o) for o in OPERATIONS] + [(GenerationMode.NEGATIVE, *o) for o in OPERATIONS[1:3]],
)
def test_responses_match_the_document(document, mode, method, path):
    @SETTINGS
    @given(document[path][method].as_strategy(generation_mode=mode))
    def check(case):
        checks = UPLOAD_CHECKS if path == "/v1/store/file" else None
        (case if mode.is_negative else with_distinct_labels(case)).call_and_validate(
            checks=checks, headers={"x-api-key": KEY}
        )

    check()


def test_the_document_requires_the_key_only_if_the_server_has_one(make):
    guarded = make(key=KEY).ask("GET", "/openapi.json").json
    open_to_all = make().ask("GET", "/openapi.json").json
    assert guarded["paths"]["/v1/classification"]["post"]["security"] == [{"APIKeyHeader": []}]
    assert "security" not in guarded["paths"]["/healthz"]["get"]
    assert "securitySchemes" not in open_to_all["components"]
