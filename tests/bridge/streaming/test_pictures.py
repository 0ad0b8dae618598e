"""Pictures as Markdown in an answer, and below it on a pretended platform that may refuse them."""

import pytest

from bridge.answer_events import Picture, Source, Sources, Text
from bridge.controls import Controls
from bridge.errors import CannotShow, ShowLater
from bridge.model import Attachment
from bridge.streaming.answer_writer import AnswerWriter
from bridge.streaming.live_answer import LiveAnswer
from bridge.streaming.pictures import illustrated, pictures_in
from tests.harness import FakeReply, forget

CAT = Picture("https://cdn.qwenlm.ai/cat.png?key=a_b.c-d", "a red cat")
DOG = Picture("https://cdn.qwenlm.ai/dog.png", "")
AGAIN = Controls(1)


class Gallery(FakeReply):
    """Takes pictures, too: each is shown as `[description]`. `picture_refusals`: errors of the next calls."""

    def __init__(self) -> None:
        super().__init__()
        self.limit = 10_000
        self.picture_refusals: list[Exception] = []

    async def put_picture(
        self, picture: Attachment, message: str | None, *, description: str, controls: Controls | None = None
    ) -> str:
        if self.picture_refusals:
            raise self.picture_refusals.pop(0)
        shown = await self.put(f"[{description}]", message, final=True, controls=controls)
        assert shown
        return shown


PICTURES = [("a red cat", Attachment("p.png", "image/png", b"c")), ("a dog", Attachment("p.png", "image/png", b"d"))]


async def written(*events: Text | Picture | Sources, language: str = "") -> str:
    reply = Gallery()
    async with LiveAnswer(reply, [], forget) as live:
        writer = AnswerWriter(live, language=language)
        for event in events:
            writer.take(event)
        writer.end()
        await live.finish()
    assert "".join(reply.now()) == writer.answer
    return writer.answer


async def test_a_picture_is_a_paragraph_of_its_own_wherever_it_comes() -> None:
    image = f"![a red cat](<{CAT.url}>)"
    assert await written(Text("before "), CAT, Text("\n after")) == f"before \n\n{image}\n\nafter"
    assert await written(CAT) == image
    assert await written(CAT, DOG, Text("x")) == f"{image}\n\n![Picture](<{DOG.url}>)\n\nx"
    assert (await written(Sources((Source("t", "https://x.example"),)), Text("a [[1"), CAT)).startswith("a [[1\n\n![")


async def test_it_is_named_in_the_language_of_the_person() -> None:
    assert (await written(DOG, language="de")).startswith("![Bild]")


@pytest.mark.parametrize(
    "picture",
    [
        CAT,
        DOG,
        Picture("https://cdn.qwenlm.ai/a(1)<b> c.png", "x"),
        Picture("https://cdn.qwenlm.ai/a.png", "[[1]](http://x) `*_~|\\ \n" + "long " * 50),
    ],
)
def test_what_was_written_is_found_again(picture: Picture) -> None:
    (found,) = pictures_in(f"text\n\n{illustrated(picture)}\n\ntext {illustrated(picture)}")
    assert found.description
    assert len(found.description) <= 80
    assert found.url.startswith("https://cdn.qwenlm.ai/")


def test_what_would_end_the_link_early_is_escaped() -> None:
    assert illustrated(Picture("https://x.example/a(1)<b> c\n.png", "x")) == (
        "![x](<https://x.example/a%281%29%3Cb%3E%20c%0A.png>)"
    )


def test_other_images_and_links_are_none() -> None:
    assert pictures_in("[a](https://x.example) ![b](data:image/png;base64,AA) ![c] (https://x.example)") == []


async def show(reply: Gallery, *earlier: str) -> LiveAnswer:
    async with LiveAnswer(reply, earlier, forget) as live:
        live.write("words")
        await live.finish(controls=AGAIN, pictures=PICTURES)
    return live


async def test_pictures_stand_below_the_words_and_the_last_has_the_buttons() -> None:
    reply = Gallery()
    live = await show(reply)
    assert reply.now() == ["words", "[a red cat]", "[a dog]"]
    assert reply.controls == {live.messages[-1]: AGAIN}


async def test_messages_of_an_earlier_attempt_are_used_and_the_rest_is_deleted() -> None:
    reply = Gallery()
    for number in range(5):
        reply.shown[f"m{number}"] = ["old"]
    live = await show(reply, *reply.shown)
    assert live.messages == ["m0", "m1", "m2"]
    assert reply.now() == ["words", "[a red cat]", "[a dog]"]


@pytest.mark.parametrize("taken", [0, 1])
async def test_where_a_picture_is_refused_the_message_above_gets_the_buttons(taken: int) -> None:
    reply = Gallery()
    reply.shown |= {f"m{number}": ["old"] for number in range(3)}
    put = reply.put_picture

    async def refusing(
        picture: Attachment, message: str | None, *, description: str, controls: Controls | None = None
    ) -> str:
        if description == PICTURES[taken][0]:
            raise CannotShow("not this one")
        return await put(picture, message, description=description, controls=controls)

    reply.put_picture = refusing  # type: ignore[method-assign]
    live = await show(reply, *reply.shown)
    assert reply.now() == ["words", "[a red cat]"][: taken + 1]
    assert reply.controls == {live.messages[-1]: AGAIN}


async def test_a_picture_is_tried_again_until_it_is_taken() -> None:
    reply = Gallery()
    reply.picture_refusals = [ShowLater(0.001)] * 3
    await show(reply)
    assert reply.now() == ["words", "[a red cat]", "[a dog]"]


async def test_below_an_answer_that_became_a_file_too() -> None:
    reply = Gallery()
    reply.limit, reply.most = 120, 2
    async with LiveAnswer(reply, [], forget) as live:
        live.write("word " * 200)
        await live.finish(controls=AGAIN, pictures=PICTURES[:1])
    assert len(reply.files) == 1
    assert reply.now()[-1] == "[a red cat]"
    assert len(reply.now()) == 2
    assert reply.controls == {live.messages[-1]: AGAIN}


async def test_a_platform_without_pictures_says_so() -> None:
    reply = FakeReply()
    async with LiveAnswer(reply, [], forget) as live:
        assert not live.takes_pictures
        live.write("words")
        await live.finish()
    async with LiveAnswer(Gallery(), [], forget) as other:
        assert other.takes_pictures
        await other.finish()
