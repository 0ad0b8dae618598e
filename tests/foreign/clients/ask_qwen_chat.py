"""qwen-chat asks the pretended Qwen, with a login: `python -m tests.foreign.clients.ask_qwen_chat URL TOKEN`."""

import sys

from qwen_chat import Qwen

from tests.foreign.report import Report

report = Report()
url, token = sys.argv[1:]
client = Qwen(api_key=token, base_url=url, log_level="ERROR")
MODEL = "qwen3.7-plus"


def said(words: str) -> list[dict[str, str]]:
    """Return what is said now; Qwen has what was said before."""
    return [{"role": "user", "content": words}]


text = client.chat.create(messages=said("hello"), model=MODEL).choices.message.content
report.check("a whole answer", text, well="no earlier turns" in text)
parts = list(client.chat.create(messages=said("and then?"), model=MODEL, stream=True))
text = "".join(part.choices[0].delta.content for part in parts)
report.check("the next turn, in a stream", text, well="1 earlier turn" in text)
report.check("its usage", parts[0].usage, well=bool(parts[0].usage))
answer = client.chat.completions.create(messages=said("once more"), model=MODEL)
text = answer.choices[0].message.content
report.check("as openai would say it", text, well="2 earlier turns" in text)
report.finish()
