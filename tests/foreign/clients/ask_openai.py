"""openai asks the pretended API: `python -m tests.foreign.clients.ask_openai URL KEY`."""

import sys
from collections.abc import Callable

from openai import APIStatusError, OpenAI

from tests.foreign.report import Report

report = Report()
url, key = sys.argv[1:]
client = OpenAI(base_url=url, api_key=key, max_retries=0)


def check_refused(what: str, ask: Callable[[], object], code: str) -> None:
    """Check that a request is refused with this code."""
    try:
        came, well = ask(), False
    except APIStatusError as error:
        came, well = error, error.code == code
    report.check(what, came, well=well)


model = client.models.list().data[0].id
found = client.models.retrieve(model)
report.check("the model by its id", found, well=(found.id, found.object) == (model, "model") and found.created > 0)
check_refused("no such model", lambda: client.models.retrieve("no-such-model"), "model_not_found")

said = [{"role": "user", "content": "hello"}]
whole = client.chat.completions.create(model=model, messages=said)
answer = whole.choices[0].message.content
well = (whole.object, whole.model, whole.choices[0].finish_reason) == ("chat.completion", model, "stop")
report.check("a whole answer", answer, well=well and "no earlier turns" in answer and whole.id)
usage = whole.usage
report.check("its usage", usage, well=usage and usage.total_tokens == usage.prompt_tokens + usage.completion_tokens > 1)

said += [{"role": "assistant", "content": answer}, {"role": "user", "content": "and then?"}]
chunks = list(
    client.chat.completions.create(model=model, messages=said, stream=True, stream_options={"include_usage": True})
)
text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
report.check("the next turn, in a stream", text, well="1 earlier turn" in text and chunks[-1].usage.total_tokens > 1)
report.check(
    "its chunks", chunks[0], well=len({(chunk.id, chunk.model, chunk.created, chunk.object) for chunk in chunks}) == 1
)

chunks = list(client.chat.completions.create(model=model, messages=said, stream=True))
report.check("a stream without usage", chunks[-1], well=all(chunk.choices and not chunk.usage for chunk in chunks))

cut = client.chat.completions.create(model=model, messages=said, max_tokens=5)
report.check("a limit on tokens", cut.choices[0], well=cut.choices[0].finish_reason == "length")
check_refused("a wrong key", client.with_options(api_key="wrong").models.list, "invalid_api_key")
report.finish()
