"""From a request that was let in to its answer: predictions, usage, pictures of the store, and too much at once."""

import asyncio
import json

import pytest
from server_client import LABELS, body

from jsdf.errors import InvalidLabelsError

HERE = "http://127.0.0.1:8808"


def lend(service, content=b"picture", key="k"):
    said = service.ask("POST", f"/v1/store/file?key={key}&temp_public_url=true&overwrite=true", content)
    return said.json["temp_public_url"]


def images(*addresses, **changes):
    return body(dataset=[{"type": "image", "value": address} for address in addresses], **changes)


def test_an_answer_has_the_contracts_shape(service):
    said = service.classify().json
    assert said.keys() == {"success", "predictions", "_usage", "log_id"}
    assert said["predictions"] == ["good", "good"]
    assert service.classify().json["log_id"] != said["log_id"]


def test_several_labels_make_a_list_a_sample(service):
    assert service.classify(body(multiple_labels=True)).json["predictions"] == [["good"], ["good"]]


def test_usage_counts_four_characters_a_token_and_milliseconds(service):
    usage = service.classify(body(dataset=[{"type": "text", "value": "x" * 9}])).json["_usage"]
    assert usage["input_tokens"] == 3 + 1 + 1
    assert usage["output_tokens"] == 1
    assert usage["inference_time_tokens"] >= 1
    assert usage["total_tokens"] == sum(usage.values()) - usage["total_tokens"]
    labels = [{"type": "image", "value": "http://x/" + "y" * 99, "key": "a"}, LABELS[0]]
    assert (
        service.classify(images("http://x/z", "http://x/y", labels=labels)).json["_usage"]["input_tokens"] == 2 + 1 + 1
    )


def test_pictures_of_the_store_are_not_fetched(service):
    address = lend(service)
    assert service.classify(images(address, "https://example.com/a.jpg", f"{HERE}/v1/store/file/read/k")).status == 200
    assert service.session.asked[0][1] == [b"picture", "https://example.com/a.jpg", b"picture"]


def test_example_images_of_the_store_are_not_fetched_either(service):
    address = lend(service)
    labels = [{"type": "image", "value": address}, {"type": "image", "value": address, "key": "b", "text": "shown"}]
    said = service.classify(images("https://example.com/a.jpg", labels=labels))
    found = service.session.asked[0][0].labels
    assert said.json["predictions"] == [address]
    assert found.names == (address, "b")
    assert {m.value for cls in found.classes for m in cls.members} == {"data:image/*;base64,cGljdHVyZQ=="}
    assert found.classes[1].members[0].text == "shown"


@pytest.mark.parametrize("host", ["localhost:8808", "127.0.0.1:8808"])
def test_a_live_address_is_known_by_its_secret_under_any_name(service, host):
    address = lend(service)
    assert service.classify(images(address), host=host).status == 200
    assert service.session.asked[0][1] == [b"picture"]


def test_an_address_that_has_ended_is_told(service, clock):
    address = lend(service)
    clock.now += 10_000
    said = service.classify(images("https://example.com/a.jpg", address))
    assert said.status == 422
    assert said.message.startswith("dataset[1].value: the temporary address has expired")
    assert service.session.asked == []


def test_a_key_that_is_not_there_is_told(service):
    assert "'nothing'" in service.classify(images(f"{HERE}/v1/store/file/read/nothing")).message


@pytest.mark.parametrize(
    "address", ["http://[::1/a.jpg", "http://example.com/v1/store/temp/guess", "http://10.0.0.1/a"]
)
def test_addresses_of_others_are_the_sessions(service, address):
    assert service.classify(images(address)).status == 200
    assert service.session.asked[0][1] == [address]


def test_stored_pictures_of_one_request_have_a_cap(service, monkeypatch):
    monkeypatch.setattr("jsdf.server.classification.MAX_PICTURES", 10)
    address = lend(service)
    assert service.classify(images(address)).status == 200
    said = service.classify(images(address, address))
    assert said.status == 422
    assert said.message.startswith("dataset[1].value:")


def test_a_dead_picture_is_named(service):
    service.session.failures = {1: "there is nothing", 3: "it is a web page"}
    said = service.classify(images(*["http://x/y"] * 4))
    assert (said.status, said.message) == (422, "dataset[1].value: there is nothing (and 1 more)")


def test_labels_that_the_model_cannot_use_are_told(service):
    service.session.error = InvalidLabelsError("labels: 'b' is shown by an image")
    said = service.classify()
    assert (said.status, said.message) == (422, "labels: 'b' is shown by an image")


def test_beyond_what_may_wait_clients_are_sent_away(service, monkeypatch):
    monkeypatch.setattr("jsdf.server.classification.MAX_WAITING", 4)
    content = json.dumps(body()).encode()

    async def go():
        service.session.gate = asyncio.Event()
        tasks = [asyncio.create_task(service.asking("POST", "/v1/classification", content)) for _ in range(3)]
        first, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        service.session.gate.set()
        await asyncio.wait(tasks)
        return first.pop().result(), [task.result().status for task in tasks]

    refused, statuses = asyncio.run(go())
    assert statuses == [200, 200, 503]
    assert refused.headers["retry-after"] == "1"
    assert "ask again" in refused.message
    service.session.gate = None
    assert service.classify().status == 200


def test_memory_for_bodies_has_a_cap(make, monkeypatch):
    monkeypatch.setattr("jsdf.server.app.MAX_BODIES", 1_000)
    service = make()
    assert service.classify(body(task="x" * 990)).status == 503
    assert service.classify().status == 200
