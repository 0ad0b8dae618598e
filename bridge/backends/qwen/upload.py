"""Uploads a file to Qwen: asks for a grant, puts the file into its storage, waits until a document is parsed."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from io import BytesIO

import aiohttp
from yarl import URL

from bridge.backends.http.file_kinds import Kind, kind_of
from bridge.backends.qwen import files, oss
from bridge.backends.qwen.files import Grant
from bridge.backends.qwen.wire import Json
from bridge.errors import (
    AskLater,
    Busy,
    ChatGone,
    Flagged,
    InProgress,
    ModelUnknown,
    NotUnderstood,
    QuotaSpent,
    Refused,
    Stale,
)
from bridge.i18n import sentences
from bridge.model import Attachment

PUT_SECONDS = 120.0
"""Limits the transfer of the file itself; Qwen's grant ends after about 300."""

PARSE_SECONDS = 60.0
POLL_SECONDS = 1.0
"""Limit how long Qwen may parse a document, and separate two looks whether it has."""

Ask = Callable[[str, Json], Awaitable[Json]]
"""POSTs a payload to a path of Qwen's web API, and returns the JSON object that answers. Raises QwenError."""

_HOST = re.compile(r"[a-z0-9.-]+(:\d{1,5})?", re.IGNORECASE)
_LOOPBACK = re.compile(r"(127\.\d+\.\d+\.\d+|localhost)(:\d{1,5})?", re.IGNORECASE)


async def upload(session: aiohttp.ClientSession, ask: Ask, attachment: Attachment) -> dict[str, object]:
    """Upload a file, and return it as an element of `files` in a question.

    `session` must have no headers of its own, for the storage is not Qwen. Raises Refused where Qwen does not take
    such a file or no more files, AskLater where something on the way failed, and what else `ask` raises.
    """
    kind = kind_of(attachment)
    grant = files.grant(await _asked(ask, "/api/v2/files/getstsToken", files.announcement(attachment, kind)))
    await _put(session, grant, attachment, kind)
    if kind.type == "file":
        await _parsed(ask, grant.file_id)
    return files.element(attachment, kind, grant)


def address(grant: Grant) -> URL:
    """Return the URL to put the file to: https://<bucket>.<endpoint>/<file path>.

    An endpoint on this machine, as of a stand-in, has no bucket before it, and is asked without encryption; any other
    that says http is not understood. An endpoint with a scheme is taken as it is. Raises NotUnderstood.
    """
    scheme, _, host = grant.endpoint.rstrip("/").rpartition("://")
    if _LOOPBACK.fullmatch(host):
        scheme = scheme or "http"
    elif scheme in ("", "https"):
        host = host if scheme else f"{grant.bucket}.{host}"
        scheme = "https"
    else:
        raise NotUnderstood
    if not _HOST.fullmatch(host):
        raise NotUnderstood
    return URL(f"{scheme}://{host}{oss.path(grant.file_path)}", encoded=True)


async def _asked(ask: Ask, path: str, payload: Json) -> Json:
    """Return what Qwen answers. Its refusals speak of the file here, and not of the conversation or the account."""
    try:
        return await ask(path, payload)
    except (QuotaSpent, Busy):
        # Files have a budget of their own, of some minutes (qwen wire, upload budget): questions are still answered.
        raise Refused(sentences.NO_MORE_FILES) from None
    except (ChatGone, InProgress, ModelUnknown, Stale, Flagged):
        raise AskLater(sentences.FILE_NOT_TAKEN) from None


async def _put(session: aiohttp.ClientSession, grant: Grant, attachment: Attachment, kind: Kind) -> None:
    """Put the file into the storage. Raises AskLater; aiohttp's errors hold the address, and are not chained."""
    headers = oss.signed_headers(
        method="PUT",
        bucket=grant.bucket,
        key=grant.file_path,
        region=grant.region,
        credentials=grant.credentials,
        content_type=kind.mime,
        now=datetime.now(UTC),
    )
    try:
        async with (
            asyncio.timeout(PUT_SECONDS),
            session.put(
                address(grant), data=BytesIO(attachment.data), headers=headers, allow_redirects=False
            ) as response,
        ):
            outcome = f"answered {response.status}"
            taken = response.status == 200
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        outcome, taken = f"could not be reached ({type(error).__name__})", False
    if not taken:
        raise AskLater(
            "Qwen's storage did not take the file. Please send it again in a moment.",
            remedy=f"Qwen's file storage {outcome}; check this machine's clock and network, and PROXY_URL",
        )


async def _parsed(ask: Ask, file_id: str) -> None:
    """Have Qwen parse the document, and wait until it has. Raises AskLater."""
    state: files.Parsing = "running"
    try:
        async with asyncio.timeout(PARSE_SECONDS):
            await _asked(ask, "/api/v2/files/parse", files.parse(file_id))
            while state == "running":
                state = files.parsing(await _asked(ask, "/api/v2/files/parse/status", files.parse_status(file_id)))
                if state == "running":
                    await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        raise AskLater("Qwen took too long to read that file. Please send it again in a moment.") from None
    if state == "failed":
        raise AskLater("Qwen could not read that file. Please send it again, or in another format.")
