"""What the stand-in answers, and the phases before the answer: thoughts, and a search of the web."""

import json
import re
from itertools import pairwise

import pytest

from adapters.sandbox.qwen import Message, StandIn, reply
from adapters.sandbox.qwen.answer_text import duration, excerpt, is_exact, lorem
from adapters.sandbox.qwen.generated_media import pixels
from adapters.sandbox.qwen.web_search import words
from tests.adapters.sandbox.qwen.client import ACCOUNT, GUEST, Client, Heard, Json, body, changed


async def test_thinking_comes_in_cumulative_snapshots_and_finishes_before_the_answer(client: Client) -> None:
    asked = body(await client.chat(), None, "echo hi")
    heard = await client.hear(changed(asked, feature_config={"thinking_enabled": True, "output_schema": "phase"}))
    thoughts = [delta for delta in heard.deltas if delta["phase"] == "thinking_summary"]
    assert [delta["status"] for delta in thoughts] == ["typing"] * 4 + ["finished"]
    snapshots = [delta["extra"]["summary_thought"]["content"] for delta in thoughts[:-1]]
    assert snapshots[0] == snapshots[1]
    assert snapshots[2] == snapshots[3]
    assert snapshots[2][: len(snapshots[0])] == snapshots[0]
    assert len(snapshots[2]) > len(snapshots[0])
    assert heard.deltas.index(thoughts[-1]) < len(heard.deltas) - 2
    assert heard.text == "hi"
    finished = next(frame for frame in heard.frames[1:] if frame["choices"][0]["delta"]["status"] == "finished")
    assert "usage" not in finished
    assert finished["timestamp"]


async def test_thoughts_may_come_as_they_are_thought(client: Client, standin: StandIn) -> None:
    chat_id = await client.chat()
    features = {"thinking_enabled": True, "thinking_format": "full", "output_schema": "phase"}
    heard = await client.hear(changed(body(chat_id, None, "echo hi"), feature_config=features))
    thoughts = [delta for delta in heard.deltas if delta["phase"] == "think"]
    assert [delta["status"] for delta in thoughts] == ["typing", "typing", "finished"]
    told = "".join(delta["content"] for delta in thoughts)
    assert told.splitlines() == standin.chats[chat_id].messages[heard.id].thoughts
    assert heard.deltas.index(thoughts[-1]) < len(heard.deltas) - 2
    assert heard.text == "hi"


def searched(heard: Heard) -> list[Json]:
    return [delta for delta in heard.deltas if delta["phase"] == "web_search"]


async def test_a_search_is_a_tool_call_that_grows_and_a_result_that_is_cited(client: Client) -> None:
    heard = await client.ask(await client.chat(), None, "Please:\nsearch black cats & more")
    *calls, result = searched(heard)
    assert all(delta["role"] == "assistant" and delta["status"] == "typing" for delta in calls)
    arguments = [delta["function_call"]["arguments"] for delta in calls]
    assert all(later.startswith(earlier) and later != earlier for earlier, later in pairwise(arguments))
    assert len(arguments) > 2
    assert json.loads(arguments[-1]) == {"queries": ["black cats & more"]}
    assert (result["role"], result["name"], result["status"]) == ("function", "web_search", "finished")
    assert {delta["function_id"] for delta in calls} == {result["function_id"]} == {result["extra"]["function_id"]}
    found = result["extra"]["web_search_info"]
    assert set(found[0]) == {"url", "title", "snippet", "hostname", "hostlogo", "date"}
    cited = [int(number) for number in re.findall(r"\[\[(\d+)\]\]", heard.text)]
    assert cited == list(range(1, len(found) + 1))
    assert heard.text.startswith("I see no earlier turns.\n")


@pytest.mark.parametrize("changes", [{"chat_type": "search"}, {"feature_config": {"auto_search": True}}])
async def test_a_search_may_be_asked_for_by_the_client(client: Client, changes: Json) -> None:
    heard = await client.hear(changed(body(await client.chat(), None, "Why do cats purr?"), **changes))
    call = searched(heard)[-2]["function_call"]
    assert json.loads(call["arguments"]) == {"queries": ["Why do cats purr?"]}
    assert "[[1]]" in heard.text


async def test_thinking_starts_anew_after_a_search(client: Client) -> None:
    asked = changed(body(await client.chat(), None, "search cats"), feature_config={"thinking_enabled": True})
    heard = await client.hear(asked)
    phases = [delta["phase"] for delta in heard.deltas if delta["status"] == "finished"]
    assert phases == ["thinking_summary", "web_search", "thinking_summary", "answer"]
    snapshots = [
        delta["extra"]["summary_thought"]["content"]
        for delta in heard.deltas
        if "summary_thought" in delta.get("extra", {})
    ]
    assert [len(snapshot) for snapshot in snapshots] == [1, 1, 2, 2] * 2
    assert snapshots[4][0] not in snapshots[3]


