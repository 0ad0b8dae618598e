"""Everything that can be made to go wrong, in one table: `FAULTS`, from which the help, HTTP and the tests come.

`scheduled_faults` tells how a fault is ordered. Where Qwen's own words are known they stand here as they were seen.
`<chat_id>`, `<parent_id>`, `<response_id>` and `<request_id>` stand for the ids of the request.
"""

import json
from collections.abc import Mapping

from adapters.sandbox.qwen.fault_kinds import BEFORE, Fault, OtherAnswer, Refusal, Replacement, StreamFault
from adapters.sandbox.qwen.scheduled_faults import FaultMenu
from adapters.sandbox.qwen.wire import BAXIA, WAF_PAGE, WireError


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _failure(code: str, details: object, **more: object) -> str:
    data = {"code": code, "details": details, **more}
    return _json({"success": False, "request_id": "<request_id>", "data": data})


def _delta(phase: str, content: str = "", status: str = "typing", **more: object) -> str:
    delta = {"role": "assistant", "content": content, "phase": phase, "status": status, **more}
    return _json({"choices": [{"delta": delta}], "response_id": "<response_id>"})


_LIMIT = "You've reached the upper limit for today's usage."
GUEST_LIMIT = "You've reached the guest chat limit for today's usage. Log in to continue."
_WAIT = "You have reached the daily usage limit. Please wait {{num}} hours before trying again."
IMAGE_LIMIT = "今日生图额度已用完，登录后可继续生图。"
_BUSY = "目前服务访问量较大，请稍后再试。"
_UNSAFE = "内容安全警告：输入文本数据可能包含不当内容！"
_INVALID = "输入或附件无效。请检查后重试。"
_CHECK = _json(BAXIA)
_KEEP_ALIVE = {"action": "keep_alive", "chat_id": "<chat_id>", "response_id": "<response_id>", "timestamp": 1772616291}
_MODERATED = {"code": "data_inspection_failed", "modality": ["text"], "stage": "input", "details": _UNSAFE}
_ODD = (
    '{"response.selected": {"anything": [1, 2]}}',
    '{"response.info": {"action": "skip_think", "chat_id": "<chat_id>", "response_id": "<response_id>"}}',
    '{"choices": [], "response_id": "<response_id>"}',
    "[]",
    _delta("KeepAlive"),
    _delta("brand_new_phase", "This is not the answer."),
    _delta("brand_new_phase", status="finished"),
)


def moderated() -> WireError:
    """Return the error for a question that is refused for its words."""
    return WireError("data_inspection_failed", _UNSAFE)


_FAILED_SEARCH = (
    _delta("web_search", function_call={"name": "web_search", "arguments": '{"queries": ["cats"]}'}),
    _delta("web_search", status="error", role="function", name="web_search", extra={"error": "tool call timeout"}),
)


_QUOTA = {"template": _WAIT, "num": 4}

