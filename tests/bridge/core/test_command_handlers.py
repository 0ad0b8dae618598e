"""What commands do, without a platform."""

import json

from bridge.controls import Invocation, shortened
from bridge.core.policy import Policy
from bridge.errors import ModelUnknown
from bridge.i18n import sentences
from tests.harness import ADMIN, ANN, BOB, KEY, THERE, Harness
from tests.waiting import eventually


async def test_a_standing_instruction_is_told_with_the_next_question_and_once(harness: Harness) -> None:
    assert (await harness.command("system", "Be brief.")).text == sentences.SYSTEM_SET
    await harness.ask("one")
    await harness.hears("no earlier turns")
    await harness.ask("two")
    await harness.hears("1 earlier turn")
    assert ["Be brief." in prompt for prompt in harness.prompts()] == [True, False]
    await harness.command("system", "")
    await harness.ask("three")
    await harness.hears("2 earlier turns")
    assert "instruction" not in harness.prompts()[-1]


async def test_a_standing_instruction_is_told_again_in_a_new_chat(harness: Harness) -> None:
    await harness.command("system", "Be brief.")
    await harness.ask("one")
    await harness.hears("no earlier turns")
    for chat in list(harness.standin.chats):
        harness.standin.forget(chat)
    await harness.ask("two")
    await harness.hears("User: one")
    assert harness.prompts()[-1].endswith("Be brief.\n\ntwo")


async def test_options_hold_for_their_conversation(harness: Harness) -> None:
    offered = await harness.bridge.models()
    assert (await harness.command("model", offered[1])).text == sentences.MODEL_CHOSEN.format(model=offered[1])
    assert (await harness.command("think", "on")).text == sentences.SWITCHED_ON.format(what=sentences.THINKING)
    assert (await harness.command("search", "on")).text == sentences.SWITCHED_ON.format(what=sentences.WEB_SEARCH)
    await harness.ask("one")
    await harness.hears("no earlier turns")
    await harness.ask("two", THERE)
    await eventually(lambda: len(harness.reply.now()) == 2)
    here, there = [body for body in harness.bodies() if "messages" in body][-2:]
    assert (here["model"], there["model"]) == (offered[1], offered[0])
    asked_how = [
        (message["feature_config"]["thinking_enabled"], message["chat_type"])
        for message in (body["messages"][0] for body in (here, there))
    ]
    assert asked_how == [(True, "search"), (False, "t2t")]
    status = (await harness.command("status")).text
    assert f"`{offered[1]}`" in status
    assert f"**{sentences.THINKING}:** {sentences.ON}" in status


async def test_the_status_tells_what_waits_and_what_keeps_qwen_from_being_asked(harness: Harness) -> None:
    harness.standin.hold_after = 0
    for word in ("one", "two"):
        await harness.ask(word)
    await eventually(lambda: harness.standin.held)
    assert f"**{sentences.WAITING}:** 2, and yours is number 1" in (await harness.command("status")).text
    said = (await harness.command("status", who=BOB)).text
    assert f"**{sentences.WAITING}:** 2\n" in said
    assert sentences.INSTRUCTION not in said, "there is none to tell"
    assert sentences.LAST_TROUBLE not in said
    harness.standin.hold_after = None
    harness.standin.release()
    await harness.hears("1 earlier turn")
    harness.standin.fault("quota", num=6)
    await harness.ask("three")
    await harness.hears("in about 6 hours")
    said = (await harness.command("status")).text
    assert f"**{sentences.QUOTA}:** Qwen's limit for today has been reached. Please ask again in about 6 hours." in said


async def test_the_status_tells_the_instruction_the_quota_and_the_last_trouble(harness: Harness) -> None:
    await harness.command("system", "Be brief.")
    harness.standin.fault("moderation")
    await harness.ask("one")
    await harness.hears("Qwen's content filter")
    said = (await harness.command("status")).text
    assert f"**{sentences.INSTRUCTION}:** Be brief." in said
    assert f"**{sentences.QUOTA}:** {sentences.AS_GUEST}" in said
    assert f"**{sentences.LAST_TROUBLE}:** Qwen's content filter" in said


