"""Answers to classification requests: predictions, usage, stored images, and overload."""

import asyncio
import json
from urllib.parse import urlsplit

import pandas as pd
import pytest
from server_client import LABELS, body

import jsdf
from jsdf.errors import InvalidLabelsError

SERVER_URL = "http://127.0.0.1:8808"


def upload_image(service, content=b"picture", key="k"):
    reply = service.ask("POST", f"/v1/store/file?key={key}&temp_public_url=true&overwrite=true", content)
    return reply.json["temp_public_url"]


def images(*addresses, **changes):
    return body(dataset=[{"type": "image", "value": address} for address in addresses], **changes)


def test_an_answer_has_the_fields_of_the_api(service):
    reply = service.classify().json
    assert reply.keys() == {"success", "predictions", "_usage", "log_id"}
    assert reply["predictions"] == ["good", "good"]
    assert service.classify().json["log_id"] != reply["log_id"]


def test_multiple_labels_return_a_list_for_each_sample(service):
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


def test_stored_images_are_not_fetched(service):
    address = upload_image(service)
    assert (
        service.classify(images(address, "https://example.com/a.jpg", f"{SERVER_URL}/v1/store/file/read/k")).status
        == 200
    )
    assert service.session.calls[0][1] == [b"picture", "https://example.com/a.jpg", b"picture"]


def test_stored_example_images_are_not_fetched(service):
    address = upload_image(service)
    labels = [{"type": "image", "value": address}, {"type": "image", "value": address, "key": "b", "text": "shown"}]
    reply = service.classify(images("https://example.com/a.jpg", labels=labels))
    sent_labels = service.session.calls[0][0].labels
    assert reply.json["predictions"] == [address]
    assert sent_labels.names == (address, "b")
    assert {m.value for cls in sent_labels.classes for m in cls.members} == {"data:image/*;base64,cGljdHVyZQ=="}
    assert sent_labels.classes[1].members[0].text == "shown"


@pytest.mark.parametrize("host", ["localhost:8808", "127.0.0.1:8808"])
def test_a_temporary_url_is_recognized_by_its_token_under_any_host(service, host):
    address = upload_image(service)
    assert service.classify(images(address), host=host).status == 200
    assert service.session.calls[0][1] == [b"picture"]


def test_an_expired_temporary_url_is_reported(service, clock):
    address = upload_image(service)
    clock.now += 10_000
    reply = service.classify(images("https://example.com/a.jpg", address))
    assert reply.status == 422
    assert reply.message.startswith("dataset[1].value: the temporary URL has expired")
    assert service.session.calls == []


def test_an_unknown_key_is_reported(service):
    assert "'nothing'" in service.classify(images(f"{SERVER_URL}/v1/store/file/read/nothing")).message


@pytest.mark.parametrize(
    "address", ["http://[::1/a.jpg", "http://example.com/v1/store/temp/guess", "http://10.0.0.1/a"]
)
def test_other_urls_are_passed_to_the_session(service, address):
    assert service.classify(images(address)).status == 200
    assert service.session.calls[0][1] == [address]


def test_stored_images_of_one_request_have_a_size_limit(service, monkeypatch):
    monkeypatch.setattr("jsdf.server.stored_images.MAX_IMAGE_BYTES", 10)
    address = upload_image(service)
    assert service.classify(images(address)).status == 200
    reply = service.classify(images(address, address))
    assert reply.status == 422
    assert reply.message.startswith("dataset[1].value:")


def test_an_unusable_image_is_named(service):
    service.session.failures = {1: "there is nothing", 3: "it is a web page"}
    reply = service.classify(images(*["http://x/y"] * 4))
    assert (reply.status, reply.message) == (422, "dataset[1].value: there is nothing (and 1 more)")


@pytest.mark.parametrize(("multiple", "expected"), [(False, ["good", "no word"]), (True, [["good"], ["no word"]])])
def test_the_prediction_for_a_sample_without_a_label_is_the_reason(service, multiple, expected):
    service.session.unknown = {1: "no word"}
    reply = service.classify(body(multiple_labels=multiple))
    assert (reply.status, reply.json["predictions"]) == (200, expected)


