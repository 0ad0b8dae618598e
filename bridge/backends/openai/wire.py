"""Builds and parses payloads and frames of the OpenAI-compatible protocol; pure values."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bridge.answer_events import Usage
from bridge.backends.base import Earlier
from bridge.backends.http.file_kinds import check_files, is_picture, kind_of
from bridge.errors import Refused
from bridge.i18n import sentences
from bridge.model import Attachment, Exchange, Options

Json = dict[str, object]

ANSWER_TOKENS = 2048
"""Reserves so many tokens of the context for the answer."""

MESSAGE_BYTES = 24
"""Estimates what a message takes besides its text, in any template."""

IMAGE_BYTES = 5000
"""Estimates what a picture takes, in bytes of text; some take more."""

THINKING_TOKENS = 4096
"""Is the budget of thinking, in tokens, for a server that wants one, where QWEN_THINKING_BUDGET sets none."""

NO_WORDS = "…"
"""Stands for a question that was only a picture: empty messages are refused."""

THINKING_STYLES = ("enable_thinking", "chat_template_kwargs", "reasoning_effort", "")
"""List the parameters that turn thinking on or off: Model Studio, vLLM and llama.cpp, Ollama; none (qwen wire)."""

OPTIONAL = frozenset({"thinking_budget", "enable_search", "stream_options"})
"""Lists the parameters that are left out from then on where a server refuses them by name."""

PARAMETERS = (*sorted(OPTIONAL), *filter(None, THINKING_STYLES))
"""Lists all that a request can do without."""


@dataclass(frozen=True, slots=True)
class RequestDialect:
    """Says how requests are worded: `style`, an index of THINKING_STYLES, `without` some of OPTIONAL.

    `budget`: thinking has a budget also where the options set none.
    """

    style: int = 0
    without: frozenset[str] = frozenset()
    budget: bool = False

    def other(self, parameter: str) -> "RequestDialect | None":
        """Return the dialect to try where `parameter` was refused (empty: an unnamed one); None where none is left."""
        if parameter in OPTIONAL - self.without:
            return replace(self, without=self.without | {parameter})
        if self.style + 1 == len(THINKING_STYLES):
            return None
        return replace(self, style=self.style + 1)

    def with_budget(self) -> "RequestDialect | None":
        """Return the dialect to try where a budget of thinking is wanted; None where that is no help."""
        if self.style or self.budget or "thinking_budget" in self.without:
            return None
        return replace(self, budget=True)

    @property
    def barest(self) -> "RequestDialect":
        """Return the dialect with nothing that a request can do without, for a server that names no parameter."""
        return RequestDialect(len(THINKING_STYLES) - 1, OPTIONAL)


@dataclass(frozen=True, slots=True)
class FittedRequest:
    """Holds the messages of a request: the question, with as much of its context as has room.

    `size`: its bytes, with pictures as IMAGE_BYTES each. `kept`: how many exchanges are in it; `left_out`: whether
    older ones found no room. `pictures`: whether the question has any.
    """

    messages: Sequence[Json]
    size: int
    kept: int
    left_out: bool
    pictures: bool


def check(files: Sequence[Attachment]) -> None:
    """Raise Refused for files that such a server does not take: what is neither a picture nor plain text."""
    check_files(files)
    if any(not is_picture(file) and kind_of(file).mime != "text/plain" for file in files):
        raise Refused(sentences.FILE_NOT_TEXT)


def question(prompt: str, files: Sequence[Attachment]) -> Json:
    """Return a question as a message, with files that `check` has let pass."""
    return {"role": "user", "content": _content(prompt, files)}


def fitted(question: Json, earlier: Earlier, room: float) -> FittedRequest:
    """Return a question with as many of the newest exchanges of its context as have room; `room` is in bytes."""
    fixed: list[Json] = [{"role": "system", "content": earlier.system}] if earlier.system else []
    size = sum(_weight(message) for message in (*fixed, question))
    kept: list[list[Json]] = []
    known = [each for each in earlier.exchanges if each.prompt or each.answer]
    for exchange in reversed(known):
        pair = _pair(exchange)
        more = sum(_weight(message) for message in pair)
        if size + more > room:
            break
        size += more
        kept.append(pair)
    above = [message for pair in reversed(kept) for message in pair]
    pictures = not isinstance(question["content"], str)
    return FittedRequest([*fixed, *above, question], size, len(kept), len(kept) < len(known), pictures)


def completion(model: str, messages: Sequence[Json], options: Options, dialect: RequestDialect) -> Json:
    """Return the payload of POST /chat/completions, for an answer that streams."""
    payload: Json = {
        "model": model,
        "messages": list(messages),
        "stream": True,
        "stream_options": {"include_usage": True},
        **_thinking(options, dialect),
    }
    return {name: value for name, value in payload.items() if name not in dialect.without}


def _thinking(options: Options, dialect: RequestDialect) -> Json:
    """Return the parameters that say whether to think, for how long, and whether to search."""
    match THINKING_STYLES[dialect.style]:
        case "enable_thinking":
            payload: Json = {"enable_thinking": options.thinking}
            budget = options.thinking_budget or (THINKING_TOKENS if dialect.budget else 0)
            if options.thinking and budget:
                payload["thinking_budget"] = budget
            if options.search:
                payload["enable_search"] = True
            return payload
        case "chat_template_kwargs":
            return {"chat_template_kwargs": {"enable_thinking": options.thinking}}
        case "reasoning_effort" if not options.thinking:
            return {"reasoning_effort": "none"}
    return {}


CHOICE = {"delta", "message", "finish_reason", "index", "text", "logprobs"}
"""Lists the fields of a choice: one without any of them is none."""


@dataclass(frozen=True, slots=True)
class Delta:
    """Holds what a frame adds to an answer.

    finished: why the answer ends here; empty where it goes on. odd: whether what stands for words is none.
    """

    text: str = ""
    thought: str = ""
    finished: str = ""
    usage: Usage | None = None
    odd: bool = False


def delta(frame: Mapping[str, object]) -> Delta:
    """Return what a frame of a stream adds; of unknown kinds, nothing."""
    usage = _usage(frame.get("usage"))
    choices = frame.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict):
        return Delta(usage=usage, odd=bool(choices))
    inner = choice.get("delta") if "delta" in choice else choice.get("message")
    odd = (bool(inner) and not isinstance(inner, dict)) or (bool(choice) and not choice.keys() & CHOICE)
    inner = inner if isinstance(inner, dict) else {}
    content, thought = inner.get("content"), inner.get("reasoning_content") or inner.get("reasoning")
    text = content if isinstance(content, str) else _joined(content)
    return Delta(
        text,
        thought if isinstance(thought, str) else "",
        str(choice.get("finish_reason") or ""),
        usage,
        odd or (bool(content) and not text),
    )


def _joined(content: object) -> str:
    """Return the text of a content that comes in parts."""
    parts = content if isinstance(content, list) else []
    texts = [part.get("text") for part in parts if isinstance(part, dict) and part.get("type") == "text"]
    return "".join(text for text in texts if isinstance(text, str))


def _content(prompt: str, files: Sequence[Attachment]) -> object:
    """Return text alone, or parts: pictures as data, text files inside the text."""
    texts, pictures = [prompt], []
    for file in files:
        of = kind_of(file)
        if of.type == "image":
            data = base64.b64encode(file.data).decode()
            pictures.append({"type": "image_url", "image_url": {"url": f"data:{of.mime};base64,{data}"}})
        else:
            texts.append(f"{file.name}:\n\n{file.data.decode()}")
    text = "\n\n".join(texts)
    return [{"type": "text", "text": text}, *pictures] if pictures else text


def _pair(exchange: Exchange) -> list[Json]:
    asked, answered = exchange.prompt or NO_WORDS, exchange.answer or NO_WORDS
    return [{"role": "user", "content": asked}, {"role": "assistant", "content": answered}]


def _weight(message: Json) -> int:
    content = message["content"]
    if isinstance(content, str):
        return len(content.encode(errors="replace")) + MESSAGE_BYTES
    parts = content if isinstance(content, list) else []
    texts = [str(part["text"]) for part in parts if part["type"] == "text"]
    return len("".join(texts).encode(errors="replace")) + IMAGE_BYTES * (len(parts) - len(texts)) + MESSAGE_BYTES


def _usage(value: object) -> Usage | None:
    if not isinstance(value, Mapping):
        return None
    details = value.get("completion_tokens_details")
    reasoning = details.get("reasoning_tokens") if isinstance(details, Mapping) else 0
    numbers = (value.get("prompt_tokens"), value.get("completion_tokens"), reasoning)
    return Usage(*(number if isinstance(number, int) else 0 for number in numbers))
