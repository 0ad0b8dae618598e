"""What servers say when they refuse, in their many shapes, and the error that each means."""

import json
import random
from typing import Any

import pytest

from bridge import errors
from bridge.backends.openai import failures
from bridge.errors import AskLater, OperatorNeeded, QwenError, TooLong
from tests.mutations.odd import malformed


def said(message: str, code: object = None, **more: object) -> dict[str, object]:
    """A refusal as OpenAI shapes it."""
    return {"error": {"message": message, "type": more.pop("type", None), "param": None, "code": code, **more}}


def refused(body: object, status: int) -> QwenError:
    return failures.in_body(body.encode() if isinstance(body, str) else json.dumps(body).encode(), status)


TOO_LONG = [
    (400, said("Prompt too long: 3000 tokens exceeds max_seq_len 1500 (leave some for the answer)", 400), 0.5),
    (400, said("prompt is too long: 400 tokens > 100 maximum", type="invalid_request_error"), 0.25),
    (402, said("Prompt tokens limit exceeded: 1000 > 900. To increase, visit https://x.test/keys?id=77", 402), 0.9),
    (400, said("The tokens to keep from the initial prompt are more than the context length. Load more."), 0),
    (400, said("Input length (2,000 tokens) exceeds the maximum allowed length (1,000 tokens)."), 0.5),
    (400, said("This model's maximum context length is 4000 tokens. However, you requested 5000 (4500 and 500)"), 0.8),
    (400, said("maximum context length is 100 tokens and you have 400 input tokens", "context_length_exceeded"), 0.25),
    (400, said("Range of input length should be [1, 98304]", "invalid_parameter_error"), 0),
    (400, said("Input is too long for requested model."), 0),
    (400, said("at most 80 tokens: you requested 20 output tokens and your prompt contains 100 input tokens"), 0.8),
    (400, {"code": 20015, "message": "prompt_tokens (40) must be less than max_seq_len (32)", "data": None}, 0.8),
    (413, said("Request body too large for m. Max size: 8000 tokens.", "tokens_limit_reached"), 0),
    (400, said("Your request exceeded model token limit: 8192"), 0),
    (400, said("maximum prompt length is 75 but the request contains 100 tokens, model qwen-3-32b-0613"), 0.75),
    (400, said("Prompt 超长"), 0),
    (400, said("max_tokens must be at least 1, got -56."), 0),
    (400, {"error": {"code": 400, "type": "exceed_context_size_error", "message": "", "n_prompt_tokens": 90}}, 0),
    (400, {"error": {"message": "over the context size", "n_prompt_tokens": 200, "n_ctx": 100}}, 0.5),
    (400, {"object": "error", "message": "Prompt contains 900 tokens, too large for model with 450 maximum"}, 0.5),
    (422, {"detail": "`inputs` tokens + `max_new_tokens` must be <= 100. Given: 200 `inputs` tokens"}, 0.5),
    (422, {"detail": [{"loc": ["body", "messages"], "msg": "too many tokens: 600, at most 300", "input": "1"}]}, 0.5),
    (500, said("the request exceeds the available context size: 100 of 50"), 0.5),
    (500, {"error": "context window exceeded"}, 0),
    (413, "<html>413 Request Entity Too Large</html>", 0),
    (413, said("Request too large for model on tokens per minute (TPM): Limit 600, Requested 1200, reduce it"), 0.5),
    (429, said("Request too large (TPM): Limit 30, Requested 60. It must be reduced.", "rate_limit_exceeded"), 0.5),
    (400, "litellm.ContextWindowExceededError: input tokens exceed the configured limit of 128", 0),
    (400, said("input length and max_tokens exceed context limit: 190 + 30 > 200, decrease input length"), 0.95),
    (400, said("您的输入过长,请缩短"), 0),
    (400, {"error": {"message": "Provider returned error", "metadata": {"raw": '{"detail": "prompt too long"}'}}}, 0),
]