async def test_an_exact_answer_stays_exact(client: Client) -> None:
    auto = changed(body(await client.chat(), None, "echo hi"), feature_config={"auto_search": True})
    heard = await client.hear(auto)
    assert not searched(heard)
    assert heard.text == "hi"
    always = changed(body(await client.chat(), None, "please lorem 200"), chat_type="search")
    heard = await client.hear(always)
    assert searched(heard)
    assert len(heard.text) == 200


async def test_a_picture_is_waited_for_with_keep_alive_frames_and_is_the_only_phase(client: Client) -> None:
    asked = changed(body(await client.chat(), None, "a bridge", size="16:9"), chat_type="t2i", sub_chat_type="t2i")
    heard = await client.hear(asked)
    kinds = ["info" if "response.info" in frame else "delta" for frame in heard.frames[1:]]
    assert kinds == ["info"] * 3 + ["delta"] * 2
    painted, finished = heard.deltas
    assert (painted["phase"], painted["status"]) == ("image_gen", "typing")
    assert "/output/stand-in/t2i/" in painted["content"]
    assert painted["extra"] == {"output_image_hw": [[576, 1024]]}
    usage = heard.frames[-2]["usage"]
    assert (usage["width"], usage["height"], usage["image_count"]) == (1024, 576, 1)
    assert (finished["phase"], finished["status"], finished["content"]) == ("image_gen", "finished", "")
    assert "usage" not in heard.frames[-1]
    assert (await client.ask(asked["chat_id"], heard.id, "Thanks")).text.startswith("I see 1 earlier turn;")


@pytest.mark.parametrize(("size", "expected"), [("1:1", (1024, 1024)), ("9:16", (576, 1024)), (None, (1024, 1024))])
def test_sizes_of_pictures(size: object, expected: tuple[int, int]) -> None:
    assert pixels(size) == expected
    assert pixels("1:x") == (1024, 1024)


async def test_a_guest_s_pictures_have_a_limit_of_their_own(client: Client, standin: StandIn) -> None:
    standin.guest_images = 1
    chat_id = await client.chat()
    one = await client.hear(changed(body(chat_id, None, "a bridge"), chat_type="t2i"))
    refusal = await client.refusal(changed(body(chat_id, one.id, "another"), chat_type="t2i"))
    assert refusal == {"code": "RateLimited", "details": "今日生图额度已用完，登录后可继续生图。"}
    assert (await client.ask(chat_id, one.id, "hello")).text


@pytest.mark.parametrize("who", [GUEST, ACCOUNT])
async def test_films_are_refused(client: Client, who: dict[str, str]) -> None:
    chat_id = await client.chat(who)
    asked = changed(body(chat_id, None, "a bridge by night"), chat_type="t2v", sub_chat_type="t2v")
    assert (await client.refusal(asked, who))["code"] == "internal_error"


def test_only_a_last_line_is_a_search() -> None:
    assert words("Hello\n  Search  cats \n") == "cats"
    assert words("search cats\nand dogs") is None
    assert words("please search cats") is None
    assert words("search") is None
    assert is_exact("echo x")
    assert not is_exact("search cats")


def test_lorem_is_exact_numbered_and_closed() -> None:
    for size in (0, 1, 2, 30, 99, 300, *range(1990, 2010), 30_000):
        text = lorem(size)
        assert len(text) == size
        assert text == text.strip() == lorem(size)
        numbers = [int(number) for number in re.findall(r"Sentence (\d+)", text)]
        assert numbers == list(range(1, len(numbers) + 1))
        assert text.count("```") % 2 == 0


def test_commands_are_read_where_they_are_meant() -> None:
    assert reply("echo  two\n lines ", []) == " two\n lines "
    assert len(reply("please lorem 500", [])) == 500
    assert reply("lorem 500\nWhat is this?", []).startswith("I see no earlier turns.\n")
    assert reply("what does `lorem 500` do", []).startswith("I see no earlier turns.\n")
    assert duration("slow 5 lorem 500") == 5
    assert duration("echo slow 5") is None
    assert duration(reply("hello", [Message(None, "user", "x")])) is None


def test_a_quote_is_one_harmless_line() -> None:
    assert excerpt("a\n# b\u2028 ```c", 80) == "a # b \\`\\`\\`c"
    assert excerpt("\ud83dx\x1b\u202e", 80) == "x"
    assert excerpt("👩‍👩" + "x", 2) == "👩…"
    assert "“" + "y" * 200 + "…”" in reply("y" * 100_000, [])
