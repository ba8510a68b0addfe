"""Images without a public URL are uploaded once and removed at the end of every run."""

import asyncio
import base64
import io
import threading
from contextlib import asynccontextmanager

import numpy as np
import pandas as pd
import pytest
import stamina
from hosted_pictures import LABELS, as_sent, encoded, picture, run
from PIL import Image

import jsdf
from jsdf.engines.hosted import uploads
from jsdf.runner import sender
from jsdf.testing import FakeService, expected, fault

FORMS = {
    "path": lambda content, path: str(path),
    "Path": lambda content, path: path,
    "bytes": lambda content, path: content,
    "data": lambda content, path: f"data:image/png;base64,{base64.b64encode(content).decode()}",
    "picture": lambda content, path: Image.open(io.BytesIO(content)),
    "array": lambda content, path: np.asarray(Image.open(io.BytesIO(content))),
}


@pytest.mark.parametrize("form", FORMS)
def test_an_image_in_any_form_is_uploaded_classified_and_removed(form, photos):
    service = FakeService()
    contents = [path.read_bytes() for path in photos[:40]]
    result = run(service, [FORMS[form](c, p) for c, p in zip(contents, photos, strict=False)])
    assert result.labels.tolist() == [expected(as_sent(content), LABELS) for content in contents]
    assert service.files.uploads == service.files.deletions == 40
    assert not service.files
    assert result.usage.requests == 2
    assert result.usage.file_requests == 80


def test_one_picture_in_several_forms_is_uploaded_once(photos):
    service = FakeService()
    content = photos[0].read_bytes()
    result = run(service, [form(content, photos[0]) for form in FORMS.values()])
    assert set(result.labels) == {expected(as_sent(content), LABELS)}
    assert service.files.uploads == 1


def test_the_plan_counts_uploads_and_the_time_that_they_take(photos):
    hosted = jsdf.Hosted("test-key", "http://127.0.0.1:1", rate=50)
    values = [*photos[:40], "https://example.org/a.jpg", "https://example.org/b.jpg"]
    plan = jsdf.plan(pd.Series(values, dtype=object), LABELS, kind="image", engine=hosted)
    assert (plan.requests, plan.file_requests, plan.seconds) == (2, 80, 82 / 50)
    assert "80 to the file store" in repr(plan)


def test_public_urls_are_sent_unread():
    service = FakeService()
    values = ["https://example.org/a.jpg", "https://example.org/b.jpg"]
    result = run(service, values)
    assert result.labels.tolist() == [expected(v, LABELS) for v in values]
    assert service.files.uploads == 0


def test_a_local_url_is_fetched_and_uploaded(photos):
    pictures = FakeService()
    content = photos[0].read_bytes()
    with pictures.serve() as host:
        import httpx

        stored = httpx.post(
            f"{host.url}/v1/store/file?key=a.png&temp_public_url=true",
            content=content,
            headers={"x-api-key": "test-key", "content-type": "image/png"},
        ).json()
        service = FakeService()
        result = run(service, [stored["temp_public_url"]])
    assert result.labels.tolist() == [expected(as_sent(content), LABELS)]
    assert service.files.uploads == 1


def test_what_is_uploaded_is_small_upright_and_without_metadata():
    turned = Image.new("RGB", (3000, 2000), "red")
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "taken at home"  # orientation, description
    sent = []
    service = FakeService(answer=lambda value, *_: sent.append(service.files.content(value)))
    run(service, [encoded(turned, "JPEG", exif=exif)])
    (content,) = sent
    opened = Image.open(io.BytesIO(content))
    assert opened.size == (683, 1024)
    assert not opened.getexif()
    assert b"taken at home" not in content


def test_a_bad_image_fails_alone_and_is_not_billed(photos):
    service = FakeService()
    values = [photos[0], "nowhere.jpg", b"<!doctype html><title>no", photos[1], "s3://bucket/a.png", "file:///a.png"]
    result = run(service, values)
    assert result.status.tolist() == ["answered", "failed", "failed", "answered", "failed", "failed"]
    assert "web page" in result.failures["reason"][1]
    assert result.usage.requests == 1
    assert sum(service.billed.values()) == 2


def test_bad_images_alone_send_nothing():
    service = FakeService()
    result = run(service, ["nowhere.jpg", "neither.png"])
    assert result.counts["failed"] == 2
    assert (result.usage.requests, service.files.uploads) == (0, 0)
    assert result.stopped is None


@pytest.mark.parametrize(
    "faults",
    [
        [fault.status(503), fault.status(500)],
        [fault.reset(after=False), fault.reset(after=True)],
        [fault.status(429, retry_after=0)],
    ],
    ids=["5xx", "reset", "429"],
)
def test_an_upload_that_goes_wrong_is_sent_again(faults, photos):
    service = FakeService(file_faults=faults)
    result = run(service, photos[:5])
    assert result.labels.tolist() == [expected(as_sent(p.read_bytes()), LABELS) for p in photos[:5]]
    assert result.usage.maybe_billed_twice == 0
    assert not service.files


