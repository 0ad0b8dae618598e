"""Faults of an API, in one table; those that both stand-ins know have the same name.

The words are those of Model Studio, vLLM, Ollama and llama.cpp.
"""

import json
from collections.abc import Mapping

from adapters.sandbox.qwen.fault_kinds import BEFORE, Fault, Refusal, Replacement, StreamFault, page
from adapters.sandbox.qwen.scheduled_faults import FaultMenu


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _delta(**delta: object) -> str:
    return _json({"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})


def _error(code: str, message: str) -> str:
    return _json({"error": {"message": message, "type": code, "param": None, "code": code}})


_UNSAFE = "Input data may contain inappropriate content."
_LENGTH = "Range of input length should be [1, 98304]"
_CONTEXT = "This model's maximum context length is 2048 tokens. However, your request has 2100 input tokens."
_PROVIDER = {"code": 500, "message": "Provider returned error"}
_OVERFLOW = {"code": 400, "message": "request exceeds the available context size", "type": "exceed_context_size_error"}
_ODD = ("{}", "[]", '{"choices": []}', '{"choices": [{"delta": null}]}', _delta(refusal=None), '{"error": null}')
_HTML = "<!doctype html><title>Welcome</title>"

_TABLE = (
    # Said in JSON, with the true status.
    Fault("quota", "insufficient_quota: it is spent", Refusal("insufficient_quota", "Allocated quota exceeded.", 429)),
    Fault("busy", "too many requests", Refusal("Throttling.RateQuota", "Requests rate limit exceeded", 429)),
    Fault("burst", "requests grew too fast", Refusal("limit_burst_rate", "Request rate increased too quickly", 429)),
    Fault("too_many", "too many requests, by a bare code", Refusal("Throttling", "Too many requests.", 429)),
    Fault(
        "retry_after",
        "too many requests, and Retry-After: so many seconds",
        Refusal("rate_limit_exceeded", "Rate limit reached.", 429, retry_after="seconds"),
    ),
    Fault(
        "retry_after_date",
        "the same, Retry-After being a date",
        Refusal("rate_limit_exceeded", "Rate limit reached.", 429, retry_after="date"),
    ),
    Fault("unauthorized", "the key is wrong", Refusal("invalid_api_key", "Incorrect API key provided.", 401)),
    Fault("forbidden", "not for this key", Refusal("AccessDenied.Unpurchased", "Access denied.", 403)),
    Fault("no_funds", "the account is empty", Refusal("Arrearage", "Access denied, please pay your bill.", 400)),
    Fault("model_not_found", "no such model", Refusal("model_not_found", "The model does not exist.", 404)),
    Fault(
        "model_not_pulled",
        "no such model, as Ollama says it",
        Refusal("not_found_error", 'model "x" not found, try pulling it first', 404),
    ),
    Fault("moderation", "data_inspection_failed: moderated", Refusal("data_inspection_failed", _UNSAFE)),
    Fault("too_long", "the input is too long", Refusal("invalid_parameter_error", _LENGTH)),
    Fault("too_long_vllm", "the same, as vLLM says it", Refusal("BadRequestError", _CONTEXT)),
    Fault("token_limit", "the same, as llama.cpp says it", Replacement(_json({"error": _OVERFLOW}), 400)),
    Fault("invalid_parameter", "the question is refused", Refusal("invalid_parameter_error", "Invalid input.")),
    Fault("internal_error", "it fails inside", Refusal("InternalError.Algo", "An internal error occurred.", 500)),
    Fault("server_error", "it fails inside, by a bare code", Refusal("InternalError", "An error occurred.", 500)),
    Fault("loading", "the model is still loading", Refusal("unavailable_error", "Loading model", 503)),
    # The same in other shapes.
    Fault(
        "error_in_200", "it fails inside, by a number in a body of status 200", Replacement(_json({"error": _PROVIDER}))
    ),
    Fault("error_string", "an error that is a string", Replacement(_json({"error": "something went wrong"}), 500)),
    Fault("details_list", "details that are a list", Replacement(_json({"detail": [{"msg": "Field required"}]}), 422)),
    Fault("wrong_path", "nothing stands at this path", Replacement(_json({"detail": "Not Found"}), 404)),
    # Another server, or what stands before it.
    Fault("html", "a page in place of an answer", Replacement(_HTML, 200, "text/html")),
    Fault("http_401", "true status 401, a page", page(401, "Unauthorized")),
    Fault("http_402", "true status 402, a page", page(402, "Payment Required")),
    Fault("http_403", "true status 403, a page", page(403, "Forbidden")),
    Fault("http_429", "true status 429, a page", page(429, "Too Many Requests")),
    Fault("not_json", "JSON that breaks off", Replacement('{"choices": [')),
    *BEFORE,
    # In the stream: failures.
    Fault(
        "moderation_frame",
        "moderated inside the stream",
        StreamFault("end", (_error("data_inspection_failed", _UNSAFE),)),
    ),
    Fault(
        "error_object_frame",
        "an error object as a frame: insufficient_quota",
        StreamFault("end", (_error("insufficient_quota", "Allocated quota exceeded."),)),
    ),
    Fault(
        "error_string_frame", "an error string as a frame", StreamFault("end", (_json({"error": "Internal error!"}),))
    ),
    Fault(
        "unauthorized_frame", "the key ends inside the stream", StreamFault("end", (_error("invalid_api_key", "No."),))
    ),
    Fault("internal_error_frame", "it fails inside the stream", StreamFault("end", (_error("InternalError", "Oh."),))),
    # In the stream: silence.
    Fault("zero_bytes", "a stream of no bytes", StreamFault("end", at="start")),
    Fault("created_only", "only the first frame", StreamFault("end", at="created")),
    Fault("done_only", "only [DONE]", StreamFault("end", ("[DONE]",), "start")),
    Fault("reasoning_only", "thoughts, and no answer", StreamFault("end", thinking=True)),
    Fault("silence", "headers, and then nothing", StreamFault("stall", at="start")),
    Fault("stall", "nothing more comes after so many pieces", StreamFault("stall", pieces=1)),
    Fault("disconnect", "the connection breaks after so many pieces", StreamFault("drop", pieces=1)),
    Fault("unfinished", "the stream ends early, without a break", StreamFault("close", pieces=1)),
    # In the stream: oddities that a client has to bear.
    Fault("idle", "silence for so many seconds after so many pieces", StreamFault("wait", pieces=1)),
    Fault(
        "invalid_json_line", "a garbled frame among the others", StreamFault("on", ('{"choices": [{"delta"',), pieces=1)
    ),
    Fault("odd_frames", "unknown frames among the others", StreamFault("on", _ODD, pieces=1)),
    Fault("html_type", "a stream that is called text/html", StreamFault("on", content_type="text/html")),
)

FAULTS: Mapping[str, Fault] = {fault.name: fault for fault in _TABLE}
"""All faults by name."""

ENDPOINTS = ("models", "completions")

MENU = FaultMenu(FAULTS, ENDPOINTS)