REFUSED = [
    # moderation
    (400, said("Input data may contain inappropriate content.", "data_inspection_failed"), "Moderated"),
    (400, {"error": {"error_code": "DataInspectionFailed", "details": "no"}}, "Moderated"),
    (400, {"errorCode": "content_filter", "message": ""}, "Moderated"),
    (403, said("The question was flagged", 403, metadata={"reasons": ["violence"], "flagged_input": "x"}), "Moderated"),
    (403, said("org/model requires moderation. Your input was flagged for violence.", 403), "Moderated"),
    (402, said("Blocked by the content policy of this provider", 402), "Moderated"),
    (400, said("filtered by the content management policy", "ResponsibleAIPolicyViolation"), "Moderated"),
    (400, said("输入内容违规"), "Moderated"),
    # pictures
    (404, said("No endpoints found that support image input", 404), "NoPictures"),
    (500, said("image input is not supported - hint: you may need the mmproj", 500), "NoPictures"),
    (
        400,
        said("<400> Internal.InvalidParameter: The messages input is invalid. [Unexpected item type in content.]"),
        "NoPictures",
    ),
    (400, said("org/name-8B is not a multimodal model", 400), "NoPictures"),
    (400, said("this model does not support images", 400), "NoPictures"),
    (403, said("vision is not enabled for this plan's model"), "NoPictures"),
    (400, said("At most 0 image(s) may be provided in one request."), "NoPictures"),
    (422, "messages[0]: unknown variant `image_url`, expected `text` at line 1", "NoPictures"),
    (
        422,
        {"detail": [{"loc": ["body", "messages", 0, "content"], "msg": "Input should be a valid string"}]},
        "NoPictures",
    ),
    (400, said("'messages[1].content' must be a string"), "NoPictures"),
    (400, said("Only 'text' content type is supported"), "NoPictures"),
    (400, said("该模型不支持图片输入"), "NoPictures"),
    (400, {"code": 20041, "message": "The model is not a VLM. Use text-only prompts.", "data": None}, "NoPictures"),
    (400, {"object": "error", "message": "Image input is not enabled for this model", "code": "3051"}, "NoPictures"),
    (400, said("Image size is too large: at most 20 MB"), "Refused"),
    (400, said("You uploaded an unsupported image. Use one of these formats: png"), "Refused"),
    (400, said("The image format is not supported and cannot be opened"), "Refused"),
    # the model
    (404, said("The model `m` does not exist or you do not have access to it.", "model_not_found"), "ModelUnknown"),
    (404, {"error": 'model "org/m2.5:8b" not found, try pulling it first'}, "ModelUnknown"),
    (400, said("m is not a valid model ID", 400), "ModelUnknown"),
    (400, said("Model Not Exist"), "ModelUnknown"),
    (400, {"detail": "Invalid model name passed in model=m"}, "ModelUnknown"),
    (401, said("key not allowed to access model. Tried m", "401", type="key_model_access_denied"), "ModelUnknown"),
    (402, said("Model m2.5 is for paid accounts", 402), "ModelUnknown"),
    (403, said("this model requires a subscription, upgrade for access"), "ModelUnknown"),
    (403, said("Access to model denied.", "AccessDenied.Unpurchased"), "ModelUnknown"),
    (404, said("The API deployment for this resource does not exist.", "DeploymentNotFound"), "ModelUnknown"),
    (400, {"code": 20012, "message": "Model does not exist. Check it.", "data": None}, "ModelUnknown"),
    (401, {"error": {"code": "no_access", "message": "No access to model: m"}}, "ModelUnknown"),
    (403, said("The model `m` is blocked at the level of the organization"), "ModelUnknown"),
    (403, said("该令牌无权使用模型：m"), "ModelUnknown"),
    (503, said("No available channel for model m under group default"), "ModelUnknown"),
    # the rate
    (429, said("Rate limit reached on tokens per min (TPM): Limit 6000, Used 5000, Requested 2000."), "Busy"),
    (429, said("ThrottlingException: Too many tokens, please wait before trying again."), "Busy"),
    (429, said("Rate limit exceeded: free-per-day. Add 10 credits to unlock more", 429), "Busy"),
    (429, said("Allocated quota exceeded, please increase your limit.", "insufficient_quota"), "Busy"),
    (403, said("API rate limit exceeded"), "Busy"),
    (500, said("Too many requests, the server is overloaded"), "Busy"),
    (503, {"error": "Model too busy, no response in less than 60 seconds"}, "Busy"),
    (429, said("Provider returned error", 429, metadata={"raw": "m is rate-limited upstream. Retry shortly"}), "Busy"),
    (500, {"error": "model requires more system memory (5.6 GiB) than is available (3.9 GiB)"}, "Fault"),
    (400, said("Conversation roles must alternate user/assistant"), "Refused"),
    (529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, "Busy"),
    (524, "<html>a timeout</html>", "Busy"),
    (503, said("Loading model", 503, type="unavailable_error"), "Busy"),
    # funds and the key
    (429, said("You exceeded your quota, check your plan and billing details.", "insufficient_quota"), "NoFunds"),
    (400, said("Access denied, please pay your bill.", "Arrearage"), "NoFunds"),
    (400, {"type": "error", "error": {"message": "Your credit balance is too low"}}, "NoFunds"),
    (402, said("Insufficient credits", 402), "NoFunds"),
    (403, said("用户额度不足", "insufficient_user_quota"), "NoFunds"),
    (429, {"error": {"code": "1113", "message": "余额不足"}}, "NoFunds"),
    (403, {"code": 30001, "message": "Sorry, your account balance is insufficient"}, "NoFunds"),
    (402, said("Your credits allow at most 300 tokens; the 900 that you asked for exceed this", 402), "NoFunds"),
    (400, said("Budget has been exceeded! Max: 5", "400", type="budget_exceeded"), "NoFunds"),
    (401, said("No auth credentials found", 401), "KeyRefused"),
    (401, "<html>Unauthorized</html>", "KeyRefused"),
    (400, [{"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}}], "KeyRefused"),
    (403, said("Country, region, or territory not supported"), "KeyRefused"),
    (401, said("Your account was suspended for violating our terms of use"), "KeyRefused"),
    # what it does not take
    (422, {"message": {"detail": [{"type": "extra_forbidden", "loc": ["body", "stream_options"]}]}}, "Misunderstood"),
    (400, said("Unrecognized request argument supplied: enable_thinking"), "Misunderstood"),
    (400, said("thinking_budget must be at most 3000 tokens"), "Misunderstood"),
    (400, said("enable_search is not supported by this model"), "Misunderstood"),
    (404, said("No endpoints found that can handle the requested parameters.", 404), "Misunderstood"),
    (500, "got an unexpected keyword argument 'chat_template_kwargs'", "Misunderstood"),
    # nothing that is known
    (400, said("`max_tokens` is not valid: expected at most 32768, but got 65536"), "Refused"),
    (400, said("No."), "Refused"),
    (400, {}, "Refused"),
    (422, {"detail": [{"msg": "Field required", "input": "too long: 900 tokens, image, key"}]}, "ApiMisled"),
    (404, {"detail": "Not Found"}, "ApiMisled"),
    (404, "404 page not found", "ApiMisled"),
    (500, said("something broke"), "Fault"),
    (500, "", "Fault"),
]


@pytest.mark.parametrize(("status", "body", "fits"), TOO_LONG)
def test_a_request_that_is_too_long_is_told_in_any_words_and_by_how_much(
    status: int, body: object, fits: float
) -> None:
    error = refused(body, status)
    assert type(error) is TooLong
    assert error.fits == pytest.approx(fits)


@pytest.mark.parametrize(("status", "body", "kind"), REFUSED)
def test_a_refusal_is_told_by_its_words_before_its_number(status: int, body: object, kind: str) -> None:
    assert type(refused(body, status)).__name__ == kind


@pytest.mark.parametrize(
    ("number", "kind"), [(429, "Busy"), (402, "NoFunds"), (401, "KeyRefused"), (404, "ApiMisled"), (500, "Fault")]
)
@pytest.mark.parametrize("as_text", [False, True])
def test_a_number_inside_an_answer_counts_as_its_status(number: int, kind: str, as_text: bool) -> None:
    code = str(number) if as_text else number
    frames: list[dict[str, object]] = [
        {"error": {"code": code, "message": "x"}},
        {"error": {"code": code, "message": "x"}, "choices": []},
        {"choices": [{"error": {"code": code, "message": "x"}, "finish_reason": "error", "delta": {"content": ""}}]},
        {"code": code, "message": "x"},
        {"object": "error", "status_code": code, "message": "x"},
    ]
    for frame in frames:
        assert type(failures.in_frame(frame)).__name__ == kind, frame
        assert type(refused(frame["choices"][0] if frame.get("choices") else frame, 200)).__name__ == kind  # type: ignore[index]


@pytest.mark.parametrize(
    "frame",
    [
        {"choices": [{"delta": {"content": "too long"}}], "error": None},
        {"choices": [], "usage": {"prompt_tokens": 9}, "code": 429},
        {"object": "chat.completion.chunk", "type": "ping"},
        {"message": "hello"},
        {"code": 200, "message": "ok"},
        {},
    ],
)
def test_a_part_of_an_answer_is_no_refusal(frame: dict[str, object]) -> None:
    assert failures.in_frame(frame) is None


@pytest.mark.parametrize(
    ("status", "body", "certain"),
    [
        (403, {"error": "Forbidden"}, False),
        (403, "<html>Forbidden</html>", False),
        (402, said("Payment Required", 402), False),
        (402, said("Insufficient balance", 402), True),
        (403, {"type": "error", "error": {"type": "permission_error", "message": "Not for you"}}, False),
        (403, {"error": {"status": "PERMISSION_DENIED", "message": "The caller may not do that"}}, False),
        (402, {"detail": "no"}, False),
        (402, said("More credits are needed: you asked for up to 900 tokens, but can only afford 300."), False),
        (403, said("The API key has no permission for this"), True),
        (401, {}, True),
    ],
)
def test_only_words_make_it_certain_that_the_operator_is_needed(status: int, body: object, certain: bool) -> None:
    error = refused(body, status)
    assert isinstance(error, OperatorNeeded)
    assert error.certain is certain


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("Rate limit. Try again in 6 seconds.", 6),
        ("Please try again in 7.5s.", 7.5),
        ("Please try again in 1m2.5s.", 62.5),
        ("Please retry in 300ms", 0.3),
        ("Retry after 2 minutes", 120),
        ("Rate limit of 15 per 60s exceeded. Please wait 38 seconds before the next.", 38),
        ("Try again later", 0),
        ("Try again in 9e99 years", 0),
    ],
)
def test_words_say_for_how_long_to_wait(words: str, seconds: float) -> None:
    error = refused(said(words), 429)
    assert isinstance(error, AskLater)
    assert error.after == pytest.approx(seconds)


def test_what_a_refusal_repeats_of_the_question_counts_for_nothing() -> None:
    asked = "my api key is invalid, the image is not supported, 9000 tokens are too long, flagged for violence"
    for body in (
        {"detail": [{"type": "missing", "loc": ["body"], "msg": "Field required", "input": {"messages": asked}}]},
        {"error": {"message": "No.", "flagged_input": asked, "request": {"messages": [asked]}}},
        {
            "error": {
                "message": f"1 validation error: [{{'type': 'missing', 'msg': 'Field required', 'input': '{asked}'}}]"
            }
        },
    ):
        assert type(refused(body, 400)) is errors.Refused


def test_no_body_is_too_odd_to_be_read() -> None:
    rng = random.Random(1)
    bodies: list[Any] = [body for _, body, _ in (*TOO_LONG, *REFUSED)]
    for number in range(200):
        real = bodies[number % len(bodies)]
        odd = malformed(rng, real) if isinstance(real, dict) else anything(rng, 5)
        body = json.dumps(odd).encode()
        for status in (200, rng.choice((400, 403, 429, 500))):
            assert isinstance(failures.in_body(body[: rng.randrange(len(body) + 1)], status), QwenError)
            assert isinstance(failures.in_body(body, status), QwenError)
        if isinstance(odd, dict):
            assert isinstance(failures.in_frame(odd), QwenError | None)


def anything(rng: random.Random, depth: int) -> Any:
    """Any JSON, with the names that refusals have."""
    if depth == 0 or rng.random() < 0.2:
        return rng.choice(
            [None, True, -1, 429, 1e308, 10**18, "429", "", "{", '{"error":[', "[[", "\ud800", "9" * 500, "x" * 9000]
        )
    if rng.random() < 0.3:
        return [anything(rng, depth - 1) for _ in range(rng.randrange(4))]
    names = ("error", "code", "message", "detail", "metadata", "raw", "loc", "choices", "type", "status", "")
    return {rng.choice(names): anything(rng, depth - 1) for _ in range(rng.randrange(5))}
