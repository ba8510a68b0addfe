"""The file store: keys, temporary URLs, upload forms, and rejected requests."""

import asyncio
import json
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsdf.server import limits
from jsdf.server.admission.clients import Client
from jsdf.server.errors import RequestRejected
from jsdf.server.file_store import FileStore

FORM = "multipart/form-data; boundary=b"


def upload(service, content=b"bytes", query="", content_type="image/png", **headers):
    return service.ask("POST", f"/v1/store/file{query}", content, content_type=content_type, **headers)


def form(content=b"bytes", options=None, *, name="file", end=b"--b--\r\n"):
    part = b"undefined" if options is None else options if isinstance(options, bytes) else json.dumps(options).encode()
    return (
        b'--b\r\nContent-Disposition: form-data; name="%s"; filename="blob"\r\nContent-Type: image/gif\r\n\r\n'
        % name.encode()
        + content
        + b'\r\n--b\r\nContent-Disposition: form-data; name="body"\r\n\r\n'
        + part
        + b"\r\n"
        + end
    )


def path_of(address):
    assert address.startswith("http://127.0.0.1:8808/")
    return address.removeprefix("http://127.0.0.1:8808")


def test_upload_download_and_delete(service, tmp_path):
    reply = upload(service, b"\x00\xff", "?key=a/b.png&temp_public_url=true").json
    assert (reply["success"], reply["key"], reply["size"]) == (True, "a/b.png", 2)
    assert reply["url"] == "http://127.0.0.1:8808/v1/store/file/read/a/b.png"
    for address in (reply["url"], reply["temp_public_url"]):
        download = service.ask("GET", path_of(address))
        assert (download.status, download.body, download.headers["content-type"]) == (200, b"\x00\xff", "image/png")
    assert service.ask("DELETE", "/v1/store/file/read/a/b.png").json == {"success": True}
    for address in (reply["url"], reply["temp_public_url"]):
        assert service.ask("GET", path_of(address)).status == 404
    assert service.ask("DELETE", "/v1/store/file/read/a/b.png").status == 404
    assert list(tmp_path.iterdir()) == []
    assert (service.files.bytes, service.files.count) == (0, 0)


def test_a_missing_key_is_generated(service):
    reply = upload(service, b"").json
    assert reply.keys() == {"success", "key", "url", "size"}
    assert reply["key"] != upload(service, b"").json["key"]


def test_an_existing_file_is_replaced_only_with_overwrite(service, tmp_path):
    old = upload(service, b"old", "?key=k&temp_public_url=true").json
    reply = upload(service, b"new", "?key=k")
    assert (reply.status, service.ask("GET", "/v1/store/file/read/k").body) == (409, b"old")
    assert "overwrite=true" in reply.message
    assert upload(service, b"new!", "?key=k&overwrite=true").status == 200
    assert service.ask("GET", "/v1/store/file/read/k").body == b"new!"
    assert service.ask("GET", path_of(old["temp_public_url"])).status == 404
    assert len(list(tmp_path.iterdir())) == 1
    assert (service.files.bytes, service.files.count) == (4, 1)


def test_a_temporary_url_expires(service, clock):
    address = path_of(upload(service, query="?key=k&temp_public_url=true").json["temp_public_url"])
    clock.now += 600
    assert service.ask("GET", address).status == 200
    clock.now += limits.URL_LIFETIME_SECONDS
    assert "expired" in service.ask("GET", address).message
    assert service.ask("GET", "/v1/store/file/read/k").status == 200


def test_temporary_urls_need_no_key_and_cannot_be_guessed(make):
    service = make(key="sesame")
    replies = [upload(service, query=f"?key={k}&temp_public_url=true", x_api_key="sesame").json for k in "ab"]
    tokens = [path_of(s["temp_public_url"]).rpartition("/")[2] for s in replies]
    assert len(set(tokens)) == 2
    assert all(len(token) == 43 for token in tokens)  # 32 bytes
    assert service.ask("GET", f"/v1/store/temp/{tokens[0]}").status == 200
    assert service.ask("GET", "/v1/store/file/read/a").status == 401
    assert service.ask("GET", f"/v1/store/temp/{tokens[0][:-1]}").status == 404
    assert service.ask("POST", f"/v1/store/temp/{tokens[0]}").status == 405