async def test_where_a_chosen_model_vanished_the_usual_one_answers_and_says_so_once(harness: Harness) -> None:
    offered = await harness.bridge.models()
    await harness.command("model", offered[1])
    harness.standin.fault("model_not_found")
    await harness.ask("one")
    await harness.hears(sentences.MODEL_GONE)
    assert "no earlier turns" in harness.reply.now()[-1]
    assert harness.standin.requests[-1].body["model"] == offered[0]
    await harness.ask("two")
    await harness.hears("1 earlier turn")
    assert sentences.MODEL_GONE not in harness.reply.now()[-1]
    harness.standin.fault("model_not_found", times=None)
    await harness.ask("three")
    await harness.hears(ModelUnknown.sentence)


async def test_a_choice_is_offered_where_none_is_given(harness: Harness) -> None:
    said = await harness.command("model")
    assert [choice.argument for choice in said.choices] == await harness.bridge.models()
    assert [choice.argument for choice in (await harness.command("search")).choices] == ["on", "off"]
    assert (await harness.command("model", "no-such")).text.startswith(sentences.NO_SUCH_MODEL.partition("{")[0])
    assert (await harness.command("nonsense")).text == sentences.UNKNOWN_COMMAND


async def test_in_shared_places_admins_change_the_options(harness: Harness) -> None:
    assert (await harness.command("think", "on", who=BOB)).text == sentences.ADMINS_ONLY
    assert (await harness.command("status", who=BOB)).text != sentences.ADMINS_ONLY
    assert (await harness.command("think", "on", who=ADMIN)).text != sentences.ADMINS_ONLY


async def test_new_begins_anew_and_keeps_what_was(harness: Harness) -> None:
    await harness.ask("one")
    first = await harness.hears("no earlier turns")
    assert (await harness.command("new")).text == sentences.BEGUN
    await harness.ask("two")
    await harness.hears("no earlier turns")
    await harness.ask("three", replied=first)
    await harness.hears("1 earlier turn; your last question was “one”")


async def test_retry_and_stop_as_commands(harness: Harness) -> None:
    assert (await harness.command("retry")).text == sentences.NOTHING_ASKED_YET
    assert (await harness.command("stop")).text == sentences.NOTHING_RUNS
    await harness.ask("one")
    message = await harness.hears("no earlier turns")
    assert (await harness.command("retry", who=BOB)).text == sentences.NOT_YOURS
    assert (await harness.command("retry")).text == sentences.AGAIN
    await eventually(lambda: harness.reply.controls[message].versions == (1, 2))
    harness.standin.hold_after = 0
    await harness.ask("two")
    await eventually(lambda: harness.standin.held)
    assert (await harness.command("stop", who=BOB)).text == sentences.NOT_YOURS
    assert (await harness.command("stop")).text == sentences.STOPPING
    await harness.hears(sentences.STOPPED)


async def test_a_conversation_is_exported_for_people_and_for_programs(harness: Harness) -> None:
    assert (await harness.command("export")).text == sentences.NOTHING_ASKED_YET
    await harness.ask("echo one")
    await harness.hears("one")
    await harness.ask("echo two")
    await harness.hears("two")
    markdown, data = (await harness.command("export")).files
    assert markdown.data.decode().count("### Qwen") == 2
    assert [(each["question"], each["answer"]) for each in json.loads(data.data)] == [
        ("echo one", "one"),
        ("echo two", "two"),
    ]


async def test_forgetting_asks_first_and_then_leaves_nothing(harness: Harness) -> None:
    await harness.ask("one")
    first = await harness.hears("no earlier turns")
    said = await harness.command("forget")
    assert [choice.argument for choice in said.choices] == ["yes"]
    assert await harness.store.transcripts.transcript(KEY)
    assert (await harness.command("forget", "yes")).text == sentences.FORGOTTEN_HERE, "guests cannot delete at Qwen"
    assert not await harness.store.transcripts.transcript(KEY)
    assert await harness.store.versions.find(KEY, first) is None
    await harness.ask("two")
    await harness.hears("no earlier turns")


async def test_a_conversation_moves_with_a_code_that_is_good_once(harness: Harness) -> None:
    await harness.ask("one")
    await harness.hears("no earlier turns")
    code = (await harness.command("move")).text.partition("`/move ")[2].partition("`")[0]
    assert (await harness.command("move", "wrong", THERE)).text == sentences.NO_SUCH_CODE
    assert (await harness.command("move", code, THERE)).text == sentences.MOVED
    assert (await harness.command("move", code, THERE)).text == sentences.NO_SUCH_CODE
    await harness.ask("two", THERE)
    await harness.hears("1 earlier turn; your last question was “one”")
    await harness.ask("three")
    await harness.hears("no earlier turns")
    assert len(harness.standin.chats) == 2