_TABLE = (
    # Said in the envelope, HTTP status 200.
    Fault(
        "quota", "RateLimited: the day's quota is spent; num is the hours", Refusal("RateLimited", _LIMIT, 429, _QUOTA)
    ),
    Fault("guest_limit", "RateLimited: the guest's quota is spent", Refusal("RateLimited", GUEST_LIMIT, 429)),
    Fault("image_limit", "RateLimited: the guest's pictures are spent", Refusal("RateLimited", IMAGE_LIMIT, 429)),
    Fault("quota_limited", "quotaLimited: a quota is spent", Refusal("quotaLimited", "Quota limited.", 429)),
    Fault("busy", "RateLimited: Qwen is busy for a moment", Refusal("RateLimited", _BUSY, 429)),
    Fault("parallel", "ParallelLimited: too many at once", Refusal("ParallelLimited", "Too many at once.", 429)),
    Fault("too_many", "Too_Many_Requests", Refusal("Too_Many_Requests", "Too many requests.", 429)),
    Fault("in_progress", "the chat is in progress", Refusal("Bad_Request", "The chat is in progress!")),
    Fault("unauthorized", "Unauthorized: no login", Refusal("Unauthorized", "401 Unauthorized", 401)),
    Fault("expired", "Unauthorized: the token has expired", Refusal("Unauthorized", "Token has expired", 401)),
    Fault("forbidden", "Forbidden: the account is flagged", Refusal("Forbidden", "403 Forbidden", 403)),
    Fault("stale", "Bad_Request, Internal error: pasted headers are stale", Refusal("Bad_Request", "Internal error")),
    Fault("model_not_found", "there is no such model", Refusal("Not_Found", "Model not found", 404)),
    Fault(
        "chat_gone", "the chat is not there", Refusal("Bad_Request", "Invalid input the chat <chat_id> is not exist")
    ),
    Fault("chat_not_found", "the same, by its other code", Refusal("CHAT_NOT_FOUND", "Chat not found", 404)),
    Fault("not_found", "the same, by a third code", Refusal("Not_Found", "Not found", 404)),
    Fault(
        "parent_gone",
        "the parent is not there",
        Refusal("Bad_Request", "Invalid input chat parent_id <parent_id> is not exist."),
    ),
    Fault(
        "broken_chain",
        "the chat is corrupted for good",
        Refusal("Bad_Request", "first message must not assistant message"),
    ),
    Fault(
        "invalid_request",
        "a field is missing",
        Refusal("RequestValidationError", "[\"Field 'query -> chat_id': Field required\"]"),
    ),
    Fault("invalid_input", "the question or its files are refused", Refusal("invalid_input", _INVALID)),
    Fault("invalid_file", "the file is refused", Refusal("Bad_Request", "Invalid file information!")),
    Fault("moderation", "data_inspection_failed: moderated", Refusal("data_inspection_failed", _UNSAFE)),
    Fault("too_long", "ContextLengthExceeded", Refusal("ContextLengthExceeded", "The context is too long.")),
    Fault("token_limit", "TokenLimit", Refusal("TokenLimit", "Too many tokens.")),
    Fault("internal_error", "internal_error", Refusal("internal_error", "Internal Error", 500)),
    Fault("server_error", "Internal_Server_Error", Refusal("Internal_Server_Error", "Internal Server Error", 500)),
    Fault(
        "human_check_code",
        "the human check as a code in the envelope",
        Refusal("FAIL_SYS_USER_VALIDATE", "哎哟喂,被挤爆啦,请稍后重试", 403),
    ),
    # The same in other shapes that were seen.
    Fault(
        "human_check_url",
        "the envelope sends to a human check, whatever its code",
        Replacement(_json({"success": False, "data": {"code": "Forbidden", "url": BAXIA["data"]["url"]}})),
    ),
    Fault(
        "number_code", "a number for a code, words in a list", Replacement(_json({"errorCode": 401, "detail": ["?"]}))
    ),
    Fault(
        "quota_bare",
        "the quota without the envelope",
        Replacement(_json({"code": "RateLimited", "detail": _LIMIT, "num": 4})),
    ),
    Fault(
        "error_object",
        "success false, and an error object",
        Replacement(_json({"success": False, "error": {"code": "internal_error", "details": "Internal Error"}})),
    ),
    Fault("error_string", "an error that is a string", Replacement(_json({"error": "Internal error!"}))),
    Fault(
        "false_success",
        "success true, but a code in data",
        Replacement(_failure("Bad_Request", "Internal error").replace("false", "true", 1)),
    ),
    Fault(
        "details_list", "details that are a list", Replacement(_failure("RequestValidationError", ["Field required"]))
    ),
    Fault(
        "parse_failed",
        "a document could not be read",
        Replacement(_json({"success": True, "data": [{"status": "failed"}]})),
    ),
    # Before Qwen.
    Fault("human_check", "the firewall's JSON: it wants to see a human", Replacement(_CHECK)),
    Fault(
        "human_check_flag",
        "the same in another of its shapes",
        Replacement(_json({"rgv587_flag": "sm", "url": BAXIA["data"]["url"]})),
    ),
    Fault("waf_html", "the firewall's page", Replacement(WAF_PAGE, content_type="text/html")),
    Fault(
        "http_400",
        "true status 400: the chat is in progress",
        Replacement(_failure("Bad_Request", "The chat is in progress!"), 400),
    ),
    Fault("http_401", "true status 401", Replacement(_failure("Unauthorized", "401 Unauthorized"), 401)),
    Fault("http_403", "true status 403", Replacement(_failure("Forbidden", "403 Forbidden"), 403)),
    Fault("http_429", "true status 429", Replacement(_failure("Too_Many_Requests", "Too many requests."), 429)),
    Fault("not_json", "JSON that breaks off", Replacement('{"success":true,"data":{"id":')),
    *BEFORE,
    # In the stream: failures.
    Fault(
        "moderation_frame",
        "moderated inside the stream",
        StreamFault("end", (_json({"error": _MODERATED, "response_id": "<response_id>", "response_index": 0}),)),
    ),
    Fault(
        "moderation_error_code",
        "the same, whose code is called error_code",
        StreamFault("end", (_json({"error": {"error_code": "data_inspection_failed", "details": _UNSAFE}}),)),
    ),
    Fault(
        "error_object_frame",
        "an error object as a frame: quota_limit",
        StreamFault("end", (_json({"error": {"code": "quota_limit", "details": _LIMIT}}),)),
    ),
    Fault(
        "error_string_frame", "an error string as a frame", StreamFault("end", (_json({"error": "Internal error!"}),))
    ),
    Fault(
        "unauthorized_frame",
        "the login ends inside the stream",
        StreamFault("end", (_json({"error": {"code": "unauthorized"}}),)),
    ),
    Fault(
        "internal_error_frame",
        "a bare code as a frame",
        StreamFault("end", (_json({"code": "internal_error", "details": "Internal Error"}),)),
    ),
    Fault(
        "quota_frame",
        "the envelope of the quota as a frame",
        StreamFault("end", (_failure("RateLimited", _LIMIT, template=_WAIT, num=4),)),
    ),
    Fault("human_check_frame", "the firewall's JSON as a frame", StreamFault("end", (_CHECK,))),
    Fault(
        "human_check_body",
        "the firewall's JSON as the whole of a stream, unframed",
        StreamFault("end", (_CHECK,), "start", framed=False),
    ),
    Fault(
        "human_check_late",
        "the firewall's JSON inside a stream, unframed",
        StreamFault("end", (_CHECK,), "created", framed=False),
    ),
    Fault(
        "delta_error",
        "a delta with status error, its extra says why",
        StreamFault("end", (_delta("answer", status="error", extra={"error": {"code": "internal_error"}}),)),
    ),
    Fault(
        "delta_error_text",
        "a delta with status error, its content says why",
        StreamFault("end", (_delta("answer", "Internal error!", "error"),)),
    ),
    Fault(
        "aborted",
        "a delta with status abort, and then the end",
        StreamFault("end", (_delta("answer", status="abort"), "[DONE]")),
    ),
    Fault(
        "tool_missing",
        "in place of an answer, that its model called a tool that is not there",
        StreamFault(
            "end",
            (_delta("answer", "Tool web_search does not exists."), _delta("answer", status="finished")),
            "created",
        ),
    ),
    # In the stream: silence.
    Fault("zero_bytes", "a stream of no bytes", StreamFault("end", at="start")),
    Fault("created_only", "only the first frame", StreamFault("end", at="created")),
    Fault("done_only", "only [DONE]", StreamFault("end", ("[DONE]",), "start")),
    Fault(
        "finished_only", "finished without text", StreamFault("end", (_delta("answer", status="finished"),), "created")
    ),
    Fault("reasoning_only", "thoughts, and no answer", StreamFault("end", thinking=True)),
    Fault("silence", "headers, and then nothing", StreamFault("stall", at="start")),
    Fault("stall", "nothing more comes after so many pieces", StreamFault("stall", pieces=1)),
    Fault("disconnect", "the connection breaks after so many pieces; Qwen writes on", StreamFault("drop", pieces=1)),
    Fault("unfinished", "the stream ends early, without a break; Qwen writes on", StreamFault("close", pieces=1)),
    # In the stream: oddities that a client has to bear.
    Fault("idle", "silence for so many seconds after so many pieces", StreamFault("wait", pieces=1)),
    Fault(
        "invalid_json_line", "a garbled frame among the others", StreamFault("on", ('{"choices": [{"delta"',), pieces=1)
    ),
    Fault("odd_frames", "unknown events and phases among the others", StreamFault("on", _ODD, pieces=1)),
    Fault(
        "keep_alives",
        "keep-alive frames before and between",
        StreamFault("on", (_json({"response.info": _KEEP_ALIVE}),), every=True),
    ),
    Fault(
        "search_failed",
        "the search of the web fails, and the answer comes",
        StreamFault("on", _FAILED_SEARCH, "created"),
    ),
    Fault("two_answers", "a second answer, its frames among those of the first", OtherAnswer()),
    Fault("html_type", "a stream that is called text/html", StreamFault("on", content_type="text/html")),
)

FAULTS: Mapping[str, Fault] = {fault.name: fault for fault in _TABLE}
"""All faults by name."""

ENDPOINTS = (
    "models",
    "chats/new",
    "completions",
    "stop",
    "chats",
    "chat",
    "select",
    "refresh",
    "auths",
    "settings",
    "files/getstsToken",
    "files/parse",
    "files/parse/status",
    "upload",
    "picture",
)
"""The endpoints on which a fault may be ordered; `*` is any of them.

`chats` is the list, `chat` one chat; `auths` is the profile of the account; `upload` is the bucket.
"""

MENU = FaultMenu(FAULTS, ENDPOINTS)
