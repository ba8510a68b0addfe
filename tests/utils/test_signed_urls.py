"""A signed URL is known without its signature, expiry and credentials; every other URL stays as it is."""

import base64
import json
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsdf.utils.signed_urls import SCHEMES, describe_expiry, is_signed, signed_until, unsigned_url

UNTIL = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
UNIX = int(UNTIL.timestamp())


def cloudfront_policy(until):
    statement = {"Resource": "https://d1.cloudfront.net/*", "Condition": {"DateLessThan": {"AWS:EpochTime": until}}}
    text = base64.b64encode(json.dumps({"Statement": [statement]}).encode()).decode()
    return text.translate(str.maketrans("+=/", "-_~"))


def token(until):
    return ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in ({"alg": "HS256"}, {"url": "photos/a.jpg", "iat": until - 60, "exp": until}, "signature")
    )


V4_END = "&{p}-Date=20261120T110000Z&{p}-Expires=3600&{p}-SignedHeaders=host&{p}-Signature=0a1b"
#: Name -> scheme, address, the parameters of a signature until 2026-11-20 12:00 UTC, and whether the end is known.
URLS = {
    "s3 v4": (
        "S3, version 4",
        "https://b.s3.eu-west-1.amazonaws.com/a.jpg",
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2F20261120%2Feu-west-1%2Fs3%2Faws4_request"
        + V4_END.format(p="X-Amz"),
    ),
    "s3 v4 with a session": (
        "S3, version 4",
        "https://b.s3.amazonaws.com/a.jpg",
        "X-Amz-Algorithm=A&X-Amz-Credential=c&X-Amz-Security-Token=t%2Ft==&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD"
        + V4_END.format(p="X-Amz"),
    ),
    "r2": (
        "S3, version 4",
        "https://b.0123.r2.cloudflarestorage.com/a.jpg",
        "X-Amz-Algorithm=A&X-Amz-Credential=c" + V4_END.format(p="X-Amz"),
    ),
    "s3 v2": (
        "S3, version 2",
        "https://b.s3.amazonaws.com/a.jpg",
        f"AWSAccessKeyId=AKIA&Signature=vjbyPxybdZ%2B0%3D&Expires={UNIX}",
    ),
    "gcs v4": (
        "Google Cloud Storage, version 4",
        "https://storage.googleapis.com/b/a.jpg",
        "X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=x%40y.iam" + V4_END.format(p="X-Goog"),
    ),
    "gcs v2": (
        "Google Cloud Storage, version 2",
        "https://storage.googleapis.com/b/a.jpg",
        f"GoogleAccessId=x%40y.iam.gserviceaccount.com&Expires={UNIX}&Signature=Ab%2Fc%3D%3D",
    ),
    "cloud cdn": ("Google Cloud CDN", "https://cdn.example.org/a.jpg", f"Expires={UNIX}&KeyName=k&Signature=s-_="),
    "azure service": (
        "Azure",
        "https://acc.blob.core.windows.net/c/a.jpg",
        "sp=r&st=2026-11-20T10:00:00Z&se=2026-11-20T12:00:00Z&spr=https&sv=2022-11-02&sr=b&sig=Zm9v%2B%3D",
    ),
    "azure account": (
        "Azure",
        "https://acc.blob.core.windows.net/c/a.jpg",
        "sv=2022-11-02&ss=b&srt=o&sp=r&se=2026-11-20T12%3A00%3A00Z&sip=1.2.3.4&sig=Zm9v",
    ),
    "azure user": (
        "Azure",
        "https://acc.blob.core.windows.net/c/a.jpg",
        "sv=2022-11-02&sr=b&sp=r&se=2026-11-22&skoid=o&sktid=t&skt=2026-11-20&ske=2026-11-20T12:00Z&sks=b&skv=1&sig=Zm",
    ),
    "cloudfront": (
        "CloudFront",
        "https://d1.cloudfront.net/a.jpg",
        f"Expires={UNIX}&Signature=a-b~c__&Key-Pair-Id=K2",
    ),
    "cloudfront policy": (
        "CloudFront",
        "https://cdn.example.org/a.jpg",
        f"Policy={cloudfront_policy(UNIX)}&Signature=a-b~c__&Key-Pair-Id=K2",
    ),
    "oss v1": (
        "Alibaba Cloud OSS, version 1",
        "https://b.oss-cn-hangzhou.aliyuncs.com/a.jpg",
        f"OSSAccessKeyId=LTAI&Expires={UNIX}&Signature=x%3D&security-token=CAIS",
    ),
    "oss v4": (
        "Alibaba Cloud OSS, version 4",
        "https://b.oss-cn-hangzhou.aliyuncs.com/a.jpg",
        "x-oss-signature-version=OSS4-HMAC-SHA256&x-oss-credential=c&x-oss-date=20261120T110000Z&x-oss-expires=3600"
        "&x-oss-signature=77db",
    ),
    "obs": (
        "Huawei Cloud OBS",
        "https://b.obs.cn-north-4.myhuaweicloud.com/a.jpg",
        f"AccessKeyId=H&Expires={UNIX}&Signature=x%3D",
    ),
    "cos": (
        "Tencent Cloud COS",
        "https://b-1.cos.ap-beijing.myqcloud.com/a.jpg",
        f"q-sign-algorithm=sha1&q-ak=AK&q-sign-time={UNIX - 60};{UNIX}&q-key-time={UNIX - 60};{UNIX}&q-header-list="
        "&q-url-param-list=&q-signature=1a2b",
    ),
    "b2": ("Backblaze B2", "https://f003.backblazeb2.com/file/photos/a.jpg", "Authorization=3_2026_abc"),
    "discord": (
        "Discord",
        "https://cdn.discordapp.com/attachments/1/2/a.jpg",
        f"ex={UNIX:x}&is={UNIX - 86400:x}&hm=0ff0",
    ),
    "supabase": (
        "Supabase",
        "https://p.supabase.co/storage/v1/object/sign/photos/a.jpg",
        f"token={token(UNIX)}",
    ),
}
ADDRESSES = {name: (address, parameters) for name, (_, address, parameters) in URLS.items()}
OTHERS = [
    "versionId=3sL4",
    "response-content-type=image%2Fpng",
    "x-oss-process=image/resize,w_100",
    "w=640",
    "v",
    "a=b=c",
]


