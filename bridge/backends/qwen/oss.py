"""Alibaba's object storage, where Qwen keeps files: version 4 of its signature, of a request with passing credentials.

By "Include a V4 signature in the Authorization header", Alibaba Cloud's documentation of OSS. The body is not signed:
OSS takes nothing but UNSIGNED-PAYLOAD, and the connection is encrypted.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote

ALGORITHM = "OSS4-HMAC-SHA256"
PAYLOAD = "UNSIGNED-PAYLOAD"

Headers = Mapping[str, str]

NOTHING: Headers = {}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the storage is entered with for some minutes; without a token they are lasting ones."""

    access_key_id: str = field(repr=False)
    access_key_secret: str = field(repr=False)
    security_token: str = field(default="", repr=False)


def signed_headers(
    *,
    method: str,
    bucket: str,
    key: str,
    region: str,
    credentials: Credentials,
    content_type: str,
    now: datetime,
    extra: Headers = NOTHING,
) -> dict[str, str]:
    """The headers of a request without a query, all of them signed; their names are in small letters.

    `key` is the object's name as it is read, not as it stands in an address. `region` may begin with `oss-`, as
    Qwen names it. OSS refuses a `now` that is more than 15 minutes off.
    """
    moment = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    headers = {name.lower(): value for name, value in extra.items()}
    headers |= {"content-type": content_type, "x-oss-content-sha256": PAYLOAD, "x-oss-date": moment}
    if credentials.security_token:
        headers["x-oss-security-token"] = credentials.security_token
    scope = f"{moment[:8]}/{region.removeprefix('oss-')}/oss/aliyun_v4_request"
    text = string_to_sign(moment, scope, canonical_request(method, bucket, key, headers))
    parts = [f"Credential={credentials.access_key_id}/{scope}"]
    if more := _additional(headers):
        parts.append(f"AdditionalHeaders={more}")
    parts.append(f"Signature={signature(credentials.access_key_secret, scope, text)}")
    return headers | {"authorization": f"{ALGORITHM} {','.join(parts)}"}


def path(key: str) -> str:
    """The object's name as it stands in an address and is signed: all but letters, digits, `-_.~` and `/` encoded."""
    return f"/{quote(key, safe='/')}"


def canonical_request(method: str, bucket: str, key: str, headers: Headers) -> str:
    """The one way to write down a request that has these headers, in small letters, and no query."""
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    return "\n".join((method, f"/{bucket}{path(key)}", "", lines, _additional(headers), PAYLOAD))


def string_to_sign(moment: str, scope: str, canonical: str) -> str:
    """What is signed: when, for which region, and the digest of the request."""
    return "\n".join((ALGORITHM, moment, scope, hashlib.sha256(canonical.encode()).hexdigest()))


def signature(secret: str, scope: str, text: str) -> str:
    """The signature of `text`; its key is made from the secret by each part of the scope in turn."""
    key = f"aliyun_v4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def _additional(headers: Headers) -> str:
    """The names of the headers that OSS would not sign by itself; it has to be told of them."""
    by_itself = ("content-type", "content-md5")
    return ";".join(sorted(name for name in headers if name not in by_itself and not name.startswith("x-oss-")))