def test_an_upload_that_is_refused_fails_its_row_alone(photos):
    service = FakeService(file_faults=[fault.status(413)])
    result = run(service, photos[:3])
    assert sorted(result.status) == ["answered", "answered", "failed"]
    assert "the file store refused the image: HTTP 413" in result.failures["reason"][0]


def test_a_wrong_key_stops_the_run_before_anything_is_stored(photos):
    service = FakeService(api_key="another")
    with pytest.raises(jsdf.AuthenticationError) as caught:
        run(service, photos[:3])
    assert caught.value.run.counts["pending"] == 3
    assert service.files.uploads == 0


def test_a_wrong_key_gives_no_warning_about_files_that_were_not_stored(photos):
    service = FakeService(api_key="another")
    with pytest.raises(jsdf.AuthenticationError):  # and no warning, which would be an error here
        run(service, photos, settings={"rate": 50})
    assert not service.files


@pytest.mark.parametrize(("requests", "uploaded"), [(0, 0), (1, 32), (2, 64), (3, 70)])
def test_images_beyond_the_budget_are_not_uploaded(requests, uploaded, photos):
    service = FakeService()
    done = run(service, photos, max_requests=requests)
    assert service.files.uploads == uploaded == done.counts["answered"]
    assert done.usage.file_requests == 2 * uploaded


def test_uploads_are_removed_after_an_error(photos):
    service = FakeService(faults=lambda number, request: fault.status(402) if number else None)
    with pytest.raises(jsdf.APIError) as caught:
        run(service, photos)
    assert caught.value.run.counts["answered"] == 32
    assert service.files.uploads > 0
    assert not service.files


def test_uploads_are_removed_after_an_interrupt(photos):
    """The first answer requests a stop, as an interrupt does: no new upload starts, and no file remains."""

    def answer(*_):
        holder["run"].stop("interrupted")

    holder = {}
    service = FakeService(answer=answer)
    with service.serve() as server:
        from jsdf.api.validation import check_call
        from jsdf.runner import JobRunner

        # Small batches: another request may be in flight at the first answer, and more must be left then.
        engine = jsdf.Hosted("test-key", server.url, rate=1000, batch_size=8, concurrency=2)
        call = check_call(pd.Series(photos, dtype=object), LABELS, kind="image", engine=engine, cache=False)
        holder["run"] = JobRunner(call.job)
        done = asyncio.run(holder["run"].run(lambda event: None))
    assert done.stopped == "interrupted"
    assert 0 < done.counts["answered"] < len(photos)
    assert done.counts["failed"] == 0
    assert service.files.uploads >= done.counts["answered"]
    assert not service.files


def test_files_that_cannot_be_removed_give_a_warning(photos):
    service = FakeService(file_faults=[None, None, *[fault.status(500)] * 99])
    with pytest.warns(
        UserWarning, match=r"2 uploaded images could not be removed and may still be in the file store: jsdf-"
    ):
        result = run(service, photos[:2])
    assert result.counts["answered"] == 2
    assert len(service.files) == 2


def test_unused_uploads_do_not_accumulate(photos, monkeypatch):
    monkeypatch.setattr(uploads, "_MAX_IDLE", 4)
    file_counts = []
    service = FakeService(on_record=lambda record: file_counts.append(len(service.files)))
    run(service, photos, settings={"batch_size": 4, "concurrency": 1})
    assert service.files.uploads == service.files.deletions == len(photos)
    assert max(file_counts) <= 4 * 4


@asynccontextmanager
async def opened_store(service, clock):
    """Open `Uploads` without a run, and a separate client of the service."""
    from jsdf.engines.hosted.connection import HTTPConnection
    from jsdf.engines.hosted.engine import Hosted

    hosted = Hosted("test-key", "http://127.0.0.1:1", transport=service.transport())
    async with hosted._client() as client:
        store = uploads.Uploads(HTTPConnection([client], hosted._api_key), 4, clock=clock)
        yield store, client
        await store.close()


async def send(request, *, closing=False):
    return await request()


def test_what_is_uploaded_is_removed_while_another_upload_hangs(photos, monkeypatch):
    monkeypatch.setattr(uploads, "_CANCELLED_CLEANUP_TIMEOUT", 0.1)
    service = FakeService(file_faults=[None, None, fault.hang()])

    async def go():
        async with opened_store(service, lambda: 0.0) as (store, _):
            await asyncio.gather(*[store.acquire(photo, send) for photo in photos[:2]])
            hanging = asyncio.create_task(store.acquire(photos[2], send))
            while service.files.uploads < 3:
                await asyncio.sleep(0.001)
            hanging.cancel()
            closing = asyncio.create_task(store.close())
            while service.files.deletions < 2:
                await asyncio.sleep(0.001)
            closing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await closing
            return set(service.files), set(store.remaining)

    left, told = asyncio.run(go())
    assert left == told
    assert len(told) == 1


