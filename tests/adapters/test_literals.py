"""What stands for itself in an answer arrives letter for letter, on Discord and Telegram: addresses, paths, prices."""

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from telegram import Bot, MessageEntity

from adapters.discord.render import render as for_discord
from adapters.sandbox.telegram import FakeTelegram
from adapters.telegram.render import render as for_telegram
from tests.adapters.discord.displayed import displayed
from tests.adapters.stages import DiscordStage, TelegramStage
from tests.properties import examples

ADDRESSES = [
    "https://code.example.org/lib/blob/main/pkg/__init__.py",
    "https://example.org/find?q=a*b*c&in=_all_",
    "https://example.org/~ann/~draft~/x",
    "https://example.org/__a__/b",
    "https://example.org/wiki/Bridge_(graph)",
    "https://example.org/a(b)_c_(d)",
    "https://example.org/a[0]/_b_[1]?c[]=_d_",
    "http://[2001:db8::1]:8080/_a_/b",
    "https://user:pass_word@example.org:8443/_x_",
    "https://example.org/?a=$HOME&b=$x$&c={d}",
    "https://example.org/#_a_*b*",
    "https://example.org/**/x~~y~~z",
    "https://example.org/a'b'_c_",
    "https://example.org/a,b;c=_d_!e",
    "https://example.org/%D0%B0_%D1%8F_",
    "https://example.org/中文_强调_",
    "http://localhost:3000/_a_/b",
]
"""Addresses that any app can follow."""

OTHER_ADDRESSES = [
    "www.example.org/_a_/b",
    "ftp://example.org/_a_/b",
    "ssh://git@example.org:22/_a_/__b__.git",
    "mailto:first_last_@example.org",
    "first_last_@example.org",
]
"""Addresses that not every platform makes links of."""

LITERALS = [
    "$HOME/bin:$PATH",
    "${HOME}/bin:${PATH}",
    "${APP}_${ENV}_${ZONE}",
    "$(pwd)/$(date)",
    '"$@"/"$*"/"$*"',
    "$env:USERPROFILE\\_a_\\b",
    "%APPDATA%\\_a_\\*.txt",
    "snake_case_name and _my_name and my_name_",
    "__init__ and __main__",
    "pkg/__init__.py",
    "obj.__dict__['a']",
    "f(*args, **kwargs) and g(*args, **kwargs)",
    "$5 and $6",
    "$5-$10, $10.49 (~$11.20), US$5/US$6",
    "between $5/$6 and $7/$8",
    "src/*.py and tests/*.py",
    "src/**/*.ts, **/*.js",
    "test_*.py, check_*.py",
    "/usr/_a_/b and /usr/__c__/d",
    "~/_a_/b and ~/c",
    "C:\\Users\\_me_\\[x]\\*.txt",
    "\\\\server\\_share_\\x",
    "^\\d+$ and ^\\w+$",
    "^foo$ and ^bar$",
    "^\\[a-z_]*_x*$",
    ".*foo.* and .*bar.*",
    "(?:a_)*c*",
    "[^abc]+_[a-z]*",
    "\\bword\\b and \\d{3}\\.\\d{2}",
    "2*3*4 and a*b*c",
    "x**2 + y**2",
    "handlers[key](event)",
    "a LIKE '%_x_%' and {_y_} and $this->_z_ and b=_c_",
    '"$A"_"$B"_"$C" and "$A"*"$B"*"$C"',
    "C:\\Program Files\\_x_\\y",
    "[*_~]+ and [^*_~]* and .*\\.js$",
    "*.tar.gz, *.zip and **/*_test.go",
]

AROUND = {
    "alone": "{}",
    "in a sentence": "See {} now.",
    "in a list": "- {} in a list\n- more",
    "in a quote": "> {} in a quote",
    "in a heading": "## About {} there",
    "behind emphasis": "**bold** and *it* and _it_, {} and **bold** and _it_",
    "in a table": "| a | b |\n|---|---|\n| x | {} |",
    "in a wide table": "| a | b |\n|---|---|\n| " + "wide " * 15 + " | {} |",
    "twice": "{} and {} again",
    "beside formulas": "so $x^2$ and {} and \\(y_1\\)",
    "above a note": "a[^1] {} b\n\n[^1]: {}",
    "below a definition": "[a] {}\n\n[a]: https://example.org/_a_",
    "beside code": "`a_b*c` {} ``d`e*``",
    "in brackets": "so ({}) too",
}

WRAPPED = ["**{}**", "*{}*", "_{}_", "**see {} now**", "*see {} now*", "_see {} now_", "~~{}~~", "**{}**, **{}**"]


