"""Refusals as Qwen words them, and the error that each of them is."""

from bridge import errors
from bridge.errors import QwenError
from tests.bridge.backends.servers import envelope

PUNISH = (
    "https://chat.qwen.ai:443//api/v2/chat/completions/_____tmd_____/punish?x5secdata=SECRET&x5step=2"
    "&action=captcha&pureCaptcha="
)
BAXIA = {"ret": ["FAIL_SYS_USER_VALIDATE", "RGV587_ERROR::SM::哎哟喂,被挤爆啦,请稍后重试"], "data": {"url": PUNISH}}
WAF = '<!doctypehtml><html><meta name="aliyun_waf_aa" content="x"></html>'
SLIDER = '<html><body><div id="nocaptcha"></div><script>location="/punish?x5secdata=SECRET"</script></body></html>'
LIMIT = "You've reached the upper limit for today's usage."
GUEST_LIMIT = "You've reached the guest chat limit for today's usage. Log in to continue."
WAIT = "You have reached the daily usage limit. Please wait {{num}} hours before trying again."
BUSY = "目前服务访问量较大，请稍后再试。"
IMAGES = "今日生图额度已用完，登录后可继续生图。"
UNSAFE = "内容安全警告：输入文本数据可能包含不当内容！"
NO_PARENT = "Invalid input chat parent_id 00000000-0000-4000-8000-000000000000 is not exist."
NO_CHAT = "Invalid input the chat 00000000-0000-4000-8000-000000000000 is not exist"
FIELD = "Field 'query -> chat_id': Field required"


def failed(error: object) -> dict[str, object]:
    return {"success": False, "request_id": "r", "error": error}