def test_uploads_do_not_run_in_a_browser(service):
    upload(service, b"<script>1</script>", "?key=k", content_type="text/html")
    headers = service.ask("GET", "/v1/store/file/read/k").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in headers["content-security-policy"]
    assert headers["content-disposition"] == "attachment"


@pytest.mark.parametrize("given", ["", "image", "image/png\xe9", "a/b; x=" + "y" * 90, "text/html,<b>", None])
def test_an_invalid_content_type_is_not_returned(service, given):
    upload(service, query="?key=k", content_type=given)
    assert service.ask("GET", "/v1/store/file/read/k").headers["content-type"] == "application/octet-stream"


KEYS = [
    "",
    "..",
    "../../etc/passwd",
    "a/../b",
    "./a",
    "/etc/passwd",
    "a//b",
    "a/",
    "%2e%2e/x",
    "%00",
    "a%0Ab",
    "a%5Cb",
    "k" * 513,
]


@pytest.mark.parametrize("key", KEYS)
def test_invalid_keys_are_rejected(service, tmp_path, key):
    reply = upload(service, query=f"?key={key}")
    assert reply.status == 422
    assert reply.message.startswith("key ")
    assert list(tmp_path.iterdir()) == []
    assert service.files.bytes == 0


@pytest.mark.parametrize("key", ["../../etc/passwd", "..%2fx", "\0", "k" * 5_000, "é"])
def test_only_stored_files_are_found(service, key):
    for method in ("GET", "DELETE"):
        assert service.ask(method, f"/v1/store/file/read/{key}").status == 404


@pytest.mark.parametrize("query", ["?overwrite=1", "?overwrite=", "?temp_public_url=yes", "?key=a&key=b"])
def test_invalid_options_are_rejected(service, query):
    reply = upload(service, query=query)
    assert reply.status == 422
    assert reply.message.startswith(query[1:].partition("=")[0])


def test_unknown_options_are_ignored(service):
    assert upload(service, query="?content_type=image%2Fpng&key=k").status == 200


def test_a_form_as_the_npm_package_sends_it(service):
    content = b"\r\n--bytes\r\n\x00"
    reply = upload(service, form(content, {"key": "k", "temp_public_url": True}), content_type=FORM).json
    assert (reply["key"], reply["size"], "temp_public_url" in reply) == ("k", len(content), True)
    download = service.ask("GET", "/v1/store/file/read/k")
    assert (download.body, download.headers["content-type"]) == (content, "image/gif")


def test_a_form_in_small_parts(service):
    content = form(b"x" * 100, {"key": "k", "content_type": "image/png"})
    reply = upload(service, [content[i : i + 3] for i in range(0, len(content), 3)], content_type=FORM).json
    assert (reply["key"], reply["size"]) == ("k", 100)
    assert service.ask("GET", "/v1/store/file/read/k").headers["content-type"] == "image/png"


def test_a_form_without_options(service):
    assert upload(service, form(), content_type=FORM).status == 200


FORMS = {
    "no boundary": (form(), 400, "multipart/form-data"),
    "a long boundary": (form(), 400, "multipart/form-data; boundary=" + "b" * 201),
    "no form": (b"bytes", 400, FORM),
    "nothing": (b"", 400, FORM),
    "no file": (form(name="other"), 400, FORM),
    "no end": (form(end=b""), 400, FORM),
    "two files": (form(name="file", end=b"") + form(), 422, FORM),
    "options that are no JSON": (form(options=b"{"), 400, FORM),
    "options that are deep": (form(options=b"[" * 10_000), 400, FORM),
    "options that are no object": (form(options=b"[]"), 400, FORM),
    "a key that is no text": (form(options={"key": 1}), 422, FORM),
    "a key outside": (form(options={"key": "../k"}), 422, FORM),
    "a switch that is a text": (form(options={"overwrite": "true"}), 422, FORM),
    "too many options": (form(options=b" " * 20_000), 413, FORM),
    "a header without end": (b"--b\r\n" + b"x" * 50_000, 400, FORM),
}