def on_discord(markdown: str) -> str:
    return displayed(for_discord(markdown)).text


def on_telegram(markdown: str) -> str:
    return for_telegram(markdown)[0]


PLATFORMS = [on_discord, on_telegram]
SHOW = pytest.mark.parametrize("show", PLATFORMS, ids=["discord", "telegram"])


@SHOW
@pytest.mark.parametrize("literal", [*ADDRESSES, *OTHER_ADDRESSES, *LITERALS])
def test_it_arrives_letter_for_letter(show: Callable[[str], str], literal: str) -> None:
    for place, around in AROUND.items():
        assert literal in show(around.replace("{}", literal)), (place, show(around.replace("{}", literal)))


@SHOW
@pytest.mark.parametrize("address", [address for address in ADDRESSES if not address.endswith(("_", "*"))])
def test_an_address_within_emphasis_is_whole_and_the_emphasis_is_none_of_it(
    show: Callable[[str], str], address: str
) -> None:
    for around in WRAPPED:
        assert show(around.replace("{}", address)) == around.replace("*", "").replace("~", "").strip("_").replace(
            "{}", address
        )


PIECES = ["a", "_b_", "__c__", "*d*", "**e**", "~f~", "~~g~~", "(h)", "[i]", "$j$", "k_l", "m=n", "%20", "$HOME", "о_п"]
SPOTS = [
    "{}",
    "see {} now",
    "- {}\n- x",
    "> *a* {} _b_",
    "|a|b|\n|-|-|\n| {} | x |",
    "**a** ({}) **b**",
    "`c` {}, {}; {}",
]
STARTS = [
    "https://example.org/",
    "http://u_s:p_w@a-b.example.org:8080/_",
    "https://xn--p1ai.example/?",
    "http://[::1]/",
]


@given(
    st.sampled_from(
        ["https://example.org/", "http://u_s:p_w@a-b.example.org:8080/_", "https://xn--p1ai.example/?", "http://[::1]/"]
    ),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=6),
    st.sampled_from("/&-.+"),
    st.sampled_from(SPOTS),
)
@example("https://example.org/", ["a", "__c__"], "/", "{}")
@examples(150)
def test_every_address_arrives_byte_for_byte_and_can_be_followed(
    start: str, pieces: list[str], joint: str, spot: str
) -> None:
    address = start + joint.join(pieces)
    markdown = spot.replace("{}", address)
    seen = displayed(for_discord(markdown))
    assert seen.text.count(address) == spot.count("{}")
    assert seen.links.count(address) == spot.count("{}")
    text, entities = for_telegram(markdown)
    assert text.count(address) == spot.count("{}")
    assert not [entity for entity in entities if entity.type in ("code", "pre") and address in covered(text, entity)]


def covered(text: str, entity: MessageEntity) -> str:
    raw = text.encode("utf-16-le")[2 * entity.offset : 2 * (entity.offset + entity.length)]
    return raw.decode("utf-16-le")


LINKS = ("url", "text_link", "cashtag", "email", "mention", "hashtag", "bot_command")
NAMES = ["README.md", "src/main.rs:42", "setup.sh", "lib.rs", "user.id", "order.data", "Main.java", "build.pl", "$HOME"]
NAMES += ["/etc", "#include", "#ff00aa"]


@pytest.mark.parametrize("place", AROUND)
async def test_telegram_makes_a_link_of_every_address_and_of_no_name(telegram: FakeTelegram, place: str) -> None:
    async with Bot(telegram.token, telegram.base_url) as bot:
        chat = telegram.private(telegram.user("Ada")).id
        for words, wanted in ((ADDRESSES, set(ADDRESSES)), (NAMES, set())):
            text, entities = for_telegram("\n\n".join(AROUND[place].replace("{}", word) for word in words))
            assert "\u2060" not in text
            assert all(word in text for word in words)
            sent = await bot.send_message(chat, text, entities=entities)
            links = {covered(text, entity) for entity in sent.entities if entity.type in LINKS}
            assert links - {"a"} == wanted


ANSWER = "echo > **see README.md** at https://example.org/_a_/__init__.py with $HOME, $5 and *args"
SHOWN = "see README.md at https://example.org/_a_/__init__.py with $HOME, $5 and *args"


async def test_an_answer_in_discord_has_its_literals(channel: DiscordStage) -> None:
    await channel.say(ANSWER)
    (answer,) = await channel.hears("*args")
    assert displayed(answer).text == f"> {SHOWN}"


async def test_an_answer_in_telegram_has_its_literals(private: TelegramStage) -> None:
    await private.say(ANSWER)
    assert await private.hears("*args") == [SHOWN]
