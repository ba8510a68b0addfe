"""The official SDK works with the fake service."""

import pytest

from jsdf.testing import FakeService, expected, fault

jigsawstack = pytest.importorskip("jigsawstack")

LABELS = [{"type": "text", "value": "good"}, {"type": "text", "value": "bad", "key": "b"}]
PARAMS = {"dataset": [{"type": "text", "value": v} for v in "xyz"], "labels": LABELS}
RIGHT = [expected(v, LABELS) for v in "xyz"]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")


def sdk(server, key="test-key"):
    return jigsawstack.JigsawStack(api_key=key, base_url=server.url)


def test_classify():
    service = FakeService()
    with service.serve() as server:
        reply = sdk(server).classification(PARAMS)
    assert reply["success"] is True
    assert reply["predictions"] == RIGHT
    assert service.billed == {"x": 1, "y": 1, "z": 1}


def test_classify_async():
    import asyncio

    with FakeService().serve() as server:
        client = jigsawstack.AsyncJigsawStack(api_key="test-key", base_url=server.url)
        try:
            reply = asyncio.run(client.classification(PARAMS))
        except TypeError:
            pytest.skip("the async version of this SDK does not read JSON")
    assert reply["predictions"] == RIGHT


def test_errors():
    with FakeService(faults=[fault.status(503, "down")]).serve() as server:
        with pytest.raises(jigsawstack.JigsawStackError, match="down") as caught:
            sdk(server).classification(PARAMS)
        assert caught.value.code == 503
        with pytest.raises(jigsawstack.JigsawStackError) as caught:
            sdk(server, "wrong").classification(PARAMS)
        assert caught.value.code == 401
        with pytest.raises(jigsawstack.JigsawStackError, match="at least 2") as caught:
            sdk(server).classification(PARAMS | {"labels": LABELS[:1]})
        assert caught.value.code == 422


def test_file_store():
    service = FakeService()
    with service.serve() as server:
        store = sdk(server).store
        given = store.upload(b"bytes", {"key": "k", "content_type": "image/png", "temp_public_url": True})
        assert (given["key"], given["size"]) == ("k", 5)
        assert service.files["k"].content_type == "image/png"
        assert store.delete("k") == {"success": True}
    assert len(service.files) == 0