async def test_a_move_s_code_grows_old(harness: Harness) -> None:
    await harness.ask("one")
    await harness.hears("no earlier turns")
    await harness.store.transcripts.offer_move(KEY, "hash", -1.0)
    assert not await harness.store.transcripts.move("hash", THERE)


async def test_help_lists_every_command(harness: Harness) -> None:
    text = (await harness.command("help")).text
    assert all(f"/{name} " in text for name in ("ask", "new", "model", "forget", "move", "help"))
    assert text.startswith(sentences.GREETING)


async def test_help_begins_with_the_platform_s_guide_and_says_what_the_operator_wants(harness: Harness) -> None:
    await harness.begin(Policy(notice="Be *kind*."))
    ask = Invocation(KEY, ANN, "help", guide=("Ask me.", "Reply to me."))
    assert (await harness.bridge.command(ask)).text.startswith(
        f"Ask me.\n\n- Reply to me.\n- {sentences.GUIDE_BUTTONS}\n- {sentences.GUIDE_DRAW}\n\n"
        f"{sentences.WORDS_TO_SERVER.format(host='127.0.0.1')}\n\nBe *kind*.\n\n/ask – "
    )
    await harness.begin(Policy(buttons=False))
    assert sentences.GUIDE_BUTTONS not in (await harness.bridge.command(ask)).text


async def test_everybody_may_look_at_the_models_but_only_admins_choose(harness: Harness) -> None:
    one, two = (await harness.bridge.models())[:2]
    assert [choice.argument for choice in (await harness.command("model", who=BOB)).choices if choice.current] == [one]
    assert (await harness.command("model", "nonsense", who=BOB)).choices
    assert (await harness.command("model", two, who=BOB)).text == sentences.ADMINS_ONLY
    await harness.command("model", two, who=ADMIN)
    assert [choice.argument for choice in (await harness.command("model", who=BOB)).choices if choice.current] == [two]


async def test_where_models_cannot_be_listed_that_is_said(harness: Harness) -> None:
    harness.standin.fault("http_400", on="models", times=None)
    assert (await harness.command("model", "x")).text == sentences.NO_MODELS
    assert (await harness.command("model")).choices == ()


async def test_a_model_is_chosen_by_its_name_in_any_case_or_by_what_stands_for_it(harness: Harness) -> None:
    one, two = (await harness.bridge.models())[:2]
    assert (await harness.command("model", one.upper())).text == sentences.MODEL_CHOSEN.format(model=one)
    assert (await harness.command("model", shortened(two))).text == sentences.MODEL_CHOSEN.format(model=two)


async def test_commands_are_for_all_conversations_that_questions_began_in_a_channel(harness: Harness) -> None:
    one, two = KEY.of_question("q0"), KEY.of_question("q1")
    offered = await harness.bridge.models()
    await harness.command("model", offered[1])
    await harness.ask("echo one", one, shared=True)
    await harness.hears("one", 0)
    await harness.ask("echo two", two, shared=True)
    await harness.hears("two", 1)
    assert [body["model"] for body in harness.bodies() if "messages" in body] == [offered[1]] * 2
    (exported, _) = (await harness.command("export")).files
    text = exported.data.decode()
    assert text.index("echo one") < text.index("echo two")
    assert (await harness.command("retry", who=BOB)).text == sentences.NOTHING_ASKED_YET, "nothing of his own"
    assert (await harness.command("retry")).text == sentences.AGAIN
    await eventually(lambda: harness.standin.chats and harness.bridge.idle)
    assert [len(chat.messages) for chat in harness.standin.chats.values()] == [2, 2, 2], "the last one, in a new chat"
    harness.standin.fault("moderation")
    await harness.ask("echo three", two, shared=True)
    await harness.hears("content filter", 2)
    assert "content filter" in (await harness.command("status")).text
    await harness.command("forget", "yes")
    assert (await harness.command("export")).text == sentences.NOTHING_ASKED_YET
    assert await harness.store.turns.unfinished("test") == []
    await harness.ask("echo four", two, shared=True)
    await harness.hears("four", 3)
    assert harness.bodies()[-1]["model"] == offered[0]