@pytest.mark.parametrize("multiple", [False, True])
def test_a_client_sees_unreadable_texts_as_unknown(server, multiple):
    texts = pd.Series(["a good day", "🙂", "สวัสดี !", "a bad day"])
    engine = jsdf.Hosted(api_key="any", base_url=server.url)
    run = texts.jigsaw.run(["good", "bad"], multiple_labels=multiple, engine=engine, progress=False)
    assert run.status.tolist() == ["answered", "unknown", "unknown", "answered"]
    assert run.usage.requests == 1
    assert run.failures["reason"].str.contains("the model can read no word of the text").all()
    again = texts.jigsaw.run(["good", "bad"], multiple_labels=multiple, engine=engine, progress=False)
    assert again.usage.rows_sent == 2


def test_a_client_is_told_of_labels_that_cannot_be_read(server):
    engine = jsdf.Hosted(api_key="any", base_url=server.url)
    with pytest.raises(jsdf.ClassificationError, match="no word of '🙂'; describe it in English words"):
        pd.Series(["a good day"]).jigsaw.classify(["🙂", "bad"], engine=engine, progress=False)


def test_labels_that_the_model_cannot_use_are_reported(service):
    service.session.error = InvalidLabelsError("labels: 'b' is shown by an image")
    reply = service.classify()
    assert (reply.status, reply.message) == (422, "labels: 'b' is shown by an image")


def test_too_many_waiting_samples_are_rejected(make, monkeypatch):
    monkeypatch.setattr("jsdf.server.classification.MAX_ACTIVE_UNITS", 2)
    monkeypatch.setattr("jsdf.server.classification.MAX_WAITING_UNITS", 2)
    service, content = make(), json.dumps(body()).encode()

    async def go():
        service.session.gate = asyncio.Event()
        tasks = [asyncio.create_task(service.exchange("POST", "/v1/classification", content)) for _ in range(3)]
        first_done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        service.session.gate.set()
        await asyncio.wait(tasks)
        return first_done.pop().result(), [task.result().status for task in tasks]

    rejected, statuses = asyncio.run(go())
    assert statuses == [200, 200, 503]
    assert rejected.headers["retry-after"] == "1"
    assert "retry in a second" in rejected.message
    service.session.gate = None
    assert service.classify().status == 200


def test_memory_for_bodies_is_limited(make, monkeypatch):
    monkeypatch.setattr("jsdf.server.request_body.MAX_BODIES", 1_000)
    service = make()
    assert service.classify(body(task="x" * 990)).status == 503
    assert service.classify().status == 200


@pytest.mark.parametrize("greedy", [1, 2, 3])
def test_images_of_one_client_leave_room_for_those_of_another(service, greedy):
    content = json.dumps(images(*[f"http://example.com/{i}" for i in range(32)])).encode()

    async def go():
        service.session.gate = asyncio.Event()
        tasks, counts = [], []
        for key in ["greedy"] * greedy + ["polite"]:
            ask = service.exchange("POST", "/v1/classification", content, x_api_key=key)
            tasks.append(asyncio.create_task(ask))
            for _ in range(50):
                await asyncio.sleep(0)
            counts.append(len(service.session.images_in_turn))
        service.session.gate.set()
        return counts, [(await task).status for task in tasks]

    counts, statuses = asyncio.run(go())
    assert counts == [16] * greedy + [24]
    assert statuses == [200] * (greedy + 1)


@pytest.mark.skipif(not hasattr(urlsplit, "cache_info"), reason="`urlsplit` has no cache that shows")
def test_a_long_data_uri_is_not_kept(service):
    urlsplit.cache_clear()
    assert service.classify(images(*[f"data:image/png;base64,{i:010}{'A' * 10_000}" for i in range(3)])).status == 200
    assert urlsplit.cache_info().currsize <= 1