FAILURES: list[tuple[object, type[QwenError], int]] = [
    # Envelopes: code and details, what happens next, and a real HTTP status that may come with them.
    (envelope("RateLimited", LIMIT, template=WAIT, num=4), errors.QuotaSpent, 429),
    (envelope("RateLimited", GUEST_LIMIT), errors.QuotaSpent, 429),
    (envelope("RateLimited", "今日使用次数已达上限。"), errors.QuotaSpent, 429),
    (envelope("RateLimited", "Something in another language.", template=WAIT), errors.QuotaSpent, 429),
    (envelope("RateLimited", IMAGES, num=24), errors.QuotaSpent, 429),
    (envelope("RateLimited", BUSY), errors.Busy, 429),
    (envelope("RateLimited"), errors.Busy, 429),
    (envelope("ParallelLimited"), errors.Busy, 429),
    (envelope("quotaLimited"), errors.QuotaSpent, 429),
    (envelope("quota_limit"), errors.QuotaSpent, 429),
    (envelope("Too_Many_Requests"), errors.Busy, 429),
    (envelope("Bad_Request", "The chat is in progress!"), errors.InProgress, 400),
    (envelope("Bad_Request", NO_PARENT), errors.ChatGone, 400),
    (envelope("Bad_Request", NO_CHAT), errors.ChatGone, 400),
    (envelope("CHAT_NOT_FOUND", "Chat not found"), errors.ChatGone, 404),
    (envelope("Not_Found"), errors.ChatGone, 404),
    (envelope("Bad_Request", "first message must not assistant message"), errors.ChatGone, 400),
    (envelope("Bad_Request", "Invalid input too many messages."), errors.NotUnderstood, 400),
    (envelope("Bad_Request", "Internal error"), errors.Stale, 400),
    (envelope("Bad_Request", "Internal error, please try again later."), errors.Stale, 500),
    (envelope("Bad_Request"), errors.Stale, 400),
    (envelope("Bad_Request", FIELD), errors.NotUnderstood, 422),
    (envelope("Bad_Request", [FIELD]), errors.NotUnderstood, 422),
    (envelope("Bad_Request", "Field 'chat_id': Field required"), errors.NotUnderstood, 400),
    (envelope("Bad_Request", "Invalid file information!"), errors.Fault, 400),
    (envelope("RequestValidationError", f'["{FIELD}"]'), errors.NotUnderstood, 422),
    (envelope("Unauthorized", "401 Unauthorized"), errors.SignedOut, 401),
    (envelope("Unauthorized", "Token has expired"), errors.SignedOut, 401),
    (envelope("Not_Found", "Model not found"), errors.ModelUnknown, 404),
    (envelope("Forbidden"), errors.Flagged, 403),
    (envelope("internal_error", "Internal Error"), errors.Fault, 500),
    (envelope("Internal_Server_Error"), errors.Fault, 500),
    (envelope("invalid_input", "输入或附件无效。请检查后重试。"), errors.Fault, 400),
    (envelope("data_inspection_failed", UNSAFE), errors.Moderated, 400),
    (envelope("ContextLengthExceeded"), errors.TooLong, 400),
    (envelope("TokenLimit"), errors.TooLong, 413),
    (envelope("Something_New", "nobody knows"), errors.Fault, 400),
    (envelope("Bad_Request", "upstream says RGV587_ERROR::SM"), errors.HumanCheck, 400),
    (envelope("Bad_Request", UNSAFE), errors.Moderated, 400),
    (envelope("Bad_Request", "该会话正在对话中"), errors.InProgress, 400),
    (envelope("Bad_Request", "The chat is in dialogue, please wait."), errors.InProgress, 400),
    (envelope("Bad_Request", "Range of input length should be [1, 131072]"), errors.TooLong, 400),
    (envelope("invalid_request", "This model's maximum context length is 131072 tokens."), errors.TooLong, 413),
    # Its code by other names, as a number, or deeper inside; its words as a list.
    (envelope("", "", error_code="data_inspection_failed"), errors.Moderated, 400),
    (envelope("", "", errorCode="RateLimited", num=4), errors.QuotaSpent, 429),
    ({"success": False, "data": {"errorCode": "Not_Found", "message": "Model not found"}}, errors.ModelUnknown, 404),
    (
        {"error": {"error_code": "data_inspection_failed", "details": UNSAFE}, "response_index": 0},
        errors.Moderated,
        400,
    ),
    ({"error": {"errorCode": "unauthorized"}}, errors.SignedOut, 401),
    ({"errorCode": "Unauthorized", "errorMessage": "x"}, errors.SignedOut, 401),
    ({"error_code": 401, "detail": "x"}, errors.SignedOut, 401),
    ({"code": "401", "detail": ["x"]}, errors.SignedOut, 401),
    ({"success": False, "data": {"code": 503, "details": "x"}}, errors.Busy, 503),
    (envelope("429", "too many"), errors.Busy, 429),
    (envelope("429", "Rate limit exceeded"), errors.Busy, 429),
    (envelope("429", LIMIT, num=4), errors.QuotaSpent, 429),
    (envelope("404", "Model not found"), errors.ModelUnknown, 404),
    (envelope("403"), errors.Flagged, 403),
    ({"error": {"message": "x", "status": 429}}, errors.Busy, 429),
    ({"success": False, "data": {"status": 401}}, errors.SignedOut, 401),
    ({"error": {"message": "x", "metadata": {"error_code": "data_inspection_failed"}}}, errors.Moderated, 400),
    ({"error": {"code": 400, "metadata": {"reasons": ["inappropriate content"]}}}, errors.Moderated, 400),
    ({"error": {"code": 502, "message": "x", "metadata": {"raw": "token has expired"}}}, errors.SignedOut, 502),
    ({"success": False, "data": {"error": {"code": "TokenLimit"}}}, errors.TooLong, 400),
    ({"error": {"error": {"type": "data_inspection_failed"}}}, errors.Moderated, 400),
    ({"error": "data_inspection_failed: Input data may contain inappropriate content."}, errors.Moderated, 400),
    ({"error": ["Internal error!"]}, errors.Fault, 500),
    (
        {"detail": [{"loc": ["query", "chat_id"], "msg": "Field required", "type": "missing"}]},
        errors.NotUnderstood,
        422,
    ),
    ({"detail": ["The chat is in progress!"]}, errors.InProgress, 400),
    # A human check inside Qwen's own envelope.
    (envelope("FAIL_SYS_USER_VALIDATE", "哎哟喂,被挤爆啦,请稍后重试"), errors.HumanCheck, 403),
    (envelope("RGV587_ERROR"), errors.HumanCheck, 403),
    (envelope("", "", errorCode="FAIL_SYS_USER_VALIDATE"), errors.HumanCheck, 403),
    ({"error": {"code": "FAIL_SYS_USER_VALIDATE", "message": "please try again"}}, errors.HumanCheck, 403),
    ({"error": {"message": "x", "metadata": {"code": "RGV587"}}}, errors.HumanCheck, 403),
    (envelope("Forbidden", "", url=PUNISH), errors.HumanCheck, 403),
    ({"success": True, "data": {"url": PUNISH}}, errors.HumanCheck, 403),
    ({"url": PUNISH}, errors.HumanCheck, 403),
    # The same in other shapes.
    ({"code": "RateLimited", "detail": LIMIT, "num": 4}, errors.QuotaSpent, 429),
    ({"code": "unauthorized", "detail": "x"}, errors.SignedOut, 401),
    ({"code": "internal_error", "details": "Internal Error"}, errors.Fault, 500),
    ({"code": 401, "message": "Please sign in."}, errors.SignedOut, 401),
    ({"detail": "The chat is in progress!"}, errors.InProgress, 400),
    (failed({"code": "Unauthorized", "details": "Token has expired"}), errors.SignedOut, 401),
    (failed("Internal error!"), errors.Fault, 500),
    (failed("Unauthorized"), errors.SignedOut, 401),
    ({"error": "Internal error!"}, errors.Fault, 500),
    ({"error": {"message": NO_PARENT}}, errors.ChatGone, 400),
    ({"error": {"code": "quota_limit", "detail": "spent"}}, errors.QuotaSpent, 429),
    ({"error": {"code": "quota_limit", "details": LIMIT}}, errors.QuotaSpent, 429),
    ({"error": {"code": "unauthorized"}}, errors.SignedOut, 401),
    (
        {
            "error": {"code": "data_inspection_failed", "modality": ["text"], "stage": "input", "details": UNSAFE},
            "response_id": "r",
            "response_index": 0,
        },
        errors.Moderated,
        400,
    ),
    ({"success": True, "request_id": "r", "data": {"code": "Unauthorized"}}, errors.SignedOut, 401),
    ({"success": True, "data": {"code": "Bad_Request", "details": "Internal error"}}, errors.Stale, 400),
    ({"success": False, "data": "Token has expired"}, errors.SignedOut, 401),
    ({"success": False}, errors.Fault, 400),
    # What stands before Qwen, and what is no answer of Qwen's at all.
    (BAXIA, errors.HumanCheck, 403),
    ({"rgv587_flag": "sm", "url": "https://chat.qwen.ai/punish?x5secdata=SECRET"}, errors.HumanCheck, 403),
    (WAF, errors.HumanCheck, 405),
    (SLIDER, errors.HumanCheck, 503),
    ("<html>a proxy's own page</html>", errors.NotUnderstood, 404),
    ("", errors.Empty, 400),
    ([], errors.NotUnderstood, 400),
]
