"""The text rules of the pretended Telegram: what is refused, repaired, rewritten and found."""

import json

import pytest

from adapters.sandbox.telegram import Entity, stretch
from adapters.sandbox.telegram.entities import formatted, read_entities
from adapters.sandbox.telegram.errors import Refused
from adapters.sandbox.telegram.links import checked_link, found_in
from adapters.sandbox.telegram.text_splitting import split_as_apps_do

CLOWN = "\U0001f921"


def bold(offset: int, length: int) -> Entity:
    return Entity("bold", offset, length)


def shown(text: str, *entities: Entity) -> list[tuple[str, str]]:
    text, marks = formatted(text, entities)
    return [(mark.type, stretch(text, mark.offset, mark.length)) for mark in marks]


@pytest.mark.parametrize(
    ("entity", "reason"),
    [
        (bold(2, 3), "entity beginning at UTF-16 offset 2 ends after the end of the text at UTF-16 offset 5"),
        (bold(9, 1), "entity begins after the end of the text at UTF-16 offset 9"),
        (bold(-1, 2), "receive an entity with incorrect offset -1"),
        (bold(0, -2), "receive an entity with incorrect length -2"),
        (bold(1, 2), "entity begins in a middle of a UTF-16 symbol"),
        (bold(0, 1), "entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol"),
    ],
)
def test_an_entity_must_lie_in_the_text(entity: Entity, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        formatted(f"{CLOWN}!!", [entity])
    assert refused.value.description.startswith(f"Bad Request: {reason}")


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ([], "can't parse MessageEntity: expected an Object"),
        ({"type": "bold", "length": 1}, "can't parse MessageEntity: Can't find field \"offset\""),
        ({"type": "bold", "offset": None, "length": 1}, 'can\'t parse MessageEntity: Field "offset" must be'),
        ({"type": "marquee", "offset": 0, "length": 1}, "can't parse MessageEntity: Unsupported type specified"),
        ({"type": "text_link", "offset": 0, "length": 1}, "can't parse MessageEntity: Can't find field \"url\""),
        (
            {"type": "text_link", "offset": 0, "length": 1, "url": "/a"},
            "entity URL '/a' is invalid: URL host is empty",
        ),
        ({"type": "text_link", "offset": 0, "length": 1, "url": "tg://user?id=9"}, "user not found"),
        ({"type": "text_mention", "offset": 0, "length": 1, "user": {"id": 9}}, "user not found"),
    ],
)
def test_wrong_entities_are_refused(item: object, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        read_entities(json.dumps([item]), lambda user_id: None)
    assert refused.value.description.startswith(f"Bad Request: {reason}")


def test_what_is_no_list_and_what_the_server_finds_itself_is_ignored() -> None:
    for raw in ("", "{", "{}", '[{"type": "url", "offset": 0, "length": 1}]'):
        assert read_entities(raw, lambda user_id: None) == []


def test_repairs() -> None:
    assert shown("  a b  ", bold(2, 5)) == [("bold", "a b")]
    assert shown("ab cd", bold(0, 5), Entity("code", 3, 2)) == [("bold", "ab "), ("code", "cd")]
    assert shown("abcd", bold(0, 2), bold(2, 2)) == [("bold", "abcd")]
    assert shown("abcd", bold(0, 3), Entity("italic", 1, 3)) == [("bold", "abc"), ("italic", "bcd")]
    assert shown("abcd", Entity("code", 0, 3), Entity("pre", 1, 3)) == [("code", "abc")]
    quote, inner = Entity("blockquote", 0, 6), Entity("blockquote", 2, 2)
    assert shown("see it", quote, Entity("pre", 4, 2)) == [("blockquote", "see it"), ("pre", "it")]
    assert shown("see it", quote, inner) == [("blockquote", "see it")]
    assert shown("a b", bold(0, 0), Entity("spoiler", 2, 1)) == [("spoiler", "b")]


def test_nested_styles_stay_whole_and_crossing_ones_are_cut() -> None:
    link = Entity("text_link", 1, 2, {"url": "https://a.b/"})
    assert shown("abcd", bold(0, 4), link) == [("bold", "abcd"), ("text_link", "bc")]
    assert shown("abcd", bold(2, 2), link) == [("text_link", "bc"), ("bold", "c"), ("bold", "d")]


def test_cleaning_moves_entities_along() -> None:
    assert formatted("a\r\n\tb\u202ec", [bold(4, 2)]) == ("a\n bc", [bold(3, 1)])
    assert formatted(f"\n {CLOWN} x", [bold(5, 1)]) == (f"{CLOWN} x", [bold(3, 1)])
    assert formatted("  x", [Entity("pre", 1, 2)]) == (" x", [Entity("pre", 0, 2)])


@pytest.mark.parametrize("text", ["", " \n ", "\u200b\u00a0", "\r"])
def test_a_text_must_show_something(text: str) -> None:
    with pytest.raises(Refused, match="text must be non-empty"):
        formatted(text, [])
    assert formatted(text, [], may_be_empty=True) == ("", [])


def test_a_text_must_be_unicode() -> None:
    with pytest.raises(Refused, match="must be encoded in UTF-8"):
        formatted("\ud83e", [])


def test_after_a_hundred_entities_the_rest_is_ignored_styles_first() -> None:
    code = [Entity("code", 2 * number, 1) for number in range(60, 100)]
    found = shown("x " * 100, *(bold(2 * number, 1) for number in range(60)), *code)
    assert len(found) == 100
    found = shown("x " * 120, *(bold(2 * number, 1) for number in range(80)), *code[20:])
    assert len([kind for kind, _ in found if kind == "code"]) == 20
    assert len(found) == 100


@pytest.mark.parametrize(
    ("link", "stored"),
    [
        ("https://a.b", "https://a.b/"),
        ("httP://Google.com?1#tes", "http://google.com/?1#tes"),
        ("a.b/c d", "http://a.b/c%20d"),
        ("http://a.b:0080/x", "http://a.b:80/x"),
        ("http://[2001:db8::1]", "http://[2001:db8::1]/"),
        ("tg://google?1#tes", "tg://google?1#tes"),
        ("TG:_", "tg://_/"),
        ("mailto:me@a.b", "http://mailto:me@a.b/"),
        ("javascript:alert(1)", None),
        ("/a/b", None),
        ("#a", None),
        ("", None),
        ("https://sp ace.com", None),
        ("http://localhost", None),
        ("http://a.b:0", None),
        ("http://a.b:x", None),
        ("http:google.com", None),
        ("sftp://google.com", None),
        ("tg:http://google.com", None),
        ("tg:127.0.0.1", None),
        ("https://.", None),
    ],
)
def test_links(link: str, stored: str | None) -> None:
    if stored is None:
        with pytest.raises(ValueError, match=r"\w"):
            checked_link(link)
    else:
        assert checked_link(link) == stored


def test_what_the_server_finds_by_itself() -> None:
    text = "@someone /help@my_bot a/b me@x.org #tag $USD https://a.b/c?d=@someone, (www.x.org) x@y @ab /"
    found = [(kind, text[start:end]) for kind, start, end in found_in(text)]
    assert found == [
        ("mention", "@someone"),
        ("bot_command", "/help@my_bot"),
        ("email", "me@x.org"),
        ("hashtag", "#tag"),
        ("cashtag", "$USD"),
        ("url", "https://a.b/c?d=@someone"),
        ("url", "www.x.org"),
    ]
    assert shown("@someone /help", Entity("code", 0, 8)) == [("code", "@someone"), ("bot_command", "/help")]


def test_long_texts_are_split_as_apps_do() -> None:
    lines = "\n".join(f"line {number} {CLOWN}" for number in range(700))
    pieces = split_as_apps_do(lines)
    assert len(pieces) == 3
    assert "\n".join(pieces) == lines
    assert [len(piece) for piece in split_as_apps_do(CLOWN * 2049)] == [2048, 1]
