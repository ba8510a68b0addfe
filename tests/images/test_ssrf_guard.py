"""Untrusted URLs reach only public hosts, in any spelling and through any redirect."""

import pytest
from fetching import PNG, SMALL, Resolver, guest, ours, read, refused
from image_host import body, redirect

from jsdf.images import Fetcher, Limits


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
    assert (error.code, content) == ("forbidden", PNG)


SPELLINGS = """
127.0.0.1 127.1 2130706433 0x7f000001 0177.0.0.1 0 0.0.0.0 localhost 10.0.0.1 192.168.1.1 169.254.169.254
[::1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [64:ff9b::7f00:1] [fe80::1] [fd00:ec2::254] [2002:7f00:1::]
①②⑦.⓪.⓪.① 127。0。0。1 100.100.100.200 224.0.0.1 255.255.255.255
"""


@pytest.mark.parametrize("name", SPELLINGS.split())
def test_guests_reach_nothing_private_in_any_spelling(name):
    trouble, words = refused(Fetcher(untrusted=True, limits=Limits(seconds=5)), f"http://{name}/a.png")
    # A resolver may reject such a name, which is as safe.
    assert trouble == "forbidden" or words in ("no host of that name was found", "the URL is malformed")


def test_guests_one_private_answer_refuses_the_name(host):
    for answers in (["127.0.0.1", "10.0.0.1"], ["::1", "127.0.0.1"]):
        fetcher = guest(host, resolve=Resolver(answers))
        assert refused(fetcher, f"http://mixed.test:{host.port}/a.png")[0] == "forbidden"
    assert host.asked == []


def test_guests_a_name_is_resolved_once_per_connection(host):
    resolver = Resolver(["127.0.0.1"], ["127.0.0.2"])
    assert read(guest(host, resolve=resolver), f"http://rebinding.test:{host.port}/a.png") == [PNG]
    assert resolver.asked == ["rebinding.test"]
    assert host.asked[0][1]["Host"] == f"rebinding.test:{host.port}"


def test_guests_a_name_is_checked_again_after_a_redirect(host):
    host.pages["/x"] = redirect("/a.png")
    resolver = Resolver(["127.0.0.1"], ["10.0.0.1"])
    fetcher = guest(host, resolve=resolver)
    assert refused(fetcher, f"http://rebinding.test:{host.port}/x")[0] == "forbidden"
    assert resolver.asked == ["rebinding.test"] * 2


def test_guests_the_next_address_is_tried_where_one_is_dead(host):
    resolver = Resolver(["::1", "127.0.0.1"])
    fetcher = Fetcher(untrusted=True, is_public=lambda _: True, ports=[host.port], resolve=resolver, limits=SMALL)
    assert read(fetcher, f"http://two.test:{host.port}/a.png") == [PNG]


@pytest.mark.parametrize("port", [22, 25, 6379, 9200, 65535])
def test_guests_name_the_ports_of_the_web_only(port):
    assert refused(Fetcher(untrusted=True), f"http://example.org:{port}/")[0] == "forbidden"


def test_guests_send_no_passwords(host):
    assert refused(guest(host), f"http://u:p@127.0.0.1:{host.port}/a.png")[0] == "forbidden"
    host.pages["/x"] = redirect(f"http://u:p@127.0.0.1:{host.port}/a.png")
    assert refused(guest(host), f"{host.url}/x")[0] == "forbidden"


def test_guests_use_no_proxy(host, monkeypatch):
    monkeypatch.setenv("http_proxy", host.url)
    assert refused(Fetcher(untrusted=True), "http://10.0.0.1/a.png")[0] == "forbidden"
    assert host.asked == []