def test_a_cancelled_end_still_has_time_for_removals(photos):
    service = FakeService(file_faults=[None, fault.hang(0.3)])

    async def go():
        async with opened_store(service, lambda: 0.0) as (store, _):
            await store.acquire(photos[0], send)
            closing = asyncio.create_task(store.close())
            await asyncio.sleep(0)
            closing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await closing
            return store.remaining

    assert asyncio.run(go()) == set()
    assert not service.files


def test_releasing_an_expired_url_keeps_the_new_one(photos, monkeypatch):
    monkeypatch.setattr(uploads, "_MAX_IDLE", 0)
    now, service = [0.0], FakeService()

    async def go():
        async with opened_store(service, lambda: now[0]) as (store, client):
            _, release = await store.acquire(photos[0], send)
            now[0] = 421.0
            late, _ = await store.acquire(photos[0], send)
            release()
            await asyncio.wait(store._tasks)
            still = (await client.get(late)).status_code
            again, _ = await store.acquire(photos[0], send)
        return late, again, still

    late, again, still = asyncio.run(go())
    assert (late, still) == (again, 200)
    assert not service.files


def test_an_expired_url_is_replaced(photos):
    now, service = [0.0], FakeService()

    async def go():
        async with opened_store(service, lambda: now[0]) as (store, _):
            first, _ = await store.acquire(photos[0], send)
            again, _ = await store.acquire(photos[0], send)
            now[0] = 421.0
            late, _ = await store.acquire(photos[0], send)
        return first, again, late

    first, again, late = asyncio.run(go())
    assert first == again != late
    assert service.files.uploads == 2
    assert not service.files


def test_a_batch_that_is_split_uploads_nothing_twice(photos):
    bad = as_sent(photos[7].read_bytes())
    service = FakeService(poison=lambda value: service.files.content(value) == bad)
    result = run(service, photos[:32])
    assert result.counts == {"answered": 31, "missing": 0, "unknown": 0, "failed": 1, "pending": 0}
    assert service.files.uploads == 32
    assert not service.files


def test_more_labels_than_a_request_takes(photos):
    service = FakeService()
    labels = [f"label {i}" for i in range(30)]
    result = run(service, photos[:8], labels)
    assert result.labels.tolist() == [expected(as_sent(p.read_bytes()), labels) for p in photos[:8]]
    assert not service.files


def test_a_changed_file_is_classified_again(photos):
    engine = jsdf.Hosted("test-key", rate=1000, transport=FakeService().transport())

    def ask():
        return jsdf.run(pd.Series(map(str, photos[:2])), LABELS, engine=engine, progress=False)

    ask()
    assert ask().usage.requests == 0
    photos[0].write_bytes(encoded(picture(99, (50, 50))))
    again = ask()
    assert again.usage.rows_sent == 1
    assert again.labels.tolist()[0] == expected(as_sent(photos[0].read_bytes()), LABELS)


def test_two_runs_at_once_do_not_remove_each_others_images(photos):
    service = FakeService(latency=0.05)
    results = []
    with service.serve() as server:

        def go():
            engine = jsdf.Hosted("test-key", server.url, rate=1000)
            series = pd.Series(photos[:20], dtype=object)
            results.append(jsdf.run(series, LABELS, kind="image", engine=engine, progress=False, cache=False))

        threads = [threading.Thread(target=go) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [r.counts["answered"] for r in results] == [20, 20]
    assert not service.files


def test_a_file_store_that_refuses_everything_is_named_as_the_cause(photos):
    service = FakeService(file_faults=[fault.status(503)] * 400)
    with stamina.set_testing(True, attempts=3), pytest.warns(UserWarning, match="may still be"):
        result = run(service, photos[:6])
    assert result.counts["answered"] == 0
    assert "503" in str(result)


def test_an_upload_that_was_never_sent_is_not_counted(photos, monkeypatch):
    monkeypatch.setattr(sender, "GIVE_UP_SECONDS_AT_START", 0.1)
    with FakeService().serve() as server:
        url = server.url
    with pytest.raises(jsdf.TransientError, match="refused") as caught:
        jsdf.run(pd.Series(photos), LABELS, engine=jsdf.Hosted("test-key", url), progress=False)
    assert (caught.value.run.usage.requests, caught.value.run.usage.file_requests) == (0, 0)
    assert caught.value.run.counts["pending"] == len(photos)
