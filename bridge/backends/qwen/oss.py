"""Signs requests to Alibaba's object storage (OSS), where Qwen keeps files, with version 4 of its signature.

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
"""Stands in a signature for the digest of the body."""

Headers = Mapping[str, str]

NOTHING: Headers = {}


@dataclass(frozen=True, slots=True)
class Credentials:
    """Holds the keys to the storage, valid for some minutes; without a token they are lasting ones."""

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
    """Return the headers of a request without a query, all of them signed; their names are in lower case.

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
    """Return an object's path for an address or a signature: all but letters, digits, `-_.~` and `/` encoded."""
    return f"/{quote(key, safe='/')}"


def canonical_request(method: str, bucket: str, key: str, headers: Headers) -> str:
    """Return the canonical text of a request with these headers, in lower case, and without a query."""
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    return "\n".join((method, f"/{bucket}{path(key)}", "", lines, _additional(headers), PAYLOAD))


def string_to_sign(moment: str, scope: str, canonical: str) -> str:
    """Return the text to sign: when, for which region, and the digest of the canonical request."""
    return "\n".join((ALGORITHM, moment, scope, hashlib.sha256(canonical.encode()).hexdigest()))


def signature(secret: str, scope: str, text: str) -> str:
    """Return the signature of `text` (hex); its key is derived from the secret by each part of the scope in turn."""
    key = f"aliyun_v4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def _additional(headers: Headers) -> str:
    """Return the names of the headers that OSS does not expect to be signed; it has to be told of them."""
    by_itself = ("content-type", "content-md5")
    return ";".join(sorted(name for name in headers if name not in by_itself and not name.startswith("x-oss-")))
