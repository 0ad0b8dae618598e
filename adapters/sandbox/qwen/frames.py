"""The server-sent events of one answer, phase by phase. No input or output."""

import json
import time
from collections.abc import Sequence
from uuid import uuid4

from adapters.sandbox.qwen.generated_media import Drawing
from adapters.sandbox.qwen.message_tree import Chat, Message
from adapters.sandbox.qwen.web_search import Source
from adapters.sandbox.qwen.wire import TOKEN, Body

_TITLES = (("Reading the question", "Looking back"), ("Reading the results", "Weighing them"))
_THOUGHTS = (
    ("The question has to be quoted.", "The chain above it has to be walked up and counted."),
    ("The pages agree.", "They have to be cited."),
)

_STEP = 8
"""Code points by which the arguments of a tool's call grow from frame to frame."""


def thoughts(turn: int) -> Sequence[str]:
    """Return the paragraphs that are thought before the answer (0), and once more after a search (1)."""
    return _THOUGHTS[turn]


def drawn(url: str) -> Body:
    """Return the result of the tool that drew the picture at `url`: a delta without content."""
    extra = {"image_list": [{"image": url}], "tool_result": {"images": [{"url": url}]}}
    return {"role": "function", "name": "image_gen", "phase": "image_gen_tool", "status": "finished", "extra": extra}


