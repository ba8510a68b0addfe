"""Signed URLs of file stores: the address without its signature, and the time until which it is valid.

A URL that is signed again differs in its signature, its expiry and its credentials, and leads to the same file. They
are removed only if all parameters that a scheme requires are there; all others, such as a version, stay as they are.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

#: A cheap test that few other texts pass.
_MAYBE_SIGNED = re.compile(
    r"https?://.*[?&](?:[a-z-]*signature|sig|hm|token|authorization)=", re.IGNORECASE | re.DOTALL
)

#: Values of the parameters by lower-case name -> end of validity; it may raise any `ValueError` or `LookupError`.
_Expiry = Callable[[Mapping[str, str]], "datetime | None"]


@dataclass(frozen=True)
class SigningScheme:
    """Query parameters by which a service signs URLs.

    Attributes:
        required: Names in lower case that must all be there; alternatives are separated by `|`.
        optional: Further names that belong to the signature.
        expiry: Values of the parameters -> end of validity.
        place: Pattern that host and path must match.
    """

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    expiry: _Expiry = lambda _: None
    place: str = ""

    def names(self) -> set[str]:
        """Return the names of all parameters that belong to the signature."""
        return {name for names in self.required for name in names.split("|")} | set(self.optional)

    def matches(self, parameters: Mapping[str, str], place: Callable[[], str]) -> bool:
        """Return True if all required parameters have a value and the place fits."""
        for names in self.required:
            if not parameters.get(names) and not any(map(parameters.get, names.split("|"))):
                return False
        return not self.place or re.search(self.place, place()) is not None


def _unix(name: str, base: int = 10) -> _Expiry:
    return lambda values: datetime.fromtimestamp(int(values[name], base), timezone.utc)


def _date_and_seconds(prefix: str) -> _Expiry:
    def expiry(values: Mapping[str, str]) -> datetime:
        start = datetime.strptime(values[f"{prefix}-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
        return start + timedelta(seconds=int(values[f"{prefix}-expires"]))

    return expiry


def _azure_expiry(values: Mapping[str, str]) -> datetime | None:
    # A user's key may end before the signature that was made with it.
    ends = [_iso(values[name]) for name in ("se", "ske") if values.get(name)]
    return min(ends, default=None)


def _iso(text: str) -> datetime:
    time = datetime.fromisoformat(re.sub(r"\.\d+", "", text).removesuffix("Z"))
    return time if time.tzinfo else time.replace(tzinfo=timezone.utc)


def _cloudfront_expiry(values: Mapping[str, str]) -> datetime | None:
    if values.get("expires"):
        return _unix("expires")(values)
    policy = json.loads(_from_base64(values["policy"].translate(str.maketrans("-_~", "+=/"))))
    statement = policy["Statement"]
    first: Any = statement[0] if isinstance(statement, list) else statement
    return datetime.fromtimestamp(int(first["Condition"]["DateLessThan"]["AWS:EpochTime"]), timezone.utc)


def _token_expiry(values: Mapping[str, str]) -> datetime:
    payload = json.loads(_from_base64(values["token"].split(".")[1].translate(str.maketrans("-_", "+/"))))
    return datetime.fromtimestamp(int(payload["exp"]), timezone.utc)


def _from_base64(text: str) -> bytes:
    text = text.rstrip("=")
    return base64.b64decode(text + "=" * (-len(text) % 4))


def _version_4(prefix: str, *optional: str) -> SigningScheme:
    required = [f"{prefix}-{name}" for name in ("credential", "date", "expires", "signature")]
    names = "algorithm", "signedheaders", "security-token", "content-sha256", *optional
    return SigningScheme(tuple(required), tuple(f"{prefix}-{name}" for name in names), _date_and_seconds(prefix))


def _version_2(key: str, *optional: str) -> SigningScheme:
    return SigningScheme((key, "expires", "signature"), optional, _unix("expires"))


#: By their documentation. Cloudflare R2, DigitalOcean Spaces, Wasabi, MinIO and others sign as S3 does.
SCHEMES = {
    "S3, version 4": _version_4("x-amz", "region-set"),
    "S3, version 2": _version_2("awsaccesskeyid", "x-amz-security-token"),
    "Google Cloud Storage, version 4": _version_4("x-goog"),
    "Google Cloud Storage, version 2": _version_2("googleaccessid"),
    "Google Cloud CDN": _version_2("keyname", "urlprefix"),
    "Azure": SigningScheme(
        ("sv", "sig", "sr|ss", "se|si"),
        ("sp", "st", "srt", "spr", "sip", "ses", "sdd", "skoid", "sktid", "skt", "ske", "sks", "skv", "saoid", "suoid",
         "scid", "sduoid", "skdutid"),
        _azure_expiry,
    ),
    "CloudFront": SigningScheme(
        ("key-pair-id", "signature", "expires|policy"), ("hash-algorithm",), _cloudfront_expiry
    ),
    "Alibaba Cloud OSS, version 4": _version_4("x-oss", "signature-version", "additional-headers"),
    "Alibaba Cloud OSS, version 1": _version_2("ossaccesskeyid", "security-token"),
    "Huawei Cloud OBS": _version_2("accesskeyid", "x-obs-security-token"),
    "Tencent Cloud COS": SigningScheme(
        ("q-sign-algorithm", "q-ak", "q-sign-time", "q-key-time", "q-signature"),
        ("q-header-list", "q-url-param-list", "x-cos-security-token"),
        lambda values: datetime.fromtimestamp(int(values["q-sign-time"].split(";")[1]), timezone.utc),
    ),
    "Backblaze B2": SigningScheme(("authorization",), place=r"backblazeb2\.com/|^[^/]+/file/[^/]+/."),
    "Discord": SigningScheme(
        ("ex", "is", "hm"), expiry=_unix("ex", 16), place=r"^(cdn\.discordapp\.com|media\.discordapp\.net)/"
    ),
    "Supabase": SigningScheme(("token",), expiry=_token_expiry, place=r"/storage/v1/(object|render/image)/sign/"),
}  # fmt: skip


def unsigned_url(text: str) -> str:
    """Return a URL without signature, expiry and credentials; any other text, and any other URL, unchanged."""
    scheme = _scheme_of(text)
    if scheme is None:
        return text
    names = scheme.names()
    address, hash_sign, fragment = text.partition("#")
    path, _, query = address.partition("?")
    kept = [part for part in query.split("&") if part and _name(part) not in names]
    return path + ("?" + "&".join(kept) if kept else "") + hash_sign + fragment


def is_signed(text: str) -> bool:
    """Return True if a text is a signed URL."""
    return _scheme_of(text) is not None


def signed_until(text: str) -> datetime | None:
    """Return the end of validity of a signed URL, in UTC; None for any other text and where it is not known."""
    scheme = _scheme_of(text)
    if scheme is None:
        return None
    try:
        return scheme.expiry({name: unquote(value) for name, value in _parameters(text).items()})
    except (ValueError, LookupError, TypeError, OverflowError, OSError):  # no date, or one out of range
        return None


def describe_expiry(text: str, now: datetime | None = None) -> str | None:
    """Return a sentence if the signature of a URL has expired, else None; `now` is for tests."""
    until = signed_until(text)
    if until is None or until > (now or datetime.now(timezone.utc)):
        return None
    return f"the address was signed until {until.astimezone(timezone.utc):%Y-%m-%d %H:%M} UTC: sign it again"


def _scheme_of(text: str) -> SigningScheme | None:
    is_possible = "?" in text and _MAYBE_SIGNED.match(text.lstrip()) is not None
    return _find_scheme(text) if is_possible else None


@lru_cache(maxsize=64)  # callers ask for several properties of one URL
def _find_scheme(text: str) -> SigningScheme | None:
    parameters = _parameters(text)

    def place() -> str:
        parts = urlsplit(text.strip())
        return (parts.hostname or "") + parts.path

    try:
        return next((scheme for scheme in SCHEMES.values() if scheme.matches(parameters, place)), None)
    except ValueError:  # brackets without an IP address
        return None


def _parameters(text: str) -> dict[str, str]:
    """Return the parameters by lower-case name, with their values as they are written."""
    query = text.partition("#")[0].partition("?")[2]
    return {_name(part): part.partition("=")[2] for part in query.strip().split("&")}


def _name(part: str) -> str:
    name = part.partition("=")[0]
    return (unquote(name) if "%" in name else name).lower()
