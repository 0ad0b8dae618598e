"""litellm asks the pretended API: `python -m tests.foreign.clients.ask_litellm URL KEY`."""

import os
import sys

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # or it fetches prices from the network

import litellm
import openai

from tests.foreign.report import Report

litellm.suppress_debug_info = True
report = Report()
url, key = sys.argv[1:]
to = {"model": "openai/qwen3-standin", "api_base": url, "api_key": key, "max_retries": 0}

said = [{"role": "user", "content": "hello"}]
whole = litellm.completion(messages=said, **to)
answer = whole.choices[0].message.content
report.check("a whole answer", answer, well="no earlier turns" in answer and whole.model == "qwen3-standin")
report.check("its usage", whole.usage, well=whole.usage.total_tokens > 1)

said += [{"role": "assistant", "content": answer}, {"role": "user", "content": "and then?"}]
chunks = list(litellm.completion(messages=said, stream=True, stream_options={"include_usage": True}, **to))
built = litellm.stream_chunk_builder(chunks, messages=said)
text = built.choices[0].message.content
report.check("the next turn, in a stream", text, well="1 earlier turn" in text)
report.check("its end", built.choices[0].finish_reason, well=built.choices[0].finish_reason == "stop")
report.check("its usage", built.usage, well=built.usage.total_tokens > 1)

for what, changed, kind in (
    ("no such model", {"model": "openai/no-such-model"}, litellm.NotFoundError),
    ("a wrong key", {"api_key": "wrong"}, litellm.AuthenticationError),
    ("too long", {"extra_headers": {"x-standin-fault": "too_long_vllm"}}, litellm.ContextWindowExceededError),
    ("moderated", {"extra_headers": {"x-standin-fault": "moderation"}}, litellm.BadRequestError),
    ("too many", {"extra_headers": {"x-standin-fault": "busy"}}, litellm.RateLimitError),
):
    try:
        litellm.completion(**{"messages": said, **to, **changed})
    except openai.OpenAIError as error:
        report.check(what, f"{type(error).__name__}: {error}", well=isinstance(error, kind))
    else:
        report.check(what, "an answer", well=False)
report.finish()