class Frames:
    """The frames of one answer. Each method gives the bytes of the frames it names."""

    def __init__(self, chat: Chat, answer: Message, newline: str) -> None:
        self._chat_id = chat.id
        self._response_id = answer.id
        self._parent_id = answer.parent_id
        self._end = newline * 2
        self._input = 1 + sum(len(message.text) for message in chat.chain(answer.parent_id)) // TOKEN
        self._output = 0
        self._reasoning = 0

    def created(self, index: str = "") -> bytes:
        """Return the first frame. Its spaces are as they were captured, the one at its end too.

        `index`: the answer's place, where there are several to one question.
        """
        place = f', "response_index": "{index}"' if index else ""
        return self._line(
            f'{{"response.created":{{"chat_id": "{self._chat_id}", "parent_id": "{self._parent_id}", '
            f'"response_id":"{self._response_id}"{place}}}}} '
        )

    def keep_alive(self) -> bytes:
        """Return the event that keeps a silent connection open."""
        return self._event("response.info", {"action": "keep_alive"})

    def stopped(self) -> bytes:
        """Return the event that ends an answer which was stopped."""
        return self._event("response.stopped", {})

    def summary(self, turn: int) -> list[bytes]:
        """Return cumulative snapshots, each twice, and the end of the phase, which is not the end of the answer."""
        frames = []
        for count in range(1, len(_THOUGHTS[turn]) + 1):
            titles, paragraphs = _TITLES[turn][:count], _THOUGHTS[turn][:count]
            extra = {"summary_title": {"content": titles}, "summary_thought": {"content": paragraphs}}
            delta = {"role": "assistant", "content": "", "phase": "thinking_summary"}
            for _ in range(2):
                self._reasoning += 8
                frames.append(self._chunk(delta | {"extra": extra, "status": "typing"}))
        delta = {"role": "assistant", "content": "", "phase": "thinking_summary", "status": "finished"}
        return [*frames, self._chunk(delta, usage=False)]

    def think(self, turn: int) -> list[bytes]:
        """Return the thoughts in increments, and the end of the phase, which is not the end of the answer."""
        frames = []
        for paragraph in _THOUGHTS[turn]:
            self._reasoning += 8
            delta = {"role": "assistant", "content": paragraph + "\n", "phase": "think", "status": "typing"}
            frames.append(self._chunk(delta))
        delta = {"role": "assistant", "content": "", "phase": "think", "status": "finished"}
        return [*frames, self._chunk(delta, usage=False)]

    def web_search(self, words: str, found: Sequence[Source]) -> list[bytes]:
        """Return a tool's call, whose arguments grow from frame to frame, and what the tool gave back."""
        call = f"round_0_call_{uuid4().hex}"
        shared = {"content": "", "phase": "web_search", "function_id": call}
        place = {"display_position": "think"}
        arguments = json.dumps({"queries": [words]}, ensure_ascii=False)
        frames = []
        for end in range(_STEP, len(arguments) + _STEP, _STEP):
            function = {"name": "web_search", "arguments": arguments[:end]}
            delta = {"role": "assistant", **shared, "status": "typing", "function_call": function, "extra": place}
            frames.append(self._chunk(delta))
        extra = {"function_id": call, **place, "web_search_info": found}
        result = {"role": "function", "name": "web_search", **shared, "status": "finished", "extra": extra}
        return [*frames, self._chunk(result, usage=False)]

    def text(self, piece: str) -> bytes:
        """Return the frame of a piece of text, which may be empty, with the usage so far."""
        self._output += -(-len(piece) // TOKEN)
        return self._chunk({"role": "assistant", "content": piece, "phase": "answer", "status": "typing"})

    def picture(self, url: str, width: int, height: int) -> bytes:
        """Return the frame of a picture: its address, and its sides in pixels."""
        extra = {"output_image_hw": [[height, width]]}
        delta = {"role": "assistant", "content": url, "phase": "image_gen", "status": "typing", "extra": extra}
        return self._chunk(delta, usage=self._usage() | {"width": width, "height": height, "image_count": 1})

    def tool(self, drawing: Drawing) -> list[bytes]:
        """Return the call of the tool that draws, whose arguments grow from frame to frame, and its result."""
        arguments = json.dumps({"prompt": drawing.prompt}, ensure_ascii=False)
        shared = {"role": "assistant", "content": "", "phase": "image_gen_tool", "status": "typing"}
        calls = [
            self._chunk(shared | {"function_call": {"name": "image_gen", "arguments": arguments[:end]}})
            for end in range(_STEP, len(arguments) + _STEP, _STEP)
        ]
        return [*calls, self._chunk({**drawn(drawing.url), "content": ""}, usage=False)]

    def finished(self, phase: str = "answer") -> bytes:
        """Return the frame that finishes a phase, and with `answer` or `image_gen` the answer."""
        delta = {"content": "", "role": "assistant", "status": "finished", "phase": phase}
        return self._line(_dump({"choices": [{"delta": delta}], "response_id": self._response_id}))

    def done(self) -> bytes:
        """Return the frame that other servers end with, and Qwen does not."""
        return self._line("[DONE]")

    def other(self, data: str) -> bytes:
        """Return a frame that says `data`, with the answer's ids where it has their names in angle brackets."""
        return self._line(self._filled(data))

    def unframed(self, data: str) -> bytes:
        """Return `data` filled in like that, without a frame around it."""
        return self._filled(data).encode()

    def _filled(self, data: str) -> str:
        data = data.replace("<chat_id>", self._chat_id).replace("<response_id>", self._response_id)
        return data.replace("<parent_id>", str(self._parent_id)).replace("<request_id>", str(uuid4()))

    def _chunk(self, delta: Body, *, usage: Body | bool = True) -> bytes:
        chunk: Body = {"choices": [{"delta": delta}], "response_id": self._response_id}
        if usage:
            chunk["usage"] = self._usage() if usage is True else usage
        return self._line(_dump(chunk | {"timestamp": int(time.time())}))

    def _usage(self) -> Body:
        output = self._reasoning + self._output
        spent = {"reasoning_tokens": self._reasoning} if self._reasoning else {}
        return {
            "input_tokens": self._input,
            "output_tokens": output,
            "characters": 0,
            "total_tokens": self._input + output,
            "input_tokens_details": {"text_tokens": self._input},
            "output_tokens_details": spent | {"text_tokens": output},
        }

    def _event(self, name: str, fields: Body) -> bytes:
        ids = {"chat_id": self._chat_id, "response_id": self._response_id, "timestamp": int(time.time())}
        return self._line(_dump({name: fields | ids}))

    def _line(self, data: str) -> bytes:
        # A client may have sent half a surrogate pair, as an escape in JSON; UTF-8 cannot say it back.
        return f"data: {data}{self._end}".encode(errors="replace")


def _dump(value: Body) -> str:
    return json.dumps(value, ensure_ascii=False)
