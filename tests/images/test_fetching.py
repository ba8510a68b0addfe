"""Images come from where they may, whole, once, or with a reason."""

import asyncio
import logging
import socket
import time

import pytest
from image_files import noise, saved
from image_host import Host, body, closed_port, cut, endless, hang_up, in_turn, redirect, status

import jsdf
from jsdf.errors import ImageError
from jsdf.images import Fetcher, Limits
from jsdf.images.ip_addresses import is_public

PNG = saved(noise())
SMALL = Limits(most_bytes=100_000, seconds=10)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def host():
    with Host() as found:
        found.pages["/a.png"] = body(PNG)
        yield found


def ours(address):
    """Takes 127.0.0.1 alone for public, where the test's host is."""
    return address == "127.0.0.1" or is_public(address)


class Resolver:
    """Names that lead where the test says, each time elsewhere, and how often it was asked."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    async def __call__(self, host, port):
        self.asked.append(host)
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


def guest(host, **options):
    return Fetcher(guest=True, is_public=ours, ports=[host.port], **{"limits": SMALL, **options})


def read(fetcher, *values):
    """What each value gives, all at once: bytes, or the error."""

    async def main():
        async with fetcher:
            return await asyncio.gather(*map(fetcher.read, values), return_exceptions=True)

    found = asyncio.run(main())
    assert all(isinstance(one, (bytes, ImageError)) for one in found), found
    return found


def refused(fetcher, value):
    (error,) = read(fetcher, value)
    assert isinstance(error, ImageError), "it was fetched"
    assert str(value) not in str(error)
    return error.trouble, str(error)


def both(host):
    return [guest(host), Fetcher(limits=SMALL)]


ANSWERS = {
    "gone": (status(404), "dead", "nothing at the address (HTTP 404)"),
    "removed": (status(410), "dead", "removed"),
    "forbidden": (status(403), "dead", "refuses access (HTTP 403)"),
    "failing": (status(500), "dead", "failed (HTTP 500)"),
    "teapot": (status(418), "dead", "HTTP 418"),
    "busy": (status(503), "dead", "too busy (HTTP 503)"),
    "asked too often": (status(429, retry_after="soon"), "dead", "too often (HTTP 429)"),
    "a redirect to nowhere": (status(302), "dead", "HTTP 302"),
    "nothing": (body(b""), "damaged", "the address gave nothing"),
    "a page": (body(b"\n<!DOCTYPE HTML><p>", "image/png"), "page", "the address gave a web page (HTML), not"),
    "a drawing": (body(b"<svg/>", "image/svg+xml"), "unsupported", "the address gave a drawing (SVG)"),
    "too long": (body(bytes(10), content_length=10**12), "oversize", "more than the 100000 bytes"),
    "endless": (endless, "oversize", "more than the 100000 bytes"),
    "compressed": (body(b"\x1f\x8b", content_encoding="gzip"), "unsupported", "compressed"),
    "cut": (cut(PNG), "dead", "connection broke"),
    "no http": (lambda handler: handler.wfile.write(b"\x16\x03\x01" * 99), "dead", "connection broke"),
    "to a file": (redirect("file:///etc/passwd"), "forbidden", "redirects to file://"),
    "to ftp": (redirect("ftp://127.0.0.1/"), "forbidden", "redirects to ftp://"),
    "to a private host": (redirect("http://[::1]:80/"), "forbidden", ""),
    "malformed": (redirect("http://[::1"), "dead", "malformed"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_a_host_says_is_one_reason(host, name):
    host.pages["/x.png"], trouble, words = ANSWERS[name]
    found = refused(guest(host), f"{host.url}/x.png")
    assert found[0] == trouble
    assert words in found[1]


def test_the_content_type_is_not_believed(host):
    host.pages["/x"] = body(PNG, "text/html")
    assert read(guest(host), f"{host.url}/x") == [PNG]


def test_a_host_that_says_too_little_is_left(host):
    host.pages["/silent"], host.pages["/trickle"] = host.until_over, host.trickle
    for path in ("/silent", "/trickle"):
        began = time.monotonic()
        found = refused(guest(host, limits=Limits(seconds=0.3)), host.url + path)
        assert found == ("dead", "the download took longer than 0.3 s")
        assert time.monotonic() - began < 5


def test_a_busy_host_is_waited_for(host, caplog):
    host.pages["/x.png"] = in_turn(status(503), status(429, retry_after="1"), body(PNG))
    with caplog.at_level(logging.DEBUG, logger="stamina"):
        assert read(guest(host), f"{host.url}/x.png") == [PNG]
    assert len(host.asked) == 3
    assert caplog.records == []


def test_a_host_that_hangs_up_is_asked_again(host):
    host.pages["/x.png"] = in_turn(hang_up, body(PNG))
    assert read(guest(host), f"{host.url}/x.png") == [PNG]


def test_nobody_listens():
    port = closed_port()
    for fetcher in (Fetcher(), Fetcher(guest=True, is_public=ours, ports=[port])):
        assert refused(fetcher, f"http://127.0.0.1:{port}/") == ("dead", "the host refuses connections")


def test_no_host_of_that_name():
    async def nowhere(name, port):
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    found = refused(Fetcher(guest=True, resolve=nowhere), "http://nowhere.invalid/a.png")
    assert found == ("dead", "no host of that name was found")


@pytest.mark.parametrize("url", ["http://", "http:///a.png", "http://a b/", "http://[::1/", f"http://{70 * 'a'}.x"])
@pytest.mark.parametrize("guest", [True, False])
def test_addresses_that_are_none(url, guest):
    (error,) = read(Fetcher(guest=guest, limits=SMALL), url)
    assert error.trouble == "dead"


def test_a_host_hears_who_asks_and_nothing_else(host, monkeypatch):
    monkeypatch.setenv("JIGSAWSTACK_API_KEY", "sk_made_up")
    host.pages["/x.png"] = body(PNG, set_cookie="id=7; Path=/")
    for fetcher in both(host):
        host.asked.clear()
        read(fetcher, f"{host.url}/x.png", f"{host.url}/a.png")
        for _, headers in host.asked:
            assert headers["User-Agent"] == f"jsdf/{jsdf.__version__}"
            assert headers["Accept-Encoding"] == "identity"
            assert set(headers) == {"Host", "Accept", "Accept-Encoding", "Connection", "User-Agent"}


def test_cookies_are_not_kept(host):
    host.pages["/x.png"] = body(PNG, set_cookie="id=7; Path=/")

    async def main():
        async with Fetcher() as fetcher:
            await fetcher.read(f"{host.url}/x.png")
            await fetcher.read(f"{host.url}/a.png")

    asyncio.run(main())
    assert "Cookie" not in host.asked[1][1]


def test_redirects_are_followed(host):
    host.pages["/1"], host.pages["/2"] = redirect("/2", 301), redirect(f"{host.url}/a.png", 307)
    for fetcher in both(host):
        assert read(fetcher, f"{host.url}/1") == [PNG]


def test_redirects_end(host):
    host.pages["/loop"] = redirect("/loop")
    assert refused(guest(host), f"{host.url}/loop") == ("dead", "it is redirected more than 5 times")
    assert len(host.asked) == 6


@pytest.mark.parametrize("target", ["127.0.0.2", "127.1.1", "0x7f000002", "localhost", "169.254.169.254", "[::1]"])
def test_redirects_from_a_public_host_to_a_private_one_are_refused(host, target):
    host.pages["/x"] = redirect(f"http://{target}:{host.port}/a.png")
    hidden = ("127.0.0.2", "::1", "127.0.0.1") if target == "localhost" else ("127.0.0.2", "::1")
    public = Resolver(["127.0.0.1"])

    async def resolve(name, port):
        from jsdf.images.ssrf_guard import resolve as system

        if name == "public.test":
            return await public(name, port)
        return [*(await system(name, port)), *(hidden if name == "localhost" else [])]

    fetcher = guest(host, resolve=resolve)
    assert refused(fetcher, f"http://public.test:{host.port}/x")[0] == "forbidden"
    assert host.paths == ["/x"]


def test_redirects_in_a_users_own_process_too(host):
    host.pages["/x"] = redirect(f"http://127.0.0.2:{host.port}/a.png")
    fetcher = Fetcher(limits=SMALL, is_public=ours)
    assert refused(fetcher, f"{host.url}/x")[0] == "forbidden"
    assert host.paths == ["/x"]


def test_redirects_a_private_host_may_redirect_where_it_likes(host):
    host.pages["/x"] = redirect(f"http://127.0.0.1:{host.port}/a.png")
    assert read(Fetcher(limits=SMALL), f"{host.url}/x") == [PNG]


def test_redirects_behind_a_proxy_hosts_are_judged_by_their_spelling(host, monkeypatch):
    monkeypatch.setenv("http_proxy", host.url)
    host.pages["http://images.test/x"] = redirect("http://10.0.0.1/a.png")
    host.pages["http://images.test/y"] = body(PNG)
    (error, content) = read(Fetcher(), "http://images.test/x", "http://images.test/y")
    assert (error.trouble, content) == ("forbidden", PNG)


SPELLINGS = """
127.0.0.1 127.1 2130706433 0x7f000001 0177.0.0.1 0 0.0.0.0 localhost 10.0.0.1 192.168.1.1 169.254.169.254
[::1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [64:ff9b::7f00:1] [fe80::1] [fd00:ec2::254] [2002:7f00:1::]
①②⑦.⓪.⓪.① 127。0。0。1 100.100.100.200 224.0.0.1 255.255.255.255
"""


@pytest.mark.parametrize("name", SPELLINGS.split())
def test_guests_reach_nothing_private_in_any_spelling(name):
    trouble, words = refused(Fetcher(guest=True, limits=Limits(seconds=5)), f"http://{name}/a.png")
    # A resolver may know no such name, which is as good.
    assert trouble == "forbidden" or words in ("no host of that name was found", "the address is malformed")


def test_guests_one_private_answer_refuses_the_name(host):
    for answers in (["127.0.0.1", "10.0.0.1"], ["::1", "127.0.0.1"]):
        fetcher = guest(host, resolve=Resolver(answers))
        assert refused(fetcher, f"http://mixed.test:{host.port}/a.png")[0] == "forbidden"
    assert host.asked == []


def test_guests_a_name_that_changes_its_mind_leads_where_it_was_looked_at(host):
    resolver = Resolver(["127.0.0.1"], ["127.0.0.2"])
    assert read(guest(host, resolve=resolver), f"http://rebinding.test:{host.port}/a.png") == [PNG]
    assert resolver.asked == ["rebinding.test"]
    assert host.asked[0][1]["Host"] == f"rebinding.test:{host.port}"


def test_guests_a_name_that_has_changed_by_the_redirect_is_refused(host):
    host.pages["/x"] = redirect("/a.png")
    resolver = Resolver(["127.0.0.1"], ["10.0.0.1"])
    fetcher = guest(host, resolve=resolver)
    assert refused(fetcher, f"http://rebinding.test:{host.port}/x")[0] == "forbidden"
    assert resolver.asked == ["rebinding.test"] * 2


def test_guests_the_next_address_is_tried_where_one_is_dead(host):
    resolver = Resolver(["::1", "127.0.0.1"])
    fetcher = Fetcher(guest=True, is_public=lambda _: True, ports=[host.port], resolve=resolver, limits=SMALL)
    assert read(fetcher, f"http://two.test:{host.port}/a.png") == [PNG]


@pytest.mark.parametrize("port", [22, 25, 6379, 9200, 65535])
def test_guests_name_the_ports_of_the_web_only(port):
    assert refused(Fetcher(guest=True), f"http://example.org:{port}/")[0] == "forbidden"


def test_guests_send_no_passwords(host):
    assert refused(guest(host), f"http://u:p@127.0.0.1:{host.port}/a.png")[0] == "forbidden"
    host.pages["/x"] = redirect(f"http://u:p@127.0.0.1:{host.port}/a.png")
    assert refused(guest(host), f"{host.url}/x")[0] == "forbidden"


def test_guests_use_no_proxy(host, monkeypatch):
    monkeypatch.setenv("http_proxy", host.url)
    assert refused(Fetcher(guest=True), "http://10.0.0.1/a.png")[0] == "forbidden"
    assert host.asked == []


def test_the_same_address_is_downloaded_once(host):
    url = f"{host.url}/a.png"
    assert read(guest(host), *[url] * 5, f" {url}\n") == [PNG] * 6
    assert host.paths == ["/a.png"]


def test_a_failure_is_shared_too_and_each_gets_its_own(host):
    first, second = read(guest(host), *[f"{host.url}/gone"] * 2)
    assert str(first) == str(second)
    assert first is not second
    assert len(host.asked) == 1


def test_a_caller_who_leaves_takes_nothing_from_the_others(host):
    async def main():
        release = asyncio.Event()

        async def slow(name, port):
            await release.wait()
            return ["127.0.0.1"]

        async with guest(host, resolve=slow) as fetcher:
            one, other = (asyncio.create_task(fetcher.read(f"http://x.test:{host.port}/a.png")) for _ in range(2))
            await asyncio.sleep(0)
            one.cancel()
            await asyncio.wait([one])
            release.set()
            return one.cancelled(), await other

    assert asyncio.run(main()) == (True, PNG)


def test_a_download_that_nobody_waits_for_ends(host):
    async def main():
        begun, ended = asyncio.Event(), asyncio.Event()

        async def hang(name, port):
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

        async with guest(host, resolve=hang) as fetcher:
            task = asyncio.create_task(fetcher.read(f"http://x.test:{host.port}/a.png"))
            await asyncio.wait_for(begun.wait(), 5)
            task.cancel()
            await asyncio.wait_for(ended.wait(), 5)

    asyncio.run(main())


def test_leaving_ends_what_is_under_way(host):
    host.pages["/silent"] = host.until_over

    async def main():
        async with guest(host) as fetcher:
            task = asyncio.create_task(fetcher.read(f"{host.url}/silent"))
            while not host.asked:
                await asyncio.sleep(0.001)
        await asyncio.wait_for(asyncio.wait([task]), 5)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


def test_no_more_at_once_than_allowed(host):
    now, most = 0, 0

    async def resolve(name, port):
        nonlocal now, most
        now, most = now + 1, max(most, now + 1)
        await asyncio.sleep(0.01)
        now -= 1
        return ["127.0.0.1"]

    host.pages["/a.png"] = body(PNG)
    fetcher = guest(host, resolve=resolve, concurrency=3)
    urls = [f"http://n{i}.test:{host.port}/a.png" for i in range(9)]
    assert read(fetcher, *urls) == [PNG] * 9
    assert most == 3


def test_many_that_were_cut_off_leave_room_for_the_next(host):
    host.pages.update({f"/silent{i}": host.until_over for i in range(12)})

    async def main():
        async with guest(host, limits=Limits(seconds=0.2), concurrency=4) as fetcher:
            silent = [fetcher.read(f"{host.url}/silent{i}") for i in range(12)]
            found = await asyncio.gather(*silent, return_exceptions=True)
            assert all(isinstance(one, ImageError) for one in found)
            return await fetcher.read(f"{host.url}/a.png")

    assert asyncio.run(main()) == PNG


def test_a_proxy_that_cannot_be_used_is_a_reason(monkeypatch):
    monkeypatch.setenv("all_proxy", "gopher://127.0.0.1:1")
    trouble, words = refused(Fetcher(), "http://images.test/a.png")
    assert trouble == "dead"
    assert "proxy cannot be used" in words
