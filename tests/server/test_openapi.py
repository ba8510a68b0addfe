"""What the OpenAPI document says is so: schemathesis finds no 500, no status and no body that it does not name."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from server_client import Clock, Service

schemathesis = pytest.importorskip("schemathesis")

from schemathesis import GenerationMode  # noqa: E402 - where there is no schemathesis, nothing here is needed
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
#: Of an upload: more than the schema says is wrong with a form, and less with an address.
ANSWERS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
CALM = settings(
    max_examples=30, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None
)


@pytest.fixture
def document(tmp_path):
    return schemathesis.openapi.from_asgi("/openapi.json", Service(FileStore(tmp_path), Clock(), key=KEY).app)


def named(case):
    """What a schema cannot say: two labels or more have names of their own."""
    if isinstance(case.body, dict) and isinstance(case.body.get("labels"), list):
        case.body["labels"][-1]["key"] = "the last"
    return case


def test_it_names_every_operation(document):
    assert {(op.ok().method.upper(), op.ok().path) for op in document.get_all_operations()} == set(OPERATIONS)


@pytest.mark.parametrize(
    ("mode", "method", "path"),
    # Nothing that can be sent to the others is wrong.
    [(GenerationMode.POSITIVE, *o) for o in OPERATIONS] + [(GenerationMode.NEGATIVE, *o) for o in OPERATIONS[1:3]],
)
def test_the_document_holds(document, mode, method, path):
    @CALM
    @given(document[path][method].as_strategy(generation_mode=mode))
    def check(case):
        checks = ANSWERS if path == "/v1/store/file" else None
        (case if mode.is_negative else named(case)).call_and_validate(checks=checks, headers={"x-api-key": KEY})

    check()


def test_it_names_the_key_only_where_there_is_one(make):
    guarded = make(key=KEY).ask("GET", "/openapi.json").json
    open_to_all = make().ask("GET", "/openapi.json").json
    assert guarded["paths"]["/v1/classification"]["post"]["security"] == [{"APIKeyHeader": []}]
    assert "security" not in guarded["paths"]["/healthz"]["get"]
    assert "securitySchemes" not in open_to_all["components"]
