"""Bringing a file to Qwen: leave from Qwen, the file into its storage, and for documents the wait until it is read."""

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
from bridge.errors import AskLater, ChatGone, InProgress, ModelUnknown, NotUnderstood, QuotaSpent, Refused
from bridge.i18n import sentences
from bridge.model import Attachment

PUT_SECONDS = 120.0
"""How long the file itself may take on its way; Qwen's leave ends after about 300."""

PARSE_SECONDS = 60.0
POLL_SECONDS = 1.0
"""How long Qwen may read a document, and how long to wait between looks."""

Ask = Callable[[str, Json], Awaitable[Json]]
"""POSTs a payload to a path of Qwen's web API and gives the JSON object that answers. Raises QwenError."""

_HOST = re.compile(r"[a-z0-9.-]+(:\d{1,5})?", re.IGNORECASE)
_LOOPBACK = re.compile(r"(127\.\d+\.\d+\.\d+|localhost)(:\d{1,5})?", re.IGNORECASE)


async def upload(session: aiohttp.ClientSession, ask: Ask, attachment: Attachment) -> dict[str, object]:
    """Bring the file to Qwen, and give it as an element of `files` in a question.

    The session must have no headers of its own, for the storage is not Qwen. Raises Refused where Qwen does not take
    such a file or no more files, AskLater where something on the way failed, and what else `ask` raises.
    """
    kind = kind_of(attachment)
    leave = files.grant(await _asked(ask, "/api/v2/files/getstsToken", files.announcement(attachment, kind)))
    await _put(session, leave, attachment, kind)
    if kind.type == "file":
        await _parsed(ask, leave.file_id)
    return files.element(attachment, kind, leave)


def address(leave: Grant) -> URL:
    """Where the file is put: https://<bucket>.<endpoint>/<file path>.

    An endpoint on this machine, as of a stand-in, has no bucket before it, and is asked without encryption; any other
    that says http is not understood. An endpoint with a scheme is taken as it is. Raises NotUnderstood.
    """
    scheme, _, host = leave.endpoint.rstrip("/").rpartition("://")
    if _LOOPBACK.fullmatch(host):
        scheme = scheme or "http"
    elif scheme in ("", "https"):
        host = host if scheme else f"{leave.bucket}.{host}"
        scheme = "https"
    else:
        raise NotUnderstood
    if not _HOST.fullmatch(host):
        raise NotUnderstood
    return URL(f"{scheme}://{host}{oss.path(leave.file_path)}", encoded=True)


async def _asked(ask: Ask, path: str, payload: Json) -> Json:
    """What Qwen answers. Its "not found" is of the file here: the conversation has nothing to do with it."""
    try:
        return await ask(path, payload)
    except QuotaSpent:
        # Files have a quota of their own (qwen wire, guest mode): questions are still answered.
        raise Refused(sentences.NO_MORE_FILES) from None
    except (ChatGone, InProgress, ModelUnknown):
        raise AskLater(sentences.FILE_NOT_TAKEN) from None


async def _put(session: aiohttp.ClientSession, leave: Grant, attachment: Attachment, kind: Kind) -> None:
    """Put the file into the storage. The errors of aiohttp hold the address, so nothing of them is kept."""
    headers = oss.signed_headers(
        method="PUT",
        bucket=leave.bucket,
        key=leave.file_path,
        region=leave.region,
        credentials=leave.credentials,
        content_type=kind.mime,
        now=datetime.now(UTC),
    )
    try:
        async with (
            asyncio.timeout(PUT_SECONDS),
            session.put(
                address(leave), data=BytesIO(attachment.data), headers=headers, allow_redirects=False
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
    """Have Qwen read the document, and wait until it has."""
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