def test_there_is_an_example_of_every_scheme():
    assert {scheme for scheme, *_ in URLS.values()} == set(SCHEMES)


@pytest.mark.parametrize("name", ADDRESSES)
def test_the_address_is_left(name):
    address, parameters = ADDRESSES[name]
    assert unsigned_url(f"{address}?{parameters}") == address
    assert unsigned_url(f"{address}?{parameters}#top") == f"{address}#top"
    assert is_signed(f"{address}?{parameters}")
    assert not is_signed(address)


@given(st.sampled_from(sorted(ADDRESSES)), st.lists(st.sampled_from(OTHERS)), st.randoms())
def test_what_selects_the_content_is_kept_in_its_order(name, others, random):
    address, parameters = ADDRESSES[name]
    query = list(others)
    for part in parameters.split("&"):
        query.insert(random.randint(0, len(query)), part)
    kept = [part for part in query if part in others]
    assert unsigned_url(f"{address}?{'&'.join(query)}") == address + ("?" + "&".join(kept) if kept else "")


@pytest.mark.parametrize("name", ADDRESSES)
def test_without_one_of_its_required_parameters_it_is_no_signed_url(name):
    address, parameters = ADDRESSES[name]
    scheme = SCHEMES[URLS[name][0]]
    for names in scheme.required:
        parts = [part for part in parameters.split("&") if part.partition("=")[0].lower() not in names.split("|")]
        url = f"{address}?{'&'.join(parts)}"
        assert unsigned_url(url) == url


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/a.jpg?w=640&sig=large",
        "https://example.org/a.jpg?signature=artist&page=2",
        "https://example.org/a.jpg?se=1&sp=2&sr=3",
        "https://example.org/a.jpg?ex=1&is=2&hm=3",
        "https://example.org/a.jpg?token=abc",
        "https://example.org/a.jpg?Authorization=x",
        "https://example.org/a.jpg?Expires=1&Signature=",
        "https://[::1/file/b/a.jpg?Authorization=x",
        "a.jpg?sv=1&sr=b&se=2026-11-20&sig=x",
        "data:image/png;base64,AAAA?sv=1&sr=b&se=2026-11-20&sig=x",
        "see https://example.org/a.jpg?sv=1&sr=b&se=2026-11-20&sig=x",
        "",
    ],
)
def test_other_texts_stay_as_they_are(text):
    assert unsigned_url(text) == text
    assert signed_until(text) is None


@given(st.text())
def test_any_text_can_be_asked(text):
    assert unsigned_url(text) == text
    assert signed_until("https://a.b/c?" + text) is None or "=" in text


@pytest.mark.parametrize("name", [name for name in URLS if name != "b2"])
def test_the_end_of_validity_is_known(name):
    url = "{}?{}".format(*ADDRESSES[name])
    assert signed_until(url) == UNTIL
    assert describe_expiry(url, UNTIL - timedelta(seconds=1)) is None
    sentence = "the address was signed until 2026-11-20 12:00 UTC: sign it again"
    assert (
        describe_expiry(url, UNTIL) == describe_expiry(url, UNTIL.astimezone(timezone(timedelta(hours=5)))) == sentence
    )


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("s3 v2", f"Expires={UNIX}", "Expires=soon"),
        ("s3 v2", f"Expires={UNIX}", "Expires=99999999999999999999"),
        ("s3 v4", "X-Amz-Date=20261120T110000Z", "X-Amz-Date=20261320"),
        ("azure service", "se=2026-11-20T12:00:00Z", "se=later"),
        ("azure service", "se=2026-11-20T12:00:00Z", "si=policy"),
        ("cloudfront policy", "Policy=", "Policy=x"),
        ("discord", f"ex={UNIX:x}", "ex=zz"),
        ("supabase", "token=ey", "token=x.ey"),
        ("b2", "", ""),
    ],
)
def test_an_unknown_end_is_no_error(name, before, after):
    address, parameters = ADDRESSES[name]
    assert before in parameters
    url = f"{address}?{parameters.replace(before, after)}"
    assert is_signed(url)
    assert signed_until(url) is None
    assert describe_expiry(url) is None