@pytest.mark.parametrize(("content", "status", "content_type"), FORMS.values(), ids=FORMS)
def test_broken_forms_are_rejected(service, tmp_path, content, status, content_type):
    reply = upload(service, content, content_type=content_type)
    assert reply.status == status
    assert reply.message
    assert list(tmp_path.iterdir()) == []
    assert (service.files.bytes, service.files.count) == (0, 0)


def test_the_store_has_a_maximum_size(make, tmp_path):
    service = make(max_bytes=10)
    assert upload(service, b"12345", "?key=a").status == 200
    reply = upload(service, b"123456", x_api_key="another")
    assert reply.status == 413
    assert "more than 10 bytes; delete some" in reply.message
    assert len(list(tmp_path.iterdir())) == 1
    assert service.ask("DELETE", "/v1/store/file/read/a").status == 200
    assert upload(service, b"12345").status == 200


@pytest.mark.parametrize("greedy_size", [1, 7, 50])
def test_one_client_leaves_room_for_another(make, greedy_size):
    service = make(max_bytes=100)
    statuses = [upload(service, b"x" * greedy_size, x_api_key="greedy").status for _ in range(101)]
    assert set(statuses) == {200, 413}
    assert service.files.bytes <= 50
    refused = upload(service, b"x" * greedy_size, x_api_key="greedy")
    assert "bytes and leave" in refused.message
    assert "for others; delete some of them" in refused.message
    assert [upload(service, b"x" * 25, x_api_key=name).status for name in ("polite", "greedy")] == [200, 413]


def test_a_client_that_deletes_a_file_of_its_own_may_upload_another(make):
    service = make(max_bytes=100)
    for _ in range(3):
        assert upload(service, b"x" * 50, "?key=k").status == 200
        assert upload(service, b"x").status == 413
        assert service.ask("DELETE", "/v1/store/file/read/k").status == 200


def test_one_client_leaves_places_for_files_of_another(service, monkeypatch):
    monkeypatch.setattr("jsdf.server.file_store.MAX_FILE_COUNT", 8)
    statuses = [upload(service, b"", x_api_key="greedy").status for _ in range(8)]
    assert statuses == [200] * 4 + [413] * 4
    assert "has 4 files" in upload(service, b"", x_api_key="greedy").message
    assert upload(service, b"", x_api_key="polite").status == 200


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.integers(1, 40), st.booleans()), max_size=60))
def test_there_is_always_room_for_one_more_client(steps):
    with tempfile.TemporaryDirectory() as folder:
        store, kept = FileStore(Path(folder), 100), []

        def save(name, size):
            with store.start_upload(Client("", name.encode())) as incoming:
                incoming.write(b"x" * size)
                kept.append(store.save(incoming, None, "", overwrite=False))

        for name, size, deletes in steps:
            if deletes and kept:
                store.delete(kept.pop(0))
            with suppress(RequestRejected):
                save(name, size)
            assert store.bytes < 100
        save("newcomer", (100 - store.bytes) // 2)


def test_the_store_has_a_maximum_number_of_files(service, monkeypatch):
    monkeypatch.setattr("jsdf.server.file_store.MAX_FILE_COUNT", 2)
    assert [upload(service, x_api_key=name).status for name in "ab"] == [200, 200]
    assert "holds 2 files" in upload(service, x_api_key="c").message


def test_a_file_that_is_too_large_is_rejected(service, tmp_path, monkeypatch):
    monkeypatch.setattr("jsdf.server.file_store.MAX_FILE", 5)
    for content, kind in [(b"123456", "image/png"), (form(b"123456"), FORM)]:
        assert upload(service, content, content_type=kind).status == 413
    assert upload(service, content_length="100000001").status == 413
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_upload_is_not_kept(service, tmp_path):
    async def go():
        upload_task = asyncio.create_task(service.exchange("POST", "/v1/store/file", [b"bytes", None]))
        while service.files.bytes < 5:
            await asyncio.sleep(0)
        upload_task.cancel()
        await asyncio.wait([upload_task])

    asyncio.run(go())
    assert list(tmp_path.iterdir()) == []
    assert (service.files.bytes, service.files.count) == (0, 0)
